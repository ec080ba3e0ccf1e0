"""The main job, end to end: a visitor rings, an agent answers."""

import asyncio

import pytest
import websockets

from harness import Agent, Peer, Refused, Visitor, run_async


@pytest.fixture
def shop(gateway):
    gateway.add_agent("Aiko", "aiko@example.com")
    gateway.code = gateway.first_department()["code"]
    return gateway


async def talking(shop, **start):
    """An agent and a visitor in a running chat."""
    agent = await Agent(shop, "aiko@example.com").open()
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start(**start)
    await agent.accept(visitor.chat)
    await visitor.until_state("active")
    return agent, visitor


@run_async
async def test_a_visitor_rings_and_an_agent_answers(shop):
    agent, visitor = await talking(shop)
    sub = await agent.ask("subscribe", topic="conversation", conversation=visitor.chat, seq=0)
    assert sub["head"]["name"] == "Hanako"
    assert sub["head"]["question"] == "Is it in stock?"
    assert [x["kind"] for x in sub["lines"]] == ["rang", "offered", "joined"]
    await visitor.ask("chat.send", text="こんにちは")
    line = await agent.event("line", lambda e: e.get("text") == "こんにちは")
    assert line["by"] == "visitor"
    await agent.ask("chat.send", conversation=visitor.chat, text="いらっしゃいませ")
    got = await visitor.until_text("いらっしゃいませ")
    assert (got["by"], got["name"]) == ("agent", "Aiko")
    await agent.ask("chat.end", conversation=visitor.chat)
    state = await visitor.until_state("ended")
    assert state["why"] == "agent"
    await visitor.ask("chat.feedback", rating=5, comment="早い")
    await visitor.ask("chat.copy", email="hanako@example.com")
    with pytest.raises(Refused) as no:
        await visitor.ask("chat.send", text="more")
    assert no.value.code == "ended"
    kinds = sorted(m["kind"] for m in shop.ctl("outbox", "list")["rows"])
    assert kinds == ["copy", "feedback", "transcript"]


@run_async
async def test_notes_and_typing_stay_where_they_belong(shop):
    agent, visitor = await talking(shop)
    await agent.ask("subscribe", topic="conversation", conversation=visitor.chat, seq=0)
    await agent.ask("conversation.note", conversation=visitor.chat, text="a secret")
    await agent.send_raw('{"do":"chat.typing","conversation":"%s"}' % visitor.chat)
    await visitor.event("chat.typing", lambda e: e["name"] == "Aiko")
    await visitor.send_raw('{"do":"chat.typing"}')
    await agent.event("typing", lambda e: e["by"] == "visitor")
    await agent.ask("chat.send", conversation=visitor.chat, text="public")
    await visitor.until_text("public")
    await visitor.drop()
    ok = await visitor.resume()
    assert "a secret" not in str(visitor.lines) + str(visitor.events) + str(ok)
    assert await agent.event("line", lambda e: e["kind"] == "note" and e["n"] == 0)


@run_async
async def test_the_queue_keeps_its_order_and_says_the_place(shop):
    visitors = []
    agent = await Agent(shop, "aiko@example.com").open()
    shop.ctl("agent", "set", "aiko@example.com", "capacity=1")
    for _ in range(3):
        visitor = await Visitor(shop, shop.code).open()
        await visitor.start()
        visitors.append(visitor)
    first, second, third = visitors
    await agent.accept(first.chat)
    assert (await second.ask("chat.resume", chat=second.chat, token=second.token, n=0))["place"] == 1
    assert (await third.ask("chat.resume", chat=third.chat, token=third.token, n=0))["place"] == 2
    assert not [e for e in agent.events if e["ev"] == "offer" and e["conversation"] != first.chat]
    await agent.ask("chat.end", conversation=first.chat)
    await agent.accept(second.chat)
    assert not [e for e in agent.events if e["ev"] == "offer" and e["conversation"] == third.chat]


@run_async
async def test_an_offer_moves_on_then_the_chat_is_missed(shop):
    shop.add_agent("Ken", "ken@example.com")
    aiko = await Agent(shop, "aiko@example.com").open()
    ken = await Agent(shop, "ken@example.com").open()
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start()
    await asyncio.wait({asyncio.create_task(a.event("offer")) for a in (aiko, ken)},
                       return_when=asyncio.FIRST_COMPLETED)
    one, two = (aiko, ken) if any(e["ev"] == "offer" for e in aiko.events) else (ken, aiko)
    await one.ask("offer.decline", conversation=visitor.chat)
    await two.event("offer", lambda e: e["conversation"] == visitor.chat)
    with pytest.raises(Refused) as late:
        await one.ask("offer.accept", conversation=visitor.chat)
    assert late.value.code == "late"
    shop.advance(21000)
    await two.event("offer.over", lambda e: e["why"] == "lapsed")
    with pytest.raises(Refused) as late:
        await two.ask("offer.accept", conversation=visitor.chat)
    assert late.value.code in ("late", "taken")
    shop.advance(240000)
    state = await visitor.until_state("missed")
    assert state["why"] == "wait"
    assert [m["kind"] for m in shop.ctl("outbox", "list")["rows"]] == ["missed"]
    rows = shop.ctl("conversation", "list", "missed")["rows"]
    assert [r["conversation"] for r in rows] == [visitor.chat]


