"""Starting, refusing to start, running out of disk, going on, stopping."""

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess

import lmdb
import pytest

from harness import (DESKBELLCTL, DESKBELLD, DISPATCHER, WAIT_S, Agent, Refused, Visitor, run_async,
                     wait_until)
from chat_test import shop, talking  # noqa: F401


def refused(conf, *args):
    done = subprocess.run([DESKBELLD, "-c", conf, *args], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    return done.stderr


def test_the_first_start_makes_a_department_an_administrator_and_a_link(gateway):
    row = gateway.first_department()
    assert (row["name"], row["type"]) == ("Shop", "public")
    agents = gateway.ctl("agent", "list")["rows"]
    assert [a["role"] for a in agents] == ["admin"]
    status, headers, _ = gateway.request(
        "POST", "/api/v1/password", {"link": gateway.link, "password": "a long password"},
        {"Origin": gateway.origin})
    assert status == 200 and "Set-Cookie" in headers
    assert gateway.request("POST", "/api/v1/password",
                           {"link": gateway.link, "password": "another password"},
                           {"Origin": gateway.origin})[0] >= 400
    first = len(gateway.log)
    gateway.restart(signal.SIGTERM)
    assert not [x for x in gateway.log[first:] if "#link=" in x]


def test_a_wrong_line_is_named(tmp_path):
    conf = tmp_path / "deskbell.conf"
    for line, words in (("listne = 127.0.0.1:1", ["listne"]), ("threads = many", ["threads"]),
                        ("listen = nowhere", ["listen"]), ("no equals sign", [])):
        conf.write_text(f"# a comment\n\n{line}\n")
        said = refused(conf, "-t")
        assert f"{conf}:3" in said, said
        assert all(w in said for w in words), said
    conf.write_text("log_level = debug\n")
    assert subprocess.run([DESKBELLD, "-c", conf, "-t"], timeout=20).returncode == 0


def test_a_second_gateway_on_the_same_files_is_refused(gateway):
    said = refused(gateway.conf)
    assert str(gateway.process.pid) in said, said
    assert gateway.request("GET", "/healthz")[0] == 200


def test_a_dispatcher_whose_gateway_went_before_it_could_look_ends(gateway):
    gateway.stop()
    made = subprocess.run([DISPATCHER, "-c", gateway.conf, "-g", "1"], capture_output=True,
                          text=True, timeout=WAIT_S, check=False)
    assert made.returncode == 0
    assert "dispatcher.ready" in made.stderr and "dispatcher.ended" in made.stderr
    wrong = subprocess.run([DISPATCHER, "-g", "mine"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 64 and "--gateway: a process id is expected, not mine" in wrong.stderr


def test_a_store_of_a_newer_version_is_refused(gateway):
    gateway.stop()
    path = next(gateway.state.rglob("data.mdb"), None)
    env = lmdb.open(str(path.parent), max_dbs=64)
    meta = env.open_db(b"meta")
    with env.begin(write=True, db=meta) as txn:
        version, payload = txn.get(b"schema")[:1], (99).to_bytes(8, "big")
        check = 2166136261  # a row is version, FNV-1a of the payload, payload
        for byte in payload:
            check = (check ^ byte) * 16777619 & 0xffffffff
        txn.put(b"schema", version + check.to_bytes(4, "big") + payload)
    env.close()
    said = refused(gateway.conf)
    assert "schema 99" in said, said


def test_reload_changes_what_can_be_and_names_what_cannot(gateway):
    gateway.expected.add("conf.needs-restart")
    gateway.expected.add("conf.refused")
    gateway.options |= {"log_level": "debug", "threads": "3"}
    gateway.write_conf()
    gateway.process.send_signal(signal.SIGHUP)
    assert "threads" in gateway.wait_log(r"conf\.needs-restart .*").group(0)
    gateway.wait_log(r"conf\.reloaded")
    gateway.conf.write_text("nonsense\n")
    gateway.process.send_signal(signal.SIGHUP)
    gateway.wait_log(r"conf\.refused")
    assert gateway.request("GET", "/healthz")[0] == 200


def tmpfs(path, size):
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path],
                          capture_output=True, text=True)
    assert done.returncode == 0, "this test mounts a small file system and needs root: " + done.stderr


@run_async
async def test_a_full_disk_takes_nothing_loses_nothing_and_heals(make_gateway, tmp_path):
    disk = tmp_path / "disk"
    tmpfs(disk, "24m")
    try:
        gateway = make_gateway(start=False, state_dir=disk / "state", free_space_min="8M",
                               ballast="2M")
        gateway.expected |= {"store.full", "store.commit-failed", "gateway.again", "store.ballast-dropped",
                             "search.waits"}
        gateway.start()
        gateway.add_agent("Aiko", "aiko@example.com")
        gateway.code = gateway.first_department()["code"]
        agent, visitor = await talking(gateway)
        await visitor.ask("chat.send", text="kept")
        filler = disk / "filler"
        with open(filler, "wb") as f:
            try:
                while True:
                    f.write(bytes(1 << 16))
                    f.flush()
            except OSError:
                pass

        def is_full():
            return gateway.ctl("status", "show").get("read_only")

        wait_until(is_full, "read-only")
        with pytest.raises(Refused) as no:
            await visitor.ask("chat.send", text="not kept")
        assert no.value.code == "read-only"
        filler.unlink()
        wait_until(lambda: not is_full(), "writing again")
        await visitor.ask("chat.send", text="kept, too")
        gateway.restart()
        await visitor.resume()
        assert visitor.texts() == ["kept", "kept, too"]
        gateway.stop()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_first_start_without_space_is_made_good_when_there_is(make_gateway, tmp_path):
    disk = tmp_path / "disk"
    tmpfs(disk, "24m")
    try:
        filler = disk / "filler"
        filler.write_bytes(bytes(14 << 20))
        gateway = make_gateway(start=False, state_dir=disk / "state", free_space_min="12M",
                               ballast="1M")
        gateway.expected |= {"store.full", "first.no-space", "search.waits"}
        gateway.start(wait=False)
        gateway.port = int(gateway.wait_log(r"gateway\.listening .*port=(\d+)").group(1))
        gateway.wait_log(r"first\.no-space")
        assert not [x for x in gateway.log if "#link=" in x]
        assert gateway.ctl("agent", "list")["rows"] == []
        filler.unlink()
        first = gateway.wait_log(r"#link=(\S+)").group(1)
        assert len(gateway.ctl("agent", "list")["rows"]) == 1
        assert gateway.first_department()["name"] == "Shop"

        # Nobody has opened it: the next start says so, and its link is the one that counts.
        gateway.link = first
        since = len(gateway.log)
        gateway.restart(signal.SIGTERM)
        second = gateway.wait_log(r"#link=(\S+)", since).group(1)
        assert any("The administrator has no password yet." in x for x in gateway.log[since:])
        statuses = [gateway.request("POST", "/api/v1/password",
                                    {"link": link, "password": "a long password"},
                                    {"Origin": gateway.origin})[0] for link in (first, second)]
        assert statuses[0] >= 400 and statuses[1] == 200
        since = len(gateway.log)
        gateway.restart(signal.SIGTERM)
        assert not [x for x in gateway.log[since:] if "#link=" in x]
        assert len(gateway.ctl("agent", "list")["rows"]) == 1
        gateway.stop()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@run_async
async def test_a_step_of_the_walls_clock_is_nobodys_waiting(shop):  # noqa: F811
    """Two hours ahead: who has waited for a moment goes on waiting, and is missed in his own time."""
    shop.expected.add("clock.stepped")
    shop.stop()
    wall = shop.dir / "wall"
    wall.write_text("0")
    shop.start(env={"DESKBELL_WALL": str(wall)})
    shop.ctl("department", "set", "Shop", "wait_ms=60s")
    agent, first = await talking(shop)
    await agent.ask("agent.status", status="away")
    second = await Visitor(shop, shop.code).open()
    await second.start()
    wall.with_suffix(".new").write_text(str(2 * 3600 * 1000))
    os.replace(wall.with_suffix(".new"), wall)
    shop.wait_log(r"clock\.stepped ahead_ms=7")
    await first.ask("chat.send", text="after the step")
    assert second.state.get("state") == "waiting" and first.state.get("state") == "active"
    shop.advance(61 * 1000)  # his own time
    await second.until_state("missed")
    await agent.ask("chat.end", conversation=first.chat)
    await first.until_state("ended")
    shop.wait_log(r"clock\.caught-up ms=7")


def offline(conf, *words):
    return subprocess.run([DESKBELLCTL, "--json", "--yes", "-c", conf, *words], capture_output=True,
                          text=True, timeout=20, env={**os.environ, "DESKBELLD": str(DESKBELLD)})


@run_async
async def test_a_check_online_and_on_the_files_finds_all_right(shop):  # noqa: F811
    agent, visitor = await talking(shop)
    await visitor.ask("chat.send", text="checked")
    await agent.ask("chat.end", conversation=visitor.chat)
    online = shop.ctl("check")
    assert online["found"] == 0 and online["findings"] == [] and online["records"] > 5
    files = offline(shop.conf, "check", "files")
    assert files.returncode == 0, files.stderr
    assert json.loads(files.stdout)["records"] == online["records"]
    inuse = offline(shop.conf, "check", "rebuild")
    assert inuse.returncode == 1 and "is using these files" in inuse.stderr
    shop.stop()
    rebuilt = offline(shop.conf, "check", "--rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert json.loads(rebuilt.stdout)["mended"] is False
    unreachable = offline(shop.conf, "check")
    assert unreachable.returncode == 6


@run_async
async def test_backup_while_it_runs_and_restore(shop, make_gateway, tmp_path):  # noqa: F811
    agent, visitor = await talking(shop)
    await visitor.ask("chat.send", text="in the backup")
    shop.ctl("backup", "make", str(tmp_path / "backup"))
    await visitor.ask("chat.send", text="after the backup")
    other = make_gateway("other", start=False)
    other.write_conf()
    done = subprocess.run([DESKBELLCTL, "-c", other.conf, "backup", "restore",
                           tmp_path / "backup"], capture_output=True, text=True, timeout=20,
                          env={**os.environ, "DESKBELLD": str(DESKBELLD)})
    assert done.returncode == 0, done.stderr
    other.link = "none is printed for a store that is not new"
    other.start()
    visitor2 = Visitor(other, shop.code)
    visitor2.chat, visitor2.token = visitor.chat, visitor.token
    await visitor2.resume()
    assert visitor2.texts() == ["in the backup"]
    again = subprocess.run([DESKBELLCTL, "-c", other.conf, "backup", "restore",
                            tmp_path / "backup"], capture_output=True, text=True, timeout=20,
                           env={**os.environ, "DESKBELLD": str(DESKBELLD)})
    assert again.returncode != 0 and f"{other.state}: there is something" in again.stderr


def test_a_backup_that_was_cut_off_is_refused_and_the_good_one_goes_in(shop, make_gateway, tmp_path):  # noqa: F811
    shop.ctl("backup", "make", str(tmp_path / "good"))
    shutil.copytree(tmp_path / "good", tmp_path / "cut")
    whole = (tmp_path / "cut/data.mdb").stat().st_size
    os.truncate(tmp_path / "cut/data.mdb", whole - 4096)
    other = make_gateway("other", start=False)
    other.write_conf()
    left = other.dir / "state.restore"  # of a restore that was killed
    left.mkdir()
    shutil.copy(tmp_path / "cut/data.mdb", left)
    cut = offline(other.conf, "backup", "restore", tmp_path / "cut")
    assert cut.returncode == 1, cut
    assert f"has {whole - 4096} bytes and needs {whole}: its end is missing" in cut.stderr
    assert not other.state.exists()
    good = offline(other.conf, "backup", "restore", tmp_path / "good")
    assert good.returncode == 0, good.stderr
    assert other.state.exists() and not left.exists()

    # The same of a store: gateway, dispatcher and check say it, and nobody dies or begins anew.
    os.truncate(other.state / "data.mdb", whole - 1)
    for said in (refused(other.conf), refused(other.conf, "--check"),
                 subprocess.run([DISPATCHER, "-c", other.conf], capture_output=True, text=True,
                                timeout=WAIT_S, check=False).stderr):
        assert f"has {whole - 1} bytes and needs {whole}: its end is missing" in said, said
    assert "deskbelld --restore" in refused(other.conf)


def test_asked_twice_to_stop_while_the_disk_syncs_it_waits_and_says_what_is_durable(make_gateway,
                                                                                     tmp_path):
    shop = make_gateway(start=False)
    slow = tmp_path / "slow"
    shop.start(env={"DESKBELL_HOLD": f"gateway.write:{slow}"})
    code = shop.first_department()["code"]
    slow.touch()
    left = json.dumps({"id": "left-at-the-stop", "do": "chat.leave-message", "name": "H",
                       "email": "h@example.com", "text": "call me"})
    visitor = socket.create_connection(("127.0.0.1", shop.port), WAIT_S)
    visitor.sendall(f"POST /w/{code}/command HTTP/1.1\r\nHost: x\r\nContent-Length: {len(left)}\r\n"
                    f"Content-Type: application/json\r\n\r\n{left}".encode())
    wait_until(lambda: slow.stat().st_size > 0, "the batch is under way")
    shop.process.send_signal(signal.SIGTERM)
    shop.wait_log(r"gateway\.stopping connections=closing")
    shop.process.send_signal(signal.SIGTERM)
    shop.wait_log(r"gateway\.stopping connections=cut")
    assert shop.process.poll() is None, "it waits for the disk"
    slow.unlink()
    assert shop.process.wait(WAIT_S) == 0
    visitor.close()
    durable = wait_until(lambda: [m for m in (re.search(r"gateway\.stopped durable=(\d+)", line)
                                              for line in shop.log) if m], "what is durable")
    shop.start()
    assert len(shop.ctl("conversation", "list", "missed")["rows"]) == 1
    loaded = re.search(r"store\.loaded .*records=(\d+) .*next=(\d+)",
                       "\n".join(shop.log[shop.log.index(durable[0].string):]))
    assert loaded.group(1) == "0", "images of everything were written"
    assert int(loaded.group(2)) == int(durable[0].group(1)) + 1
