"""Metro 2 records by hand: status, rating, history, first delinquency and amounts of an account."""

from datetime import date
from decimal import Decimal

import pytest

from tests.transforms.arrears_cases import due, loan, monthly, paid, reversed_, version
from tests.transforms.metro2_loans import AS_OF, CONSUMER, LENDER, MADE_AT, base_by_loan, mapped, rows_of, tables
from transforms.bureaus.metro2 import Report

DUES = monthly(1, 12, interest="10.55")
INSTALMENT = "110.55"
OPENED = "2025-12-20"


def pays(months):
    """Pays the instalments of that many months, each on its due date."""
    return [paid(INSTALMENT, f"2026-{month:02}-10") for month in range(1, months + 1)]


def owing(*money, dues=DUES, **others):
    return loan(*dues, money=money, disbursed=OPENED, **others)


LATE = owing(*pays(3))
"""Late since 10 April: 143 days at AS_OF, 30 days on 10 May."""
PAID_LATE = owing(*pays(3), paid("994.95", "2026-08-25"))
BEGAN_ON = date(2026, 5, 10)


@pytest.fixture
def record(polars_engine, us_policy):
    """The base segment of one loan."""

    def of(one, facts=None, consumer=None, as_of=AS_OF, **others):
        rows = rows_of({"l": one}, **others)
        consumers = {"borrower of l": consumer or {}}
        return base_by_loan(mapped(polars_engine, us_policy, rows, {"l": facts or {}}, consumers, as_of=as_of))["l"]

    return of


@pytest.fixture
def records(polars_engine, us_policy):
    """The base segments of several loans, each given as the loan and the facts of its account."""

    def of(cases):
        rows = rows_of({str(name): one for name, (one, _) in cases.items()})
        got = base_by_loan(
            mapped(polars_engine, us_policy, rows, {str(name): facts for name, (_, facts) in cases.items()})
        )
        return {name: got[str(name)] for name in cases}

    return of


def test_every_column_of_a_late_account(engine, us_policy):
    got = base_by_loan(mapped(engine, us_policy, rows_of({"l": LATE}), correction_indicator="1"))["l"]
    assert {name: value for name, value in got.items() if value is not None} == {
        "record_no": 2,
        "time_stamp": MADE_AT,
        "correction_indicator": "1",
        "identification_number": "LENDER001",
        "account_number": "AL",
        "portfolio_type": "I",
        "account_type": "01",
        "opened_on": date(2025, 12, 20),
        "credit_limit": 0,
        "highest_credit": 1000,
        "terms_duration": "012",
        "terms_frequency": "M",
        "scheduled_payment": 110,
        "actual_payment": 0,
        "account_status": "82",
        "payment_history": "32100000" + "B" * 16,
        # Nine principals, and the interest of April to August.
        "current_balance": 952,
        # April to July; August is not 30 days late.
        "past_due": 442,
        "original_charge_off": 0,
        "account_information_on": AS_OF,
        "first_delinquency_on": BEGAN_ON,
        "last_payment_on": date(2026, 3, 10),
        "interest_type": "F",
        **CONSUMER,
        "ssn": "123456789",
        "ecoa_code": "1",
    }


STATUS_OF_DUE_DATE = {
    "2026-08-31": "11",
    "2026-08-02": "11",
    "2026-08-01": "71",
    "2026-07-03": "71",
    "2026-07-02": "78",
    "2026-06-03": "78",
    "2026-06-02": "80",
    "2026-05-04": "80",
    "2026-05-03": "82",
    "2026-04-04": "82",
    "2026-04-03": "83",
    "2026-03-05": "83",
    "2026-03-04": "84",
    "2022-01-01": "84",
}


