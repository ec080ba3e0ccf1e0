"""One session of the worker against each behaviour of a server: the rows of the outcome table and
the traps of the library."""

import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import warnings

import pytest

from certs import Authority
from peer import DROP, STALL, Drip, Peer, Raw, Script
from worker import PROGRAM, Job, body, run


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


def only(wanted, answer):
    """An answer for one argument or mail number, the ordinary one for others."""
    return lambda arg, *rest: answer if wanted in (arg, *rest) else None


def session(script, *rcpts, mails=1, limit_ms=30000):
    with Peer(script) as peer:
        job = Job(peer.port, limit_ms=limit_ms)
        for _ in range(mails):
            job.add(*rcpts)
        result = run(job)
    assert result.code == 0, result.log
    assert result.lines[-1] == "over"
    assert result.file_lines == result.lines
    return peer, result


# the outcome table


def test_a_good_server_takes_the_mail_as_it_is():
    raw = body() + b".\r\n..\r\n. dot\r\nlast\r\n"
    with Peer() as peer:
        result = run(Job(peer.port).add("a@example.com", "b@example.com", raw=raw))
    assert (result.mail(), result.rcpt(0, 0), result.rcpt(0, 1), result.data()) == (250,) * 4
    assert result.ended() and result.trouble == ""
    assert [m.raw for m in peer.taken] == [raw]
    assert peer.mails[0].rcpts == ["a@example.com", "b@example.com"]
    assert peer.connections[0].commands[0] == "EHLO client.example"


def test_refused_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = run(Job(port).add())
    assert result.trouble == "connect"
    assert (result.mail(), result.data(), result.ended()) == (0, 0, False)


def test_unknown_host():
    result = run(Job(25, host="nowhere.invalid", tls=True, limit_ms=30000).add())
    assert result.trouble == "connect"


@pytest.mark.parametrize("greeting", ["421 busy", "554 no service"])
def test_refusing_greeting(greeting):
    _, result = session(Script(greeting=greeting))
    assert (result.trouble, result.mail(), result.ended()) == ("greeting", 0, False)
    assert any(greeting in line for line in result.lines)


@pytest.mark.parametrize("script", [Script(greeting=STALL), Script(ehlo=STALL),
                                    Script(greeting=DROP), Script(ehlo=DROP)])
def test_stall_or_drop_at_greeting_or_ehlo(script):
    _, result = session(script, limit_ms=3000)
    assert (result.trouble, result.mail(), result.ended()) == ("dropped", 0, False)


def test_421_at_mail_and_close_leaves_the_next_mails_untouched():
    _, result = session(Script(mail="421 going down", extensions=()), mails=3)
    assert result.trouble == "dropped"
    assert [result.mail(i) for i in range(3)] == [421, 0, 0]
    assert not any(result.ended(i) for i in range(3))


def test_550_at_mail():
    _, result = session(Script(mail="550 5.1.8 not from there"))
    assert (result.mail(), result.trouble, result.ended()) == (550, "", False)


def test_450_for_one_of_three_recipients():
    peer, result = session(Script(rcpt=only("b@example.com", "450 later")),
                           "a@example.com", "b@example.com", "c@example.com")
    assert [result.rcpt(0, i) for i in range(3)] == [250, 450, 250]
    assert result.data() == 250 and result.ended()
    assert peer.taken[0].rcpts == ["a@example.com", "c@example.com"]


def test_all_recipients_refused():
    peer, result = session(Script(rcpt="550 unknown"), "a@example.com", "b@example.com")
    assert [result.rcpt(0, i) for i in range(2)] == [550, 550]
    assert result.data() != 250
    assert not peer.mails


def test_554_to_data_and_the_next_mail_goes_on():
    peer, result = session(Script(data=only(0, "554 not that")), mails=2)
    assert (result.data(0), result.ended(0)) == (554, False)
    assert (result.data(1), result.ended(1)) == (250, True)
    assert len(peer.taken) == 1


@pytest.mark.parametrize("code", [554, 451])
def test_refused_after_the_dot(code):
    peer, result = session(Script(dot=f"{code} sorry"))
    assert (result.mail(), result.rcpt(), result.data()) == (250, 250, code)
    assert result.ended() and not peer.taken


