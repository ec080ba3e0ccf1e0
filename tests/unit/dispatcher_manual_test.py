"""The dispatcher's manual names every option, template name, language, letter and part."""

import os
import re

TOP = os.environ.get("TOP_SRCDIR", ".")


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as text:
        return text.read()


MANUAL = read("src/dispatcher/deskbell-dispatcher.8")


def test_every_option_is_in_the_manual_and_in_the_usage():
    main = read("src/dispatcher/main.c")
    usage = main[main.index("usage[]"):main.index("static int check_conf")]
    options = re.findall(r'\{"([a-z]+)", \w+_argument, NULL, \'(\w)\'\}', main)
    assert len(options) >= 6
    for word, letter in options:
        assert f"-{letter}, --{word}" in usage
        assert f".It Fl {letter} , Fl -{word}" in MANUAL


def test_every_template_name_is_in_the_manual():
    letter = read("src/mail/letter.c")
    names = re.findall(r'\{"(\w+)", TMPL_\w+, ', letter)
    assert len(names) > 30
    words = set(re.findall(r"\w+", MANUAL[MANUAL.index(".Sh TEMPLATES"):]))
    assert set(names) <= words
    assert {"transcript", "block", "feedback", "missed", "copy", "subject", "txt", "html"} <= words


def test_every_diagnosis_is_on_the_protocols_page():
    codes = set(re.findall(r'^    \{"([a-z-]+)",', read("src/mail/diagnose.c"), re.M))
    assert len(codes) > 30
    page = read("src/deskbelld/deskbell-protocol.7")
    words = page[page.index(".It codes of a diagnosis"):]
    listed = re.findall(r"^\.Li ([a-z-]+)", words[:words.index("\n.It ", 5)], re.M)
    assert sorted(listed) == sorted(codes)
