"""Trying a relay: a test mail through the real dispatcher, and what is said meanwhile."""

import json
import socket

from harness import WAIT_S


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
