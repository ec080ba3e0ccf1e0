"""From the chat to the mailbox, through the real dispatcher and a real Postfix with STARTTLS and
authentication."""

import email
import email.policy
import pathlib
import re
import subprocess

import pytest

from harness import DESKBELLCTL, Agent, Refused, Visitor, run_async, wait_until
from chat_test import talking
from mail_servers import (TROUBLES, Postfix, connect, deferred, delivered_to, leave_one, open_shop,
                          plain)


@pytest.fixture(scope="module")
def postfix(tmp_path_factory):
    server = Postfix(tmp_path_factory.mktemp("mail") / "server", "--forget")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def shop(make_gateway, postfix):
    return open_shop(make_gateway, postfix)


@run_async
async def test_an_ended_chat_is_answered_by_mail_in_the_thread_of_its_copy(shop, postfix):
    agent, visitor = await talking(shop, name="山田 花子", email="yamada@example.com", lang="ja")
    await visitor.ask("chat.send", text="赤い椅子はいつ届きますか")
    await agent.ask("chat.send", conversation=visitor.chat, text="お調べします")
    await agent.ask("chat.end", conversation=visitor.chat)
    await visitor.until_state("ended")
    await visitor.ask("chat.copy", email="yamada@example.com")
    head = (await agent.ask("conversation.read", conversation=visitor.chat))["head"]
    assert "mail" in head["may"]
    draft = await agent.ask("mail.draft", conversation=visitor.chat)
    assert "山田 花子様" in draft["opening"] and "愛子" in draft["closing"]
    await agent.ask("conversation.mail", conversation=visitor.chat, text=draft["opening"] +
                    "本日発送しました。\n\nBcc: x@example.com" + draft["closing"])
    mails = [m for m in shop.mails(6) if m["Delivered-To"] == "yamada@example.com"]
    copy, = [m for m in mails if not m["Subject"].startswith("Re:")]
    reply, = [m for m in mails if m["Subject"].startswith("Re:")]
    assert reply["From"].addresses[0].addr_spec == "shop@example.com"
    assert [a.addr_spec for a in reply["To"].addresses] == ["yamada@example.com"]
    assert [a.addr_spec for a in reply["Cc"].addresses] == ["boss@example.com"]
    assert reply["Bcc"] is None and reply["Auto-Submitted"] is None
    assert reply["References"] == copy["References"]
    assert reply["In-Reply-To"] == copy["In-Reply-To"]
    assert reply["Message-ID"] != copy["Message-ID"]
    text = plain(reply)
    assert text.index("本日発送しました。") < text.index("愛子") < text.index("> 赤い椅子は")
    assert text.count("山田 花子様") == text.count("愛子") == 1
    read = await agent.ask("conversation.read", conversation=visitor.chat)
    line = next(l for l in read["lines"] if l["kind"] == "mail")
    assert line["email"] == "yamada@example.com" and line["n"] == 0
    wait_until(lambda: {m["kind"]: m["state"] for m in shop.ctl("outbox", "list")["rows"]}
               .get("reply") == "sent", "the answer is sent")


@run_async
async def test_chosen_lines_are_forwarded_outside_and_nothing_else(shop, postfix):
    agent, visitor = await talking(shop, name="山田 花子", lang="ja")
    said = await visitor.ask("chat.send", text="赤い椅子です")
    note = await agent.ask("conversation.note", conversation=visitor.chat, text="常連のお客様")
    read = await agent.ask("conversation.read", conversation=visitor.chat)
    line = next(l for l in read["lines"] if l.get("text") == "赤い椅子です")
    await agent.ask("conversation.forward", conversation=visitor.chat, to="maker@example.com",
                    text="ご確認ください", lines=[line["seq"]])
    mail = delivered_to(shop.mails(1), "maker@example.com")[0]
    assert mail["From"].addresses[0].addr_spec == "shop@example.com"
    assert mail["Cc"] is None and "hanako@example.com" not in str(mail)
    assert "ご確認ください" in plain(mail) and "赤い椅子です" in plain(mail)
    assert "常連" not in plain(mail) and "Is it in stock" not in plain(mail)
    await agent.ask("conversation.forward", conversation=visitor.chat, to="maker2@example.com",
                    lines=[line["seq"], note["seq"]], with_notes=True)
    mail = delivered_to(shop.mails(2), "maker2@example.com")[0]
    assert "常連のお客様" in plain(mail) and ("note" in plain(mail) or "メモ" in plain(mail))
    assert said["n"]


