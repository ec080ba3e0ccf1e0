"""The real programs, started on free ports with a state directory of their own, and clients that
speak deskbell-protocol(7) to them.  Nothing here sleeps: everything waits for a condition, bounded.
"""

import asyncio
import functools
import http.client
import json
import os
import pathlib
import queue
import re
import secrets
import signal
import socket
import struct
import subprocess
import threading
import time
import zlib

import websockets

BUILD = pathlib.Path(os.environ.get("TOP_BUILDDIR", "."))
DESKBELLD = BUILD / "src/deskbelld/deskbelld"
DESKBELLCTL = BUILD / "src/ctl/deskbellctl"
DISPATCHER = BUILD / "src/dispatcher/deskbell-dispatcher"
WAIT_S = float(os.environ.get("DESKBELL_TEST_WAIT_S", "20"))
PASSWORD = "correct horse battery"


def run_async(test):
    """Let a test function be a coroutine, bounded as a whole."""

    @functools.wraps(test)
    def wrapper(*args, **kwargs):
        async def bounded():
            try:
                await asyncio.wait_for(test(*args, **kwargs), 10 * WAIT_S)
            finally:
                for peer in Peer.opened:  # so that no gateway waits for somebody who is gone
                    peer.socket.transport.abort()
                Peer.opened.clear()

        asyncio.run(bounded())

    return wrapper


