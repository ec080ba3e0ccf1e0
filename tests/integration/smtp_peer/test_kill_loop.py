"""kill -9 at random moments, over and over: every mail arrives, at most one is doubled for each
answer that was lost, and that one is marked."""

import os
import random
import signal
import time

from fate import mails_met_their_fate
from house import House
from peer import Peer, Script

MAILS = 240
ROUNDS_MAX = 80
SEED = int(os.environ.get("KILL_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)


def slowly(rng):
    """Each answer to a final dot takes its time, so that kills fall into every window."""
    def answer(_index):
        time.sleep(rng.random() * 0.05)
        return "250 2.0.0 taken"
    return answer


def test_kill_loop(tmp_path):
    rng = random.Random(SEED)
    print("KILL_SEED", SEED)
    with House(tmp_path) as house, Peer(Script(dot=slowly(rng), lost=True)) as peer:
        house.settings(peer.port)
        for which in ("block", "feedback", "missed", "copy"):
            house.do("department", f"mail.{which}.on", "false")
        house.chat(MAILS)
        rounds = 0
        while rounds < ROUNDS_MAX and any(
                m["state"] not in ("sent", "failed") for m in house.mails()):
            rounds += 1
            house.launch()
            # What an earlier round left for in a minute is due now: somebody asked for it.
            for mail in house.mails():
                if mail["state"] in ("deferred", "uncertain"):
                    house.do("retry", mail["id"])
            time.sleep(rng.random() * 0.4)
            workers = house.workers()
            victim = rng.random()
            if victim < 0.7:
                house.kill()
            if victim > 0.4:
                for pid in workers:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            if victim >= 0.7:
                house.kill()
        assert rounds > 5, "the kills came too late to prove anything"
        house.start()
        mails = house.settle()
        house.stop()
        assert len(mails) == MAILS and {m["state"] for m in mails} <= {"sent", "failed"}
        _, doubled = mails_met_their_fate(mails, peer.taken)
        print("rounds", rounds, "uncertain", sum(m["uncertain"] for m in mails), "doubled", doubled)
