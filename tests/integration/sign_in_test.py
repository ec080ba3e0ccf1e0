"""Signing in while a stranger tries the same account, over the wire."""

import http.client
import json

from chat_test import shop  # noqa: F401
from harness import PASSWORD

ANN = "aiko@example.com"


def sign_in(shop, password, **headers):  # noqa: F811
    """(status, all its cookies by name)."""
    conn = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=20)
    conn.request("POST", "/api/v1/session", json.dumps({"email": ANN, "password": password}),
                 {"Content-Type": "application/json", "Origin": shop.origin, **headers})
    reply = conn.getresponse()
    cookies = dict(value.split(";")[0].split("=", 1) for name, value in reply.getheaders()
                   if name.lower() == "set-cookie")
    reply.read()
    conn.close()
    return reply.status, cookies


def test_a_stranger_who_tries_keeps_a_known_browser_in(shop):  # noqa: F811
    status, cookies = sign_in(shop, PASSWORD)
    assert status == 200
    browser, = [name for name in cookies if name.endswith("deskbell-browser")]
    tries = 0
    while sign_in(shop, "wrong")[0] == 401:
        tries += 1
    assert 5 <= tries <= 10
    assert sign_in(shop, PASSWORD)[0] == 429
    assert sign_in(shop, PASSWORD, Cookie=f"{browser}={cookies[browser]}")[0] == 200
    refused = [line for line in shop.log if " session.refused " in line]
    assert len(refused) == tries + 2
    assert all("why=wrong" in line or "why=rate" in line for line in refused)
    assert not any("aiko" in line or "127.0.0.1" in line or PASSWORD in line for line in refused)
    metrics = shop.request("GET", "/metrics")[2].decode()
    assert f"deskbell_sign_ins_refused_total {tries + 2}" in metrics
