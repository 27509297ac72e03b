"""Mapped records in a file: complete facts pass every check, month after month, and one file byte for byte."""

import io
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.bureaus import metro2
from delivery.bureaus.metro2_checking import check_file, previous_of
from delivery.formats.segmented_records import SegmentedRecords
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_BREAK_LAYOUT
from tests.transforms.arrears_cases import due, loan, monthly, paid
from tests.transforms.metro2_loans import AS_OF, LENDER, MADE_AT, base_by_loan, borrower, mapped, rows_of, tables
from tests.transforms.metro2_oracle import Account
from transforms.bureaus.metro2 import Report

GOLDEN = Path(__file__).parents[1] / "golden" / "metro2" / "mapped.dat"
MONTHS = (date(2026, 7, 31), AS_OF)
EVENTS = ("charged_off_on", "collection_on", "repossessed_on", "surrendered_on")


def written(records, as_of=AS_OF):
    held = {key: pl.from_arrow(table) for key, table in tables(records).items() if key != "cases"}
    buffer = io.BytesIO()
    metro2.write(buffer, Report(LENDER, as_of, MADE_AT).header, [SegmentedRecords(held.pop("base"), held)])
    return buffer.getvalue()


def month_day(first, months, day):
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Made:
    """A loan that was made up: what the books have, and the facts."""

    loan: dict
    facts: dict


@st.composite
def made_loans(draw):
    """A loan in whole dollars whose borrower pays, pays late, pays in part or not at all, and what followed."""
    first = month_day(date(2026, 6, 1), -draw(st.integers(0, 26)), 1)
    months = draw(st.integers(2, 30))
    stops_after = draw(st.sampled_from((0, 1, 3, 6, 12, 20, 40, 40)))
    habit = draw(st.sampled_from(((1,), (1, 1, 1, 0), (0, 1, 2), (0, 0, 1, 1, 3))))
    day = draw(st.integers(1, 31))
    principal, interest = draw(st.integers(20, 400)), draw(st.integers(0, 9))
    dues = [due(month_day(first, place, day).isoformat(), principal, interest=interest) for place in range(months)]
    left, money = (principal + interest) * months, []
    for place in range(stops_after):
        on = month_day(first, place, draw(st.integers(1, 28)))
        most = draw(st.sampled_from(habit)) * (principal + interest) + draw(st.sampled_from((0, 0, 0, 7)))
        amount = min(left, most)
        left -= amount
        if amount and on <= MONTHS[-1]:
            money.append((amount, on))
    disbursed = month_day(first, -1, 20)
    facts = draw(st.sampled_from(({}, {}, {"portfolio_type": "R", "account_type": "18"})))
    if facts:
        facts = {**facts, "credit_limit": Decimal(9000), "highest_credit": Decimal(8000)}
    made = _loan(dues, money, disbursed)
    event = draw(st.sampled_from((None, *EVENTS)))
    return made, facts, event, disbursed, draw(st.booleans())


def _loan(dues, money, disbursed):
    held = tuple(paid(str(amount), on.isoformat()) for amount, on in money)
    return loan(*dues, money=held, disbursed=disbursed.isoformat())


def with_event(made, policy):
    """The loan with what followed once it was 90 days late: no more money, or all that was left a month later."""
    one, facts, event, disbursed, is_paid = made
    if event is None:
        return Made(one, facts)
    order = policy.arrears.allocation_order.value
    account = Account(rows_of({"l": one}), "l", order)
    ends = [month_day(disbursed, place, 31) for place in range(1, 42)]
    late = [end for end in ends if end <= MONTHS[-1] and account.late_days(end) >= 90]
    if not late:
        return Made(one, facts)
    on = late[0]
    before = tuple(row for row in one["money"] if row["paid_on"] <= on)
    owed = account.money.balance(on)
    if is_paid:
        before += (paid(str(owed), month_day(on, 1, 20).isoformat()),)
    told = {event: on}
    if event == "charged_off_on":
        told["charged_off_amount"] = owed
    if event in ("repossessed_on", "surrendered_on"):
        told |= {"portfolio_type": "I", "account_type": "00"}
    return Made({**one, "money": before}, {**facts, **told})


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_loans=st.lists(made_loans(), min_size=5, max_size=25), joint=st.booleans())
def test_complete_facts_pass_every_check_and_so_does_the_month_after(given_loans, joint, polars_engine, us_policy):
    made = {f"l{number}": with_event(each, us_policy) for number, each in enumerate(given_loans)}
    rows = rows_of(
        {name: each.loan for name, each in made.items()},
        liabilities=[{"loan_id": "l0", "borrower_id": "ann", "liability_code": "co_borrower", "liable_amount": None}]
        * joint,
        borrowers=[borrower("ann", "223456789")],
    )
    facts = {name: each.facts for name, each in made.items()}
    accounts = {name: Account(rows, name, us_policy.arrears.allocation_order.value) for name in made}
    previous = None
    for as_of in MONTHS:
        opened = [row["loan_id"] for row in rows["loans"] if row["disbursed_on"] <= as_of]
        reported = {**rows, "loans": [row for row in rows["loans"] if row["loan_id"] in opened]}
        records = mapped(polars_engine, us_policy, reported, facts, as_of=as_of)
        data = written(records, as_of)
        now = base_by_loan(records)
        loans = {row["record_no"]: loan_id for loan_id, row in now.items()}
        for found in check_file(io.BytesIO(data), previous):
            loan_id = loans[found.line]
            assert is_explained(found.code, accounts[loan_id], now[loan_id]), (found, loan_id)
        previous = previous_of(io.BytesIO(data))


