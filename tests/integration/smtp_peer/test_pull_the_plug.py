"""Pull the plug anywhere: what becomes of a mail by itself, with no help but the time that passes."""

import socket

import pytest

from fate import mails_met_their_fate
from house import House
from peer import DROP, STALL, Drip, Flood, Peer, Raw, Script

RCPTS = ["a@example.com", "b@example.com", "c@example.com"]


@pytest.fixture
def house(tmp_path):
    with House(tmp_path, limit_s=3) as made:
        made.do("agent", "鈴木")
        made.do("portal", "from", "chat@example.com")
        made.do("department", "mail.transcript.addresses", ", ".join(RCPTS))
        made.do("department", "mail.transcript.on", "true")
        yield made


def first_attempt(house, port):
    """One chat, and what its mail is after the first attempt."""
    house.relay(port)
    house.chat()
    house.start()
    house.wait(lambda: house.mails()[0]["attempts"] == 1 and not house.trips())
    return house.mails()[0]


def let_pass(house, **time):
    """… and wait until the mail was tried again.  It."""
    before = house.mails()[0]["attempts"]
    house.advance(**time)
    house.wait(lambda: house.mails()[0]["attempts"] > before and not house.trips())
    return house.mails()[0]


def arrived(house, peer, mail, copies=1):
    assert mail["state"] == "sent"
    found, doubled = mails_met_their_fate(house.mails(), peer.taken)
    assert sum(found.values()) == copies and doubled == copies - 1


@pytest.fixture
def nobody():
    """A port that refuses every connection, and that nobody else gets meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_down_for_three_days(house, nobody):
    mail = first_attempt(house, nobody)
    for _ in range(4):
        assert mail["state"] == "deferred" and "cannot be reached" in mail["reason"]
        mail = let_pass(house, hours=18)
    with Peer() as peer:
        house.relay(peer.port)
        arrived(house, peer, let_pass(house, hours=4.1))


def test_given_up_after_five_days_and_not_before(house, nobody):
    mail = first_attempt(house, nobody)
    for _ in range(4):
        assert mail["state"] == "deferred"
        mail = let_pass(house, hours=29)
    assert mail["state"] == "deferred"  # four days and 20 hours
    mail = let_pass(house, hours=4.1)
    assert mail["state"] == "failed" and not mail["uncertain"]
    assert mail["reason"].startswith("given up after five days")
    with Peer() as peer:  # whoever sees it can have it tried again
        house.relay(peer.port)
        house.do("retry", mail["id"])
        (mail,) = house.wait_state("sent")
        arrived(house, peer, mail)


PASSES = {
    "greylists": (Script(rcpt="451 4.7.1 come back in five minutes"), "come back"),
    "stalls at its greeting": (Script(greeting=STALL), "in time"),
    "stalls at MAIL": (Script(mail=STALL), "in time"),
    "stalls at DATA": (Script(data=STALL), "in time"),
    "closes in the middle": (Script(data=DROP), "broke"),
    "puts off after the dot": (Script(dot="452 no space"), "no space"),
    "lies about success, at DATA": (Script(data="250 taken already"), ""),
    "lies about success, instead of its greeting": (Script(greeting=Raw(b"250 taken\r\n" * 9)), ""),
    "offers no TLS": (None, "offers no TLS"),
    "floods its greeting": (Script(greeting=Flood(b"220-welcome\r\n" * 1000)), ""),
    "floods its greeting without a line end": (Script(greeting=Flood(b"2" * 65536)), ""),
    "floods its answer to EHLO": (Script(ehlo=Flood(b"250-X\r\n" * 1000)), ""),
    "drips its answer to MAIL": (Script(mail=Drip(b"250-ok\r\n", 0.2)), ""),
}


@pytest.mark.parametrize("what", PASSES)
def test_a_server_that(house, what):
    """Certainly not taken: it goes later, once."""
    script, words = PASSES[what]
    with Peer(script or Script()) as bad, Peer() as good:
        if script is None:
            house.do("portal", "relay_tls", "starttls")
        mail = first_attempt(house, bad.port)
        assert (mail["state"], mail["uncertain"]) == ("deferred", False), mail
        assert mail["reason"] and words in mail["reason"], mail
        house.do("portal", "relay_tls", "none")
        house.relay(good.port)
        arrived(house, good, let_pass(house, minutes=10))
        assert not bad.taken


LOST = {
    "closes after the final dot": Script(dot=DROP, lost=True),
    "stalls after the final dot": Script(dot=STALL, lost=True),
    "floods its answer to the dot": Script(dot=Flood(b"2" * 65536), lost=True),
    "never ends its yes to the dot": Script(dot=Flood(b"250-taken\r\n" * 1000), lost=True),
}


@pytest.mark.parametrize("what", LOST)
def test_an_answer_is_lost_where_a_server(house, what):
    """Taken, and nobody knows: it goes once more with the same bytes, and is marked."""
    with Peer(LOST[what], Script()) as peer:
        mail = first_attempt(house, peer.port)
        assert (mail["state"], mail["uncertain"]) == ("uncertain", True)
        mail = let_pass(house, minutes=10)
        assert mail["uncertain"]
        arrived(house, peer, mail, copies=2)


def test_one_of_three_recipients_refused(house):
    def refuse(address, _index):
        return "550 5.1.1 nobody" if address == RCPTS[1] else None

    with Peer(Script(rcpt=refuse)) as peer:
        mail = first_attempt(house, peer.port)
        assert mail["state"] == "failed" and "nobody" in mail["reason"]
        assert [r["state"] for r in mail["recipients"]] == ["sent", "failed", "sent"]
        mails_met_their_fate(house.mails(), peer.taken)


def test_the_machine_restarts_with_a_mail_under_way(house):
    """Another boot's file may have lost its end, so the mail may be doubled, and is marked."""
    with Peer(Script(dot=STALL, lost=True), Script()) as peer:
        house.limit_s = 60
        house.relay(peer.port)
        house.chat()
        house.start()
        assert peer.stalled.wait(20)
        house.kill_all()
        house.boot_anew()
        house.start()
        house.wait(lambda: house.mails()[0]["state"] == "uncertain")
        arrived(house, peer, let_pass(house, minutes=10), copies=2)
