"""Business hours at the prompt and at the door, and holidays out of calendar files."""

import datetime
import json
import subprocess

import pytest

from harness import DESKBELLCTL, wait_until

YEAR = datetime.datetime.now(datetime.timezone.utc).year

def said(gateway, *args, **kwargs):
    done = gateway.ctl(*args, ok=False, **kwargs)
    return done.returncode, done.stderr


def status_of(gateway, dept):
    code = gateway.ctl("department", "show", dept)["code"]
    status, _, body = gateway.request("GET", f"/w/{code}/status")
    assert status == 200
    return json.loads(body)


def calendar(*events):
    body = "".join(f"BEGIN:VEVENT\r\nUID:{i}@x\r\n{e}\r\nEND:VEVENT\r\n" for i, e in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\n{body}END:VCALENDAR\r\n"


def day(date, name, *more):
    return "\r\n".join((f"DTSTART;VALUE=DATE:{date}", f"SUMMARY:{name}", *more))


@pytest.fixture
def dept(gateway):
    name = f"Hours {len(gateway.ctl('department', 'list')['rows'])}"
    gateway.ctl("department", "add", name)
    return name


@pytest.fixture
def import_of(gateway, dept, tmp_path):
    def run(text, ok=True):
        file = tmp_path / "days.ics"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        if not ok:
            return said(gateway, "holiday", "import", dept, str(file))
        gateway.ctl("holiday", "import", dept, str(file))
        return gateway.ctl("holiday", "list", dept)
    return run


def test_hours_are_set_shown_and_kept(gateway, dept):
    assert gateway.ctl("hours", "show", dept)["takes"] is True
    gateway.ctl("hours", "set", dept, "week=mon-sun 00:00-24:00", "zone=Asia/Tokyo",
                "last_chat_ms=15m")
    shown = gateway.ctl("hours", "show", dept)
    assert shown["takes"] is True and shown["zone"] == "Asia/Tokyo"
    assert "closes_ms" not in shown
    # Closed on the day that it is in Tokyo: the door says when it opens next.
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9)))
    gateway.ctl("holiday", "add", dept, now.strftime("%Y-%m-%d"), "Founder's", "day")
    shown = gateway.ctl("hours", "show", dept)
    midnight = (now + datetime.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert shown["takes"] is False and shown["opens_ms"] == int(midnight.timestamp()) * 1000
    status = status_of(gateway, dept)
    assert status["door"] == "offline" and status["opens_ms"] == shown["opens_ms"]
    gateway.restart()
    assert status_of(gateway, dept)["opens_ms"] == shown["opens_ms"]
    gateway.ctl("holiday", "remove", dept, now.strftime("%Y-%m-%d"))
    assert gateway.ctl("hours", "show", dept)["takes"] is True
    assert "opens_ms" not in status_of(gateway, dept)


def test_a_department_opens_by_the_clock_alone(gateway, dept):
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
    gateway.ctl("hours", "set", dept, f"week=mon-sun {soon:%H:%M}-{soon.hour + 1:02d}:{soon:%M}")
    opens = status_of(gateway, dept)["opens_ms"]
    shown = gateway.ctl("hours", "show", dept)
    gateway.advance(opens - shown["now_ms"] + 1000)
    wait_until(lambda: "opens_ms" not in status_of(gateway, dept), "the department to open")
    assert gateway.ctl("hours", "show", dept)["takes"] is True


def test_people_read_it_at_a_prompt(gateway, dept):
    gateway.ctl("hours", "set", dept, "week=mon-fri 9-12, 13-18", "zone=Europe/Berlin")
    done = subprocess.run([DESKBELLCTL, "--socket", gateway.socket, "hours", "show", dept],
                          capture_output=True, text=True, check=True)
    assert "mon 09:00-12:00,13:00-18:00; tue" in done.stdout and "Europe/Berlin" in done.stdout


@pytest.mark.parametrize("pair, field, why", [
    ("week=mon 09:00-14:00,13:00-18:00", "hours.week", "overlap"),
    ("week=mon 18:00-09:00", "hours.week", "later than the start"),
    ("week=mon 24:00-26:00", "hours.week", "belongs to the next day"),
    ("zone=Asia/Edo", "hours.zone", "no such time zone"),
    ("days=2027-03-28 02:30-12:00", "hours.days", "never show 02:30"),
    ("holidays=12-25 a\n12-25 b", "hours.holidays", "12-25 is there twice"),
])
def test_bad_hours_are_refused_by_name(gateway, dept, pair, field, why):
    gateway.ctl("hours", "set", dept, "zone=Europe/Berlin")
    code, err = said(gateway, "hours", "set", dept, pair)
    assert code == 2 and field in err and why in err, err


def test_holidays_come_and_go(gateway, dept):
    gateway.ctl("holiday", "add", dept, "12-25", "Christmas")
    gateway.ctl("holiday", "add", dept, "2031-05-05", "こどもの日")
    assert gateway.ctl("holiday", "list", dept) == [
        {"date": "12-25", "name": "Christmas"}, {"date": "2031-05-05", "name": "こどもの日"}]
    code, err = said(gateway, "holiday", "add", dept, "12-25")
    assert code == 2 and "12-25 is there twice" in err
    code, err = said(gateway, "holiday", "add", dept, "2031-02-29")
    assert code == 2 and "there is no such day" in err
    gateway.ctl("holiday", "remove", dept, "12-25")
    assert said(gateway, "holiday", "remove", dept, "12-25")[0] == 3
    assert [row["date"] for row in gateway.ctl("holiday", "list", dept)] == ["2031-05-05"]


def test_a_calendar_is_taken_in(import_of):
    rows = import_of(calendar(
        day(f"{YEAR + 1}0211", "建国記念の日"),
        day("20200101", "元日", "RRULE:FREQ=YEARLY"),
        day("20200504", "Yearly with its month", "RRULE:FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=4"),
        day(f"{YEAR}1124", "Thanksgiving", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=3"),
        day(f"{YEAR + 1}1230", "Three days", f"DTEND;VALUE=DATE:{YEAR + 2}0102"),
        day("20190501", "Long past"),
        day(f"{YEAR + 1}0303", "Off", "STATUS:CANCELLED"),
        f"DTSTART:{YEAR + 1}0404T090000Z\r\nSUMMARY:A meeting",
        day(f"{YEAR + 1}0211", "The same day again"),
        day("20200606", "A name of " + "x" * 80, "RRULE:FREQ=YEARLY"),
    ))
    found = {row["date"]: row["name"] for row in rows}
    assert found[f"{YEAR + 1}-02-11"] == "建国記念の日"
    assert found["01-01"] == "元日" and found["05-04"] == "Yearly with its month"
    assert found["06-06"] == ("A name of " + "x" * 80)[:60]
    thursdays = [date for date, name in found.items() if name == "Thanksgiving"]
    assert 2 <= len(thursdays) <= 3
    assert all(datetime.date.fromisoformat(date).weekday() == 3 for date in thursdays)
    assert [date for date, name in found.items() if name == "Three days"] == [
        f"{YEAR + 1}-12-30", f"{YEAR + 1}-12-31", f"{YEAR + 2}-01-01"]
    assert len(found) == 4 + len(thursdays) + 3


def test_what_was_there_stays_as_it_is(gateway, dept, import_of):
    gateway.ctl("holiday", "add", dept, "01-01", "Our own name")
    rows = import_of(calendar(day("20200101", "元日", "RRULE:FREQ=YEARLY"),
                              day("20200102", "Second", "RRULE:FREQ=YEARLY")))
    assert [row["name"] for row in rows] == ["Our own name", "Second"]


@pytest.mark.parametrize("text, why", [
    ("", "no calendar"),
    ("BEGIN:VCARD\r\nEND:VCARD\r\n", "no calendar"),
    (b"\x89PNG\r\n\x1a\n\xff\xfe", "no calendar"),
    (calendar(), "no event of a whole day"),
    (calendar(day("20190501", "Long past")), "no event of a whole day"),
    (calendar("SUMMARY:Dateless"), "an event has no date: Dateless"),
    (calendar("DTSTART;VALUE=DATE:20261345\r\nSUMMARY:Broken"), "an event has no date: Broken"),
    (calendar(day(f"{YEAR}0101", "Daily", "RRULE:FREQ=DAILY")), "400 holidays at most"),
    ("x" * (1 << 20) + "x", "1024 KB at most"),
], ids=("empty", "card", "picture", "no events", "past", "dateless", "no date", "daily", "huge"))
def test_what_is_no_calendar_of_holidays_is_refused(import_of, text, why):
    code, err = import_of(text, ok=False)
    assert code == 2 and why in err, err


def test_a_calendar_that_is_not_there(gateway, dept):
    code, err = said(gateway, "holiday", "import", dept, "/nowhere/days.ics")
    assert code == 2 and "No such file" in err
    code, err = said(gateway, "holiday", "import", dept, "-", stdin="BEGIN")
    assert code == 2 and "no calendar" in err
