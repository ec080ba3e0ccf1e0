"""The rooms keep to their table: by what they include, header by header, and by the linker."""
import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")).resolve()
BUILD = pathlib.Path(os.environ.get("TOP_BUILDDIR", ".")).resolve()
CC = os.environ.get("CC", "cc").split()

# Which rooms each room may know; its own needs no mention.
KNOWS = {
    "base": set(),
    "locale": {"base"},
    "conf": {"base"},
    "wire": {"base"},
    "core": {"base"},
    "store": {"base", "core", "locale"},
    "turn": {"base", "core"},
    "api": {"base", "core", "store", "turn", "mail", "locale"},
    "edge": {"base", "wire", "web"},
    "mail": {"base", "locale"},
    "compose": {"base", "mail"},
    "web": {"base"},
    "deskbelld": {"base", "locale", "conf", "wire", "core", "store", "turn", "api", "edge", "mail",
                  "web"},
    "dispatcher": {"base", "conf", "core", "store", "mail", "compose", "locale"},
    "ctl": {"base", "conf"},
}

# Whose each public header is.
HEADERS = {
    "base": {"err", "span", "log", "clock", "crash", "id", "tlv", "crypto", "mailbox", "ipaddr",
             "limits", "mpsc", "heap", "host"},
    "locale": {"locale"},
    "conf": {"conf"},
    "wire": {"http", "ws", "proxyproto"},
    "core": {"core", "domain", "record", "journal"},
    "store": {"store", "outbox"},
    "turn": {"turn"},
    "api": {"api"},
    "edge": {"edge"},
    "mail": {"mail"},
    "compose": {"compose"},
    "web": {"web"},
}

# Headers of other libraries, and the only rooms that may include them.
OUTSIDE = [
    (r"sodium", {"base"}),
    (r"unicode/", {"locale"}),
    (r"pcre2", {"core"}),
    (r"lmdb", {"store"}),
    (r"jansson", {"api", "ctl", "dispatcher"}),
    (r"event2/", {"edge", "deskbelld", "dispatcher"}),
    (r"openssl/", {"wire", "edge", "dispatcher"}),
    (r"gmime/|glib", {"compose"}),
    (r"libesmtp|auth-client", {"dispatcher"}),
    (r"signal\.h|sys/signalfd", {"base", "deskbelld", "dispatcher"}),
    (r"nats", set()),
]

# Reading the clock and making randomness belong to base: everybody else is told.
CLOCKS = re.compile(r"\b(clock_gettime|gettimeofday|time|rand|random|getrandom|arc4random)\s*\(")

OWNER = {header: room for room, headers in HEADERS.items() for header in headers}


def sources(room):
    return sorted(p for p in (TOP / "src" / room).rglob("*") if p.suffix in (".c", ".h"))


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if m:
            yield number, m.group(1), m.group(2)


def wrong_include(room, path, quote, name):
    if name.startswith("deskbell/"):
        owner = OWNER.get(name[len("deskbell/"):-2])
        if owner is None:
            return "is in no room: add it to HEADERS"
        if owner != room and owner not in KNOWS[room]:
            return f"belongs to {owner}, which {room} may not know"
        return None
    if quote == '"':
        here = (path.parent / name).resolve()
        made = (BUILD / path.parent.relative_to(TOP) / name).resolve()
        home = TOP / "src" / room
        if (here.is_relative_to(home) and here.exists()) or made.exists() or \
                (home / name).exists():
            return None
        return "is not a header of this room"
    for pattern, rooms in OUTSIDE:
        if re.match(pattern, name) and room not in rooms:
            return f"may be included in {', '.join(sorted(rooms)) or 'no room'} only"
    return None


def test_every_room_and_every_public_header_is_in_the_table():
    rooms = {p.name for p in (TOP / "src").iterdir() if p.is_dir()}
    assert rooms <= set(KNOWS), "rooms without a row"
    headers = {p.stem for p in (TOP / "include" / "deskbell").glob("*.h")}
    assert headers <= set(OWNER), "headers without a room"