@run_async
async def test_nobody_there_means_the_offline_form(shop):
    visitor = await Visitor(shop, shop.code).open()
    with pytest.raises(Refused) as closed:
        await visitor.start()
    assert closed.value.code == "closed"
    ok = await visitor.ask("chat.leave-message", name="花子", email="hanako@example.com",
                           text="在庫はありますか")
    assert ok["chat"]
    rows = shop.ctl("conversation", "list", "missed")["rows"]
    assert [r["name"] for r in rows] == ["花子"]
    assert [m["kind"] for m in shop.ctl("outbox", "list")["rows"]] == ["missed"]


@run_async
async def test_first_accept_wins_and_the_other_is_told(shop):
    shop.add_agent("Ken", "ken@example.com")
    aiko = await Agent(shop, "aiko@example.com").open()
    ken = await Agent(shop, "ken@example.com").open()
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start()
    results = await asyncio.gather(
        aiko.ask("conversation.pick", conversation=visitor.chat),
        ken.ask("conversation.pick", conversation=visitor.chat), return_exceptions=True)
    refused = [r for r in results if isinstance(r, Refused)]
    assert len(refused) == 1 and refused[0].code == "taken", results


@run_async
async def test_a_blocked_visitor_is_gone_within_a_second_and_sees_nothing(shop):
    agent, visitor = await talking(shop)
    before = shop.request("GET", "/w/AAAAAAAAAAAAAAAAAAAAAA/status")
    ok = await agent.ask("block.add", conversation=visitor.chat, confirm=True, text="rude")
    await visitor.until(lambda: visitor.closed == 4403, "close code 4403", 1.0)
    refused = shop.request("GET", f"/w/{shop.code}/status")
    assert refused[0] == 404
    assert (refused[0], refused[2]) == (before[0], before[2])
    assert shop.request("GET", "/api/v1/session", headers={"Cookie": agent.cookie})[0] == 200
    assert "block" in [m["kind"] for m in shop.ctl("outbox", "list")["rows"]]
    await agent.ask("block.remove", block=ok["block"])
    assert shop.request("GET", f"/w/{shop.code}/status")[0] == 200


@run_async
async def test_a_chat_that_nobody_takes_again_is_missed_with_what_was_said(shop):
    agent, visitor = await talking(shop)
    await visitor.ask("chat.send", text="said before")
    await agent.drop()
    shop.advance(31000)
    await visitor.until_state("waiting")
    await visitor.ask("chat.end")
    await visitor.until_state("missed")
    assert [m["kind"] for m in shop.ctl("outbox", "list")["rows"]] == ["missed"]


@run_async
async def test_a_program_answers_by_its_token_until_that_is_revoked(shop):
    made = shop.ctl("token", "add", "aiko@example.com", "Bot", "permissions=self,reply")
    bot = Peer(shop)
    by_token = {"Authorization": f"Bearer {made['secret']}"}
    await bot.open("/api/v1/ws", by_token)
    me = await bot.ask("subscribe", topic="me")
    assert me["token"]["name"] == "Bot"
    await bot.ask("agent.status", status="available")
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start()
    await bot.event("offer", lambda e: e["conversation"] == visitor.chat)
    await bot.ask("offer.accept", conversation=visitor.chat)
    await bot.ask("chat.send", conversation=visitor.chat, text="I am a bot.")
    await visitor.until_text("I am a bot.")
    with pytest.raises(Refused) as refused:
        await bot.ask("conversation.note", conversation=visitor.chat, text="x")
    assert refused.value.code == "forbidden" and "note" in str(refused.value)
    shop.ctl("token", "remove", made["token"])
    await bot.until(lambda: bot.closed == 4401, "the end of the token")
    with pytest.raises(websockets.InvalidStatusCode) as turned_away:
        await Peer(shop).open("/api/v1/ws", by_token)
    assert turned_away.value.status_code == 401


@run_async
async def test_an_operator_writes_a_note_to_a_chat_and_ends_it(shop):
    agent, visitor = await talking(shop)
    shop.ctl("conversation", "note", visitor.chat, "The boss is on the telephone")
    lines = (await agent.ask("conversation.read", conversation=visitor.chat))["lines"]
    assert [line["text"] for line in lines if line["kind"] == "note"] == [
        "The boss is on the telephone"]
    shop.ctl("conversation", "end", visitor.chat)
    await visitor.until_state("ended")
    assert "The boss is on the telephone" not in visitor.texts()