@run_async
async def test_mails_have_the_words_that_stand_and_none_that_were_taken_back(shop, postfix):
    agent, visitor = await talking(shop)
    seqs = [(await agent.ask("chat.send", conversation=visitor.chat, text=text))["seq"]
            for text in ("It costs 10 euros", "my password is secret")]
    await agent.ask("line.edit", conversation=visitor.chat, line=seqs[0], text="It costs 12 euros")
    await agent.ask("line.remove", conversation=visitor.chat, line=seqs[1])
    await agent.ask("chat.end", conversation=visitor.chat)
    await visitor.until_state("ended")
    await visitor.ask("chat.copy", email="hanako@example.com")
    mails = shop.mails(4)  # two transcripts, the copy and its Cc
    for mail in mails:
        whole = plain(mail) + mail.get_body(("html",)).get_content()
        assert whole.count("12 euros") == 2, whole
        assert "10 euros" not in whole and "secret" not in whole


@run_async
async def test_a_switch_that_is_off_suppresses_on_record(shop, postfix):
    shop.ctl("department", "set", "Shop", "mail.transcript.on=no")
    agent, visitor = await talking(shop)
    await agent.ask("chat.end", conversation=visitor.chat)
    await visitor.until_state("ended")
    await visitor.ask("chat.feedback", rating=2)
    mails = shop.mails(1)
    assert [m["Delivered-To"] for m in mails] == ["praise@example.com"]
    wait_until(lambda: {m["kind"]: m["state"] for m in shop.ctl("outbox", "list")["rows"]}
               == {"transcript": "suppressed", "feedback": "sent"}, "both are settled")


@run_async
async def test_what_is_left_while_nobody_is_there_reaches_the_missed_mailbox(shop, postfix):
    visitor = await Visitor(shop, shop.code).open()
    await visitor.ask("chat.leave-message", name="花子", email="hanako@example.com",
                      text="電話してください")
    mail = shop.mails(1)[0]
    assert mail["Delivered-To"] == "missed@example.com"
    assert "電話してください" in plain(mail) and "hanako@example.com" in plain(mail)
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_flood_of_messages_is_twenty_mails_and_one_digest_of_all_the_others(make_gateway,
                                                                             postfix):
    shop = open_shop(make_gateway, postfix, {"trusted_proxies": "127.0.0.1",
                                             "proxy_header": "x-forwarded-for"})
    for i in range(60):  # strangers, each from an address of their own
        status, _, body = shop.request(
            "POST", f"/w/{shop.code}/command",
            {"id": f"flood-{i:016}", "do": "chat.leave-message", "name": f"Stranger {i}.",
             "email": f"s{i}@example.com", "text": f"<message {i}>\n-- \nof two lines"},
            headers={"X-Forwarded-For": f"192.0.2.{i + 1}"})
        assert status == 200, body
    status = lambda: shop.ctl("status", "show")["outbox"]  # noqa: E731
    wait_until(lambda: status()["held"] == 40 and status()["queued"] + status()["sending"] == 0,
               "the first twenty are sent, the others are held", 60)
    held = shop.ctl("outbox", "list", "state=held", "max=100")["rows"]
    assert len(held) == 40 and len({m["due_ms"] for m in held}) == 1
    assert len(shop.mails(20)) == 20

    shop.advance_both(10 * 60 * 1000)
    mails = shop.mails(21)
    wait_until(lambda: {m["state"] for m in shop.ctl("outbox", "list", "max=100")["rows"]}
               == {"sent", "folded"}, "all are settled")
    assert len(shop.mails(21)) == 21
    assert {m["Delivered-To"] for m in mails} == {"missed@example.com"}
    digest, = [m for m in mails if "40" in m["Subject"]]
    assert digest["Subject"] == "[Shop] 40 missed visitors"
    assert digest["Auto-Submitted"] == "auto-generated"
    singles = [plain(m) for m in mails if m is not digest]
    for i in range(60):
        said = f"    <message {i}>\n    -- \n    of two lines"
        where = [text for text in singles + [plain(digest)]
                 if said in text and f"Stranger {i}. left" in text and f"s{i}@example.com" in text]
        assert len(where) == 1 and where[0].count(said) == 1, i
    row = next(m for m in shop.ctl("outbox", "list", "max=100")["rows"] if m["state"] == "folded")
    assert row["digest_state"] == "sent"
    carrier = shop.ctl("outbox", "show", row["digest"])
    assert carrier["notices"] == 40 and carrier["subject"] == digest["Subject"]


