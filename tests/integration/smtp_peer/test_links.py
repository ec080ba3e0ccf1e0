"""Mails that take an agent a one-time link: what they say, that nobody else can read the link, and
that a link which is of no use any more is not sent."""

import base64
import email
import email.policy
import os
import time

import pytest

from house import House
from peer import Peer, Script

DAY_MS = 24 * 3600 * 1000
TOKEN = "Zq3vKp8WmX1cR7tYb5nJd9hLs2fGa6uEo4iTkPzQwVs"
LINK = f"https://chat.example.com/console/#link={TOKEN}"


@pytest.fixture
def house(tmp_path):
    with House(tmp_path) as made:
        yield made


def parse(mail):
    return email.message_from_bytes(mail.raw, policy=email.policy.SMTP.clone(raise_on_defect=True))


def stored_bytes(house):
    """All that is in the house's folder: store, files, logs."""
    for folder, _, names in os.walk(house.folder):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                yield name, file.read()


def readable_traces(text):
    """The forms in which a text may stand in a mail: as it is, folded, and as base64."""
    pieces = [text[at:at + 12] for at in range(0, len(text) - 12, 6)]
    for piece in pieces:
        yield piece.encode()
        for shift in range(3):
            yield base64.b64encode(b"x" * shift + piece.encode())[4 if shift else 0:-4]


def assert_kept_secret(house, mail):
    lines = [line for line in mail.raw.split(b"\r\n\r\n", 1)[1].splitlines() if len(line) > 30]
    assert len(lines) > 10
    traces = [*readable_traces(TOKEN), *lines]
    for name, found in stored_bytes(house):
        for trace in traces:
            assert trace not in found, f"{trace} stands in {name}"


@pytest.mark.parametrize("lang, subject, words", [
    ("en", "鈴木 invites you to ", "It works once, and until"),
    ("ja", "鈴木さんから", "このリンクは一度だけ使えます"),
])
def test_an_invitation_is_the_portals_and_kept_from_all_who_read_the_store(house, lang, subject,
                                                                           words):
    with Peer(Script(dot="451 later"), Script()) as peer:
        house.do("portal", "lang", lang)
        house.settings(peer.port)
        house.do("link", "agent", LINK, 7 * DAY_MS)
        house.start()
        (waiting,) = house.wait_state("deferred")
        house.do("retry", waiting["id"])
        (mail,) = house.wait_state("sent")
        (taken,) = peer.taken
        message = parse(taken)
        assert mail["kind"] == "invitation" and mail["subject"].startswith(subject)
        assert taken.rcpts == ["agent@example.com"]
        assert message["From"].addresses[0].addr_spec == "chat@example.com"
        assert message["To"].addresses[0].display_name == "鈴木"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["In-Reply-To"] is None and message["References"] is None
        for part in ("plain", "html"):
            assert LINK in message.get_body((part,)).get_content()
            assert words in message.get_body((part,)).get_content()
        house.stop()
        assert_kept_secret(house, taken)
    assert not house.logged(TOKEN[:8])


def test_at_the_door_and_with_a_password_it_is_about_a_new_one(house):
    with Peer() as peer:
        house.settings(peer.port)
        house.do("link", "door", LINK, DAY_MS)
        house.start()
        (mail,) = house.wait_state("sent")
        assert mail["kind"] == "reset"
        body = parse(peer.taken[0]).get_body(("plain",)).get_content()
        assert "Somebody, most likely you" in body and LINK in body
        house.do("password")
        house.do("link", "agent", LINK, DAY_MS)
        house.wait(lambda: len(peer.taken) == 2)
        assert "鈴木 sends you" in parse(peer.taken[1]).get_body(("plain",)).get_content()


def test_a_link_that_ran_out_while_nobody_looked_is_not_sent(tmp_path):
    with House(tmp_path, days_ago=2) as house, Peer() as peer:
        house.settings(peer.port)
        house.do("link", "operator", LINK, DAY_MS)
        house.start()
        (mail,) = house.wait_state("failed")
        assert mail["reason"] == "the link has run out: send a new one"
        house.do("retry", mail["id"])
        house.wait(lambda: len(house.logged("mail.failed")) == 2)
        house.do("link", "operator", LINK, 3 * DAY_MS)
        house.wait(lambda: len(peer.taken) == 1)
    assert not peer.connections[1:]


def test_a_link_that_runs_out_between_two_attempts_is_not_sent(house):
    with Peer(Script(dot="451 later"), Script()) as peer:
        house.settings(peer.port)
        house.do("link", "operator", LINK, 1500)
        end = time.time() + 1.5
        house.start()
        (mail,) = house.wait_state("deferred")
        house.wait(lambda: time.time() > end)
        house.do("retry", mail["id"])
        (mail,) = house.wait_state("failed")
        assert mail["reason"] == "the link has run out: send a new one"
        assert not peer.taken


@pytest.mark.parametrize("what, reason", [
    (("link", "operator", LINK + "2", DAY_MS), "a newer link was made"),
    (("password",), "the link was used, or the account has another address since"),
    (("disable",), "the account is disabled or gone"),
])
def test_a_link_that_is_no_longer_the_agents_is_not_sent(house, what, reason):
    with Peer() as peer:
        house.settings(peer.port)
        house.do("link", "operator", LINK, DAY_MS)
        house.do(*what)
        house.start()
        first = lambda: house.mails()[-1]
        house.wait(lambda: first()["state"] == "suppressed")
        assert first()["reason"] == reason
        house.wait_state("sent", "suppressed")
        assert len(peer.taken) == (1 if what[0] == "link" else 0)


def test_a_mail_sealed_with_a_key_that_is_gone_fails_and_says_so(house):
    with Peer(Script(dot="451 later"), Script()) as peer:
        house.settings(peer.port)
        house.do("link", "operator", LINK, DAY_MS)
        house.start()
        (mail,) = house.wait_state("deferred")
        house.stop()
        for name, found in stored_bytes(house):
            if name.startswith("dispatcher.key"):
                with open(os.path.join(house.state, name), "r+b") as key:
                    key.write(bytes(len(found)))
        house.start()
        house.do("retry", mail["id"])
        (mail,) = house.wait_state("failed")
        assert mail["reason"] == "it was sealed with a key that is gone"
        assert not peer.taken
