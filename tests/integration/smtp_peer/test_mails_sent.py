"""What a dispatcher's mails say, and to whom they go."""

import os

from dispatched import by_recipient, house, only, only_transcripts, parse, plain  # noqa: F401
from peer import Peer


def test_each_kind_of_mail_goes_to_its_addresses_and_says_what_happened(house):
    with Peer() as peer:
        house.settings(peer.port)
        house.do("department", "mail.transcript.addresses", "t@example.com, u@例え.jp")
        house.chat(email="yamada@example.com", text="在庫は<ありますか>? 二行目")
        house.do("feedback", 4, "とても&良い")
        house.do("copy", "yamada@example.com")
        house.do("mail", "今日届きました")
        house.do("open", "太郎", "taro@example.com", "hi")
        house.do("block", "迷惑行為")
        house.do("missed", "次郎", "jiro@example.com", "いますか")
        house.do("left", "三郎", "saburo@example.com", "電話をください")
        house.start()
        house.wait_state("sent")

        transcripts = by_recipient(peer, "t@example.com")
        assert len(transcripts) == 2
        first = parse(transcripts[0])
        assert transcripts[0].rcpts == ["t@example.com", "u@xn--r8jz45g.jp"]
        assert str(first["From"]) == "営業部 <chat@example.com>"
        assert [a.addr_spec for a in first["To"].addresses] == ["t@example.com", "u@xn--r8jz45g.jp"]
        assert first["Auto-Submitted"] == "auto-generated"
        assert "山田 花子" in first["Subject"] and "営業部" in first["Subject"]
        text = plain(transcripts[0])
        assert "在庫は<ありますか>? 二行目" in text and "はい、どうぞ" in text and "鈴木" in text
        html = first.get_body(("html",)).get_content()
        assert "在庫は&lt;ありますか&gt;?" in html
        for mail in peer.taken:
            assert b"private note" not in mail.raw and "private note" not in plain(mail)

        copy, reply = sorted(by_recipient(peer, "yamada@example.com"),
                             key=lambda mail: parse(mail)["Auto-Submitted"] is None)
        assert parse(copy)["Auto-Submitted"] is not None
        assert copy.rcpts == ["yamada@example.com", "c@example.com"]
        assert [a.addr_spec for a in parse(copy)["Cc"].addresses] == ["c@example.com"]
        assert "山田 花子様" in plain(copy) and "営業部" in plain(copy)
        assert parse(copy)["In-Reply-To"] == first["In-Reply-To"]

        assert reply.rcpts == ["yamada@example.com", "c@example.com"]
        assert parse(reply)["Auto-Submitted"] is None
        assert parse(reply)["References"] == parse(copy)["References"]
        assert parse(reply)["Message-ID"] != parse(copy)["Message-ID"]
        text = plain(reply)
        assert text.index("今日届きました") < text.index("> 在庫は<ありますか>?")
        # Greeting and signature are its writer's: nothing is added.
        assert "山田" not in text and "鈴木" not in text and "はい、どうぞ" not in text

        (feedback,) = by_recipient(peer, "f@example.com")
        assert "★★★★☆" in plain(feedback) and "とても&良い" in plain(feedback)
        (block,) = by_recipient(peer, "b@example.com")
        assert "10.0.0.2" in plain(block) and "迷惑行為" in plain(block)
        assert "鈴木" in plain(block) and "太郎" in plain(block)
        missed = [plain(m) for m in by_recipient(peer, "m@example.com")]
        assert len(missed) == 2
        assert "次郎" in missed[0] and "いますか" in missed[0] and "nobody answered" in missed[0]
        assert "三郎" in missed[1] and "電話をください" in missed[1] and "left a message" in missed[1]
        assert len({m.message_id for m in peer.taken}) == len(peer.taken) == 8
        house.wait(lambda: not house.trips())


