"""What holds with every real mail server: Postfix and Exim, each with STARTTLS and a login."""

import subprocess

import pytest

from harness import Visitor, run_async, wait_until
from chat_test import talking
from mail_servers import (TROUBLES, Exim, Postfix, connect, deferred, delivered_to, leave_one,
                          open_shop, plain)
from smtp_peer.worker import Job, body, run


@pytest.fixture(scope="module", params=["postfix", "exim"])
def server(request, tmp_path_factory):
    if request.param == "exim":
        server = Exim()
    else:
        server = Postfix(tmp_path_factory.mktemp("mail") / "server", "--forget")
    yield server.start()
    server.stop()


@pytest.fixture
def shop(make_gateway, server):
    return open_shop(make_gateway, server)


@run_async
async def test_every_mail_of_a_chat_reaches_all_of_its_addresses(shop):
    agent, visitor = await talking(shop, name="山田 花子", question="在庫はありますか?", lang="ja")
    await visitor.ask("chat.send", text="赤い<b>椅子</b>を探しています 🪑")
    await agent.ask("conversation.note", conversation=visitor.chat, text="a note for colleagues")
    await agent.ask("chat.send", conversation=visitor.chat, text="はい、ございます。")
    await agent.ask("chat.end", conversation=visitor.chat)
    await visitor.until_state("ended")
    await visitor.ask("chat.feedback", rating=4, comment="とても丁寧でした")
    await visitor.ask("chat.copy", email="hanako@example.com")
    await agent.ask("block.add", conversation=visitor.chat, confirm=True, text="test of the block")
    mails = shop.mails(6)  # two transcripts, feedback, block, copy and its Cc
    assert sorted(m["Delivered-To"] for m in mails) == sorted(
        ["log1@example.com", "log2@example.com", "praise@example.com", "abuse@example.com",
         "hanako@example.com", "boss@example.com"])
    for mail in mails:
        assert mail["From"].addresses[0].addr_spec == "shop@example.com"
        assert mail.get_body(("html",)) is not None
        assert "a note for colleagues" not in str(mail)
    transcript = delivered_to(mails, "log1@example.com")[0]
    assert transcript["Message-ID"] == delivered_to(mails, "log2@example.com")[0]["Message-ID"]
    for text in ("山田 花子", "在庫はありますか", "赤い<b>椅子</b>を探しています 🪑", "はい、ございます。"):
        assert text in plain(transcript), plain(transcript)
    assert "<b>椅子" not in transcript.get_body(("html",)).get_content()
    assert "とても丁寧でした" in plain(delivered_to(mails, "praise@example.com")[0])
    assert "127.0.0.1" in plain(delivered_to(mails, "abuse@example.com")[0])
    copy = delivered_to(mails, "hanako@example.com")[0]
    assert copy["Cc"].addresses[0].addr_spec == "boss@example.com"
    assert copy["To"].addresses[0].addr_spec == "hanako@example.com"
    wait_until(lambda: {m["state"] for m in shop.ctl("outbox", "list")["rows"]} == {"sent"},
               "all are settled")
    shown = await agent.ask("mail.list", conversation=visitor.chat)
    assert len(shown["rows"]) == 4


def states(gateway):
    mail, = gateway.ctl("outbox", "list")["rows"]
    return {r["address"].split("@")[0]: (r["state"], r.get("code")) for r in mail["to"]}


def test_one_of_three_refused_for_good_and_the_others_have_it(make_gateway, server):
    shop = open_shop(make_gateway, server,
                     missed="a3@example.com, refused@example.com, b3@example.com")
    shop.expected |= {"mail.failed"}
    leave_one(shop)
    mail = wait_until(lambda: next((m for m in shop.ctl("outbox", "list")["rows"]
                                    if m["state"] == "failed"), None), "it has its end", 60)
    assert "there is nobody of this name" in mail["reason"] and not mail["uncertain"]
    assert states(shop) == {"a3": ("sent", 250), "refused": ("failed", 550), "b3": ("sent", 250)}
    assert sorted(m["Delivered-To"] for m in shop.mails(2)) == ["a3@example.com", "b3@example.com"]


def test_one_of_three_put_off_is_tried_again_alone(make_gateway, server):
    shop = open_shop(make_gateway, server,
                     missed="a4@example.com, later@example.com, b4@example.com")
    leave_one(shop)
    deferred(shop, "come back later")
    assert states(shop) == {"a4": ("sent", 250), "later": ("deferred", 451), "b4": ("sent", 250)}
    shop.mails(2)
    shop.ctl("outbox", "retry", "all")
    wait_until(lambda: shop.ctl("outbox", "list")["rows"][0]["attempts"] == 2, "again", 60)
    deferred(shop, "come back later")
    assert sorted(m["Delivered-To"] for m in shop.mails(2)) == ["a4@example.com", "b4@example.com"]


@pytest.mark.parametrize("size", [100, 2_000_000])
def test_a_mail_arrives_as_it_is(server, size):
    lines = [b"Subject: as it is\r\n", b"\r\n", b".\r\n", b"..\r\n", b". dot\r\n"]
    lines += [b"%070d\r\n" % i for i in range(size // 72)] + [b".\r\n", b"last\r\n"]
    to = f"size{size}@example.com"
    user, password = server.account
    job = Job(server.port, tls=True, ca=str(server.dir / "ca.pem"), user=user, password=password)
    for _ in range(3):
        job.add(to, raw=b"".join(lines))
    result = run(job)
    assert (result.trouble, [result.data(i) for i in range(3)]) == ("", [250] * 3)
    wait_until(lambda: len(delivered_to(server.mails(), to)) == 3, "they arrive", 60)
    for mail in delivered_to(server.mails(), to):
        assert mail.get_payload().encode() == b"".join(lines[2:]).replace(b"\r\n", b"\n")


@pytest.mark.parametrize("who", ["refused", "later"])
def test_a_large_mail_that_nobody_may_have_does_not_end_the_session(server, who):
    user, password = server.account
    job = Job(server.port, tls=True, ca=str(server.dir / "ca.pem"), user=user, password=password)
    for to in (f"{who}@example.com", f"after-{who}@example.com"):
        job.add(to, raw=body(size=200_000))
    result = run(job)
    assert result.trouble == ""
    assert (result.rcpt(0) in (550, 451), result.ended(0), result.data(1)) == (True, False, 250)


def test_a_wrong_password_is_said_and_loses_nothing(make_gateway, server):
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=server.dir / "ca.pem")
    gateway.expected |= TROUBLES
    connect(gateway, server, password="wrong")
    gateway.ctl("department", "set", "Shop", "mail.missed.addresses=pw@example.com",
                "mail.missed.on=yes")
    leave_one(gateway)
    deferred(gateway, "password")
    gateway.ctl("relay", "password", stdin=server.account[1] + "\n")
    gateway.ctl("outbox", "retry", "all")
    wait_until(lambda: delivered_to(server.mails(), "pw@example.com"), "the mail", 60)


def test_a_certificate_that_does_not_match_is_refused(make_gateway, server, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=another authority",
                    "-keyout", tmp_path / "key.pem", "-out", tmp_path / "other.pem", "-days", "2"],
                   check=True, capture_output=True)
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=tmp_path / "other.pem")
    gateway.expected |= TROUBLES
    connect(gateway, server)
    gateway.ctl("department", "set", "Shop", "mail.missed.addresses=cert@example.com",
                "mail.missed.on=yes")
    leave_one(gateway)
    deferred(gateway, "certificate")
    assert not delivered_to(server.mails(), "cert@example.com")
