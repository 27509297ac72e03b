"""A whole Metro 2 file checked: form, conditions, the file as a whole, and the file before."""

import io
from datetime import date

import pytest

from delivery.bureaus import metro2, metro2_checking
from delivery.bureaus.metro2_checking import check_file, check_given, previous_of
from delivery.formats.segmented_reader import SegmentedLimits
from schemas.bureaus.fixed_width import WireForm
from tests.delivery.metro2_examples import BASE, HEADER, read_parts, written

SMALL = SegmentedLimits(piece_bytes=2_000)
CURRENT = {
    **BASE,
    "account_status": "11",
    "payment_history": "0" * 24,
    "past_due": 0,
    "actual_payment": 381,
    "first_delinquency_on": None,
    "last_payment_on": date(2026, 8, 3),
}


def account(number, **changes):
    return {"base": {**CURRENT, "account_number": f"A{number}", **changes}}


def found(violations):
    return [(each.line, each.field, each.code) for each in violations]


def checked(data, before=None, **limits):
    previous = None if before is None else previous_of(io.BytesIO(before))
    return found(check_file(io.BytesIO(data), previous, SegmentedLimits(**limits)))


@pytest.fixture
def one_record_at_a_time(monkeypatch):
    monkeypatch.setattr(metro2_checking, "_RECORDS_AT_A_TIME", 1)


@pytest.mark.parametrize("form", WireForm)
def test_nothing_is_found_in_a_file_that_is_right(form):
    assert checked(written(account(1), account(2), {"base": BASE}, form=form)) == []


def test_form_and_conditions_are_told_by_record_field_and_code():
    wrong = account(2, past_due=5, current_balance=0, closed_on=date(2026, 8, 1))
    data = written(account(1), wrong)
    assert checked(data) == [
        (3, "past_due", "Balance-APD-1"),
        (3, "past_due", "Balance-APD-2"),
        (3, "past_due", "Status-APD-1"),
        (3, "current_balance", "Status-Balance-4"),
        (3, "current_balance", "Status-Balance-8"),
        (3, "closed_on", "Status-DateClosed-2"),
    ]


def test_the_message_is_that_of_the_condition():
    (violation,) = check_file(io.BytesIO(written(account(1, past_due=5))))
    assert violation.message == "status 05, 11, 13 or 61 to 65, and an amount is past due"


def test_a_record_that_cannot_be_read_is_told_and_the_others_are_judged():
    data = bytearray(written(account(1), account(2, past_due=5)))
    data[428 + 75 : 428 + 83] = b"99992023"
    assert checked(bytes(data)) == [(2, "opened_on", "not_a_date"), (3, "past_due", "Status-APD-1")]


def test_the_day_of_the_file_is_the_activity_date_of_its_header():
    record = account(1, account_information_on=date(2026, 8, 31), opened_on=date(2026, 8, 20))
    assert checked(written(record)) == []
    earlier = written(record, header={**HEADER, "activity_on": date(2026, 8, 19)})
    assert {code for _, _, code in checked(earlier)} == {
        "Furnisher-DateOpen-1",
        "Furnisher-DOAI-1",
    }


def test_without_a_header_the_latest_information_is_the_day_of_the_file():
    data = written(account(1, opened_on=date(2026, 9, 1)), account(2))
    assert checked(data[428:]) == [(1, None, "no_header"), (1, "opened_on", "Furnisher-DateOpen-1")]


@pytest.mark.usefixtures("one_record_at_a_time")
def test_an_account_that_stands_twice_is_found_across_batches():
    data = written(account(1), account(2), account(1))
    assert list(found(check_file(io.BytesIO(data), limits=SMALL))) == [
        (2, "account_number", "Furnisher-Duplicate-1"),
        (4, "account_number", "Furnisher-Duplicate-1"),
    ]


class TestAgainstTheFileBefore:
    BEFORE = written(account(1), account(2), account(3, account_status="DA"))

    def test_nothing_is_found_when_the_month_moved_on(self):
        assert checked(written(account(1), account(2)), self.BEFORE) == []

    def test_what_changed_and_must_not_is_found(self):
        now = written(account(1, opened_on=date(2023, 1, 16)), account(2))
        assert checked(now, self.BEFORE) == [(2, "opened_on", "PROG-DateOpen-1")]

    def test_an_account_that_is_gone_is_told_with_its_place_in_the_file_before(self):
        previous = previous_of(io.BytesIO(self.BEFORE))
        (violation,) = check_file(io.BytesIO(written(account(1))), previous)
        assert (violation.line, violation.field, violation.code) == (1, "account_number", "Furnisher-Missing-1")
        assert "(record 3 of the previous file)" in violation.message

    @pytest.mark.usefixtures("one_record_at_a_time")
    def test_the_file_before_may_be_read_in_batches(self):
        previous = previous_of(io.BytesIO(self.BEFORE), SMALL)
        now = written(account(1), account(2, opened_on=date(2023, 1, 16)))
        assert found(check_file(io.BytesIO(now), previous, SMALL)) == [(3, "opened_on", "PROG-DateOpen-1")]

    def test_a_file_before_without_records_compares_with_nothing(self):
        assert checked(written(account(1)), written()) == []


def test_no_more_violations_are_listed_than_the_limit():
    data = written(*(account(number, past_due=5) for number in range(5)))
    assert len(checked(data, violations=3)) == 3


@pytest.mark.parametrize("data", [b"", b"\x00" * 1000, b"not a file of this kind\n" * 50])
def test_bytes_that_are_no_such_file_are_told_and_raise_nothing(data):
    assert [code for _, _, code in checked(data)] == ["unknown_form"]


def test_a_file_of_an_empty_batch_is_right():
    assert checked(written()) == []


class TestGivenRecords:
    def lines(self, data):
        return [line for part in read_parts(data) for line in metro2.printed_unmasked(part)]

    def test_they_are_judged_as_in_a_file_by_their_lines(self):
        lines = self.lines(written(account(1), account(2, past_due=5)))
        assert found(check_given(lines)) == [(3, "past_due", "Status-APD-1")]

    def test_a_line_that_holds_no_record_is_told(self):
        lines = [*self.lines(written(account(1))), "{}", "no json"]
        assert found(check_given(lines)) == [(4, None, "not_a_record"), (5, None, "not_a_record")]

    def test_they_are_compared_with_the_file_before(self):
        previous = previous_of(io.BytesIO(written(account(1), account(2))))
        lines = self.lines(written(account(1, opened_on=date(2023, 1, 16))))
        assert found(check_given(lines, previous)) == [
            (2, "opened_on", "PROG-DateOpen-1"),
            (1, "account_number", "Furnisher-Missing-1"),
        ]

    def test_no_more_are_listed_than_the_limit(self):
        assert len(found(check_given(["{}"] * 5, limits=SegmentedLimits(violations=2)))) == 2
