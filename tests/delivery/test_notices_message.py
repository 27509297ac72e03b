"""The message of a notice: its headers, its bytes, its address."""

import email
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.notices.message import NoticeText, compose, is_usable_address, message_id_of
from schemas.errors import ArrearsError
from schemas.errors.notice import ADDRESS_NOT_USABLE, SENDER_NOT_USABLE

WRITTEN_AT = datetime(2026, 6, 30, 2, 0, tzinfo=UTC)
TEXT = NoticeText("借款逾期信息报送前告知书：云陌", "张三：\n\n.欠款\n", "cn_2018_v1", "0f" * 32)
CASE_ID = "roster-L0001234-20251103"


def make(**changes: object) -> object:
    arguments = {
        "case_id": CASE_ID,
        "try_no": 1,
        "sender": "notice@lender.example",
        "recipient": "zhang.san@mail.example",
        "written_at": WRITTEN_AT,
        "sender_name": "云陌小额贷款",
    }
    return compose(TEXT, **{**arguments, **changes})


def test_a_reader_finds_what_was_written() -> None:
    message = make()
    read = email.message_from_bytes(message.content, policy=policy.default)
    assert read["From"].addresses[0].addr_spec == "notice@lender.example"
    assert read["From"].addresses[0].display_name == "云陌小额贷款"
    assert read["To"].addresses[0].addr_spec == "zhang.san@mail.example"
    assert read["Subject"] == TEXT.subject
    assert read["Date"].datetime == WRITTEN_AT
    assert read["Message-ID"] == message.message_id
    assert read["Auto-Submitted"] == "auto-generated"
    assert read.get_content().replace("\r\n", "\n") == TEXT.body
    assert message.sha256 == hashlib.sha256(message.content).hexdigest()


def test_the_bytes_survive_any_mail_server() -> None:
    lines = make().content.split(b"\r\n")
    assert lines[-1] == b""
    assert all(line.isascii() and b"\n" not in line and b"\r" not in line and len(line) <= 200 for line in lines)
    assert not any(line.startswith(b".") for line in lines)


def test_the_same_notice_has_the_same_bytes() -> None:
    assert make() == make()
    assert make().content != make(written_at=WRITTEN_AT.replace(minute=1)).content


def test_the_message_id_tells_case_and_try_apart_and_hides_the_case() -> None:
    sender = "notice@lender.example"
    first = message_id_of(CASE_ID, 1, sender)
    assert first == message_id_of(CASE_ID, 1, sender)
    assert len({first, message_id_of(CASE_ID, 2, sender), message_id_of(f"{CASE_ID}1", 1, sender)}) == 3
    assert first.endswith("@lender.example>")
    assert "L0001234" not in first
    with pytest.raises(ValueError, match="below 1"):
        message_id_of(CASE_ID, 0, sender)


def test_nothing_that_is_printed_shows_the_borrower() -> None:
    shown = f"{make()!r} {TEXT!r}"
    assert "zhang.san" not in shown
    assert "张三" not in shown


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "zhang.san",
        "@mail.example",
        "a@",
        "a@b",
        "a b@mail.example",
        "a@mail.example\r\nBcc: x@y.example",
        "a@mail.example, b@mail.example",
        "<a@mail.example>",
        "a@-mail.example",
        "a..b@mail.example",
        "张三@mail.example",
        "a@邮件.example",
        f"{'a' * 65}@mail.example",
        f"a@{'m' * 250}.example",
    ],
)
def test_an_unusable_address_is_refused_without_naming_it(address: str | None) -> None:
    assert not is_usable_address(address)
    with pytest.raises(ArrearsError) as error:
        make(recipient=address)
    assert error.value.kind is ADDRESS_NOT_USABLE
    assert error.value.facts == {"case_id": CASE_ID}
    with pytest.raises(ArrearsError) as error:
        make(sender=address or "")
    assert error.value.kind is SENDER_NOT_USABLE


@pytest.mark.parametrize("address", ["a@b.example", "zhang.san+loan@mail.example", "o'neil@x-y.example", "1@2.example"])
def test_usual_addresses_are_usable(address: str) -> None:
    assert is_usable_address(address)
    assert email.message_from_bytes(make(recipient=address).content, policy=policy.default)["To"] == address


@given(st.text(max_size=40), st.text(max_size=30))
def test_no_text_breaks_out_of_its_header(subject: str, name: str) -> None:
    """A line break in a header is refused, anything else comes back as one header."""
    try:
        message = compose(
            replace(TEXT, subject=subject),
            case_id=CASE_ID,
            try_no=1,
            sender="n@lender.example",
            recipient="z@mail.example",
            written_at=WRITTEN_AT,
            sender_name=name,
        )
    except (ValueError, UnicodeError):
        return
    names = [header for header, _ in email.message_from_bytes(message.content, policy=policy.default).items()]
    assert len(names) == len(set(names))
    assert set(names) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }
