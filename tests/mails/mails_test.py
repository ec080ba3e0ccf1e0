"""Two hundred conversations, each as every kind of letter: the mails are what the standards ask
for, and what was said is found in them again, whole, in order and harmless."""

import datetime
import glob
import json
import os
import re
import unicodedata

import pytest

import corpus
import strict

SOURCE = os.environ.get("TOP_SRCDIR", ".")
TO_VISITOR = ("copy", "reply")
WITH_LINES = ("transcript", "missed", "copy", "reply", "forward")
DATE_MS = 1795413840000 + 960000
BEGAN = datetime.datetime(2026, 11, 23, 15, 4)
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
MARKS = "\u061c\u200e\u200f"


CHATS, MAILS, REFUSED = corpus.print_mails(DATE_MS)


def each(check, kinds=corpus.KINDS):
    """Run a check over all mails, and say of each that fails which one it was."""
    wrong = []
    for mail in MAILS:
        if mail.kind not in kinds:
            continue
        try:
            check(mail)
        except (AssertionError, ValueError, LookupError) as error:
            wrong.append(f"{mail.chat['id']} {mail.kind}: {type(error).__name__} {error}"[:600])
    assert not wrong, f"{len(wrong)} mails:\n" + "\n".join(wrong[:12])


# what typed text becomes

def is_control(char):
    return unicodedata.category(char) == "Cc" or char in "\u2028\u2029"


def as_line(text):
    """A name or a subject: on one line, nothing that turns it."""
    return "".join(" " if is_control(c) else c for c in text if c not in TURNING + MARKS)


def as_text(text):
    text = text.replace("\r\n", "\n")
    return "".join(" " if is_control(c) and c not in "\n\t" else c
                   for c in text if c not in TURNING)


def fill_subject(template, chat):
    """The little of the template language that subjects use, by other means."""
    values = dict(chat, number=chat["id"], ip="192.0.2.77", missed="1", count="2",
                  rating=str(chat["rating"]) if chat.get("rating") else "")
    while True:
        match = re.search(r"\{\{([#^])(\w+)\}\}(.*?)\{\{/\2\}\}", template, re.DOTALL)
        if match is None:
            break
        shown = bool(values.get(match[2])) == (match[1] == "#")
        template = template[:match.start()] + (match[3] if shown else "") + template[match.end():]
    text = re.sub(r"\{\{(\w+)\}\}", lambda m: as_line(values.get(m[1], "")), template)
    return as_line(text).strip(" \t").encode()[:400].decode("utf-8", "ignore")


def read_template(chat, kind, part):
    with open(os.path.join(SOURCE, "etc/mail", chat["lang"], f"{kind}.{part}"),
              encoding="utf-8") as text:
        return text.read()


def said(chat, kind):
    """The lines of people in such a mail: time, name, text."""
    nobody = {"v": {"ja": "お客様", "en": "Visitor"}, "a": {"ja": "担当者", "en": "Agent"}}
    for i, (who, text) in enumerate(chat["lines"]):
        if kind == "reply" and who == "a":
            continue
        at = BEGAN + datetime.timedelta(seconds=47 * (i + 1))
        name = chat.get("visitor" if who == "v" else "agent") or nobody[who][chat["lang"]]
        yield at.strftime("%H:%M"), as_text(name), as_text(text)


# the tests

def test_the_corpus_has_two_hundred_conversations_of_many_kinds():
    assert len(CHATS) == 200
    told = [json.dumps(chat["lines"]) for chat in CHATS.values()]
    assert len(set(told)) == 200
    everything = ["".join(text for _, text in chat["lines"]) for chat in CHATS.values()]

    def having(pattern):
        return sum(1 for text in everything if re.search(pattern, text))

    assert having("[\u3041-\u30ff]") >= 70 and having("[\u0600-\u06ff]") >= 12
    assert having("^[\x20-\x7e\n]+$") >= 50 and having("[\U0001f1e6-\U0001faff]") >= 15
    assert having("[\uff66-\uff9f]") >= 2 and having("[\U00020000-\U0002ffff]") >= 2
    assert sum(1 for chat in CHATS.values() if chat.get("hostile")) >= 40
    assert max(len(word) for text in everything for word in text.split()) >= 100 * 1024


