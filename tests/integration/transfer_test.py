"""Chats that are handed on, through the real programs: over a kill, back after their time, by hand at
the prompt, and to the mailbox; and what their visitors hear of it."""

import json
import subprocess

import pytest

from harness import DESKBELLCTL, Agent, Refused, Visitor, run_async, wait_until
from mail_servers import Postfix, open_shop
from chat_test import shop, talking  # noqa: F401  (fixtures)

SECRET = "Chargebacks"
NOTE = "paid twice, order 2291"


async def to_a_private_department(shop):  # noqa: F811
    """An agent with a chat, its visitor, and somebody in a private department."""
    agent, visitor = await talking(shop, lang="en")
    shop.ctl("department", "add", SECRET, "type=private", "lang=ja",
             "mail.copy.addresses=secret@example.com")
    shop.add_agent("Ben", "ben@example.com", departments=SECRET)
    ben = await Agent(shop, "ben@example.com").open()
    private = ben.me["departments"][0]["id"]
    return agent, visitor, ben, private


def assert_kept_secret(visitor, private):
    heard = json.dumps([visitor.events, visitor.lines, visitor.state], ensure_ascii=False)
    for word in SECRET, NOTE, private:
        assert word not in heard, word


@run_async
async def test_a_chat_on_its_way_outlives_a_kill_and_its_visitor_hears_of_no_department(shop):  # noqa: F811
    agent, visitor, ben, private = await to_a_private_department(shop)
    await agent.ask("conversation.transfer", conversation=visitor.chat, department=private, text=NOTE)
    await ben.event("offer", lambda e: e["head"]["handed"]["note"] == NOTE)
    await visitor.until_state("waiting")
    assert visitor.state["handed"] and "place" not in visitor.state
    shop.restart()
    await visitor.resume()
    ben = await Agent(shop, "ben@example.com").open(status=None)
    assert [offer["conversation"] for offer in ben.me["offers"]] == [visitor.chat]
    await ben.ask("offer.accept", conversation=visitor.chat)
    await visitor.until_state("active")
    await ben.ask("chat.send", conversation=visitor.chat, text="Good evening")
    await visitor.until_text("Good evening")
    assert [line["kind"] for line in visitor.lines if line["by"] == "system"][-1] == "transferred"
    assert_kept_secret(visitor, private)
    lines = (await ben.ask("conversation.read", conversation=visitor.chat))["lines"]
    handed, = [line for line in lines if line["kind"] == "transferred"]
    assert handed["note"] == NOTE and handed["department_name"] == SECRET


@run_async
async def test_what_nobody_takes_comes_back_and_says_so(shop):  # noqa: F811
    agent, visitor, ben, private = await to_a_private_department(shop)
    await ben.ask("agent.status", status="busy")
    await agent.ask("conversation.transfer", conversation=visitor.chat, department=private)
    mine = await agent.ask("list.read", list="mine")
    assert [row["handed"]["department_name"] for row in mine["rows"]] == [SECRET]
    shop.advance(121000)
    told = await agent.event("handed")
    assert (told["outcome"], told["why"]) == ("back", "wait")
    await visitor.until_state("active")
    await agent.ask("chat.send", conversation=visitor.chat, text="me again")
    await visitor.until_text("me again")
    assert_kept_secret(visitor, private)


@run_async
async def test_a_race_of_taking_and_taking_back_has_one_winner(shop):  # noqa: F811
    agent, visitor, ben, private = await to_a_private_department(shop)
    await agent.ask("conversation.transfer", conversation=visitor.chat, department=private)
    await ben.accept(visitor.chat)
    with pytest.raises(Refused) as late:
        await agent.ask("conversation.take-back", conversation=visitor.chat)
    assert late.value.code == "taken"
    told = await agent.event("handed")
    assert (told["outcome"], told["agent_name"]) == ("active", "Ben")


@run_async
async def test_the_prompt_hands_on_and_takes_back(shop):  # noqa: F811
    agent, visitor, ben, private = await to_a_private_department(shop)
    number = str(visitor.state["number"])
    targets = shop.ctl("conversation", "targets", number)
    assert SECRET in [d["name"] for d in targets["departments"]]
    # To people: a table for the agents, and one for the departments.
    for verb, heads in (("targets", ("AGENT ", "DEPARTMENT ")), ("candidates", ("AGENT ",))):
        shown = subprocess.run([DESKBELLCTL, "--socket", shop.socket, "conversation", verb, number],
                               capture_output=True, text=True, check=True).stdout
        assert "{" not in shown and "Ben" in shown, shown
        assert [h for h in heads if any(x.startswith(h) for x in shown.splitlines())] == [*heads]
    shop.ctl("conversation", "transfer", number, SECRET, f"text={NOTE}")
    await ben.event("offer")
    shop.ctl("conversation", "recall", number)
    await visitor.until_state("active")
    seen = len(ben.events)
    shop.ctl("conversation", "hand", number, "ben@example.com")
    await ben.accept(visitor.chat, seen)
    await visitor.until_state("active")
    assert shop.ctl("conversation", "recall", number, ok=False).returncode != 0


