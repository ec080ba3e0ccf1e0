"""Makes small breakages in the sources, one at a time, and lists those that no test notices.

usage: mutate.py --top DIR --work DIR (--base REV | --files GLOBS) [--count N] [--seed N]
                 [--strict 1] [--jobs N] [--cc COMMAND]

The breakages are made in the lines of src/**/*.c that changed since REV, or in whole files.  All
of it happens in a copy of the tree below --work, which is kept for the next time; the tree itself
is only read.  For each breakage the copy's objects are built again, then those programs of
`make check` that link them, and the scripts that run such a program; the first that fails or takes
too long has caught it.  What does not compile, or compiles to the same bytes, is not counted.
With --strict the exit is 1 if a breakage survived; it is 2 if the tests fail without any.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import breakages

BUILD_LIMIT_S = 600
TEST_LIMIT_S = 300          # without a breakage; with one, what it took then and more
MEMORY_LIMIT = 4 << 30
NOT_TESTS_OF_BEHAVIOUR = "tests/tidy/"


def run(command, cwd, limit_s=BUILD_LIMIT_S, env=None):
    """The exit status, None if it took too long; and what it said.  Its children end with it."""
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=said,
                                 stderr=subprocess.STDOUT, env=env, start_new_session=True)
        try:
            # From outside: what runs between fork and exec beside other threads may hang.
            resource.prlimit(child.pid, resource.RLIMIT_DATA, (MEMORY_LIMIT, MEMORY_LIMIT))
            resource.prlimit(child.pid, resource.RLIMIT_CORE, (0, 0))
            status = child.wait(timeout=limit_s)
        except ProcessLookupError:
            status = child.wait()  # it was over before
        except subprocess.TimeoutExpired:
            status = None
        finally:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
        said.seek(0)
        return status, said.read().decode("utf-8", "replace")


def must(command, cwd, env=None):
    status, said = run(command, cwd, env=env)
    if status != 0:
        sys.exit(f"mutate: {' '.join(map(str, command))} failed:\n{said[-4000:]}")
    return said


class Copy:
    """A copy of the tree with a build of its own, and what in that build rests on what."""

    def __init__(self, top, work, cc):
        self.top, self.tree, self.build = top, work / "tree", work / "tree" / ".build"
        self.scratch = work / "tmp"
        self.env = dict(os.environ, TOP_SRCDIR=str(self.tree), TOP_BUILDDIR=str(self.build),
                        TMPDIR=str(self.scratch), PYTHONDONTWRITEBYTECODE="1", CC=cc)
        for inherited in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
            self.env.pop(inherited, None)
        self.make_command = ["make", "-s", "--no-print-directory"]
        self.took_s = {}
        self.whole = {}

    def sync(self):
        """Bring the copy to what the tree is now; files that are alike keep their time."""
        listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"],
                                cwd=self.top, capture_output=True, check=True).stdout
        wanted = {name for name in os.fsdecode(listed).split("\0")
                  if name and (self.top / name).is_file()}
        for name in wanted:
            source, target = self.top / name, self.tree / name
            if not target.exists() or target.read_bytes() != source.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                shutil.copymode(source, target)
        known = self.tree / ".copied"
        before = set(known.read_text().split("\n")) if known.exists() else set()
        for name in before - wanted - {""}:
            (self.tree / name).unlink(missing_ok=True)
        known.write_text("\n".join(sorted(wanted)))

    def configure(self, cc):
        self.build.mkdir(parents=True, exist_ok=True)
        if not (self.tree / "configure").exists():
            must(["autoreconf", "-fi"], self.tree, self.env)
        if not (self.build / "Makefile").exists():
            must(["../configure", "-q", "--enable-test-hooks", f"CC={cc}", "CFLAGS=-O1 -w"],
                 self.build, self.env)

    def make(self, *targets):
        return run(self.make_command + list(targets), self.build, env=self.env)

    def read_makefile(self):
        """The tests of `make check`, and for each file the targets that rest on it."""
        show = "print-tests: ; @echo $(TESTS)"
        self.tests = must(self.make_command + [f"--eval={show}", "print-tests"], self.build,
                          self.env).split()
        _, database = run(["make", "-pq", "--eval=nothing:", "nothing"], self.build, env=self.env)
        self.users = collections.defaultdict(set)
        for line in database.splitlines():
            m = re.match(r"([^\s#:=][^:=]*):(?![:=])\s*([^|]*)", line)
            if m is None or "%" in m.group(1):
                continue
            for target in m.group(1).split():
                for need in m.group(2).split():
                    self.users[os.path.normpath(need)].add(target)

    def above(self, name):
        """All targets that rest on a file of the build or, as ../name, of the tree."""
        found, todo = set(), [name]
        while todo:
            for user in self.users.get(todo.pop(), ()):
                if user not in found:
                    found.add(user)
                    todo.append(user)
        return found

    def objects(self, source):
        return sorted(t for t in self.users.get("../" + source, ()) if t.endswith(".o"))

    def bytes_of(self, objects):
        return [(self.build / o).read_bytes() for o in objects]

    def baseline(self, source):
        """Before its first breakage: build and run a source's tests as they are, for their time."""
        if source in self.whole:
            return
        programs, scripts, needs = self.tests_of(source)
        helpers = {p for s in scripts for p in needs[s]}
        objects = self.objects(source)
        must(self.make_command + objects + sorted(helpers | set(programs)), self.build, self.env)
        self.whole[source] = self.bytes_of(objects)
        for name in programs + scripts:
            if name in self.took_s:
                continue
            started = time.monotonic()
            said, _ = self.test(name, TEST_LIMIT_S)
            if said is not None:
                sys.stderr.write(f"mutate: {name} fails without a breakage:\n{said[-4000:]}\n")
                sys.exit(2)
            self.took_s[name] = time.monotonic() - started

    def tests_of(self, source):
        """What of `make check` can notice a change of this source: its own room's tests first."""
        targets = {t for o in self.objects(source) for t in self.above(o)}
        programs = [t for t in self.tests if t in targets]
        others = [t for t in targets if (self.build / t).is_file() and t not in programs
                  and os.access(self.build / t, os.X_OK)]
        scripts = [t for t in self.tests if t not in targets and (self.tree / t).is_file()
                   and not t.startswith(NOT_TESTS_OF_BEHAVIOUR)
                   and any(self.mentions(t, program) for program in others)]
        room = pathlib.PurePath(source).parts[1] if "/" in source else ""
        programs.sort(key=lambda t: (not os.path.basename(t).startswith(room), t))
        return programs, scripts, {s: [p for p in others if self.mentions(s, p)] for s in scripts}

    def mentions(self, script, program):
        """Whether a script, or a module beside it that it imports, names the program."""
        path = self.tree / script
        text = path.read_text(encoding="utf-8")
        for module in re.findall(r"^(?:import|from) (\w+)", text, re.M):
            beside = path.parent / f"{module}.py"
            if beside.exists():
                text += beside.read_text(encoding="utf-8")
        name = re.escape(os.path.basename(program))
        return re.search(rf"(?<![\w-]){name}(?![\w-])", text) is not None

    def test(self, name, limit_s):
        """None if it passed, else what it said; True as the second if it ran out of time."""
        runner = {".py": [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p",
                          "no:cacheprovider"],
                  ".sh": ["bash"], ".mjs": ["node"]}.get(os.path.splitext(name)[1])
        command = [str(self.build / name)] if runner is None else runner + [str(self.tree / name)]
        status, said = run(command, self.build, limit_s, self.env)
        return (None if status == 0 else said or "failed"), status is None

    def limit_s(self, name):
        return 10 + 5 * self.took_s[name]


