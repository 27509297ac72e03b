"""Which version of a schedule is in force, by hand: its instalments and its money are all that count."""

from datetime import date
from decimal import Decimal

import pytest

from tests.transforms.arrears_cases import arrears_by_name, due, loan, paid, reversed_, version

AS_OF = date(2026, 6, 15)

# Name of the case: the loan, `overdue_amount` and `balance_amount`; None where it is not in arrears.
CASES = {
    "a version from today on": (
        loan(
            due("2026-03-10", "7"),
            versions=[version(2, "2026-06-15", due("2026-02-10", "10"), due("2027-01-01", "20"))],
        ),
        ("10", "30"),
    ),
    "a version from tomorrow on": (
        loan(due("2026-03-10", "7"), versions=[version(2, "2026-06-16", due("2026-02-10", "10"))]),
        ("7", "7"),
    ),
    "the highest number among those in effect, not the latest day": (
        loan(
            due("2026-03-10", "7"),
            versions=[
                version(2, "2026-05-01", due("2026-02-10", "10")),
                version(3, "2026-04-01", due("2026-02-10", "20")),
            ],
        ),
        ("20", "20"),
    ),
    "the highest number of one day": (
        loan(
            due("2026-03-10", "7"),
            versions=[
                version(2, "2026-05-01", due("2026-02-10", "10")),
                version(3, "2026-05-01", due("2026-02-10", "20")),
            ],
        ),
        ("20", "20"),
    ),
    "numbers with gaps": (
        loan(
            due("2026-03-10", "7"),
            versions=[
                version(4, "2026-04-01", due("2026-02-10", "10")),
                version(9, "2026-05-01", due("2026-02-10", "20")),
            ],
        ),
        ("20", "20"),
    ),
    "nothing due under the new version": (
        loan(due("2026-03-10", "7"), versions=[version(2, "2026-06-15", due("2026-06-15", "10"))]),
        None,
    ),
    "a version without instalments": (
        loan(due("2026-03-10", "7"), versions=[version(2, "2026-05-01")]),
        None,
    ),
    "a version that owes what the first had paid": (
        loan(
            due("2026-03-10", "7"),
            versions=[version(2, "2026-05-01", due("2026-03-10", "7"))],
            money=[paid("7", "2026-03-10")],
        ),
        ("7", "7"),
    ),
    "money of the day before a version counts for the one before": (
        loan(
            due("2026-03-10", "7"),
            versions=[version(2, "2026-05-01", due("2026-03-10", "7"))],
            money=[paid("3", "2026-04-30"), paid("2", "2026-05-01")],
        ),
        ("5", "5"),
    ),
    "a payment that was booked under the new version counts by its value date": (
        loan(
            due("2026-03-10", "7"),
            versions=[version(2, "2026-05-01", due("2026-03-10", "7"))],
            money=[paid("3", "2026-04-30", booked="2026-05-04")],
        ),
        ("7", "7"),
    ),
    "a reversal that was booked under the new version counts for it": (
        loan(
            due("2026-03-10", "7"),
            versions=[version(2, "2026-05-01", due("2026-03-10", "7"))],
            money=[paid("3", "2026-04-20"), reversed_("3", "2026-04-20", booked="2026-05-04"), paid("5", "2026-05-05")],
        ),
        ("5", "5"),
    ),
    "money that came under a version in between is gone with it": (
        loan(
            due("2026-03-10", "7"),
            versions=[
                version(2, "2026-04-01", due("2026-04-10", "8")),
                version(3, "2026-05-01", due("2026-05-10", "9")),
            ],
            money=[paid("7", "2026-03-20"), paid("8", "2026-04-10"), paid("4", "2026-05-11")],
        ),
        ("5", "5"),
    ),
    "instalments of a version that nothing puts into effect": (
        loan(due("2026-03-10", "7"), versions=[(5, None, [due("2026-01-01", "90")])]),
        ("7", "7"),
    ),
    "in arrears only under the new version, all of the first paid": (
        loan(
            due("2026-03-10", "7"),
            versions=[version(2, "2026-05-01", due("2026-06-14", "9"), due("2026-07-14", "9"))],
            money=[paid("7", "2026-03-10"), paid("1", "2026-06-14")],
        ),
        ("8", "17"),
    ),
}


@pytest.fixture(scope="module")
def judged(engines, kit, policy):
    loans = {name: one for name, (one, _) in CASES.items()}
    return [arrears_by_name(engine, kit, loans, AS_OF, policy) for engine in engines()]


@pytest.mark.parametrize("name", CASES)
def test_only_the_version_in_force_counts(judged, name):
    _, amounts = CASES[name]
    for rows in judged:
        if amounts is None:
            assert name not in rows
        else:
            assert [rows[name][field] for field in ("overdue_amount", "balance_amount")] == [*map(Decimal, amounts)]
