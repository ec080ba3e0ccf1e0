"""The plug pulled on the gateway, and on both programs at once: what was acknowledged has its mails,
once, and each mail has its fate."""

import asyncio
import email
import email.policy
import hashlib
import http.client
import os
import random
import re
import signal
import time

import pytest
import websockets

from fate import SETTLED, mails_met_their_fate
from harness import WAIT_S, Agent, Refused, Visitor, run_async, wait_until
from smtp_peer import crash
from smtp_peer.peer import Peer, Script

# What killing makes the programs say.
NOISE = {"dispatcher.ended", "dispatcher.not-started", "relay.trouble", "mail.failed", "mail.waits",
         "store.dead-readers", "clock.jumped", "worker.killed"}
GONE = (OSError, EOFError, http.client.HTTPException)
SEED = int(os.environ.get("KILL_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)


def open_shop(make_gateway, relay):
    shop = make_gateway(dispatcher="yes", chats_per_hour=100000, chats_per_address=1000,
                        messages_left_per_hour=100000, visitor_space_per_hour="64G", messages_per_minute=100000)
    shop.expected |= NOISE
    shop.ctl("portal", "set", "from=portal@example.com", "relay_host=localhost",
             f"relay_port={relay.port}", "relay_tls=none")
    for which, address in (("transcript", "t@example.com"), ("missed", "m@example.com")):
        shop.ctl("department", "set", "Shop", f"mail.{which}.addresses={address}",
                 f"mail.{which}.on=yes")
    shop.code = shop.first_department()["code"]
    return shop


def leave(shop, text):
    """A message left; Python's own errors where the gateway is gone.  Sent again it is the same."""
    said = {"id": hashlib.sha256(text.encode()).hexdigest(), "do": "chat.leave-message", "name": "H",
            "email": "h@example.com", "text": text}
    status, _, body = shop.request("POST", f"/w/{shop.code}/command", said)
    assert status == 200, body


def mails_of(shop):
    rows, cursor = [], None
    while not rows or cursor:
        page = shop.ctl("outbox", "list", "max=200", *([f"cursor={cursor}"] if cursor else []))
        rows += page["rows"]
        cursor = page["cursor"]
    return rows


def all_sent(shop):
    """Retry what waits, and let digests fall due, until every mail has its end.  They."""
    asked, moved = {}, []

    def over():
        mails = mails_of(shop)
        for mail in mails:
            if mail["state"] in ("deferred", "uncertain") and \
                    asked.get(mail["id"]) != mail["attempts"]:
                asked[mail["id"]] = mail["attempts"]
                shop.ctl("outbox", "retry", mail["id"], ok=False)
        waiting = {m["state"] for m in mails} - set(SETTLED)
        if waiting == {"held"} and not moved:
            moved.append(True)
            shop.advance_both(10 * 60 * 1000)
        return not waiting

    wait_until(over, "every mail has its end", 3 * WAIT_S)
    return mails_of(shop)


def texts_in(copies):
    """For each message left or said, the Message-IDs of the mails that tell it."""
    found = {}
    for copy in copies:
        message = email.message_from_bytes(copy.raw, policy=email.policy.SMTP)
        for text in re.findall(r"text-\w+", message.get_body(("plain",)).get_content()):
            found.setdefault(text, set()).add(copy.message_id)
    return found


def live(shop, plan, text):
    """One life, from the start to the stop: a message is left, a refused mail is tried again."""
    shop.start(wait=False, env=plan.env)
    try:
        shop.wait_ready()
        leave(shop, text)
        shop.ctl("outbox", "retry", "all", ok=False)
        shop.process.send_signal(signal.SIGTERM)
    except GONE + (AssertionError,):
        if not plan.happened:
            raise
    shop.process.wait(WAIT_S)
    assert shop.process.returncode == (-signal.SIGKILL if plan.happened else 0)


@pytest.mark.parametrize("name", crash.points("gateway"))
def test_the_gateway_dying_at(make_gateway, tmp_path, name):
    """The first time that it comes by, the second, … until it lives on to its stop."""
    texts = ["text-before"]
    with Peer(Script(dot="554 not this one"), Script()) as relay:
        shop = open_shop(make_gateway, relay)
        leave(shop, texts[0])
        wait_until(lambda: mails_of(shop)[0]["state"] == "failed", "the first mail is refused")
        shop.stop()
        for nth in range(1, 40):
            plan = crash.Plan(tmp_path, name, nth)
            texts.append(f"text-{nth}")
            live(shop, plan, texts[-1])
            if not plan.happened:
                break
            shop.start()
            leave(shop, texts[-1])  # whether it was answered or not
            shop.stop()
        assert 1 < nth < 39, "it never came by, or always"
        shop.start()
        shop.ctl("outbox", "retry", "all", ok=False)
        wait_until(lambda: {m["state"] for m in all_sent(shop)} == {"sent"}, "all are sent")
        mails = mails_of(shop)
        shop.stop()
        wait_until(lambda: not left_behind(shop), "each life's dispatcher ended with it")
        _, doubled = mails_met_their_fate(mails, relay.taken)
        assert len(mails) == len(texts) and not doubled
        assert {text: len(ids) for text, ids in texts_in(relay.taken).items()} == {
            text: 1 for text in texts}


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words:
            return words.read().decode().split("\0")
    except OSError:
        return []


def left_behind(shop):
    """What still runs on a stopped shop's files."""
    return [pid for pid in os.listdir("/proc") if pid.isdigit() and str(shop.conf) in command_of(pid)]


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as found:
            return [int(child) for child in found.read().split()]
    except OSError:
        return []


class Killer:
    """Kills gateway, dispatcher and workers of a shop; people wait for `back` meanwhile."""

    def __init__(self, shop, rng):
        self.shop, self.rng = shop, rng
        self.back = asyncio.Event()
        self.back.set()
        self.rounds, self.struck = 0, asyncio.Condition()

    def strike(self):
        dispatchers = children(self.shop.process.pid)
        workers = [pid for parent in dispatchers for pid in children(parent)]
        for pid in workers if self.rng.random() < 0.5 else dispatchers + workers:
            if self.rng.random() < 0.6:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        if self.rng.random() < 0.7:
            self.shop.restart()
            return True
        return False

    async def run(self, is_over, more=10, rounds_max=80):
        """Until is_over(), and some more: then the mails are under way.  The rounds."""
        loop = asyncio.get_running_loop()
        while self.rounds < rounds_max:
            more -= is_over()
            if more == 0:
                break
            await asyncio.sleep(self.rng.random() * 0.15)  # the moment of the crash, not a wait
            self.back.clear()
            await loop.run_in_executor(None, self.strike)
            self.back.set()
            async with self.struck:
                self.rounds += 1
                self.struck.notify_all()
        return self.rounds

    async def reached(self, rounds):
        """Until so many rounds are over: people are not through before the kills have begun."""
        async with self.struck:
            await self.struck.wait_for(lambda: self.rounds >= rounds)


async def insist(killer, act):
    """Do it again until it is answered."""
    until = time.monotonic() + 4 * WAIT_S
    while True:
        await killer.back.wait()
        try:
            return await act()
        except GONE + (websockets.WebSocketException,):
            assert time.monotonic() < until, "never answered"
            await asyncio.sleep(0.01)  # the next attempt, not a wait


class Caller(Visitor):
    """Who rings again after a lost answer has no lines from before; they matter elsewhere."""

    def take_line(self, line):
        pass


async def chat_once(shop, killer, name):
    """Ring, say something, end: each until it is acknowledged."""
    visitor = Caller(shop, shop.code)
    ids = [visitor.new_id() for _ in range(3)]

    async def whole():
        if visitor.token:
            await visitor.resume()
        else:
            await visitor.open()
            await visitor.start(id=ids[0], name=name, question=f"text-{name}")
        try:
            await visitor.ask("chat.send", id=ids[1], text="hello")
            await visitor.ask("chat.end", id=ids[2])
        except Refused as refused:  # by an end whose answer was lost
            assert refused.code == "ended"

    await insist(killer, whole)
    await visitor.drop()


async def agent_stays(agent, killer):
    """Takes chats whenever the gateway is there; which of them does not matter."""
    while True:
        await insist(killer, agent.open)
        await agent.until(lambda: agent.closed, "the next crash", 20 * WAIT_S)


@run_async
async def test_both_programs_killed_at_random_lose_and_double_no_mail(make_gateway):
    rng = random.Random(SEED)
    print("KILL_SEED", SEED)

    def slowly(_index):
        time.sleep(rng.random() * 0.02)  # so that kills fall into every window

    with Peer(Script(dot=slowly, lost=True)) as relay:
        shop = open_shop(make_gateway, relay)
        shop.add_agent("Aiko", "aiko@example.com", "capacity=50")
        shop.ctl("department", "set", "Shop", "auto_accept=yes")
        killer = Killer(shop, rng)
        loop = asyncio.get_running_loop()
        texts = []

        async def person(number):
            for turn in range(40):
                await killer.reached(turn // 3)
                name = f"{number}x{turn}x"
                if (number + turn) % 2:
                    await insist(killer, lambda: loop.run_in_executor(
                        None, leave, shop, f"text-{name}"))
                else:
                    await chat_once(shop, killer, name)
                texts.append(f"text-{name}")

        agent = await Agent(shop, "aiko@example.com").open()
        staying = asyncio.create_task(agent_stays(agent, killer))
        people = [asyncio.create_task(person(n)) for n in range(3)]
        rounds = await killer.run(lambda: all(p.done() for p in people))
        await asyncio.gather(*people)
        staying.cancel()

        mails = await loop.run_in_executor(None, all_sent, shop)
        shop.stop()
        _, doubled = mails_met_their_fate(mails, relay.taken)
        assert {m["state"] for m in mails} <= {"sent", "folded", "failed"}
        conversations = [m["conversation"] for m in mails]
        assert len(set(conversations)) == len(conversations) == len(texts)
        told = texts_in(relay.taken)
        lost = [text for text in texts if text not in told]
        unsure = [m for m in mails if m["state"] == "failed"]  # and each of them says why
        assert len(lost) <= sum(m.get("notices", 1) for m in unsure) and all(len(ids) == 1 for ids in told.values())
        kinds = [m["kind"] for m in mails]
        print(rounds, "rounds", len(mails), "mails", kinds.count("transcript"), "transcripts", len(unsure), "failed",
              sum(m["uncertain"] for m in mails), "uncertain", doubled, "doubled")
        assert rounds > 12 and kinds.count("transcript") > 10
