"""Composed mails as another parser reads them: the email package, with its strictest policy."""

import email
import email.header
import email.policy
import email.utils
import os
import subprocess

import pytest

TOOL = os.path.join(os.environ.get("TOP_BUILDDIR", "."), "tests/unit/compose_print")


def compose(from_name="Sales", to_name="", subject="Hello", text="Hi\n", html="",
            to="a@example.com", cc=""):
    run = subprocess.run(
        [TOOL], capture_output=True, timeout=20, check=False,
        input="".join(field + "\0" for field in (
            from_name, "sales@example.com", to_name, to, cc, subject, text, html)).encode())
    assert run.returncode == 0, run.stderr
    return run.stdout


def parse(raw):
    policy = email.policy.SMTP.clone(raise_on_defect=True)
    return email.message_from_bytes(raw, policy=policy)


NAMES = [
    "Sales",
    "営業部",
    "山田 花子",
    "O'Brien, \"Bob\" \\ <x@example.com>",
    "Ünïcödé Ñame",
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦 family",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 " * 12,
    "漢" * 100,
    "x" * 100,
    "=?utf-8?q?hi?=",
    "日本語 and English 混ぜる " * 6,
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_and_subjects_come_back(name):
    name = name.strip()
    raw = compose(from_name=name, to_name=name, subject=name)
    message = parse(raw)
    assert message["From"].addresses[0].addr_spec == "sales@example.com"
    assert [a.addr_spec for a in message["To"].addresses] == ["a@example.com"]
    # The new policy leaves the blanks between the encoded words of a phrase in, against RFC 2047.
    old = email.message_from_bytes(raw)
    for field in ("From", "To"):
        shown = email.utils.parseaddr(old[field].replace("\r\n", ""))[0]
        assert str(email.header.make_header(email.header.decode_header(shown))) == name
    assert str(message["Subject"]) == name


HOSTILE = [
    "x\r\nBcc: evil@example.com",
    "x\nContent-Type: text/html\n\n<script>",
    "x\r\n\r\nnew body",
    "\u2028Bcc: evil@example.com",
    "\x0b\x0c\x1c\x1d\x1e\x85",
    "a" * 5000,
    "evil@example.com>, <other@example.com",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_typed_becomes_a_header_or_a_recipient(text):
    raw = compose(from_name=text[:400], to_name=text[:400], subject=text, text=text, html=text)
    message = parse(raw)
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"])
    assert len(message["To"].addresses) == 1
    assert len(message["From"].addresses) == 1
    assert [p.get_content_type() for p in message.walk()] == [
        "multipart/alternative", "text/plain", "text/html"]


BODIES = [
    "plain\nlines\n",
    ".\n..\n.leading dots\n",
    "From the start\n>From\n",
    "trailing blanks   \n-- \nname\n",
    "caf\u00e9 in a long enough sentence of plain words\n" * 3,
    "こんにちは。\n\n長い日本語の文章です。" * 200 + "\n",
    "w" * 100_000 + "\n",
    "漢" * 33_000 + "\n",
    "=3D=0A =\n equals at the end=\n",
    "\n\n\n",
]


@pytest.mark.parametrize("text", BODIES, ids=range(len(BODIES)))
def test_bodies_come_back_and_lines_are_short(text):
    raw = compose(text=text, html="<p>" + text + "</p>\n")
    message = parse(raw)
    plain, html = message.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == text
    assert html.get_content().replace("\r\n", "\n") == "<p>" + text + "</p>\n"
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert all(byte < 0x80 for byte in raw)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_many_addresses_are_folded():
    addresses = [f"{'m' * 50}{i}@department{i}.example.com" for i in range(50)]
    raw = compose(to=", ".join(addresses), cc=", ".join(addresses))
    message = parse(raw)
    assert [a.addr_spec for a in message["To"].addresses] == addresses
    assert [a.addr_spec for a in message["Cc"].addresses] == addresses
    head = raw.split(b"\r\n\r\n")[0]
    assert max(len(line) for line in head.split(b"\r\n")) <= 120
