"""A scripted SMTP server: it does what each connection's script says, and remembers what came.

It is a peer for tests, not a mail server: a script may refuse, stall, lie, drop or attack at any
point.  Threads, one a connection; everything has a deadline.
"""

import base64
import dataclasses
import hmac
import secrets
import socket
import ssl
import threading
import typing

DROP = object()   # close at once
STALL = object()  # say nothing until the other side goes away
LINGER_S = 30     # how long a stalling peer waits for that


@dataclasses.dataclass
class Raw:
    """Bytes to be sent as they are."""

    data: bytes


@dataclasses.dataclass
class Cut:
    """These bytes, and then it hangs up."""

    data: bytes


@dataclasses.dataclass
class Drip:
    """These bytes, again and again, until the other side goes away."""

    data: bytes
    every_s: float


@dataclasses.dataclass
class Flood:
    """As much of these bytes as the other side takes, until it goes away."""

    data: bytes


@dataclasses.dataclass
class Script:
    """One connection's behaviour.

    An answer is a string (one reply; several lines are joined by LF), Raw, Cut, Drip, Flood, DROP
    or STALL; a callable gets the argument and the number of mails begun before, and gives one of these or None
    for the ordinary answer.
    """

    greeting: typing.Any = "220 peer.example ESMTP"
    extensions: tuple = ("PIPELINING",)
    ehlo: typing.Any = None
    starttls: typing.Any = None      # with tls: "220 go on"
    tls: typing.Any = None           # an ssl.SSLContext; offers STARTTLS
    tls_first: bool = False          # … but speaks it from the start
    tls_hidden: bool = False         # … but does not say so
    logins: typing.Any = None        # {user: password}; offers AUTH and demands it
    mechanisms: str = "PLAIN LOGIN"
    auth: typing.Any = None
    mail: typing.Any = None
    rcpt: typing.Any = None
    data: typing.Any = None
    dot: typing.Any = "250 2.0.0 taken"
    data_stop: typing.Optional[int] = None  # read that many bytes of a body, then do `stopped`
    stopped: typing.Any = DROP
    data_mail: typing.Optional[int] = None  # … only in this mail of the session
    lost: bool = False                      # `dot` is done, but the mail is kept as taken


@dataclasses.dataclass
class Mail:
    sender: str
    rcpts: list
    raw: bytes
    taken: bool

    @property
    def message_id(self):
        for line in self.raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
            if line.lower().startswith(b"message-id:"):
                return line.split(b":", 1)[1].strip().decode()
        return ""


class Gone(Exception):
    """The connection is over."""