def test_drop_inside_data_is_certainly_not_sent():
    with Peer(Script(data_stop=10000)) as peer:
        result = run(Job(peer.port).add(raw=body(size=4_000_000)))
    assert (result.mail(), result.rcpt(), result.ended()) == (250, 250, False)
    assert result.trouble == "dropped" and result.data() in (0, 354)


@pytest.mark.parametrize("answer", [DROP, STALL])
def test_drop_or_stall_after_the_dot_is_ambiguous(answer):
    _, result = session(Script(dot=answer, lost=True), limit_ms=4000)
    assert (result.mail(), result.rcpt(), result.ended()) == (250, 250, True)
    assert result.data() in (0, 354) and result.trouble == "dropped"


def test_drop_at_the_second_of_three_mails():
    peer, result = session(Script(data_stop=10, data_mail=1), mails=3)
    assert (result.data(0), result.ended(0)) == (250, True)
    assert result.data(1) in (0, 354)
    assert (result.mail(2), result.ended(2)) == (0, False)
    assert len(peer.taken) == 1


@pytest.mark.parametrize("last", [True, False])
def test_an_offer_of_chunking_is_not_taken(last):
    offers = ("PIPELINING", "CHUNKING") if last else ("chunking", "PIPELINING", "CHUNKING X")
    peer, result = session(Script(extensions=offers), mails=2)
    assert [result.data(i) for i in range(2)] == [250] * 2
    assert "DATA" in peer.connections[0].commands
    assert not any(c.startswith("BDAT") for c in peer.connections[0].commands)


def test_fifty_mails_in_one_session():
    peer, result = session(Script(), mails=50)
    assert len(peer.connections) == 1
    assert len({m.message_id for m in peer.taken}) == 50
    assert all(result.data(i) == 250 for i in range(50))


# the traps


def test_trap_1_tls_is_capped_at_1_2_and_ten_sessions_in_a_row_do_not_hang(authority):
    with Peer(Script(tls=authority.server("DNS:localhost"))) as peer:
        for _ in range(10):
            result = run(Job(peer.port, tls=True, ca=authority.ca, limit_ms=20000).add())
            assert (result.data(), result.trouble) == (250, "")
    assert {c.tls_version for c in peer.connections} == {"TLSv1.2"}


def test_trap_1_a_server_with_tls_1_3_only_is_refused_and_not_waited_for(authority):
    context = authority.server("DNS:localhost")
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with Peer(Script(tls=context)) as peer:
        result = run(Job(peer.port, tls=True, ca=authority.ca).add())
    assert (result.trouble, result.mail()) == ("tls", 0)


@pytest.mark.parametrize("tls", [False, True, "start"])
def test_trap_3_a_stall_inside_data_ends_by_the_bodys_deadline(authority, tls):
    script = Script(tls=authority.server("DNS:localhost") if tls else None,
                    tls_first=tls == "start", data_stop=10000, stopped=STALL)
    with Peer(script) as peer:
        begun = time.monotonic()
        result = run(Job(peer.port, tls=tls, ca=authority.ca,
                         limit_ms=6000).add(raw=body(size=20_000_000)))
        took = time.monotonic() - begun
    assert result.code == 0 and result.lines[-1] == "over"  # not by the session's own limit
    assert 2.9 < took < 5.9  # half of the limit, for each step
    assert result.trouble == "dropped" and not result.ended() and result.data() in (0, 354)
    assert not peer.taken


def test_trap_4_bytes_after_the_starttls_answer_are_an_attack(authority):
    injected = b"250-peer\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n"
    with Peer(Script(tls=authority.server("DNS:localhost"),
                     starttls=Raw(b"220 go on\r\n" + injected))) as peer:
        result = run(Job(peer.port, tls=True, ca=authority.ca).add())
    assert result.trouble == "injected"
    assert (result.mail(), result.data(), result.ended()) == (0, 0, False)
    assert not peer.mails


def test_trap_5_the_name_is_verified_and_sent(authority):
    with Peer(Script(tls=authority.server("DNS:localhost"))) as peer:
        result = run(Job(peer.port, tls=True, ca=authority.ca).add())
    assert result.data() == 250
    assert peer.connections[0].sni == "localhost"


