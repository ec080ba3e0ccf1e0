"""Relays in trouble, of a department's own, with TLS and logins, and how many sessions each has."""

import time

import pytest

from dispatched import GOOD, authority, house, only_transcripts  # noqa: F401
from house import House
from peer import STALL, Peer, Script


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
