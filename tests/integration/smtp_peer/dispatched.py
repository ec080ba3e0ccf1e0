"""A house with a dispatcher, and how to look at what it sent, for the tests of it as a whole."""

import email
import email.policy

import pytest

from certs import Authority
from house import House
from peer import Script


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


def only(wanted, answer):
    return lambda arg, *rest: answer if wanted in (arg, *rest) else None


GOOD = Script()
