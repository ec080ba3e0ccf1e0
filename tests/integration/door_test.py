"""Bad input at the doors, by name: each gets its clear answer and loses nothing."""

import asyncio
import json
import resource
import socket

import pytest
import websockets

from harness import Agent, Refused, Visitor, run_async
from chat_test import shop, talking  # noqa: F401

UNKNOWN = "AAAAAAAAAAAAAAAAAAAAAA"


def bare(reply):
    """What a stranger can compare: status, headers but the date, body."""
    status, headers, body = reply
    return status, {k: v for k, v in headers.items() if k != "Date"}, body


def test_a_private_code_answers_like_an_unknown_one_byte_for_byte(shop):  # noqa: F811
    shop.ctl("department", "add", "Billing", "type=private")
    code = shop.ctl("department", "show", "Billing")["code"]
    chat = {"id": "1", "do": "chat.start", "name": "x", "email": "x@example.com"}
    for method, path, body in (("GET", "status", None), ("POST", "command", chat),
                               ("GET", "ws", None)):
        answers = [bare(shop.request(method, f"/w/{c}/{path}", body)) for c in (UNKNOWN, code)]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


def test_private_and_back_keeps_the_code(shop):  # noqa: F811
    path = f"/w/{shop.code}/status"
    assert shop.request("GET", path)[0] == 200
    shop.ctl("department", "add", "Other")  # one public department stays
    shop.ctl("department", "set", "Shop", "type=private")
    assert shop.request("GET", path)[0] == 404
    shop.ctl("department", "set", "Shop", "type=public")
    assert shop.request("GET", path)[0] == 200


@run_async
async def test_a_disabled_department_takes_no_new_chats_and_running_ones_go_on(shop):  # noqa: F811
    agent, visitor = await talking(shop)
    shop.ctl("department", "disable", "Shop")
    assert json.loads(shop.request("GET", f"/w/{shop.code}/status")[2])["door"] == "closed"
    other = await Visitor(shop, shop.code).open()
    with pytest.raises(Refused) as closed:
        await other.start()
    assert closed.value.code == "closed"
    await visitor.ask("chat.send", text="still here")
    await agent.ask("chat.end", conversation=visitor.chat)


CLOSINGS = {"private": ("set", "Shop", "type=private"), "deleted": ("remove", "Shop")}


@pytest.mark.parametrize("how", CLOSINGS)
@run_async
async def test_a_running_chat_comes_back_where_its_department_is_gone(shop, how):  # noqa: F811
    agent, visitor = await talking(shop)
    shop.ctl("department", "add", "Other")
    shop.ctl("department", *CLOSINGS[how])
    await visitor.drop()
    await visitor.resume()
    await visitor.ask("chat.send", text="after a reload")
    shop.restart()
    await visitor.resume()
    assert visitor.state["state"] == "active"
    agent = await Agent(shop, "aiko@example.com").open(status=None)
    await agent.ask("chat.send", conversation=visitor.chat, text="after a restart")
    await visitor.until_text("after a restart")
    said = {"id": "post", "do": "chat.send", "text": "by request", "chat": visitor.chat,
            "token": visitor.token}
    status, _, body = shop.request("POST", f"/w/{shop.code}/command", said)
    assert (status, json.loads(body)["re"]) == (200, "post")
    await visitor.until_text("by request")
    await agent.ask("chat.end", conversation=visitor.chat)
    await visitor.until_state("ended")


