"""A mention that is not read for long is told by mail, once, and as things are when it is written."""

import pathlib

from chat_test import talking
from harness import Agent, run_async, wait_until
from mail_servers import TROUBLES, Postfix, connect, plain


def rows(gateway):
    return [m for m in gateway.ctl("outbox", "list")["rows"] if m["kind"] == "mention"]


@run_async
async def test_who_has_not_read_it_and_still_may_is_told_by_mail(make_gateway, tmp_path):
    server = Postfix(pathlib.Path(tmp_path) / "server", "--forget")
    server.start()
    try:
        gateway = make_gateway(dispatcher="yes", smtp_ca_file=server.dir / "ca.pem")
        gateway.expected |= TROUBLES | {"mail.waits"}
        connect(gateway, server)
        gateway.code = gateway.first_department()["code"]
        gateway.add_agent("愛子", "aiko@example.com")
        ids = {name: gateway.add_agent(name.title(), f"{name}@example.com")
               for name in ("ben", "carol", "dan", "eve", "fay")}
        for name in ids:
            gateway.ctl("agent", "set", f"{name}@example.com", "alerts.mentions=always",
                        "alerts.mentions_ms=1s")
        gateway.ctl("agent", "set", "ben@example.com", "lang=ja")
        gateway.ctl("portal", "set", "from=")  # so the mails are ordered, and not written yet
        agent, visitor = await talking(gateway, name="山田 花子")

        async def note(text, *names):
            ok = await agent.ask("conversation.note", conversation=visitor.chat, text=text,
                                 mentions=[ids[name] for name in names])
            return ok["seq"]

        await note("@Ben look at this", "ben")
        line = await note("all of you", "carol", "dan", "eve", "fay")
        wait_until(lambda: len(rows(gateway)) == 5 and
                   {m["state"] for m in rows(gateway)} == {"deferred"}, "they wait", 60)
        # Carol reads it, Dan is mentioned no more, Eve may not read it, Fay does not want it.
        carol = await Agent(gateway, "carol@example.com").open("busy")
        assert (await carol.ask("mention.read"))["unread"] == 0
        await agent.ask("line.edit", conversation=visitor.chat, line=line, text="not Dan",
                        mentions=[ids[name] for name in ("carol", "eve", "fay")])
        gateway.ctl("member", "remove", "eve@example.com", "Shop")
        gateway.ctl("agent", "set", "fay@example.com", "alerts.mentions=no")
        gateway.ctl("portal", "set", "from=portal@example.com")
        gateway.ctl("outbox", "retry", "all")
        (mail,) = server.wait_mails(1)
        assert mail["Delivered-To"] == "ben@example.com"
        assert mail["Subject"] == "愛子さんからのメンション：チャット #1"
        assert "@Ben look at this" in plain(mail) and "山田 花子" in plain(mail)
        wait_until(lambda: sorted(m["state"] for m in rows(gateway)) == ["sent"] + 4 * ["suppressed"],
                   "it is sent, and nothing else is", 60)
        assert {m["cause"] for m in rows(gateway) if m["state"] == "suppressed"} == {"mention"}
        assert len(server.mails()) == 1
        await agent.ask("chat.end", conversation=visitor.chat)
    finally:
        server.stop()
