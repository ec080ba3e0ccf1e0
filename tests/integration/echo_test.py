"""/test/ws-echo as conformance suites use it: a foreign WebSocket client against the real gateway,
then RFC 6455's rules, kept and broken, on a bare socket.  A normal build has no such door."""

import os
import socket
import struct

import pytest
import websockets

from harness import WAIT_S, run_async

PATH = "/test/ws-echo"
SIZES = (0, 1, 125, 126, 127, 65535, 65536, 1 << 20, 16 << 20)
UPGRADE = (f"GET {PATH} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
FIN = 0x80
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def knock(gateway):
    """A socket that has asked for the upgrade, and the status that came back."""
    sock = socket.create_connection(("127.0.0.1", gateway.port), timeout=WAIT_S)
    sock.sendall(UPGRADE.encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = sock.recv(1)
        assert piece, head
        head += piece
    return sock, int(head.split()[1])


@pytest.fixture
def echo(gateway):
    sock, status = knock(gateway)
    sock.close()
    if status != 101:
        pytest.skip("built without --enable-test-hooks")
    return gateway


def frame(first, payload=b"", length=None, mask=b"\x12\x34\x56\x78"):
    n = len(payload) if length is None else length
    if n < 126:
        head = bytes([first, 0x80 | n])
    elif n < 65536:
        head = bytes([first, 0xFE]) + struct.pack(">H", n)
    else:
        head = bytes([first, 0xFF]) + struct.pack(">Q", n)
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


def exactly(sock, count):
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def frame_read(sock):
    first, second = exactly(sock, 2)
    assert second < 0x80, "a server does not mask"
    if second == 126:
        second, = struct.unpack(">H", exactly(sock, 2))
    elif second == 127:
        second, = struct.unpack(">Q", exactly(sock, 8))
    return first, exactly(sock, second)


@run_async
async def test_a_foreign_client_gets_back_what_it_sends(echo):
    async with websockets.connect(f"ws://127.0.0.1:{echo.port}{PATH}", max_size=1 << 25) as ws:
        for size in SIZES:
            data = os.urandom(size)
            await ws.send(data)
            assert await ws.recv() == data
        await ws.send(iter(["日本語"] * 1000))
        assert await ws.recv() == "日本語" * 1000
        await (await ws.ping(b"there?"))
    assert ws.close_code == 1000


KEPT = {
    "pings in order": (
        frame(FIN | PING, b"1") + frame(FIN | PING, b"2"), [(FIN | PONG, b"1"), (FIN | PONG, b"2")]),
    "the largest ping": (frame(FIN | PING, b"x" * 125), [(FIN | PONG, b"x" * 125)]),
    "a pong that nobody asked for": (
        frame(FIN | PONG, b"x") + frame(FIN | TEXT, b"a"), [(FIN | TEXT, b"a")]),
    "fragments with a ping between": (
        frame(TEXT, b"a") + frame(FIN | PING) + frame(0, b"b") + frame(FIN, b"c"),
        [(FIN | PONG, b""), (FIN | TEXT, b"abc")]),
    "empty fragments": (frame(TEXT) + frame(0) + frame(FIN), [(FIN | TEXT, b"")]),
    "a character in pieces": (
        frame(TEXT, b"\xe2\x82") + frame(FIN, b"\xac"), [(FIN | TEXT, b"\xe2\x82\xac")]),
    "the last code point": (
        frame(FIN | TEXT, b"\xf4\x8f\xbf\xbf"), [(FIN | TEXT, b"\xf4\x8f\xbf\xbf")]),
    "bytes that are no text": (frame(FIN | BINARY, b"\xff\x00"), [(FIN | BINARY, b"\xff\x00")]),
    "close without a code": (frame(FIN | CLOSE), [(FIN | CLOSE, b"")]),
    "close with a code": (frame(FIN | CLOSE, b"\x0b\xb8why"), [(FIN | CLOSE, b"\x0b\xb8")]),
}


@pytest.mark.parametrize("what", KEPT)
def test_what_the_rules_allow_is_answered(echo, what):
    sent, expected = KEPT[what]
    for step in (len(sent), 1):
        sock, _ = knock(echo)
        with sock:
            for at in range(0, len(sent), step):
                sock.sendall(sent[at:at + step])
            assert [frame_read(sock) for _ in expected] == expected


BROKEN = {
    "a reserved bit": (frame(FIN | 0x40 | TEXT, b"a"), 1002),
    "a reserved bit on a ping": (frame(FIN | 0x10 | PING), 1002),
    "opcode 3": (frame(FIN | 3), 1002),
    "opcode 11": (frame(FIN | 11), 1002),
    "no mask": (b"\x81\x01a", 1002),
    "a ping in pieces": (frame(PING, b"a"), 1002),
    "a ping of 126 bytes": (frame(FIN | PING, b"x" * 126), 1002),
    "a continuation of nothing": (frame(FIN, b"a"), 1002),
    "a message inside of another": (frame(TEXT, b"a") + frame(FIN | TEXT, b"b"), 1002),
    "the long form of a short length": (b"\x81\xfe\x00\x01mask" + b"a", 1002),
    "a length with the top bit": (b"\x82\xff\x80\0\0\0\0\0\0\0mask", 1002),
    "a close of one byte": (frame(FIN | CLOSE, b"\x03"), 1002),
    "bad text": (frame(FIN | TEXT, b"ab\xff"), 1007),
    "bad text, seen before its end": (frame(TEXT, b"\xed\xa0\x80"), 1007),
    "cut text": (frame(FIN | TEXT, b"\xe2\x82"), 1007),
    "a close with bad text": (frame(FIN | CLOSE, b"\x03\xe8\xff"), 1007),
    "one byte over the limit": (frame(FIN | BINARY, b"", length=(16 << 20) + 1), 1009),
    **{f"close code {code}": (frame(FIN | CLOSE, struct.pack(">H", code)), 1002)
       for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)},
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_rule_ends_with_its_code(echo, what):
    sent, code = BROKEN[what]
    sock, _ = knock(echo)
    with sock:
        sock.sendall(sent + frame(FIN | TEXT, b"nothing after it counts"))
        first, payload = frame_read(sock)
        assert first == FIN | CLOSE
        assert struct.unpack(">H", payload[:2])[0] == code
        with pytest.raises(EOFError):
            frame_read(sock)


def test_a_message_may_come_in_65536_fragments(echo):
    sock, _ = knock(echo)
    with sock:
        sock.sendall(frame(BINARY, b"x") + frame(0, b"x") * 65534 + frame(FIN, b"x"))
        assert frame_read(sock) == (FIN | BINARY, b"x" * 65536)
        sock.sendall(frame(BINARY, b"x") + frame(0, b"x") * 65535 + frame(FIN, b"x"))
        first, payload = frame_read(sock)
        assert (first, payload[:2]) == (FIN | CLOSE, struct.pack(">H", 1009))
