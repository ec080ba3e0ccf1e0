"""Dispatcher and workers as processes: killed, stopped, hanging, woken, started wrongly."""

import os
import signal
import socket
import subprocess

from dispatched import GOOD, house, only_transcripts  # noqa: F401
from house import DISPATCHER
from peer import STALL, Peer, Script


def worker_that_waits(house, peer):
    """The number of the process that has a mail under way, at a peer that has stopped answering.

    It is its own program by then: one that is stopped on its way there stops who starts it, too.
    """
    only_transcripts(house, peer.port)
    house.chat()
    house.start()
    assert peer.stalled.wait(20)
    (pid,) = house.workers()
    return pid


def test_a_hanging_worker_is_ended_by_its_parent(house):
    house.limit_s = 3
    with Peer(Script(greeting=STALL)) as peer:
        pid = worker_that_waits(house, peer)
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
        pid = worker_that_waits(house, peer)
        house.kill()
        os.kill(pid, signal.SIGKILL)
        house.start()
        (mail,) = house.wait_state("uncertain")
        house.do("retry", mail["id"])
        (mail,) = house.wait_state("sent")
        assert mail["uncertain"] and len(peer.taken) == 2
        assert len({m.raw for m in peer.taken}) == 1


def test_a_mail_of_dead_processes_whose_file_is_lost_waits_for_nothing(house):
    with Peer(Script(dot=STALL, lost=True), GOOD) as peer:
        pid = worker_that_waits(house, peer)
        house.kill()
        for name in house.trips():
            os.unlink(os.path.join(house.state, "dispatch", name))
        house.start()
        house.wait(lambda: len(house.logged("dispatcher.ready")) == 2)
        assert house.mails()[0]["state"] == "sending"  # its worker may still come to an end
        house.kill()
        os.kill(pid, signal.SIGKILL)
        house.start()
        (mail,) = house.wait_state("uncertain", seconds=20)
        assert mail["uncertain"] and house.logged("mail.lost")
        house.do("retry", mail["id"])
        house.wait_state("sent")
        assert len(peer.taken) == 2


def test_parent_and_worker_killed_before_the_dot_leave_nothing_in_doubt(house):
    with Peer(Script(data=STALL), GOOD) as peer:
        pid = worker_that_waits(house, peer)
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
        worker_that_waits(house, peer)
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
