"""Behind trusted proxies: who the visitor is, and that he cannot make himself anybody else."""

import http.client
import http.server
import json
import threading

import pytest

from harness import PASSWORD

PROXY, VISITOR = "127.0.0.2", "127.0.0.9"  # all of 127.0.0.0/8 is this machine


class AppendingProxy:
    """A proxy that puts its client's address behind what stands in the header, as most do."""

    def __init__(self, port, header):
        element = "for={}" if header == "Forwarded" else "{}"

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 (the library's name)
                mine = element.format(self.client_address[0])
                claim = self.headers.get(header)
                conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20,
                                                  source_address=(PROXY, 0))
                conn.request("GET", self.path, headers={
                    header: mine if claim is None else f"{claim}, {mine}"})
                reply = conn.getresponse()
                body = reply.read()
                self.send_response_only(reply.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                conn.close()

            def log_message(self, *_):
                pass

        self.header = header
        self.server = http.server.ThreadingHTTPServer((PROXY, 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def get(self, path, claim):
        """The status for a visitor who claims this in the header himself."""
        conn = http.client.HTTPConnection(*self.server.server_address, timeout=20,
                                          source_address=(VISITOR, 0))
        conn.request("GET", path, headers={} if claim is None else {self.header: claim})
        reply = conn.getresponse()
        reply.read()
        conn.close()
        return reply.status

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(params=["X-Forwarded-For", "Forwarded"])
def proxied(request, make_gateway):
    """A gateway with the first department's path, and a proxy in front of it."""
    gateway = make_gateway(trusted_proxies=PROXY, proxy_header=request.param.lower(),
                           metrics_from=PROXY)
    gateway.expected |= {"proxy.nameless"}
    proxy = AppendingProxy(gateway.port, request.param)
    yield gateway, proxy, f"/w/{gateway.first_department()['code']}/status"
    proxy.stop()


CLAIMS = [None, "", '"', "unknown", "_x", ", ,", PROXY, "fe80::1%eth0", "01.2.3.4",
          f"for={PROXY}", 'for=8.8.8.8;x="', 'for="']


@pytest.mark.parametrize("claim", CLAIMS)
def test_no_claim_evades_a_block_or_opens_the_metrics(proxied, claim):
    gateway, proxy, path = proxied
    untold = proxy.header == "Forwarded" and claim is not None and claim.count('"') == 1
    assert proxy.get(path, claim) == (400 if untold else 200)
    assert proxy.get("/metrics", claim) == 404
    gateway.ctl("block", "add", VISITOR)
    assert proxy.get(path, claim) == (400 if untold else 404)
    gateway.ctl("block", "add", PROXY)
    gateway.ctl("block", "remove", VISITOR)
    assert proxy.get(path, claim) == (400 if untold else 200)


@pytest.mark.parametrize("which,header,value", [
    ("x-forwarded-for", "X-Forwarded-For", "{}"), ("forwarded", "Forwarded", "for={}")])
def test_behind_a_proxy_the_address_is_the_visitors(make_gateway, which, header, value):
    gateway = make_gateway(trusted_proxies="127.0.0.1", proxy_header=which)
    gateway.expected |= {"proxy.nameless"}
    path = f"/w/{gateway.first_department()['code']}/status"

    def status(name, *hops):
        return gateway.request("GET", path, headers={name: ", ".join(value.format(h)
                                                                     for h in hops)})[0]

    gateway.ctl("block", "add", "192.0.2.9")
    assert status(header, "192.0.2.9") == 404
    assert status(header, "192.0.2.8") == 200
    assert status(header, "192.0.2.9", "192.0.2.8") == 200  # what the visitor wrote himself
    assert status(header, "192.0.2.8", "192.0.2.9") == 404
    other = "Forwarded" if header != "Forwarded" else "X-Forwarded-For"
    assert gateway.request("GET", path, headers={other: "192.0.2.9", header: value.format(
        "192.0.2.8")})[0] == 200
    assert gateway.request("GET", path, headers={other: "192.0.2.8"})[0] == 400


UNTOLD = [
    ("X-Forwarded-For", None), ("X-Forwarded-For", '"'), ("X-Forwarded-For", ""),
    ("X-Forwarded-For", "192.0.2.8, ,"), ("X-Forwarded-For", "unknown"),
    ("X-Forwarded-For", "fe80::1%eth0"), ("X-Forwarded-For", "01.2.3.4"),
    ("Forwarded", None), ("Forwarded", 'for=192.0.2.8;x="'), ("Forwarded", "for=_x"),
]


@pytest.mark.parametrize("header,value", UNTOLD)
def test_a_visitor_who_cannot_be_told_is_nobodys_friend(make_gateway, header, value):
    gateway = make_gateway(trusted_proxies="127.0.0.1", proxy_header=header.lower())
    gateway.expected |= {"proxy.nameless"}
    code = gateway.first_department()["code"]
    headers = {} if value is None else {header: value}
    assert gateway.request("GET", "/metrics", headers=headers)[0] == 404
    for path in (f"/w/{code}/status", "/api/v1/status", "/nothing"):
        status, _, body = gateway.request("GET", path, headers=headers)
        assert status == 400 and header in json.loads(body)["detail"], (path, body)
    for path in ("/healthz", "/readyz", "/console/"):
        assert gateway.request("GET", path, headers=headers)[0] == 200, path
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
               "Sec-WebSocket-Protocol": "deskbell.1"}
    assert gateway.request("GET", f"/w/{code}/ws", headers={**headers, **upgrade})[0] == 400
    assert gateway.wait_log(r"proxy\.nameless reason=(.*)").group(1).startswith('"')
    named = "for={}" if header == "Forwarded" else "{}"
    for who, status in (("127.0.0.1", 200), ("192.0.2.8", 404)):  # a program on the proxy's machine
        assert gateway.request("GET", "/metrics", headers={header: named.format(who)})[0] == status


def sign_in(gateway):
    """As a browser does it behind a proxy that passes on the host without its port."""
    head = {"X-Forwarded-For": "192.0.2.8", "X-Forwarded-Proto": "https",
            "Host": "chat.example.org", "Origin": "https://chat.example.org:8443"}
    body = {"email": "aiko@example.com", "password": PASSWORD}
    status, headers, _ = gateway.request("POST", "/api/v1/session", body, head)
    return status, headers, head


def test_sign_in_behind_a_proxy_that_drops_the_port(make_gateway):
    gateway = make_gateway()
    gateway.add_agent("Aiko", "aiko@example.com")
    gateway.options["trusted_proxies"] = "127.0.0.1"
    gateway.restart()
    for _ in range(3):
        assert sign_in(gateway)[0] == 403
    told = [line for line in gateway.log if "origin.refused" in line]
    assert len(told) == 1 and "https://chat.example.org:8443" in told[0] and "public_url" in told[0]

    gateway.options |= {"public_url": "https://chat.example.org:8443", "strict_transport_days": 1}
    gateway.restart()
    status, headers, head = sign_in(gateway)
    assert status == 200
    assert headers["Strict-Transport-Security"] == "max-age=86400"
    cookie, *rest = headers["Set-Cookie"].split("; ")
    assert cookie.startswith("__Host-deskbell=") and {"Secure", "Path=/", "HttpOnly"} <= set(rest)
    for given, status in ((cookie, 200), (cookie.removeprefix("__Host-"), 204)):
        assert gateway.request("GET", "/api/v1/session", headers={**head, "Cookie": given})[0] \
            == status
    headers = gateway.request("GET", "/console/", headers=head)[1]
    assert "camera=()" in headers["Permissions-Policy"]
