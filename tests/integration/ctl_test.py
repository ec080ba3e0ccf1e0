"""deskbellctl at a prompt: everything that an operator does."""

import json
import os
import shlex
import socket
import subprocess

import pytest

from harness import Agent, DESKBELLCTL, black_png

SIX = ("from", "transcript", "block", "feedback", "missed", "copy")


def said(gateway, *args, **kwargs):
    done = gateway.ctl(*args, ok=False, **kwargs)
    return done.returncode, done.stderr


def test_departments_come_and_go(gateway):
    made = gateway.ctl("department", "add", "Billing", "type=private", "description=支払い")
    assert made["department"]
    shown = gateway.ctl("department", "show", "Billing")
    assert (shown["type"], shown["description"]) == ("private", "支払い")
    assert said(gateway, "department", "embed", "Billing")[0] == 4
    assert gateway.ctl("department", "disable", "Billing") is not None
    assert gateway.ctl("department", "show", "Billing")["enabled"] is False
    assert gateway.ctl("department", "disable", "Billing")["unchanged"] is True
    gateway.ctl("department", "enable", "Billing")
    gateway.ctl("department", "remove", "Billing")
    assert said(gateway, "department", "show", "Billing")[0] == 3
    embed = gateway.ctl("department", "embed", "Shop")["embed"]
    assert gateway.first_department()["code"] in embed and "integrity=" in embed


def test_agents_come_and_go(gateway):
    gateway.ctl("agent", "add", "Aiko", "aiko@example.com", "departments=Shop", "capacity=5")
    code, err = said(gateway, "agent", "add", "Second", "AIKO@example.com")
    assert code == 4 and "email" in err
    shown = gateway.ctl("agent", "show", "aiko@example.com")
    assert shown["capacity"] == 5 and len(shown["departments"]) == 1
    gateway.ctl("department", "add", "Two")
    gateway.ctl("member", "set", "aiko@example.com", "Two", "notify=no")
    assert len(gateway.ctl("agent", "show", "aiko@example.com")["departments"]) == 2
    gateway.ctl("member", "remove", "aiko@example.com", "Two")
    tried = gateway.ctl("--dry-run", "agent", "disable", "aiko@example.com")
    assert tried["dry_run"] is True and tried["taken_over"] == 0
    assert gateway.ctl("agent", "show", "aiko@example.com")["enabled"] is True
    gateway.ctl("agent", "disable", "aiko@example.com")
    assert gateway.ctl("agent", "show", "aiko@example.com")["enabled"] is False
    assert said(gateway, "--dry-run", "agent", "enable", "aiko@example.com")[0] == 2
    assert said(gateway, "agent", "remove", "aiko@example.com", "to=nobody@example.com")[0] == 3
    assert said(gateway, "agent", "disable", "aiko@example.com", "anonymise=yes")[0] == 2
    assert gateway.ctl("agent", "work", "aiko@example.com")["chats"] == 0
    gateway.ctl("agent", "remove", "aiko@example.com")
    assert said(gateway, "agent", "show", "aiko@example.com")[0] == 3


def test_roles_come_and_go_and_say_why(gateway):
    gateway.ctl("role", "add", "Writers", "permissions=reply,note")
    gateway.ctl("agent", "add", "Aiko", "aiko@example.com", "departments=Shop")
    gateway.ctl("agent", "role", "aiko@example.com", "writers")
    assert gateway.ctl("agent", "show", "aiko@example.com")["custom_role_name"] == "Writers"
    assert gateway.ctl("agent", "role", "aiko@example.com", "Writers")["unchanged"] is True
    gateway.ctl("role", "set", "Writers", "permissions=note")
    why = gateway.ctl("agent", "explain", "aiko@example.com", "reply")
    assert (why["may"], why["permission"], why["has_permission"]) == (False, "reply", False)
    assert said(gateway, "role", "remove", "Writers")[0] == 4
    assert said(gateway, "role", "remove", "Readers")[0] == 3
    gateway.ctl("agent", "set", "aiko@example.com", "role=agent")
    gateway.ctl("role", "remove", "Writers")


