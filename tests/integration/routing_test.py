"""Who is asked for a chat, beyond whose turn it is: whom the visitor knows, and what was left at night."""
import asyncio

from harness import Agent, Visitor, run_async
from chat_test import shop, talking  # noqa: F401


async def over(agent, visitor, text="hello"):
    """The agent says something, ends it, and the visitor knows him."""
    await agent.ask("chat.send", conversation=visitor.chat, text=text)
    await visitor.until_text(text)
    await agent.ask("chat.end", conversation=visitor.chat)
    await visitor.until_state("ended")


async def again(shop, before, **fields):  # noqa: F811
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start(name="Hanako", previous=before.chat, previous_token=before.token, **fields)
    return visitor


@run_async
async def test_who_comes_back_gets_whom_he_knows(shop):  # noqa: F811
    assert shop.ctl("department", "set", "Shop", "last_agent=on")
    aiko, first = await talking(shop)
    shop.add_agent("Ben", "ben@example.com")
    ben = await Agent(shop, "ben@example.com").open()
    await over(aiko, first)
    # Ben has been idle for longer, and it would be his turn.
    assert shop.ctl("route", "explain", "Shop")["name"] == "Ben"
    said = shop.ctl("route", "explain", "Shop", str(first.state["number"]))
    assert (said["name"], said["how"]) == ("Aiko", "last")
    second = await again(shop, first)
    await aiko.accept(second.chat)
    head = (await aiko.ask("conversation.read", conversation=second.chat))["head"]
    assert (head["how"], head["previous"]) == ("last", first.chat)
    assert {o["name"]: o["why"] for o in head["others"]} == {"Ben": "unmet", "Administrator": "offline"}
    assert head["passed"]["unmet"] == 1
    said = await ben.ask("route.explain", department=head["department"], conversation=second.chat)
    assert (said["name"], said["how"], said["passed"]["unmet"]) == ("Aiko", "last", 1)
    await second.ask("chat.end")
    # Nobody wrote in the second: it is still Aiko whom he knows, after a restart too.
    shop.restart()
    aiko = await Agent(shop, "aiko@example.com").open()
    third = await again(shop, second)
    await aiko.accept(third.chat)
    await third.ask("chat.end")
    # He waits for nobody: Ben is free.
    await aiko.ask("agent.status", status="busy")
    ben = await Agent(shop, "ben@example.com").open()
    fourth = await again(shop, third)
    await ben.accept(fourth.chat)


@run_async
async def test_a_chat_before_that_is_not_ones_own_is_none(shop):  # noqa: F811
    assert shop.ctl("department", "set", "Shop", "last_agent=on")
    aiko, first = await talking(shop)
    await over(aiko, first)
    stranger = await Visitor(shop, shop.code).open()
    await stranger.start(previous=first.chat, previous_token="A" * 22)
    await aiko.accept(stranger.chat)
    head = (await aiko.ask("conversation.read", conversation=stranger.chat))["head"]
    assert "previous" not in head and head["how"] == "least-busy"


@run_async
async def test_what_is_left_at_night_waits_for_who_comes_first(shop):  # noqa: F811
    assert shop.ctl("department", "set", "Shop", "left_routed=on")
    visitors = []
    for name in "Hana", "Leo":
        visitor = await Visitor(shop, shop.code).open()
        ok = await visitor.ask("chat.leave-message", text=f"call {name}", name=name,
                               email=f"{name.lower()}@example.com")
        visitor.chat, visitor.token = ok["chat"], ok["token"]
        await visitor.close()
        visitors.append(visitor)
        shop.advance(1000)
    assert [row["state"] for row in shop.ctl("conversation", "list", "unassigned")["rows"]] == \
        ["left", "left"]
    shop.advance(3600 * 1000)
    shop.expected.add("clock.stepped")  # the restart takes the hour back
    shop.restart()
    aiko = await Agent(shop, "aiko@example.com").open()
    await aiko.accept(visitors[0].chat)
    await aiko.accept(visitors[1].chat)
    head = (await aiko.ask("conversation.read", conversation=visitors[0].chat))["head"]
    assert head["state"] == "active" and not head["visitor_here"]
    kinds = [x["kind"] for x in (await aiko.ask("conversation.read",
                                                conversation=visitors[0].chat))["lines"]]
    assert kinds.index("left") < kinds.index("queued") < kinds.index("offered")
    # He comes back, and reads what was written meanwhile.
    await aiko.ask("chat.send", conversation=visitors[0].chat, text="good morning")
    await visitors[0].resume()
    assert "good morning" in visitors[0].texts()
    # With somebody there, what is left is missed at once.
    assert shop.ctl("department", "set", "Shop", "queue_max=0")
    late = await Visitor(shop, shop.code).open()
    ok = await late.ask("chat.leave-message", text="call me", name="Mio", email="mio@example.com")
    assert (await aiko.ask("conversation.read", conversation=ok["chat"]))["head"]["state"] == "missed"


