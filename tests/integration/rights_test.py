"""Started by root, each program is its own user, has no capability left, and cannot reach what is not
its own: tried from inside.  Without root there is nothing to give up, and nothing here is tested."""

import grp
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import pytest

from harness import BUILD, DESKBELLCTL, DESKBELLD, DISPATCHER, WAIT_S, Gateway, Visitor, run_async, wait_until

USERS = {"user": "proxy", "dispatcher_user": "list", "smtp_user": "irc"}  # there on each Debian
TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", "."))
SANITIZED = b"__asan_init" in pathlib.Path(DESKBELLD).read_bytes()  # looks for leaks from outside
PROBE = BUILD / "tests/integration/rights_probe"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who has rights to give up")


def uid(key):
    return pwd.getpwnam(USERS[key]).pw_uid


class Kept(Gateway):
    """A gateway that root starts for others."""

    @property
    def socket(self):
        return self.state / "control.sock"


@pytest.fixture
def place():
    """Where other users can go, too."""
    with tempfile.TemporaryDirectory(prefix="deskbell-rights-", dir="/tmp") as directory:
        os.chmod(directory, 0o755)
        yield pathlib.Path(directory)


@pytest.fixture
def start(place):
    made = []

    def make(probe=None, **options):
        gateway = Kept(place / "gateway", **{"dispatcher": "yes", **USERS, **options})
        os.chmod(gateway.dir, 0o755)
        if probe:  # beside one another, as the product's own
            gateway.options["dispatcher_program"] = place / "bin/deskbell-dispatcher"
            (place / "bin").mkdir(mode=0o700)  # nobody else can go there, and need not
            for name, program in (("deskbell-dispatcher", DISPATCHER),
                                  ("deskbell-smtp", BUILD / "src/smtp/deskbell-smtp")):
                shutil.copy(PROBE if name == probe else program, place / "bin" / name)
        made.append(gateway)
        # With groups to lose: they are no user's, and stay with who does not give them up.
        return gateway.start(preexec=lambda: os.setgroups([grp.getgrnam("shadow").gr_gid]),
                             env={"DESKBELL_PROBE": str(gateway.state)})

    yield make
    for gateway in made:
        gateway.stop()
        assert gateway.complaints() == []


def status(pid):
    rows = pathlib.Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return dict(row.split(":\t", 1) for row in rows if ":\t" in row)