def test_a_picture_comes_out_of_a_file(gateway, tmp_path):
    gateway.ctl("agent", "add", "Aiko", "aiko@example.com", "departments=Shop")
    file = tmp_path / "aiko.png"
    file.write_bytes(black_png(300, 200))
    name = gateway.ctl("agent", "picture", "aiko@example.com", str(file))["picture"]
    assert gateway.ctl("agent", "show", "aiko@example.com")["picture"] == name
    status, headers, body = gateway.request("GET", f"/w/picture/{name}")
    assert (status, headers["Content-Type"], body[:4]) == (200, "image/webp", b"RIFF")
    assert gateway.request("GET", f"/w/picture/{name[::-1]}")[0] == 404
    file.write_bytes(b"<svg/>")
    assert said(gateway, "agent", "picture", "aiko@example.com", str(file))[0] != 0
    file.write_bytes(bytes(512 * 1024 + 1))
    assert said(gateway, "agent", "picture", "aiko@example.com", str(file))[0] == 2
    gateway.ctl("agent", "picture", "aiko@example.com", "remove=yes")
    assert gateway.request("GET", f"/w/picture/{name}")[0] == 404


def test_all_six_mail_settings_are_set_at_once_or_not_at_all(gateway):
    gateway.ctl("portal", "set", "from=portal@example.com")
    pairs = [f"mail.{s}.addresses={s}@example.com" for s in SIX]
    gateway.ctl("department", "set", "Shop", *pairs, *[f"mail.{s}.on=yes" for s in SIX])
    shown = gateway.ctl("department", "show", "Shop")
    for s in SIX:
        assert shown[f"mail.{s}.on"] is True
        assert shown[f"mail.{s}.addresses"] == f"{s}@example.com"
    code, err = said(gateway, "department", "set", "Shop", "description=half",
                     "mail.missed.addresses=good@example.com, not an address, b@example.com")
    assert code == 2 and "mail.missed.addresses" in err and "not an address" in err
    after = gateway.ctl("department", "show", "Shop")
    assert after["description"] == shown["description"]
    assert after["mail.missed.addresses"] == "missed@example.com"
    code, err = said(gateway, "department", "set", "Shop",
                     "mail.from.addresses=a@example.com,b@example.com")
    assert code == 2 and "mail.from.addresses" in err


def test_a_notice_needs_a_sender(gateway):
    code, err = said(gateway, "department", "set", "Shop", "mail.missed.on=yes",
                     "mail.missed.addresses=a@example.com")
    assert code != 0 and "from" in err.lower()


def test_blocks_come_and_go(gateway):
    gateway.ctl("block", "add", "192.0.2.0/24", "for=1h", "reason=spam")
    rows = gateway.ctl("block", "list")["rows"]
    assert [(r["prefix"], r["reason"]) for r in rows] == [("192.0.2.0/24", "spam")]
    assert rows[0]["until_ms"] - rows[0]["since_ms"] == pytest.approx(3600000, abs=60000)
    assert said(gateway, "block", "add", "192.0.2.1/24")[0] == 2
    assert said(gateway, "block", "add", "nonsense")[0] == 2
    gateway.ctl("block", "remove", "192.0.2.0/24")
    assert gateway.ctl("block", "list")["rows"] == []


def test_api_tokens_come_and_go(gateway):
    gateway.ctl("agent", "add", "Ann", "ann@example.com")
    made = gateway.ctl("token", "add", "ann@example.com", "Till", "permissions=reply,note", "for=30d")
    text = subprocess.run([DESKBELLCTL, "--socket", gateway.socket, "token", "add", "ann@example.com", "Night"],
                          capture_output=True, text=True, check=True).stdout
    assert text.startswith("dbk_") and text.endswith("\n") and text.count("\n") == 1

    def asks(secret):
        return gateway.request("GET", "/api/v1/lists/mine", headers={"Authorization": f"Bearer {secret}"})[0]

    assert asks(made["secret"]) == asks(text.strip()) == 200
    gateway.kill()
    gateway.start()
    rows = gateway.ctl("token", "list", "ann@example.com")["rows"]
    assert [(row["name"], row["permissions"]) for row in rows] == [("Till", ["reply", "note"]), ("Night", [])]
    assert all(row["used_ms"] > 0 for row in rows)
    assert asks(made["secret"]) == 200
    gateway.ctl("token", "remove", made["token"])
    assert asks(made["secret"]) == 401 and asks(text.strip()) == 200
    assert said(gateway, "token", "remove", made["token"])[0] == 3
    code, err = said(gateway, "token", "add", "ann@example.com", "More", "permissions=fly")
    assert code == 2 and "reply" in err
    assert said(gateway, "token", "add", "ann@example.com", "More", "until=1")[0] == 2
    gateway.ctl("agent", "disable", "ann@example.com")
    assert asks(text.strip()) == 401
    assert gateway.ctl("check", "show")["found"] == 0


