"""The dispatcher as a whole: real store, real worker, scripted server.  What becomes of each mail."""

import email
import email.policy
import os
import signal
import socket
import subprocess
import time

import pytest

from certs import Authority
from house import DISPATCHER, House
from peer import DROP, STALL, Peer, Script


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def house(tmp_path):
    with House(tmp_path) as made:
        yield made


def only_transcripts(house, port, addresses="t@example.com", **relay):
    house.settings(port, **relay)
    for which in ("block", "feedback", "missed", "copy"):
        house.do("department", f"mail.{which}.on", "false")
    house.do("department", "mail.transcript.addresses", addresses)


def parse(mail):
    return email.message_from_bytes(mail.raw, policy=email.policy.SMTP.clone(raise_on_defect=True))


def plain(mail):
    return parse(mail).get_body(("plain",)).get_content()


def by_recipient(peer, address):
    return [m for m in peer.taken if address in m.rcpts]


# what is sent


def test_each_kind_of_mail_goes_to_its_addresses_and_says_what_happened(house):
    with Peer() as peer:
        house.settings(peer.port)
        house.do("department", "mail.transcript.addresses", "t@example.com, u@例え.jp")
        house.chat(email="yamada@example.com", text="在庫は<ありますか>? 二行目")
        house.do("feedback", 4, "とても&良い")
        house.do("copy", "hanako@example.com")
        house.do("mail", "今日届きました")
        house.do("open", "太郎", "taro@example.com", "hi")
        house.do("block", "迷惑行為")
        house.do("missed", "次郎", "jiro@example.com", "いますか")
        house.do("left", "三郎", "saburo@example.com", "電話をください")
        house.start()
        house.wait_state("sent")

        transcripts = by_recipient(peer, "t@example.com")
        assert len(transcripts) == 2
        first = parse(transcripts[0])
        assert transcripts[0].rcpts == ["t@example.com", "u@xn--r8jz45g.jp"]
        assert str(first["From"]) == "営業部 <chat@example.com>"
        assert [a.addr_spec for a in first["To"].addresses] == ["t@example.com", "u@xn--r8jz45g.jp"]
        assert first["Auto-Submitted"] == "auto-generated"
        assert "山田 花子" in first["Subject"] and "営業部" in first["Subject"]
        text = plain(transcripts[0])
        assert "在庫は<ありますか>? 二行目" in text and "はい、どうぞ" in text and "鈴木" in text
        html = first.get_body(("html",)).get_content()
        assert "在庫は&lt;ありますか&gt;?" in html
        for mail in peer.taken:
            assert b"private note" not in mail.raw and "private note" not in plain(mail)

        (copy,) = by_recipient(peer, "hanako@example.com")
        assert copy.rcpts == ["hanako@example.com", "c@example.com"]
        assert [a.addr_spec for a in parse(copy)["Cc"].addresses] == ["c@example.com"]
        assert "山田 花子様" in plain(copy) and "営業部" in plain(copy)
        assert parse(copy)["In-Reply-To"] == first["In-Reply-To"]

        (reply,) = by_recipient(peer, "yamada@example.com")
        assert reply.rcpts == ["yamada@example.com", "c@example.com"]
        assert parse(reply)["Auto-Submitted"] is None
        assert parse(reply)["References"] == parse(copy)["References"]
        assert parse(reply)["Message-ID"] != parse(copy)["Message-ID"]
        text = plain(reply)
        assert text.index("今日届きました") < text.index("鈴木") < text.index("> 在庫は<ありますか>?")
        assert "はい、どうぞ" not in text

        (feedback,) = by_recipient(peer, "f@example.com")
        assert "★★★★☆" in plain(feedback) and "とても&良い" in plain(feedback)
        (block,) = by_recipient(peer, "b@example.com")
        assert "10.0.0.2" in plain(block) and "迷惑行為" in plain(block)
        assert "鈴木" in plain(block) and "太郎" in plain(block)
        missed = [plain(m) for m in by_recipient(peer, "m@example.com")]
        assert len(missed) == 2
        assert "次郎" in missed[0] and "いますか" in missed[0] and "nobody answered" in missed[0]
        assert "三郎" in missed[1] and "電話をください" in missed[1] and "left a message" in missed[1]
        assert len({m.message_id for m in peer.taken}) == len(peer.taken) == 8
        house.wait(lambda: not house.trips())


