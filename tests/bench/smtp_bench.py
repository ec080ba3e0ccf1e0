"""Composed mails to an SMTP server that takes all of them: the dispatcher's workers beside
smtp-source, both with sessions of so many mails and so many sessions at a time, in turn in one run.
Then the whole path, from the outbox to settled.

usage: smtp_bench.py DIRECTORY     a directory on the disk that is to be measured
"""

import contextlib
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).parent.parent / "integration"
sys.path[:0] = [str(TESTS / "smtp_peer"), str(TESTS)]

from house import House  # noqa: E402
from worker import PROGRAM, Job  # noqa: E402

SINK = "/usr/sbin/smtp-sink"
SOURCE = "/usr/sbin/smtp-source"
SESSION_MAILS = 50
SESSIONS = 2
MAIL_BYTES = 2048
SESSIONS_A_ROUND = 40
ROUNDS = 7
WHOLE_MAILS = 5000
WAIT_S = 20


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def sink():
    port = free_port()
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen([SINK, *user, f"127.0.0.1:{port}", "1000"])
    until = time.monotonic() + WAIT_S
    while True:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        assert process.poll() is None and time.monotonic() < until, "smtp-sink does not start"
        time.sleep(0.02)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def run_sessions(start):
    """So many sessions, so many at a time; the mails a second."""
    began = time.monotonic()
    running = [start(i) for i in range(SESSIONS)]
    begun = SESSIONS
    while running:
        process = running.pop(0)
        assert process.wait() == 0, process.args
        if begun < SESSIONS_A_ROUND:
            running.append(start(begun))
            begun += 1
    return SESSIONS_A_ROUND * SESSION_MAILS / (time.monotonic() - began)


def by_worker(folder, port):
    job = Job(port, host="127.0.0.1")
    for _ in range(SESSION_MAILS):
        job.add(raw=mail_bytes())
    path = os.path.join(folder, "job")
    with open(path, "wb") as out:
        out.write(job.bytes())

    def start(number):
        record = os.open(os.path.join(folder, f"session-{number}"),
                         os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.set_inheritable(record, True)
        with open(path, "rb") as stdin:
            process = subprocess.Popen(
                [PROGRAM], stdin=stdin, stdout=subprocess.DEVNULL,
                preexec_fn=lambda: os.dup2(record, 3), close_fds=False)
        os.close(record)
        return process

    return run_sessions(start)


def by_source(port):
    def start(_number):
        return subprocess.Popen(
            [SOURCE, "-d", "-s", "1", "-m", str(SESSION_MAILS), "-l", str(MAIL_BYTES),
             "-f", "s@example.com", "-t", "a@example.com", f"127.0.0.1:{port}"])

    return run_sessions(start)


def mail_bytes():
    head = ("From: <s@example.com>\r\nTo: <a@example.com>\r\nSubject: bench\r\n"
            "Date: Mon, 23 Nov 2026 06:04:00 +0000\r\nMessage-ID: <bench@example.com>\r\n\r\n")
    line = "x" * 78 + "\r\n"
    return (head + line * ((MAIL_BYTES - len(head)) // len(line))).encode()


def composed(folder, port):
    by_worker(folder, port), by_source(port)  # warm
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(by_worker(folder, port))
        theirs.append(by_source(port))
    ratios = [a / b for a, b in zip(ours, theirs)]
    print(f"composed mails, {SESSION_MAILS} a session, {SESSIONS} sessions at a time")
    print(f"  workers      {statistics.median(ours):8.0f} mails/s")
    print(f"  smtp-source  {statistics.median(theirs):8.0f} mails/s")
    print(f"  ratio        {statistics.median(ratios):8.2f}  ({min(ratios):.2f} to "
          f"{max(ratios):.2f})")
    return statistics.median(theirs)


def settled(counts):
    return counts["queued"] + counts["sending"] + counts["deferred"] == 0


def whole(folder, port, bound):
    with House(os.path.join(folder, "house")) as house:
        house.settings(port, host="127.0.0.1")
        house.do("chats", WHOLE_MAILS, "Visitor", "v@example.com", "Is it in stock?")
        began = time.monotonic()
        house.launch()
        house.wait_count(settled, 600)
        rate = WHOLE_MAILS / (time.monotonic() - began)
        assert house.count()["failed"] == 0
    print("the whole path, from the outbox to settled")
    print(f"  dispatcher   {rate:8.0f} mails/s, {rate / bound:.2f} of smtp-source")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = tempfile.mkdtemp(prefix="smtp-bench.", dir=sys.argv[1])
    try:
        with sink() as port:
            bound = composed(folder, port)
            whole(folder, port, bound)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