def upgrade(gateway, code, *protocols):
    """All that an upgrade answers, without the date."""
    return bare(gateway.request("GET", f"/w/{code}/ws", headers={
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": ", ".join(("deskbell.1", *protocols))}))


@pytest.mark.parametrize("how", CLOSINGS)
@run_async
async def test_a_stranger_cannot_tell_that_a_chat_still_runs(shop, how):  # noqa: F811
    _, visitor = await talking(shop)
    shop.ctl("department", "add", "Other", "type=public")
    shop.add_agent("Ken", "ken@example.com", departments="Other")
    await Agent(shop, "ken@example.com").open()
    other = await Visitor(shop, shop.ctl("department", "show", "Other")["code"]).open()
    await other.start()
    shop.ctl("department", *CLOSINGS[how])
    wrong = visitor.token[:20] + ("A" if visitor.token[20] != "A" else "B") + visitor.token[21:]
    for offered in ((), ("token.",), (f"token.{wrong}",), (f"token.{other.token}",)):
        answer = upgrade(shop, shop.code, *offered)
        assert answer == upgrade(shop, UNKNOWN, *offered)
        assert answer[0] == 404
    for token in (wrong, other.token, "", 5, None):
        said = {"id": "1", "do": "chat.send", "text": "x", "chat": visitor.chat, "token": token}
        answers = [bare(shop.request("POST", f"/w/{c}/command", said))
                   for c in (shop.code, UNKNOWN)]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    assert shop.request("GET", f"/w/{shop.code}/status")[0] == 404
    shop.ctl("block", "add", "127.0.0.1")
    assert upgrade(shop, shop.code, f"token.{visitor.token}") == upgrade(shop, UNKNOWN)


MALFORMED = [
    ("not JSON", "{", 1008),
    ("a list", "[]", "malformed"),
    ("no command", '{"id":"1"}', "malformed"),
    ("an unknown command", '{"id":"1","do":"chat.fly"}', "malformed"),
    ("an unknown field", '{"id":"1","do":"ping","height":3}', "malformed"),
    ("a key twice", '{"id":"1","do":"ping","do":"ping"}', 1008),
    ("too deep", '{"id":"1","do":"ping","x":[[[[[[[[[1]]]]]]]]]}', 1008),
    ("an id that is too long", '{"id":"%s","do":"ping"}' % ("x" * 65), "malformed"),
    ("a number for a text", '{"id":"1","do":"chat.send","text":5}', "malformed"),
    ("an agent's command", '{"id":"1","do":"agent.status","status":"away"}', "malformed"),
    ("without a chat", '{"id":"1","do":"chat.send","text":"x"}', "unauthenticated"),
]


@pytest.mark.parametrize("what,text,code", MALFORMED, ids=[m[0] for m in MALFORMED])
@run_async
async def test_a_malformed_command_is_refused(shop, what, text, code):  # noqa: F811
    visitor = await Visitor(shop, shop.code).open()
    await visitor.send_raw(text)
    await visitor.until(lambda: visitor.answers or visitor.events or visitor.closed, "an answer")
    if code == 1008:  # what comes next from such a client cannot be trusted to be whole, either
        await visitor.until(lambda: visitor.closed == 1008, "close code 1008")
        return
    frames = list(visitor.answers.values()) + visitor.events
    assert frames and frames[0]["error"]["code"] in (code, "invalid", "unknown"), frames
    assert (await visitor.ask("ping")) is not None  # the connection goes on


@run_async
async def test_an_oversized_frame_closes_with_1009(shop):  # noqa: F811
    visitor = await Visitor(shop, shop.code).open()
    await visitor.send_raw('{"id":"1","do":"chat.send","text":"' + "x" * 70000 + '"}')
    await visitor.until(lambda: visitor.closed == 1009, "close code 1009")


@run_async
async def test_a_text_that_is_too_long_is_refused_by_its_length(shop):  # noqa: F811
    _, visitor = await talking(shop)
    with pytest.raises(Refused) as no:
        await visitor.ask("chat.send", text="語" * 4001)
    assert (no.value.code, no.value.field) in (("invalid", "text"), ("too-big", "text"))
    assert "4000" in no.value.what
    await visitor.ask("chat.send", text="語" * 4000)


@run_async
async def test_a_chat_of_somebody_else_is_not_there(shop):  # noqa: F811
    _, visitor = await talking(shop)
    thief = await Visitor(shop, shop.code).open()
    for token in (visitor.token[:-1] + ("A" if visitor.token[-1] != "A" else "B"), "x", ""):
        with pytest.raises(Refused) as no:
            await thief.ask("chat.resume", chat=visitor.chat, token=token, n=0)
        assert no.value.code in ("unknown", "invalid", "unauthenticated")


@run_async
async def test_an_agent_without_the_department_may_not_know_the_chat(shop):  # noqa: F811
    shop.ctl("department", "add", "Other")
    shop.add_agent("Ken", "ken@example.com", departments="Other")
    ken = await Agent(shop, "ken@example.com").open()
    _, visitor = await talking(shop)
    for do, more in (("chat.send", {"text": "x"}), ("chat.end", {}), ("offer.accept", {}),
                     ("conversation.pick", {}), ("conversation.note", {"text": "x"}),
                     ("conversation.read", {})):
        with pytest.raises(Refused) as no:
            await ken.ask(do, conversation=visitor.chat, **more)
        assert no.value.code in ("unknown", "forbidden"), do
    with pytest.raises(Refused) as no:
        await ken.ask("department.add", name="Mine")
    assert no.value.code == "forbidden"


@run_async
async def test_a_console_needs_a_session_and_its_own_origin(shop):  # noqa: F811
    agent = Agent(shop, "aiko@example.com")
    cookie = agent.sign_in()
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    for headers, origin in (({}, shop.origin), ({"Cookie": agent.cookie}, "http://evil.example"),
                            ({"Cookie": "deskbell=x"}, shop.origin)):
        with pytest.raises(websockets.InvalidStatusCode):
            await Agent(shop, "aiko@example.com").__class__.__mro__[1].open(
                agent, "/api/v1/ws", headers, origin)
    status, _, _ = shop.request("POST", "/api/v1/command", {"id": "1", "do": "status"},
                                {"Cookie": agent.cookie, "Origin": "http://evil.example"})
    assert status == 403


def test_a_wrong_password_and_an_unknown_address_answer_alike(shop):  # noqa: F811
    head = {"Origin": shop.origin}
    answers = [shop.request("POST", "/api/v1/session", {"email": e, "password": "wrong wrong"}, head)
               for e in ("aiko@example.com", "nobody@example.com")]
    assert [a[0] for a in answers] == [401, 401]
    assert answers[0][2] == answers[1][2]


@run_async
async def test_a_foreign_origin_is_refused_where_origins_are_set(shop):  # noqa: F811
    shop.ctl("department", "set", "Shop", "origins=https://shop.example")
    with pytest.raises(websockets.InvalidStatusCode):
        await Visitor(shop, shop.code).open(origin="https://evil.example")
    await Visitor(shop, shop.code).open(origin="https://shop.example")


def test_slow_connections_do_not_starve_the_gateway(make_gateway):
    """400 connections that say half a request, with 256 descriptors."""
    gateway = make_gateway(start=False, connections_per_address="1000")
    gateway.expected |= {"edge.accept_paused"}
    gateway.start(preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)))
    socks = []
    try:
        for _ in range(400):
            sock = socket.create_connection(("127.0.0.1", gateway.port), timeout=5)
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            socks.append(sock)
        assert gateway.ctl("status", "show")["version"]  # the operator still gets in
    finally:
        for sock in socks:
            sock.close()
    assert gateway.request("GET", "/healthz")[0] == 200


def hold(host, port, how, code):
    """A connection from this address that is of no use to anybody."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(host, 0))
    key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    sock.sendall({
        "head": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        "body": b"POST /w/%s/command HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{"
                % code.encode(),
        "socket": b"GET /w/%s/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                  b"Upgrade: websocket\r\n%sSec-WebSocket-Protocol: deskbell.1\r\n\r\n"
                  % (code.encode(), key),
    }[how])
    return sock


@pytest.mark.parametrize("how", ["socket", "body", "head"])
@run_async
async def test_two_addresses_that_hold_everything_keep_nobody_out(make_gateway, how):
    gateway = make_gateway(start=False)
    gateway.expected |= {"edge.accept_paused", "edge.refused"}
    gateway.start(preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)))
    gateway.add_agent("Aiko", "aiko@example.com")
    code = gateway.first_department()["code"]
    socks = []
    try:
        for i in range(2 * 200):
            socks.append(hold(f"127.0.0.{2 + i % 2}", gateway.port, how, code))
        for _ in range(3):
            assert gateway.request("GET", "/healthz")[0] == 200
            assert gateway.request("GET", "/console/")[0] == 200
        agent = await Agent(gateway, "aiko@example.com").open()
        visitor = await Visitor(gateway, code).open()
        await visitor.start()
        await agent.accept(visitor.chat)
        await agent.ask("chat.send", conversation=visitor.chat, text="there is room for you")
        await visitor.until_text("there is room for you")
        assert gateway.ctl("status", "show")["version"]
        for i in range(50):  # they come back, and push nobody out who is of use
            socks.append(hold(f"127.0.0.{2 + i % 2}", gateway.port, how, code))
        await visitor.ask("chat.send", text="thank you")
        await agent.ask("agent.status", status="away")
    finally:
        for sock in socks:
            sock.close()


@run_async
async def test_agents_get_in_from_an_office_whose_address_has_no_connection_left(make_gateway):
    gateway = make_gateway(connections_per_address="10")
    gateway.expected |= {"edge.refused"}
    gateway.add_agent("Aiko", "aiko@example.com")
    code = gateway.first_department()["code"]
    aiko = Agent(gateway, "aiko@example.com")
    aiko.sign_in()
    socks = []
    try:
        for _ in range(10):
            socks.append(hold("127.0.0.1", gateway.port, "socket", code))
            assert socks[-1].recv(12) == b"HTTP/1.1 101"
        for _ in range(20):
            socks.append(hold("127.0.0.1", gateway.port, "head", code))
        assert gateway.request("GET", "/console/")[0] == 429
        assert gateway.request("GET", "/console/", headers={"Cookie": aiko.cookie})[0] == 200
        await aiko.open()
        for _ in range(12):  # as many again as an address may have
            other = Agent(gateway, "aiko@example.com")
            other.cookie = aiko.cookie
            await other.open()
        await other.ask("agent.status", status="away")
    finally:
        for sock in socks:
            sock.close()


def test_descriptors_are_raised_to_what_the_system_allows(make_gateway):
    gateway = make_gateway(start=False, connections_per_address="1000", max_connections="5000")
    gateway.expected |= {"edge.limit"}
    gateway.start(preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 1024)))
    gateway.wait_log(r"edge\.limit wanted=5000 allowed=992 ")
    socks = []
    try:
        for _ in range(300):
            socks.append(socket.create_connection(("127.0.0.1", gateway.port), timeout=5))
            socks[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert all(sock.recv(15) == b"HTTP/1.1 200 OK" for sock in socks)  # all at a time
    finally:
        for sock in socks:
            sock.close()


def test_http_that_two_readers_could_understand_differently_is_refused(gateway):
    for head, status in (
            (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            (b"POST /api/v1/command HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
             b"Content-Length: 2\r\n\r\nx", 400),
            (b"POST /api/v1/command HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
             b"Content-Length: 3\r\n\r\n0\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
            (b"GET / HTTP/1.1\nHost: a\n\n", 400),
            (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431)):
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as sock:
            sock.sendall(head)
            line = sock.recv(4096).split(b"\r\n")[0]
        assert line.split()[1] in (str(status).encode(), b"501", b"414"), (head[:60], line)


def test_a_stranger_is_no_proxy(gateway):
    path = f"/w/{gateway.first_department()['code']}/status"
    gateway.ctl("block", "add", "192.0.2.9")
    assert gateway.request("GET", path, headers={"X-Forwarded-For": "192.0.2.9"})[0] == 200
    gateway.ctl("block", "add", "127.0.0.1")
    assert gateway.request("GET", path, headers={"X-Forwarded-For": "192.0.2.8"})[0] == 404
    assert gateway.ctl("status", "show")["blocks"] == 2  # blocks bind the visitors' door only
