"""Codes of the month ends, by hand: how each month went, and what the months add up to."""

from datetime import date, timedelta

import pytest

from tests.transforms.arrears_cases import arrears_by_name, due, loan, monthly, paid, reversed_, version
from transforms.repayment_history import month_ends_until

AS_OF = date(2026, 6, 15)
MISSED_NOW = due("2026-06-14")
"""Fell due in June, so that every case is in arrears whatever its months were."""

# Name of the case: the loan, the codes at the end of January to May 2026. Nothing happens before January.
CASES = {
    "nothing fell due": (
        loan(MISSED_NOW),
        "*****",
    ),
    "paid on the due date": (
        loan(*monthly(1, 5), MISSED_NOW, money=[paid("100", f"2026-{month:02}-10") for month in range(1, 6)]),
        "NNNNN",
    ),
    "paid the day after": (
        loan(due("2026-04-10"), MISSED_NOW, money=[paid("100", "2026-04-11")]),
        "***M*",
    ),
    "paid on the last day of the month": (
        loan(due("2026-04-10"), MISSED_NOW, money=[paid("100", "2026-04-30")]),
        "***M*",
    ),
    "paid on the first day of the next month": (
        loan(due("2026-04-10"), MISSED_NOW, money=[paid("100", "2026-05-01")]),
        "***1N",
    ),
    "half in time, half late": (
        loan(due("2026-04-10"), MISSED_NOW, money=[paid("50", "2026-04-10"), paid("50", "2026-04-11")]),
        "***M*",
    ),
    "late but with the value date of the due date": (
        loan(due("2026-04-10"), MISSED_NOW, money=[paid("100", "2026-04-10", booked="2026-04-13")]),
        "***N*",
    ),
    "a cent short at the due date": (
        loan(due("2026-04-10"), MISSED_NOW, money=[paid("99.99", "2026-04-01"), paid("0.01", "2026-04-20")]),
        "***M*",
    ),
    "one of two in a month late": (
        loan(
            due("2026-04-05"),
            due("2026-04-20"),
            MISSED_NOW,
            money=[paid("100", "2026-04-05"), paid("100", "2026-04-25")],
        ),
        "***M*",
    ),
    "the first of two late, the second in time": (
        loan(
            due("2026-04-05"),
            due("2026-04-20"),
            MISSED_NOW,
            money=[paid("100", "2026-04-06"), paid("100", "2026-04-20")],
        ),
        "***M*",
    ),
    "one of two in a month still missed": (
        loan(due("2026-04-05"), due("2026-04-20"), MISSED_NOW, money=[paid("100", "2026-04-06")]),
        "***12",
    ),
    "due on the month end is neither missed nor late on it": (
        loan(due("2026-04-30"), MISSED_NOW, money=[paid("100", "2026-05-02")]),
        "***N*",
    ),
    "paid months before": (
        loan(due("2026-04-10"), MISSED_NOW, money=[paid("100", "2026-02-03")]),
        "***N*",
    ),
    "paid, bounced and paid again within the month": (
        loan(
            due("2026-04-10"),
            MISSED_NOW,
            money=[
                paid("100", "2026-04-10"),
                reversed_("100", "2026-04-10", booked="2026-04-12"),
                paid("100", "2026-04-20"),
            ],
        ),
        "***N*",
    ),
    "bounced on the day on which it came, and paid again": (
        loan(
            due("2026-04-10"),
            MISSED_NOW,
            money=[paid("100", "2026-04-10"), reversed_("100", "2026-04-10"), paid("100", "2026-04-20")],
        ),
        "***M*",
    ),
    "an instalment of nothing fell due": (
        loan(due("2026-04-10", "0"), MISSED_NOW),
        "***N*",
    ),
    "an instalment of nothing after one that was paid late": (
        loan(due("2026-04-01"), due("2026-04-03", "0"), MISSED_NOW, money=[paid("100", "2026-04-02")]),
        "***M*",
    ),
    "an instalment of nothing while less than nothing had come in": (
        loan(due("2026-04-10", "0"), MISSED_NOW, money=[reversed_("5", "2026-04-01")]),
        "***N*",
    ),
    "in arrears for all months": (
        # 10 January to the month ends: 21, 49, 80, 110 and 141 days.
        loan(due("2026-01-10"), MISSED_NOW),
        "12345",
    ),
    "in arrears and paid up in April": (
        loan(*monthly(1, 3), MISSED_NOW, money=[paid("300", "2026-04-15")]),
        "123N*",
    ),
    "partial payments move the age": (
        # The oldest at the month ends is of 10 January, January, February, March and April: 21, 49, 49, 51, 51 days.
        loan(*monthly(1, 5), MISSED_NOW, money=[paid("100", f"2026-{month:02}-20") for month in (3, 4, 5)]),
        "12222",
    ),
    "paid off, and what came bounced": (
        # 15 May to the month end the oldest is of 10 February again: 110 days.
        loan(due("2026-02-10"), money=[paid("100", "2026-02-10"), reversed_("100", "2026-02-10", booked="2026-05-15")]),
        "*CCC4",
    ),
    "paid off before anything fell due": (
        loan(
            due("2026-02-10"), money=[paid("100", "2026-01-31"), reversed_("0.01", "2026-01-31", booked="2026-06-01")]
        ),
        "CCCCC",
    ),
    "paid off late is paid off": (
        loan(due("2026-02-10"), money=[paid("100", "2026-02-11"), reversed_("100", "2026-02-11", booked="2026-06-01")]),
        "*CCCC",
    ),
    "paid out in March": (
        loan(MISSED_NOW, disbursed="2026-03-01"),
        "//***",
    ),
    "paid out on a month end": (
        loan(MISSED_NOW, disbursed="2026-03-31"),
        "//***",
    ),
    "paid out the day after a month end": (
        loan(MISSED_NOW, disbursed="2026-04-01"),
        "///**",
    ),
    "due before it was paid out": (
        loan(due("2026-02-10"), MISSED_NOW, disbursed="2026-04-01"),
        "///34",
    ),
    "listed again with due dates in two months, paid on the second day of the version": (
        loan(
            due("2026-09-01"),
            versions=[version(2, "2026-04-20", due("2026-03-05"), due("2026-04-05"), MISSED_NOW)],
            money=[paid("200", "2026-04-21")],
        ),
        "***M*",
    ),
    "restructured the day after an instalment fell due on the month end": (
        loan(due("2026-04-30"), versions=[version(2, "2026-05-01", MISSED_NOW)]),
        "***N*",
    ),
    "restructured in May out of arrears": (
        loan(due("2026-04-10"), versions=[version(2, "2026-05-10", MISSED_NOW)]),
        "***1N",
    ),
    "restructured in April out of arrears": (
        loan(due("2026-03-10"), versions=[version(2, "2026-04-10", MISSED_NOW)]),
        "**1N*",
    ),
    "restructured on a month end": (
        loan(due("2026-03-10"), versions=[version(2, "2026-03-31", MISSED_NOW)]),
        "*****",
    ),
    "restructured on a month end, what it lists of the month paid on it": (
        loan(
            due("2026-09-01"),
            versions=[version(2, "2026-03-31", due("2026-03-20"), MISSED_NOW)],
            money=[paid("100", "2026-03-31")],
        ),
        "**N**",
    ),
    "restructured the day after a month end": (
        loan(due("2026-03-10"), versions=[version(2, "2026-04-01", MISSED_NOW)]),
        "**1N*",
    ),
    "listed again with an earlier due date, paid on the first day of the version": (
        loan(
            due("2026-09-01"),
            versions=[version(2, "2026-04-20", due("2026-04-05"), MISSED_NOW)],
            money=[paid("100", "2026-04-20")],
        ),
        "***N*",
    ),
    "listed again with an earlier due date, paid on the second day of the version": (
        loan(
            due("2026-09-01"),
            versions=[version(2, "2026-04-20", due("2026-04-05"), MISSED_NOW)],
            money=[paid("100", "2026-04-21")],
        ),
        "***M*",
    ),
    "money of the version before does not pay for this one": (
        loan(
            due("2026-03-10"),
            due("2026-09-01"),
            versions=[version(2, "2026-04-20", due("2026-04-25"), MISSED_NOW)],
            money=[paid("100", "2026-03-10"), paid("50", "2026-04-19")],
        ),
        "**N12",
    ),
    "an instalment of the version before is not of the month": (
        loan(
            due("2026-04-05"),
            due("2026-09-01"),
            versions=[version(2, "2026-04-20", MISSED_NOW)],
            money=[paid("100", "2026-04-05")],
        ),
        "*****",
    ),
}

