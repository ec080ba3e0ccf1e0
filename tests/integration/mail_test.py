"""From the chat to the mailbox, through the real dispatcher and a real Postfix with STARTTLS and
authentication."""

import email
import email.policy
import os
import pathlib
import signal
import socket
import subprocess

import pytest

from harness import Agent, Visitor, run_async, wait_until
from chat_test import talking

# What a relay that cannot be used makes the dispatcher say.
TROUBLES = {"smtp.trouble", "relay.resting", "mail.deferred", "relay.trouble"}
SOURCE = pathlib.Path(os.environ.get("TOP_SRCDIR", "."))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class MailServer:
    def __init__(self, directory, *options):
        self.dir = pathlib.Path(directory)
        self.port = free_port()
        self.options = options
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [SOURCE / "contrib/demo/mail-server", *self.options, "--watch", str(os.getpid()),
             self.dir, str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_until(lambda: (self.dir / "ready").exists() or self.process.poll() is not None,
                   "Postfix takes mails", 60)
        assert self.process.poll() is None, self.process.stderr.read().decode()
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    @property
    def account(self):
        return (self.dir / "account").read_text().split()

    def mails(self):
        found = []
        for path in sorted((self.dir / "mail/inbox").glob("*/*")):
            if path.parent.name in ("new", "cur"):
                found.append(email.message_from_bytes(path.read_bytes(),
                                                      policy=email.policy.default))
        return found

    def wait_mails(self, count, seconds=60):
        wait_until(lambda: len(self.mails()) >= count, f"{count} mails in the Maildir", seconds)
        return self.mails()


@pytest.fixture(scope="module")
def postfix(tmp_path_factory):
    server = MailServer(tmp_path_factory.mktemp("mail") / "server", "--forget")
    server.start()
    yield server
    server.stop()


SETTINGS = {"from": "shop@example.com", "transcript": "log1@example.com, log2@example.com",
            "block": "abuse@example.com", "feedback": "praise@example.com",
            "missed": "missed@example.com", "copy": "boss@example.com"}


def connect(gateway, server, password=None):
    user, secret = server.account
    gateway.ctl("portal", "set", "from=portal@example.com", "relay_host=localhost",
                f"relay_port={server.port}", "relay_tls=starttls", f"relay_user={user}")
    gateway.ctl("relay", "password", stdin=(password or secret) + "\n")


@pytest.fixture
def shop(make_gateway, postfix):
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=postfix.dir / "ca.pem")
    connect(gateway, postfix)
    for which, addresses in SETTINGS.items():
        gateway.ctl("department", "set", "Shop", f"mail.{which}.addresses={addresses}",
                    f"mail.{which}.on=yes")
    gateway.add_agent("愛子", "aiko@example.com")
    gateway.code = gateway.first_department()["code"]
    gateway.before = len(postfix.mails())
    gateway.mails = lambda count: postfix.wait_mails(gateway.before + count)[gateway.before:]
    return gateway


def delivered_to(mails, address):
    return [m for m in mails if m["Delivered-To"] == address]


def plain(mail):
    return mail.get_body(("plain",)).get_content()


@run_async
async def test_every_mail_of_a_chat_reaches_all_of_its_addresses(shop, postfix):
    agent, visitor = await talking(shop, name="山田 花子", question="在庫はありますか?", lang="ja")
    await visitor.ask("chat.send", text="赤い<b>椅子</b>を探しています 🪑")
    await agent.ask("conversation.note", conversation=visitor.chat, text="a note for colleagues")
    await agent.ask("chat.send", conversation=visitor.chat, text="はい、ございます。")
    await agent.ask("chat.end", conversation=visitor.chat)
    await visitor.until_state("ended")
    await visitor.ask("chat.feedback", rating=4, comment="とても丁寧でした")
    await visitor.ask("chat.copy", email="visitor@example.com")
    await agent.ask("block.add", conversation=visitor.chat, text="test of the block")
    mails = shop.mails(6)  # two transcripts, feedback, block, copy and its Cc
    assert sorted(m["Delivered-To"] for m in mails) == sorted(
        ["log1@example.com", "log2@example.com", "praise@example.com", "abuse@example.com",
         "visitor@example.com", "boss@example.com"])
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
    copy = delivered_to(mails, "visitor@example.com")[0]
    assert copy["Cc"].addresses[0].addr_spec == "boss@example.com"
    assert copy["To"].addresses[0].addr_spec == "visitor@example.com"
    wait_until(lambda: {m["state"] for m in shop.ctl("outbox", "list")["rows"]} == {"sent"},
               "all are settled")
    shown = await agent.ask("mail.list", conversation=visitor.chat)
    assert len(shown["rows"]) == 4


@run_async
async def test_an_ended_chat_is_answered_by_mail_in_the_thread_of_its_copy(shop, postfix):
    agent, visitor = await talking(shop, name="山田 花子", email="yamada@example.com", lang="ja")
    await visitor.ask("chat.send", text="赤い椅子はいつ届きますか")
    await agent.ask("chat.end", conversation=visitor.chat)
    await visitor.until_state("ended")
    await visitor.ask("chat.copy", email="yamada@example.com")
    head = (await agent.ask("conversation.read", conversation=visitor.chat))["head"]
    assert "mail" in head["may"]
    await agent.ask("conversation.mail", conversation=visitor.chat,
                    text="本日発送しました。\n\nBcc: x@example.com")
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
    server = MailServer(tmp_path / "server")
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


def leave_one(gateway):
    status, _, body = gateway.request(
        "POST", f"/w/{gateway.first_department()['code']}/command",
        {"id": "leave-0001", "do": "chat.leave-message", "name": "H", "email": "h@example.com",
         "text": "left"})
    assert status == 200, body


def deferred(gateway, word):
    row = wait_until(lambda: next((m for m in gateway.ctl("outbox", "list")["rows"]
                                   if m["state"] == "deferred"), None), "the mail is deferred", 60)
    assert word in row["reason"], row["reason"]



def test_a_wrong_password_is_said_and_loses_nothing(make_gateway, postfix):
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=postfix.dir / "ca.pem")
    gateway.expected |= TROUBLES
    connect(gateway, postfix, password="wrong")
    gateway.ctl("department", "set", "Shop", "mail.missed.addresses=pw@example.com",
                "mail.missed.on=yes")
    leave_one(gateway)
    deferred(gateway, "password")
    gateway.ctl("relay", "password", stdin=postfix.account[1] + "\n")
    gateway.ctl("outbox", "retry", "all")
    wait_until(lambda: delivered_to(postfix.mails(), "pw@example.com"), "the mail", 60)


def test_a_certificate_that_does_not_match_is_refused(make_gateway, postfix, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=another authority",
                    "-keyout", tmp_path / "key.pem", "-out", tmp_path / "other.pem", "-days", "2"],
                   check=True, capture_output=True)
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=tmp_path / "other.pem")
    gateway.expected |= TROUBLES
    connect(gateway, postfix)
    gateway.ctl("department", "set", "Shop", "mail.missed.addresses=cert@example.com",
                "mail.missed.on=yes")
    leave_one(gateway)
    deferred(gateway, "certificate")
    assert not delivered_to(postfix.mails(), "cert@example.com")