def test_sessions_are_seen_and_ended(gateway):
    gateway.add_agent("Ann", "ann@example.com")
    one, two = Agent(gateway, "ann@example.com"), Agent(gateway, "ann@example.com")
    one.sign_in()
    two.sign_in()
    rows = gateway.ctl("session", "list", "ann@example.com")["rows"]
    assert len(rows) >= 2 and all(row["ip"] == "127.0.0.1" for row in rows)

    def works(agent):
        return gateway.request("GET", "/api/v1/lists/mine", headers={"Cookie": agent.cookie})[0] == 200

    gateway.kill()
    gateway.start()
    assert gateway.ctl("session", "list", "ann@example.com")["rows"] == rows
    gateway.ctl("session", "end", "ann@example.com", rows[-1]["session"])
    assert works(one) and not works(two)
    assert said(gateway, "session", "end", "ann@example.com", rows[-1]["session"])[0] == 3
    gateway.ctl("session", "end", "ann@example.com")
    assert not works(one)
    assert gateway.ctl("session", "list", "ann@example.com")["rows"] == []
    assert gateway.ctl("check", "show")["found"] == 0


def test_canned_replies_come_and_go(gateway):
    gateway.ctl("agent", "add", "Ann", "ann@example.com")
    made = gateway.ctl("canned", "add", "Gift wrapping", "ギフト包装は無料です。", "shortcut=gift", "lang=ja")
    assert made["version"] == 1
    gateway.ctl("canned", "add", "Own", "hello", "agent=ann@example.com")
    gateway.ctl("canned", "add", "Hours", "-", "department=Shop", stdin="\ufeffNine\nto five.\n")
    rows = gateway.ctl("canned", "list")["rows"]
    assert {row["title"]: row["scope"] for row in rows} == {
        "Gift wrapping": "portal", "Own": "own", "Hours": "department"}
    assert [row["title"] for row in gateway.ctl("canned", "find", "ｷﾞﾌﾄ")["rows"]] == ["Gift wrapping"]
    assert gateway.ctl("canned", "list", "scope=portal")["rows"][0]["canned"] == made["canned"]
    gateway.ctl("canned", "set", made["canned"], "title=Wrapping", "version=1")
    code, err = said(gateway, "canned", "set", made["canned"], "title=Late", "version=1")
    assert code == 4 and "version 2" in err
    gateway.kill()
    gateway.start()
    shown = gateway.ctl("canned", "show", made["canned"])
    assert (shown["title"], shown["text"], shown["version"]) == ("Wrapping", "ギフト包装は無料です。", 2)
    hours = next(row for row in rows if row["title"] == "Hours")
    assert gateway.ctl("canned", "show", hours["canned"])["text"] == "Nine\nto five."
    gateway.ctl("canned", "remove", made["canned"])
    assert said(gateway, "canned", "show", made["canned"])[0] == 3
    assert said(gateway, "canned", "add", "T", "x", "department=None")[0] == 3
    assert said(gateway, "canned", "add", "T", "x", "whose=me")[0] == 2
    assert gateway.ctl("check", "show")["found"] == 0


