"""A store filled through the real core, a dispatcher on it, and the questions that tests ask."""

import contextlib
import datetime
import json
import os
import re
import signal
import subprocess
import time

import lmdb

from fate import all_settled

BUILD = os.environ.get("TOP_BUILDDIR", ".")
DISPATCHER = os.path.join(BUILD, "src/dispatcher/deskbell-dispatcher")
WORLD = os.path.join(BUILD, "tests/integration/smtp_peer/dispatcher_world")
STORE_BYTES_MAX = 1 << 40


class Refused(Exception):
    """The world answered "error …"."""


class House:
    """One state directory: `world` moves it, any number of dispatchers in turn serve it."""

    def __init__(self, folder, limit_s=60, days_ago=0):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.state = os.path.join(self.folder, "state")
        self.conf = os.path.join(self.folder, "deskbell.conf")
        self.log = os.path.join(self.folder, "dispatcher.log")
        self.limit_s = limit_s
        self.extra = []
        self.clock = os.path.join(self.folder, "clock")
        self.moved_ms = 0
        self.env = {"DESKBELL_CLOCK": self.clock}
        self.dispatcher = None
        with open(self.conf, "w", encoding="utf-8") as conf:
            conf.write(f"state_dir = {self.state}\nlog_level = debug\nuser = root\n")
        self.world = subprocess.Popen([WORLD, self.state, str(days_ago)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True, encoding="utf-8",
                                      env={**os.environ, **self.env})
        assert self.world.stdout.readline() == "ok\n"

    def advance(self, **by):
        """Move everybody's clock: hours=4, …"""
        self.moved_ms += int(datetime.timedelta(**by).total_seconds() * 1000)
        with open(self.clock + ".new", "w", encoding="ascii") as clock:
            clock.write(str(self.moved_ms))
        os.replace(self.clock + ".new", self.clock)

    # the gateway's side

    def do(self, *fields):
        self.world.stdin.write("\t".join(str(f) for f in fields) + "\n")
        self.world.stdin.flush()
        answer = self.world.stdout.readline().rstrip("\n")
        if not answer.startswith("ok"):
            raise Refused(answer)
        return answer[3:]

    def mails(self, kind=None):
        self.world.stdin.write("mails\n")
        self.world.stdin.flush()
        found = json.loads(self.world.stdout.readline())
        return [m for m in found if kind in (None, m["kind"])]

    def relays(self):
        """Those that rest or refuse our login."""
        self.world.stdin.write("relays\n")
        self.world.stdin.flush()
        return json.loads(self.world.stdout.readline())

    def count(self):
        self.world.stdin.write("count\n")
        self.world.stdin.flush()
        return json.loads(self.world.stdout.readline())

    def dept_relay(self, port, host="localhost", tls="none", user="", password=""):
        """A relay of the present department's own."""
        self.do("department", "relay.tls", tls)
        self.do("department", "relay.host", host)
        self.do("department", "relay.port", port)
        self.do("department", "relay.own", "on")
        if user:
            self.do("department", "relay.user", user)
        if password:
            self.do("dept_secret", password)

    @staticmethod
    def is_sanitized():
        """AddressSanitizer keeps what was freed, on purpose: then memory says nothing."""
        with open(DISPATCHER, "rb") as program:
            return b"__asan_init" in program.read()

    def memory_kb(self):
        """What the dispatcher has for itself: the store's pages are everybody's."""
        with open(f"/proc/{self.dispatcher.pid}/status", encoding="ascii") as status:
            return int(re.search(r"RssAnon:\s+(\d+) kB", status.read()).group(1))

    def settings(self, port, **relay):
        self.do("agent", "鈴木")
        self.do("portal", "from", "chat@example.com")
        self.relay(port, **relay)
        for which, address in (("transcript", "t@example.com"), ("block", "b@example.com"),
                               ("feedback", "f@example.com"), ("missed", "m@example.com"),
                               ("copy", "c@example.com")):
            self.do("department", f"mail.{which}.addresses", address)
            self.do("department", f"mail.{which}.on", "true")

    def relay(self, port, host="localhost", tls=False, user="", password=""):
        if tls:
            self.do("portal", "relay_tls", "tls" if tls == "start" else "starttls")
        self.do("portal", "relay_host", host)
        self.do("portal", "relay_port", port)
        if user:
            self.do("portal", "relay_user", user)
        if password:
            self.do("secret", password)

    def chat(self, count=1, name="山田 花子", email="hanako@example.com", text="こんにちは",
             reply="はい、どうぞ"):
        self.do("chat", count, name, email, text, reply)

    def erase(self):
        """All that people wrote, as erasing does: what happened stays."""
        store = lmdb.open(self.state, max_dbs=64, map_size=STORE_BYTES_MAX)
        with store.begin(write=True) as txn:
            txn.drop(store.open_db(b"body", txn=txn, create=False), delete=False)
        store.close()

    # the dispatcher's side

    def launch(self):
        log = open(self.log, "ab")
        self.dispatcher = subprocess.Popen(
            [DISPATCHER, "-c", self.conf, "-l", str(self.limit_s), "-m",
             os.path.join(self.folder, "templates"), *self.extra], stderr=log,
            env={**os.environ, **self.env})
        log.close()
        return self.dispatcher

    def start(self):
        before = len(self.logged("dispatcher.ready"))
        self.launch()
        self.wait(lambda: len(self.logged("dispatcher.ready")) > before)

    def kill(self):
        self.dispatcher.kill()
        self.dispatcher.wait()

    def kill_all(self):
        """The dispatcher and its workers, as when the machine goes down."""
        workers = self.workers()
        self.kill()
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def boot_anew(self):
        """What an earlier dispatcher left is from before the machine's start."""
        for name in self.trips():
            path = os.path.join(self.state, "dispatch", name)
            with open(path, encoding="ascii") as trip:
                head, rest = trip.read().split("\n", 1)
            assert head.startswith("session 1 ")
            with open(path, "w", encoding="ascii") as trip:
                trip.write("session 1 another-boot\n" + rest)

    def stop(self):
        if self.dispatcher is None or self.dispatcher.poll() is not None:
            return
        self.dispatcher.terminate()
        code = self.dispatcher.wait(20)
        assert code == 0, f"{code}\n" + "".join(self.logged("")[-20:])

    def workers(self):
        """Pids of the dispatcher's children."""
        path = f"/proc/{self.dispatcher.pid}/task/{self.dispatcher.pid}/children"
        try:
            with open(path, encoding="ascii") as children:
                return [int(pid) for pid in children.read().split()]
        except FileNotFoundError:
            return []

    def trips(self):
        with contextlib.suppress(FileNotFoundError):
            return [name for name in os.listdir(os.path.join(self.state, "dispatch"))
                    if name.isdigit()]
        return []

    def logged(self, pattern):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as log:
            return [line for line in log if re.search(pattern, line)]

    def wait(self, condition, seconds=40):
        """Until it holds: looked at often, for at most so long.  Its value."""
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value or time.monotonic() > end:
                assert value, "\n".join(self.logged("")[-20:]) + json.dumps(
                    self.mails(), ensure_ascii=False, indent=1)
                return value
            time.sleep(0.02)

    def wait_state(self, *states, seconds=40, kind=None):
        """Until every mail is in one of these states."""
        self.wait(lambda: all(m["state"] in states for m in self.mails(kind)), seconds)
        return self.mails(kind)

    def wait_count(self, condition, seconds=60):
        """As wait(), without reading every mail.  The counts."""
        end = time.monotonic() + seconds
        while True:
            counts = self.count()
            if condition(counts):
                return counts
            assert time.monotonic() < end, f"{counts}\n" + "".join(self.logged("")[-20:])
            time.sleep(0.02)

    def retry_all(self):
        for mail in self.mails():
            if mail["state"] not in ("sent", "suppressed", "cancelled", "sending", "folded"):
                self.do("retry", mail["id"])

    def retry_deferred(self):
        for mail in self.mails():
            if mail["state"] in ("deferred", "uncertain"):
                self.do("retry", mail["id"])

    def settle(self, seconds=60):
        """Retry what waits until every mail has its end and no session's file is left.  They."""
        asked = {}

        def over():
            mails = self.mails()
            for mail in mails:
                if mail["state"] in ("deferred", "uncertain") and \
                        asked.get(mail["id"]) != mail["attempts"]:
                    asked[mail["id"]] = mail["attempts"]
                    self.do("retry", mail["id"])
            return all_settled(mails) and not self.trips()

        self.wait(over, seconds)
        return self.mails()

    def close(self):
        try:
            self.stop()
        finally:
            if self.dispatcher is not None and self.dispatcher.poll() is None:
                self.kill()
        self.world.stdin.close()
        self.world.wait(10)
        self.world.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