def test_mail_goes_to_every_address_but_bad_ones():
    bad = {chat["id"] for chat in CHATS.values() if chat.get("refused")}
    assert len(bad) >= 8
    assert sorted(REFUSED) == sorted((ident, kind) for ident in bad for kind in TO_VISITOR)
    assert len(MAILS) == 200 * len(corpus.KINDS) - len(REFUSED)


def test_lines_are_canonical_and_seven_bits():
    each(lambda mail: strict.check_lines(mail.raw))


def test_every_mail_has_the_same_headers_each_once():
    def check(mail):
        wanted = ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
                  "Content-Language", "MIME-Version", "Content-Type"]
        if mail.kind == "copy":
            wanted.append("Cc")
        if mail.kind not in ("reply", "forward"):
            wanted.append("Auto-Submitted")
            assert mail.head["Auto-Submitted"] == "auto-generated"
        assert sorted(name for name, _ in mail.fields) == sorted(wanted)
        assert mail.head["Date"] == "Mon, 23 Nov 2026 15:20:00 +0900"
        assert re.fullmatch(r"<mail-\d+-\d\.[0-9a-f]{16}@example\.com>", mail.head["Message-ID"])
        thread = f"<chat-{mail.chat['id']}.fedcba9876543210@example.com>"
        assert mail.head["In-Reply-To"] == mail.head["References"] == thread
        assert mail.head["Content-Language"] == mail.chat["lang"]
        assert mail.head["MIME-Version"] == "1.0"

    each(check)
    ids = [mail.head["Message-ID"] for mail in MAILS]
    assert len(set(ids)) == len(ids)


def test_header_lines_are_folded():
    def check(mail):
        head = mail.raw.split(b"\r\n\r\n", 1)[0]
        for line in head.split(b"\r\n"):
            assert len(line) <= 78 or line.count(b" ") <= 1 or b'"' in line, line

    each(check)


def test_subjects_come_back():
    def check(mail):
        wanted = fill_subject(read_template(mail.chat, mail.kind, "subject"), mail.chat)
        assert strict.decode_text(mail.head["Subject"]) == wanted
        assert str(mail.parsed["Subject"]) == wanted

    each(check)


def test_names_come_back_and_nobody_else_gets_mail():
    def check(mail):
        name, addr = strict.decode_mailbox(mail.head["From"])
        assert (name, addr) == (as_line(mail.chat["department"]).strip(" \t"), "chat@example.com")
        if mail.kind in TO_VISITOR:
            name, addr = strict.decode_mailbox(mail.head["To"])
            called = as_line(mail.chat.get("visitor", "")).strip(" \t")
            assert name == (called if mail.kind == "reply" else "")
            local, domain = mail.chat["email"].rsplit("@", 1)
            assert addr == local + "@" + domain.encode("idna").decode()
        else:
            assert mail.head["To"] == "desk@example.com, log@example.com"
        assert mail.head.get("Cc") == ("boss@example.com" if mail.kind == "copy" else None)
        message = mail.parsed
        assert len(message["From"].addresses) == 1
        assert len(message["To"].addresses) == (1 if mail.kind in TO_VISITOR else 2)

    each(check)


def test_what_was_said_is_in_the_text_whole_and_in_order():
    def check(mail):
        text, at = mail.texts[0], 0
        for time, name, words in said(mail.chat, mail.kind):
            if mail.kind == "reply":
                line = f"{time}\n> " + words.replace("\n", "\n> ") + "\n"
            else:
                line = f"\n{time}  {name}\n       " + words.replace("\n", "\n       ") + "\n"
            at = text.index(line, at) + len(line) - 1
        assert "\n-- \n" in text[at:]

    each(check, WITH_LINES)


def test_what_was_said_is_in_the_html_whole_and_in_order():
    def check(mail):
        texts, at = mail.page.texts, 0
        for _, name, words in said(mail.chat, mail.kind):
            if mail.kind != "reply":
                at = texts.index(name, at) + 1
            at = texts.index(words, at) + 1

    each(check, WITH_LINES)