class Connection:
    def __init__(self, peer, sock, script):
        self.peer = peer
        self.sock = sock
        self.script = script
        self.buffer = b""
        self.commands = []
        self.mails_begun = 0
        self.tls_version = None
        self.sni = None
        self.login = None

    # bytes

    def read_more(self):
        try:
            got = self.sock.recv(65536)
        except (OSError, ssl.SSLError):
            got = b""
        if not got:
            raise Gone
        self.buffer += got

    def read_line(self):
        while b"\n" not in self.buffer:
            self.read_more()
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (OSError, ssl.SSLError):
            raise Gone from None

    def stall(self):
        """Until the other side closes, reading nothing that could free its window."""
        self.peer.stalled.set()
        self.peer.closing.wait(LINGER_S)
        raise Gone

    def answer(self, what, ordinary, *args):
        """Give the scripted answer, or the ordinary one; its reply code."""
        if callable(what):
            what = what(*args)
        if what is None:
            what = ordinary
        if what is DROP:
            raise Gone
        if what is STALL:
            self.stall()
        if isinstance(what, Drip):
            while not self.peer.closing.wait(what.every_s):
                self.send(what.data)
            raise Gone
        if isinstance(what, Flood):
            while not self.peer.closing.is_set():
                self.send(what.data)
            raise Gone
        if isinstance(what, Cut):
            self.send(what.data)
            raise Gone
        if isinstance(what, Raw):
            self.send(what.data)
            return int(what.data.splitlines()[-1][:3])
        lines = what.split("\n")
        for i, line in enumerate(lines):
            if i + 1 < len(lines):
                line = line[:3] + "-" + line[4:]
            self.send(line.encode() + b"\r\n")
        return int(lines[-1][:3])

    # the session

    def run(self):
        try:
            if self.script.tls_first:
                self.shake_hands()
            if self.answer(self.script.greeting, "") != 220:
                raise Gone
            while self.command():
                pass
        except Gone:
            pass
        finally:
            try:
                self.sock.close()
            except OSError:
                pass

    def command(self):
        line = self.read_line().decode("latin-1")
        self.commands.append(line)
        verb, _, arg = line.partition(" ")
        verb = verb.upper()
        handler = getattr(self, "do_" + verb.lower(), None)
        if handler is None:
            self.answer(None, "500 what")
            return True
        return handler(arg)

    def do_ehlo(self, _arg):
        lines = ["250 peer.example"] + ["250 " + e for e in self.script.extensions]
        if self.script.tls and not self.tls_version and not self.script.tls_hidden:
            lines.append("250 STARTTLS")
        if self.script.logins is not None and (self.tls_version or not self.script.tls):
            lines.append("250 AUTH " + self.script.mechanisms)
        self.answer(self.script.ehlo, "\n".join(lines))
        return True

    do_helo = do_ehlo

    def do_starttls(self, _arg):
        if self.answer(self.script.starttls, "220 go on") != 220:
            return True
        if self.script.tls is not None:
            self.shake_hands()
        return True

    def shake_hands(self):
        def on_sni(_sock, name, _context):
            self.sni = name

        self.script.tls.sni_callback = on_sni
        try:
            self.sock = self.script.tls.wrap_socket(self.sock, server_side=True)
        except (OSError, ssl.SSLError):
            raise Gone from None
        self.tls_version = self.sock.version()
        self.buffer = b""

    def do_auth(self, arg):
        mechanism, _, initial = arg.partition(" ")
        if mechanism.upper() == "LOGIN":
            if not initial:
                self.send(b"334 VXNlcm5hbWU6\r\n")
                initial = self.read_line().decode()
            user = base64.b64decode(initial).decode()
            self.send(b"334 UGFzc3dvcmQ6\r\n")
            password = base64.b64decode(self.read_line()).decode()
        elif mechanism.upper() == "CRAM-MD5":
            user, password = self.challenge()
        elif mechanism.upper() == "XOAUTH2":
            return self.token(initial)
        else:
            if not initial:
                self.send(b"334 \r\n")
                initial = self.read_line().decode()
            _, user, password = base64.b64decode(initial).decode().split("\0")
        self.peer.tries.append((mechanism.upper(), user, password))
        good = password is not None and self.script.logins.get(user) == password
        code = self.answer(self.script.auth, "235 welcome" if good else "535 5.7.8 no")
        if code == 235:
            self.login = user
        return True

    def token(self, initial):
        """A bad one is explained in a challenge, and refused after the client's empty answer."""
        user, bearer = base64.b64decode(initial).decode().removesuffix("\1\1").split("\1")
        user, token = user.removeprefix("user="), bearer.removeprefix("auth=Bearer ")
        self.peer.tries.append(("XOAUTH2", user, token))
        if self.script.logins.get(user) == token:
            if self.answer(self.script.auth, "235 welcome") == 235:
                self.login = user
            return True
        why = base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode()
        self.send(f"334 {why}\r\n".encode())
        rest = self.read_line().decode()
        self.commands.append(rest)
        self.answer(self.script.auth, "535 5.7.8 no" if rest == "" else "501 5.5.2 what")
        return True

    def challenge(self):
        """RFC 2195: the password itself is never sent; None where its digest is wrong."""
        text = f"<{secrets.token_hex(8)}@peer.example>".encode()
        self.send(b"334 " + base64.b64encode(text) + b"\r\n")
        user, _, digest = base64.b64decode(self.read_line()).decode().rpartition(" ")
        password = self.script.logins.get(user, "")
        right = hmac.new(password.encode(), text, "md5").hexdigest()
        return user, password if hmac.compare_digest(right, digest) else None

    def do_mail(self, arg):
        if self.script.logins is not None and not self.login:
            self.answer(self.script.mail, "530 5.7.0 sign in first", arg, self.mails_begun)
            return True
        self.sender, self.rcpts, self.refused = arg[arg.index("<") + 1:arg.index(">")], [], False
        code = self.answer(self.script.mail, "250 ok", arg, self.mails_begun)
        self.refused = code >= 300
        self.mails_begun += 1
        return code != 421

    def do_rcpt(self, arg):
        address = arg[arg.index("<") + 1:arg.index(">")]
        if self.refused:
            self.answer(None, "503 no sender")
            return True
        if self.answer(self.script.rcpt, "250 ok", address, self.mails_begun - 1) < 300:
            self.rcpts.append(address)
        return True

    def do_data(self, _arg):
        index = self.mails_begun - 1
        if not self.rcpts:
            self.answer(None, "503 no recipients")
            return True
        if self.answer(self.script.data, "354 go on", index) != 354:
            return True
        here = self.script.data_stop is not None and self.script.data_mail in (None, index)
        if here:
            while len(self.buffer) < self.script.data_stop:
                self.read_more()
            self.answer(self.script.stopped, "")
        while not (self.buffer.startswith(b".\r\n") or b"\r\n.\r\n" in self.buffer):
            self.read_more()
        if self.buffer.startswith(b".\r\n"):
            body, self.buffer = b"", self.buffer[3:]
        else:
            body, self.buffer = self.buffer.split(b"\r\n.\r\n", 1)
            body += b"\r\n"
        body = b"\r\n".join(
            line[1:] if line.startswith(b".") else line for line in body.split(b"\r\n"))
        mail = Mail(self.sender, self.rcpts, body, self.script.lost)
        self.peer.mails.append(mail)
        with self.peer.changed:
            self.peer.changed.notify_all()
        code = self.answer(self.script.dot, "250 taken", index)
        mail.taken = mail.taken or code == 250
        with self.peer.changed:
            self.peer.changed.notify_all()
        return True

    def do_rset(self, _arg):
        self.answer(None, "250 ok")
        return True

    do_noop = do_rset

    def do_quit(self, _arg):
        self.answer(None, "221 bye")
        return False


