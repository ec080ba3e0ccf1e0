"""The rooms keep to their table: by what they include, header by header, and by the linker."""
import fnmatch
import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")).resolve()
BUILD = pathlib.Path(os.environ.get("TOP_BUILDDIR", ".")).resolve()
CC = os.environ.get("CC", "cc").split()

MAP = TOP / "contrib" / "doc" / "architecture.md"


def words(cell):
    return re.findall(r"`([^`]+)`", cell)


def table():
    """The rows under `## Rooms`: room, duty, public headers, headers of others, rooms known."""
    part = MAP.read_text(encoding="utf-8").split("\n## Rooms\n", 1)[1].split("\n## ", 1)[0]
    for line in part.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 5:
            yield words(cells[0])[0], words(cells[2]), words(cells[3]), set(words(cells[4]))


ROWS = list(table())
KNOWS = {room: knows for room, _, _, knows in ROWS}
OWNER = {header: room for room, headers, _, _ in ROWS for header in headers}
# Patterns of other libraries' headers, and the only rooms that may include what fits them.
OUTSIDE = {pattern: {room for room, _, outside, _ in ROWS if pattern in outside}
           for _, _, patterns, _ in ROWS for pattern in patterns}

# Reading the clock and making randomness belong to base: everybody else is told.
CLOCKS = re.compile(r"\b(clock_gettime|gettimeofday|time|rand|random|getrandom|arc4random)\s*\(")


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
            return "is in no room: add it to the table"
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
    fits = [rooms for pattern, rooms in OUTSIDE.items() if fnmatch.fnmatch(name, pattern)]
    if fits and room not in set().union(*fits):
        return f"may be included in {', '.join(sorted(set().union(*fits)))} only"
    return None


def test_every_room_and_every_public_header_is_in_the_table():
    rooms = {p.name for p in (TOP / "src").iterdir() if p.is_dir()}
    assert rooms == set(KNOWS), "rooms without a row, or rows without a room"
    headers = {p.stem for p in (TOP / "include" / "deskbell").glob("*.h")}
    assert headers == set(OWNER), "headers without a room, or the other way round"


def test_a_room_knows_only_rooms_that_stand_above_it_in_the_table():
    above = set()
    for room, _, _, knows in ROWS:
        assert knows <= above, f"{room} knows {sorted(knows - above)}, which come later"
        above.add(room)


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


def test_the_life_of_a_conversation_is_as_drawn():
    text = MAP.read_text(encoding="utf-8").split("\n## The life of a conversation\n", 1)[1]
    drawn = {tuple(words(line)[:2]) for line in text.split("\n## ", 1)[0].splitlines()
             if line.startswith("| `")}
    code = next(t for t in (p.read_text(encoding="utf-8") for p in sources("core"))
                if "conv_next[CONV_STATE_COUNT]" in t)
    rows = re.search(r"conv_next\[CONV_STATE_COUNT\] = \{(.*?)\n\};", code, re.S).group(1)
    moves = {(m.group(1).lower(), to.lower()) for m in
             re.finditer(r"\[CONV_(\w+)\] = ([^,]*),", rows)
             for to in re.findall(r"BIT\(CONV_(\w+)\)", m.group(2))}
    assert moves and drawn == moves
