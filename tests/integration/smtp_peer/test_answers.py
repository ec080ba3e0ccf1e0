"""What a server answers, and in which name it is asked: whole answers count, and nothing else."""

import socket

import pytest

from dispatched import authority, only  # noqa: F401
from peer import Cut, Peer, Raw, Script
from test_worker import session
from worker import Job, run


@pytest.mark.parametrize("answer, code, trouble", [
    (Raw(b"250-a\r\n250 2.0.0 b\r\n"), 250, ""),
    (Raw(b"250-2.0.0 a\r\n250 2.1.5 b\r\n"), 250, ""),
    (Raw(b"250-a\r\n554 5.7.1 no\r\n"), 554, "dropped"),
    (Raw(b"250-a\r\n451 4.7.1 no\r\n"), 451, "dropped"),
    (Raw(b"554-a\r\n250 ok\r\n"), 0, "dropped"),
    (Raw(b"250-a\r\n251 ok\r\n"), 0, "dropped"),
    (Raw(b"250ok\r\n250 ok\r\n"), 0, "dropped"),
    (Cut(b"250-x\r\n"), 0, "dropped"),
    (Cut(b"250-x\r\n250 ok"), 0, "dropped"),
    (Cut(b"250 ok"), 0, "dropped"),
])
def test_only_a_whole_answer_that_agrees_with_itself_takes_a_mail(answer, code, trouble):
    peer, result = session(Script(dot=answer, lost=True, extensions=("ENHANCEDSTATUSCODES",)))
    assert (result.ended(), result.data(), result.trouble) == (True, code, trouble)
    assert len(peer.mails) == 1


@pytest.mark.parametrize("script, mail, rcpt, data", [
    ({"mail": Raw(b"250-a\r\n550 no\r\n")}, 550, 0, 0),
    ({"mail": Cut(b"250 ok")}, 0, 0, 0),
    ({"rcpt": Raw(b"250-a\r\n550 no\r\n")}, 250, 550, 0),
    ({"rcpt": Raw(b"250-a\r\n251 ok\r\n")}, 250, 0, 0),
    ({"rcpt": Cut(b"250-a\r\n")}, 250, 0, 0),
    ({"data": Raw(b"354-a\r\n554 no\r\n")}, 250, 250, 554),
    ({"data": Cut(b"354 go")}, 250, 250, 0),
    ({"ehlo": Raw(b"250-peer\r\n550 no\r\n")}, 0, 0, 0),
    ({"ehlo": Cut(b"250-peer\r\n250 ok")}, 0, 0, 0),
    ({"greeting": Raw(b"220-peer\r\n554 no\r\n")}, 0, 0, 0),
])
def test_what_each_step_says_is_what_all_of_its_answer_says(script, mail, rcpt, data):
    peer, result = session(Script(extensions=(), **script))
    assert (result.mail(), result.rcpt(), result.data(), result.ended()) == (mail, rcpt, data, False)
    assert not peer.mails


@pytest.mark.parametrize("script, trouble, mail, rcpt", [
    ({"ehlo": "504 5.5.2 full name please"}, "hello", 0, 0),
    ({"ehlo": "550 5.7.1 not with that name"}, "hello", 0, 0),
    ({"ehlo": "451 4.7.1 not now"}, "greeting", 0, 0),
    ({"mail": "501 5.1.7 HELO requires domain address"}, "hello", 501, 0),
    ({"rcpt": "504 5.5.2 <client.example>: Helo command rejected"}, "hello", 250, 504),
    ({"rcpt": "550 5.1.1 nobody"}, "", 250, 550),
])
def test_trouble_with_our_name_is_the_sessions(script, trouble, mail, rcpt):
    _, result = session(Script(**script))
    assert (result.trouble, result.mail(), result.rcpt()) == (trouble, mail, rcpt)
    assert trouble != "hello" or any(line.startswith("trouble hello 5") for line in result.lines)


def test_one_recipient_that_blames_our_name_does_not_stop_the_others():
    peer, result = session(Script(rcpt=only("b@example.com", "550 5.7.1 bad HELO")),
                           "a@example.com", "b@example.com", mails=2)
    assert [result.data(i) for i in range(2)] == [250, 250] and result.trouble == "hello"
    assert len(peer.taken) == 2


@pytest.mark.parametrize("tls", [False, "start"])
def test_without_a_setting_we_are_called_by_a_full_name_or_our_address(authority, tls):
    script = Script(tls=authority.server("DNS:localhost"), tls_first=True) if tls else Script()
    with Peer(script) as peer:
        result = run(Job(peer.port, hello="", tls=tls, ca=authority.ca).add())
    name = socket.getfqdn()
    wanted = name if "." in name and not name.startswith("localhost.") else "[127.0.0.1]"
    assert result.data() == 250
    assert peer.connections[0].commands[0] == "EHLO " + wanted


def test_a_name_that_is_none_is_not_said():
    with Peer() as peer:
        assert run(Job(peer.port, hello="x\r\nMAIL").add()).trouble == "config"
    assert not peer.connections


def test_words_ahead_of_their_questions_take_no_mail():
    ahead = Raw(b"220 peer\r\n250 hello\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n")
    with Peer(Script(greeting=ahead)) as peer:
        result = run(Job(peer.port, limit_ms=6000).add())
    assert (result.mail(), result.data()) == (0, 0)


def test_a_line_that_is_longer_than_the_librarys_is_one_line():
    long = b"250-" + b"y" * 1500 + b"\r\n550 5.7.1 no\r\n"
    _, result = session(Script(dot=Raw(long)))
    assert result.data() == 550