class TestStatusByDays:
    def test_each_status_begins_with_its_days(self, records):
        got = records({due_on: (owing(dues=[due(due_on)]), {}) for due_on in STATUS_OF_DUE_DATE})
        assert {due_on: one["account_status"] for due_on, one in got.items()} == STATUS_OF_DUE_DATE
        for one in got.values():
            is_late = one["account_status"] != "11"
            assert (one["payment_rating"], one["past_due"]) == (None, 100 if is_late else 0)
            assert (one["first_delinquency_on"] is not None) == is_late

    def test_without_instalments_there_is_no_status(self, record):
        got = record(owing(dues=[]))
        assert (got["account_status"], got["current_balance"], got["payment_history"]) == (
            None,
            None,
            "D" * 8 + "B" * 16,
        )


EVENTS = [
    # Fact, status while owed, its rating, mark of July, status once paid, its rating, mark of July then.
    ("charged_off_on", "97", None, "L", "64", None, "L"),
    ("foreclosed_on", "94", "3", "H", "65", "3", "H"),
    ("deed_in_lieu_on", "89", "3", "3", "65", "3", "3"),
    ("claim_filed_on", "88", "3", "3", "13", "3", "3"),
    ("repossessed_on", "96", None, "K", "63", None, "K"),
    ("surrendered_on", "95", "3", "J", "61", None, "J"),
    ("collection_on", "93", None, "G", "62", None, "G"),
    ("foreclosure_started_on", "82", None, "3", "65", "3", "3"),
]


class TestStatusByFacts:
    ON = date(2026, 7, 15)

    def cases(self, one):
        return {case[0]: (one, {case[0]: self.ON, "charged_off_amount": Decimal("931.65")}) for case in EVENTS}

    def test_what_happened_says_the_status(self, records):
        for (fact, got), (_, status, rating, mark, *_) in zip(records(self.cases(LATE)).items(), EVENTS, strict=True):
            assert (fact, got["account_status"], got["payment_rating"]) == (fact, status, rating)
            assert (fact, got["payment_history"]) == (fact, f"{mark}2100000" + "B" * 16)
            assert (got["first_delinquency_on"], got["account_information_on"]) == (BEGAN_ON, AS_OF)
            assert got["original_charge_off"] == (931 if status == "97" else 0)
            assert got["closed_on"] == (self.ON if status in ("89", "94") else None)

    def test_what_happened_shows_when_it_was_paid(self, records):
        for (fact, got), (*_, status, rating, mark) in zip(records(self.cases(PAID_LATE)).items(), EVENTS, strict=True):
            assert (fact, got["account_status"], got["payment_rating"]) == (fact, status, rating)
            assert (fact, got["payment_history"]) == (fact, f"{mark}2100000" + "B" * 16)
            assert (got["first_delinquency_on"], got["actual_payment"]) == (BEGAN_ON, 994)
            assert got["original_charge_off"] == (931 if status == "64" else 0)
            days = {got[name] for name in ("closed_on", "account_information_on", "last_payment_on")}
            assert days == {date(2026, 8, 25)}
            assert {got[name] for name in ("current_balance", "past_due", "scheduled_payment")} == {0}

    def test_nothing_happened_before_its_day(self, record):
        got = record(LATE, {"charged_off_on": date(2026, 9, 1), "charged_off_amount": Decimal("1")})
        assert (got["account_status"], got["original_charge_off"]) == ("82", 0)

    def test_a_charge_off_outweighs_a_collection(self, record):
        got = record(LATE, {"charged_off_on": self.ON, "collection_on": date(2026, 8, 1)})
        assert got["account_status"] == "97"

    def test_all_that_is_owed_of_a_charge_off_is_past_due_and_nothing_is_scheduled(self, record):
        got = record(LATE, {"charged_off_on": self.ON, "charged_off_amount": Decimal("931.65")})
        assert (got["current_balance"], got["past_due"], got["scheduled_payment"]) == (952, 952, 0)

    def test_paid_without_lateness_is_rated_current_and_has_no_first_delinquency(self, record):
        got = record(owing(*pays(8), paid("442.20", "2026-08-20")))
        assert (got["account_status"], got["payment_rating"]) == ("13", "0")
        assert (got["first_delinquency_on"], got["closed_on"]) == (None, date(2026, 8, 20))

    def test_paid_while_late_is_rated_by_the_day_before(self, record):
        got = record(PAID_LATE)
        assert (got["account_status"], got["payment_rating"], got["first_delinquency_on"]) == ("13", "4", BEGAN_ON)

    def test_a_paid_account_told_again_keeps_what_it_said(self, record):
        got = record(PAID_LATE, as_of=date(2026, 10, 31))
        assert got["payment_history"] == "4432100000" + "B" * 14
        assert (got["payment_rating"], got["account_information_on"]) == ("4", date(2026, 8, 25))

    def test_a_settled_account_is_paid_and_says_so(self, record):
        got = record(owing(*pays(3), paid("500", "2026-08-25")), {"settled_on": date(2026, 8, 25)})
        assert (got["account_status"], got["special_comment"], got["current_balance"]) == ("13", "AU", 0)
        assert (got["closed_on"], got["payment_rating"]) == (date(2026, 8, 25), "4")

    def test_a_transferred_account_is_rated_by_what_it_was(self, records):
        collected, lost = {"collection_on": date(2026, 7, 1)}, {"charged_off_on": date(2026, 7, 2)}
        moved = {"transferred_on": date(2026, 8, 20)}
        got = records({"4": (LATE, moved), "G": (LATE, moved | collected), "L": (LATE, moved | collected | lost)})
        for rating, one in got.items():
            assert (one["account_status"], one["payment_rating"]) == ("05", rating)
            assert (one["closed_on"], one["current_balance"], one["past_due"]) == (date(2026, 8, 20), 0, 0)
            assert one["first_delinquency_on"] == BEGAN_ON

    def test_a_deletion_outweighs_all_else(self, records):
        got = records({code: (LATE, {"deletion_status": code, "charged_off_on": self.ON}) for code in ("DA", "DF")})
        for code, one in got.items():
            assert (one["account_status"], one["payment_rating"], one["first_delinquency_on"]) == (code, None, None)


