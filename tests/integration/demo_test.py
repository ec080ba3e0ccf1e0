"""The demo as a newcomer starts it: what it prints is true, Ctrl-C stops all of it, data stay."""
import email
import email.policy
import http.cookiejar
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import pytest

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")).resolve()
BUILD = pathlib.Path(os.environ.get("TOP_BUILDDIR", ".")).resolve()
WAIT_S = 120


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Demo:
    def __init__(self, data):
        self.data = data
        env = {**os.environ, "DESKBELL_DEMO_DIR": str(data),
               "DESKBELL_DEMO_PORT": str(free_port())}
        self.process = subprocess.Popen(
            [TOP / "contrib/demo/run", BUILD], env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C stops"):
                break
        self.said = "".join(lines)
        assert "deskbell is running." in self.said, self.said

    def find(self, pattern):
        found = re.search(pattern, self.said)
        assert found, self.said
        return found.group(1)

    def interrupt(self):
        """As a terminal does: the whole group is told."""
        os.killpg(self.process.pid, signal.SIGINT)
        rest = self.process.stdout.read()
        return self.process.wait(WAIT_S), rest


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as reply:
        return reply.read().decode()


def sign_in(url, address, password):
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    origin = re.match(r"https?://[^/]+", url).group()
    request = urllib.request.Request(
        origin + "/api/v1/session", json.dumps({"email": address, "password": password}).encode(),
        {"Content-Type": "application/json", "Origin": origin})
    with opener.open(request, timeout=30) as reply:
        reply.read()
        return reply.status


@pytest.fixture(scope="module")
def data():
    """Where Postfix's own user can go, so that the mail server keeps its things inside."""
    with tempfile.TemporaryDirectory(prefix="deskbell-demo-", dir="/tmp") as directory:
        os.chmod(directory, 0o711)
        yield pathlib.Path(directory)


def mail_arrives(demo, text):
    """Through the dispatcher and Postfix, with TLS and a password, into the Maildir."""
    inbox = pathlib.Path(demo.find(r"the mails +(\S+)"))
    until = time.monotonic() + WAIT_S
    while True:
        mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                 for path in inbox.glob("*")]
        found = [m for m in mails if text in m.get_body(("plain",)).get_content()]
        if found:
            return found[0]
        assert time.monotonic() < until, (demo.data / "gateway.log").read_text()
        time.sleep(0.1)


def leave_message(demo):
    """What the widget sends while nobody is online: a missed chat, and so a mail."""
    shop = demo.find(r"the shop +(\S+)")
    origin = re.match(r"https?://[^/]+", shop).group()
    command = {"id": "one", "do": "chat.leave-message", "name": "Chiyo", "lang": "en",
               "email": "chiyo@visitor.example", "text": "Do you send to Oslo?"}
    request = urllib.request.Request(
        f"{origin}/w/{shop.rpartition('=')[2]}/command", json.dumps(command).encode(),
        {"Content-Type": "application/json", "Origin": origin})
    with urllib.request.urlopen(request, timeout=30) as reply:
        assert "error" not in json.loads(reply.read())


def test_a_newcomer_finds_everything_that_is_printed(data):
    demo = Demo(data)
    try:
        shop = demo.find(r"the shop +(\S+)")
        assert "Hidamari Tea" in fetch(shop)
        assert "deskbell" in fetch(demo.find(r"the console +(\S+)")).lower()
        password = demo.find(r"ann@\S+ +password +(\S+)")
        for name in ("ann", "ben", "mia"):
            assert sign_in(shop, f"{name}@shop.example", password) in (200, 201, 204)
        with pytest.raises(urllib.error.HTTPError):
            sign_in(shop, "ann@shop.example", "wrong password")
        assert json.loads(fetch(shop.split("?")[0] + "department"))["department"] in shop
        leave_message(demo)
        mail = mail_arrives(demo, "Do you send to Oslo?")
        assert mail["To"] == "team@shop.example"
        assert "hello@shop.example" in mail["From"]
        assert "with ESMTPSA" in mail["Received"]
    finally:
        code, rest = demo.interrupt()
    assert code == 0, rest
    assert "still there" not in rest


def test_the_second_start_is_quick_and_keeps_the_data(data):
    began = time.monotonic()
    demo = Demo(data)
    try:
        assert time.monotonic() - began < 60
        assert "making a shop" not in demo.said
        password = demo.find(r"ann@\S+ +password +(\S+)")
        assert sign_in(demo.find(r"the shop +(\S+)"), "ann@shop.example", password) in (200, 204)
        second = subprocess.run([TOP / "contrib/demo/run", BUILD], capture_output=True, text=True,
                                env={**os.environ, "DESKBELL_DEMO_DIR": str(data)}, check=False)
        assert second.returncode == 1 and "running already" in second.stderr
    finally:
        port = int(demo.find(r"the console +http://127.0.0.1:(\d+)/"))
        code, rest = demo.interrupt()
    assert code == 0, rest
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    assert not (data / "mail-server/ready").exists()
