"""The samples of deskbelld(8), by the servers that they are for: TLS in front, WebSockets through,
and the visitor's own address behind it."""

import asyncio
import http.client
import json
import os
import pathlib
import re
import secrets
import signal
import socket
import ssl
import subprocess

import pytest
import websockets

from harness import PASSWORD, WAIT_S, run_async, wait_until
from mail_servers import free_port
from smtp_peer.certs import Authority

SOURCE = pathlib.Path(os.environ.get("TOP_SRCDIR", "."))
PEERS = SOURCE / ".build-peers"
VISITOR = "127.0.0.9"
ARGUMENTS = {"nginx": ["-p", ".", "-e", "stderr", "-c", "conf"], "haproxy": ["-db", "-f", "conf"],
             "apache2": ["-DFOREGROUND", "-d", ".", "-f", "conf"]}
FRAME = {"nginx": """
daemon off; pid pid; error_log stderr; worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
{}
}}
""", "haproxy": "{}", "apache2": "".join(
    f"LoadModule {module}_module {PEERS.resolve()}/apache2/usr/lib/apache2/modules/mod_{module}.so\n"
    for module in ("mpm_event", "authz_core", "ssl", "proxy", "proxy_http")) + """
PidFile pid
DefaultRuntimeDir .
Mutex pthread
ErrorLog /dev/stderr
User nobody
Group nogroup
ServerName 127.0.0.1
{}
"""}


def sample(title):
    """The block of the manual that follows this line."""
    page = (SOURCE / "src/deskbelld/deskbelld.8").read_text()
    return re.search(rf"^{title}:\n\.Bd -literal[^\n]*\n(.*?)^\.Ed", page, re.S | re.M).group(1)


class Front:
    """A proxy with the manual's sample, but for its ports and files."""

    def __init__(self, name, title, folder, gateway_port, port):
        self.port = port
        Authority(folder).server("IP:127.0.0.1")
        pem, key = (folder / f"IP-127.0.0.12.{kind}" for kind in ("pem", "key"))
        (folder / "both.pem").write_text(pem.read_text() + key.read_text())
        text = sample(title)
        for old, new in (("listen 443", f"listen 127.0.0.1:{port}"),
                         ("bind :443", f"bind 127.0.0.1:{port}"),
                         ("<VirtualHost *:443>",
                          f"Listen 127.0.0.1:{port}\n<VirtualHost 127.0.0.1:{port}>"),
                         ("127.0.0.1:8070", f"127.0.0.1:{gateway_port}")):
            text = text.replace(old, new)
        text = re.sub(r"/etc/ssl/\S+\.pem", str(folder / "both.pem"), text)
        text = re.sub(r"/etc/ssl/\S+\.key", str(key), text)
        (folder / "conf").write_text(FRAME[name].format(text))
        self.tls = ssl.create_default_context(cafile=folder / "ca.pem")
        self.log = open(folder / "log", "w", encoding="utf-8")  # noqa: SIM115 (until stop)
        peer = (PEERS / name).resolve()
        libraries = ":".join(str(path) for path in peer.glob("usr/lib/*-linux-*"))
        self.process = subprocess.Popen([peer / "usr/sbin" / name, *ARGUMENTS[name]], cwd=folder,
                                        stdout=self.log, stderr=self.log,
                                        env={**os.environ, "LD_LIBRARY_PATH": libraries})
        try:
            wait_until(self.answers, f"{name} to listen: {folder}/log")
        except BaseException:
            self.stop()
            raise

    def answers(self):
        assert self.process.poll() is None, pathlib.Path(self.log.name).read_text()
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def origin(self):
        return f"https://127.0.0.1:{self.port}"

    def request(self, method, path, body=None, **headers):
        conn = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=WAIT_S,
                                           context=self.tls, source_address=(VISITOR, 0))
        data = None if body is None else json.dumps(body).encode()
        conn.request(method, path, data, {"Content-Type": "application/json",
                                          "Origin": self.origin, **headers})
        reply = conn.getresponse()
        said = reply.read()
        conn.close()
        return reply, said

    async def open(self, path, **headers):
        return await websockets.connect(
            f"wss://127.0.0.1:{self.port}{path}", ssl=self.tls, subprotocols=["deskbell.1"],
            origin=self.origin, extra_headers=headers, local_addr=(VISITOR, 0),
            open_timeout=WAIT_S, close_timeout=2)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(WAIT_S)
        self.log.close()


