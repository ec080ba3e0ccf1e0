"""The text of the sources: formatted, free of leftovers, of bearable length."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")).resolve()
CLANG_FORMAT = os.environ.get("CLANG_FORMAT", "clang-format-14")
PLACES = ("include", "src", "tests", "etc", "contrib", ".ci")
SKIPPED = {"node_modules", "vendor", "build-aux", "autom4te.cache", "__pycache__", "corpus"}
TEXTS = {".c", ".h", ".am", ".ac", ".m4", ".py", ".sh", ".js", ".mjs", ".css", ".html", ".md",
         ".txt", ".conf", ".1", ".5", ".7", ".8", ""}

# Habits: what is longer is listed.  Limits: what is longer fails.
FILE_HABIT, FILE_LIMIT = 600, 900
FUNCTION_HABIT, FUNCTION_LIMIT = 60, 110

# In pieces, so that this file does not have them.
LEFTOVERS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b|<<<<" r"<<<|>>>>" r">>>"
                       r"|/ro" r"ot/|/wo" r"rk/|/home/[a-z]")


def files():
    for place in PLACES:
        for path in sorted((TOP / place).rglob("*")):
            parts = set(path.relative_to(TOP).parts)
            if path.is_file() and not parts & SKIPPED:
                yield path
    for name in ("README", "Makefile.am", "configure.ac"):
        yield TOP / name


def c_files():
    return [p for p in files() if p.suffix in (".c", ".h")]


def functions(path):
    """Name, first line and length of each function: braces of its own stand in column one."""
    start, head = None, ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            m = re.search(r"(\w+)\s*\(", head)
            yield (m.group(1) if m else "?"), start, number - start - 1
            start = None
        elif start is None and line and not line.startswith((" ", "\t", "}", "/", "*", "#")):
            head = line


def test_clang_format_changes_nothing():
    if shutil.which(CLANG_FORMAT) is None:
        pytest.skip(f"{CLANG_FORMAT} is not installed")
    version = subprocess.run([CLANG_FORMAT, "--version"], capture_output=True, text=True,
                             check=True).stdout
    assert " 14." in version, "another version formats differently"
    done = subprocess.run([CLANG_FORMAT, "-n", "-Werror", f"--style=file:{TOP}/.clang-format"] +
                          [str(p) for p in c_files()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-6000:]


def test_no_line_is_longer_than_100_columns_and_none_ends_in_blanks():
    wrong = []
    for path in c_files() + [p for p in files() if p.suffix in (".py", ".am")]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if len(line) > 100 and path.suffix in (".c", ".h"):
                wrong.append(f"{path.relative_to(TOP)}:{number}: {len(line)} columns")
            if line != line.rstrip():
                wrong.append(f"{path.relative_to(TOP)}:{number}: blanks at the end")
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_over():
    wrong = []
    for path in files():
        if path.suffix not in TEXTS:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if LEFTOVERS.search(line):
                wrong.append(f"{path.relative_to(TOP)}:{number}: {line.strip()[:80]}")
    assert not wrong, "\n".join(wrong)


def test_every_c_file_begins_with_what_it_does():
    wrong = [str(p.relative_to(TOP)) for p in c_files()
             if not p.read_text(encoding="utf-8").startswith("/*")]
    assert not wrong, "\n".join(wrong)


def test_files_and_functions_are_of_bearable_length():
    wrong = []
    for path in c_files():
        name = path.relative_to(TOP)
        lines = len(path.read_text(encoding="utf-8").splitlines())
        tests = name.parts[0] == "tests"
        if lines > FILE_HABIT:
            print(f"{name}: {lines} lines")
        if lines > FILE_LIMIT and not tests:
            wrong.append(f"{name}: {lines} lines")
        for function, start, length in functions(path):
            if length > FUNCTION_HABIT:
                print(f"{name}:{start}: {function} has {length} lines")
            if length > FUNCTION_LIMIT and not tests:
                wrong.append(f"{name}:{start}: {function} has {length} lines")
    assert not wrong, "\n".join(wrong)