def is_explained(code, account, now):
    """Conditions that suspect what may well be so."""
    if code == "Status-PaymentAmount-1":
        return now["actual_payment"] == 0
    if code == "PROG-Status-1":
        # A month of 31 days leads from 59 days late to 90.
        return account.late_days(MONTHS[1]) - account.late_days(MONTHS[0]) == 31
    if code == "PROG-DOFD-1":
        # Brought current within the month, and late again on its last day.
        return account.late_since(MONTHS[0], MONTHS[0]) != account.late_since(MONTHS[1], MONTHS[1])
    if code == "Furnisher-Balance-1":
        # Interest of a schedule that goes on after the charge-off.
        return account.balance(MONTHS[1]) > account.balance(MONTHS[0])
    return False


DUES = monthly(1, 12, interest="10.55")


def pays(months):
    return [paid("110.55", f"2026-{month:02}-10") for month in range(1, months + 1)]


def golden_records(engine, policy):
    def one(*money):
        return loan(*DUES, money=money, disbursed="2025-12-20")

    loans = {
        "current": one(*pays(8)),
        "late": one(*pays(3)),
        "paid": one(*pays(3), paid("994.95", "2026-08-25")),
        "lost": one(*pays(2)),
        "bought": one(*pays(1)),
        "deleted": one(*pays(8)),
    }
    accounts = {
        "lost": {"charged_off_on": date(2026, 7, 15), "charged_off_amount": Decimal("1042.20")},
        "bought": {
            "portfolio_type": "O",
            "account_type": "0C",
            "acquired_on": date(2026, 6, 15),
            "collection_on": date(2026, 6, 15),
            "first_delinquency_on": date(2026, 3, 12),
            "highest_credit": Decimal("1200.00"),
            "original_creditor_name": "FIRST TEST BANK",
            "creditor_classification": "08",
            "purchased_sold_indicator": "1",
            "purchased_sold_name": "FIRST TEST BANK",
        },
        "deleted": {"deletion_status": "DF", "deletion_reason": "identity theft confirmed"},
    }
    rows = rows_of(
        loans,
        liabilities=[
            {"loan_id": "late", "borrower_id": borrower_id, "liability_code": code, "liable_amount": None}
            for borrower_id, code in (("ben", "co_borrower"), ("gus", "guarantor"))
        ],
        borrowers=[borrower("ben", "223456789"), borrower("gus", "323456789")],
        disputes=[
            {
                "dispute_id": "D1",
                "loan_id": "late",
                "opened_on": date(2026, 8, 10),
                "answered_on": None,
                "dispute_outcome_code": "open",
            }
        ],
    )
    consumers = {
        "ben": {"first_name": "BEN"},
        "gus": {"first_name": "GUS", "address_line_1": "7 OAK AVENUE", "zip": "606010001"},
        "borrower of lost": {"employer_name": "TEST WORKS", "occupation": "CLERK"},
    }
    return mapped(engine, policy, rows, accounts, consumers)


def test_the_golden_file_byte_for_byte(engine, us_policy):
    assert written(golden_records(engine, us_policy)) == GOLDEN.read_bytes()


def test_the_golden_file_passes_every_check():
    assert list(check_file(io.BytesIO(GOLDEN.read_bytes()))) == []


def test_a_record_without_a_fact_that_it_needs_is_not_written(polars_engine, us_policy):
    rows = rows_of({"l": loan(*DUES)})
    with pytest.raises(ArrearsError) as refused:
        written(mapped(polars_engine, us_policy, rows, {"l": {"account_type": None}}))
    assert refused.value.kind is RECORDS_BREAK_LAYOUT
