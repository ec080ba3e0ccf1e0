"""Run `deskbell-smtp` on a job and collect what it tells."""

import os
import subprocess
import tempfile

PROGRAM = os.path.join(os.environ.get("TOP_BUILDDIR", "."), "src/smtp/deskbell-smtp")


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(tag, value):
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, int):
        value = varint(value)
    return varint(tag) + varint(len(value)) + value


def body(number=0, size=100):
    head = (f"From: <s@example.com>\r\nTo: <a@example.com>\r\nSubject: mail {number}\r\n"
            f"Date: Mon, 23 Nov 2026 06:04:00 +0000\r\nMessage-ID: <{number}@example.com>\r\n\r\n")
    line = "x" * 76 + "\r\n"
    return (head + line * max(1, size // len(line))).encode()


class Job:
    def __init__(self, port, host="localhost", tls=False, user="", password="", ca="",
                 limit_ms=30000, dot_ms=None, dialogue=False, token=False,
                 hello="client.example"):
        self.head = field(1, host) + field(2, port)
        if tls:
            self.head += field(3, 2 if tls == "start" else 1)
        if user:
            self.head += field(4, user)
        if password:
            self.head += field(5, password)
        if ca:
            self.head += field(6, ca)
        self.head += field(7, hello) + field(8, limit_ms)
        self.head += field(12, limit_ms if dot_ms is None else dot_ms)
        if dialogue:
            self.head += field(10, 1)
        if token:
            self.head += field(11, 1)
        self.mails = b""
        self.count = 0

    def add(self, *rcpts, raw=None, sender="s@example.com"):
        rcpts = rcpts or ("a@example.com",)
        raw = body(self.count) if raw is None else raw
        mail = field(1, sender) + b"".join(field(2, r) for r in rcpts) + field(3, raw)
        self.mails += field(9, mail)
        self.count += 1
        return self

    def bytes(self):
        return self.head + self.mails


class Result:
    """What the worker told: events as lists of words, by what they are about."""

    def __init__(self, lines, file_lines, code, log):
        self.lines = lines
        self.file_lines = file_lines
        self.code = code
        self.log = log

    def _codes(self, verb, *where):
        found = [line.split(" ") for line in self.lines if line.startswith(verb + " ")]
        found = [w for w in found if w[1:1 + len(where)] == [str(n) for n in where]]
        return int(found[-1][1 + len(where)]) if found else 0

    def mail(self, index=0):
        return self._codes("mail", index)

    def rcpt(self, index=0, number=0):
        return self._codes("rcpt", index, number)

    def data(self, index=0):
        return self._codes("data", index)

    def ended(self, index=0):
        return f"end {index}" in self.lines

    @property
    def dialogue(self):
        """(by, text) of each line that was shown."""
        return [tuple(line.split(" ", 2)[1:]) for line in self.lines if line.startswith("line ")]

    def said(self, by):
        return [text for who, text in self.dialogue if who == by]

    @property
    def facts(self):
        """Texts by word."""
        found = [(line + " ").split(" ", 2)[1:] for line in self.lines if line.startswith("fact ")]
        return {word: text.strip() for word, text in found}

    @property
    def trouble(self):
        found = [line.split(" ")[1] for line in self.lines if line.startswith("trouble ")]
        return found[-1] if found else ""


def run(job, timeout=60, prefix=(), env=None, program=PROGRAM):
    with tempfile.TemporaryDirectory() as folder:
        job_path = os.path.join(folder, "job")
        file_path = os.path.join(folder, "session")
        with open(job_path, "wb") as out:
            out.write(job.bytes())
        os.chmod(folder, 0o777)
        with open(file_path, "wb"):
            os.chmod(file_path, 0o666)
        with open(job_path, "rb") as stdin:
            done = subprocess.run(
                [*prefix, "bash", "-c", 'exec "$0" 3>>"$1"', program, file_path],
                stdin=stdin, capture_output=True, timeout=timeout, check=False,
                env={**os.environ, **(env or {})})
        with open(file_path, encoding="utf-8") as events:
            file_lines = events.read().splitlines()
        return Result(done.stdout.decode("utf-8").splitlines(), file_lines, done.returncode,
                      done.stderr.decode())
