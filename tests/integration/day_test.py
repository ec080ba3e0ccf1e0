"""A whole working day: twenty agents in shifts, five hundred guests, lunch, a crash at noon, an
office without its network, and at the end every list, count, mail and the report of time held
against the people's own books."""

import asyncio
import collections
import random

import pytest

from crash_test import all_sent, texts_in
from day import Books, Crew, Guest, House, hours_of
from fate import mails_met_their_fate
from harness import WAIT_S, run_async
from smtp_peer.peer import Peer, Script

SEED = 20261130
GUESTS = 500 if WAIT_S <= 20 else 150  # sanitizers take their time
AT_ONCE = 30
EARLY = ["Ann", "Ben", "Cho", "Dan", "Eri", "Fay", "Gil", "Hal", "Ivy", "Jun"]
LATE = ["Kai", "Lee", "Mio", "Ned", "Oki", "Pam", "Rei"]
BILLING = ["Sue", "Tom", "Uma"]  # of the private department, all day
NOISE = {"dispatcher.ended", "dispatcher.not-started", "relay.trouble", "mail.failed",
         "mail.waits", "store.dead-readers", "clock.jumped", "worker.killed"}


class Day:
    """The house, its people, and where the day is."""

    def __init__(self, shop):
        self.shop, self.house, self.books = shop, House(shop), Books()
        self.ids = {name: shop.add_agent(name, f"{name.lower()}@example.com", "capacity=3",
                                         "permissions=transfer,assign",
                                         departments="Billing" if name in BILLING else "Shop")
                    for name in EARLY + LATE + BILLING}
        self.ids["Billing"] = next(d["id"] for d in shop.ctl("department", "list")["rows"]
                                   if d["name"] == "Billing")
        self.crew = {name: Crew(self.house, name, self.books, self.ids)
                     for name in EARLY + LATE + BILLING}
        self.through = 0
        self.moved = asyncio.Condition()
        self.shift = EARLY

    async def guest(self, number):
        """One visit, by a plan that the number draws."""
        rng = random.Random(f"{SEED} {number}")
        one = Guest(self.house, self.shop.code, f"guest{number}", self.books)
        lines = [f"text-{number}x{turn}" for turn in range(rng.randrange(1, 5))]
        wish = rng.choices(["", "hand", "department", "reload", "impatient"], [60, 12, 8, 14, 6])[0]
        await one.ring(lines[0])
        if wish == "impatient":
            await one.do("chat.end")
            await one.over()
            return await self.step()
        await one.heard(lines[0])
        for text in lines[1:]:
            await one.say(text)
            await one.heard(text)
            if wish == "reload":
                await one.drop()
                await one.house.again(one.back, one.back)
        if wish in ("hand", "department"):
            to = "Billing" if wish == "department" else rng.choice(self.shift)
            for text in f"text-{number}y hand:{to}", f"text-{number}z":
                await one.say(text)
                await one.heard(text)
        if rng.random() < 0.5:
            await one.say(f"text-{number}w end")
        else:
            await one.do("chat.end")
        await one.over()
        if rng.random() < 0.3:
            await one.rate(rng.randrange(1, 6))
        await one.drop()
        await self.step()

    async def step(self):
        async with self.moved:
            self.through += 1
            self.moved.notify_all()

    async def until(self, share):
        """Until this share of the guests are through."""
        async with self.moved:
            await self.moved.wait_for(lambda: self.through >= GUESTS * share)

    async def morning(self, group):
        await asyncio.gather(*[self.crew[name].come(group) for name in EARLY + BILLING])

    async def lunch(self):
        for at_table in EARLY[:5], EARLY[5:]:
            for name in at_table:
                await self.crew[name].be("away")
            await self.until(0.2 if at_table[0] == EARLY[0] else 0.3)
            for name in at_table:
                await self.crew[name].be("available")

    async def noon(self):
        """The machine goes down in the middle of everything."""
        self.house.there.clear()
        await asyncio.get_running_loop().run_in_executor(None, self.shop.restart)
        self.house.there.set()

    async def change_of_shift(self, group):
        await asyncio.gather(*[self.crew[name].come(group) for name in LATE])
        self.shift = LATE
        for name in EARLY[2:]:
            await self.crew[name].be("away")  # they end what they have

    async def office_without_network(self):
        """Half of the late shift is gone for longer than the grace; their chats go on with others."""
        gone = [self.crew[name] for name in LATE[:3]]
        for one in gone:
            one.cut.clear()
            one.socket.transport.abort()
        await self.until(0.62)
        self.shop.advance(31000)
        await self.until(0.7)
        for one in gone:
            one.cut.set()

    async def evening(self, leavers):
        for one in self.crew.values():
            await one.be("offline")
        guests = [Guest(self.house, self.shop.code, f"late{n}", self.books) for n in range(leavers)]
        for n, one in enumerate(guests):
            await one.back()
            await one.leave(f"text-late{n}")
            await one.drop()


def lists_agree(shop, books):
    rows = {name: shop.ctl("conversation", "list", name)["rows"]
            for name in ("all", "completed", "missed", "unassigned")}
    told = collections.defaultdict(set)
    for chat, (state, _) in books.ends.items():
        told[state].add(chat)
    assert {row["conversation"] for row in rows["completed"]} == told["ended"]
    assert {row["conversation"] for row in rows["missed"]} == told["missed"] | set(books.left)
    assert rows["unassigned"] == []
    assert len(rows["all"]) == len(books.ends) + len(books.left)
    numbers = sorted(row["number"] for row in rows["all"])
    assert numbers == list(range(1, len(numbers) + 1))
    return {row["conversation"]: row for row in rows["all"]}