# Days before the date as of which the loan is looked at, and the code.
AGES = {
    1: "1",
    30: "1",
    31: "2",
    60: "2",
    61: "3",
    90: "3",
    91: "4",
    120: "4",
    121: "5",
    150: "5",
    151: "6",
    180: "6",
    181: "7",
    4000: "7",
}

# Name of the case: the loan, consecutive missed periods, highest missed periods, status.
PERIODS = {
    "only now": (loan(MISSED_NOW), 0, 1, "1"),
    "three now, none at a month end": (
        loan(due("2026-06-01"), due("2026-06-02"), due("2026-06-03")),
        0,
        3,
        "1",
    ),
    "three in March, paid up since": (loan(*monthly(1, 3), MISSED_NOW, money=[paid("300", "2026-04-15")]), 0, 3, "1"),
    "five months": (loan(due("2026-01-10"), MISSED_NOW), 5, 2, "6"),
    "paid up between": (
        # January and February missed; from April on again.
        loan(due("2026-01-10"), due("2026-04-10"), due("2026-05-10"), money=[paid("100", "2026-03-15")]),
        2,
        2,
        "3",
    ),
    "an instalment of nothing is no period": (
        loan(due("2026-05-01", "0"), due("2026-05-02"), due("2026-05-03", "0")),
        1,
        1,
        "2",
    ),
    "more missed under a version that ended the day before a month end": (
        loan(*monthly(1, 4), versions=[version(2, "2026-05-31", MISSED_NOW)]),
        0,
        4,
        "1",
    ),
    "missed for the first time on a month end, which a new version begins": (
        loan(due("2026-05-28"), due("2026-05-29"), versions=[version(2, "2026-05-31", MISSED_NOW)]),
        0,
        1,
        "1",
    ),
    "missed at month ends before it was paid out": (
        loan(due("2026-02-10"), MISSED_NOW, disbursed="2026-04-01"),
        2,
        2,
        "5",
    ),
    "more missed under the version before": (
        loan(*monthly(1, 4), versions=[version(2, "2026-05-05", due("2026-05-06"))]),
        5,
        4,
        "2",
    ),
    "due on a month end and not missed on it": (
        loan(due("2026-04-30"), due("2026-04-30"), MISSED_NOW, money=[paid("200", "2026-05-02")]),
        0,
        1,
        "1",
    ),
    "missed only if a version that was replaced were still in force": (
        loan(
            due("2026-04-21"),
            due("2026-04-22"),
            versions=[version(2, "2026-04-20", due("2026-09-10")), version(3, "2026-05-05", MISSED_NOW)],
        ),
        0,
        1,
        "1",
    ),
    "from the oldest of 24 month ends on": (loan(due("2024-06-29")), 24, 1, "7"),
    "from the one after the oldest on": (loan(due("2024-06-30")), 23, 1, "7"),
    "more at a month end that is 25 back": (
        loan(due("2024-05-01"), due("2024-05-02"), MISSED_NOW, money=[paid("200", "2024-06-29")]),
        0,
        1,
        "1",
    ),
    "more at the month end that is 24 back": (
        loan(due("2024-05-01"), due("2024-05-02"), MISSED_NOW, money=[paid("200", "2024-07-01")]),
        0,
        2,
        "1",
    ),
    "not paid out yet": (loan(MISSED_NOW, disbursed="2026-06-16"), 0, 1, "/"),
    "paid out today": (loan(MISSED_NOW, disbursed="2026-06-15"), 0, 1, "1"),
}


