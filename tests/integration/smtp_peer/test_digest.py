"""Floods: above a limit notices fold into digests, and nothing in them is lost."""

import email
import email.policy
import os
import random
import re
import time

import pytest

from house import House
from peer import Peer, Script

LIMIT = 20  # FLOOD_MAX
WINDOW_MS = 10 * 60 * 1000
SEED = int(os.environ.get("KILL_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)


@pytest.fixture
def house(tmp_path):
    with House(tmp_path) as made:
        yield made


def parse(mail):
    return email.message_from_bytes(mail.raw, policy=email.policy.SMTP.clone(raise_on_defect=True))


def plain(mail):
    return parse(mail).get_body(("plain",)).get_content().replace("\r\n", "\n")


def numbers(mail):
    return [int(n) for n in re.findall(r"^Chat: +(\d+)$", plain(mail), re.M)]


def items(mail):
    """A digest's items; a single mail has one, which is all of it."""
    parts = re.split(r"^-{40}$", plain(mail), flags=re.M)
    return parts[1:] or parts


def by_state(house, kind=None):
    found = {}
    for mail in house.mails(kind):
        found.setdefault(mail["state"], []).append(mail)
    return found


def leave(house, count, text="電話をください"):
    house.do("leave", count, "三郎", "saburo@example.com", text)


def flooded(house, peer, count):
    """So many messages are left; the first are sent, the others are held."""
    house.settings(peer.port)
    leave(house, count)
    house.start()
    house.wait_count(lambda c: c["held"] == count - LIMIT and c["queued"] + c["sending"] == 0)
    assert len(peer.taken) == LIMIT


def test_a_flood_of_messages_comes_as_twenty_mails_and_one_digest_of_the_rest(house):
    with Peer() as peer:
        flooded(house, peer, 60)
        held = by_state(house)["held"]
        dues = {m["due_ms"] for m in held}
        assert len(dues) == 1 and dues.pop() > time.time() * 1000 + WINDOW_MS - 60_000
        assert all("waits for a digest" in m["reason"] for m in held)
        (line,) = house.logged("mail.held")
        assert "kind=missed mails=40" in line

        house.advance(milliseconds=WINDOW_MS)
        house.wait_count(lambda c: c["held"] == 0)
        house.wait_state("sent", "folded")
        assert len(peer.taken) == LIMIT + 1
        digest = peer.taken[-1]
        message = parse(digest)
        assert message["Subject"] == "[営業部] 40 missed visitors"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["References"] is None and message["In-Reply-To"] is None
        assert [a.addr_spec for a in message["To"].addresses] == ["m@example.com"]
        html = message.get_body(("html",)).get_content()
        assert html.count("border-top") == 40 == html.count("電話をください")
        assert len(items(digest)) == 40
        for item in items(digest):
            for said in ("三郎 left a message", "saburo@example.com", "    電話をください",
                         "https://shop.example.com/", "When: "):
                assert said in item, item
        assert sorted(n for m in peer.taken for n in numbers(m)) == list(range(1, 61))

        mails = by_state(house)
        (carrier,) = [m for m in mails["sent"] if m["notices"]]
        assert carrier["notices"] == 40 and carrier["message_id"] == digest.message_id
        assert len(mails["folded"]) == 39
        assert {str(m["digest"]) for m in mails["folded"]} == {carrier["id"]}
        assert {m["digest_state"] for m in mails["folded"]} == {"sent"}
        assert "notices=40" in house.logged("mail.folded")[0]


def test_what_was_erased_while_it_was_held_is_still_counted_in_the_digest(house):
    with Peer() as peer:
        flooded(house, peer, LIMIT + 5)
        house.erase()
        house.advance(milliseconds=WINDOW_MS)
        house.wait_count(lambda c: c["held"] == 0)
        house.wait_state("sent", "folded")
        digest = peer.taken[-1]
        assert numbers(digest) == list(range(LIMIT + 1, LIMIT + 6)) and len(items(digest)) == 5
        assert "三郎" not in plain(digest) and "電話" not in plain(digest)


def test_feedback_and_blocks_fold_with_all_that_they_say_and_never_with_another_kind(house):
    with Peer() as peer:
        house.settings(peer.port)
        for which in ("transcript", "missed", "copy"):
            house.do("department", f"mail.{which}.on", "false")
        count = LIMIT + 3
        for i in range(count):
            house.chat(name=f"客{i}")
            house.do("feedback", i % 5 + 1, f"comment <{i}>")
        for i in range(count):
            house.do("open", f"悪{i}", "x@example.com", "hi")
            house.do("block", f"reason {i}")
        house.start()
        house.wait_count(lambda c: c["held"] == 6 and c["queued"] + c["sending"] == 0)
        house.advance(milliseconds=WINDOW_MS)
        house.wait_count(lambda c: c["held"] == 0)
        house.wait_state("sent", "folded", "suppressed")
        subjects = sorted(parse(m)["Subject"] for m in peer.taken[2 * LIMIT:])
        assert subjects == ["[営業部] 3 address blocks", "[営業部] 3 feedback notices"]
        for mail in peer.taken[2 * LIMIT:]:
            text = plain(mail)
            assert "はい、どうぞ" not in text  # as in the single ones
            if "feedback" in parse(mail)["Subject"]:
                assert mail.rcpts == ["f@example.com"]
                for i in range(LIMIT, count):
                    assert f"客{i} gave feedback on a chat with 鈴木." in text
                    assert f"comment <{i}>" in text and f"({i % 5 + 1}/5)" in text
                assert f"comment &lt;{LIMIT}&gt;" in parse(mail).get_body(("html",)).get_content()
            else:
                assert mail.rcpts == ["b@example.com"]
                for i in range(LIMIT, count):
                    assert f"Reason:    reason {i}\n" in text and f"悪{i}" in text
                assert text.count("Address:   10.0.0.") == 3 == text.count("for good")


def test_transcripts_and_copies_are_never_folded(house):
    with Peer() as peer:
        house.settings(peer.port)
        house.chat(LIMIT + 10)
        house.start()
        house.wait_state("sent")
        assert len(peer.taken) == LIMIT + 10


def test_departments_and_kinds_have_limits_of_their_own(house):
    with Peer() as peer:
        house.settings(peer.port)
        leave(house, LIMIT)
        house.do("another", "第二営業部")
        house.do("department", "mail.missed.addresses", "second@example.com")
        house.do("department", "mail.missed.on", "true")
        house.do("department", "lang", "ja")
        leave(house, LIMIT + 2)
        house.start()
        house.wait_count(lambda c: c["held"] == 2 and c["queued"] + c["sending"] == 0)
        assert len(peer.taken) == 2 * LIMIT
        house.advance(milliseconds=WINDOW_MS)
        house.wait_state("sent", "folded")
    assert parse(peer.taken[-1])["Subject"] == "[第二営業部] 未対応の訪問者：2件"
    assert peer.taken[-1].rcpts == ["second@example.com"]


def test_one_that_is_left_alone_goes_as_the_mail_that_it_would_have_been(house):
    with Peer() as peer:
        flooded(house, peer, LIMIT + 1)
        house.advance(milliseconds=WINDOW_MS)
        house.wait_state("sent")
        assert parse(peer.taken[-1])["Subject"] == "[営業部] Message from 三郎"
        assert parse(peer.taken[-1])["References"] is not None


def test_a_held_mail_goes_by_itself_when_asked_for_and_can_be_cancelled(house):
    with Peer() as peer:
        flooded(house, peer, LIMIT + 5)
        held = sorted(by_state(house)["held"], key=lambda m: int(m["id"]))
        house.do("retry", held[0]["id"])  # the one that was due for all
        house.do("retry", held[3]["id"])
        house.do("cancel", held[1]["id"])
        house.wait_count(lambda c: c["held"] == 2 and c["queued"] + c["sending"] == 0)
        house.wait(lambda: len(peer.taken) == LIMIT + 2)
        assert {m["due_ms"] for m in by_state(house)["held"]} == {held[0]["due_ms"]}
        house.advance(milliseconds=WINDOW_MS)
        house.wait_state("sent", "folded", "cancelled")
        assert parse(peer.taken[-1])["Subject"] == "[営業部] 2 missed visitors"
        (folded,) = by_state(house)["folded"]
        house.do("retry", folded["id"])  # it is in the digest: nothing to do
        house.do("retry", str(folded["digest"]))
        house.wait(lambda: len(house.logged("mail.request")) == 5)
        assert by_state(house)["folded"][0]["id"] == folded["id"]
        assert len(peer.taken) == LIMIT + 3


def test_a_switch_turned_off_meanwhile_suppresses_all_of_them_on_record(house):
    with Peer() as peer:
        flooded(house, peer, LIMIT + 7)
        house.do("department", "mail.missed.on", "false")
        house.advance(milliseconds=WINDOW_MS)
        house.wait_state("sent", "suppressed")
        off = by_state(house)["suppressed"]
        assert len(off) == 7 and {m["reason"] for m in off} == {"its switch is off"}
        assert len(peer.taken) == LIMIT


def test_a_flood_that_nobody_wants_is_suppressed_at_once(house):
    with Peer() as peer:
        house.settings(peer.port)
        house.do("department", "mail.missed.on", "false")
        leave(house, LIMIT + 30)
        house.start()
        assert len(house.wait_state("suppressed")) == LIMIT + 30
        assert not peer.taken


def test_what_is_held_for_a_department_goes_though_it_was_deleted_meanwhile(house):
    with Peer() as peer:
        flooded(house, peer, LIMIT + 4)
        house.do("remove")
        house.advance(milliseconds=WINDOW_MS)
        house.wait_state("sent", "folded")
        assert parse(peer.taken[-1])["Subject"] == "[営業部] 4 missed visitors"
        assert peer.taken[-1].rcpts == ["m@example.com"]


def test_a_digest_is_retried_like_any_other_mail_and_its_end_shows_in_what_it_holds(house):
    with Peer() as peer:
        flooded(house, peer, LIMIT + 5)
        peer.scripts[:] = [Script(rcpt="451 4.2.0 later")]
        house.advance(milliseconds=WINDOW_MS)
        house.wait(lambda: by_state(house).get("deferred"))
        folded = by_state(house)["folded"]
        assert len(folded) == 4 and {m["digest_state"] for m in folded} == {"deferred"}
        peer.scripts[:] = [Script(rcpt="550 5.1.1 nobody")]
        (carrier,) = by_state(house)["deferred"]
        house.do("retry", carrier["id"])
        house.wait(lambda: by_state(house).get("failed"))
        assert {m["digest_state"] for m in by_state(house)["folded"]} == {"failed"}
        peer.scripts[:] = [Script()]
        house.do("retry", carrier["id"])
        house.wait_state("sent", "folded")
        assert sorted(n for m in peer.taken for n in numbers(m)) == list(range(1, LIMIT + 6))


def test_more_than_one_digest_holds_make_another_at_once(house):
    with Peer() as peer:
        house.settings(peer.port)
        leave(house, LIMIT + 1200)
        house.start()
        house.wait_count(lambda c: c["held"] == 1200 and c["queued"] + c["sending"] == 0)
        house.advance(milliseconds=WINDOW_MS)
        house.wait_state("sent", "folded")
        digests = peer.taken[LIMIT:]  # in any order, over two sessions
        assert sorted(len(items(m)) for m in digests) == [200, 500, 500]
        assert sorted(n for m in peer.taken for n in numbers(m)) == list(range(1, LIMIT + 1201))


def test_long_notices_make_digests_of_two_megabytes(house):
    with Peer() as peer:
        house.settings(peer.port)
        text = "長い" * 600
        leave(house, LIMIT + 700, text)
        house.start()
        house.wait_count(lambda c: c["held"] == 700 and c["queued"] + c["sending"] == 0)
        house.advance(milliseconds=WINDOW_MS)
        house.wait_state("sent", "folded")
        digests = peer.taken[LIMIT:]
        assert len(digests) == 2 and all(len(m.raw) < 8 << 20 for m in digests)
        assert sum(plain(m).count(text) for m in digests) == 700


def test_what_comes_while_others_are_held_waits_with_them_and_then_begins_anew(house):
    with Peer() as peer:
        flooded(house, peer, LIMIT + 2)
        leave(house, 3)
        house.wait_count(lambda c: c["held"] == 5)
        house.advance(milliseconds=WINDOW_MS)
        house.wait_count(lambda c: c["held"] == 0)
        house.wait_state("sent", "folded")
        assert len(items(peer.taken[-1])) == 5
        leave(house, LIMIT)  # the digest counts as one
        house.wait_count(lambda c: c["held"] == 1 and c["queued"] + c["sending"] == 0)
        house.wait(lambda: len(peer.taken) == 2 * LIMIT)


def test_the_count_of_a_window_survives_restarts(house):
    with Peer() as peer:
        house.settings(peer.port)
        for _ in range(4):
            leave(house, 10)
            house.start()
            house.wait_count(lambda c: c["queued"] + c["sending"] == 0)
            house.kill()
        assert len(peer.taken) == LIMIT and house.count()["held"] == 20


def test_while_the_relay_is_away_a_flood_gathers_and_then_comes_folded(house):
    with Peer(Script(greeting="421 busy")) as peer:
        house.settings(peer.port)
        leave(house, 300)
        house.start()
        house.wait(lambda: house.logged("relay.trouble"))
        house.advance(milliseconds=WINDOW_MS)
        peer.scripts[:] = [Script()]
        house.retry_deferred()  # that ends its rest
        house.wait_count(lambda c: c["deferred"] + c["queued"] + c["sending"] == 0)
        house.advance(milliseconds=2 * WINDOW_MS)
        house.wait_state("sent", "folded")
        assert len(peer.taken) <= LIMIT + 2
        assert sorted(n for m in peer.taken for n in numbers(m)) == list(range(1, 301))


def slowly(rng):
    def answer(_index):
        time.sleep(rng.random() * 0.02)
        return "250 2.0.0 taken"
    return answer


def test_killed_at_random_moments_a_flood_arrives_whole_and_once(tmp_path):
    rng = random.Random(SEED)
    print("KILL_SEED", SEED)
    with House(tmp_path) as house, Peer(Script(dot=slowly(rng), lost=True)) as peer:
        house.settings(peer.port)
        for rounds in range(30):
            leave(house, 10)
            house.launch()
            house.retry_deferred()
            end = time.monotonic() + rng.random() * 0.5
            house.wait(lambda end=end: time.monotonic() > end)
            house.kill()
            if rounds % 4 == 3:
                house.advance(milliseconds=WINDOW_MS // 2)
        house.advance(milliseconds=WINDOW_MS)
        house.start()
        house.wait(lambda: not house.trips())
        house.retry_deferred()
        mails = house.wait_state("sent", "folded", "failed", seconds=60)
        house.stop()

        taken = {}
        for mail in peer.taken:
            assert taken.setdefault(mail.message_id, mail).raw == mail.raw
        told = [n for m in taken.values() for n in numbers(m)]
        assert len(told) == len(set(told)), "one is told twice"
        doubtful = [m for m in mails if m["state"] == "failed"]
        assert all(m["uncertain"] for m in doubtful)
        lost = set(range(1, 301)) - set(told)
        assert len(lost) <= sum(m["notices"] or 1 for m in doubtful), lost
        assert any(len(numbers(m)) > 1 for m in taken.values())
        windows = 2 + 30 // 8  # each with at most so many mails
        assert LIMIT < len(taken) <= windows * LIMIT
        print("mails", len(taken), "digests", sum(len(numbers(m)) > 1 for m in taken.values()),
              "doubtful", len(doubtful))


def test_many_thousands_of_held_mails_cost_neither_memory_nor_looks(tmp_path):
    def measure(folder, count):
        with House(folder) as house, Peer() as peer:
            flooded(house, peer, LIMIT + count)
            house.chat()
            began = time.monotonic()
            house.wait(lambda: any("t@example.com" in m.rcpts for m in peer.taken))
            took = time.monotonic() - began
            kb = house.memory_kb()
            house.advance(milliseconds=WINDOW_MS)
            house.wait_count(lambda c: c["held"] <= max(count - 10_000, 0))
            house.wait_count(lambda c: c["queued"] + c["sending"] == 0)
            digests = [m for m in peer.taken if "missed visitors" in parse(m)["Subject"]]
            return kb, took, house.memory_kb(), len(digests)

    few, _, _, one = measure(tmp_path / "few", 300)
    many, took, later, digests = measure(tmp_path / "many", 20_000)
    print(f"300: {few} kB; 20,000: {many} kB, then {later} kB; a mail took {took:.2f} s")
    assert one == 1
    assert digests == LIMIT  # so many in a window, and the others in the next ones
    assert many < few + 4096 or House.is_sanitized()
    assert took < 5