class TestFirstDelinquency:
    """Instalments fall due on the 10th of each month; 30 days after it is the 9th or 10th of the next."""

    def test_partial_payments_do_not_move_it(self, record):
        got = record(owing(*pays(3), paid(INSTALMENT, "2026-06-01")))
        assert (got["account_status"], got["first_delinquency_on"]) == ("80", date(2026, 5, 10))

    def test_a_month_end_below_30_days_begins_it_anew(self, record):
        got = record(owing(*pays(3), paid(INSTALMENT, "2026-05-20")))
        assert (got["account_status"], got["payment_history"][:4]) == ("80", "2100")
        assert got["first_delinquency_on"] == date(2026, 6, 9)

    def test_a_day_without_arrears_begins_it_anew(self, record):
        got = record(owing(*pays(3), paid("221.10", "2026-06-05")))
        assert (got["account_status"], got["first_delinquency_on"]) == ("78", date(2026, 7, 10))

    def test_a_day_without_arrears_between_two_late_month_ends_begins_it_anew(self, record):
        dues = [due("2026-07-01"), due("2026-08-01")]
        july = record(owing(dues=dues), as_of=date(2026, 7, 31))
        august = record(owing(paid("100", "2026-08-01"), dues=dues))
        assert (july["account_status"], july["first_delinquency_on"]) == ("71", date(2026, 7, 31))
        assert (august["account_status"], august["first_delinquency_on"]) == ("71", AS_OF)

    def test_a_reversal_begins_it_on_the_day_on_which_it_counts(self, record):
        got = record(owing(*pays(7), reversed_("331.65", "2026-05-10", booked="2026-07-20")))
        assert (got["account_status"], got["first_delinquency_on"]) == ("80", date(2026, 7, 20))

    def test_a_new_schedule_without_missed_instalments_begins_it_anew(self, record):
        new = version(2, "2026-06-15", *monthly(7, 12, principal="150"))
        got = record(owing(*pays(3), versions=[new]))
        assert (got["account_status"], got["first_delinquency_on"]) == ("71", date(2026, 8, 9))

    def test_a_payment_after_a_charge_off_does_not_move_it(self, record):
        paying = owing(*pays(3), paid("442.20", "2026-08-12"))
        facts = {"charged_off_on": date(2026, 7, 15), "charged_off_amount": Decimal("931.65")}
        assert record(paying)["account_status"] == "11"
        got = record(paying, facts)
        assert (got["account_status"], got["first_delinquency_on"]) == ("97", BEGAN_ON)

    def test_a_later_event_does_not_move_that_of_the_first(self, record):
        # Below 30 days at the end of May, but told as a collection then.
        paying = owing(*pays(3), paid(INSTALMENT, "2026-05-25"))
        facts = {"collection_on": date(2026, 5, 20), "charged_off_on": date(2026, 8, 15)}
        assert record(paying)["first_delinquency_on"] == date(2026, 6, 9)
        got = record(paying, {**facts, "charged_off_amount": Decimal("800")})
        assert (got["account_status"], got["first_delinquency_on"]) == ("97", BEGAN_ON)

    def test_an_event_before_the_30th_day_has_that_of_the_lateness_after_it(self, record):
        got = record(LATE, {"surrendered_on": date(2026, 4, 20)})
        assert (got["account_status"], got["payment_rating"], got["first_delinquency_on"]) == ("95", "0", BEGAN_ON)

    def test_that_of_an_earlier_creditor_is_taken_over(self, record):
        told = {"first_delinquency_on": date(2025, 1, 31)}
        assert record(LATE, told)["first_delinquency_on"] == date(2025, 1, 31)
        assert record(owing(*pays(8)), told)["first_delinquency_on"] is None

    def test_a_bankruptcy_on_a_current_account_has_the_day_of_the_petition(self, record):
        bankrupt = {"consumer_information": "D", "petitioned_on": date(2026, 6, 6)}
        assert record(owing(*pays(8)), consumer=bankrupt)["first_delinquency_on"] == date(2026, 6, 6)
        assert record(LATE, consumer=bankrupt)["first_delinquency_on"] == BEGAN_ON

    def test_a_petition_that_is_not_known_is_not_made_up(self, record):
        assert record(owing(*pays(8)), consumer={"consumer_information": "D"})["first_delinquency_on"] is None