@pytest.fixture(scope="module")
def judged(engines, kit, policy):
    groups = {"months": CASES, "periods": PERIODS}
    loans = {f"{group} {name}": one for group, cases in groups.items() for name, (one, *_) in cases.items()}
    loans |= {f"age {days}": loan(due(str(AS_OF - timedelta(days=days)))) for days in AGES}
    return [arrears_by_name(engine, kit, loans, AS_OF, policy) for engine in engines()]


@pytest.mark.parametrize("name", CASES)
def test_each_month_has_its_code(judged, name):
    _, codes = CASES[name]
    before = "/" if codes.startswith("/") else "*"
    for rows in judged:
        assert rows[f"months {name}"]["repayment_history"] == before * 19 + codes


@pytest.mark.parametrize("days", AGES)
def test_a_missed_instalment_has_the_code_of_its_age(judged, days):
    for rows in judged:
        assert rows[f"age {days}"]["repayment_status_code"] == AGES[days]


@pytest.mark.parametrize("name", PERIODS)
def test_missed_periods_are_counted_at_month_ends(judged, name):
    _, *expected = PERIODS[name]
    for rows in judged:
        row = rows[f"periods {name}"]
        assert [
            row["consecutive_missed_periods"],
            row["highest_missed_periods"],
            row["repayment_status_code"],
        ] == expected


