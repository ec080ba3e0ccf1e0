"""`make mutate` finds the places it promises, and tells what is noticed from what is not."""
import os
import pathlib
import subprocess
import sys

import pytest

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")).resolve()
sys.path.insert(0, str(TOP / "contrib" / "mutate"))
import breakages  # noqa: E402


def made(body):
    """What each breakage makes of a function's body."""
    text = "static int f(int a, int b)\n{\n" + body + "\n}\n"
    return {(b.kind, b.applied(text).split("{\n", 1)[1][:-3]) for b in breakages.breakages(text)}


@pytest.mark.parametrize("body, kind, after", [
    ("    return a < b;", "comparison turned", "    return a <= b;"),
    ("    return a == b;", "comparison turned", "    return a != b;"),
    ("    return a && b;", "and/or turned", "    return a || b;"),
    ("    return a + 7;", "one off", "    return a + 8;"),
    ("    return 8U;", "one off", "    return 9U;"),
    ("    if (g(a))\n        b = a;", "condition negated", "    if (!(g(a)))\n        b = a;"),
    ("    return true;", "answer turned", "    return false;"),
    ("    b = a;\n    g(a,\n      (b));", "call dropped", "    b = a;\n    ;"),
    ("    if (a)\n        g(a);", "call dropped", "    if (a)\n        ;"),
])
def test_each_kind_of_breakage_is_made(body, kind, after):
    assert (kind, after) in made(body)


@pytest.mark.parametrize("body", [
    "    /* a < b */",
    '    return "a < 1";',
    "    return a->b;",
    "    return a << b;",
    "    return '<';",
    "#if 1 < 2\n#endif",
    "    ensure(a < b && b != 1);",
    "    log_info(\"x\", 1);",
    "    a = b;\n    free(a);",
    "    char text[12];",
    "    struct x x = {0};",
])
def test_what_no_test_could_show_is_left_alone(body):
    assert made(body) == set()


TREE = {
    "src/thing/thing.c": """int inside(int a);
int unused(int a);
int inside(int a)
{
    return a < 10;
}
int unused(int a)
{
    return a > 20;
}
""",
    "src/thing/alone.c": "int alone(void);\nint alone(void)\n{\n    return 1;\n}\n",
    "tests/thing_test.c": """int inside(int a);
int main(void)
{
    return inside(9) && !inside(10) ? 0 : 1;
}
""",
    "configure": """#!/bin/sh
cat >Makefile <<'X'
TESTS = tests/thing_test
check_PROGRAMS = $(TESTS)
all: alone.o
tests/thing_test: thing.o thing_test.o
\tmkdir -p tests; cc -o $@ thing.o thing_test.o
thing.o: ../src/thing/thing.c
\tcc -O1 -c -o $@ ../src/thing/thing.c
alone.o: ../src/thing/alone.c
\tcc -O1 -c -o $@ ../src/thing/alone.c
thing_test.o: ../tests/thing_test.c
\tcc -O1 -c -o $@ ../tests/thing_test.c
X
""",
}


@pytest.fixture
def tree(tmp_path):
    top = tmp_path / "top"
    for name, text in TREE.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    (top / "configure").chmod(0o755)
    for command in (["init", "-q"], ["add", "-A"],
                    ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *command], cwd=top, check=True)
    return top


def mutate(tree, *arguments):
    done = subprocess.run(
        [sys.executable, "-B", str(TOP / "contrib/mutate/mutate.py"), "--top", str(tree),
         "--work", str(tree.parent / "work"), "--seed", "1", *arguments],
        capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_whole_files_are_broken_and_survivors_listed(tree):
    status, said, _ = mutate(tree, "--files", "src/thing/*.c", "--strict", "1")
    assert status == 1
    assert "5 tried, 2 caught (0 by time), 3 survived" in said
    assert "survivor: src/thing/thing.c:9: comparison turned: > -> >= (1 tests passed)" in said
    assert "survivor: src/thing/alone.c:4: one off: 1 -> 2 (no test links it)" in said
    for name, text in TREE.items():
        assert (tree / name).read_text(encoding="utf-8") == text, "the tree itself is only read"


def test_only_lines_changed_since_a_revision_are_broken(tree):
    source = tree / "src/thing/thing.c"
    source.write_text(source.read_text().replace("a > 20", "a > 21"), encoding="utf-8")
    status, said, _ = mutate(tree, "--base", "HEAD")
    assert status == 0, "survivors fail a strict run only"
    assert "2 tried, 0 caught (0 by time), 2 survived" in said
    assert "survivor: src/thing/thing.c:9: one off: 21 -> 22" in said


def test_tests_that_fail_without_a_breakage_stop_it(tree):
    (tree / "tests/thing_test.c").write_text("int main(void)\n{\n    return 1;\n}\n")
    status, _, said = mutate(tree, "--files", "src/thing/thing.c")
    assert status == 2
    assert "fails without a breakage" in said
