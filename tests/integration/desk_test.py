"""What an agent may take back, and what he has only begun, over a gateway that is killed."""

import pytest

from harness import Agent, Visitor, run_async


@pytest.fixture
def shop(gateway):
    gateway.add_agent("Aiko", "aiko@example.com", "capacity=9")
    gateway.code = gateway.first_department()["code"]
    return gateway


async def chat_of(shop, agent):
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start()
    await agent.accept(visitor.chat)
    await agent.ask("chat.send", conversation=visitor.chat, text="Good morning")
    await visitor.until_text("Good morning")
    return visitor


def transcripts(shop):
    return [m for m in shop.ctl("outbox", "list")["rows"] if m["kind"] == "transcript"]


@run_async
async def test_an_end_that_can_be_undone_outlives_a_kill_and_then_stands(shop):
    agent = await Agent(shop, "aiko@example.com").open()
    ended = await chat_of(shop, agent)
    undone = await chat_of(shop, agent)
    for visitor in (ended, undone):
        await agent.ask("chat.end", conversation=visitor.chat, undo=True)
    shop.restart()
    agent = await Agent(shop, "aiko@example.com").open()
    for visitor in (ended, undone):
        head = (await agent.ask("conversation.read", conversation=visitor.chat))["head"]
        assert head["state"] == "active" and head["ending"]["by_name"] == "Aiko"
    assert transcripts(shop) == []
    await agent.ask("chat.undo-end", conversation=undone.chat)
    await ended.open()
    await ended.resume()
    await ended.until_state("ended")
    assert [m["conversation"] for m in transcripts(shop)] == [ended.chat]
    head = (await agent.ask("conversation.read", conversation=undone.chat))["head"]
    assert head["state"] == "active" and "ending" not in head
    await agent.ask("chat.send", conversation=undone.chat, text="One thing more")


@run_async
async def test_drafts_outlive_a_kill_and_write_no_records(shop):
    agent = await Agent(shop, "aiko@example.com").open()
    visitor = await chat_of(shop, agent)
    before = shop.ctl("status")["position"]
    version = 0
    for n in range(1, 51):
        ok = await agent.ask("draft.save", conversation=visitor.chat, kind="reply",
                             text="so far " * n, version=version)
        assert ok["kept"]
        version = ok["version"]
    assert shop.ctl("status")["position"] == before
    shop.restart()
    agent = await Agent(shop, "aiko@example.com").open()
    rows = (await agent.ask("draft.list"))["rows"]
    assert [(r["conversation"], r["text"]) for r in rows] == [(visitor.chat, "so far " * 50)]