@run_async
async def test_mails_speak_for_the_department_that_the_visitor_entered_by(make_gateway, tmp_path):
    server = Postfix(tmp_path / "server", "--forget")
    server.start()
    try:
        shop = open_shop(make_gateway, server)  # noqa: F811
        agent, visitor, ben, private = await to_a_private_department(shop)
        await agent.ask("conversation.transfer", conversation=visitor.chat, department=private)
        await ben.accept(visitor.chat)
        await ben.ask("chat.send", conversation=visitor.chat, text="It is on its way")
        await ben.ask("chat.end", conversation=visitor.chat)
        await visitor.until_state("ended")
        await visitor.ask("chat.copy", email="hanako@example.com")
        wait_until(lambda: any(m["Delivered-To"] == "hanako@example.com" for m in shop.mails(1)),
                   "the copy")
        copy, = [m for m in shop.mails(1) if m["Delivered-To"] == "hanako@example.com"]
        assert copy["From"].addresses[0].addr_spec == "shop@example.com"
        assert [a.addr_spec for a in copy["Cc"].addresses] == ["boss@example.com"]
        assert SECRET not in str(copy) and "secret@example.com" not in str(copy)
        assert_kept_secret(visitor, private)
    finally:
        server.stop()


@run_async
async def test_a_chat_is_taken_over_at_the_prompt_and_the_one_before_is_told(shop):  # noqa: F811
    agent, visitor = await talking(shop, lang="en")
    shop.add_agent("Ben", "ben@example.com")
    ben = await Agent(shop, "ben@example.com").open(status="busy")
    number = str(visitor.state["number"])
    who = shop.ctl("conversation", "candidates", number)["agents"]
    assert [a["name"] for a in who if "lacks" not in a] == ["Ben"]
    assert shop.ctl("conversation", "assign", number, "ben@example.com", ok=False).returncode != 0
    shop.ctl("conversation", "assign", number, "ben@example.com", "aiko@example.com")
    for told in await agent.event("assigned"), await ben.event("assigned"):
        assert (told["agent_name"], told["from"], told["by"]) == (
            "Ben", agent.me["agent"]["id"], None)
    shop.restart()
    await visitor.resume()
    assert visitor.state["agent"] == "Ben"
    ben = await Agent(shop, "ben@example.com").open(status=None)
    await ben.ask("chat.send", conversation=visitor.chat, text="Ben here")
    await visitor.until_text("Ben here")


@run_async
async def test_the_prompt_says_who_would_be_asked_and_why_not_the_others(shop):  # noqa: F811
    agent, visitor = await talking(shop, lang="en")
    shop.add_agent("Ben", "ben@example.com")
    ben = await Agent(shop, "ben@example.com").open()
    said = shop.ctl("route", "explain", "Shop")
    assert said["name"] == "Ben" and said["passed"]["busier"] == 1
    assert {"Aiko": "busier"}.items() <= {o["name"]: o["why"] for o in said["others"]}.items()
    await ben.ask("agent.status", status="busy")
    said = await ben.ask("route.explain", department=ben.me["departments"][0]["id"])
    assert said["name"] == "Aiko" and {o["name"]: o["why"] for o in said["others"]}["Ben"] == "status"
    seen = len(agent.events)
    second = await Visitor(shop, shop.code).open()
    await second.start(name="Jiro", email="jiro@example.com")
    await agent.accept(second.chat, seen)


@run_async
async def test_who_waits_long_goes_to_a_private_department_and_hears_of_none(shop):  # noqa: F811
    agent, first, ben, private = await to_a_private_department(shop)
    await agent.ask("agent.status", status="busy")
    assert shop.ctl("department", "set", "Shop", f"overflow={SECRET}", "overflow_ms=90s")
    refused = shop.ctl("department", "set", SECRET, "overflow=Shop", ok=False)
    assert f"in a circle: {SECRET} → Shop → {SECRET}" in refused.stderr
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start(name="Jiro", email="jiro@example.com", lang="en")
    assert visitor.state["place"] == 1
    shop.advance(80000)
    shop.restart()
    await visitor.resume()
    ben = await Agent(shop, "ben@example.com").open()
    assert not [e for e in ben.events if e["ev"] == "offer"]
    shop.advance(95000)
    offer = await ben.event("offer", lambda e: e["conversation"] == visitor.chat)
    assert offer["head"]["name"] == "Jiro"
    assert visitor.state["place"] == 1
    await ben.ask("offer.accept", conversation=visitor.chat)
    await visitor.until_state("active")
    await ben.ask("chat.send", conversation=visitor.chat, text="Good evening")
    await visitor.until_text("Good evening")
    assert_kept_secret(visitor, private)
    read = await ben.ask("conversation.read", conversation=visitor.chat)
    assert {line["kind"]: line["department_name"] for line in read["lines"] if "department" in line} == {
        "overflowed": SECRET, "joined": SECRET}
    assert shop.ctl("department", "show", "Shop")["overflow"] == private
    shop.ctl("department", "remove", SECRET)
    assert shop.ctl("department", "show", "Shop")["overflow"] == ""