def test_a_block_that_reaches_far_is_asked_for_first(gateway):
    base = [DESKBELLCTL, "--socket", gateway.socket]
    add = ["block", "add", "10.0.0.0/8"]
    done = subprocess.run(base + add, capture_output=True, text=True, timeout=20,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 2
    assert "10.0.0.0/8" in done.stderr and "0 chats" in done.stderr and "--yes" in done.stderr
    assert gateway.ctl("block", "list")["rows"] == []
    done = subprocess.run(base + ["--yes"] + add, capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode == 0, done.stderr
    assert [r["prefix"] for r in gateway.ctl("block", "list")["rows"]] == ["10.0.0.0/8"]
    gateway.ctl("block", "remove", "10.0.0.0/8")


def test_a_block_is_found_by_its_address_however_it_is_written(gateway):
    for listed, typed in (("198.51.100.7", "198.51.100.7/32"), ("198.51.100.7", "::ffff:198.51.100.7"),
                          ("2001:db8::1", "2001:0DB8:0:0::1"), ("2001:db8::1", "2001:db8::1/128"),
                          ("2001:db8:5::/64", "2001:db8:5:0:0::/64")):
        gateway.ctl("block", "add", listed)
        assert gateway.ctl("block", "list")["rows"][0]["prefix"].split("/128")[0] == listed
        assert said(gateway, "block", "remove", "198.51.100.0/24")[0] == 3
        gateway.ctl("block", "remove", typed)
        assert gateway.ctl("block", "list")["rows"] == []


def people_see(gateway, *args, **env):
    done = subprocess.run([DESKBELLCTL, "--socket", gateway.socket, *args], capture_output=True,
                          text=True, env={"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", **env})
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_listed_is_listed_to_its_end(gateway):
    addresses = [f"203.0.{i >> 8}.{i & 255}" for i in range(450)]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.connect(str(gateway.socket))
        answers = control.makefile(encoding="utf-8")
        for address in addresses:
            control.sendall(json.dumps({"id": address, "do": "block.add",
                                        "prefix": address}).encode() + b"\n")
            assert "ok" in json.loads(answers.readline())
    rows = gateway.ctl("block", "list")["rows"]
    assert sorted(r["prefix"] for r in rows) == sorted(addresses)
    shown = people_see(gateway, "block", "list").splitlines()
    assert len(shown) == 451 and sum(line.startswith("ID") for line in shown) == 1
    assert not [line for line in shown if "cursor" in line]
    gateway.ctl("block", "remove", addresses[0])
    gateway.ctl("block", "remove", addresses[-1])
    assert len(gateway.ctl("block", "list")["rows"]) == 448


def test_people_read_names_zones_and_durations(gateway):
    gateway.ctl("department", "set", "Shop", "offer_ms=20s", "wait_ms=90s", "idle_ms=2h")
    words = dict(line.split(None, 1) for line in people_see(gateway, "department", "show", "Shop")
                 .splitlines() if "_ms " in line)
    assert (words["offer_ms"], words["wait_ms"], words["idle_ms"]) == ("20s", "90s", "2h")
    gateway.ctl("department", "set", "Shop", f"wait_ms={words['wait_ms']}")
    assert gateway.ctl("department", "show", "Shop")["wait_ms"] == 90000
    assert "grace_ms" in people_see(gateway, "portal", "show")
    code = gateway.first_department()["code"]
    status, _, _ = gateway.request("POST", f"/w/{code}/command", {
        "id": "leave-0123456789abcdef", "do": "chat.leave-message", "name": "Ito",
        "email": "ito@example.com", "text": "Hello?"})
    assert status == 200
    row = people_see(gateway, "conversation", "list").splitlines()[1]
    assert " Shop " in row and " +0900 " in row
    assert "Shop" in people_see(gateway, "conversation", "show", "1")
    assert "+0900" in people_see(gateway, "conversation", "show", "1")


def test_a_word_that_is_nearly_one_is_named(gateway):
    for args, meant in ((("departmnet", "list"), '"department"'), (("block", "lsit"), '"list"'),
                        (("department", "set", "Shop", "ofer_ms=3s"), '"offer_ms"'),
                        (("department", "show", "Shpo"), '"Shop"'), (("help", "agnet"), '"agent"'),
                        (("BLOCK", "list"), '"block"'), (("block", "LIS"), '"list"')):
        err = said(gateway, *args)[1]
        assert f"did you mean {meant}?" in err, (args, err)
    assert "did you mean" not in said(gateway, "xyzzy", "list")[1]
    for args in (("help", "show"), ("help",), ("help", "show", "block")):
        assert "block remove" in people_see(gateway, *args)
    # A letter's case is the same in each locale, also where i and I are no pair.
    gateway.ctl("agent", "add", "Aiko", "aiko@example.com", "departments=SHOP")
    assert "aiko@" in people_see(gateway, "agent", "show", "AIKO@EXAMPLE.COM", LC_ALL="tr_TR.UTF-8")


def completed(gateway, line):
    script = f"""
        deskbellctl() {{ {shlex.quote(str(DESKBELLCTL))} "$@"; }}
        export -f deskbellctl
        eval "$(deskbellctl completion bash)"
        COMP_LINE={shlex.quote(line)} COMP_POINT=${{#COMP_LINE}}
        _deskbellctl
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                          env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]})
    assert done.stderr == "", done.stderr
    return done.stdout.split("\n")[:-1]


def test_the_completion_knows_options_names_and_settings(gateway):
    gateway.ctl("department", "add", "Tea shop")
    gateway.ctl("agent", "add", "Aiko", "aiko@example.com")
    begin = f"deskbellctl --json --socket {gateway.socket} "
    assert completed(gateway, "deskbellctl depart") == ["department"]
    assert completed(gateway, "deskbellctl --js") == ["--json"]
    assert completed(gateway, begin + "block ") == ["list", "add", "remove"]
    assert completed(gateway, begin + "department show ") == ["Shop", "Tea\\ shop"]
    assert completed(gateway, begin + "department show T") == ["Tea\\ shop"]
    assert completed(gateway, begin + "department set Tea\\ shop offer") == ["offer_ms="]
    # What follows the last "@" is what bash puts in.
    assert completed(gateway, begin + "agent show aiko@ex") == ["example.com"]
    assert completed(gateway, begin + "member set aiko@example.com S") == ["Shop"]
    assert completed(gateway, begin + "outbox list ca") == ["cause="]
    assert completed(gateway, begin + "settings list por") == ["portal"]


def test_mistakes_are_told_with_what_to_do(gateway):
    for args, code, word in ((("department", "set", "Shop", "offer=3"), 2, "offer"),
                             (("department", "set", "Shop", "offer_ms=soon"), 2, "offer_ms"),
                             (("department", "set", "Shop", "offer_ms=1ms"), 2, "offer_ms"),
                             (("department", "fly"), 2, "fly"), (("desk", "list"), 2, "desk"),
                             (("department", "show"), 2, "DEPARTMENT"),
                             (("department", "show", "Nowhere"), 3, "Nowhere")):
        got, err = said(gateway, *args)
        assert got == code and word in err, (args, got, err)
    alone = subprocess.run([DESKBELLCTL, "--socket", gateway.dir / "none.sock", "status"],
                           capture_output=True, text=True)
    assert alone.returncode == 6 and "none.sock" in alone.stderr
    no_terminal = subprocess.run(
        [DESKBELLCTL, "--socket", gateway.socket, "department", "remove", "Shop"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert no_terminal.returncode == 2 and "--yes" in no_terminal.stderr


def test_the_relays_password_is_never_shown_again(gateway):
    gateway.ctl("portal", "set", "relay_host=mail.example.com", "relay_port=587",
                "relay_tls=starttls", "relay_user=shop")
    gateway.ctl("relay", "password", stdin="hunter2\n")
    shown = gateway.ctl("portal", "show")
    assert "hunter2" not in json.dumps(shown)
    assert shown["relay_secret"] is True
    gateway.ctl("department", "add", "Own")
    gateway.ctl("department", "set", "Own", "relay.own=on", "relay.host=mail.example.com",
                "relay.tls=tls", "relay.port=465")
    gateway.ctl("relay", "password", "-", "Own", stdin="hunter2\n")
    shown = gateway.ctl("department", "show", "Own")
    assert "hunter2" not in json.dumps(shown)
    assert (shown["relay.secret"], shown["relay.tls"], shown["relay.port"]) == (True, "tls", 465)
    store = b"".join(p.read_bytes() for p in gateway.state.rglob("*") if p.is_file())
    assert b"hunter2" not in store


def test_a_token_takes_the_passwords_place_and_may_be_longer(gateway):
    gateway.ctl("portal", "set", "relay_host=mail.example.com", "relay_port=587",
                "relay_tls=starttls", "relay_user=shop", "relay_auth=xoauth2")
    token = "ya29." + "geheim-7" * 511 + "xyz"
    assert len(token) == 4096
    gateway.ctl("relay", "password", "-", stdin=token + "\n")
    shown = gateway.ctl("portal", "show")
    assert (shown["relay_auth"], shown["relay_secret"]) == ("xoauth2", True)
    store = b"".join(p.read_bytes() for p in gateway.state.rglob("*") if p.is_file())
    assert b"geheim-7" not in store
    gateway.ctl("relay", "password", "-", stdin="\ufeff" + token + "\r\n")  # as an editor saves it
    longer = subprocess.run([DESKBELLCTL, "--socket", gateway.socket, "relay", "password", "-"],
                            input=token + "x", capture_output=True, text=True)
    assert longer.returncode == 2 and "4096" in longer.stderr


def test_what_people_see_are_tables(gateway):
    gateway.ctl("department", "add", "お問い合わせ")
    done = subprocess.run([DESKBELLCTL, "--socket", gateway.socket, "department", "list"],
                          capture_output=True, text=True, env={"LC_ALL": "C.UTF-8"})
    assert done.returncode == 0
    head, *rows = done.stdout.splitlines()
    assert head.split()[:3] == ["ID", "NAME", "TYPE"] and len(rows) == 2
    gateway.ctl("agent", "add", "Aiko", "aiko@example.com", "departments=お問い合わせ")
    for args, words in ((("status",), ("version", "outbox.queued", "outbox.late")),
                        (("agent", "show", "aiko@example.com"), ("capacity", "お問い合わせ"))):
        shown = subprocess.run([DESKBELLCTL, "--socket", gateway.socket, *args],
                               capture_output=True, text=True, env={"LC_ALL": "C.UTF-8"})
        assert shown.returncode == 0, shown.stderr
        assert all(word in shown.stdout for word in words), shown.stdout
        assert "{" not in shown.stdout and "[" not in shown.stdout, shown.stdout


def test_a_program_reads_errors_as_it_reads_answers(gateway):
    done = gateway.ctl("portal", "set", "zone=Mars/Olympus", ok=False)
    assert done.returncode == 2 and "Asia/Tokyo" in done.stderr
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["field"]) == ("invalid", "zone")
    assert gateway.ctl("portal", "set", "zone=Asia/Tokyo") is not None
    assert gateway.ctl("portal", "show")["zone"] == "Asia/Tokyo"


def test_a_conversation_is_shown_by_its_number(gateway):
    code = gateway.first_department()["code"]
    status, _, _ = gateway.request("POST", f"/w/{code}/command", {
        "id": "leave-0123456789abcdef", "do": "chat.leave-message", "name": "花子",
        "email": "hanako@example.com", "text": "first line\n\u0007second line"})
    assert status == 400  # no control characters
    status, _, _ = gateway.request("POST", f"/w/{code}/command", {
        "id": "leave-0123456789abcdeg", "do": "chat.leave-message", "name": "花子",
        "email": "hanako@example.com", "text": "first line\nsecond line"})
    assert status == 200
    assert gateway.ctl("conversation", "show", "1")["head"]["name"] == "花子"
    done = subprocess.run([DESKBELLCTL, "--socket", gateway.socket, "conversation", "show", "1"],
                          capture_output=True, text=True, env={"LC_ALL": "C.UTF-8"})
    assert "花子: first line second line" in done.stdout and "missed" in done.stdout
    assert said(gateway, "conversation", "show", "99")[0] == 3


def test_the_floor_is_shown_and_followed(gateway):
    gateway.add_agent("Aiko", "aiko@example.com")
    floor = gateway.ctl("floor")
    assert [a["name"] for a in floor["agents"]].count("Aiko") == 1
    assert floor["waiting"] == 0 and floor["departments"][0]["name"] == "Shop"
    command = [DESKBELLCTL, "--socket", gateway.socket]
    done = subprocess.run([*command, "floor"], capture_output=True, text=True, check=True)
    assert "0 wait, 0 run" in done.stdout and "Aiko" in done.stdout and "Shop" in done.stdout
    with subprocess.Popen([*command, "--watch=500ms", "floor"], stdout=subprocess.PIPE,
                          text=True) as watching:
        seen = 0
        while seen < 2:
            seen += "0 wait, 0 run" in watching.stdout.readline()
        watching.terminate()
    assert said(gateway, "--watch", "department", "disable", "Shop")[0] == 2
    assert said(gateway, "--watch=1ms", "floor")[0] == 2
    gateway.ctl("agent", "status", "aiko@example.com", "away")
    assert gateway.ctl("agent", "show", "aiko@example.com")["status"] == "away"


def test_the_report_of_time_is_a_table_or_a_file(gateway):
    since = "since=7d"
    assert gateway.ctl("report", "time", since)["total"]["conversations"] == 0
    command = [DESKBELLCTL, "--socket", gateway.socket, "report", "time", since]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("What ended from ")
    assert done.stdout.splitlines()[2].split() == ["AGENT", "DEPARTMENT", "CHATS", "TIME",
                                                   "AVERAGE", "CORRECTED"]
    assert done.stdout.splitlines()[3].split() == ["(all)", "(all)", "0", "0:00:00", "0:00:00",
                                                   "-"]
    done = subprocess.run([*command, "format=csv"], capture_output=True, check=True)
    assert done.stdout.decode("utf-8-sig").startswith("agent,department,conversations,")
    assert said(gateway, "report", "time", "since=today")[0] == 2
    assert said(gateway, "report", "time", "before=1d")[0] == 2
    assert said(gateway, "report", "time", since, "department=Nowhere")[0] == 3
