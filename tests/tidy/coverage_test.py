"""`make coverage` counts what ran, by room, and shows the lines that did not."""
import os
import pathlib
import re
import subprocess
import sys

import pytest

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")).resolve()

THING = """int thing(int a)
{
    ensure(a != 7);
    if (a > 1)
        return 1;
    return 2;
}
"""
SOURCES = {
    "src/one/thing.c": "int thing(int a);\n#define ensure(x) ((x) ? (void)0 : __builtin_abort())\n"
                       + THING,
    "src/two/idle.c": "int idle(void);\nint idle(void)\n{\n    return 1;\n}\n",
    "tests/a.c": "int thing(int a);\nint main(void) { return thing(5) - 1; }\n",
    "tests/b.c": "int thing(int a);\nint main(void) { return thing(0) - 2; }\n",
}


@pytest.fixture
def build(tmp_path):
    """One room in two programs, each object of its own; another that nothing runs."""
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for program, sources in (("a", ["src/one/thing.c", "tests/a.c"]),
                             ("b", ["src/one/thing.c", "tests/b.c"])):
        (tmp_path / "build" / program).mkdir(parents=True)
        subprocess.run(["gcc", "--coverage", "-O0", "-o", f"{program}/run",
                        *(f"../{s}" for s in sources)], cwd=tmp_path / "build", check=True)
    subprocess.run(["gcc", "--coverage", "-O0", "-c", "../src/two/idle.c"],
                   cwd=tmp_path / "build", check=True)
    return tmp_path / "build"


def coverage(build):
    done = subprocess.run(
        [sys.executable, "-B", str(TOP / "contrib/coverage/coverage.py"), "--top",
         str(build.parent), "--build", str(build), "--pages", str(build / "pages")],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:4]}


def test_what_ran_in_one_program_only_counts_and_ensure_does_not(build):
    subprocess.run([str(build / "a" / "run")], check=True)
    rooms = coverage(build)
    assert rooms["one"] == ["5", "80.0", "2", "50.0"]
    assert rooms["two"] == ["2", "0.0", "0", "-"]
    assert rooms["all"] == ["7", "57.1", "2", "50.0"]
    page = (build / "pages" / "src-one-thing.c.html").read_text(encoding="utf-8")
    assert re.search(r'class="no"><i>\s*8\s+0</i>\s+return 2;', page)
    assert re.search(r'class="half"><i>\s*6\s+1 -1</i>', page)
    assert "src-two-idle.c.html" in (build / "pages" / "index.html").read_text(encoding="utf-8")


def test_what_several_programs_ran_is_added(build):
    for program in ("a", "b"):
        subprocess.run([str(build / program / "run")], check=True)
    assert coverage(build)["one"] == ["5", "100.0", "2", "100.0"]