def changed_lines(top, base):
    """Source file -> numbers of its lines that are not as they were at a revision."""
    diff = subprocess.run(["git", "diff", "-U0", "--no-color", "--no-ext-diff", "-M", base, "--",
                           "src"], cwd=top, capture_output=True, text=True, check=False)
    if diff.returncode != 0:
        sys.exit(f"mutate: git diff {base}: {diff.stderr.strip()}")
    lines, name = collections.defaultdict(set), None
    for line in diff.stdout.splitlines():
        if line.startswith("+++ "):
            name = line[6:] if line.startswith("+++ b/") and line.endswith(".c") else None
        elif name and (m := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)):
            start, count = int(m.group(1)), int(m.group(2) or 1)
            lines[name].update(range(start, start + count))
    return lines


def candidates(top, base, globs):
    """All breakages that may be tried, as (source, breakage)."""
    files = [str(p.relative_to(top)) for g in globs for p in sorted(top.glob(g))
             if p.suffix == ".c"]
    if base:
        changed = changed_lines(top, base)
        files = [f for f in files if f in changed] if globs else sorted(changed)
    found = []
    for name in files:
        for b in breakages.breakages((top / name).read_text(encoding="utf-8")):
            if not base or b.line in changed[name]:
                found.append((name, b))
    return files, found


def order(found, seed):
    """One of each line first, lines by lot; then what is left of them."""
    dice = random.Random(seed)
    lines = collections.defaultdict(list)
    for name, b in found:
        lines[name, b.line].append((name, b))
    queues = list(lines.values())
    dice.shuffle(queues)
    for queue in queues:
        dice.shuffle(queue)
    for depth in range(max(map(len, queues), default=0)):
        yield from (queue[depth] for queue in queues if depth < len(queue))


