"""Refusals: each has a code, and each code its line in the manual and words in every language."""
import os
import pathlib
import re

import pytest

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")).resolve()
LANGS = ("en", "ja")
# What these rooms refuse, somebody beyond a socket reads.
ROOMS = ("api", "core", "turn", "watch", "view", "wire", "edge")
STRING = r'"((?:[^"\\]|\\.)*)"'


def text(name):
    return (TOP / name).read_text(encoding="utf-8")


def joined(literals):
    return "".join(re.findall(STRING, literals)).replace('\\"', '"')


def table():
    """Code → sentence."""
    source = text("include/deskbell/refusal.h").replace("\\\n", "\n")
    rows = re.findall(rf'X\(\w+,\s*{STRING},\s*((?:{STRING}\s*)+)\)', source)
    found = {row[0]: joined(row[1]) for row in rows}
    assert len(found) == len(rows) > 150
    return found


def names(sentence):
    return set(re.findall(r"\{([a-z_]+)\}", sentence))


def error_codes():
    source = text("include/deskbell/err.h")
    return set(re.findall(r'X\(\w+,\s*"([a-z-]+)",\s*\d{3}', source)) - {"ok"}


def words(folder, lang):
    found = {}
    for path in sorted((TOP / "src/web/console").glob(f"{folder}/words.{lang}.js")):
        found |= dict(re.findall(r"^  '([^']+)':\s*'((?:[^'\\]|\\.)*)',$",
                                 path.read_text(encoding="utf-8"), re.M))
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_each_reason_has_words_for_people(lang):
    said, wanted = words("refused", lang), table()
    assert set(said) == {f"refused.{code}" for code in wanted}
    for code, sentence in wanted.items():
        line = said[f"refused.{code}"]
        assert names(line) <= names(sentence), code
        assert len(line) > 4 and not re.search(r"[a-z]+[._][a-z]+\.(on|addresses)\b", line), code


# Reasons of these parts of the table are a visitor's to read, but for those that only others get, or
# only a program that speaks wrongly: of these the error's code says enough.
VISITORS_PARTS = ("values of any field", "e-mail addresses", "limits of time and number", "chats")
OTHERS = set("""
type id too-short length too-many how-many range range-ms word word-none word-among lang-first either no-field membership
past rate-links agents-full departments-full blocks-full mailed-full subscriptions-full not-available
taken-by offered-to offer-passed waits-again visitor-left visitor-blocked not-here not-over no-email
agent-away agent-disabled agent-gone agent-no-chat agent-no-member agent-no-reply agent-no-skill department-off
nobody-there handed-already not-handed transfer-between holder-none holds-it canned-full
line-fixed line-others line-removed line-late mention-line mention-oneself mentions-many
ending-by end-stands roles-full tasks-full views-full agent-no-sight drafts-full canned-full-bytes
agent-tasks-full box-moved time-none reopen-open reopen-missed reopened
""".split())


def parts():
    """Title of a part of the table → its codes."""
    found, codes = {}, set()
    for title, code in re.findall(r'/\* ([^*]+?) \*/|X\(\w+,\s*"([a-z-]+)"',
                                  text("include/deskbell/refusal.h").replace("\\\n", "\n")):
        if title:
            codes = found.setdefault(title, set())
        else:
            codes.add(code)
    return found


def widget_words(lang):
    """Code → words, by what the widget has for a visitor."""
    source = text(f"src/web/widget/refused.{lang}.js")
    found = {}
    for codes, line in re.findall(r"^  '([^']+)':\s*'((?:[^'\\]|\\.)*)',$", source, re.M):
        found |= dict.fromkeys(codes.split(), line)
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_each_reason_that_a_visitor_may_be_given_has_words_in_the_widget(lang):
    said, wanted = widget_words(lang), set()
    for title in VISITORS_PARTS:
        wanted |= parts()[title]
    unsaid = {code for code in wanted - OTHERS - set(said) if not code.startswith("address-")}
    assert unsaid == set(), "words for them in widget/refused, or among OTHERS here"
    assert set(said) <= set(table()) | {"rate"}, "what is said of no reason"
    assert OTHERS <= wanted and not OTHERS & set(said)
    assert set(said) == set(widget_words(LANGS[0]))
    for code, line in said.items():
        assert len(line) > 4 and names(line) <= {"n"}, code
        assert "{n}" not in line or names(table()[code]), f"{code}: it has no value"


def test_japanese_words_are_japanese():
    for key, line in widget_words("ja").items():
        assert re.search("[\u3040-\u30ff\u4e00-\u9fff]", line), key
    for key, line in words("refused", "ja").items():
        assert re.search("[\u3040-\u30ff\u4e00-\u9fff]", line), key


@pytest.mark.parametrize("lang", LANGS)
def test_each_error_has_words_for_people(lang):
    assert {f"error.{code}" for code in error_codes()} <= set(words("*", lang))


def test_the_manual_lists_each_reason_with_its_sentence():
    page = text("src/deskbelld/deskbell-protocol.7")
    part = page[page.index(".Ss Reasons"):page.index(".Sh TRANSPORTS")]
    listed = dict(re.findall(r"^\.It ([a-z-]+) Ta (.+)$", part, re.M))
    assert {code: line.replace("\\(dq", '"').replace("...", "…")
            for code, line in listed.items()} == table()


def test_each_reason_is_given_somewhere():
    used = set()
    for path in (TOP / "src").rglob("*.c"):
        used |= set(re.findall(r"\bREFUSE_([A-Z0-9_]+)", path.read_text(encoding="utf-8")))
    declared = {code.upper().replace("-", "_") for code in table()}
    assert declared - used == set()


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_peer_is_refused_has_a_code(room):
    """fault_set() is for what the start, a log or a command line says: it has no code."""
    for path in (TOP / "src" / room).rglob("*.c"):
        if path.name == "listen.c":
            continue  # what is said of "listen" and "control" at the start
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert "fault_set(" not in line, f"{path}:{number}: use fault_refuse() (refusal.h)"
