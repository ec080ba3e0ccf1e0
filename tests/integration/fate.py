"""What has become of mails: the one question that every test which pulls a plug asks at its end."""

import collections

SETTLED = ("sent", "folded", "failed", "suppressed", "cancelled")


def mails_met_their_fate(mails, taken):
    """Hold the outbox's `mails` against all that servers have `taken`.

    Each recipient has the mail, or its mail says why not; two copies only of a mail that is marked
    as uncertain; all copies with one Message-ID and the same bytes; and no mail from nowhere.  The
    answer counts: copies for each Message-ID, and those that were doubled.
    """
    copies = collections.defaultdict(list)
    for copy in taken:
        copies[copy.message_id].append(copy)
    own = [m["message_id"] for m in mails if m["message_id"]]
    assert len(own) == len(set(own)), "two mails share a Message-ID"
    assert set(copies) <= set(own), "a mail of nobody"
    doubled = 0
    for mail in mails:
        got = copies.get(mail["message_id"], [])
        assert len({copy.raw for copy in got}) <= 1, f"two forms of {mail}"
        counts = [recipient_met_its_fate(mail, rcpt, got)
                  for rcpt in mail.get("recipients", mail.get("to"))]
        assert mail["state"] != "sent" or counts, f"sent to nobody: {mail}"
        doubled += max(counts, default=0) > 1
    return collections.Counter({key: len(value) for key, value in copies.items()}), doubled


def recipient_met_its_fate(mail, rcpt, copies):
    got = sum(rcpt["address"] in copy.rcpts for copy in copies)
    assert got <= 2, f"{got} copies of {mail}"
    assert got < 2 or mail["uncertain"], f"doubled without a mark: {mail}"
    if rcpt["state"] == "sent":
        assert got >= 1, f"lost: {mail}"
    else:
        assert mail["reason"], f"not sent, and nobody says why: {mail}"
        assert got == 0 or mail["uncertain"], f"taken, and called not sent: {mail}"
    if rcpt["state"] == "failed" and mail["uncertain"]:
        assert "look before trying again" in mail["reason"], mail
    return got


def all_settled(mails):
    return all(m["state"] in SETTLED for m in mails)