def test_trap_5_a_wrong_name_is_refused_in_the_handshake(authority):
    with Peer(Script(tls=authority.server("DNS:other.example"))) as peer:
        result = run(Job(peer.port, tls=True, ca=authority.ca).add())
    assert (result.trouble, result.mail()) == ("certificate", 0)
    assert not peer.mails


def test_trap_5_an_address_is_verified_as_an_address(authority):
    with Peer(Script(tls=authority.server("IP:127.0.0.1"))) as peer:
        good = run(Job(peer.port, host="127.0.0.1", tls=True, ca=authority.ca).add())
    with Peer(Script(tls=authority.server("IP:127.0.0.2"))) as peer:
        bad = run(Job(peer.port, host="127.0.0.1", tls=True, ca=authority.ca).add())
    assert (good.data(), good.trouble) == (250, "")
    assert (bad.data(), bad.trouble) == (0, "certificate")


def test_a_certificate_of_an_unknown_authority_is_refused(authority):
    with Peer(Script(tls=authority.server("DNS:localhost"))) as peer:
        result = run(Job(peer.port, tls=True).add())
    assert (result.trouble, result.mail()) == ("certificate", 0)


# TLS from the start


def first(authority, name="DNS:localhost", **script):
    return Script(tls=authority.server(name), tls_first=True, **script)


def test_tls_from_the_start_carries_login_and_mails_in_one_session(authority):
    raw = body(size=300_000) + b".\r\n..\r\nlast\r\n"
    with Peer(first(authority, logins={"ann": "p ä ss"})) as peer:
        job = Job(peer.port, tls="start", ca=authority.ca, user="ann", password="p ä ss")
        for _ in range(50):
            job.add(raw=raw)
        result = run(job)
    (connection,) = peer.connections
    assert result.trouble == "" and all(result.data(i) == 250 for i in range(50))
    assert [m.raw for m in peer.taken] == [raw] * 50
    assert (connection.tls_version, connection.sni, connection.login) == (
        "TLSv1.3", "localhost", "ann")
    assert connection.commands[-1] == "QUIT"


@pytest.mark.parametrize("oldest, newest, trouble", [
    (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, ""),
    (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, "tls")])
def test_tls_from_the_start_is_1_2_or_newer(authority, oldest, newest, trouble):
    script = first(authority)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        script.tls.minimum_version, script.tls.maximum_version = oldest, newest
    with Peer(script) as peer:
        result = run(Job(peer.port, tls="start", ca=authority.ca).add())
    assert (result.trouble, len(peer.taken)) == (trouble, 0 if trouble else 1)


@pytest.mark.parametrize("name, host, good", [
    ("DNS:localhost", "localhost", True), ("DNS:other.example", "localhost", False),
    ("IP:127.0.0.1", "127.0.0.1", True), ("IP:127.0.0.2", "127.0.0.1", False)])
def test_tls_from_the_start_verifies_the_name(authority, name, host, good):
    with Peer(first(authority, name, logins={"ann": "x y"})) as peer:
        result = run(Job(peer.port, host=host, tls="start", ca=authority.ca, user="ann",
                         password="x y").add())
    assert result.trouble == ("" if good else "certificate")
    assert len(peer.tries) == len(peer.taken) == (1 if good else 0)


def test_tls_from_the_start_trusts_known_authorities_only(authority):
    with Peer(first(authority)) as peer:
        result = run(Job(peer.port, tls="start").add())
    assert (result.trouble, result.mail()) == ("certificate", 0) and not peer.mails


def test_tls_from_the_start_with_a_server_that_speaks_first_in_clear_is_no_tls():
    with Peer() as peer:
        result = run(Job(peer.port, tls="start", user="ann", password="secret").add())
    assert (result.trouble, result.mail()) == ("tls", 0)
    assert not peer.tries and not peer.mails


def test_tls_from_the_start_with_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert run(Job(port, tls="start").add()).trouble == "connect"
    assert run(Job(25, host="nowhere.invalid", tls="start").add()).trouble == "connect"


def test_tls_from_the_start_with_a_server_that_never_shakes_hands():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        result = run(Job(listener.getsockname()[1], tls="start", limit_ms=3000).add())
    assert (result.trouble, result.mail()) == ("tls", 0) and time.monotonic() - began < 15


