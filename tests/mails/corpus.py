"""The corpus of conversations, and the mails that the tool makes of them."""

import functools
import json
import os
import subprocess

import strict

TOOL = os.path.join(os.environ.get("TOP_BUILDDIR", "."), "tests/mails/mails_print")
CORPUS = os.path.join(os.environ.get("TOP_SRCDIR", "."), "tests/mails/corpus.jsonl")
KINDS = ("transcript", "block", "feedback", "missed", "copy", "reply", "forward", "digest")


class Mail:
    def __init__(self, chat, kind, raw):
        self.chat, self.kind, self.raw = chat, kind, raw
        self.fields, self.body = strict.split_head(raw)
        self.head = dict(self.fields)

    @functools.cached_property
    def texts(self):
        return strict.check_body(self.head["Content-Type"], self.body)

    @functools.cached_property
    def page(self):
        return strict.Page(self.texts[1])

    @functools.cached_property
    def parsed(self):
        return strict.check_parser(self.raw)


def print_mails(date_ms, *kinds):
    """The conversations, their mails, and (id, kind) of what may not be sent."""
    run = subprocess.run([TOOL, CORPUS, str(date_ms), *kinds], capture_output=True, timeout=120,
                         check=False)
    assert run.returncode == 0, run.stderr
    mails, refused, at = [], [], 0
    with open(CORPUS, encoding="utf-8") as lines:
        chats = {chat["id"]: chat for chat in map(json.loads, lines)}
    while at < len(run.stdout):
        end = run.stdout.index(b"\n", at)
        word, ident, kind, *size = run.stdout[at:end].decode().split()
        at = end + 1
        if word == "refused":
            refused.append((ident, kind))
            continue
        mails.append(Mail(chats[ident], kind, run.stdout[at:at + int(size[0])]))
        at += int(size[0])
    return chats, mails, refused
