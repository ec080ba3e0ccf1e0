"""What SpamAssassin's local rules think of the corpus: nothing worse than a trifle."""

import email.utils
import glob
import mailbox
import os
import re
import shutil
import subprocess
import time

import corpus

SCORE_MAX = 0.5
FILTERS = 2  # at once
RULES = "/usr/share/spamassassin"
PLUGINS = "/etc/spamassassin/*.pre"

# What a relay and the receiving server put before a mail that was handed in with a login.
TRACE = """Received: from relay.example.com (relay.example.com [8.8.4.25])
\tby mx.example.net (Postfix) with ESMTPS id 4ABC;
\t{date}
Received: from gateway.example.com (gateway.example.com [10.0.0.5])
\tby relay.example.com (Postfix) with ESMTPSA id 4ABD;
\t{date}
"""


def chosen():
    """Every conversation as a transcript, and some of them as each other kind."""
    _, mails, _ = corpus.print_mails(int(time.time() * 1000))
    for mail in mails:
        number = int(mail.chat["id"])
        if mail.kind == "transcript" or (number % 5 == 0
                                         and corpus.KINDS.index(mail.kind) == 1 + number // 5 % 7):
            yield mail


def write_box(path, mails):
    trace = TRACE.format(date=email.utils.formatdate()).replace("\n", "\r\n").encode()
    with open(path, "wb") as box:
        for mail in mails:
            which = f"X-Which: {mail.chat['id']} {mail.kind}\r\n".encode()
            box.write(b"From x Thu Jan  1 00:00:00 1970\n" + which + trace + mail.raw + b"\n")


def start_filter(folder, box):
    """Local rules only, none of this machine's settings, and nothing of anybody's home."""
    site = folder / "site"
    site.mkdir(parents=True)
    for path in glob.glob(PLUGINS):
        shutil.copy(path, site)
    (folder / "user_prefs").write_text("use_bayes 0\n")
    with open(box, "rb") as mails, open(folder / "out", "wb") as out, \
            open(folder / "err", "wb") as err:
        return subprocess.Popen(
            ["spamassassin", "-L", "--mbox", f"--configpath={RULES}", f"--siteconfigpath={site}",
             f"--prefspath={folder / 'user_prefs'}"],
            stdin=mails, stdout=out, stderr=err, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                                                      "HOME": str(folder)})


def scores(path):
    """(score, which mail, which rules) of a box that was filtered."""
    for mail in mailbox.mbox(path):
        status = re.sub(r"\s+", " ", mail["X-Spam-Status"])
        found = re.search(r"score=(-?[0-9.]+) .*tests=(.*?) (?:autolearn|version)=", status)
        yield float(found[1]), mail["X-Which"], found[2].replace(" ", "")


def test_every_mail_of_the_corpus_scores_next_to_nothing(tmp_path):
    mails = list(chosen())
    assert len(mails) >= 230
    filters = []
    try:
        for i in range(FILTERS):
            write_box(tmp_path / f"box{i}", mails[i::FILTERS])
            filters.append(start_filter(tmp_path / f"filter{i}", tmp_path / f"box{i}"))
        for i, running in enumerate(filters):
            assert running.wait(280) == 0, (tmp_path / f"filter{i}" / "err").read_text()
    finally:
        for running in filters:
            if running.poll() is None:
                running.kill()
                running.wait()
    judged = [row for i in range(FILTERS) for row in scores(tmp_path / f"filter{i}" / "out")]
    assert len(judged) == len(mails)
    # HTML_MESSAGE shows that the rules were there at all.
    assert all("HTML_MESSAGE" in rules for _, _, rules in judged)
    worst = [f"{which}: {score} {rules}" for score, which, rules in judged if score >= SCORE_MAX]
    assert not worst, "\n".join(worst)