class Trial:
    """One breakage in the copy: made, built, tested, taken back."""

    def __init__(self, copy, source, breakage, jobs):
        self.copy, self.source, self.breakage, self.jobs = copy, source, breakage, jobs

    def run(self):
        """(verdict, by whom): caught, late, survived, broken (does not compile) or same."""
        path = self.copy.tree / self.source
        text = path.read_text(encoding="utf-8")
        objects = self.copy.objects(self.source)
        path.write_text(self.breakage.applied(text), encoding="utf-8")
        try:
            if self.copy.make(*objects)[0] != 0:
                return "broken", ""
            if self.copy.whole[self.source] == self.copy.bytes_of(objects):
                return "same", ""
            return self.tested()
        finally:
            path.write_text(text, encoding="utf-8")
            shutil.rmtree(self.copy.scratch, ignore_errors=True)
            self.copy.scratch.mkdir()

    def tested(self):
        programs, scripts, needs = self.copy.tests_of(self.source)
        if not programs and not scripts:
            return "survived", "no test links it"
        room = [p for p in programs if os.path.basename(p).startswith(self.source.split("/")[1])]
        rest = [p for p in programs if p not in room]
        helpers = sorted({p for s in scripts for p in needs[s]})
        for batch, build in ((room, room), (rest, rest), (scripts, helpers)):
            verdict = self.batch(batch, build) if batch else None
            if verdict:
                return verdict
        return "survived", f"{len(programs) + len(scripts)} tests passed"

    def batch(self, tests, build):
        if build and self.copy.make("-j", str(self.jobs), *build)[0] != 0:
            return "broken", ""
        # Short ones first, and no new one once one has failed.
        tests = sorted(tests, key=lambda t: self.copy.took_s[t])
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            running = {pool.submit(self.copy.test, t, self.copy.limit_s(t)): t for t in tests}
            for done in concurrent.futures.as_completed(running):
                said, late = done.result()
                if said is not None:
                    for other in running:
                        other.cancel()
                    return ("late" if late else "caught"), running[done]
        return None


def shown(name, breakage):
    def one_line(text):
        text = re.sub(r"\s+", " ", text)
        return text if len(text) <= 60 else text[:57] + "..."
    return (f"{name}:{breakage.line}: {breakage.kind}: "
            f"{one_line(breakage.before)} -> {one_line(breakage.after) or 'nothing'}")


def main():
    p = argparse.ArgumentParser(add_help=False)
    p.add_argument("--top", type=pathlib.Path, required=True)
    p.add_argument("--work", type=pathlib.Path, required=True)
    p.add_argument("--base", default="")
    p.add_argument("--files", default="")
    p.add_argument("--count", type=int, default=40)
    p.add_argument("--seed", default="")
    p.add_argument("--strict", default="")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    p.add_argument("--cc", default="cc")
    a = p.parse_args()
    if not a.base and not a.files:
        sys.exit("mutate: say what changed since when (BASE=REV) or which files (FILES='GLOB…')")
    seed = int(a.seed) if a.seed else random.randrange(1 << 32)
    top, work = a.top.resolve(), a.work.resolve()
    files, found = candidates(top, a.base, a.files.split())
    print(f"mutate: {len(found)} possible breakages in {len(files)} files; SEED={seed}", flush=True)
    if not found:
        return 0

    copy = Copy(top, work, a.cc)
    copy.scratch.mkdir(parents=True, exist_ok=True)
    copy.sync()
    copy.configure(a.cc)
    must(copy.make_command + ["-j", str(a.jobs), "all"], copy.build, copy.env)
    show = "print-programs: ; @echo $(check_PROGRAMS)"
    programs = must(copy.make_command + [f"--eval={show}", "print-programs"], copy.build,
                    copy.env).split()
    must(copy.make_command + ["-j", str(a.jobs), *programs], copy.build, copy.env)
    copy.read_makefile()
    copy.env["CCACHE_READONLY"] = "1"
    return trials(copy, order(found, seed), a)


def trials(copy, chosen, a):
    verdicts, survivors = collections.Counter(), []
    for source, breakage in chosen:
        if sum(verdicts[v] for v in ("caught", "late", "survived")) >= a.count:
            break
        copy.baseline(source)
        verdict, who = Trial(copy, source, breakage, a.jobs).run()
        verdicts[verdict] += 1
        if verdict in ("broken", "same"):
            continue
        if verdict == "survived":
            survivors.append((source, breakage, who))
        print(f"{verdict:9}{shown(source, breakage)} ({who})", flush=True)
    tried = verdicts["caught"] + verdicts["late"] + verdicts["survived"]
    print(f"\nmutate: {tried} tried, {verdicts['caught'] + verdicts['late']} caught "
          f"({verdicts['late']} by time), {len(survivors)} survived; not counted: "
          f"{verdicts['broken']} did not compile, {verdicts['same']} made no difference")
    for source, breakage, who in survivors:
        print(f"survivor: {shown(source, breakage)} ({who})")
    return 1 if survivors and a.strict else 0


if __name__ == "__main__":
    sys.exit(main())