@pytest.mark.parametrize("room", sorted(KNOWS))
def test_a_room_includes_only_what_it_may_know(room):
    wrong = []
    for path in sources(room):
        for number, quote, name in includes(path):
            why = wrong_include(room, path, quote, name)
            if why:
                wrong.append(f"{path.relative_to(TOP)}:{number}: {name} {why}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("header", sorted((TOP / "include" / "deskbell").glob("*.h")),
                         ids=lambda p: p.name)
def test_a_public_header_includes_only_what_its_room_may_know(header):
    room = OWNER[header.stem]
    wrong = []
    for number, quote, name in includes(header):
        why = wrong_include(room, header, quote, name)
        if why:
            wrong.append(f"{header.name}:{number}: {name} {why}")
    assert not wrong, "\n".join(wrong)


def test_only_base_reads_clocks_and_makes_randomness():
    wrong = []
    for room in KNOWS:
        for path in sources(room) if room != "base" else []:
            text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"),
                          path.read_text(encoding="utf-8"), flags=re.S)
            text = re.sub(r'"(\\.|[^"\\])*"', '""', text)
            for number, line in enumerate(text.splitlines(), 1):
                if CLOCKS.search(line):
                    wrong.append(f"{path.relative_to(TOP)}:{number}: {line.strip()}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("header", sorted((TOP / "include" / "deskbell").glob("*.h")),
                         ids=lambda p: p.name)
def test_a_public_header_compiles_alone_and_twice(header, tmp_path):
    unit = tmp_path / "alone.c"
    unit.write_text(f'#include "deskbell/{header.name}"\n#include "deskbell/{header.name}"\n'
                    "typedef int nothing_else;\n", encoding="utf-8")
    done = subprocess.run(CC + ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                                f"-I{TOP}/include", "-fsyntax-only", str(unit)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def sanitizer():
    """The flags that the archives were built with."""
    makefile = (BUILD / "Makefile").read_text(encoding="utf-8")
    m = re.search(r"^DESKBELL_LDFLAGS = (.*)$", makefile, re.M)
    return re.findall(r"-fsanitize=\S+", m.group(1)) if m else []


def archive(room):
    return BUILD / "src" / room / f"lib{room}.a"


def symbols(room, *which):
    done = subprocess.run(["nm", "-P", *which, str(archive(room))], capture_output=True, text=True,
                          check=True)
    return {line.split()[0] for line in done.stdout.splitlines() if len(line.split()) > 1}


def test_every_room_with_sources_was_built():
    makefile = (BUILD / "Makefile").read_text(encoding="utf-8")
    missing = [room for room in KNOWS if not archive(room).exists() and
               re.search(rf"^src_{room}_lib{room}_a_SOURCES", makefile, re.M)]
    assert not missing


@pytest.mark.parametrize("room", sorted(KNOWS))
def test_a_room_uses_no_function_of_a_room_that_it_may_not_know(room):
    if not archive(room).exists():
        return  # a program, or a room without a library
    needs = symbols(room, "-u") - symbols(room, "--defined-only", "-g")
    wrong = []
    for other in KNOWS:
        if other == room or other in KNOWS[room] or not archive(other).exists():
            continue
        wrong += [f"{name} of {other}" for name in
                  sorted(needs & symbols(other, "--defined-only", "-g"))]
    assert not wrong, "\n".join(wrong)


def test_the_core_links_with_base_and_pcre2_alone(tmp_path):
    if not archive("core").exists():
        assert not any(p.suffix == ".c" for p in sources("core"))
        return
    unit = tmp_path / "main.c"
    unit.write_text("int main(void) { return 0; }\n", encoding="utf-8")
    done = subprocess.run(
        CC + sanitizer() + ["-pthread", "-o", str(tmp_path / "whole"), str(unit),
                            "-Wl,--whole-archive", str(archive("core")),
                            "-Wl,--no-whole-archive", str(archive("base")), "-lpcre2-8",
                            "-lsodium"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
