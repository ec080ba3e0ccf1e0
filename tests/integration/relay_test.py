"""Trying a relay: a test mail through the real dispatcher, and what is said meanwhile."""

import base64
import dataclasses
import json
import pathlib
import re
import socket
import subprocess
import sys

import pytest

from harness import DESKBELLCTL, DISPATCHER, WAIT_S, Agent, wait_until
from mail_servers import TROUBLES, leave_one
from mail_test import postfix  # noqa: F401 (a fixture)

sys.path.append(str(pathlib.Path(__file__).parent / "smtp_peer"))
from certs import Authority  # noqa: E402
from peer import STALL, Peer, Script  # noqa: E402


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@dataclasses.dataclass
class Tried:
    """What `deskbellctl relay test` printed."""

    code: int
    lines: list

    @property
    def last(self):
        return self.lines[-1]


def try_relay(gateway, *args):
    done = subprocess.run([DESKBELLCTL, "--socket", gateway.socket, "relay", "test", *args],
                          capture_output=True, text=True, timeout=90)
    assert done.stderr == ""
    return Tried(done.returncode, done.stdout.splitlines())


def assert_no_secret(gateway, done, password):
    for secret in (password, base64.b64encode(password.encode()).decode()):
        assert not any(secret in line for line in (*done.lines, *gateway.log))


class Control:
    """One connection to the control socket, line by line."""

    def __init__(self, gateway):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(WAIT_S)
        self.socket.connect(str(gateway.socket))
        self.lines = self.socket.makefile("r", encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.socket.close()

    def say(self, do, ident="t", **fields):
        line = json.dumps({"id": ident, "do": do, **fields}) + "\n"
        self.socket.sendall(line.encode())

    def next(self):
        return json.loads(self.lines.readline())

    def until_answer(self, ident="t"):
        """The answer, and the events before it."""
        events = []
        while True:
            line = self.next()
            if line.get("re") == ident and "ev" not in line:
                return line, events
            events.append(line)


def test_without_a_dispatcher_nothing_is_tried(gateway):
    with Control(gateway) as control:
        control.say("mail.test", to="me@example.com")
        answer, _ = control.until_answer()
        assert answer["error"]["code"] == "unreachable"
        assert "no dispatcher" in answer["error"]["what"]


@pytest.fixture
def ready(make_gateway, authority):
    """A gateway with its dispatcher attached, a sender, and what a server's certificate needs."""
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=authority.ca)
    wait_until(lambda: gateway.ctl("status")["dispatcher"], "a dispatcher is attached")
    gateway.ctl("portal", "set", "from=chat@example.com", "relay_host=localhost",
                "relay_tls=starttls")
    return gateway


def test_through_postfix_with_starttls_and_a_login(make_gateway, postfix):  # noqa: F811
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=postfix.dir / "ca.pem")
    wait_until(lambda: gateway.ctl("status")["dispatcher"], "a dispatcher is attached")
    user, password = postfix.account
    gateway.ctl("portal", "set", "from=chat@example.com", "relay_host=localhost",
                f"relay_port={postfix.port}", "relay_tls=starttls", f"relay_user={user}",
                "lang=ja")
    gateway.ctl("relay", "password", stdin=password)
    done = try_relay(gateway, "me@example.com")
    assert done.code == 0 and done.last.startswith("sent (sent): ")
    assert "C: STARTTLS" in done.lines
    assert any(re.match(r"-- TLSv1\.2 with ", line) for line in done.lines)
    assert any(re.match(r"-- certificate issued by ", line) for line in done.lines)
    assert any(re.fullmatch(r"C: AUTH (PLAIN|LOGIN)( \*{8})?", line) for line in done.lines)
    assert any(line.startswith("S: 235 ") for line in done.lines)
    assert_no_secret(gateway, done, password)
    mail, = wait_until(postfix.mails, "the mail has arrived")
    assert mail["Subject"] == "[Shop] テストメール"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "me@example.com" in mail.get_body(("plain",)).get_content()
    assert gateway.ctl("outbox", "list")["rows"] == []

    gateway.ctl("relay", "password", stdin="not " + password)
    done = try_relay(gateway, "me@example.com")
    assert done.code == 1 and done.last.startswith("failed (login-refused): ")
    assert any(line.startswith("S: 535 ") for line in done.lines)
    assert_no_secret(gateway, done, "not " + password)
    assert gateway.ctl("status")["outbox"]["refused"] == 0  # a test says nothing about real mails


def test_a_certificate_for_another_name(ready, authority):
    with Peer(Script(tls=authority.server("DNS:mail.example.net"))) as peer:
        ready.ctl("portal", "set", f"relay_port={peer.port}")
        done = try_relay(ready, "me@example.com")
    assert done.code == 1 and done.last.startswith("failed (cert-name): ")
    assert "not for localhost but for mail.example.net" in done.last
    assert "-- certificate refused: hostname mismatch" in done.lines


