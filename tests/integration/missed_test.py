"""Missed conversations through the real programs: who is to be answered stands in order, over a kill,
is answered by hand at the prompt and by a later chat, and the files say so whoever looks."""

import pytest

from harness import Agent, Refused, Visitor, run_async, wait_until
from chat_test import shop  # noqa: F401  (a fixture)


async def missed(shop, name, **fields):  # noqa: F811
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start(name=name, email=f"{name.lower()}@example.com", **fields)
    await visitor.ask("chat.end")
    return visitor


def listed(shop, box):  # noqa: F811
    return [row["name"] for row in shop.ctl("conversation", "list", box)["rows"]]


async def three(shop):  # noqa: F811
    agent = await Agent(shop, "aiko@example.com").open(status="busy")
    return agent, [await missed(shop, name) for name in ("Hana", "Leo", "Rin")]


@run_async
async def test_boxes_outlive_a_kill_and_stand_in_their_order(shop):  # noqa: F811
    agent, (hana, leo, _) = await three(shop)
    shop.ctl("conversation", "box", str(hana.state["number"]), "put-away", "was=to-answer")
    shop.ctl("conversation", "give", str(leo.state["number"]), "aiko@example.com")
    assert shop.ctl("conversation", "box", str(hana.state["number"]), "answered", "was=to-answer",
                    ok=False).returncode == 4
    for _ in range(2):
        assert listed(shop, "to-answer") == ["Leo", "Rin"]
        assert listed(shop, "put-away") == ["Hana"]
        assert listed(shop, "answered") == []
        page = await agent.ask("list.read", list="to-answer", max=1)
        assert (page["count"], page["rows"][0]["box"]["given_name"]) == (2, "Aiko")
        page = await agent.ask("list.read", list="to-answer", max=1, cursor=page["cursor"])
        assert [row["name"] for row in page["rows"]] == ["Rin"]
        shop.kill()
        shop.start()
        agent = await Agent(shop, "aiko@example.com").open(status="busy")
    shop.ctl("conversation", "free", str(leo.state["number"]), "aiko@example.com")
    head = (await agent.ask("conversation.read", conversation=leo.chat))["head"]
    assert "given" not in head["box"]


@run_async
async def test_a_later_chat_answers_and_is_named_to_whom_may_see_it(shop):  # noqa: F811
    agent, (hana, leo, _) = await three(shop)
    await agent.ask("agent.status", status="available")
    again = await Visitor(shop, shop.code).open()
    await again.start(name="Hana", email="HANA@example.com")
    await agent.accept(again.chat)
    wait_until(lambda: listed(shop, "answered") == ["Hana"], "the first is answered")
    box = (await agent.ask("conversation.read", conversation=hana.chat))["head"]["box"]
    assert (box["how"], box["chat"], box["by_name"]) == ("chat", again.chat, "Aiko")
    shop.add_agent("Own", "own@example.com", "scope=own")
    own = await Agent(shop, "own@example.com").open(status="busy")
    box = (await own.ask("conversation.read", conversation=hana.chat))["head"]["box"]
    assert box["how"] == "chat" and "chat" not in box and "number" not in box
    with pytest.raises(Refused) as refused:
        await own.ask("conversation.assign", conversation=leo.chat, agent=agent.me["agent"]["id"])
    assert refused.value.code == "forbidden"


@run_async
async def test_whoever_rings_again_by_its_token_is_answered_whatever_the_address(shop):  # noqa: F811
    agent, (hana, _, _) = await three(shop)
    await agent.ask("agent.status", status="available")
    again = await Visitor(shop, shop.code).open()
    await again.start(name="Hana", email="other@example.com", previous=hana.chat,
                      previous_token=hana.token)
    await agent.accept(again.chat)
    wait_until(lambda: listed(shop, "answered") == ["Hana"], "the first is answered")


@run_async
async def test_each_console_is_told_of_what_goes_and_of_the_count(shop):  # noqa: F811
    agent, (hana, leo, _) = await three(shop)
    shop.add_agent("Ben", "ben@example.com")
    ben = await Agent(shop, "ben@example.com").open(status="busy")
    await ben.ask("subscribe", topic="list", list="to-answer")
    await agent.ask("conversation.box", conversation=leo.chat, box="answered")
    gone = await ben.event("list", lambda e: e["list"] == "to-answer" and "gone" in e)
    assert gone["gone"] == leo.chat
    await ben.event("counts", lambda e: e["counts"]["to-answer"] == 2 and e["counts"]["answered"] == 1)
    await agent.ask("conversation.box", conversation=leo.chat, box="to-answer")
    back = await ben.event("list", lambda e: "row" in e and e["row"]["conversation"] == leo.chat)
    assert back["row"]["box"]["is"] == "to-answer"