def test_the_history_is_of_24_month_ends_oldest_first(judged):
    # 30 June 2024 to the next month ends: 31, 62, 92, 123, 153 and 184 days.
    for rows in judged:
        assert rows["periods from the one after the oldest on"]["repayment_history"] == "N23456" + "7" * 18
        assert rows["periods only now"]["repayment_history"] == "*" * 24
        assert rows["months paid off, and what came bounced"]["repayment_history"] == "*" * 20 + "CCC4"


def test_on_a_month_end_the_history_ends_with_it(polars_engine, kit, policy):
    loans = {"one": loan(due("2026-01-31")), "two": loan(due("2026-02-27"), disbursed="2026-02-28")}
    rows = arrears_by_name(polars_engine, kit, loans, date(2026, 2, 28), policy)
    assert rows["one"]["repayment_history"] == "*" * 22 + "N1"
    assert rows["two"]["repayment_history"] == "/" * 23 + "1"
    assert [row["repayment_status_code"] for row in rows.values()] == ["1", "1"]
    assert [row["consecutive_missed_periods"] for row in rows.values()] == [1, 1]


def test_the_last_day_of_february_is_a_month_end_in_its_own_year(polars_engine, kit, policy):
    # 31 August 2027 to the month ends: 30, 61, 91, 122 and 153 days, and 182 to the 29th of February.
    loans = {"one": loan(due("2027-08-31"))}
    on_28th = arrears_by_name(polars_engine, kit, loans, date(2028, 2, 28), policy)["one"]
    on_29th = arrears_by_name(polars_engine, kit, loans, date(2028, 2, 29), policy)["one"]
    assert on_28th["repayment_history"] == "*" * 18 + "N13456"
    assert on_29th["repayment_history"] == "*" * 17 + "N134567"


def test_month_ends_are_the_last_days_of_months():
    assert month_ends_until(date(2026, 6, 15), 3) == (date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31))
    assert month_ends_until(date(2026, 6, 30), 2) == (date(2026, 5, 31), date(2026, 6, 30))
    assert month_ends_until(date(2028, 2, 28), 2) == (date(2027, 12, 31), date(2028, 1, 31))
    assert month_ends_until(date(2028, 2, 29), 2) == (date(2028, 1, 31), date(2028, 2, 29))
    assert month_ends_until(date(2026, 3, 1), 2) == (date(2026, 1, 31), date(2026, 2, 28))
    assert month_ends_until(date(2026, 1, 1), 24)[0] == date(2024, 1, 31)
