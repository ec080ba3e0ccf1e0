"""Lists of conversations: what is in them, their counts, and that both are live."""

import pytest

from harness import Agent, Visitor, run_async


@pytest.fixture
def shop(gateway):
    gateway.add_agent("Aiko", "aiko@example.com", "permissions=block", "capacity=9")
    gateway.code = gateway.first_department()["code"]
    return gateway


async def rings(shop):
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start()
    return visitor


async def pages(agent, name, size, **fields):
    """(ids, count) of a list, read in pages of this size."""
    ids, cursor = [], None
    for _ in range(20):
        ok = await agent.ask("list.read", list=name, max=size, cursor=cursor, **fields)
        ids += [row["conversation"] for row in ok["rows"]]
        cursor = ok["cursor"]
        if cursor is None:
            return ids, ok["count"]
    raise AssertionError("the pages have no end")


async def counted(agent, since, name, n):
    """Wait until a count event after this one says so."""
    await agent.event("counts", lambda e: e["counts"][name] == n, since=since)


@run_async
async def test_all_has_open_ended_and_missed_ones_in_one_order(shop):
    agent = await Agent(shop, "aiko@example.com").open()
    chats = []
    for _ in range(5):
        chats.append(await rings(shop))
    since = len(agent.events)
    for at in (3, 1):
        await agent.accept(chats[at].chat)
        await agent.ask("chat.end", conversation=chats[at].chat)
    await chats[0].ask("chat.end")
    want = [chats[at].chat for at in (4, 2, 0, 1, 3)]
    for size in (1, 2, 50):
        assert await pages(agent, "all", size) == (want, 5)
    assert await pages(agent, "all", 50, filter="open") == (want[:2], 2)
    assert [row["conversation"] for row in shop.ctl("conversation", "list")["rows"]] == want
    await counted(agent, since, "completed", 2)
    await counted(agent, since, "all", 5)
    shop.restart()
    agent = await Agent(shop, "aiko@example.com").open(status=None)
    assert agent.me["counts"]["all"] == 5
    assert (await pages(agent, "all", 2))[0][-3:] == want[-3:]


@run_async
async def test_blocked_has_all_from_an_address_while_the_block_is_in_force(shop):
    agent = await Agent(shop, "aiko@example.com").open()
    before = await rings(shop)
    await agent.accept(before.chat)
    await agent.ask("chat.end", conversation=before.chat)
    made_from, ended_by = await rings(shop), await rings(shop)
    await agent.accept(made_from.chat)
    want = [ended_by.chat, made_from.chat, before.chat]
    sub = await agent.ask("subscribe", topic="list", list="blocked")
    assert (sub["rows"], sub["count"]) == ([], 0)

    since = len(agent.events)
    ok = await agent.ask("block.add", conversation=made_from.chat, confirm=True)
    await counted(agent, since, "blocked", 3)
    assert await pages(agent, "blocked", 2) == (want, 3)
    shop.restart()
    agent = await Agent(shop, "aiko@example.com").open(status=None)
    assert agent.me["counts"]["blocked"] == 3
    sub = await agent.ask("subscribe", topic="list", list="blocked")
    assert [row["conversation"] for row in sub["rows"]] == want
    since = len(agent.events)
    await agent.ask("block.remove", block=ok["block"])
    await counted(agent, since, "blocked", 0)
    for chat in want:
        await agent.event("list", lambda e, chat=chat: e.get("gone") == chat, since=since)

    since = len(agent.events)
    shop.ctl("block", "add", "127.0.0.0/8", "for=1m")
    await counted(agent, since, "blocked", 3)
    assert await pages(agent, "blocked", 50) == (want, 3)
    since = len(agent.events)
    shop.advance(61000)
    await counted(agent, since, "blocked", 0)
    assert await pages(agent, "blocked", 50) == ([], 0)
