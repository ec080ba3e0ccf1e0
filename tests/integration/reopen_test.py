"""Chats that are over and go on as another, through the real programs: for a visitor who is there, who
is away, over a kill, for one of two agents; what is refused; and the transcripts of both."""

import asyncio

import pytest

from harness import Agent, Refused, Visitor, run_async
from mail_servers import Postfix, delivered_to, open_shop, plain
from chat_test import shop, talking  # noqa: F401  (fixtures)


async def ended(shop, **start):  # noqa: F811
    """An agent, a visitor who still has the connection, and a chat that is over."""
    agent, visitor = await talking(shop, **start)
    await agent.ask("chat.send", conversation=visitor.chat, text="Bye for now")
    await visitor.until_text("Bye for now")
    await agent.ask("chat.end", conversation=visitor.chat)
    await visitor.until_state("ended")
    return agent, visitor


async def reopen(agent, chat):
    return (await agent.ask("conversation.reopen", conversation=chat))["conversation"]


async def goes_on(visitor):
    """As the widget does it: with the key to the old chat, by the number of the last line it has."""
    ok = await visitor.ask("chat.resume", chat=visitor.chat, token=visitor.token,
                           n=len(visitor.lines))
    if "token" in ok:
        visitor.chat, visitor.token, visitor.lines = ok["chat"], ok["token"], []
    visitor.state = ok
    for line in ok["lines"]:
        visitor.take_line(line)
    return ok


def texts(lines):
    return [line["text"] for line in lines if line["kind"] == "message"]


@run_async
async def test_a_visitor_who_is_there_goes_on_at_once(shop):  # noqa: F811
    agent, visitor = await ended(shop)
    old = visitor.chat
    assert (await agent.ask("conversation.reach", conversation=old))["here"] is True
    new = await reopen(agent, old)
    await visitor.event("chat.next")
    ok = await goes_on(visitor)
    assert (ok["chat"], ok["state"], ok["reopened"]) == (new, "active", True)
    assert ok["earlier"] == [{"chat": old, "lines": []}]
    await visitor.ask("chat.send", text="One thing more")
    await agent.ask("chat.send", conversation=new, text="Which?")
    await visitor.until_text("Which?")
    assert visitor.texts() == ["One thing more", "Which?"]
    heads = [(await agent.ask("conversation.read", conversation=c))["head"] for c in (old, new)]
    assert heads[0]["next"] == new and heads[1]["previous"] == old
    assert "reopen" not in heads[0]["may"] and heads[1]["visitor_here"]


@run_async
async def test_who_is_away_finds_it_by_the_old_key_over_a_kill(shop):  # noqa: F811
    agent, visitor = await talking(shop)
    await agent.ask("chat.send", conversation=visitor.chat, text="Hold on")
    await visitor.until_text("Hold on")
    await visitor.drop()
    old = visitor.chat
    await agent.ask("chat.send", conversation=old, text="Still there?")
    await agent.ask("chat.end", conversation=old)
    second = await reopen(agent, old)
    await agent.ask("chat.send", conversation=second, text="Here I am")
    shop.restart()
    agent = await Agent(shop, "aiko@example.com").open()
    assert [row["conversation"] for row in (await agent.ask("list.read", list="mine"))["rows"]] \
        == [second]
    await agent.ask("chat.end", conversation=second)
    shop.restart()
    agent = await Agent(shop, "aiko@example.com").open()
    third = await reopen(agent, second)
    shop.restart()
    await visitor.open(token=visitor.token)
    ok = await goes_on(visitor)
    assert (ok["chat"], ok["state"]) == (third, "active")
    assert [one["chat"] for one in ok["earlier"]] == [old, second]
    assert [texts(one["lines"]) for one in ok["earlier"]] == [["Still there?"], ["Here I am"]]
    await visitor.ask("chat.send", text="Here I am, too")
    agent = await Agent(shop, "aiko@example.com").open()
    lines = (await agent.ask("conversation.read", conversation=third))["lines"]
    assert texts(lines) == ["Here I am, too"]
    # The key to the newest one is as good, and has all of it.
    await visitor.drop()
    await visitor.open(token=visitor.token)
    ok = await goes_on(visitor)
    assert ok["chat"] == third and "earlier" not in ok and "token" not in ok


@run_async
async def test_of_two_agents_who_open_it_one_does(shop):  # noqa: F811
    agent, visitor = await ended(shop)
    shop.add_agent("Ben", "ben@example.com", "scope=all")
    ben = await Agent(shop, "ben@example.com").open()
    got = await asyncio.gather(reopen(agent, visitor.chat), reopen(ben, visitor.chat),
                               return_exceptions=True)
    won, = [one for one in got if not isinstance(one, Exception)]
    late, = [one for one in got if isinstance(one, Exception)]
    assert isinstance(late, Refused) and late.code == "conflict", late
    assert late.field == "conversation" and "number 2" in late.what
    ok = await goes_on(visitor)
    assert ok["chat"] == won
    assert ok["agent"] == ("Aiko" if got[0] == won else "Ben")
    rows = (await agent.ask("list.read", list="all"))["rows"]
    assert sorted(row["number"] for row in rows) == [1, 2]


@run_async
async def test_what_cannot_be_opened_again_is_refused_by_name(shop):  # noqa: F811
    agent, visitor = await ended(shop)
    missed = await Visitor(shop, shop.code).open()
    await missed.start(name="Taro")
    await missed.ask("chat.end")
    await missed.until_state("missed")
    new = await reopen(agent, visitor.chat)
    for chat, field, what in [(new, "state", "not over"), (missed.chat, "state", "missed"),
                              (visitor.chat, "conversation", "opened again already")]:
        with pytest.raises(Refused) as no:
            await reopen(agent, chat)
        assert (no.value.code, no.value.field) == ("conflict", field)
        assert what in no.value.what
    await agent.ask("chat.end", conversation=new)
    shop.ctl("department", "set", "Shop", "enabled=no")
    with pytest.raises(Refused) as no:
        await reopen(agent, visitor.chat)
    assert (no.value.code, no.value.field) == ("conflict", "department")
    shop.ctl("department", "set", "Shop", "enabled=yes")
    shop.add_agent("Eve", "eve@example.com", departments="")
    eve = await Agent(shop, "eve@example.com").open()
    with pytest.raises(Refused) as no:
        await reopen(eve, visitor.chat)
    assert no.value.code == "unknown"


@pytest.fixture
def mail_shop(make_gateway, tmp_path_factory):
    server = Postfix(tmp_path_factory.mktemp("mail") / "server", "--forget")
    server.start()
    yield open_shop(make_gateway, server)
    server.stop()


@run_async
async def test_each_of_both_has_a_transcript_of_its_own(mail_shop):
    agent, visitor = await ended(mail_shop)
    number = visitor.state["number"]
    new = await reopen(agent, visitor.chat)
    await goes_on(visitor)
    await visitor.ask("chat.send", text="One thing more")
    await agent.ask("chat.send", conversation=new, text="Gladly")
    await agent.ask("chat.end", conversation=new)
    await visitor.until_state("ended")
    mails = delivered_to(mail_shop.mails(4), "log1@example.com")
    first, = [plain(mail) for mail in mails if "Bye for now" in plain(mail)]
    second, = [plain(mail) for mail in mails if "One thing more" in plain(mail)]
    assert "One thing more" not in first and "Gladly" not in first
    assert "Bye for now" not in second and "Gladly" in second
    assert f"Chat:      {number}\n" in first and f"Chat:      {number + 1}\n" in second
