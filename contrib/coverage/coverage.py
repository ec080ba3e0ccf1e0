"""Says which lines and branches of src the tests ran: a table by room, and pages.

usage: coverage.py --top DIR --build DIR --pages DIR [--gcov COMMAND]

Reads what a build with gcc's --coverage left below its directory after its programs ran, by gcov.
A source that is compiled into several objects counts once, run if it ran in any.  Branches of
lines that begin with ensure() are left out: their other way is never taken, on purpose.
"""
import argparse
import collections
import dataclasses
import html
import json
import os
import pathlib
import subprocess
import sys

BATCH = 50

STYLE = """body{font:14px/1.4 sans-serif;margin:2em}table{border-collapse:collapse}
td,th{padding:1px 10px;text-align:right}td:first-child,th:first-child{text-align:left}
tr.room td{border-top:1px solid #999;font-weight:bold}pre{line-height:1.3}
.no{background:#fbb}.half{background:#fd9}i{color:#777;font-style:normal}"""


@dataclasses.dataclass
class Source:
    """One file: times each line ran, and for each line its branches' times."""
    lines: dict = dataclasses.field(default_factory=collections.Counter)
    branches: dict = dataclasses.field(default_factory=dict)

    def add(self, line):
        number = line["line_number"]
        self.lines[number] += line["count"]
        taken = [b["count"] for b in line["branches"]]
        known = self.branches.setdefault(number, [])
        known.extend([0] * (len(taken) - len(known)))
        for at, count in enumerate(taken):
            known[at] += count

    def sums(self):
        taken = [count for counts in self.branches.values() for count in counts]
        return Sums(len(self.lines), sum(1 for n in self.lines.values() if n),
                    len(taken), sum(1 for n in taken if n))


@dataclasses.dataclass
class Sums:
    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_run: int = 0

    def __add__(self, other):
        return Sums(*(a + b for a, b in zip(dataclasses.astuple(self),
                                            dataclasses.astuple(other))))


def share(run, of):
    return f"{100 * run / of:.1f}" if of else "-"


def sources(top, build, gcov):
    """Path below the top -> Source, for all of src that the build compiled."""
    notes = sorted(str(p.relative_to(build)) for p in build.rglob("*.gcno"))
    if not notes:
        sys.exit(f"coverage: {build} was not built with --coverage")
    found = {}
    for at in range(0, len(notes), BATCH):
        said = subprocess.run([gcov, "--branch-probabilities", "--json-format", "--stdout",
                               *notes[at:at + BATCH]],
                              cwd=build, capture_output=True, text=True, check=True).stdout
        for report in said.splitlines():
            for file in json.loads(report)["files"] if report.strip() else ():
                path = pathlib.Path(os.path.normpath(build / file["file"]))
                if not path.is_relative_to(top / "src") or not path.exists():
                    continue
                source = found.setdefault(str(path.relative_to(top)), Source())
                for line in file["lines"]:
                    source.add(line)
    for name, source in found.items():
        text = (top / name).read_text(encoding="utf-8").splitlines()
        source.branches = {n: counts for n, counts in source.branches.items()
                           if counts and not text[n - 1].lstrip().startswith("ensure(")}
    return found


def by_room(found):
    rooms = collections.defaultdict(dict)
    for name in sorted(found):
        rooms[name.split("/")[1]][name] = found[name]
    return rooms


def table(rooms):
    """The summary for a terminal."""
    lines = [f"{'room':12}{'lines':>8}{'run %':>8}{'branches':>10}{'taken %':>9}"]
    total = Sums()
    for room, files in sorted(rooms.items()):
        sums = sum((s.sums() for s in files.values()), Sums())
        total += sums
        lines.append(row(room, sums))
    lines.append(row("all", total))
    return "\n".join(lines)


def row(name, s):
    return (f"{name:12}{s.lines:8}{share(s.lines_run, s.lines):>8}"
            f"{s.branches:10}{share(s.branches_run, s.branches):>9}")


def page_name(name):
    return name.replace("/", "-") + ".html"


def html_page(title, body):
    return (f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{html.escape(title)}</title>"
            f"<style>{STYLE}</style><h1>{html.escape(title)}</h1>{body}</html>\n")


def html_row(kind, name, link, s):
    name = f'<a href="{html.escape(link)}">{html.escape(name)}</a>' if link else html.escape(name)
    return (f'<tr class="{kind}"><td>{name}<td>{s.lines}<td>{share(s.lines_run, s.lines)}'
            f"<td>{s.branches}<td>{share(s.branches_run, s.branches)}")


def index(rooms):
    body = ["<table><tr><th>file<th>lines<th>run %<th>branches<th>taken %"]
    for room, files in sorted(rooms.items()):
        body.append(html_row("room", room, "", sum((s.sums() for s in files.values()), Sums())))
        body.extend(html_row("file", name, page_name(name), s.sums())
                    for name, s in files.items())
    return html_page("What the tests ran", "\n".join(body) + "</table>")


def listing(name, text, source):
    """A file's lines: how often each ran, marked where it or one of its branches did not."""
    body = []
    for number, line in enumerate(text.splitlines(), 1):
        runs, kind = "", ""
        if number in source.lines:
            runs = str(source.lines[number])
            missed = sum(1 for count in source.branches.get(number, ()) if not count)
            kind = "no" if runs == "0" else "half" if missed else ""
            if kind == "half":
                runs = f"{runs} -{missed}"
        body.append(f'<span class="{kind}"><i>{number:5}{runs:>12}</i>  {html.escape(line)}</span>')
    return html_page(name, "<p>Number, times run, branches never taken.<pre>" + "\n".join(body) +
                     "</pre>")


def main():
    p = argparse.ArgumentParser(add_help=False)
    p.add_argument("--top", type=pathlib.Path, required=True)
    p.add_argument("--build", type=pathlib.Path, required=True)
    p.add_argument("--pages", type=pathlib.Path, required=True)
    p.add_argument("--gcov", default="gcov")
    a = p.parse_args()
    top, build = a.top.resolve(), a.build.resolve()
    found = sources(top, build, a.gcov)
    rooms = by_room(found)
    a.pages.mkdir(parents=True, exist_ok=True)
    (a.pages / "index.html").write_text(index(rooms), encoding="utf-8")
    for name, source in found.items():
        text = (top / name).read_text(encoding="utf-8")
        (a.pages / page_name(name)).write_text(listing(name, text, source), encoding="utf-8")
    print(table(rooms))
    print(f"\n{a.pages.resolve() / 'index.html'}")


if __name__ == "__main__":
    main()