def children(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()


def leaves_no_core(pid):
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text("utf-8")
    assert re.search(r"Max core file size +0 +0 ", limits)
    if not SANITIZED:
        assert os.stat(f"/proc/{pid}/environ").st_uid == 0  # nobody else looks into it


def has_nothing(pid, key):
    now = status(pid)
    assert set(now["Uid"].split()) == {str(uid(key))}
    assert [now[caps] for caps in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")] == ["0" * 16] * 5
    assert now["NoNewPrivs"] == "1" and not now["Groups"].strip()
    leaves_no_core(pid)


def pids(gateway):
    """Of the gateway itself, and of the dispatcher."""
    both = wait_until(lambda: len(children(gateway.process.pid)) == 2 and
                      children(gateway.process.pid), "two processes")
    return sorted(both, key=lambda pid: status(pid)["Name"] != "deskbelld")


def what_it_could(gateway, key, count=12):
    gateway.wait_log(rf"probe uid={uid(key)} end")
    found = [re.match(rf"probe uid={uid(key)} (\S+)=(yes|no)$", line) for line in gateway.log]
    could = {m.group(1): m.group(2) == "yes" for m in found if m}
    assert len(could) == count, could
    return {what for what, yes in could.items() if yes}


def test_each_is_its_own_user_without_any_capability(start):
    gateway = start()
    gateway.wait_log(r"dispatcher\.ready")
    first, second = pids(gateway)
    assert [status(pid)["Name"] for pid in (gateway.process.pid, first, second)] == \
        ["deskbell-keeper", "deskbelld", "deskbell-dispat"]
    has_nothing(first, "user")
    has_nothing(second, "dispatcher_user")
    keeper = status(gateway.process.pid)
    # To become somebody else (6, 7, 8), to end whom it started (5), to let the gateway have a port
    # below 1024 (10).
    assert int(keeper["CapBnd"], 16) == int(keeper["CapEff"], 16) == sum(1 << n for n in (5, 6, 7, 8, 10))
    found = {path.name: (path.stat().st_uid, path.stat().st_mode & 0o777)
             for path in [gateway.state, *gateway.state.iterdir()]}
    mine, other = uid("user"), uid("dispatcher_user")
    assert found == {
        "state": (mine, 0o750), "data.mdb": (mine, 0o660), "lock.mdb": (mine, 0o660),
        "gateway.lock": (mine, 0o600), "gateway.key": (mine, 0o600), "ballast": (mine, 0o600),
        "control.sock": (mine, 0o660), "dispatcher.key": (other, 0o600),
        "dispatcher.lock": (other, 0o600), "dispatch": (other, 0o700),
        "search.db": (mine, 0o600), "search.db-wal": (mine, 0o600),
        "search.db-shm": (mine, 0o600)}
    # Files that root has touched meanwhile go back to whose they are.
    gateway.kill(signal.SIGTERM)
    os.chown(gateway.state / "dispatcher.key", 0, 0)
    os.chown(gateway.state / "data.mdb", 0, 0)
    gateway.start()
    assert (gateway.state / "dispatcher.key").stat().st_uid == other
    assert (gateway.state / "data.mdb").stat().st_uid == mine


def test_it_ends_with_its_signal_and_dies_with_its_death(start):
    gateway = start()
    gateway.wait_log(r"dispatcher\.ready")
    first, second = pids(gateway)
    os.kill(int(first), signal.SIGKILL)
    assert gateway.process.wait(WAIT_S) == -signal.SIGKILL
    wait_until(lambda: not os.path.exists(f"/proc/{second}"), "the dispatcher has ended")
    gateway.start()
    first, second = pids(gateway)
    gateway.expected.add("dispatcher.ended")
    os.kill(int(second), signal.SIGKILL)
    gateway.wait_log(r"dispatcher\.ended signal=9")
    third = pids(gateway)[1]
    assert third != second
    wait_until(lambda: status(third)["Uid"].split()[0] == str(uid("dispatcher_user")),
               "it is its own user")


def test_a_port_below_1024_can_be_listened_on(start):
    gateway = start(listen="127.0.0.1:0, 127.0.0.77:979")
    has_nothing(pids(gateway)[0], "user")


def test_what_a_dispatcher_can_reach_is_the_store_and_its_key(start):
    gateway = start(probe="deskbell-dispatcher")
    could = what_it_could(gateway, "dispatcher_user")
    assert could == {"read-data.mdb", "write-data.mdb", "read-dispatcher.key", "control"}


@run_async
async def test_who_talks_to_mail_servers_can_reach_nothing(start):
    gateway = start(probe="deskbell-smtp")
    gateway.expected |= {"relay.trouble"}
    gateway.ctl("portal", "set", "relay_host=localhost", "relay_port=9", "relay_tls=none",
                "from=shop@example.com")
    gateway.ctl("department", "set", "Shop", "mail.missed.addresses=missed@example.com",
                "mail.missed.on=yes")
    visitor = await Visitor(gateway, gateway.first_department()["code"]).open()
    await visitor.ask("chat.leave-message", name="H", email="h@example.com", text="first")
    assert what_it_could(gateway, "smtp_user") == set()
    row = wait_until(lambda: next((m for m in gateway.ctl("outbox", "list")["rows"]
                                   if m["state"] == "deferred"), None), "its end was heard of")
    assert row["reason"]
    await visitor.close()


def test_what_a_gateway_can_reach_is_all_but_the_dispatchers_key(start):
    gateway = start()
    done = subprocess.run(["setpriv", "--reuid", USERS["user"], "--regid", USERS["user"],
                           "--clear-groups", "--no-new-privs", PROBE], capture_output=True, text=True,
                          env={"DESKBELL_PROBE": str(gateway.state)}, timeout=WAIT_S, check=True)
    could = {what for what, yes in re.findall(r" (\S+)=(yes|no)", done.stderr) if yes == "yes"}
    assert could - {"core"} == {"read-data.mdb", "write-data.mdb", "read-gateway.key", "control"}


def test_a_dispatcher_that_root_starts_alone_is_its_own_user_too(start, place):
    gateway = start(dispatcher="no")
    gateway.stop()
    # As a gateway leaves them that was never root: all its own; and with the rights of the unit.
    for path, mode in ((gateway.state, 0o700), (gateway.state / "data.mdb", 0o600),
                       (gateway.state / "lock.mdb", 0o600), (gateway.state / "dispatcher.key", 0o600)):
        shutil.chown(path, USERS["user"])
        path.chmod(mode)
    (gateway.state / "dispatcher.lock").unlink()
    (gateway.state / "dispatch").rmdir()
    unit = (TOP / "contrib/systemd/deskbell-dispatcher.service").read_text("utf-8")
    caps = re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.M).group(1).lower().split()
    bounds = ",".join(["-all"] + [cap.replace("cap_", "+", 1) for cap in caps])
    with open(place / "said", "w", encoding="utf-8") as said:
        alone = subprocess.Popen(["setpriv", "--bounding-set", bounds, DISPATCHER, "-c",
                                  gateway.conf], stderr=said)
    try:
        wait_until(lambda: "dispatcher.ready" in (place / "said").read_text("utf-8"), "it is ready")
        child, = children(alone.pid)
        has_nothing(child, "dispatcher_user")
    finally:
        alone.terminate()
        assert alone.wait(WAIT_S) == 0


def test_a_backup_gets_the_key_from_whoever_may_read_it(start, place):
    gateway = start()
    (place / "copies").mkdir()
    shutil.chown(place / "copies", USERS["user"])
    words = [DESKBELLCTL, "-c", gateway.conf, "--socket", gateway.socket, "backup", "make"]
    said = subprocess.run([*words, place / "copies/whole"], capture_output=True, text=True,
                          timeout=WAIT_S, check=True).stdout
    assert "holds the keys" in said
    assert (place / "copies/whole/dispatcher.key").read_bytes() == \
        (gateway.state / "dispatcher.key").read_bytes()
    said = subprocess.run([*words, place / "copies/none", "without_keys=yes"], capture_output=True,
                          text=True, timeout=WAIT_S, check=True).stdout
    assert "without the keys" in said
    assert sorted(p.name for p in (place / "copies/none").iterdir()) == ["data.mdb"]
    program = shutil.copy(DESKBELLCTL, place / "deskbellctl")
    said = subprocess.run(["setpriv", "--reuid", USERS["user"], "--regid", USERS["user"],
                           "--clear-groups", program, *words[1:], place / "copies/half"],
                          capture_output=True, text=True, timeout=WAIT_S, check=True).stdout
    assert "lacks dispatcher.key" in said


def test_an_operators_command_leaves_no_core_either(place):
    """Passwords and links pass through it."""
    program = shutil.copy(DESKBELLCTL, place / "deskbellctl")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.bind(str(place / "control.sock"))
        control.listen()
        (place / "control.sock").chmod(0o666)
        command = subprocess.Popen(["setpriv", "--reuid", USERS["user"], "--regid", USERS["user"],
                                    "--clear-groups", program, "--socket", place / "control.sock",
                                    "status", "show"], stderr=subprocess.DEVNULL)
        asking, _ = control.accept()
        assert b"status" in asking.recv(4096)
        assert status(command.pid)["Uid"].split()[0] == str(uid("user"))
        leaves_no_core(command.pid)
        asking.close()
        assert command.wait(WAIT_S) != 0


def refused(place, **options):
    conf = place / "deskbell.conf"
    rows = {"listen": "127.0.0.1:0", "state_dir": place / "state", **USERS, **options}
    conf.write_text("".join(f"{k} = {v}\n" for k, v in rows.items()), "utf-8")
    done = subprocess.run([DESKBELLD, "-c", conf], capture_output=True, text=True, timeout=WAIT_S,
                          check=False)
    assert done.returncode == 1 and done.stdout == ""
    return done.stderr


def test_what_is_missing_or_belongs_to_others_is_refused_with_the_reason(place):
    said = refused(place, smtp_user="no-such-user")
    assert "smtp_user: there is no user no-such-user on this machine; make one" in said
    assert "each program needs a user of its own" in refused(place, smtp_user="list")
    assert not (place / "state").exists()
    hidden = place / "hidden"
    hidden.mkdir(mode=0o700)
    said = refused(place, state_dir=hidden / "state")
    assert "state cannot be used by the user proxy: Permission denied" in said
    theirs = place / "theirs"
    theirs.mkdir()
    shutil.chown(theirs, "games")
    assert "theirs belongs to another user" in refused(place, state_dir=theirs)


def test_nothing_leads_to_files_outside(place):
    """What a gateway that was taken over may have put into its directory."""
    state, outside = place / "state", place / "outside"
    outside.write_text("root's")
    for put in (lambda at: at.symlink_to(outside), lambda at: os.link(outside, at), os.mkfifo):
        state.mkdir()
        shutil.chown(state, USERS["user"])
        put(state / "ballast")
        assert "ballast is not a file of its own" in refused(place)
        assert (outside.stat().st_uid, outside.stat().st_mode & 0o777) == (0, 0o644)
        shutil.rmtree(state)