@run_async
async def test_strangers_cannot_have_their_words_sent_to_an_address_of_their_choice(shop, postfix):
    async def refused(visitor, **fields):
        with pytest.raises(Refused) as no:
            await visitor.ask("chat.copy", **fields)
        return no.value.code

    left = await Visitor(shop, shop.code).open()
    await left.ask("chat.leave-message", name="You have won", email="victim@example.net",
                   text="Claim it at https://example.org/")
    assert await refused(left, email="victim@example.net") == "forbidden"
    assert await refused(left) == "forbidden"
    agent, visitor = await talking(shop, name="You have won", email="hanako@example.com")
    await visitor.ask("chat.send", text="Claim it at https://example.org/")
    await visitor.ask("chat.end")
    await visitor.until_state("ended")
    assert await refused(visitor, email="victim@example.net") == "forbidden"
    assert await refused(visitor) == "forbidden"
    agent, visitor = await talking(shop, name="You have won", email="hanako@example.com")
    await agent.ask("chat.send", conversation=visitor.chat, text="Good morning")
    await visitor.until_text("Good morning")
    await visitor.ask("chat.end")
    await visitor.until_state("ended")
    assert await refused(visitor, email="victim@example.net") == "forbidden"
    await visitor.ask("chat.copy")
    mails = shop.mails(7)  # missed, two transcripts to two, the copy and its Cc
    outside, = [m for m in mails if m["Delivered-To"].startswith(("victim", "hanako"))]
    assert outside["Delivered-To"] == "hanako@example.com"
    assert [a.addr_spec for a in outside["To"].addresses] == ["hanako@example.com"]
    for name in ("From", "To", "Cc", "Subject"):
        assert "won" not in outside[name]


@run_async
async def test_a_question_that_the_form_after_a_missed_chat_repeats_is_printed_once(shop, postfix):
    await Agent(shop, "aiko@example.com").open()
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start(name="花子", question="在庫はありますか")
    await visitor.ask("chat.end")
    await visitor.until_state("missed")
    assert plain(shop.mails(1)[0]).count("在庫はありますか") == 1
    await visitor.ask("chat.leave-message", name="花子", email="hanako@example.com",
                      text="在庫はありますか\n急いでいます")
    second = next(m for m in shop.mails(2) if "急いでいます" in plain(m))
    assert plain(second).count("在庫はありますか") == 1
    assert second.get_body(("html",)).get_content().count("在庫はありますか") == 1