@run_async
async def test_it_rings_at_all_and_is_the_first_ones(shop):  # noqa: F811
    assert shop.ctl("department", "set", "Shop", "strategy=ring-all")
    for name in "Ben", "Cho":
        shop.add_agent(name, f"{name.lower()}@example.com")
    agents = [await Agent(shop, f"{name}@example.com").open() for name in ("aiko", "ben", "cho")]
    said = shop.ctl("route", "explain", "Shop")
    assert (said["how"], said["agent"], said["rings_count"]) == ("ring-all", None, 3)
    assert {r["name"] for r in said["rings"]} == {"Aiko", "Ben", "Cho"}
    for _ in range(5):
        visitor = await Visitor(shop, shop.code).open()
        await visitor.start()
        for agent in agents:
            await agent.event("offer", lambda e: e["conversation"] == visitor.chat)
        [queued] = shop.ctl("floor", "show")["queue"]
        assert queued["rings_count"] == 3 and "offered_to" not in queued
        # All at once: one has it, the others are told whose it is.
        answers = await asyncio.gather(
            *[agent.ask("offer.accept", conversation=visitor.chat) for agent in agents],
            return_exceptions=True)
        lost = [a for a in answers if isinstance(a, Exception)]
        assert len(lost) == 2 and all(a.code == "taken" for a in lost), answers
        won = agents[[isinstance(a, dict) for a in answers].index(True)]
        head = (await won.ask("conversation.read", conversation=visitor.chat))["head"]
        assert (head["how"], head["passed"]["rung"]) == ("ring-all", 2)
        for agent in agents:
            over = await agent.event("offer.over", lambda e: e["conversation"] == visitor.chat)
            assert (over["why"], over["by"]) == ("accepted" if agent is won else "taken", head["agent"])
        await won.ask("chat.end", conversation=visitor.chat)
        await visitor.until_state("ended")


@run_async
async def test_what_rings_goes_on_ringing_after_a_restart(shop):  # noqa: F811
    assert shop.ctl("department", "set", "Shop", "strategy=ring-all")
    shop.add_agent("Ben", "ben@example.com")
    agents = [await Agent(shop, f"{name}@example.com").open() for name in ("aiko", "ben")]
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start()
    for agent in agents:
        await agent.event("offer", lambda e: e["conversation"] == visitor.chat)
    shop.kill()
    shop.start()
    agents = [await Agent(shop, f"{name}@example.com").open() for name in ("aiko", "ben")]
    await visitor.resume()
    for agent in agents:  # told with what they ask for first, or when it comes to them
        if not any(o["conversation"] == visitor.chat for o in agent.me["offers"]):
            await agent.event("offer", lambda e: e["conversation"] == visitor.chat)
    await agents[0].ask("offer.decline", conversation=visitor.chat)
    await agents[1].ask("offer.accept", conversation=visitor.chat)
    await visitor.until_state("active")


@run_async
async def test_a_rule_says_whom_a_chat_is_for(shop):  # noqa: F811
    shop.ctl("portal", "set", "skills=billing, 日本語")
    shop.add_agent("Ben", "ben@example.com")
    refused = shop.ctl("department", "set", "Shop", "rules=lang:ja -> cooking", ok=False)
    assert "no skill cooking" in refused.stderr
    assert shop.ctl("department", "set", "Shop", "rules=lang:ja strict:4s -> 日本語\nquestion:*bill* -> billing")
    assert "names the skill" in shop.ctl("portal", "set", "skills=billing", ok=False).stderr
    assert shop.ctl("agent", "set", "ben@example.com", "skills=billing")
    aiko, ben = [await Agent(shop, f"{name}@example.com").open() for name in ("aiko", "ben")]
    # Ben has the skill, whoever else would be next.
    for _ in range(2):
        visitor = await Visitor(shop, shop.code).open()
        await visitor.start(question="My bill is wrong")
        await ben.accept(visitor.chat)
    head = (await ben.ask("conversation.read", conversation=visitor.chat))["head"]
    assert (head["rule"], head["skills"]) == (2, "billing")
    assert {o["name"]: o.get("lacks") for o in head["others"]}["Aiko"] == "billing"
    said = shop.ctl("route", "explain", "Shop", str(visitor.state["number"]))
    assert (said["name"], said["rule"], said["passed"]["skill"]) == ("Ben", 2, 1)
    # Nobody speaks it: it waits, through a restart, and is anybody's after its time.
    hana = await Visitor(shop, shop.code).open()
    await hana.start(lang="ja")
    rows = await ben.ask("conversation.candidates", conversation=hana.chat)
    assert all(a["lacks"] == "agent-no-skill" for a in rows["agents"] if a["name"] in ("Aiko", "Ben"))
    shop.kill()
    shop.start()
    aiko, ben = [await Agent(shop, f"{name}@example.com").open() for name in ("aiko", "ben")]
    await hana.resume()
    if not any(o["conversation"] == hana.chat for o in aiko.me["offers"]):
        await aiko.event("offer", lambda e: e["conversation"] == hana.chat)
    await aiko.ask("offer.accept", conversation=hana.chat)
    lines = (await aiko.ask("conversation.read", conversation=hana.chat))["lines"]
    kinds = [x["kind"] for x in lines]
    assert kinds.index("ruled") < kinds.index("relaxed") < kinds.index("offered"), kinds
