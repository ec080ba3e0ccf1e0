"""Agents who are disabled or deleted at the prompt, through the real programs: who has their chats from
then on, and where another name stands for theirs, over a kill and in mails that come after."""

from harness import Agent, run_async, wait_until
from mail_servers import Postfix, open_shop
from chat_test import shop, talking  # noqa: F401  (fixtures)


@run_async
async def test_somebody_takes_over_in_one_step_and_the_sessions_end(shop):  # noqa: F811
    agent, visitor = await talking(shop, lang="en")
    shop.add_agent("Ben", "ben@example.com")
    ben = await Agent(shop, "ben@example.com").open(status="busy")
    asked = shop.ctl("agent", "disable", "aiko@example.com", ok=False)
    assert asked.returncode == 4 and "to=queue" in asked.stderr, asked.stderr
    tried = shop.ctl("--dry-run", "agent", "disable", "aiko@example.com", "to=ben@example.com")
    assert (tried["taken_over"], tried["back"]) == (1, 0) and tried["sessions"] > 0
    assert shop.ctl("agent", "work", "aiko@example.com")["chats"] == 1
    shop.ctl("agent", "disable", "aiko@example.com", "to=ben@example.com")
    told = await ben.event("assigned")
    assert (told["agent_name"], told["from"]) == ("Ben", agent.me["agent"]["id"])
    await agent.event("signed-out")
    shop.restart()
    await visitor.resume()
    assert visitor.state["agent"] == "Ben"
    assert shop.ctl("agent", "show", "aiko@example.com")["enabled"] is False


@run_async
async def test_open_tasks_go_where_was_said_also_those_about_chats_that_are_over(shop):  # noqa: F811
    agent, visitor = await talking(shop, lang="en")
    shop.add_agent("Ben", "ben@example.com")
    shop.ctl("department", "add", "Other")
    shop.add_agent("Eve", "eve@example.com", departments="Other")
    ben = await Agent(shop, "ben@example.com").open(status="busy")
    number = str(visitor.state["number"])
    for title in ("Call back", "Write to her"):
        shop.ctl("task", "add", number, title, "agent=aiko@example.com")
    await agent.ask("chat.end", conversation=visitor.chat)
    await visitor.until_state("ended")
    shop.restart()
    ben = await Agent(shop, "ben@example.com").open(status="busy")
    asked = shop.ctl("agent", "remove", "aiko@example.com", ok=False)
    assert asked.returncode == 4 and "tasks=nobody" in asked.stderr, asked.stderr
    blind = shop.ctl("agent", "remove", "aiko@example.com", "tasks=eve@example.com", ok=False)
    assert blind.returncode == 4 and "may not see" in blind.stderr, blind.stderr
    tried = shop.ctl("--dry-run", "agent", "remove", "aiko@example.com", "tasks=ben@example.com")
    assert (tried["tasks_taken_over"], tried["tasks_back"]) == (2, 0)
    shop.ctl("agent", "remove", "aiko@example.com", "tasks=ben@example.com")
    titles = ["Call back", "Write to her"]
    for title in titles:
        await ben.event("task", lambda e: e["task"]["title"] == title)
    shop.kill()
    shop.start()
    mine = shop.ctl("task", "list", "agent=ben@example.com")
    assert sorted(row["title"] for row in mine["rows"]) == titles
    assert {row["agent_name"] for row in mine["rows"]} == {"Ben"}


@run_async
async def test_a_forgotten_agent_is_called_otherwise_in_what_comes_after(make_gateway, tmp_path):
    server = Postfix(tmp_path / "server", "--forget")
    server.start()
    try:
        shop = open_shop(make_gateway, server)  # noqa: F811
        agent, visitor = await talking(shop, lang="en")
        shop.ctl("agent", "set", "aiko@example.com", "name=Xanthippe Q")
        await agent.ask("chat.send", conversation=visitor.chat, text="These words stay")
        await visitor.until_text("These words stay")
        shop.add_agent("Ben", "ben@example.com")
        ben = await Agent(shop, "ben@example.com").open(status="busy")
        shop.ctl("agent", "remove", "aiko@example.com", "to=ben@example.com", "anonymise=yes")
        shop.restart()
        await visitor.resume()
        ben = await Agent(shop, "ben@example.com").open(status=None)
        await ben.ask("chat.end", conversation=visitor.chat)
        await visitor.until_state("ended")
        await visitor.ask("chat.copy", email="hanako@example.com")
        wait_until(lambda: any(m["Delivered-To"] == "hanako@example.com" for m in shop.mails(2)),
                   "the copy")
        copy, = [m for m in shop.mails(2) if m["Delivered-To"] == "hanako@example.com"]
        text = copy.get_body(("plain",)).get_content()
        assert "These words stay" in text and "Former agent" in text, text
        number = str(visitor.state["number"])
        shown = shop.ctl("conversation", "show", number)
        said = [line for line in shown["lines"] if line.get("text") == "These words stay"]
        assert [line["name"].split(" ")[:2] for line in said] == [["Former", "agent"]]
        assert all("Xanthippe" not in str(m) for m in shop.mails(2))
        assert "Xanthippe" not in str(shown) + str(shop.ctl("outbox", "list"))
    finally:
        server.stop()
