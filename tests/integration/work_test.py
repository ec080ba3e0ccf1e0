"""What agents keep about a conversation beside its words, with the real programs."""

import time

from harness import wait_until


def said(gateway, *args):
    done = gateway.ctl(*args, ok=False)
    return done.returncode, done.stderr


def leave(gateway, name="Mei", text="please call"):
    """A visitor leaves a message while nobody is there; the conversation's number."""
    code = gateway.first_department()["code"]
    status, _, body = gateway.request(
        "POST", f"/w/{code}/command",
        {"id": f"leave-{name}-{time.monotonic_ns():020}", "do": "chat.leave-message", "name": name,
         "email": f"{name.lower()}@example.com", "text": text})
    assert status == 200, body
    return str(gateway.ctl("conversation", "list", "missed")["rows"][0]["number"])


def test_tags_are_put_found_and_outlive_a_kill(gateway):
    first, second = leave(gateway), leave(gateway, "Ken")
    assert gateway.ctl("conversation", "tag", first, "カード")["tags"] == ["カード"]
    assert gateway.ctl("conversation", "tag", first, "ｶｰﾄﾞ")["unchanged"] is True
    assert gateway.ctl("conversation", "tag", second, "VIP")["tags"] == ["VIP"]
    gateway.ctl("conversation", "tag", second, "かーど")
    assert gateway.ctl("tag", "list")["rows"] == [
        {"tag": "かーど", "count": 2}, {"tag": "VIP", "count": 1}]
    code, err = said(gateway, "conversation", "tag", first, "a,b")
    assert code == 2 and "tag" in err
    gateway.kill()
    gateway.start()
    assert gateway.ctl("conversation", "show", first)["head"]["tags"] == ["カード"]
    rows = gateway.ctl("conversation", "list", "missed", "tag=vip")["rows"]
    assert [str(row["number"]) for row in rows] == [second]

    def found():
        return {str(row["head"]["number"]) for row in gateway.ctl("search", "find", "tag:カード")["rows"]}

    wait_until(lambda: found() == {first, second}, "both are found by the tag")
    gateway.ctl("conversation", "untag", second, "カード")
    wait_until(lambda: found() == {first}, "one of them is found no more")
    assert gateway.ctl("check", "show")["found"] == 0
