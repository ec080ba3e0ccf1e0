"""The demo's mail server, which other tests lean on: it demands what a real one demands."""
import email
import os
import pathlib
import smtplib
import socket
import ssl
import subprocess
import time

import pytest

SCRIPT = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")) / "contrib/demo/mail-server"
WAIT_S = 30


def wait_until(condition, what):
    until = time.monotonic() + WAIT_S
    while not (value := condition()):
        assert time.monotonic() < until, what
        time.sleep(0.02)
    return value


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class MailServer:
    def __init__(self, directory, *options):
        self.dir = pathlib.Path(directory)
        self.port = free_port()
        self.log = open(self.dir / "log", "wb")
        self.process = subprocess.Popen(
            [SCRIPT, *options, "--forget", self.dir, str(self.port)],
            stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        wait_until(lambda: (self.dir / "ready").exists() or self.process.poll() is not None,
                   "the mail server starts")
        assert self.process.poll() is None, (self.dir / "log").read_text()

    def connect(self):
        return smtplib.SMTP("localhost", self.port, timeout=WAIT_S)

    def tls(self):
        return ssl.create_default_context(cafile=self.dir / "ca.pem")

    def account(self):
        return (self.dir / "account").read_text().split()

    def mails(self):
        return [email.message_from_bytes(p.read_bytes())
                for p in (self.dir / "mail/inbox/new").glob("*")]

    def stop(self):
        self.process.terminate()
        code = self.process.wait(WAIT_S)
        self.log.close()
        return code


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    it = MailServer(tmp_path_factory.mktemp("mail"))
    yield it
    if it.process.poll() is None:
        it.stop()


def test_without_starttls_nothing_is_taken(server):
    with server.connect() as smtp:
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            smtp.sendmail("a@x.example", ["b@y.example"], b"x")
        assert refused.value.smtp_code == 530


def test_without_signing_in_nothing_is_taken(server):
    with server.connect() as smtp:
        smtp.starttls(context=server.tls())
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail("a@x.example", ["b@y.example"], b"x")


def test_a_wrong_password_is_refused(server):
    with server.connect() as smtp:
        smtp.starttls(context=server.tls())
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(server.account()[0], "wrong")


def test_its_certificate_is_for_localhost_only(server):
    with server.connect() as smtp:
        smtp._host = "mail.example"  # the name that the certificate is held against
        with pytest.raises(ssl.SSLCertVerificationError):
            smtp.starttls(context=server.tls())


def test_each_recipient_gets_the_mail_in_the_maildir(server):
    with server.connect() as smtp:
        smtp.starttls(context=server.tls())
        smtp.login(*server.account())
        refused = smtp.sendmail("a@x.example", ["b@y.example", "refused@y.example",
                                                "later@y.example", "c@y.example"],
                                b"Subject: hello\r\n\r\nhello\r\n")
    assert {to: code for to, (code, _) in refused.items()} == {
        "refused@y.example": 550, "later@y.example": 451}
    wait_until(lambda: len(server.mails()) == 2, "both mails lie there")
    assert {m["Delivered-To"] for m in server.mails()} == {"b@y.example", "c@y.example"}
    assert {m["Subject"] for m in server.mails()} == {"hello"}


def test_it_stops_when_asked_and_leaves_nothing(server):
    run = (server.dir / "mail").resolve().parent
    assert server.stop() == 0
    assert not run.exists()
    with pytest.raises(OSError):
        server.connect()


def test_it_ends_with_the_process_that_it_watches(tmp_path):
    watched = subprocess.Popen(["sleep", "1000"])
    it = MailServer(tmp_path, "--no-tls", "--no-auth", "--watch", str(watched.pid))
    with it.connect() as smtp:
        assert smtp.sendmail("a@x.example", ["b@y.example"], b"x") == {}
    watched.kill()
    watched.wait()
    assert it.process.wait(WAIT_S) == 0
    it.log.close()