@pytest.mark.parametrize("script, mail, ended, data, trouble", [
    ({"greeting": "421 busy"}, 0, False, (0,), "greeting"),
    ({"greeting": STALL}, 0, False, (0,), "dropped"),
    ({"ehlo": DROP}, 0, False, (0,), "dropped"),
    ({"logins": {"ann": "right"}}, 0, False, (0,), "login"),
    ({"dot": "554 spam"}, 250, True, (554,), ""),
    ({"dot": DROP, "lost": True}, 250, True, (0, 354), "dropped"),
    ({"data_stop": 10000}, 250, False, (0, 354), "dropped"),
])
def test_inside_tls_from_the_start_each_outcome_is_told(authority, script, mail, ended, data,
                                                        trouble):
    login = {"user": "ann", "password": "wrong"} if "logins" in script else {}
    with Peer(first(authority, **script)) as peer:
        result = run(Job(peer.port, tls="start", ca=authority.ca, **login,
                         limit_ms=9000 if STALL in script.values() else 60000)
                     .add(raw=body(size=4_000_000 if "data_stop" in script else 5000)))
    assert (result.mail(), result.ended(), result.trouble) == (mail, ended, trouble)
    assert result.data() in data and len(peer.tries) == ("logins" in script)


# TLS that is not there


def test_a_server_without_tls_gets_nothing_where_tls_is_required():
    peer, result = None, None
    with Peer(Script()) as peer:
        result = run(Job(peer.port, tls=True, user="ann", password="secret").add())
    assert result.trouble == "no-tls"
    assert not peer.tries and not peer.mails


def test_a_refused_starttls_is_no_tls(authority):
    with Peer(Script(tls=authority.server("DNS:localhost"), starttls="454 not now")) as peer:
        result = run(Job(peer.port, tls=True, ca=authority.ca).add())
    assert (result.trouble, result.mail()) == ("no-tls", 0)
    assert not peer.mails


def test_without_tls_only_loopback_is_spoken_to():
    result = run(Job(25, host="mail.example.com").add())
    assert result.trouble == "config"


def test_trap_7_bare_line_ends_never_reach_the_wire():
    for raw in (body() + b"\n.\r\nMAIL FROM:<evil@example.com>\r\n", body() + b"a\rb\r\n",
                body() + b"no end", body() + "é\r\n".encode()):
        with Peer() as peer:
            result = run(Job(peer.port).add(raw=raw))
        assert result.trouble == "config"
        assert not peer.connections


def test_trap_9_a_refused_login_ends_the_session_at_once(authority):
    with Peer(Script(tls=authority.server("DNS:localhost"), logins={"ann": "right"})) as peer:
        result = run(Job(peer.port, tls=True, ca=authority.ca, user="ann",
                         password="wrong").add())
    assert result.trouble == "login"
    assert [password for _, _, password in peer.tries] == ["wrong"]
    assert not any(c.startswith("MAIL") for c in peer.connections[0].commands)


MECHANISMS = {"PLAIN": "PLAIN", "LOGIN": "LOGIN", "CRAM-MD5": "CRAM-MD5", "PLAIN LOGIN": "PLAIN",
              "LOGIN PLAIN": "LOGIN", "CRAM-MD5 PLAIN LOGIN": "CRAM-MD5", "X-UNKNOWN PLAIN": "PLAIN"}


@pytest.mark.parametrize("tls", [True, "start"])
@pytest.mark.parametrize("offered", MECHANISMS)
def test_a_login_works_with_each_mechanism_and_a_wrong_one_is_tried_once(authority, offered, tls):
    script = Script(tls=authority.server("DNS:localhost"), tls_first=tls == "start",
                    logins={"ann": "p ä ss"}, mechanisms=offered)
    with Peer(script) as peer:
        login = Job(peer.port, tls=tls, ca=authority.ca, user="ann", password="p ä ss").add()
        result = run(login)
        assert (result.data(), result.trouble) == (250, "")
        assert peer.connections[0].login == "ann" and len(peer.taken) == 1
        wrong = run(Job(peer.port, tls=tls, ca=authority.ca, user="ann", password="pass").add())
        assert (wrong.mail(), wrong.trouble) == (0, "login")
        assert [mechanism for mechanism, _, _ in peer.tries] == [MECHANISMS[offered]] * 2
        assert not any(c.startswith("MAIL") for c in peer.connections[1].commands)