def lines_agree(shop, books, rows):
    """Each line once, in order, from whom it came."""
    for chat, said in books.said.items():
        shown = shop.ctl("conversation", "show", str(rows[chat]["number"]))
        lines = shown["lines"]
        by = collections.defaultdict(list)
        for line in lines:
            if line["kind"] == "message":
                by[line["by"]].append(line["text"])
        state, why = books.ends[chat]
        assert by["visitor"] == said[1:], chat
        assert len(by["agent"]) == len(set(by["agent"])) and \
            set(books.answered[chat]) <= set(by["agent"]), chat
        assert set(by["agent"]) <= {f"re: {text}" for text in said}
        assert len(by["agent"]) == len(said) or why == "visitor" and len(said) == 1, chat
        assert (rows[chat]["state"], shown["head"]["why"]) == (state, why)
        assert shown["head"].get("rating") == books.rated.get(chat)
        handed = [line for line in lines if line["kind"] == "transferred"]
        assert len(handed) == (chat in books.handed), chat


def time_agrees(shop, rows):
    """The report of time, row by row and in its sums, with what each chat's history and head say."""
    ours, chats, heads = collections.Counter(), collections.Counter(), collections.Counter()
    for row in rows.values():
        shown = shop.ctl("conversation", "show", str(row["number"]))
        parts = hours_of(shown["lines"], "Shop")
        for part, ms in parts.items():
            ours[part] += ms
        chats.update([*parts, *{(name, None) for name, _ in parts},
                      *{(None, where) for _, where in parts}, *([(None, None)] if parts else [])])
        heads.update({time["name"]: time["ms"] for time in shown["head"]["times"]})
    report = shop.ctl("report", "time", "since=2d")
    told = {(row["name"], row["department_name"]): row for row in report["rows"]}
    assert {part: row["ms"] for part, row in told.items()} == dict(ours)
    assert {row["name"]: row["ms"] for row in report["agents"]} == dict(heads)
    told |= {(row["name"], None): row for row in report["agents"]}
    told |= {(None, row["department_name"]): row for row in report["departments"]}
    told[None, None] = report["total"]
    assert {part: row["conversations"] for part, row in told.items()} == dict(chats)
    for where in "Shop", "Billing":
        assert told[None, where]["ms"] == sum(ms for part, ms in ours.items() if part[1] == where)
    assert report["total"]["ms"] == sum(ours.values()) == sum(heads.values()) > 0
    assert report["total"]["corrected"] == 0


def mails_agree(mails, taken, books):
    """Each end has its transcript and each miss its notice, once; no mail is of nobody."""
    _, doubled = mails_met_their_fate(mails, taken)
    unsent = [m for m in mails if m["state"] not in ("sent", "folded") and
              (m["kind"], m["cause"]) != ("feedback", "switch-off")]
    assert not doubled and not unsent, {(m["kind"], m["state"], m["cause"]) for m in unsent}
    told = {text: len(ids) for text, ids in texts_in(taken).items()}
    for chat, said in books.said.items():
        for text in said:
            assert told.get(text.split()[0]) == 1, (text, books.ends[chat])
    for text in books.left.values():
        assert told.get(text) == 1, text


@pytest.fixture
def relay():
    with Peer(Script()) as peer:
        yield peer


@pytest.fixture
def shop(make_gateway, relay):
    shop = make_gateway(dispatcher="yes", chats_per_hour=100000, chats_per_address=1000,
                        messages_left_per_hour=100000, messages_per_minute=100000,
                        visitor_space_per_hour="64G", connections_per_address=1000,
                        sign_ins_per_minute=1000)
    shop.expected |= NOISE
    shop.ctl("portal", "set", "from=portal@example.com", "relay_host=localhost",
             f"relay_port={relay.port}", "relay_tls=none")
    shop.ctl("department", "add", "Billing", "type=private")
    for which, address in (("transcript", "t@example.com"), ("missed", "m@example.com")):
        for name in "Shop", "Billing":
            shop.ctl("department", "set", name, f"mail.{which}.addresses={address}",
                     f"mail.{which}.on=yes")
    shop.code = shop.first_department()["code"]
    return shop


async def played(day):
    """The day from its first guest to the last who leaves a message."""
    room = asyncio.Semaphore(AT_ONCE)

    async def visit(number):
        async with room:
            await day.guest(number)

    async with asyncio.TaskGroup() as people:  # the first who is wronged ends it
        await day.morning(people)
        visits = [people.create_task(visit(n)) for n in range(GUESTS)]
        await day.until(0.1)
        await day.lunch()
        await day.until(0.4)
        await day.noon()
        await day.until(0.5)
        await day.change_of_shift(people)
        await day.until(0.6)
        await day.office_without_network()
        await asyncio.wait(visits)
        await day.evening(20)
        for one in day.crew.values():
            one.worker.cancel()


@run_async
async def test_a_day_ends_with_everybodys_books_in_agreement(shop, relay):
    day, loop = Day(shop), asyncio.get_running_loop()
    await played(day)
    books = day.books
    assert len(books.ends) == GUESTS
    to = collections.Counter(books.handed.values())
    assert min(to["Billing"], sum(to.values()) - to["Billing"]) > GUESTS / 30

    assert all(agent["load"] == 0 for agent in shop.ctl("floor")["agents"])
    rows = await loop.run_in_executor(None, lists_agree, shop, books)
    await loop.run_in_executor(None, lines_agree, shop, books, rows)
    await loop.run_in_executor(None, time_agrees, shop, rows)
    mails = await loop.run_in_executor(None, all_sent, shop)
    mails_agree(mails, relay.taken, books)
    print(collections.Counter(state for state, _ in books.ends.values()), to, len(mails), "mails")
