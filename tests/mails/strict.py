"""A mail as its bytes have to be: RFC 5322 and 2045 to 2047, checked one by one, and its HTML as a
tree.  Knows nothing of chats; whatever is wrong is raised as AssertionError or ValueError."""

import base64
import html.parser
import quopri
import re

import email
import email.policy

WORD = re.compile(r"=\?([^?\s]+)\?([BbQq])\?([^?\s]*)\?=")
FIELD = re.compile(r"([!-9;-~]+): ?(.*)", re.DOTALL)


def check_lines(raw):
    """Canonical: CR LF alone ends lines, 7 bits, no NUL, at most 998 characters, a last end."""
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert max(raw) < 0x80 and 0 not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def split_head(raw):
    """The fields as (name, value with its folds) in their order, and the body."""
    head, body = raw.split(b"\r\n\r\n", 1)
    fields = []
    for line in head.decode("ascii").split("\r\n"):
        if line[0] in " \t":
            assert fields, "a head begins with a folded line"
            assert line.strip(), "a folded line is empty"
            fields[-1][1] += "\r\n" + line
        else:
            match = FIELD.fullmatch(line)
            assert match, f"no field: {line!r}"
            fields.append([match[1], match[2]])
        assert all(c == "\t" or " " <= c <= "~" for c in line), f"a control: {line!r}"
        if WORD.search(line):
            assert len(line) <= 76, f"RFC 2047 section 2: {line!r}"
    return [tuple(f) for f in fields], body


def decode_word(match):
    """RFC 2047 section 2 and 5: at most 75, whole characters."""
    assert len(match[0]) <= 75, match[0]
    assert match[1].lower() == "utf-8"
    if match[2] in "Bb":
        data = base64.b64decode(match[3], validate=True)
    else:
        data = quopri.decodestring(match[3], header=True)
    text = data.decode("utf-8")
    assert text and not re.search("[\x00-\x1f\x7f]", text), f"a control in {match[0]}"
    return text


def decode_text(value):
    """Unstructured text: words decoded, blanks between two words dropped, folds undone."""
    flat = re.sub(r"\r\n(?=[ \t])", "", value)
    flat = re.sub(r"(?<=\?=)[ \t]+(?==\?)", "", flat)
    plain = WORD.sub("", flat)
    assert "=?" not in plain, f"looks like a word and is none: {plain!r}"
    return WORD.sub(decode_word, flat)


def decode_mailbox(value):
    """One mailbox: its name and its address."""
    flat = re.sub(r"\r\n(?=[ \t])", "", value).strip()
    if not flat.endswith(">"):
        return "", flat
    name, addr = flat[:-1].rsplit("<", 1)
    if name.startswith('"'):
        match = re.fullmatch(r'"((?:[^"\\]|\\.)*)" ?', name)
        assert match and "=?" not in name, name
        return re.sub(r"\\(.)", r"\1", match[1]), addr
    name = decode_text(name.strip())
    if not WORD.search(flat):
        assert re.fullmatch(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]*", name), f"needs quotes: {name!r}"
    return name, addr


def check_part(raw):
    """A part of text: its headers, its coding, and what it says."""
    fields, body = split_head(raw)
    head = dict(fields)
    assert len(head) == len(fields) == 2, fields
    coding = head["Content-Transfer-Encoding"]
    if coding == "base64":
        assert re.fullmatch(rb"(?:[A-Za-z0-9+/]+={0,2}\r\n)+(?:\r\n)?", body), "not base64"
        assert all(len(line) <= 76 for line in body.split(b"\r\n"))
        data = base64.b64decode(body.replace(b"\r\n", b""), validate=True)
    elif coding == "quoted-printable":
        for line in body.split(b"\r\n"):
            assert len(line) <= 76 and not line.endswith((b" ", b"\t")), line
            assert re.fullmatch(rb"(?:[ -<>-~\t]|=[0-9A-F]{2})*=?", line), line
            assert not line.startswith(b"From "), line
        data = quopri.decodestring(body)
    else:
        assert coding == "7bit"
        assert not any(line.startswith(b"From ") for line in body.split(b"\r\n"))
        data = body
    text = data.decode("utf-8")
    assert not re.search(r"\r(?!\n)|(?<!\r)\n", text), "a text's lines end in CR LF"
    return head["Content-Type"], text.replace("\r\n", "\n")


def check_body(content_type, body):
    """multipart/alternative of exactly a plain and an HTML text; their texts."""
    match = re.fullmatch(r'multipart/alternative;\s+boundary="([^"]{1,70})"', content_type)
    assert match, content_type
    boundary = b"--" + match[1].encode()
    assert body.count(boundary) == 3, "the boundary stands where there is none"
    before, plain, html, after = re.split(b"(?:^|\r\n)" + re.escape(boundary) + b"(?:--)?\r\n", body)
    assert before == b"" and after == b""
    texts = []
    for part, subtype in ((plain, "plain"), (html, "html")):
        kind, text = check_part(part + b"\r\n")
        assert kind == f"text/{subtype}; charset=utf-8", kind
        texts.append(text[:-1] if text.endswith("\n\n") else text)
    return texts


def check_parser(raw):
    """Python's own parser finds nothing to complain about."""
    message = email.message_from_bytes(raw, policy=email.policy.strict.clone(linesep="\r\n"))
    parts = list(message.walk())
    assert [p.get_content_type() for p in parts] == [
        "multipart/alternative", "text/plain", "text/html"]
    for part in parts:
        assert part.defects == []
        for name, value in part.items():
            assert value.defects == (), f"{name}: {value.defects}"
    return message


class Page(html.parser.HTMLParser):
    """The elements of a page, and the texts between them."""
    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.styles, self.open = [], [""], [], []
        self.feed(source)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "br":
            self.texts[-1] += "\n"
            return
        self.texts.append("")
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.texts.append("")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.styles.append(data)
        elif self.texts[-1].endswith("\n") and data.startswith("\n"):
            self.texts[-1] += data[1:]
        else:
            self.texts[-1] += data

    def handle_comment(self, data):
        raise AssertionError("a comment")

    def unknown_decl(self, data):
        raise AssertionError("a declaration")

    def handle_pi(self, data):
        raise AssertionError("a processing instruction")
