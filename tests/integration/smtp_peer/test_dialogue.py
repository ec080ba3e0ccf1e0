"""What the worker shows of a session where its job asks for it, and what it never shows."""

import base64

import pytest

from certs import Authority
from peer import DROP, Peer, Raw, Script
from worker import Job, body, run

USER, PASSWORD = "ann.other@example.net", "hunter22-geheim"


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


def b64(text):
    return base64.b64encode(text.encode()).decode()


# Everything that must not be seen, in the forms that a server could repeat.
SECRETS = [PASSWORD, PASSWORD.upper(), b64(PASSWORD), b64("x" + PASSWORD), b64(USER),
           b64(f"\0{USER}\0{PASSWORD}"), b64(f"{USER}:{PASSWORD}"), USER]


def assert_hidden(result, secrets):
    shown = "\n".join(result.lines) + result.log
    for secret in secrets:
        assert secret not in shown and secret.rstrip("=") not in shown


def session(script, **job):
    with Peer(script) as peer:
        result = run(Job(peer.port, dialogue=True, **job).add())
    assert result.code == 0, result.log
    return peer, result


def test_each_line_is_shown_in_its_order_and_the_body_as_its_header():
    _, result = session(Script())
    assert result.data() == 250
    dialogue = [(by, text) for by, text in result.dialogue if by != "note"]
    assert dialogue == [
        ("server", "220 peer.example ESMTP"),
        ("client", "EHLO client.example"),
        ("server", "250-peer.example"),
        ("server", "250 PIPELINING"),
        ("client", "MAIL FROM:<s@example.com>"),
        ("server", "250 ok"),
        ("client", "RCPT TO:<a@example.com>"),
        ("client", "DATA"),
        ("server", "250 ok"),
        ("server", "354 go on"),
        ("client", "From: <s@example.com>"),
        ("client", "To: <a@example.com>"),
        ("client", "Subject: mail 0"),
        ("client", "Date: Mon, 23 Nov 2026 06:04:00 +0000"),
        ("client", "Message-ID: <0@example.com>"),
        ("client", "."),
        ("server", "250 2.0.0 taken"),
        ("client", "QUIT"),
        ("server", "221 bye"),
    ]
    notes = result.said("note")
    assert notes[0].startswith("connected to 127.0.0.1 port ")
    rest = body().index(b"\r\n\r\n") + 2
    assert notes[1:] == [f"... {len(body()) - rest} bytes"]


def test_nothing_is_shown_where_nobody_asked():
    with Peer(Script(logins={USER: PASSWORD})) as peer:
        result = run(Job(peer.port, user=USER, password=PASSWORD).add())
    assert result.data() == 250
    assert not result.dialogue and not result.facts


@pytest.mark.parametrize("start", [False, True], ids=["starttls", "tls"])
def test_what_tls_came_to_is_shown(authority, start):
    _, result = session(Script(tls=authority.server("DNS:localhost,DNS:mail.example"),
                               tls_first=start),
                        tls="start" if start else True, ca=authority.ca)
    assert result.data() == 250
    notes = result.said("note")
    assert notes[1].startswith("TLSv1.3 with " if start else "TLSv1.2 with ")
    assert notes[2] == "certificate of /CN=server for localhost, mail.example"
    assert notes[3].startswith("certificate issued by /CN=Test CA, valid from 20")
    assert ("client", "STARTTLS") in result.dialogue or start
    assert ("client", "DATA") in result.dialogue


@pytest.mark.parametrize("start", [False, True], ids=["starttls", "tls"])
@pytest.mark.parametrize("name,days,trust,fact,why", [
    ("DNS:other.example", "2", True, "cert-name", "hostname mismatch"),
    ("DNS:localhost", "2", False, "cert-unknown", "unable to get local issuer certificate"),
    ("DNS:localhost", "-1", True, "cert-expired", "certificate has expired"),
])
def test_why_a_certificate_was_refused_is_shown(authority, start, name, days, trust, fact, why):
    _, result = session(Script(tls=authority.server(name, days), tls_first=start),
                        tls="start" if start else True, ca=authority.ca if trust else "")
    assert result.trouble == "certificate"
    assert f"certificate refused: {why}" in result.said("note")
    assert fact in result.facts
    if fact == "cert-name":
        assert result.facts[fact] == "other.example"


def echo(line):
    """A server that repeats everything that it could have learnt."""
    return lambda *_: f"{line} {' '.join(SECRETS)}"


