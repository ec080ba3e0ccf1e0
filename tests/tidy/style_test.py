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

# What a person reads at once.  Whatever is longer is parted by what it does.
FILE_LIMIT = 600
FUNCTION_LIMIT = 75
# Not read but looked into (manuals, pages), or made by somebody else or by a program.
SOURCES = {".c", ".h", ".js", ".mjs", ".css", ".py", ".sh", ".am", ""}
MADE_ELSEWHERE = {"dist", "vendor", "corpus", "node_modules", "package-lock.json"}

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


def declared_without_contract(text):
    """
    Line and name of each function declared in column one that no comment covers: one above it or
    behind it, or above the group that it stands in (lines without an empty one between them).
    """
    covered = comment = False
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        if comment or line.lstrip().startswith("/*"):
            comment = "*/" not in line
            covered = True
        elif not line.strip():
            covered = False
        else:
            m = re.match(r"(?!typedef\b|static\b)\w[\w *]*?(\w+)\(", line)
            if m and depth == 0 and not covered and "/*" not in line:
                yield number, m.group(1)
            depth += line.count("{") - line.count("}")


@pytest.mark.parametrize("text, names", [
    ("/* does it */\nvoid f(int a);\n", []),
    ("void f(int a);\n", ["f"]),
    ("/* about the file */\n\nvoid f(int a);\n", ["f"]),
    ("/* both */\nvoid f(int a);\nchar *g(int a,\n        int b);\n", []),
    ("/* one */\nvoid f(int a);\n\nenum x g(void);\nenum x h(void); /* says it */\n", ["g"]),
    ("/* a state */\nstruct x {\n    void (*on)(void);\n\n    int (*off)(void);\n};\n", []),
    ("#define F(x) f(x)\ntypedef void fn(int a);\n", []),
])
def test_what_counts_as_a_contract(text, names):
    assert [name for _, name in declared_without_contract(text)] == names


def test_every_public_function_has_its_contract():
    wrong = []
    for path in sorted((TOP / "include" / "deskbell").glob("*.h")):
        for number, name in declared_without_contract(path.read_text(encoding="utf-8")):
            wrong.append(f"{path.relative_to(TOP)}:{number}: {name} has no comment above it")
    assert not wrong, "\n".join(wrong)


def test_no_file_is_longer_than_one_reads_at_once():
    wrong = []
    for path in files():
        name = path.relative_to(TOP)
        if path.suffix not in SOURCES or MADE_ELSEWHERE & set(name.parts):
            continue
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > FILE_LIMIT:
            wrong.append(f"{name}: {lines} lines")
    assert not wrong, "\n".join(wrong)


def test_no_function_is_longer_than_one_sees_at_once():
    wrong = []
    for path in c_files():
        for function, start, length in functions(path):
            if length > FUNCTION_LIMIT:
                wrong.append(f"{path.relative_to(TOP)}:{start}: {function} has {length} lines")
    assert not wrong, "\n".join(wrong)