@pytest.fixture(params=[("nginx", "nginx"), ("haproxy", "HAProxy"), (
    "apache2", "Apache httpd 2.4.47 or later, with the modules ssl, proxy and proxy_http")], ids=lambda p: p[0])
def front(request, make_gateway, tmp_path):
    port = free_port()
    gateway = make_gateway(public_url=f"https://127.0.0.1:{port}", trusted_proxies="127.0.0.1")
    made = Front(*request.param, tmp_path, gateway.port, port)
    made.gateway = gateway
    yield made
    made.stop()


async def heard(sock, wanted):
    async def look():
        while True:
            frame = json.loads(await sock.recv())
            if wanted(frame):
                return frame
    return await asyncio.wait_for(look(), WAIT_S)


@run_async
async def test_a_chat_goes_through_the_proxy(front):
    gateway = front.gateway
    code = gateway.first_department()["code"]
    gateway.ctl("agent", "add", "Ann", "ann@example.com", "departments=Shop", "role=admin")
    link = gateway.ctl("agent", "link", "ann@example.com")["link"]
    assert link.startswith(front.origin + "/")
    reply, said = front.request("POST", "/api/v1/password", {
        "link": link.split("#link=")[1], "password": PASSWORD})
    assert reply.status == 200, said
    reply, said = front.request("POST", "/api/v1/session", {"email": "ann@example.com",
                                                            "password": PASSWORD})
    assert reply.status == 200, said
    cookie = reply.getheader("Set-Cookie")
    assert "; Secure" in cookie
    reply, said = front.request("GET", "/console/")
    assert reply.status == 200 and b"<html" in said

    agent = await front.open("/api/v1/ws", Cookie=cookie.split(";")[0])
    await agent.send(json.dumps({"id": "1", "do": "subscribe", "topic": "me"}))
    await agent.send(json.dumps({"id": "2", "do": "agent.status", "status": "available"}))
    await heard(agent, lambda f: f.get("re") == "2")
    visitor = await front.open(f"/w/{code}/ws")
    await visitor.send(json.dumps({"id": secrets.token_urlsafe(24), "do": "chat.start",
                                   "name": "Ito", "email": "ito@example.com",
                                   "question": "Is it in stock?"}))
    offer = await heard(agent, lambda f: f.get("ev") == "offer")
    assert offer["head"]["ip"] == VISITOR
    await agent.send(json.dumps({"id": "3", "do": "offer.accept",
                                 "conversation": offer["conversation"]}))
    await agent.send(json.dumps({"id": "4", "do": "chat.send", "text": "Yes.",
                                 "conversation": offer["conversation"]}))
    await heard(visitor, lambda f: f.get("text") == "Yes.")
    await visitor.close()
    await agent.close()


def leave(front, claim):
    code = front.gateway.first_department()["code"]
    reply, _ = front.request("POST", f"/w/{code}/command", {
        "id": secrets.token_urlsafe(24), "do": "chat.leave-message", "name": "Ito",
        "email": "ito@example.com", "text": "Hello?"}, **{"X-Forwarded-For": claim})
    return reply.status


def test_what_a_visitor_claims_himself_counts_for_nothing(front):
    assert leave(front, "198.51.100.1") == 200
    front.gateway.ctl("block", "add", VISITOR)
    for claim in ("198.51.100.1", "127.0.0.1", "unknown", '"'):
        assert leave(front, claim) == 404, claim
