"""The plug pulled at every named point of dispatcher and worker, one after the other: each mail
arrives once, but where an answer was lost."""

import signal
import time

import pytest

import crash
from fate import mails_met_their_fate
from house import House
from peer import Peer, Script

RCPTS = ["a@example.com", "b@example.com", "c@example.com"]
MAILS = 3
# Where the dot may be out, or is, and the file does not know its answer.
DOUBT = ("worker.end", "worker.answered")
TAKEN = ("worker.answered",)
# An earlier dispatcher has to leave something behind.
SECOND = {"dispatcher.recover": "dispatcher.settle", "dispatcher.recovered": "dispatcher.settle"}


def furnish(house, port):
    house.settings(port)
    for which in ("block", "feedback", "missed", "copy"):
        house.do("department", f"mail.{which}.on", "false")
    house.do("department", "mail.transcript.addresses", ", ".join(RCPTS))
    house.chat(MAILS)
    house.do("retry", house.mails()[0]["id"])


def launch_to_death(house, plan, over):
    """Run a dispatcher until the plan has happened, or over() holds.  Whether it has."""
    house.env.update(plan.env)
    house.launch()
    house.wait(lambda: plan.happened or over())
    if plan.happened and "worker." not in plan.path:
        house.dispatcher.wait(20)
    return plan.happened


def go_on(house):
    if house.dispatcher.poll() is not None:
        house.start()
    return house.settle()


@pytest.mark.parametrize("name", crash.points("dispatcher") + crash.points("worker"))
def test_dying_at(tmp_path, name):
    with House(tmp_path) as house, Peer(Script(lost=True)) as peer:
        furnish(house, peer.port)
        if name in SECOND:
            assert launch_to_death(house, crash.Plan(tmp_path, SECOND[name]), lambda: False)
        assert launch_to_death(house, crash.Plan(tmp_path, name), lambda: False)
        mails = go_on(house)
        copies, doubled = mails_met_their_fate(mails, peer.taken)
    assert [m["state"] for m in mails] == ["sent"] * MAILS
    assert sum(m["uncertain"] for m in mails) == (name in DOUBT)
    assert doubled == (name in TAKEN) and sum(copies.values()) == MAILS + doubled


def test_standing_still_with_the_stores_lock_is_ended_by_the_watchdog(tmp_path):
    """The gateway waits for the lock, and then goes on."""
    with House(tmp_path) as house, Peer() as peer:
        furnish(house, peer.port)
        plan = crash.Plan(tmp_path, "dispatcher.write", variable="DESKBELL_STOP")
        house.env.update(plan.env)
        house.launch()
        house.wait(lambda: plan.happened)
        begun = time.monotonic()
        house.chat()
        assert 3 < time.monotonic() - begun < 15
        assert house.dispatcher.wait(20) == -signal.SIGKILL
        mails = go_on(house)
        _, doubled = mails_met_their_fate(mails, peer.taken)
    assert [m["state"] for m in mails] == ["sent"] * (MAILS + 1) and not doubled


@pytest.mark.parametrize("name", ["dispatcher.write", "dispatcher.written"])
def test_dying_in_each_transaction(tmp_path, name):
    """The first, the second, … until a dispatcher lives to the end of it."""
    for nth in range(1, 40):
        folder = tmp_path / str(nth)
        with House(folder) as house, Peer() as peer:
            furnish(house, peer.port)

            def over():
                return not house.trips() and all(m["state"] == "sent" for m in house.mails())

            died = launch_to_death(house, crash.Plan(folder, name, nth), over)
            mails = go_on(house)
            copies, doubled = mails_met_their_fate(mails, peer.taken)
            assert [m["state"] for m in mails] == ["sent"] * MAILS
            assert not doubled and not any(m["uncertain"] for m in mails)
        if not died:
            break
    assert 5 < nth < 39
    print(f"{nth - 1} transactions")