def black_png(width, height):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))

    rows = b"".join(b"\0" + bytes((width + 7) // 8) for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def wait_until(condition, what, seconds=WAIT_S):
    """Look again and again until condition() is true; return its value."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < until, f"within {seconds} s: {what}"
        time.sleep(0.01)


class Refused(Exception):
    """An error of the protocol."""

    def __init__(self, error):
        super().__init__(json.dumps(error, ensure_ascii=False))
        self.code = error["code"]
        self.field = error.get("field", "")
        self.what = error.get("what", "")


class Gateway:
    """One gateway.  `options` are lines of its configuration."""

    def __init__(self, directory, **options):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True, exist_ok=True)
        # Whoever runs the tests, everything is theirs; what each program may is rights_test's.
        self.options = {"dispatcher": "no", "listen": "127.0.0.1:0", "user": "root", **options}
        self.process = None
        self.port = None
        self.link = None
        self.log = []
        self.expected = set()  # warnings and errors that the test announces
        self._lines = queue.Queue()

    @property
    def conf(self):
        return self.dir / "deskbell.conf"

    @property
    def state(self):
        return self.dir / "state"

    @property
    def socket(self):
        return self.dir / "control.sock"

    @property
    def clock(self):
        return self.dir / "clock"

    def write_conf(self):
        rows = {"state_dir": self.state, "control_socket": self.socket,
                "dispatcher_program": DISPATCHER, "portal_name": "Shop", **self.options}
        self.conf.write_text("".join(f"{k} = {v}\n" for k, v in rows.items()), "utf-8")

    def start(self, preexec=None, wait=True, env=None):
        self.write_conf()
        self.process = subprocess.Popen(
            [DESKBELLD, "-c", self.conf], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, preexec_fn=preexec,
            env={**os.environ, "DESKBELL_CLOCK": str(self.clock), **(env or {})})
        self._own = []  # what this process says: the one before may still be read
        threading.Thread(target=self._read, args=(self.process, self._own), daemon=True).start()
        if wait:
            self.wait_ready()
        return self

    def _read(self, process, own):
        for line in process.stdout:
            self.log.append(line.rstrip("\n"))
            own.append(line)
            self._lines.put(line.rstrip("\n"))

    def wait_log(self, pattern, since=0, seconds=WAIT_S):
        found = wait_until(
            lambda: [m for m in (re.search(pattern, line) for line in self.log[since:]) if m]
            or self.process.poll() is not None, f"{pattern!r} in the log", seconds)
        assert found is not True, "the gateway ended:\n" + "\n".join(self.log[since:])
        return found[-1]

    def wait_ready(self):
        found = wait_until(
            lambda: [m for m in (re.search(r"gateway\.listening .*port=(\d+)", line)
                                 for line in self._own) if m] or self.process.poll() is not None,
            "the gateway to listen")
        assert found is not True, "the gateway ended:\n" + "".join(self._own)
        self.port = int(found[0].group(1))
        self.options["listen"] = f"127.0.0.1:{self.port}"  # the same after a restart
        if not self.link:
            linked = wait_until(lambda: [m for m in (re.search(r"#link=(\S+)", line)
                                for line in self.log) if m], "the one-time link")
            self.link = linked[0].group(1)

    def kill(self, sig=signal.SIGKILL):
        self.process.send_signal(sig)
        self.process.wait(WAIT_S)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill(signal.SIGTERM)
            assert self.process.returncode == 0, "\n".join(self.log[-20:])

    def restart(self, sig=signal.SIGKILL):
        self.kill(sig)
        return self.start()

    def complaints(self):
        """Warnings and errors in the log that the test did not announce."""
        found = []
        for line in self.log:
            m = re.match(r"\S+ (?:deskbelld )?(warn|error) (\S+)", line) or \
                re.search(r"\b(warn|error) (\S+)", line)
            if m and m.group(2) not in self.expected:
                found.append(line)
        return found

    # --- ways in ---------------------------------------------------------------------------

    def ctl(self, *args, ok=True, stdin=None, **env):
        done = subprocess.run([DESKBELLCTL, "--socket", self.socket, "--json", "--yes", *args],
                              capture_output=True, text=True, timeout=WAIT_S, input=stdin,
                              env={**os.environ, **env})
        if not ok:
            return done
        assert done.returncode == 0, f"{args}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def request(self, method, path, body=None, headers=None):
        """(status, headers, bytes) of one HTTP request."""
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        data = None if body is None else json.dumps(body).encode()
        head = {"Content-Type": "application/json"} if data else {}
        conn.request(method, path, data, {**head, **(headers or {})})
        reply = conn.getresponse()
        # Of what comes twice the first: the session's cookie, not the browser's.
        result = reply.status, dict(reversed(reply.getheaders())), reply.read()
        conn.close()
        return result

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def advance(self, ms):
        """Move the gateway's clock (test builds only)."""
        status, _, body = self.request("POST", "/test/clock", {"advance_ms": ms},
                                       {"Origin": self.origin})
        assert status in (200, 204), (status, body)

    def advance_both(self, ms):
        """Likewise the dispatcher's, and of both after a restart; once a test."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(ms))
        os.replace(new, self.clock)

    # --- the usual furniture ----------------------------------------------------------------

    def first_department(self):
        return self.ctl("department", "list")["rows"][0]

    def proxy_words(self):
        """What a proxy has to say of whom it serves, where the gateway takes us for one."""
        return {"X-Forwarded-For": "198.51.100.200"} if "trusted_proxies" in self.options else {}

    def add_agent(self, name, email, *settings, departments="Shop"):
        """An agent with PASSWORD, in these departments."""
        row = self.ctl("agent", "add", name, email, *settings, f"departments={departments}")
        link = self.ctl("agent", "link", email)["link"].split("#link=")[1]
        status, _, body = self.request("POST", "/api/v1/password",
                                       {"link": link, "password": PASSWORD},
                                       {"Origin": self.origin, **self.proxy_words()})
        assert status == 200, (status, body)
        return row["agent"]


class Peer:
    """A WebSocket client: commands up, answers and events down."""

    opened = []

    def __init__(self, gateway):
        self.gateway = gateway
        self.socket = None
        self.answers = {}
        self.events = []
        self.closed = None
        self._news = asyncio.Condition()
        self._task = None
        self._n = 0

    async def open(self, path, headers=None, origin=None, token=None):
        headers = dict(headers or {})
        protocols = ["deskbell.1"] + ([f"token.{token}"] if token else [])
        self.socket = await websockets.connect(
            f"ws://127.0.0.1:{self.gateway.port}{path}", subprotocols=protocols,
            extra_headers=headers, origin=origin, compression=None, ping_interval=None,
            open_timeout=WAIT_S, close_timeout=2, max_size=None)
        assert self.socket.subprotocol == "deskbell.1"
        self.closed = None
        Peer.opened.append(self)
        self._task = asyncio.create_task(self._read(self.socket))
        return self

    async def _read(self, sock):
        try:
            async for text in sock:
                frame = json.loads(text)
                async with self._news:
                    if "re" in frame:
                        self.answers[frame["re"]] = frame
                    else:
                        frame.setdefault("ev", "error")  # to what had no id
                        self.on_event(frame)
                        self.events.append(frame)
                    self._news.notify_all()
        except websockets.ConnectionClosed:
            pass
        async with self._news:
            if sock is self.socket:
                self.closed = sock.close_code or 1006
            self._news.notify_all()

    def on_event(self, frame):
        pass

    async def until(self, condition, what, seconds=WAIT_S):
        async def look():
            async with self._news:
                while True:
                    value = condition()
                    if value:
                        return value
                    await self._news.wait()
        try:
            return await asyncio.wait_for(look(), seconds)
        except asyncio.TimeoutError:
            raise AssertionError(f"within {seconds} s: {what}; events: {self.events[-8:]}, "
                                 f"closed: {self.closed}") from None

    async def event(self, name, condition=lambda e: True, since=0):
        return await self.until(
            lambda: next((e for e in self.events[since:] if e["ev"] == name and condition(e)),
                         None), f"event {name}")

    def new_id(self):
        return secrets.token_hex(16)

    async def send_raw(self, text):
        await self.socket.send(text)

    async def ask(self, do, id=None, **fields):
        """Send a command and wait for its answer; Refused if it is an error."""
        id = id or self.new_id()
        self.answers.pop(id, None)
        await self.socket.send(json.dumps({"id": id, "do": do, **fields}))
        return await self.answer(id)

    async def answer(self, id):
        frame = await self.until(lambda: self.answers.get(id) or self.closed, f"answer to {id}")
        if not isinstance(frame, dict):
            raise ConnectionError(f"closed with {self.closed}")
        if "error" in frame:
            raise Refused(frame["error"])
        return {**frame["ok"], "_pos": frame.get("pos")}

    async def drop(self):
        """Lose the connection without a word."""
        if self.socket is not None:
            self.socket.transport.abort()
            await self.until(lambda: self.closed, "the drop")

    async def close(self):
        if self.socket is not None:
            await self.socket.close()


class Visitor(Peer):
    """A widget.  Checks at every line that nothing is missing, doubled or out of order."""

    def __init__(self, gateway, code):
        super().__init__(gateway)
        self.code = code
        self.chat = self.token = None
        self.lines = []
        self.state = {}

    async def open(self, **kwargs):
        return await super().open(f"/w/{self.code}/ws", **kwargs)

    def on_event(self, frame):
        if frame["ev"] == "chat.line":
            self.take_line(frame)
        elif frame["ev"] == "chat.state":
            self.state = frame

    def take_line(self, line):
        if line["n"] <= len(self.lines):
            assert self.lines[line["n"] - 1].get("text") == line.get("text"), "a line changed"
            return
        assert line["n"] == len(self.lines) + 1, f"a gap: {line['n']} after {len(self.lines)}"
        self.lines.append(line)

    async def start(self, name="Hanako", email="hanako@example.com", question="Is it in stock?",
                    **fields):
        ok = await self.ask("chat.start", name=name, email=email, question=question, **fields)
        self.chat, self.token, self.state = ok["chat"], ok["token"], {**ok, **self.state}
        return ok

    async def resume(self):
        await self.open(token=self.token)
        ok = await self.ask("chat.resume", chat=self.chat, token=self.token, n=len(self.lines))
        for line in ok["lines"]:
            self.take_line(line)
        self.state = ok
        return ok

    async def until_state(self, state):
        return await self.until(lambda: self.state.get("state") == state and self.state,
                                f"state {state}, not {self.state.get('state')}")

    async def until_text(self, text):
        return await self.until(
            lambda: next((x for x in self.lines if x.get("text") == text), None), f"line {text!r}")

    def texts(self):
        return [x["text"] for x in self.lines if x["kind"] == "message"]


class Agent(Peer):
    """A console."""

    def __init__(self, gateway, email, password=PASSWORD):
        super().__init__(gateway)
        self.email, self.password = email, password
        self.cookie = None

    def sign_in(self):
        status, headers, body = self.gateway.request(
            "POST", "/api/v1/session", {"email": self.email, "password": self.password},
            {"Origin": self.gateway.origin})
        assert status == 200, (status, body)
        self.cookie = headers["Set-Cookie"].split(";")[0]
        return headers["Set-Cookie"]

    async def open(self, status="available"):
        if not self.cookie:
            self.sign_in()
        await super().open("/api/v1/ws", {"Cookie": self.cookie}, self.gateway.origin)
        self.me = await self.ask("subscribe", topic="me")
        if status:
            await self.ask("agent.status", status=status)
        return self

    async def accept(self, chat, since=0):
        await self.event("offer", lambda e: e["conversation"] == chat, since)
        return await self.ask("offer.accept", conversation=chat)
