"""Templates of mails: whose is in force, what a mailbox gets by them, and what is refused."""

import json
import signal
import subprocess

import pytest

from chat_test import talking
from harness import DISPATCHER, WAIT_S, run_async, wait_until
from mail_servers import Postfix, connect, plain


@pytest.fixture(scope="module")
def postfix(tmp_path_factory):
    server = Postfix(tmp_path_factory.mktemp("mail") / "server", "--forget")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def dispatcher(gateway, tmp_path):
    """One with a folder of templates: the gateway's own is given none."""
    folder = tmp_path / "mail"
    (folder / "ja").mkdir(parents=True)
    (folder / "ja/missed.subject").write_text("FILE {{number}}\n", "utf-8")
    (folder / "ja/missed.txt").write_text("FILE {{#nonsense}}", "utf-8")
    log = open(tmp_path / "log", "w+", encoding="utf-8")
    process = subprocess.Popen([DISPATCHER, "-c", gateway.conf, "-m", folder], stderr=log)
    wait_until(lambda: gateway.ctl("status", "show")["dispatcher"], "the dispatcher is attached")
    gateway.dispatcher_log = lambda: (tmp_path / "log").read_text("utf-8")
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(WAIT_S)
    log.close()


def preview(gateway, *department, kind="missed", lang="ja"):
    return gateway.ctl("template", "preview", kind, lang, *department)


def test_department_then_portal_then_file_then_builtin(gateway, dispatcher):
    shown = gateway.ctl("template", "show", "missed", "ja", "subject", "Shop")
    assert shown == {"from": "file", "text": "FILE {{number}}\n", "passed_over": False}
    assert "template.refused" in gateway.dispatcher_log()  # the other file, and its place:
    assert "line 1, column 6: unknown name" in gateway.dispatcher_log()
    builtin = gateway.ctl("template", "show", "missed", "ja", "text", "Shop")
    assert builtin["from"] == "builtin" and "{{department}}" in builtin["text"]
    assert preview(gateway, "Shop")["subject"] == "FILE 1042"

    gateway.ctl("template", "set", "missed", "ja", "subject", "-", stdin="全体 {{visitor}}様\n")
    assert preview(gateway, "Shop")["subject"] == "全体 山田 花子様"
    gateway.ctl("template", "set", "missed", "ja", "subject", "-", "Shop",
                stdin="部門 {{visitor}}様\n")
    shown = gateway.ctl("template", "show", "missed", "ja", "subject", "Shop")
    assert shown == {"from": "department", "text": "部門 {{visitor}}様", "passed_over": False,
                     "inherited": {"from": "portal", "text": "全体 {{visitor}}様"}}
    assert preview(gateway, "Shop")["subject"] == "部門 山田 花子様"
    assert preview(gateway)["subject"] == "全体 山田 花子様"
    assert gateway.ctl("template", "show", "missed", "ja", "subject")["inherited"]["from"] == "file"
    assert gateway.ctl("template", "list", "Shop") == [
        {"kind": "missed", "lang": "ja", "part": "subject", "of": "department"},
        {"kind": "missed", "lang": "ja", "part": "subject", "of": "portal"}]
    # The other language and the other parts are as they were.
    assert preview(gateway, "Shop", lang="en")["subject"] != "部門 山田 花子様"
    assert "青いジャケット" in preview(gateway, "Shop")["text"]

    gateway.ctl("template", "remove", "missed", "ja", "subject", "Shop")
    assert preview(gateway, "Shop")["subject"] == "全体 山田 花子様"
    gateway.ctl("template", "remove", "missed", "ja", "subject")
    assert preview(gateway, "Shop")["subject"] == "FILE 1042"
    assert gateway.ctl("template", "list", "Shop") == []


def test_a_broken_one_is_refused_with_line_and_column(gateway, dispatcher):
    for text, where in (("お名前：\n  {{visiter}}\n", 'line 2, column 3: unknown name "visiter"'),
                        ("{{#email}}\n{{email}}\n",
                         'line 1, column 1: this section is never closed: "email"'),
                        ("x\n{{/email}}", 'line 2, column 1: this section is not open: "email"')):
        done = gateway.ctl("template", "set", "missed", "ja", "text", "-", "Shop", stdin=text,
                           ok=False)
        assert done.returncode == 2
        assert f"template.missed.ja.text: {where}" in done.stderr
    assert gateway.ctl("template", "list", "Shop") == []
    for words in (("nothing", "ja", "text"), ("missed", "tlh", "text"), ("missed", "ja", "body")):
        done = gateway.ctl("template", "set", *words, "-", stdin="x", ok=False)
        assert done.returncode == 2 and ".".join(words) in done.stderr
    done = gateway.ctl("template", "set", "missed", "ja", "text", "-", stdin="あ" * 16001, ok=False)
    assert done.returncode == 2 and "16000" in done.stderr


def test_every_mail_can_be_previewed_in_every_language(gateway, dispatcher):
    kinds = {row["name"].split(".")[1] for row in gateway.ctl("settings", "list", "portal")
             if row["name"].startswith("template.")}
    assert len(kinds) >= 7
    for kind in kinds:
        for lang in ("en", "ja"):
            made = preview(gateway, "Shop", kind=kind, lang=lang)
            assert made["subject"] and "{{" not in json.dumps(made)
            assert "Shop" in made["text"] and "<html" in made["html"]


def test_without_a_dispatcher_nothing_is_shown(gateway):
    done = gateway.ctl("template", "show", "missed", "ja", "text", ok=False)
    assert done.returncode == 1 and "no dispatcher is attached" in done.stderr


@run_async
async def test_departments_own_template_reaches_the_mailbox(make_gateway, postfix):
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=postfix.dir / "ca.pem")
    connect(gateway, postfix)
    gateway.ctl("department", "set", "Shop", "mail.transcript.addresses=log@example.com",
                "mail.transcript.on=yes", "lang=ja")
    gateway.add_agent("愛子", "aiko@example.com")
    gateway.code = gateway.first_department()["code"]
    for part, text in (("subject", "【控え】{{visitor}}様とのチャット\n"),
                       ("text", "{{visitor}}様\n{{#lines}}\n・{{text}}\n{{/lines}}\n営業部より\n"),
                       ("html", "<!DOCTYPE html><html><body><p>{{visitor}}様"
                                "{{#lines}}<i>{{text}}</i>{{/lines}}</body></html>")):
        gateway.ctl("template", "set", "transcript", "ja", part, "-", "Shop", stdin=text)
    before = len(postfix.mails())
    agent, visitor = await talking(gateway, name="山田 花子", question="在庫は?", lang="ja")
    await visitor.ask("chat.send", text="<b>椅子</b>です")
    await agent.ask("chat.end", conversation=visitor.chat)
    mail = postfix.wait_mails(before + 1)[before]
    assert mail["Subject"] == "【控え】山田 花子様とのチャット"
    assert "・<b>椅子</b>です" in plain(mail) and "営業部より" in plain(mail)
    assert "<i>&lt;b&gt;椅子" in mail.get_body(("html",)).get_content()