@run_async
async def test_mails_wait_while_no_server_is_there_and_arrive_later(make_gateway, tmp_path):
    server = Postfix(tmp_path / "server")
    server.start()
    server.stop()  # its authority and account are there now, the server is not
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=server.dir / "ca.pem")
    gateway.expected |= TROUBLES
    connect(gateway, server)
    gateway.ctl("department", "set", "Shop", "mail.missed.addresses=missed@example.com",
                "mail.missed.on=yes")
    visitor = await Visitor(gateway, gateway.first_department()["code"]).open()
    await visitor.ask("chat.leave-message", name="H", email="h@example.com", text="first")
    row = wait_until(lambda: next((m for m in gateway.ctl("outbox", "list")["rows"]
                                   if m["state"] == "deferred"), None), "the mail is deferred", 60)
    assert row["reason"]
    gateway.restart()
    server.options = ("--forget",)
    server.start()
    try:
        gateway.ctl("outbox", "retry", "all")
        mails = server.wait_mails(1)
        assert "first" in plain(mails[0])
        wait_until(lambda: gateway.ctl("outbox", "list")["rows"][0]["state"] == "sent", "sent")
        assert len(server.mails()) == 1
    finally:
        server.stop()


def link_in(mail):
    (link,) = set(re.findall(r"https?://\S+/console/#link=[\w-]{43}", plain(mail)))
    assert link in mail.get_body(("html",)).get_content()
    return link


def choose_password(gateway, link, password):
    assert link.startswith(gateway.origin)
    return gateway.request("POST", "/api/v1/password",
                           {"link": link.split("#link=")[1], "password": password},
                           {"Origin": gateway.origin})[0]


def assert_nowhere(gateway, directory, *secrets):
    """Neither in the state nor in a backup of it, nor in what the programs have said."""
    gateway.ctl("backup", "make", directory)
    for folder in (gateway.state, directory):
        for path in pathlib.Path(folder).rglob("*"):
            for secret in secrets:
                assert not path.is_file() or secret not in path.read_bytes(), path
    log = "".join(gateway.log).encode()
    assert log and not any(secret in log for secret in secrets)


@run_async
async def test_an_invitation_and_a_new_password_come_by_mail_and_let_in(shop, postfix, tmp_path):
    shop.ctl("log", "level", "debug")
    made = shop.ctl("agent", "add", "山本 健", "ken@example.com", "departments=Shop", "lang=ja",
                    "invite=yes")
    assert made["mailed"] and "link" not in made
    (mail,) = shop.mails(1)
    assert mail["From"].addresses[0].addr_spec == "portal@example.com"
    assert mail["To"].addresses[0].addr_spec == mail["Delivered-To"] == "ken@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "パスワードを設定してください" in plain(mail)
    link = link_in(mail)
    row = shop.ctl("outbox", "list")["rows"][0]
    assert (row["kind"], row["agent"], row["conversation"]) == ("invitation", made["agent"], None)
    assert_nowhere(shop, tmp_path / "backup", link.split("#link=")[1].encode())
    assert choose_password(shop, link, "ken has a password") == 200
    await Agent(shop, "ken@example.com", "ken has a password").open()
    assert choose_password(shop, link, "ken has another password") == 404

    for address in ("nobody@example.com", "ken@example.com"):
        status, _, body = shop.request("POST", "/api/v1/password/ask", {"email": address},
                                       {"Origin": shop.origin})
        assert (status, body) == (200, b'{"ok":{},"pos":"0"}')
    mails = shop.mails(2)
    reset = link_in(mails[1])
    assert mails[1]["Delivered-To"] == "ken@example.com" and len(shop.mails(2)) == 2
    assert choose_password(shop, reset, "ken has another password") == 200
    await Agent(shop, "ken@example.com", "ken has another password").open()
    shop.ctl("agent", "invite", "ken@example.com")
    assert "ken@example.com" == shop.mails(3)[2]["Delivered-To"]
    assert_nowhere(shop, tmp_path / "second", reset.split("#link=")[1].encode())


