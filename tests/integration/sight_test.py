"""Who is in no secret department comes to know nothing of it: by no route that reads, of all that
the gateway describes itself, and by nothing that is told live."""

import asyncio
import http.client
import json
import re

from harness import WAIT_S, Agent, Peer, Visitor, run_async, wait_until

HUSH = "hush"  # is in every word that is secret, and in no other
RIGHTS = "permissions=block,see_ip,outbox,canned,supervise,export"
KINDS = {
    "light": ["role=light"],
    "plain": [],
    "own": ["scope=own", RIGHTS],
    "team": ["scope=team", RIGHTS],
    "all": ["scope=all", RIGHTS],
    "custom": ["role=custom", "permissions=reply,assign,end,share,block,see_ip,outbox,note,"
               "transfer,canned,supervise,export"],
}
LISTS = ["all", "mine", "unassigned", "completed", "missed", "blocked", "to-answer", "answered",
         "put-away"]


class Asker:
    """Somebody who asks over HTTP, by a cookie, a token, or nothing at all."""

    def __init__(self, gateway, name, headers):
        self.name, self.headers = name, headers
        self.conn = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=WAIT_S)

    def get(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        self.conn.request(method, path, data, {**self.headers, "Content-Type": "application/json"})
        reply = self.conn.getresponse()
        text = reply.read().decode("utf-8", "replace")
        assert reply.status != 429, (self.name, path, text)
        return reply.status, text


class World:
    """A shop with a public department, a public one with a secret and a private one."""

    def __init__(self, shop):
        self.shop = shop

    async def ring(self, code, agent=None):
        visitor = await Visitor(self.shop, code).open()
        await visitor.start(name="Hushana", email="hush@hush.example", question="hush?")
        if agent:
            await agent.accept(visitor.chat)
            await agent.ask("chat.send", conversation=visitor.chat, text="hush hush")
            await agent.ask("conversation.note", conversation=visitor.chat, text="hush note")
            await agent.ask("conversation.tag", conversation=visitor.chat, tag="hushtag")
        return visitor

    async def open(self):
        shop = self.shop
        shop.ctl("portal", "set", "from=desk@example.com")
        shop.ctl("department", "add", "Hushroom", "mail.missed.on=on",
                 "mail.missed.addresses=hush@example.com")
        shop.ctl("department", "add", "Hushpriv", "type=private")
        rows = {row["name"]: row for row in shop.ctl("department", "list")["rows"]}
        self.shop_code, self.room, self.priv = (rows["Shop"]["code"], rows["Hushroom"],
                                                rows["Hushpriv"])
        self.ben_id = shop.add_agent("Hush Ben", "hush-ben@example.com", RIGHTS, "capacity=20",
                                     departments="Hushroom,Hushpriv")
        shop.add_agent("Hush Kay", "hush-kay@example.com", departments="Hushpriv")
        self.ben = await Agent(shop, "hush-ben@example.com").open()
        self.kay = await Agent(shop, "hush-kay@example.com").open()
        await self.things()
        return self

    async def things(self):
        """Chats that are held, on their way, ended and missed, and what hangs on them."""
        ben, code = self.ben, self.room["code"]
        self.held = await self.ring(code, ben)
        moved, ended = await self.ring(code, ben), await self.ring(code, ben)
        await ben.ask("conversation.transfer", conversation=moved.chat,
                      department=self.priv["id"])
        await ben.ask("chat.end", conversation=ended.chat)
        await ben.ask("agent.status", status="busy")
        missed = await self.ring(code)
        await missed.ask("chat.end")
        chat = self.held.chat
        task = await ben.ask("task.add", conversation=chat, title="hush task")
        own = await ben.ask("canned.add", scope="own", title="hush own", text="hush")
        canned = await ben.ask("canned.add", scope="department", title="hush", text="hush",
                               department=self.room["id"])
        view = await ben.ask("view.add", scope="department", name="hush view", list="all",
                             department=self.room["id"])
        await ben.ask("draft.save", conversation=chat, kind="note", text="hush draft")
        block = await ben.ask("block.add", conversation=missed.chat, text="hush reason",
                              confirm=True)
        mail = wait_until(lambda: self.shop.ctl("outbox", "list")["rows"], "the mail of the missed")
        self.ids = {
            "conversation": [x.chat for x in (self.held, moved, ended, missed)],
            "department": [self.room["id"], self.priv["id"]],
            "agent": [self.ben_id], "task": [task["task"]], "view": [view["view"]],
            "canned": [own["canned"], canned["canned"]], "block": [block["block"]],
            "mail": [mail[0]["id"]], "list": LISTS,
        }

    def values(self, name):
        """What a parameter is tried with; none: what we know nothing for, and is left out."""
        return self.ids.get(name) or {
            "text": ["zzz"], "contact": ["zzz"], "tag": ["zzz"], "scope": ["own", "department"],
            "kind": ["reply"], "lang": ["en"], "action": ["see", "reply"], "state": [],
            "format": ["json", "csv"], "filter": ["open"], "max": [50], "each_line": ["true"],
        }.get(name, [])


def variants(world, path, op):
    """The paths that an operation is asked by: each id that there is, each parameter by itself."""
    params = op.get("parameters", [])
    paths = [path]
    for p in (p for p in params if p["in"] == "path"):
        assert world.values(p["name"]), f"{path}: with which {p['name']}?"
        paths = [x.replace("{%s}" % p["name"], str(v)) for x in paths
                 for v in world.values(p["name"])]
    asked = [p for p in params if p["in"] == "query"]
    fixed = "&".join(f"{p['name']}={world.values(p['name'])[0]}" for p in asked if p["required"])
    for x in paths:
        yield f"{x}?{fixed}"
        for p in asked:
            for value in () if p["required"] else world.values(p["name"]):
                yield f"{x}?{fixed}&{p['name']}={value}"


def reads(world, doc):
    """(method, path, body): every route that reads, and those whose POST does."""
    for path, item in doc["paths"].items():
        if "get" in item:
            for one in variants(world, doc["servers"][0]["url"] + path, item["get"]):
                yield "GET", one, None
    chats, rooms = world.ids["conversation"], world.ids["department"]
    for form in "json", "csv":
        yield "POST", "/api/v1/exports", {"conversations": chats, "format": form, "last": True,
                                          "each_line": True}
    for room in rooms:
        yield "POST", f"/api/v1/departments/{room}/hours", {}
        yield "POST", "/api/v1/template-preview", {"kind": "reply", "lang": "en",
                                                   "department": room}
    for path in "/metrics", "/healthz", "/readyz", "/demo/department":
        yield "GET", path, None


def by_cookie(shop, name, agent):
    return Asker(shop, name, {"Cookie": agent.cookie, "Origin": shop.origin})


def tokens(shop, agent):
    """Headers by a token with nothing, by one with all that he can give, and a revoked one."""
    asked = by_cookie(shop, "", agent).get("GET", "/api/v1/tokens")[1]
    may = json.loads(asked)["ok"]["permissions"]
    for words in "", ",".join(may), "revoked":
        made = shop.ctl("token", "add", agent.email, "t",
                        f"permissions={'' if words == 'revoked' else words}")
        if words == "revoked":
            shop.ctl("token", "remove", made["token"])
        yield words, {"Authorization": f"Bearer {made['secret']}"}


def askers(shop, agents):
    """Each of them by session and by tokens; and nobody at all."""
    for kind, agent in agents.items():
        yield by_cookie(shop, kind, agent)
        for words, headers in tokens(shop, agent):
            yield Asker(shop, f"{kind} by a token: {words}", headers)
    yield Asker(shop, "nobody", {})


async def everybody(shop):
    agents = {}
    for kind, settings in KINDS.items():
        shop.add_agent(kind, f"{kind}@example.com", *settings)
        agents[kind] = await Agent(shop, f"{kind}@example.com").open(status=None)
    return agents


def describe(shop):
    doc = json.loads(shop.request("GET", "/api/v1/openapi.json")[2])
    assert len(doc["paths"]) > 50
    return doc


@run_async
async def test_no_route_that_reads_tells_of_a_secret_department(make_gateway):
    shop = make_gateway(commands_per_minute=600000, sign_ins_per_minute=600000,
                        metrics_from="127.0.0.1", demo="yes")
    world = await World(shop).open()
    agents = await everybody(shop)
    doc = describe(shop)
    ben = by_cookie(shop, "ben", world.ben)
    wait_until(lambda: HUSH in ben.get("GET", "/api/v1/search?text=hush")[1], "search to know")
    asked = list(reads(world, doc))
    told = {re.sub(r"\?.*|\d{4,}", "", path) for method, path, body in asked
            if HUSH in ben.get(method, path, body)[1].lower()}
    assert len(told) > 15, told  # else silence would say nothing
    leaks = []
    for asker in askers(shop, agents):
        for method, path, body in asked:
            text = asker.get(method, path, body)[1]
            named = f"{path} {json.dumps(body)}"
            words = [HUSH, world.room["code"], world.priv.get("code"), "192.0.2."]
            words += [x for kind in ("conversation", "department", "agent", "task", "canned")
                      for x in world.ids[kind] if x not in named]
            leaks += [(asker.name, method, path, w, text[:300]) for w in words
                      if w and w in text.lower()]
    assert leaks == []


async def follow(peer, world):
    """All that may be followed, whatever is said to that."""
    topics = [{"topic": t} for t in ("me", "floor", "tasks")]
    topics += [{"topic": "list", "list": name} for name in LISTS]
    topics += [{"topic": "conversation", "conversation": c} for c in world.ids["conversation"]]
    for topic in topics:
        await peer.send_raw(json.dumps({"id": peer.new_id(), "do": "subscribe", **topic}))
    await peer.ask("ping")


@run_async
async def test_nothing_live_tells_of_a_secret_department(make_gateway):
    shop = make_gateway(commands_per_minute=600000)
    world = await World(shop).open()
    await world.ben.ask("block.remove", block=world.ids["block"][0])  # it is of everybody's address
    agents = await everybody(shop)
    ears = list(agents.values())
    for agent in agents.values():
        ears += [await Peer(shop).open("/api/v1/ws", headers)
                 for words, headers in tokens(shop, agent) if words != "revoked"]
    await asyncio.gather(*(follow(ear, world) for ear in ears))
    since = [len(ear.events) for ear in ears]
    await world.ben.ask("agent.status", status="available")
    visitor = await world.ring(world.room["code"], world.ben)
    await visitor.ask("chat.send", text="hush, says the visitor")
    await world.ben.ask("chat.typing", conversation=visitor.chat)
    await world.ben.ask("task.add", conversation=visitor.chat, title="hush live", agent=None)
    await world.ben.ask("conversation.transfer", conversation=visitor.chat,
                        department=world.priv["id"])
    await world.ben.ask("conversation.take-back", conversation=visitor.chat)
    await world.ben.ask("chat.end", conversation=visitor.chat)
    await visitor.ask("chat.feedback", rating=1, comment="hush")
    # What is told in its order is told by the time that something of their own has come to all.
    fence = await Visitor(shop, world.shop_code).open()
    await fence.ask("chat.leave-message", name="Mei", email="mei@example.com", text="Hello?")
    for ear in ears:
        await ear.event("counts", lambda e: e["counts"]["all"] == 1)
    heard = [(ear.events[at:], ear.answers) for ear, at in zip(ears, since)]
    assert HUSH in json.dumps(world.ben.events).lower()  # else silence would say nothing
    assert all(HUSH not in json.dumps(x).lower() for x in heard), heard
    for events, _ in heard:
        for event in events:
            assert not any(x in json.dumps(event) for x in world.ids["conversation"]), event