@pytest.mark.parametrize("start", [None, False, True], ids=["plain", "starttls", "tls"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_the_login_is_never_shown_even_if_the_server_repeats_it(authority, mechanism, start):
    tls = {} if start is None else {"tls": authority.server("DNS:localhost"), "tls_first": start}
    job = {} if start is None else {"tls": "start" if start else True, "ca": authority.ca}
    peer, result = session(Script(logins={USER: PASSWORD}, mechanisms=mechanism,
                                  auth=echo("235 2.7.0"), mail=echo("250 2.1.0"),
                                  rcpt=echo("550 5.1.1"), **tls),
                           user=USER, password=PASSWORD, **job)
    assert peer.tries == [(mechanism, USER, PASSWORD)]
    assert result.rcpt() == 550
    assert_hidden(result, SECRETS)
    first = [text for text in result.said("client") if text.startswith("AUTH")]
    assert first in ([f"AUTH {mechanism}"], [f"AUTH {mechanism} ********"])
    assert [text for text in result.said("server") if text.startswith("235")] != []
    assert ("client", "MAIL FROM:<s@example.com>") in result.dialogue


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_refused_login_is_not_shown_either(mechanism):
    wrong = PASSWORD[::-1]
    _, result = session(Script(logins={USER: PASSWORD}, mechanisms=mechanism,
                               auth=echo(f"535 5.7.8 {wrong} {b64(wrong)}")),
                        user=USER, password=wrong)
    assert result.trouble == "login"
    assert_hidden(result, (wrong, b64(wrong), b64(f"\0{USER}\0{wrong}"), USER, b64(USER)))


# As long as real ones are: longer than what is shown of a line, and than what the library takes.
TOKEN = "".join(f"{n:x}-tok_{n}." for n in range(240))
SAID = b64(f"user={USER}\1auth=Bearer {TOKEN}\1\1")
REPEATED = {"whole": TOKEN, "capitals": TOKEN.upper(), "said": SAID, "part": TOKEN[101:905],
            "base64": b64("x" + TOKEN), "part of it": SAID[101:905], "cut": "x" * 400 + TOKEN,
            "cut far": "x" * 3900 + TOKEN, "said, cut": "x" * 401 + " " + SAID,
            "said, cut far": "x" * 3901 + " " + SAID}


@pytest.mark.parametrize("what", REPEATED)
@pytest.mark.parametrize("start", [False, True], ids=["starttls", "tls"])
def test_a_token_is_never_shown_even_if_the_server_repeats_it(authority, start, what):
    job = {"user": USER, "password": TOKEN, "token": True, "tls": "start" if start else True,
           "ca": authority.ca}
    peer = {"tls": authority.server("DNS:localhost"), "tls_first": start,
            "mechanisms": "PLAIN XOAUTH2"}
    for logins, auth, rcpt in (({USER: TOKEN}, None, f"550 5.1.1 {REPEATED[what]}"),
                               ({USER: TOKEN}, f"235 2.7.0 {REPEATED[what]}", None),
                               ({USER: "other"}, f"535 5.7.8 {REPEATED[what]}", None)):
        _, result = session(Script(logins=logins, auth=auth, rcpt=rcpt, **peer), **job)
        assert "AUTH XOAUTH2 ********" in result.said("client")
        told = (auth or rcpt)[4:9]
        assert [line for line in result.lines if told in line]
        shown = ("\n".join(result.lines) + result.log).lower()
        for secret in (TOKEN, SAID, b64("x" + TOKEN), b64("xx" + TOKEN)):
            assert not [at for at in range(len(secret) - 32) if secret[at:at + 32].lower() in shown]


def test_a_server_with_none_of_our_mechanisms_learns_and_shows_nothing():
    _, result = session(Script(logins={USER: PASSWORD}, mechanisms="XOAUTH2 GSSAPI"), user=USER,
                        password=PASSWORD)
    assert (result.trouble, result.facts["auth"]) == ("login", "XOAUTH2 GSSAPI")
    assert "login-tried" not in result.facts
    assert_hidden(result, SECRETS)


def test_a_login_that_a_long_line_repeats_at_its_cut_is_not_shown():
    for pad in range(200, 260):
        line = "550 5.1.1 " + "x" * pad + PASSWORD + "y" * 300
        _, result = session(Script(logins={USER: PASSWORD}, rcpt=line), user=USER,
                            password=PASSWORD)
        shown = "\n".join(result.lines)
        assert "xhunte" not in shown, shown
        if pad == 200:
            assert any(text.endswith("...") for text in result.said("server"))


def test_a_line_without_end_and_one_cut_off_are_shown():
    _, result = session(Script(mail=Raw(b"250 ok\r\n250"), rcpt=DROP))
    assert "250 ok" in result.said("server")
    _, result = session(Script(greeting=Raw(b"220 " + b"x" * 9000 + b"\r\n"), ehlo=DROP))
    assert all(len(line) <= 512 for line in result.lines)
    assert any(text.startswith("220 xxx") and text.endswith("x...")
               for text in result.said("server"))


def test_a_server_that_never_stops_talking_is_shown_in_part():
    lines = "\n".join(f"250 line {i}" for i in range(2000))
    _, result = session(Script(ehlo=lines))
    assert len(result.dialogue) <= 401
    assert result.said("note")[-1] == "... more was said than is shown"


def test_control_characters_do_not_reach_the_eyes():
    _, result = session(Script(greeting=Raw(b"220 \x1b[2J\x00\xff hello\r\n")))
    assert result.said("server")[0] == "220 [2J?? hello"


@pytest.mark.parametrize("script,job,facts", [
    (Script(), {}, {"reached": "", "greeted": ""}),
    (Script(logins={"x": "y"}, mechanisms="GSSAPI"), {"user": "x", "password": "y"},
     {"reached": "", "greeted": "", "auth": "GSSAPI"}),
    (Script(), {"tls": "start"}, {"reached": "", "not-tls": ""}),
    (Script(greeting="554 no"), {}, {"reached": ""}),
])
def test_what_the_diagnosis_needs_is_told(script, job, facts):
    _, result = session(script, **job)
    assert result.facts == facts


def test_a_server_that_waits_for_tls_never_greets(authority):
    _, result = session(Script(tls=authority.server("DNS:localhost"), tls_first=True), tls=True,
                        ca=authority.ca, limit_ms=6000)
    assert (result.trouble, result.facts) == ("dropped", {"reached": ""})


def test_why_there_was_no_connection_is_told():
    for tls in (True, "start"):
        assert "refused" in run(Job(1, tls=tls, dialogue=True).add()).facts
        assert "no-name" in run(Job(25, host="nowhere.invalid", tls=tls,
                                    dialogue=True).add()).facts
