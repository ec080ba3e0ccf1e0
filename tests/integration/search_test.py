"""Searching in the real gateway: what is said is found within a second or so, after kills, a rebuild
and a full disk, by those who may see it, over WebSocket, REST and the prompt."""

import glob
import hashlib
import http.client
import json
import os
import subprocess
import time

import pytest

from harness import DESKBELLD, WAIT_S, Agent, Refused, Visitor, run_async, wait_until
from smtp_peer import crash

FILES = ("search.db", "search.db-wal", "search.db-shm")


@pytest.fixture
def shop(gateway):
    gateway.add_agent("Aiko", "aiko@example.com", "capacity=9")
    gateway.code = gateway.first_department()["code"]
    return gateway


async def rings(shop, question):
    visitor = await Visitor(shop, shop.code).open()
    await visitor.start(question=question)
    return visitor


def leaves(shop, text):
    """Nobody has to be there for that."""
    said = {"id": hashlib.sha256(text.encode()).hexdigest(), "do": "chat.leave-message",
            "name": "Hanako", "email": "hanako@example.com", "text": text}
    status, _, body = shop.request("POST", f"/w/{shop.code}/command", said)
    assert status == 200, body


def found(shop, *words):
    return [row["head"]["conversation"] for row in shop.ctl("search", *words)["rows"]]


def up_to_date(shop):
    """Search has come as far as the disk."""
    return wait_until(lambda: shop.ctl("status")["search"]["records"] == 0, "search is up to date")


@run_async
async def test_what_was_said_is_found_within_a_second(shop):
    agent = await Agent(shop, "aiko@example.com").open()
    visitor = await rings(shop, "缶は一つずつ包装できますか")
    await agent.accept(visitor.chat)
    worst = 0
    for number in range(5):
        await agent.ask("chat.send", conversation=visitor.chat, text=f"marmalade{number} it is")
        since = time.monotonic()
        wait_until(lambda n=number: found(shop, f"marmalade{n}"), "it is found")
        worst = max(worst, time.monotonic() - since)
    print(f"found after {worst * 1000:.0f} ms at the latest")
    ok = await agent.ask("search", text="包装")
    assert [p for p in ok["rows"][0]["parts"] if p["hit"]] == [{"text": "包装", "hit": True}]
    assert ok["behind"] is False and ok["cursor"] is None
    assert found(shop, "包装") == found(shop, "hanako@example") == [visitor.chat]

    with pytest.raises(Refused) as refused:
        await agent.ask("search", text="x" * 10000)
    assert refused.value.field == "text"
    for text in ("", " ", "x", "箱"):
        with pytest.raises(Refused):
            await agent.ask("search", text=text)


@run_async
async def test_a_killed_gateway_finds_all_of_it_again(shop):
    agent = await Agent(shop, "aiko@example.com").open()
    visitor = await rings(shop, "Is the blue one in stock?")
    await agent.accept(visitor.chat)
    for number in range(6):
        await agent.ask("chat.send", conversation=visitor.chat, text=f"line{number}")
        shop.restart()
        agent = await Agent(shop, "aiko@example.com").open()
        up_to_date(shop)
        assert found(shop, "blue", *[f"line{n}" for n in range(number + 1)]) == [visitor.chat]


@pytest.mark.parametrize("name", crash.points("search"))
def test_killed_in_the_middle_of_writing_it_goes_on(shop, tmp_path, name):
    leaves(shop, "the first marmalade")
    up_to_date(shop)
    plan = crash.Plan(tmp_path, name)
    shop.stop()
    shop.start(env=plan.env)
    try:
        leaves(shop, "the second marmalade")
    except (OSError, http.client.HTTPException):
        pass  # it may die before it answers
    wait_until(lambda: plan.happened, "the gateway dies there")
    shop.process.wait(WAIT_S)
    shop.start()
    up_to_date(shop)
    assert len(found(shop, "marmalade")) == 2 and len(found(shop, "second")) == 1


def test_an_index_that_is_gone_or_not_right_is_made_again(shop):
    leaves(shop, "a rare marmalade")
    up_to_date(shop)
    state = shop.state
    for spoil in ("remove", "zeros", "noise", "rebuild"):
        shop.stop()
        if spoil == "rebuild":
            done = subprocess.run([DESKBELLD, "-c", shop.conf, "--check", "--rebuild"],
                                  capture_output=True, text=True, check=True)
            assert "makes it again" in done.stdout
            assert not glob.glob(f"{state}/search.db*")
        for file in FILES if spoil == "remove" else ():
            if os.path.exists(f"{state}/{file}"):
                os.remove(f"{state}/{file}")
        if spoil in ("zeros", "noise"):
            size = os.path.getsize(f"{state}/search.db")
            with open(f"{state}/search.db", "r+b") as file:
                file.write(bytes(size) if spoil == "zeros" else os.urandom(size))
        shop.start()
        up_to_date(shop)
        assert len(found(shop, "marmalade")) == 1, spoil


@run_async
async def test_a_file_that_cannot_be_written_stops_no_chat(shop):
    agent = await Agent(shop, "aiko@example.com").open()
    up_to_date(shop)
    shop.stop()
    for file in FILES:
        if os.path.exists(f"{shop.state}/{file}"):
            os.remove(f"{shop.state}/{file}")
    os.mkdir(f"{shop.state}/search.db")
    shop.expected |= {"search.waits"}
    shop.start()
    agent = await Agent(shop, "aiko@example.com").open()
    visitor = await rings(shop, "does it go on?")
    await agent.accept(visitor.chat)
    await agent.ask("chat.send", conversation=visitor.chat, text="it does")
    await visitor.until_text("it does")
    state = wait_until(lambda: shop.ctl("status")["search"]["trouble"] != "none" and
                       shop.ctl("status")["search"], "search says so")
    assert state["trouble"] == "broken" and state["records"] > 0
    with pytest.raises(Refused) as refused:
        await agent.ask("search", text="goes on")
    assert "search-making" in str(refused.value)
    os.rmdir(f"{shop.state}/search.db")
    wait_until(lambda: shop.ctl("status")["search"]["records"] == 0, "it heals by itself")
    assert found(shop, "does it go on") == [visitor.chat]


def test_the_same_over_rest_and_in_the_metrics(shop):
    leaves(shop, "Café or tea?")
    up_to_date(shop)
    agent = Agent(shop, "aiko@example.com")
    agent.sign_in()
    status, _, body = shop.request("GET", "/api/v1/search?text=cafe&order=relevance",
                                   headers={"Cookie": agent.cookie})
    assert status == 200, body
    rows = json.loads(body)["ok"]["rows"]
    assert len(rows) == 1
    assert rows[0]["line"]["text"] == "Café or tea?"
    status, _, body = shop.request("GET", "/api/v1/search?text=cafe")
    assert status == 401
    up_to_date(shop)
    assert "deskbell_search_behind_records 0" in shop.request("GET", "/metrics")[2].decode()
