"""The units are what systemd reads, and as closed as they are said to be."""

import os
import pathlib
import re
import subprocess

import pytest

from harness import BUILD, WAIT_S

UNITS = pathlib.Path(os.environ.get("TOP_SRCDIR", ".")) / "contrib/systemd"
# systemd's own measure, from 0 to 10 and in tenths: what is left is the network and, of the
# dispatcher, the rights to become somebody else and to hand files over.
EXPOSED = {"deskbelld": 30, "deskbell-dispatcher": 42}


@pytest.mark.parametrize("unit", sorted(EXPOSED))
def test_a_unit_is_right_and_closed(tmp_path, unit):
    text = (UNITS / f"{unit}.service").read_text("utf-8")
    program, = re.findall(r"^ExecStart=/usr/sbin/(\S+)$", text, re.M)
    built, = (path for path in BUILD.resolve().glob(f"src/*/{program}") if path.is_file())
    copy = tmp_path / f"{unit}.service"
    copy.write_text(text.replace(f"/usr/sbin/{program}", str(built)), "utf-8")
    for other in EXPOSED:  # which they name
        if other != unit:
            (tmp_path / f"{other}.service").write_text("[Service]\nExecStart=/bin/true\n", "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True,
                          text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 0 and str(copy) not in done.stderr, done.stderr
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                           f"--threshold={EXPOSED[unit]}", copy], capture_output=True, text=True,
                          timeout=WAIT_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_users_are_those_of_the_defaults():
    made = re.findall(r"^u (\S+)", (UNITS / "deskbell.sysusers").read_text("utf-8"), re.M)
    options = subprocess.run([BUILD / "src/deskbelld/deskbelld", "--options"], capture_output=True,
                             text=True, timeout=WAIT_S, check=True).stdout
    assert made == re.findall(r"^(?:user|\w+_user) +text +(\S+)$", options, re.M)