def test_a_server_that_offers_no_mechanism_of_ours_is_not_sent_to_without_one(authority):
    with Peer(Script(tls=authority.server("DNS:localhost"), logins={"ann": "x y"},
                     mechanisms="X-UNKNOWN")) as peer:
        result = run(Job(peer.port, tls=True, ca=authority.ca, user="ann", password="x y").add())
    assert (result.data(), result.trouble) == (0, "login") and not peer.tries and not peer.mails


def bearer(size):
    """A token of that many bytes, no two parts of it the same."""
    return "".join(f"{n:x}." for n in range(size))[:size]


@pytest.mark.parametrize("tls", [True, "start"])
@pytest.mark.parametrize("offered", ["XOAUTH2", "PLAIN LOGIN CRAM-MD5 XOAUTH2", "XOAUTH2 PLAIN"])
@pytest.mark.parametrize("size", [20, 1500, 4096])
def test_a_token_signs_in_by_xoauth2_alone_and_a_bad_one_is_tried_once(authority, offered, tls,
                                                                      size):
    token = bearer(size)
    script = Script(tls=authority.server("DNS:localhost"), tls_first=tls == "start",
                    logins={"ann@example.com": token}, mechanisms=offered)
    job = {"tls": tls, "ca": authority.ca, "user": "ann@example.com", "token": True}
    with Peer(script) as peer:
        good = run(Job(peer.port, password=token, **job).add().add())
        assert (good.data(0), good.data(1), good.trouble) == (250, 250, "")
        assert peer.connections[0].login == "ann@example.com" and len(peer.taken) == 2
        bad = run(Job(peer.port, password=token[:-1] + "x", **job).add())
        assert (bad.mail(), bad.trouble) == (0, "login")
        assert [line for line in bad.lines if "535 5.7.8 no" in line or "5.7.8 no" in line]
    assert peer.tries == [("XOAUTH2", "ann@example.com", token),
                          ("XOAUTH2", "ann@example.com", token[:-1] + "x")]
    assert peer.connections[1].commands[-1] == ""  # the answer to what was wrong


@pytest.mark.parametrize("token,offered", [(True, "PLAIN LOGIN CRAM-MD5 NTLM"), (False, "XOAUTH2")])
def test_neither_a_token_nor_a_password_is_said_by_the_others_mechanism(authority, token, offered):
    with Peer(Script(tls=authority.server("DNS:localhost"), logins={"ann": "x.y"},
                     mechanisms=offered)) as peer:
        result = run(Job(peer.port, tls=True, ca=authority.ca, user="ann", password="x.y",
                         token=token).add())
    assert (result.data(), result.trouble) == (0, "login") and not peer.tries and not peer.mails
    assert not any(c.startswith("AUTH") for c in peer.connections[0].commands)


@pytest.mark.parametrize("tls,password", [(False, "x"), (True, "x y"), (True, "x\1y"),
                                          (True, "x" * 4097)])
def test_a_token_that_may_not_be_sent_is_refused_before_anybody_is_spoken_to(tls, password):
    with Peer(Script(logins={}, mechanisms="XOAUTH2")) as peer:
        result = run(Job(peer.port, tls=tls, user="ann", password=password, token=True).add())
    assert result.trouble == "config" and not peer.connections


def test_trap_9_530_at_mail_is_a_login_matter():
    peer, result = session(Script(mail="530 5.7.0 sign in first"), mails=3)
    assert (result.mail(0), result.trouble) == (530, "login")
    assert sum(c.startswith("MAIL") for c in peer.connections[0].commands) == 1


def test_a_login_that_fails_for_now_is_not_a_wrong_password():
    with Peer(Script(logins={"ann": "x"}, auth="454 4.7.0 try later")) as peer:
        result = run(Job(peer.port, user="ann", password="x1x2").add())
    assert result.trouble == "greeting"
    assert len(peer.tries) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