def test_stored_templates_go_first_and_one_that_no_longer_parses_is_passed_over(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.do("portal", "template.transcript.en.subject", "portal's, {{visitor}}")
        house.do("portal", "template.transcript.en.html", "<p>portal's</p>")
        house.do("department", "template.transcript.en.subject", "{{name_of_another_version}}")
        house.do("department", "template.transcript.en.html", "<p>own: {{visitor}}</p>")
        house.chat(3, name="<Mary>")
        house.start()
        house.wait_state("sent")
        for mail in peer.taken:
            assert parse(mail)["Subject"] == "portal's, <Mary>"
            html = parse(mail).get_body(("html",)).get_content()
            assert html.strip() == "<p>own: &lt;Mary&gt;</p>"
            assert "はい、どうぞ" in plain(mail)  # of this part there is only the built-in one
        (line,) = house.logged("template.passed-over")
        assert "kind=transcript lang=en part=subject" in line and "line 1, column 1" in line

        house.do("department", "template.transcript.en.subject", "mended {{visitor}}")
        before = len(peer.taken)
        house.chat(1, name="Ann")
        house.wait_state("sent")
        assert parse(peer.taken[before])["Subject"] == "mended Ann"


def test_a_department_in_japanese_gets_its_notices_in_japanese(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.do("department", "lang", "ja")
        house.do("portal", "zone", "Asia/Tokyo")
        house.chat()
        house.start()
        house.wait_state("sent")
        message = parse(peer.taken[0])
    assert message["Subject"] == "[営業部] チャット記録 1：山田 花子様"
    assert message["Date"].endswith("+0900")
    assert "お客様が終了" in plain(peer.taken[0])


def test_the_departments_own_from_goes_before_the_portals(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.do("department", "mail.from.addresses", "sales@example.com")
        house.do("department", "mail.from.on", "true")
        house.chat()
        house.start()
        (mail,) = house.wait_state("sent")
    assert mail["from"] == "sales@example.com" and peer.taken[0].sender == "sales@example.com"


def test_a_switch_that_is_off_suppresses_on_record(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.do("department", "mail.transcript.on", "false")
        house.chat()
        house.start()
        (mail,) = house.wait_state("suppressed")
        assert mail["reason"] == "its switch is off" and mail["attempts"] == 0
        assert not peer.connections


def test_before_anything_was_set_notices_are_suppressed(house):
    house.do("agent", "鈴木")
    house.do("left", "三郎", "saburo@example.com", "電話をください")
    house.start()
    (mail,) = house.wait_state("suppressed")
    assert mail["reason"] == "its switch is off"


def test_without_a_from_address_a_copy_waits_and_says_so(house):
    house.do("agent", "鈴木")
    house.chat()
    house.do("copy", "hanako@example.com")
    house.start()
    house.wait_state("deferred", kind="copy")
    (mail,) = house.mails("copy")
    assert "no From address is set" in mail["reason"] and mail["attempts"] == 0
    with Peer() as peer:
        house.do("portal", "from", "chat@example.com")
        house.relay(peer.port)
        house.do("retry", mail["id"])
        house.wait_state("sent", kind="copy")
        assert peer.taken[0].sender == "chat@example.com"


def test_what_is_typed_does_not_become_a_header_or_markup(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.chat(name='"><img src=x> <evil@example.com>, =?utf-8?q?x?=',
                   text="<script>alert(1)</script> .")
        house.start()
        house.wait_state("sent")
    message = parse(peer.taken[0])
    assert [a.addr_spec for a in message["To"].addresses] == ["t@example.com"]
    html = message.get_body(("html",)).get_content()
    assert "<script" not in html and "<img" not in html
    assert "<script>alert(1)</script>" in plain(peer.taken[0])


def test_own_templates_replace_the_built_in_ones_and_wrong_ones_are_named(house):
    folder = os.path.join(house.folder, "templates", "en")
    os.makedirs(folder)
    with open(os.path.join(folder, "transcript.subject"), "w", encoding="utf-8") as out:
        out.write("Chat of {{visitor}}\n")
    with open(os.path.join(folder, "transcript.txt"), "w", encoding="utf-8") as out:
        out.write("Hello\n{{#lines}}{{whom}}{{/lines}}\n")
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        house.wait_state("sent")
    assert parse(peer.taken[0])["Subject"] == "Chat of 山田 花子"
    assert "Here is the whole chat" in plain(peer.taken[0])
    (line,) = house.logged("template.refused")
    assert "transcript.txt" in line and "line 2, column 11" in line


# the outcome table: the first attempt, and what the second makes of it


def only(wanted, answer):
    return lambda arg, *rest: answer if wanted in (arg, *rest) else None


GOOD = Script()
ROWS = {
    "421 greeting": (Script(greeting="421 busy"), "deferred", False, 0),
    "554 greeting": (Script(greeting="554 no"), "deferred", False, 0),
    "stalls at greeting": (Script(greeting=STALL), "deferred", False, 0),
    "stalls at EHLO": (Script(ehlo=STALL), "deferred", False, 0),
    "421 at MAIL": (Script(mail="421 bye"), "deferred", False, 0),
    "450 at MAIL": (Script(mail="450 later"), "deferred", False, 0),
    "550 at MAIL": (Script(mail="550 never"), "failed", False, 0),
    "550 for all recipients": (Script(rcpt="550 unknown"), "failed", False, 0),
    "451 for all recipients": (Script(rcpt="451 greylisted"), "deferred", False, 0),
    "554 to DATA": (Script(data="554 no"), "failed", False, 0),
    "554 after the dot": (Script(dot="554 spam"), "failed", False, 0),
    "451 after the dot": (Script(dot="451 later"), "deferred", False, 0),
    # A small body is whole in the socket before the server stops reading; see the worker's tests
    # for one that is not, and is certainly not sent.
    "stalls inside DATA": (Script(data_stop=100, stopped=STALL), "uncertain", True, 0),
    "drops after the dot": (Script(dot=DROP, lost=True), "uncertain", True, 1),
    "stalls after the dot": (Script(dot=STALL, lost=True), "uncertain", True, 1),
}


@pytest.mark.parametrize("row", ROWS)
def test_outcome(house, row):
    script, state, uncertain, lost = ROWS[row]
    house.limit_s = 4 if STALL in (script.greeting, script.ehlo, script.dot, script.stopped) else 60
    with Peer(script, GOOD) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        house.wait(lambda: house.mails()[0]["state"] in (state, "sent"))
        (mail,) = house.mails()
        assert (mail["state"], mail["uncertain"], mail["attempts"]) == (state, uncertain, 1)
        assert mail["reason"] != "" and len(peer.taken) == lost
        assert mail["state"] == "failed" or mail["due_ms"] > time.time() * 1000 + 20_000

        house.do("retry", mail["id"])
        (mail,) = house.wait_state("sent")
        assert mail["attempts"] == 2 and mail["uncertain"] == uncertain
        assert len(peer.taken) == 1 + lost
        assert len({m.raw for m in peer.taken}) == 1


def test_refused_connection_then_a_server(house):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    only_transcripts(house, port)
    house.chat()
    house.start()
    (mail,) = house.wait_state("deferred")
    assert "cannot be reached" in mail["reason"]
    with Peer() as peer:
        house.relay(peer.port)
        house.do("retry", mail["id"])
        house.wait_state("sent")
        assert len(peer.taken) == 1


def test_only_the_recipient_that_was_put_off_gets_it_again(house):
    with Peer(Script(rcpt=only("b@example.com", "450 later")), GOOD) as peer:
        only_transcripts(house, peer.port, "a@example.com, b@example.com, c@example.com")
        house.chat()
        house.start()
        (mail,) = house.wait_state("deferred")
        assert [(r["address"][0], r["state"], r["code"]) for r in mail["recipients"]] == [
            ("a", "sent", 250), ("b", "deferred", 450), ("c", "sent", 250)]
        house.do("retry", mail["id"])
        house.wait_state("sent")
    assert [m.rcpts for m in peer.taken] == [["a@example.com", "c@example.com"], ["b@example.com"]]
    assert peer.taken[0].raw == peer.taken[1].raw


def test_one_of_two_refused_for_good_makes_the_mail_failed_and_the_other_has_it(house):
    with Peer(Script(rcpt=only("b@example.com", "550 5.1.1 nobody of this name"))) as peer:
        only_transcripts(house, peer.port, "a@example.com, b@example.com")
        house.chat()
        house.start()
        (mail,) = house.wait_state("failed")
    assert [r["state"] for r in mail["recipients"]] == ["sent", "failed"]
    assert "nobody of this name" in mail["reason"]
    assert peer.taken[0].rcpts == ["a@example.com"]


def test_a_second_lost_answer_stops_for_a_person(house):
    with Peer(Script(dot=DROP, lost=True)) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        (mail,) = house.wait_state("uncertain")
        house.do("retry", mail["id"])
        (mail,) = house.wait_state("failed")
        assert mail["uncertain"] and "look before" in mail["reason"]
        assert len(peer.taken) == 2 and len({m.raw for m in peer.taken}) == 1


def test_the_bytes_stay_the_same_when_settings_change_in_between(house):
    with Peer(Script(dot="451 later"), GOOD) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        (mail,) = house.wait_state("deferred")
        house.do("portal", "from", "other@example.com")
        house.do("department", "name", "Renamed")
        house.do("department", "mail.transcript.on", "false")
        house.do("retry", mail["id"])
        house.wait_state("sent")
    assert [m.raw for m in peer.mails][0] == [m.raw for m in peer.mails][1]
    assert {m.sender for m in peer.mails} == {"chat@example.com"}


def test_of_an_erased_conversation_only_what_happened_is_told(house):
    """An answer is all words: without them it fails, by name.  A notice says what is left."""
    with Peer() as peer:
        house.settings(peer.port)
        house.do("left", "三郎", "saburo@example.com", "電話をください")
        house.do("mail", "承知しました")
        house.chat()
        house.do("feedback", 4, "とても良い")
        house.erase()
        house.start()
        house.wait_state("sent", "failed")
        (reply,) = house.mails("reply")
        assert (reply["state"], reply["cause"], reply["kept"]) == ("failed", "erased", False)
        assert reply["reason"] == "what it is about was erased"
        assert not [m for m in peer.taken if "saburo@example.com" in m.rcpts]
        assert len(peer.taken) == 3 == len([m for m in house.mails() if m["state"] == "sent"])
        for mail in peer.taken:
            for part in ("plain", "html"):
                said = parse(mail).get_body((part,)).get_content()
                for word in ("三郎", "saburo", "電話", "承知", "山田", "hanako", "こんにちは", "良い"):
                    assert word not in said and word not in parse(mail)["Subject"]
        (feedback,) = by_recipient(peer, "f@example.com")
        assert "★★★★☆ (4/5)" in plain(feedback)


def test_mails_of_a_removed_department_still_go_by_its_last_settings(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.do("copy", "hanako@example.com")
        house.do("remove")
        house.start()
        house.wait_state("sent")
    assert [m.rcpts[0] for m in peer.taken] == ["t@example.com", "hanako@example.com"]


def test_a_cancelled_mail_is_not_sent(house):
    with Peer(Script(dot="451 later"), GOOD) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        (mail,) = house.wait_state("deferred")
        house.do("cancel", mail["id"])
        house.wait_state("cancelled")
        assert not peer.taken


def test_what_is_refused_for_now_for_five_days_is_given_up(tmp_path):
    with House(tmp_path, days_ago=6) as house, Peer(Script(dot="451 later"), GOOD) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        (mail,) = house.wait_state("failed")
        assert mail["reason"] == "given up after five days: later" and not mail["uncertain"]
        house.do("retry", mail["id"])
        house.wait_state("sent")
        assert len(peer.taken) == 1


def test_all_of_one_cause_are_tried_again_together(house):
    with Peer(Script(dot="451 later")) as peer:
        only_transcripts(house, peer.port)
        house.chat(120)
        house.start()
        house.wait_state("deferred")
        assert {m["cause"] for m in house.mails()} == {"code-451"}
        assert {m["tries_cause"] for m in house.mails()} == {"code-451"}
        peer.scripts[:] = [GOOD]
        house.do("retry_cause", "code-550")  # of which there is none
        house.do("retry_cause", "code-451")
        house.wait_state("sent", seconds=60)
        assert len({m.message_id for m in peer.taken}) == len(peer.taken) == 120
        assert {(m["cause"], m["tries"]) for m in house.mails()} == {("", 2)}


def test_a_readdressed_mail_goes_to_its_new_address_and_no_longer_to_the_old(house):
    with Peer(Script(rcpt=only("gone@example.com", "451 later"))) as peer:
        only_transcripts(house, peer.port, "box@example.com, gone@example.com")
        house.chat(text="在庫はありますか")
        house.start()
        (mail,) = house.wait_state("deferred")
        assert [m.rcpts for m in peer.taken] == [["box@example.com"]]
        peer.scripts[:] = [GOOD]
        house.do("readdress", mail["id"], "gone@example.com", "new@example.com")
        house.wait(lambda: len(peer.taken) == 2)
        house.wait_state("sent")
        old = next(m for m in house.mails() if m["id"] == mail["id"])
        house.do("retry", mail["id"])
    first, second = peer.taken
    assert second.rcpts == ["new@example.com"] and parse(second)["To"] == "new@example.com"
    assert second.message_id != first.message_id and plain(second) == plain(first)
    assert [(r["state"], r["replaced"]) for r in old["recipients"]] == [
        ("sent", False), ("cancelled", True)]


def test_a_refused_address_is_readdressed_although_its_switch_is_off_by_now(house):
    with Peer(Script(rcpt=only("gone@example.com", "550 nobody"))) as peer:
        only_transcripts(house, peer.port, "gone@example.com")
        house.chat()
        house.start()
        (mail,) = house.wait_state("failed")
        assert mail["cause"] == "code-550"
        house.do("department", "mail.transcript.on", "false")
        house.do("readdress", mail["id"], "gone@example.com", "new@example.com")
        house.wait_state("sent", "cancelled")
        house.wait(lambda: [m.rcpts for m in peer.taken] == [["new@example.com"]])
        states = {m["id"]: m["state"] for m in house.mails()}
        assert states.pop(mail["id"]) == "cancelled" and list(states.values()) == ["sent"]


# relays


def test_a_relay_that_rests_is_told_with_the_end_of_its_rest(house):
    with Peer(Script(greeting="421 busy")) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        (mail,) = house.wait_state("deferred")
        (row,) = house.wait(lambda: house.relays())
        assert row["trouble"] == mail["cause"] == "greeting" and not row["own"]
        assert row["rest_until_ms"] > time.time() * 1000 and not row["refused"]
        peer.scripts[:] = [GOOD]
        house.do("retry_all")  # a person says: now
        house.wait_state("sent")
        house.wait(lambda: not house.relays())


def test_without_a_relay_mails_wait_and_say_so(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.do("portal", "relay_host", "localhost")
        house.do("portal", "relay_tls", "starttls")
        house.chat()
        house.start()
        (mail,) = house.wait_state("deferred")
        assert "offers no TLS" in mail["reason"]
        house.do("portal", "relay_tls", "none")
        house.do("retry", mail["id"])
        house.wait_state("sent")


def test_a_refused_login_is_tried_once_and_rests_until_the_password_changes(house):
    with Peer(Script(logins={"ann": "right"})) as peer:
        only_transcripts(house, peer.port, user="ann", password="wrong")
        house.chat(3)
        house.start()
        house.wait_state("deferred")
        house.chat(3)  # and these do not even try
        house.wait(lambda: house.logged("relay.trouble what=login"))
        time_asked = len(peer.tries)
        house.wait(lambda: len(house.mails()) == 6)
        end = time.monotonic() + 2.5  # two ticks at least
        house.wait(lambda: time.monotonic() > end)
        assert time_asked == len(peer.tries) == 1
        assert "refused user or password" in house.mails()[-1]["reason"]

        house.do("secret", "right")
        house.retry_all()
        house.wait_state("sent")
        assert len(peer.taken) == 6
    log = "".join(house.logged(""))
    assert "wrong" not in log and "right" not in log


def test_a_fresh_token_ends_the_rest_that_one_which_ran_out_began(house, authority):
    old, fresh = "old." * 500, "fresh." * 600
    script = Script(tls=authority.server("DNS:localhost"), mechanisms="PLAIN XOAUTH2",
                    logins={"ann": fresh})
    with open(house.conf, "a", encoding="utf-8") as conf:
        conf.write(f"smtp_ca_file = {authority.ca}\n")
    with Peer(script) as peer:
        only_transcripts(house, peer.port, tls=True, user="ann", password=old)
        house.do("portal", "relay_auth", "xoauth2")
        house.chat(3)
        house.start()
        house.wait_state("deferred")
        house.do("secret", fresh)
        house.retry_all()
        house.wait_state("sent")
        assert peer.tries[0] == ("XOAUTH2", "ann", old)
        assert set(peer.tries[1:]) == {("XOAUTH2", "ann", fresh)}

        house.do("portal", "relay_auth", "password")  # and a token is never said as one
        house.chat()
        house.wait(lambda: house.logged("relay.unusable"))
        assert {mechanism for mechanism, _, _ in peer.tries} == {"XOAUTH2"}
    log = "".join(house.logged(""))
    assert "old.old." not in log and "fresh.fresh." not in log


def second_department(house, port, **relay):
    """From here on everything is about it: it has a relay and an address of its own."""
    house.do("another", "第二営業部")
    for which in ("missed", "transcript"):
        house.do("department", f"mail.{which}.addresses", "second@example.com")
        house.do("department", f"mail.{which}.on", "true")
    house.dept_relay(port, **relay)


def test_a_departments_own_relay_and_login_take_its_mails_and_no_others(house):
    script = Script(logins={"second": "p w"})
    with Peer() as portals, Peer(script) as own:
        only_transcripts(house, portals.port)
        house.chat(2)
        second_department(house, own.port, user="second", password="p w")
        house.do("leave", 3, "三郎", "saburo@example.com", "電話をください")
        house.start()
        house.wait_state("sent")
        assert {tuple(m.rcpts) for m in portals.taken} == {("t@example.com",)}
        assert len(portals.taken) == 2 and not portals.tries
        assert [m.rcpts for m in own.taken] == [["second@example.com"]] * 3
        assert {c.login for c in own.connections} == {"second"}

        house.do("department", "relay.own", "off")
        house.do("leave", 1, "四郎", "shiro@example.com", "またください")
        house.wait_state("sent")
        assert len(own.taken) == 3
        assert portals.taken[-1].rcpts == ["second@example.com"]


@pytest.mark.parametrize("bad", [Script(greeting="421 busy"), Script(logins={"ann": "right"})],
                         ids=["dead", "refuses the login"])
def test_a_relay_in_trouble_rests_alone(house, bad):
    with Peer(bad) as resting, Peer() as well:
        only_transcripts(house, resting.port, user="ann", password="wrong")
        house.chat(300)  # more than any look's page
        house.start()
        house.wait(lambda: house.logged("relay.trouble"))
        second_department(house, well.port)
        began = time.monotonic()
        house.do("chats", 60, "三郎", "saburo@example.com", "電話をください")
        house.wait(lambda: len(well.taken) == 60, seconds=20)
        assert time.monotonic() - began < 20
        assert len(resting.connections) <= 2 and not resting.mails
        assert len(resting.tries) <= 2
        resting.scripts[:] = [GOOD]
        house.do("portal", "relay_user", "bob")  # a change of its settings ends the rest
        house.retry_all()
        house.wait_state("sent", seconds=60)
        assert len({m.message_id for m in resting.taken}) == len(resting.taken) == 300


def test_refused_logins_are_counted_until_they_heal(house):
    with Peer(Script(logins={"ann": "right"})) as first, Peer(Script(logins={})) as second:
        only_transcripts(house, first.port, user="ann", password="wrong")
        house.chat()
        second_department(house, second.port, user="ann", password="wrong")
        house.do("leave", 1, "三郎", "saburo@example.com", "電話をください")
        house.start()
        house.wait_count(lambda c: c["refused"] == 2)
        house.do("department", "relay.own", "off")
        house.wait_count(lambda c: c["refused"] == 1)
        house.do("secret", "right")
        house.retry_all()
        house.wait_state("sent")
        house.wait_count(lambda c: c["refused"] == 0)


def test_one_relay_has_two_sessions_at_a_time_and_fifty_mails_in_each(house):
    with Peer(Script(dot=STALL)) as slow, Peer() as well:
        only_transcripts(house, slow.port)
        house.chat(120)
        second_department(house, well.port)
        house.do("chats", 60, "三郎", "saburo@example.com", "電話をください")
        house.start()
        house.wait(lambda: len(well.taken) == 60)
        house.wait(lambda: len(slow.mails) == 2)  # each in its first mail's answer
        house.wait(lambda: len(house.workers()) == 2)  # those of the other relay have ended
        assert len(slow.connections) == 2
        assert len(well.connections) <= 2
        assert max(sum(1 for c in x.commands if c.startswith("MAIL"))
                   for x in well.connections) == 50


def queue_memory(folder, count):
    """The dispatcher's memory after it has seen them all, and how long another relay's mail took."""
    with House(folder) as house, Peer(Script(greeting="421 busy")) as dead, Peer() as well:
        house.do("agent", "鈴木")
        house.do("portal", "from", "chat@example.com")
        house.relay(dead.port)
        house.do("department", "mail.transcript.addresses", "m@example.com")
        house.do("department", "mail.transcript.on", "true")
        house.do("chats", count, "三郎", "saburo@example.com", "電話をください")
        house.start()
        house.wait(lambda: house.logged("relay.trouble"))
        second_department(house, well.port)
        began = time.monotonic()
        house.do("leave", 5, "四郎", "shiro@example.com", "またください")
        house.wait_count(lambda c: len(well.taken) == 5)
        took = time.monotonic() - began
        assert house.wait_count(lambda c: c["sending"] == 0)["queued"] >= count - 200
        assert len(dead.connections) <= 2
        return house.memory_kb(), took


def test_a_queue_of_100_000_costs_no_more_memory_than_one_of_1_000(tmp_path):
    few, _ = queue_memory(tmp_path / "few", 1000)
    many, took = queue_memory(tmp_path / "many", 100_000)
    print(f"1,000: {few} kB; 100,000: {many} kB; behind them a mail took {took:.1f} s")
    assert many < few + 4096 or House.is_sanitized()
    assert took < 20


def test_a_dead_relay_is_not_hammered_and_everything_goes_when_it_is_back(house):
    with Peer(Script(greeting="421 busy")) as peer:
        only_transcripts(house, peer.port)
        house.chat(120)
        house.start()
        house.wait(lambda: house.logged("relay.trouble"))
        end = time.monotonic() + 2.5
        house.wait(lambda: time.monotonic() > end)
        assert len(peer.connections) <= 4  # one for each worker, and then rest
        peer.scripts[:] = [GOOD]
        house.retry_all()
        house.wait_state("sent", seconds=40)
        assert len({m.message_id for m in peer.taken}) == len(peer.taken) == 120
    assert not any(m["uncertain"] for m in house.mails())


def test_starttls_with_login_and_a_wrong_certificate(house, authority):
    with open(house.conf, "a", encoding="utf-8") as conf:
        conf.write(f"smtp_ca_file = {authority.ca}\n")
    script = Script(tls=authority.server("DNS:other.example"), logins={"ann": "p w"})
    with Peer(script) as peer:
        only_transcripts(house, peer.port, tls=True, user="ann", password="p w")
        house.chat()
        house.start()
        (mail,) = house.wait_state("deferred")
        assert "certificate does not check" in mail["reason"]
        assert not peer.tries and not peer.mails
        peer.scripts[:] = [Script(tls=authority.server("DNS:localhost"), logins={"ann": "p w"})]
        house.do("retry", mail["id"])
        house.wait_state("sent")
        assert peer.connections[-1].login == "ann"
        assert peer.connections[-1].tls_version == "TLSv1.2"


def test_tls_from_the_start_with_login(house, authority):
    with open(house.conf, "a", encoding="utf-8") as conf:
        conf.write(f"smtp_ca_file = {authority.ca}\n")
    script = Script(tls=authority.server("DNS:localhost"), tls_first=True, logins={"ann": "p w"})
    with Peer(script) as peer:
        only_transcripts(house, peer.port, tls="start", user="ann", password="p w")
        house.chat(3)
        house.start()
        house.wait_state("sent")
        assert {(c.login, c.tls_version) for c in peer.connections} == {("ann", "TLSv1.3")}
        assert len(peer.taken) == 3


def test_many_mails_share_sessions(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.chat(100)
        house.start()
        house.wait_state("sent", seconds=40)
    assert len(peer.taken) == 100 and len(peer.connections) <= 4
    assert len({m.message_id for m in peer.taken}) == 100


# processes


def test_a_hanging_worker_is_ended_by_its_parent(house):
    house.limit_s = 3
    with Peer(Script(greeting=STALL)) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        (pid,) = house.wait(house.workers)
        os.kill(pid, signal.SIGSTOP)  # neither its alarm nor anything else helps it now
        (mail,) = house.wait_state("deferred")
        assert "took too long" in mail["reason"] and not mail["uncertain"]
        assert house.logged("worker.killed")


def test_a_killed_worker_inside_a_session_loses_and_doubles_nothing(house):
    with Peer(Script(data=STALL), GOOD) as peer:
        only_transcripts(house, peer.port)
        house.chat(3)
        house.start()
        assert peer.stalled.wait(20)
        (pid,) = house.workers()
        os.kill(pid, signal.SIGKILL)
        house.wait_state("deferred")
        house.retry_all()
        house.wait_state("sent")
        assert len(peer.taken) == 3 and not any(m["uncertain"] for m in house.mails())


def test_a_worker_outlives_its_parent_and_the_next_one_settles_from_its_file(house):
    gate = []
    script = Script(dot=lambda _index: house.wait(lambda: gate) and "250 taken after all")
    with Peer(script) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        house.wait(lambda: peer.mails)
        house.kill()
        house.start()
        house.wait(lambda: len(house.logged("dispatcher.ready")) == 2)
        assert house.mails()[0]["state"] == "sending"  # its worker is still at it
        gate.append(True)
        (mail,) = house.wait_state("sent")
        assert (mail["attempts"], mail["uncertain"]) == (1, False)
        assert "taken after all" in mail["reason"]
        assert len(peer.taken) == 1 and len(peer.connections) == 1


def test_parent_and_worker_killed_after_the_dot_make_one_marked_duplicate(house):
    with Peer(Script(dot=STALL, lost=True), GOOD) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        assert peer.stalled.wait(20)
        (pid,) = house.workers()
        house.kill()
        os.kill(pid, signal.SIGKILL)
        house.start()
        (mail,) = house.wait_state("uncertain")
        house.do("retry", mail["id"])
        (mail,) = house.wait_state("sent")
        assert mail["uncertain"] and len(peer.taken) == 2
        assert len({m.raw for m in peer.taken}) == 1


def test_parent_and_worker_killed_before_the_dot_leave_nothing_in_doubt(house):
    with Peer(Script(data=STALL), GOOD) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        assert peer.stalled.wait(20)
        (pid,) = house.workers()
        house.kill()
        os.kill(pid, signal.SIGKILL)
        house.start()
        (mail,) = house.wait_state("deferred")
        assert not mail["uncertain"]
        house.do("retry", mail["id"])
        house.wait_state("sent")
        assert len(peer.taken) == 1


def test_after_a_crash_of_the_machine_the_worst_is_taken_for_true(house):
    with Peer(Script(data=STALL), GOOD) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        assert peer.stalled.wait(20)
        house.kill_all()
        house.boot_anew()
        house.start()
        (mail,) = house.wait_state("uncertain")
        assert mail["uncertain"]


def test_a_second_dispatcher_is_refused(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.start()
        house.wait(lambda: house.logged("dispatcher.ready"))
        second = subprocess.run([DISPATCHER, "-c", house.conf], capture_output=True, timeout=20,
                                check=False)
        assert second.returncode == 1
        assert f"{house.dispatcher.pid}".encode() in second.stderr


def test_a_stopped_dispatcher_finishes_what_is_under_way(house):
    gate = []
    with Peer(Script(dot=lambda _index: house.wait(lambda: gate) and "250 ok")) as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        house.wait(lambda: peer.mails)
        house.dispatcher.terminate()
        gate.append(True)
        assert house.dispatcher.wait(20) == 0
        house.start()
        (mail,) = house.wait_state("sent")
        assert (mail["attempts"], len(peer.taken)) == (1, 1)


def test_it_asks_the_gateway_to_be_woken(house):
    with Peer() as peer, socket.socket(socket.AF_UNIX) as gateway:
        only_transcripts(house, peer.port)
        gateway.bind(os.path.join(house.state, "control.sock"))
        gateway.listen()
        gateway.settimeout(20)
        house.start()
        line, _ = gateway.accept()
        with line:
            line.settimeout(20)
            assert line.recv(4096) == b'{"id":"attach","do":"dispatcher.attach"}\n'
            house.chat()
            line.sendall(b'{"re":"attach","ok":{}}\n{"ev":"wa')
            line.sendall(b'ke"}\n')
            house.wait_state("sent")


def test_wrong_options_are_refused_by_name():
    for args, word in ((["-l", "0"], b"--limit"), (["x"], b"unexpected argument"), (["-z"], b"invalid option"),
                       (["-c", "/nonexistent.conf"], b"/nonexistent.conf")):
        done = subprocess.run([DISPATCHER, *args], capture_output=True, timeout=20, check=False)
        assert done.returncode in (64, 78) and word in done.stderr, (args, done.stderr)
    assert subprocess.run([DISPATCHER, "--version"], capture_output=True, timeout=20,
                          check=False).returncode == 0