def test_an_operator_finds_out_why_mail_waits_and_sends_it_elsewhere(make_gateway, tmp_path):
    server = Postfix(tmp_path / "server")
    server.start()
    server.stop()
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=server.dir / "ca.pem")
    gateway.expected |= TROUBLES
    connect(gateway, server)
    gateway.ctl("department", "set", "Shop", "mail.missed.addresses=gone@example.com",
                "mail.missed.on=yes")
    leave_one(gateway)
    deferred(gateway, "cannot be reached")
    (cause,) = gateway.ctl("outbox", "causes")["rows"]
    assert (cause["cause"], cause["retry"]) == ("connect", 1)
    (row,) = gateway.ctl("outbox", "list", "cause=connect", "state=deferred")["rows"]
    assert not gateway.ctl("outbox", "list", "cause=tls")["rows"]
    shown = subprocess.run([DESKBELLCTL, "--socket", gateway.socket, "outbox", "show", row["id"]],
                           capture_output=True, text=True, env={"LC_ALL": "C.UTF-8"}).stdout
    assert "TRIED" in shown and "gone@example.com" in shown and "{" not in shown
    path = tmp_path / "mail.eml"
    for into in ((), ("-",), (path,)):
        done = subprocess.run([DESKBELLCTL, "--socket", gateway.socket, "outbox", "source",
                               row["id"], *into], capture_output=True)
        assert done.returncode == 0, done.stderr
        raw = path.read_bytes() if into == (path,) else done.stdout
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert mail["To"] == "gone@example.com" and mail["Message-ID"] == row["message_id"]
    assert subprocess.run([DESKBELLCTL, "--socket", gateway.socket, "outbox", "source", row["id"],
                           path], capture_output=True).returncode == 1  # it is there already

    refused = gateway.ctl("outbox", "readdress", row["id"], "nobody", ok=False)
    assert refused.returncode == 2 and "to" in refused.stderr
    new = gateway.ctl("outbox", "readdress", row["id"], "new@example.com")["mail"]
    wait_until(lambda: gateway.ctl("outbox", "show", row["id"])["state"] == "cancelled",
               "the old one is")
    assert gateway.ctl("outbox", "show", row["id"])["to"][0]["replaced_by"] == new
    assert gateway.ctl("outbox", "show", new)["instead_of"] == "gone@example.com"
    server.options = ("--forget",)
    server.start()
    try:
        assert gateway.ctl("outbox", "retry", "cause=connect")["meant"] <= 1
        gateway.ctl("outbox", "retry", "all")
        (mail,) = server.wait_mails(1)
        assert mail["To"] == "new@example.com" and "left" in plain(mail)
        wait_until(lambda: gateway.ctl("outbox", "show", new)["state"] == "sent", "sent")
        assert len(server.mails()) == 1
    finally:
        server.stop()
    status, head, text = gateway.request("GET", "/metrics")
    assert status == 200 and head["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b'deskbell_outbox_mails{state="sent"} 1\n' in text
    assert b"deskbell_dispatcher_attached 1\n" in text


def test_metrics_are_for_those_that_are_named(make_gateway):
    gateway = make_gateway(trusted_proxies="127.0.0.1", metrics_from="192.0.2.0/24")
    other = {"X-Forwarded-For": "198.51.100.7"}
    nothing = gateway.request("GET", "/nothing", headers=other)
    here = gateway.request("GET", "/metrics", headers=other)
    assert here[0] == 404 and here[2] == nothing[2]
    near = gateway.request("GET", "/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    assert near[0] == 200 and b"deskbell_connections" in near[2]


def test_a_proxy_that_is_not_trusted_lends_nobody_its_right_to_the_metrics(make_gateway):
    gateway = make_gateway()
    assert gateway.request("GET", "/metrics")[0] == 200
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        assert gateway.request("GET", "/metrics", headers={header: "192.0.2.7"})[0] == 404
