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


def test_saved_views_show_and_count_and_outlive_a_kill(gateway):
    first, second = leave(gateway), leave(gateway, "Ken")
    gateway.add_agent("Aiko", "aiko@example.com")
    shop = gateway.first_department()["name"]
    gateway.ctl("conversation", "tag", first, "VIP")
    view = gateway.ctl("view", "add", "Our VIPs", "missed", f"department={shop}", "tag=ｖｉｐ")["view"]
    gateway.ctl("view", "add", "Hers", "all", "agent=aiko@example.com", "filter=open", f"of={shop}")
    code, err = said(gateway, "view", "add", "Our VIPs", "all", f"department={shop}")
    assert code != 0 and "another saved view here has this name" in err
    gateway.kill()
    gateway.start()
    rows = gateway.ctl("view", "list")["rows"]
    assert {(row["name"], row["scope"], row["list"], row["filter"], row["tag"], row["count"])
            for row in rows} == {("Our VIPs", "department", "missed", "", "ｖｉｐ", 1),
                                 ("Hers", "own", "all", "open", "", 0)}
    listed = gateway.ctl("conversation", "list", "view=our vips")["rows"]
    assert [str(row["number"]) for row in listed] == [first]
    exported = gateway.ctl("conversation", "export", "view=Our VIPs")
    assert [str(chat["head"]["number"]) for chat in exported] == [first]
    gateway.ctl("conversation", "tag", second, "vip")
    assert gateway.ctl("view", "show", "Our VIPs")["count"] == 2
    gateway.ctl("view", "set", view, "name=Regulars", "list=to-answer", "tag=")
    assert gateway.ctl("view", "show", view)["tag"] == ""
    code, err = said(gateway, "conversation", "list", "view=Our VIPs")
    assert code != 0 and 'no view "Our VIPs"' in err
    # What a search asks is kept as well, and each kind is read by its own command.
    asks = ["text=cable", "state=missed", "since_days=30", "held_by=", "since=2026-01-02"]
    gateway.ctl("view", "add", "Cables", "search", f"department={shop}", *asks)
    assert gateway.ctl("view", "show", "Cables")["since_days"] == 30
    assert gateway.ctl("search", "find", "view=Cables")["rows"] == []
    code, err = said(gateway, "conversation", "list", "view=Cables")
    assert code != 0 and "this view is a search" in err
    gateway.ctl("view", "set", "Cables", "text=", "since_days=0")
    wait_until(lambda: len(gateway.ctl("search", "find", "view=Cables")["rows"]) == 2,
               "the search finds both")
    code, err = said(gateway, "view", "set", "Cables", "before=soon")
    assert code != 0 and "a day such as" in err
    gateway.ctl("view", "remove", "Cables")
    gateway.ctl("view", "remove", "Regulars")
    assert [row["name"] for row in gateway.ctl("view", "list")["rows"]] == ["Hers"]
    assert gateway.ctl("check", "show")["found"] == 0