def test_a_refused_receiver_of_a_departments_own_relay(ready):
    with Peer(Script(rcpt="550 5.1.1 who is that")) as peer:
        ready.ctl("department", "set", "Shop", "relay.host=127.0.0.1", f"relay.port={peer.port}",
                  "relay.tls=none", "relay.own=yes", "mail.from.addresses=shop@example.com",
                  "mail.from.on=yes")
        done = try_relay(ready, "nobody@example.com", "Shop")
    assert done.code == 1 and done.last.startswith("refused (recipient-unknown): ")
    assert "C: MAIL FROM:<shop@example.com>" in done.lines
    assert "S: 550 5.1.1 who is that" in done.lines


def test_nobody_listens(ready):
    ready.ctl("portal", "set", "relay_port=1")
    done = try_relay(ready, "me@example.com")
    assert done.code == 1 and done.last.startswith("failed (connection-refused): ")


def test_a_name_that_is_not_known(ready):
    ready.ctl("portal", "set", "relay_host=nowhere.invalid")
    done = try_relay(ready, "me@example.com")
    assert done.code == 1 and done.last.startswith("failed (name-unknown): ")


def test_what_is_missing_is_named(make_gateway):
    gateway = make_gateway(dispatcher="yes")
    wait_until(lambda: gateway.ctl("status")["dispatcher"], "a dispatcher is attached")
    done = gateway.ctl("relay", "test", "me@example.com", ok=False)
    assert done.returncode == 4 and "from: no From address is set" in done.stderr
    done = gateway.ctl("relay", "test", "me@example.com", "Nowhere", ok=False)
    assert done.returncode == 3
    done = gateway.ctl("relay", "test", "me", ok=False)
    assert done.returncode == 2 and "to:" in done.stderr


def test_one_test_of_a_relay_at_a_time_and_the_dialogue_is_live(ready):
    with Peer(Script(ehlo=STALL)) as peer, Control(ready) as one, Control(ready) as two:
        ready.ctl("portal", "set", f"relay_port={peer.port}")
        one.say("mail.test", to="me@example.com")
        told = [one.next(), one.next(), one.next()]
        assert [(e["ev"], e["re"]) for e in told] == [("dialogue", "t")] * 3
        assert [e["lines"][0]["by"] for e in told] == ["note", "server", "client"]
        two.say("mail.test", to="me@example.com")
        answer, _ = two.until_answer()
        assert answer["error"]["code"] == "busy"
        peer.close()
        answer, _ = one.until_answer()
        assert answer["ok"]["outcome"] == "failed"
        assert answer["ok"]["diagnosis"]["code"] == "dropped"
        assert [line["by"] for line in answer["ok"]["lines"]][:3] == ["note", "server", "client"]


def test_a_success_ends_the_relays_rest_and_a_failure_does_not_lengthen_it(ready):
    ready.expected |= TROUBLES
    with Peer(Script(greeting="421 not now"), Script(greeting="421 not yet"), Script()) as peer:
        ready.ctl("portal", "set", f"relay_port={peer.port}", "relay_tls=none")
        ready.ctl("department", "set", "Shop", "mail.missed.on=yes",
                  "mail.missed.addresses=team@example.com")
        leave_one(ready)
        ready.wait_log(r"relay\.trouble what=greeting in_a_row=1 ")
        assert try_relay(ready, "me@example.com").last.startswith("failed (greeting-refused): ")
        assert try_relay(ready, "me@example.com").code == 0
        ready.wait_log(r"relay\.well-again after=1 ")


def test_the_dispatcher_dies_in_the_middle(make_gateway):
    gateway = make_gateway()
    gateway.ctl("portal", "set", "from=chat@example.com", "relay_host=localhost",
                "relay_tls=none")
    with Peer(Script(ehlo=STALL)) as peer, Control(gateway) as control:
        gateway.ctl("portal", "set", f"relay_port={peer.port}")
        with open(gateway.dir / "dispatcher.log", "wb") as log, subprocess.Popen(
                [DISPATCHER, "-c", gateway.conf], stderr=log) as dispatcher:
            wait_until(lambda: gateway.ctl("status")["dispatcher"], "a dispatcher is attached")
            control.say("mail.test", to="me@example.com")
            assert control.next()["ev"] == "dialogue"
            dispatcher.kill()
        answer, _ = control.until_answer()
        assert answer["error"]["code"] == "unreachable"
        assert "went away" in answer["error"]["what"]


def test_an_administrator_sets_the_password_over_rest_and_an_agent_does_not(gateway):
    secret = "geheim im Browser"
    for role, status in (("agent", 403), ("admin", 200)):
        email = f"{role}@example.com"
        gateway.add_agent(role, email, f"role={role}")
        agent = Agent(gateway, email)
        agent.sign_in()
        got, _, body = gateway.request("PUT", "/api/v1/relay-password", {"password": secret},
                                       {"Origin": gateway.origin, "Cookie": agent.cookie})
        assert got == status, body
        assert gateway.ctl("portal", "show")["relay_secret"] is (role == "admin")
        assert secret.encode() not in body
    _, _, body = gateway.request("GET", "/api/v1/portal", headers={"Cookie": agent.cookie})
    assert secret.encode() not in body
    assert not any(secret in line for line in gateway.log)