class TestHistory:
    def test_it_ends_with_the_month_before_the_report(self, record):
        assert record(LATE, as_of=date(2026, 8, 30))["payment_history"][:3] == "321"
        assert record(LATE, as_of=date(2026, 9, 1))["payment_history"][:3] == "432"

    def test_a_purchased_account_has_none_before_it_was_acquired(self, record):
        got = record(LATE, {"acquired_on": date(2026, 6, 15)})
        assert (got["payment_history"], got["opened_on"]) == ("32" + "B" * 22, date(2026, 6, 15))

    def test_a_line_with_nothing_owed_is_told_apart(self, records):
        dues = [due("2026-05-10"), due("2026-08-28")]
        money = [paid("200", "2026-05-10"), reversed_("100", "2026-05-10", booked="2026-08-20")]
        marks = {"R": "E", "C": "E", "O": "E", "I": "0", "M": "0"}
        got = records({portfolio: (owing(*money, dues=dues), {"portfolio_type": portfolio}) for portfolio in marks})
        assert {portfolio: one["payment_history"][:4] for portfolio, one in got.items()} == {
            portfolio: mark * 3 + "0" for portfolio, mark in marks.items()
        }

    def test_half_a_year_of_lateness_and_more_is_6(self, record):
        # Due on 10 January: 21 days late at the end of that month, 49 in February, 355 at the end of the year.
        got = record(owing(), as_of=date(2027, 1, 31))
        assert got["payment_history"] == "6666665432100" + "B" * 11


MONTHLY = {"M": 110, "P": 110, "W": 479, "B": 239, "E": 221, "L": 55, "Q": 36, "T": 27, "S": 18, "Y": 9, "D": 0}


