"""A task that is due reminds its agent by mail, once, and as things are when the mail is written."""

import pathlib
import re

from chat_test import talking
from harness import run_async, wait_until
from mail_servers import TROUBLES, Postfix, connect, leave_one, plain


def rows(gateway):
    return [m for m in gateway.ctl("outbox", "list")["rows"] if m["kind"] == "task"]


def test_a_task_that_is_due_is_told_by_mail_after_a_restart_and_without_a_server(make_gateway,
                                                                                tmp_path):
    server = Postfix(pathlib.Path(tmp_path) / "server")
    server.start()
    server.stop()  # its authority and account are there now, the server is not
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=server.dir / "ca.pem")
    gateway.expected |= TROUBLES | {"mail.waits"}
    connect(gateway, server)
    for name in ("aiko", "ben", "carol", "dan"):
        gateway.ctl("agent", "add", name.title(), f"{name}@example.com", "departments=Shop")
    gateway.ctl("agent", "set", "aiko@example.com", "lang=ja", "zone=America/New_York")
    leave_one(gateway)
    number = str(gateway.ctl("conversation", "list", "missed")["rows"][0]["number"])
    gateway.ctl("portal", "set", "from=")  # so the mails are ordered, and not written yet
    for title in ("Call back", "Is done", "Is Ben's", "Is gone", "Is later"):
        gateway.ctl("task", "add", number, title, "agent=aiko@example.com", "due=3s")
    for name in ("carol", "dan"):
        gateway.ctl("task", "add", number, name, f"agent={name}@example.com", "due=3s")
    gateway.ctl("agent", "set", "ben@example.com", "alerts.tasks=no")
    gateway.ctl("task", "add", number, "Not for Ben", "agent=ben@example.com", "due=3s")
    wait_until(lambda: len(rows(gateway)) == 7 and all(m["state"] == "deferred"
                                                       for m in rows(gateway)), "they wait", 60)
    assert {m["cause"] for m in rows(gateway)} == {"no-from"}
    tasks = {t["title"]: t["task"] for t in gateway.ctl("task", "list")["rows"]}
    gateway.ctl("task", "done", tasks["Is done"])
    gateway.ctl("task", "set", tasks["Is Ben's"], "agent=ben@example.com")
    gateway.ctl("task", "remove", tasks["Is gone"])
    gateway.ctl("task", "set", tasks["Is later"], "due=2h")
    gateway.ctl("member", "set", "carol@example.com", "Shop", "notify=no")
    gateway.ctl("member", "remove", "dan@example.com", "Shop")
    gateway.restart()
    gateway.ctl("portal", "set", "from=portal@example.com")
    gateway.ctl("outbox", "retry", "all")
    wait_until(lambda: {m["cause"] for m in rows(gateway)} & {"connect"}, "the server is missed", 60)
    server.options = ("--forget",)
    server.start()
    try:
        gateway.ctl("outbox", "retry", "all")
        (mail,) = server.wait_mails(1)
        assert mail["Delivered-To"] == "aiko@example.com"
        assert mail["Subject"] == "期限のタスク：Call back"
        text = plain(mail)
        assert f"#{number}" in text and re.search(r"期限：.*(EST|EDT|GMT-[45])", text), text
        wait_until(lambda: sorted(m["state"] for m in rows(gateway)) == ["sent"] + 6 * ["suppressed"],
                   "it is sent, and nothing else is", 60)
        assert {m["cause"] for m in rows(gateway) if m["state"] == "suppressed"} == {"task"}
        assert len(server.mails()) == 1
    finally:
        server.stop()


@run_async
async def test_a_task_of_an_open_chat_is_told_to_whoever_may_read_it(make_gateway, tmp_path):
    server = Postfix(pathlib.Path(tmp_path) / "server", "--forget")
    server.start()
    try:
        gateway = make_gateway(dispatcher="yes", smtp_ca_file=server.dir / "ca.pem")
        connect(gateway, server)
        gateway.code = gateway.first_department()["code"]
        gateway.add_agent("愛子", "aiko@example.com")
        for name in ("ben", "carol"):
            gateway.ctl("agent", "add", name.title(), f"{name}@example.com", "departments=Shop")
        agent, visitor = await talking(gateway, name="山田 花子")
        for name in ("aiko", "ben", "carol"):
            gateway.ctl("agent", "set", f"{name}@example.com", "alerts.tasks=always")
            gateway.ctl("task", "add", visitor.chat, f"For {name}", f"agent={name}@example.com",
                        "due=2s")
        gateway.ctl("agent", "set", "carol@example.com", "scope=own")
        mails = server.wait_mails(2)
        assert {m["Delivered-To"]: m["Subject"] for m in mails} == {
            "aiko@example.com": "Task due: For aiko", "ben@example.com": "Task due: For ben"}
        assert all("山田 花子" in plain(m) and "#1" in plain(m) for m in mails)
        wait_until(lambda: sorted(m["state"] for m in rows(gateway)) == ["sent", "sent", "suppressed"],
                   "who may not read it is not told", 60)
        await agent.ask("chat.end", conversation=visitor.chat)
    finally:
        server.stop()
