"""What it costs the gateway that consoles ask whether it is still there: a core's share for a thousand
of them that see nothing else, as often as a page that somebody looks at asks.

usage: ping_bench.py DIRECTORY     where the gateway keeps its files
"""

import os
import pathlib
import resource
import shutil
import socket
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "integration"))

from harness import Agent, Gateway  # noqa: E402

CONSOLES = 1000
EVERY_S = 2.32  # as src/web/console/base/link.js
SECONDS = 20
MASK = bytes(4)


def opened(gateway, cookie):
    sock = socket.create_connection(("127.0.0.1", gateway.port))
    sock.sendall((f"GET /api/v1/ws HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\n"
                  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                  f"Sec-WebSocket-Protocol: deskbell.1\r\nCookie: {cookie}\r\n"
                  f"Origin: {gateway.origin}\r\n\r\n").encode())
    assert sock.recv(4096).startswith(b"HTTP/1.1 101")
    return sock


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ping(sock, number):
    text = b'{"id":"%024x","do":"ping"}' % number
    sock.sendall(bytes([0x81, 0x80 | len(text)]) + MASK + text)


def share(gateway, socks):
    """Of a core, and how many pings that was a second."""
    used_s, begun, sent = cpu_s(gateway.process.pid), time.monotonic(), 0
    while (passed := time.monotonic() - begun) < SECONDS:
        while sent < passed * CONSOLES / EVERY_S:
            sock = socks[sent % CONSOLES]
            if sent >= CONSOLES:
                assert sock.recv(4096)  # the answer to its last one
            ping(sock, sent)
            sent += 1
        time.sleep(0.001)
    return (cpu_s(gateway.process.pid) - used_s) / passed, sent / passed


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * CONSOLES)), hard))
    directory = tempfile.mkdtemp(prefix="ping-bench.", dir=sys.argv[1])
    gateway = Gateway(pathlib.Path(directory) / "gateway", max_connections="3000")
    try:
        gateway.start(env={"DESKBELL_CLOCK": ""})  # a test's clock costs more than a ping
        gateway.add_agent("Aiko", "aiko@example.com")
        agent = Agent(gateway, "aiko@example.com")
        agent.sign_in()
        part, rate = share(gateway, [opened(gateway, agent.cookie) for _ in range(CONSOLES)])
        print(f"{CONSOLES} consoles, {rate:.0f} pings a second: {100 * part:.1f} % of a core, "
              f"{1e6 * part / rate:.0f} us each")
    finally:
        gateway.stop()
        shutil.rmtree(directory)


main()