class Peer:
    """Listens on a free port of 127.0.0.1.  The first connections take `scripts`, in order; all
    later ones the last of them."""

    def __init__(self, *scripts):
        self.scripts = list(scripts) or [Script()]
        self.connections = []
        self.mails = []
        self.tries = []
        self.closing = threading.Event()
        self.stalled = threading.Event()
        self.changed = threading.Condition()
        self.threads = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        # A small window, so that a body that nobody reads soon fills it.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.port = self.listener.getsockname()[1]
        self.acceptor = threading.Thread(target=self.accept_all, daemon=True)
        self.acceptor.start()

    def accept_all(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.settimeout(LINGER_S)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            index = min(len(self.connections), len(self.scripts) - 1)
            connection = Connection(self, sock, self.scripts[index])
            self.connections.append(connection)
            thread = threading.Thread(target=connection.run, daemon=True)
            self.threads.append(thread)
            thread.start()

    def wait(self, condition, seconds=20):
        """Until the condition holds, looked at whenever a mail came; its last value."""
        with self.changed:
            self.changed.wait_for(condition, seconds)
        return condition()

    @property
    def taken(self):
        return [m for m in self.mails if m.taken]

    def close(self):
        self.closing.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.acceptor.join(5)
        for thread in self.threads:
            thread.join(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