def test_trap_10_a_home_that_may_not_be_read_does_not_break_tls(authority, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    os.chmod(authority.ca, 0o644)
    for folder in (tmp_path, *tmp_path.parents, *pathlib.Path(authority.ca).parents):
        if folder.owner() == "root" and str(folder).startswith("/tmp/"):
            os.chmod(folder, 0o755)
    program = shutil.copy(PROGRAM, tmp_path)  # the tree may lie in a closed home itself
    with Peer(Script(tls=authority.server("DNS:localhost"))) as peer:
        result = run(Job(peer.port, tls=True, ca=authority.ca).add(), env={"HOME": str(home)},
                     program=program, prefix=("setpriv", "--reuid=65534", "--regid=65534",
                                              "--clear-groups"))
    assert (result.data(), result.trouble) == (250, ""), result.log


def test_trap_11_the_login_never_shows_in_what_is_told():
    with Peer(Script(logins={"ann.other": "x"},
                     auth="535 5.7.8 ann.other may not sign in with hunter22")) as peer:
        result = run(Job(peer.port, user="ann.other", password="hunter22").add())
    assert result.trouble == "login"
    for text in result.lines + [result.log]:
        assert "hunter22" not in text and "ann.other" not in text


def test_trap_12_a_login_over_255_bytes_is_refused_before_the_library_sees_it():
    with Peer(Script(logins={})) as peer:
        result = run(Job(peer.port, user="u" * 256, password="p").add())
    assert result.trouble == "config"
    assert not peer.connections


@pytest.mark.parametrize("address", ["a@example.com> SIZE=1", "a b@example.com", "a@b\r\nDATA",
                                     "<a@example.com>", "a" * 250 + "@example.com", "あ@example.com", "a..b@example.com",
                                     ".a@example.com", "a.@example.com"])
def test_no_address_becomes_a_command(address):
    with Peer() as peer:
        as_rcpt = run(Job(peer.port).add(address))
        as_sender = run(Job(peer.port).add(sender=address))
    assert (as_rcpt.trouble, as_sender.trouble) == ("config", "config")
    assert not peer.connections


def test_a_session_that_never_ends_is_ended_where_no_parent_watches():
    with Peer(Script(greeting=Drip(b"220-wait\r\n", 0.2))) as peer:
        begun = time.monotonic()
        result = run(Job(peer.port, limit_ms=2000).add())
        took = time.monotonic() - begun
    assert took < 20
    assert (result.code, result.trouble, result.mail(), result.ended()) == (0, "dropped", 0, False)
    assert "trouble dropped the answer to the connection broke off: 220-wait" in result.lines


def test_the_answer_to_a_mails_end_is_awaited_beyond_the_sessions_limit():
    late = threading.Event()

    def dot(index):
        late.wait(4 if index == 0 else 0)
        return "250 after all"

    with Peer(Script(dot=dot)) as peer:
        result = run(Job(peer.port, limit_ms=2000, dot_ms=30000).add().add())
    assert (result.data(0), result.mail(1), result.trouble) == (250, 0, "limit")
    assert len(peer.mails) == 1 and result.code == 0


def test_an_answer_that_drips_has_the_time_of_one():
    with Peer(Script(rcpt=Drip(b"250-ok\r\n", 0.2))) as peer:
        begun = time.monotonic()
        result = run(Job(peer.port, limit_ms=4000).add())
    assert (result.trouble, result.rcpt(), result.ended()) == ("dropped", 0, False)
    assert 1.9 < time.monotonic() - begun < 15


def test_a_name_that_takes_too_long_ends_the_process(tmp_path):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        held = [socket.socket() for _ in range(4)]
        for s in held:
            s.setblocking(False)
            s.connect_ex(full.getsockname())
        result = run(Job(full.getsockname()[1], limit_ms=2000).add())
        for s in held:
            s.close()
    assert result.code == -signal.SIGALRM and result.mail() == 0


def test_a_reply_without_end_is_cut():
    with Peer(Script(greeting=Raw(b"220-" + b"y" * 300_000 + b"\r\n220 ok\r\n"))) as peer:
        result = run(Job(peer.port, limit_ms=4000).add())
    assert result.code in (0, -signal.SIGALRM)
    assert not result.ended() or result.data() == 250
    assert all(len(line) < 512 for line in result.lines)


def test_a_job_that_is_none_is_refused():
    done = subprocess.run([PROGRAM], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=10, check=False)
    assert done.returncode == 65
    assert b"worker.job" in done.stderr
