"""
Sums up the tests of all suites.  usage: count.py BUILD-DIRECTORY [FAILED-STEP...]

Reads each verdict (.trs) that the test harness left below the directory, and beside it the log:
cmocka, pytest and node's runner say there how many passed and failed; anything else counts as one.
A skipped test counts as failed, for whoever reads the sum believes that everything was run; so
does a step that failed without a failing test.
"""
import pathlib
import re
import sys

# What each runner says: pattern, and how many of which outcome it stands for.
CMOCKA = re.compile(r"^\[  (PASSED|FAILED|SKIPPED|ERROR  )\s*\] (\d+) test\(s\)", re.M)
PYTEST = re.compile(r"^(?:=+ )?((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s", re.M)
NODE = re.compile(r"^(?:# |\u2139 )(pass|fail|skipped|cancelled|todo) (\d+)$", re.M)


def counts(log):
    """Passed, failed and skipped as the log says; None if it is of no known runner."""
    if found := CMOCKA.findall(log):
        total = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0, "ERROR  ": 0}
        for outcome, number in found:
            total[outcome] += int(number)
        return total["PASSED"], total["FAILED"] + total["ERROR  "], total["SKIPPED"]
    if found := PYTEST.findall(log):
        total = {}
        for number, outcome in re.findall(r"(\d+) ([a-z]+)", found[-1]):
            total[outcome.rstrip("s")] = total.get(outcome.rstrip("s"), 0) + int(number)
        return (total.get("passed", 0), total.get("failed", 0) + total.get("error", 0),
                total.get("skipped", 0) + total.get("deselected", 0))
    if found := NODE.findall(log):
        total = {}
        for outcome, number in found:
            total[outcome] = total.get(outcome, 0) + int(number)
        return (total.get("pass", 0), total.get("fail", 0) + total.get("cancelled", 0),
                total.get("skipped", 0) + total.get("todo", 0))
    return None


def verdict(trs):
    """The harness's word on one program, held against what its log says."""
    result = re.search(r"^:global-test-result: (\w+)", trs.read_text(), re.M)
    result = result.group(1) if result else "ERROR"
    log = trs.with_suffix(".log")
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    passed, failed, skipped = counts(text) or (0, 0, 0)
    if result == "PASS" and passed + failed + skipped == 0:
        passed = 1
    elif result in ("FAIL", "ERROR", "XPASS") and failed == 0:
        failed = 1
    elif result == "SKIP" and skipped == 0:
        skipped = 1
    return passed, failed, skipped, text


def main():
    top = pathlib.Path(sys.argv[1])
    steps = sys.argv[2:]
    passed = failed = 0
    for trs in sorted(top.rglob("*.trs")):
        good, bad, skipped, text = verdict(trs)
        passed += good
        failed += bad + skipped
        if bad or skipped:
            print(f"\n--- {trs.relative_to(top).with_suffix('')}: "
                  f"{good} passed, {bad} failed, {skipped} skipped")
            print("\n".join(text.splitlines()[-40:]))
    if steps:
        print("\nfailed steps: " + " ".join(steps))
        failed = max(failed, len(steps))
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
