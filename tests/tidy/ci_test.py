"""What .ci/run leaves behind, with builds that only pretend."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")).resolve()

# Each suite is one test that passed; the steps that are named in `broken` fail.
CONFIGURE = """#!/bin/bash
cat >Makefile <<'X'
all extra check check-integration check-browser sim:
\t@echo "$@ $(FROM) $(SEEDS)"; ! grep -qx $@ $(TREE)/broken
\t@echo ':global-test-result: PASS' >$@.trs
X
echo "TREE = $(cd "$(dirname "$0")" && pwd)" >>Makefile
"""


def git(tree, *command):
    return subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *command], cwd=tree,
                          check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def tree(tmp_path):
    top = tmp_path / "top"
    shutil.copytree(TOP / ".ci", top / ".ci", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in (("configure", CONFIGURE), ("contrib/setup", "#!/bin/sh\n"),
                       ("bin/autoreconf", "#!/bin/sh\n"), ("broken", ""),
                       (".gitignore", "/.build*\n__pycache__\n")):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
        (top / name).chmod(0o755)
    (top / ".ci" / "run").chmod(0o755)
    git(top, "init", "-q")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "first")
    return top


def ci(tree):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    env["PATH"] = f"{tree}/bin:{env['PATH']}"
    done = subprocess.run([str(tree / ".ci" / "run"), "quick"], capture_output=True, text=True,
                          check=False, env=env)
    commit = tree / ".build-ci" / "commit"
    return done, commit.read_text(encoding="utf-8") if commit.exists() else None


def test_a_commit_that_passed_is_named(tree):
    done, commit = ci(tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert commit == f"{git(tree, 'rev-parse', 'HEAD')} passed\n"


@pytest.mark.parametrize("suite", ["check", "check-integration", "sim", "all"])
def test_a_failed_step_makes_it_failed(tree, suite):
    (tree / "broken").write_text(suite + "\n", encoding="utf-8")
    git(tree, "commit", "-qam", "broken")
    done, commit = ci(tree)
    assert done.returncode == 1
    assert commit == f"{git(tree, 'rev-parse', 'HEAD')} failed\n"


def test_without_the_packages_it_has_failed(tree):
    (tree / "contrib" / "setup").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    git(tree, "commit", "-qam", "no packages")
    done, commit = ci(tree)
    assert done.returncode == 1
    assert commit.endswith(" failed\n")


@pytest.mark.parametrize("name", ["configure", "new.c"])
def test_a_tree_with_changes_is_not_its_commit(tree, name):
    with (tree / name).open("a", encoding="utf-8") as f:
        f.write("\n")
    done, commit = ci(tree)
    assert commit == f"{git(tree, 'rev-parse', 'HEAD')} failed\n"
    assert "the tree is not what was committed" in done.stdout


def test_a_tree_that_is_no_repository_names_no_commit(tree):
    shutil.rmtree(tree / ".git")
    assert ci(tree)[1] is None


def test_the_simulator_runs_a_hundred_seeds_of_the_day(tree):
    done, _ = ci(tree)
    seeds = re.search(r"gcc-sim-FROM=(\d{8}00) ", done.stdout)
    assert seeds, "what to replay stands in what it prints"
    logs = list((tree / ".build-ci" / "logs").glob("gcc-sim-FROM=*.log"))
    assert f"sim {seeds.group(1)} 100" in logs[0].read_text(encoding="utf-8")
