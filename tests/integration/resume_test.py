"""Connections drop and come back; the gateway is killed; nothing is lost, doubled or reordered."""

import asyncio
import json
import random

import pytest

from harness import Agent, Visitor, run_async
from chat_test import shop, talking  # noqa: F401  (fixtures)


@run_async
async def test_a_second_tab_sees_the_same_chat(shop):  # noqa: F811
    agent, visitor = await talking(shop)
    tab = Visitor(shop, shop.code)
    tab.chat, tab.token = visitor.chat, visitor.token
    await tab.resume()
    await visitor.ask("chat.send", text="from the first tab")
    await tab.until_text("from the first tab")
    await agent.ask("chat.send", conversation=visitor.chat, text="to both")
    await asyncio.gather(visitor.until_text("to both"), tab.until_text("to both"))
    assert [x["n"] for x in tab.lines] == [x["n"] for x in visitor.lines]


@run_async
async def test_a_resent_message_is_one_message(shop):  # noqa: F811
    agent, visitor = await talking(shop)
    first = await visitor.ask("chat.send", id="same-id-0123456789", text="once")
    await visitor.drop()
    await visitor.resume()
    again = await visitor.ask("chat.send", id="same-id-0123456789", text="once")
    assert again["n"] == first["n"]
    assert visitor.texts().count("once") == 1
    with pytest.raises(Exception) as reused:
        await visitor.ask("chat.send", id="same-id-0123456789", text="something else")
    assert reused.value.code == "reused"


@run_async
async def test_kill_and_restart_go_on_with_the_same_chat(shop):  # noqa: F811
    agent, visitor = await talking(shop)
    waiting = await Visitor(shop, shop.code).open()
    shop.ctl("agent", "set", "aiko@example.com", "capacity=1")
    await waiting.start(name="Jiro", email="jiro@example.com")
    await visitor.ask("chat.send", text="before")
    shop.restart()
    await visitor.resume()
    assert visitor.state["state"] == "active"
    assert "before" in visitor.texts()
    assert (await waiting.resume())["state"] == "waiting"
    agent2 = await Agent(shop, "aiko@example.com").open(status=None)
    assert agent2.me["agent"]["status"] == "available"
    await agent2.ask("chat.send", conversation=visitor.chat, text="after")
    await visitor.until_text("after")


@run_async
async def test_an_agents_chats_come_back_to_the_queue_after_the_grace_time(shop):  # noqa: F811
    shop.add_agent("Ken", "ken@example.com")
    agent, visitor = await talking(shop)
    ken = await Agent(shop, "ken@example.com").open()
    await agent.drop()
    await visitor.ask("chat.send", text="are you there?")
    assert visitor.state["state"] == "active"
    shop.advance(31000)
    await ken.accept(visitor.chat)
    await visitor.until(lambda: visitor.state.get("agent") == "Ken", "Ken has it")


@run_async
async def test_crash_loop_loses_and_doubles_nothing(shop):  # noqa: F811
    """Kill the gateway at random moments while both sides talk and resend what was not answered."""
    rng = random.Random(20261123)
    agent, visitor = await talking(shop)
    sent = {"visitor": [], "agent": []}
    await agent.ask("subscribe", topic="conversation", conversation=visitor.chat, seq=0)

    async def say(peer, who, count):
        """`count` messages, one after the other; each is sent again with its id until answered."""
        for _ in range(count):
            text, id = f"{who} {len(sent[who])}", peer.new_id()
            sent[who].append(text)
            fields = {} if who == "visitor" else {"conversation": visitor.chat}
            while True:
                try:
                    await peer.ask("chat.send", id=id, text=text, **fields)
                    break
                except (ConnectionError, OSError, AssertionError) as error:
                    if isinstance(error, AssertionError) and not peer.closed:
                        raise
                    await back.wait()
                except Exception as error:  # websockets: closed while sending
                    if "closed" not in type(error).__name__.lower() and not peer.closed:
                        raise
                    await back.wait()

    back = asyncio.Event()
    back.set()
    for _ in range(8):
        talk = asyncio.gather(say(visitor, "visitor", 15), say(agent, "agent", 15))
        await asyncio.sleep(rng.uniform(0.0, 0.05))  # the moment of the crash, not a wait
        back.clear()
        await asyncio.get_running_loop().run_in_executor(None, shop.restart)
        await visitor.resume()
        await agent.open(status=None)
        back.set()
        await talk
    check = Visitor(shop, shop.code)
    check.chat, check.token = visitor.chat, visitor.token
    await check.resume()
    texts = check.texts()
    assert [t for t in texts if t.startswith("visitor")] == sent["visitor"]
    assert [t for t in texts if t.startswith("agent")] == sent["agent"]
    assert [x["n"] for x in check.lines] == list(range(1, len(check.lines) + 1))
    await visitor.until(lambda: len(visitor.lines) == len(check.lines), "the same lines")
