"""People of a working day: guests who ring and crew who answer, each with books of their own.

Everybody does again what was not answered, with the same id, as widget and console do.  What they
write says what they want: "t7.2 hand:Ben" is the third line of the seventh guest, who wants Ben.
"""

import asyncio
import collections
import hashlib
import re
import time

import websockets

from harness import WAIT_S, Agent, Refused, Visitor

GONE = (OSError, EOFError, websockets.WebSocketException)


def id_of(*words):
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()[:32]


class Books:
    """What everybody was told, and so must stand in the gateway's own books at the end."""

    def __init__(self):
        self.said = collections.defaultdict(list)     # chat: what its guest said, in order
        self.answered = collections.defaultdict(list)  # chat: (agent, answer) as acknowledged
        self.ends = {}                                # chat: (state, why) as its guest was told
        self.rated = {}                               # chat: stars
        self.left = {}                                # chat: the text that was left
        self.handed = {}                              # chat: to whom it was handed on


class House:
    """The gateway and whether it is there, for those who have to try again."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.there = asyncio.Event()
        self.there.set()

    async def again(self, act, come_back):
        """Do it until it is answered; come_back() after each lost connection."""
        until = time.monotonic() + 6 * WAIT_S
        while True:
            await self.there.wait()
            try:
                return await act()
            except GONE:
                assert time.monotonic() < until, "never answered"
                await asyncio.sleep(0.01)  # the next attempt, not a wait
            try:
                await come_back()
            except GONE:
                continue


class Guest(Visitor):
    """One visit, from the ring to the rating."""

    def __init__(self, house, code, name, books):
        super().__init__(house.gateway, code)
        self.house, self.name, self.books = house, name, books

    async def back(self):
        if self.closed or self.socket is None:
            await self.house.there.wait()
            await (self.resume() if self.token else self.open())

    async def do(self, do, **fields):
        key = id_of(self.name, do, sorted(fields.items()))
        return await self.house.again(lambda: self.ask(do, id=key, **fields), self.back)

    async def ring(self, text):
        async def begin():
            return await self.start(id=id_of(self.name, "ring"), name=self.name, question=text,
                                    email=f"{self.name}@example.com")
        await self.house.again(self.back, self.back)
        await self.house.again(begin, self.back)
        self.books.said[self.chat].append(text)

    async def see(self, condition, what):
        """Wait for it, over lost connections."""
        while True:
            await self.until(lambda: condition() or self.closed,
                             f"{self.name}: {what}, in {self.chat}", 6 * WAIT_S)
            if condition():
                return
            await self.house.again(self.back, self.back)

    async def say(self, text):
        await self.do("chat.send", text=text)
        self.books.said[self.chat].append(text)

    async def heard(self, text):
        await self.see(lambda: any(line.get("text") == f"re: {text}" for line in self.lines),
                       f"an answer to {text!r}")

    async def over(self):
        await self.see(lambda: self.state.get("state") in ("ended", "missed"), "the end")
        self.books.ends[self.chat] = self.state["state"], self.state["why"]

    async def rate(self, stars):
        await self.do("chat.feedback", rating=stars)
        self.books.rated[self.chat] = stars

    async def leave(self, text):
        ok = await self.house.again(
            lambda: self.ask("chat.leave-message", id=id_of(self.name, "leave"), name=self.name,
                             email=f"{self.name}@example.com", text=text), self.back)
        self.books.left[ok["chat"]] = text


class Crew(Agent):
    """An agent at work: takes what rings, answers each line once, does what it asks for."""

    def __init__(self, house, name, books, colleagues):
        super().__init__(house.gateway, f"{name.lower()}@example.com")
        self.house, self.name, self.books, self.colleagues = house, name, books, colleagues
        self.news = asyncio.Queue()
        self.mine = set()   # chats that are followed
        self.done = set()   # lines that have their answer
        self.cut = asyncio.Event()  # set: the office has its network
        self.cut.set()
        self.status = "offline"

    async def come(self, group):
        """Sign in and be there until the day ends."""
        self.status = "available"
        await self.house.again(lambda: self.open(status=self.status), self.nothing)
        self.worker = group.create_task(self.work())

    async def nothing(self):
        pass

    async def back(self):
        if not self.closed:
            return
        await self.cut.wait()
        await self.house.there.wait()
        await self.open(status=self.status)
        await self.look_around()

    async def do(self, do, key=None, **fields):
        key = key or self.new_id()
        return await self.house.again(lambda: self.ask(do, id=key, **fields), self.back)

    async def be(self, status):
        self.status = status
        await self.do("agent.status", status=status)

    async def look_around(self):
        """What is mine and what rings for me, after a while away: others may have the rest."""
        self.mine.clear()
        for offer in self.me["offers"]:
            self.news.put_nowait(("offer", offer["conversation"], ""))
        mine = await self.ask("list.read", list="mine", filter="open", max=100)
        for row in mine["rows"]:
            if row["state"] == "active":
                await self.follow(row["conversation"])

    async def follow(self, chat):
        """It is mine: whatever was not answered yet is, and what was wished for is done."""
        sub = await self.ask("subscribe", topic="conversation", conversation=chat, seq=0)
        if sub["head"].get("agent") != self.me["agent"]["id"]:
            return  # whoever accepts twice is told once more that he did, but not for how long
        self.mine.add(chat)
        said = {line["text"] for line in sub["lines"] if line["by"] == "agent" and "text" in line}
        asked = [sub["head"]["question"]] + [line["text"] for line in sub["lines"] if
                                             line["by"] == "visitor" and line["kind"] == "message"]
        was_handed = any(line["kind"] == "transferred" for line in sub["lines"])
        for text in asked:
            if f"re: {text}" not in said:
                self.news.put_nowait(("line", chat, text))
        if f"re: {asked[-1]}" in said and not (was_handed and " hand:" in asked[-1]):
            self.news.put_nowait(("wish", chat, asked[-1]))

    def on_event(self, frame):
        chat = frame.get("conversation")
        if frame["ev"] == "offer":
            self.news.put_nowait(("offer", chat, ""))
        elif frame["ev"] == "handed" and frame["outcome"] == "back":
            self.news.put_nowait(("follow", chat, ""))
        elif frame["ev"] == "line" and (frame["by"], frame["kind"]) == ("visitor", "message"):
            self.news.put_nowait(("line", chat, frame["text"]))

    async def work(self):
        acts = {"offer": self.take, "line": self.answer_line, "wish": self.grant,
                "follow": lambda chat, _: self.house.again(lambda: self.follow(chat), self.back)}
        while True:
            await self.house.again(self.back, self.nothing)
            news = asyncio.create_task(self.news.get())
            lost = asyncio.create_task(self.until(lambda: self.closed, "the next loss", 3600))
            try:
                await asyncio.wait((news, lost), return_when=asyncio.FIRST_COMPLETED)
            finally:
                lost.cancel()
                if not news.done():
                    news.cancel()
            if not news.done():
                continue
            what, chat, text = news.result()
            try:
                await acts[what](chat, text)
            except Refused as refused:  # it is somebody else's meanwhile, or over
                assert refused.code in ("late", "taken", "ended", "conflict", "unknown"), refused

    async def take(self, chat, _):
        await self.do("offer.accept", conversation=chat)
        await self.house.again(lambda: self.follow(chat), self.back)

    async def answer_line(self, chat, text):
        async def answer():
            head = (await self.ask("conversation.read", conversation=chat))["head"]
            return head.get("agent") == self.me["agent"]["id"] and await self.ask(
                "chat.send", id=id_of(chat, text, self.name), conversation=chat, text=f"re: {text}")

        if chat not in self.mine or (chat, text) in self.done or \
                not await self.house.again(answer, self.back):
            return  # somebody else has it, and answers
        self.done.add((chat, text))
        self.books.answered[chat].append(f"re: {text}")
        await self.grant(chat, text)

    async def grant(self, chat, text):
        """What a line wishes for at its end."""
        wish = re.search(r" (hand|end)(?::(\w+))?$", text)
        if wish is None or wish[2] == self.name:
            return
        key = id_of(chat, text, "wish")
        if wish[1] == "end":
            await self.do("chat.end", key=key, conversation=chat)
            return
        kind = "department" if wish[2] == "Billing" else "agent"
        self.mine.discard(chat)  # at once: it may be back before the answer is here
        try:
            await self.do("conversation.transfer", key=key, conversation=chat,
                          text=f"{text}, please", **{kind: self.colleagues[wish[2]]})
        except Refused:
            self.mine.add(chat)
            raise
        self.books.handed[chat] = wish[2]


def hours_of(lines, dept):
    """Who had a chat for how long, and where last, as its history tells whoever reads it."""
    held, where, has, since = collections.Counter(), {}, None, 0
    for line in lines:
        kind, now = line["kind"], line["time_ms"]
        takes = kind in ("joined", "assigned") or kind == "came-back" and "to" in line
        if takes or kind in ("transferred", "returned", "came-back", "ended", "missed"):
            if has is not None:
                held[has] += now - since
            has, since = None, now
        dept = line.get("department_name", dept)
        if takes:
            has = line["to"] if kind == "came-back" else line["name"]
            where[has] = dept
            held[has] += 0
    return {(name, where[name]): ms for name, ms in held.items()}