def test_stored_templates_go_first_and_one_that_no_longer_parses_is_passed_over(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.do("portal", "template.transcript.en.subject", "portal's, {{visitor}}")
        house.do("portal", "template.transcript.en.html", "<p>portal's</p>")
        house.do("department", "template.transcript.en.subject", "{{name_of_another_version}}")
        house.do("department", "template.transcript.en.html", "<p>own: {{visitor}}</p>")
        house.chat(3, name="<Mary>")
        house.start()
        house.wait_state("sent")
        for mail in peer.taken:
            assert parse(mail)["Subject"] == "portal's, <Mary>"
            html = parse(mail).get_body(("html",)).get_content()
            assert html.strip() == "<p>own: &lt;Mary&gt;</p>"
            assert "はい、どうぞ" in plain(mail)  # of this part there is only the built-in one
        (line,) = house.logged("template.passed-over")
        assert "kind=transcript lang=en part=subject" in line and "line 1, column 1" in line

        house.do("department", "template.transcript.en.subject", "mended {{visitor}}")
        before = len(peer.taken)
        house.chat(1, name="Ann")
        house.wait_state("sent")
        assert parse(peer.taken[before])["Subject"] == "mended Ann"


def test_a_department_in_japanese_gets_its_notices_in_japanese(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.do("department", "lang", "ja")
        house.do("portal", "zone", "Asia/Tokyo")
        house.chat()
        house.start()
        house.wait_state("sent")
        message = parse(peer.taken[0])
    assert message["Subject"] == "[営業部] チャット記録 1：山田 花子様"
    assert message["Date"].endswith("+0900")
    assert "お客様が終了" in plain(peer.taken[0])


def test_the_departments_own_from_goes_before_the_portals(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.do("department", "mail.from.addresses", "sales@example.com")
        house.do("department", "mail.from.on", "true")
        house.chat()
        house.start()
        (mail,) = house.wait_state("sent")
    assert mail["from"] == "sales@example.com" and peer.taken[0].sender == "sales@example.com"


def test_a_switch_that_is_off_suppresses_on_record(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.do("department", "mail.transcript.on", "false")
        house.chat()
        house.start()
        (mail,) = house.wait_state("suppressed")
        assert mail["reason"] == "its switch is off" and mail["attempts"] == 0
        assert not peer.connections


def test_before_anything_was_set_notices_are_suppressed(house):
    house.do("agent", "鈴木")
    house.do("left", "三郎", "saburo@example.com", "電話をください")
    house.start()
    (mail,) = house.wait_state("suppressed")
    assert mail["reason"] == "its switch is off"


def test_without_a_from_address_a_copy_waits_and_says_so(house):
    house.do("agent", "鈴木")
    house.chat()
    house.do("copy", "hanako@example.com")
    house.start()
    house.wait_state("deferred", kind="copy")
    (mail,) = house.mails("copy")
    assert "no From address is set" in mail["reason"] and mail["attempts"] == 0
    with Peer() as peer:
        house.do("portal", "from", "chat@example.com")
        house.relay(peer.port)
        house.do("retry", mail["id"])
        house.wait_state("sent", kind="copy")
        assert peer.taken[0].sender == "chat@example.com"


def test_what_is_typed_does_not_become_a_header_or_markup(house):
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.chat(name='"><img src=x> <evil@example.com>, =?utf-8?q?x?=',
                   text="<script>alert(1)</script> .")
        house.start()
        house.wait_state("sent")
    message = parse(peer.taken[0])
    assert [a.addr_spec for a in message["To"].addresses] == ["t@example.com"]
    html = message.get_body(("html",)).get_content()
    assert "<script" not in html and "<img" not in html
    assert "<script>alert(1)</script>" in plain(peer.taken[0])


def test_own_templates_replace_the_built_in_ones_and_wrong_ones_are_named(house):
    folder = os.path.join(house.folder, "templates", "en")
    os.makedirs(folder)
    with open(os.path.join(folder, "transcript.subject"), "w", encoding="utf-8") as out:
        out.write("Chat of {{visitor}}\n")
    with open(os.path.join(folder, "transcript.txt"), "w", encoding="utf-8") as out:
        out.write("Hello\n{{#lines}}{{whom}}{{/lines}}\n")
    with Peer() as peer:
        only_transcripts(house, peer.port)
        house.chat()
        house.start()
        house.wait_state("sent")
    assert parse(peer.taken[0])["Subject"] == "Chat of 山田 花子"
    assert "Here is the whole chat" in plain(peer.taken[0])
    (line,) = house.logged("template.refused")
    assert "transcript.txt" in line and "line 2, column 11" in line