class TestAmounts:
    def test_what_is_scheduled_is_told_by_the_month_in_whole_dollars(self, records):
        got = records({code: (LATE, {"terms_frequency": code}) for code in MONTHLY})
        assert {code: one["scheduled_payment"] for code, one in got.items()} == MONTHLY

    def test_before_the_first_due_date_the_first_instalment_is_scheduled(self, record):
        got = record(owing(), as_of=date(2025, 12, 31))
        assert (got["scheduled_payment"], got["current_balance"]) == (110, 1200)

    def test_what_came_in_since_the_last_month_end_less_what_was_taken_back(self, record):
        money = [*pays(7), paid("80.99", "2026-08-03"), paid("50", "2026-08-20"), reversed_("50", "2026-08-20")]
        assert record(owing(*money))["actual_payment"] == 80

    def test_the_last_payment_is_the_last_one_that_stands(self, record):
        money = [paid("60", "2026-07-10"), paid("50", "2026-08-03"), reversed_("50", "2026-08-05")]
        assert record(owing(*money))["last_payment_on"] == date(2026, 7, 10)

    def test_a_line_has_the_limit_and_the_highest_credit_that_are_told(self, record):
        facts = {"portfolio_type": "R", "account_type": "18", "credit_limit": Decimal("5000.99")}
        got = record(LATE, {**facts, "highest_credit": Decimal("4000.50")})
        assert (got["credit_limit"], got["highest_credit"], got["terms_duration"]) == (5000, 4000, "REV")

    def test_terms_that_nobody_knows_are_not_made_up(self, records):
        cases = [
            ({"portfolio_type": "C"}, "LOC"),
            ({"portfolio_type": "O"}, "001"),
            ({"portfolio_type": "M"}, None),
            ({"portfolio_type": "M", "terms_duration": "030"}, "030"),
            ({"terms_frequency": "W"}, None),
            ({"terms_duration": "036"}, "036"),
        ]
        got = records({place: (LATE, facts) for place, (facts, _) in enumerate(cases)})
        assert [one["terms_duration"] for one in got.values()] == [terms for _, terms in cases]

    def test_balance_and_past_due_are_cut_to_whole_dollars(self, record):
        got = record(owing(dues=[due("2026-07-01", "99.99")]))
        assert (got["current_balance"], got["past_due"]) == (99, 99)


def test_facts_that_are_missing_leave_their_slots_empty(polars_engine, us_policy):
    told = {"account_number": None, "portfolio_type": None, "account_type": None, "terms_frequency": None}
    got = base_by_loan(
        mapped(polars_engine, us_policy, rows_of({"l": LATE}), {"l": told}, {"borrower of l": {"surname": None}})
    )["l"]
    assert {got[name] for name in (*told, "surname", "terms_duration", "credit_limit", "highest_credit")} == {None}


def test_records_are_numbered_by_account_number_and_keep_their_case(engine, us_policy):
    loans = {"one": LATE, "two": owing(*pays(8)), "three": PAID_LATE}
    numbers = {"one": "C3", "two": "A1", "three": "B2"}
    accounts = {name: {"account_number": number} for name, number in numbers.items()}
    held = tables(mapped(engine, us_policy, rows_of(loans), accounts))
    assert held["cases"].to_pylist() == [
        {"record_no": 2, "case_id": "metro2-two", "loan_id": "two"},
        {"record_no": 3, "case_id": "metro2-three", "loan_id": "three"},
        {"record_no": 4, "case_id": "metro2-one", "loan_id": "one"},
    ]
    assert held["base"]["account_number"].to_pylist() == ["A1", "B2", "C3"]


def test_the_header_says_who_reports_and_which_day():
    assert {name: value for name, value in Report(LENDER, AS_OF, MADE_AT).header.items() if value} == {
        "equifax_program_id": "EFX0000001",
        "activity_on": AS_OF,
        "created_on": date(2026, 9, 1),
        "reporter_name": "TEST LENDER",
        "reporter_address": "1 MAIN STREET SPRINGFIELD IL 62701",
        "reporter_telephone": "2175550100",
    }


def test_a_correction_indicator_is_one_of_its_codes():
    with pytest.raises(ValueError, match="correction_indicator"):
        Report(LENDER, AS_OF, MADE_AT, "2")