STYLES = set()
for path in glob.glob(os.path.join(SOURCE, "etc/mail/*/*.html")):
    with open(path, encoding="utf-8") as template:
        for style in re.findall(r' style="([^"]*)"', template.read()):
            for colour in ("#2563eb", "#9ca3af"):
                STYLES.add(re.sub(r"\{\{.*\}\}", colour, style))


def test_html_has_our_elements_alone_and_loads_nothing():
    allowed = {
        "html": {"lang"}, "head": set(), "meta": {"charset", "name", "content"}, "title": set(),
        "style": set(), "body": {"style"}, "p": {"style", "dir"}, "bdi": set(), "br": set(),
        "table": {"style", "cellpadding", "cellspacing"}, "tr": set(), "th": set(),
        "td": set(), "div": {"style"}, "span": {"style", "dir"}, "strong": {"dir"},
        "blockquote": {"style", "dir"}}

    def check(mail):
        page = mail.page
        for tag, attrs in page.elements:
            assert tag in allowed and set(attrs) <= allowed[tag], (tag, attrs)
            assert attrs.get("style", next(iter(STYLES))) in STYLES, attrs
            assert attrs.get("dir", "auto") == "auto"
        assert "url(" not in "".join(STYLES) + "".join(page.styles)
        assert "@" not in "".join(page.styles) and len(page.styles) == 1
        metas = [attrs for tag, attrs in page.elements if tag == "meta"]
        assert {"charset": "utf-8"} in metas
        assert {"name": "color-scheme", "content": "light dark"} in metas
        assert "{ color-scheme: light dark }" in page.styles[0]
        assert page.elements[0] == ("html", {"lang": mail.chat["lang"]})

    each(check)


def squash(text):
    """Without blanks and marks of quoting, which stand at other places in either part."""
    return re.sub(r"[\s>]+", "", text)


def test_the_text_alone_says_all_that_the_html_says():
    def check(mail):
        text, page = mail.texts
        plain = squash(text)
        for piece in strict.Page(page[page.index("<body"):page.index("</html>")]).texts:
            assert squash(piece) in plain, piece

    each(check)


def test_the_text_is_not_html_and_has_no_holes():
    def check(mail):
        text = mail.texts[0]
        typed = json.dumps(mail.chat, ensure_ascii=False)
        for mark in ("{{", "<br>", "<p>", "&amp;", "&lt;", "&#39;"):
            assert mark not in text or mark in typed, mark
        assert not text.startswith("\n") and not text.endswith("\n\n")
        if "\\n\\n" not in typed:
            assert "\n\n\n" not in text

    each(check)


def test_nothing_typed_turns_the_line_that_it_stands_on():
    def check(mail):
        text, page = mail.texts
        assert not set(TURNING) & set(text + page)
        for name in ("From", "To", "Subject"):
            value = re.sub(r"\r\n(?=[ \t])", "", mail.head[name])
            shown = strict.WORD.sub(strict.decode_word, value)
            assert not set(TURNING + MARKS) & set(shown)

    each(check)


@pytest.mark.parametrize("broken", [
    lambda raw: raw.replace(b"\r\n", b"\n", 1),
    lambda raw: raw.replace(b"Subject: ", b"Subject: caf\xc3\xa9 ", 1),
    lambda raw: raw.replace(b"Subject: ", b"Subject: " + b"x" * 999, 1),
    lambda raw: raw + b"\0\r\n",
    lambda raw: raw[:-2],
])
def test_the_check_of_lines_can_fail(broken):
    with pytest.raises(AssertionError):
        strict.check_lines(broken(MAILS[0].raw))


@pytest.mark.parametrize("value", [
    "=?utf-8?B?5g==?=",  # a third of a character
    "=?utf-8?B?5g==?= =?utf-8?B?l6U=?=",  # split inside one
    "=?utf-8?Q?" + "a" * 70 + "?=",
    "=?utf-8?B?DQpCY2M6IHg=?=",
    "=?utf-8?B?5pel?",
])
def test_the_check_of_words_can_fail(value):
    with pytest.raises((AssertionError, ValueError)):
        strict.decode_text(value)
