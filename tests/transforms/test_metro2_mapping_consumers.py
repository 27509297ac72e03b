"""Metro 2 records by hand: who stands in them, disputes, and the segments that facts fill."""

from datetime import date
from decimal import Decimal

import pytest

from tests.transforms.arrears_cases import due, loan
from tests.transforms.metro2_loans import SEGMENT_KEYS, base_by_loan, borrower, mapped, rows_of, tables

LOAN = loan(due("2026-07-01"), disbursed="2026-01-01")
MOVED = {"address_line_1": "7 OAK AVENUE", "zip": "606010001"}


def liability(loan_id, borrower_id, code):
    return {"loan_id": loan_id, "borrower_id": borrower_id, "liability_code": code, "liable_amount": None}


def association(loan_id, borrower_id, code):
    return {"loan_id": loan_id, "borrower_id": borrower_id, "ecoa_code": code}


def held_by_loan(records):
    """For each loan the rows of each segment, as what is filled in them."""
    held = tables(records)
    loans = {row["record_no"]: row["loan_id"] for row in held["cases"].to_pylist()}
    found = {loan_id: {} for loan_id in loans.values()}
    for key in SEGMENT_KEYS:
        for row in held[key].to_pylist():
            filled = {name: value for name, value in row.items() if value is not None and name != "record_no"}
            found[loans[row["record_no"]]].setdefault(key, []).append(filled)
    return found


def who(held):
    """ECOA codes of the base segment, and of J1 and J2 with their first names."""
    others = {key: [(row["first_name"], row["ecoa_code"]) for row in held.get(key, [])] for key in ("j1", "j2")}
    return held["base"][0]["ecoa_code"], others["j1"], others["j2"]


def test_who_owes_a_loan_and_where_they_live(engine, us_policy):
    parties = {
        "joint": [("ann", "co_borrower")],
        "guaranteed": [("gus", "guarantor")],
        "both": [("ann", "co_borrower"), ("gus", "guarantor")],
        "died": [("dee", "co_borrower")],
        "robbed": [("ida", "co_borrower")],
    }
    rows = rows_of(
        dict.fromkeys(("alone", "firm", "late", "users", "ended", *parties), LOAN),
        liabilities=[liability(name, party, code) for name, held in parties.items() for party, code in held]
        + [liability("ended", "ann", "co_borrower")],
        borrowers=[
            borrower("ann", "223456789"),
            borrower("gus", "323456789"),
            borrower("dee", "423456789", protection_code="deceased"),
            borrower("ida", "523456789", protection_code="identity_theft"),
            borrower("borrower of firm", "123456789", borrower_kind="enterprise", id_type="ein"),
            borrower("borrower of late", "623456789", protection_code="deceased"),
        ],
    )
    consumers = {
        "ann": {"first_name": "BEN"},
        "gus": {"first_name": "GUS", **MOVED},
        "dee": {"first_name": "DEE"},
        "ida": {"first_name": "IDA"},
    }
    associations = [
        association("users", "ann", "3"),
        association("users", "dee", "Z"),
        association("ended", "ann", "T"),
    ]
    held = held_by_loan(mapped(engine, us_policy, rows, None, consumers, associations))
    assert {name: who(record) for name, record in held.items()} == {
        "alone": ("1", [], []),
        "firm": ("W", [], []),
        "late": ("X", [], []),
        "joint": ("2", [("BEN", "2")], []),
        "guaranteed": ("7", [], [("GUS", "5")]),
        "both": ("2", [("BEN", "2")], [("GUS", "5")]),
        "died": ("2", [("DEE", "X")], []),
        "robbed": ("1", [], []),
        "users": ("1", [("BEN", "3"), ("DEE", "Z")], []),
        "ended": ("1", [("BEN", "T")], []),
    }
    assert held["joint"]["j1"] == [
        {
            "surname": "SMITH",
            "first_name": "BEN",
            "ssn": "223456789",
            "born_on": date(1975, 5, 31),
            "telephone": "2175550123",
            "ecoa_code": "2",
        }
    ]
    assert held["guaranteed"]["j2"] == [
        {
            **held["joint"]["j1"][0],
            "first_name": "GUS",
            "ssn": "323456789",
            "ecoa_code": "5",
            "country_code": "US",
            "address_line_1": "7 OAK AVENUE",
            "city": "SPRINGFIELD",
            "state": "IL",
            "zip": "606010001",
        }
    ]


def test_numbers_of_the_books_come_before_those_that_are_told(polars_engine, us_policy):
    rows = rows_of({"ssn": LOAN, "ein": LOAN}, borrowers=[borrower("borrower of ein", "987654321", id_type="ein")])
    told = {name: {"ssn": "111223333"} for name in ("borrower of ssn", "borrower of ein")}
    got = base_by_loan(mapped(polars_engine, us_policy, rows, consumers=told))
    assert {name: row["ssn"] for name, row in got.items()} == {"ssn": "123456789", "ein": "111223333"}


def test_a_bankruptcy_of_anyone_on_the_account_gives_its_first_delinquency(polars_engine, us_policy):
    current = loan(due("2026-08-20"), disbursed="2026-01-01")
    rows = rows_of(
        {"l": current, "other": current},
        liabilities=[liability("l", "ann", "co_borrower"), liability("other", "gus", "co_borrower")],
        borrowers=[borrower("ann"), borrower("gus")],
    )
    bankrupt = {"consumer_information": "A", "petitioned_on": date(2026, 3, 3)}
    consumers = {"ann": bankrupt, "gus": {"petitioned_on": date(2026, 3, 3)}}
    got = base_by_loan(mapped(polars_engine, us_policy, rows, None, consumers))
    assert got["l"]["first_delinquency_on"] == date(2026, 3, 3)
    assert (got["other"]["first_delinquency_on"], got["l"]["consumer_information"]) == (None, None)


def dispute(loan_id, opened, outcome, answered=None):
    return {
        "dispute_id": f"{loan_id}-{opened}",
        "loan_id": loan_id,
        "opened_on": date.fromisoformat(opened),
        "answered_on": answered and date.fromisoformat(answered),
        "dispute_outcome_code": outcome,
    }


CLOSED = {"is_closed_by_consumer": True, "closed_on": date(2026, 8, 1)}
BILLING = {"is_billing_dispute": True}
OPEN = ("2026-08-10", "open", None)
ANSWERED = ("2026-08-10", "upheld", "2026-08-20")
DISPUTES = {
    # Facts of the account, its disputes, the code.
    "none": ({}, [], None),
    "open": ({}, [OPEN], "XB"),
    "open_billing": (BILLING, [OPEN], "XF"),
    "not_yet": ({}, [("2026-09-01", "open", None)], None),
    "answered_later": ({}, [("2026-08-10", "upheld", "2026-09-02")], "XB"),
    "upheld": ({}, [ANSWERED], "XH"),
    "corrected": ({}, [("2026-08-10", "corrected", "2026-08-20")], "XH"),
    "recorded": ({}, [("2026-08-10", "recorded", "2026-08-20")], "XC"),
    "disagreed": ({"is_disagreed": True}, [ANSWERED], "XC"),
    "disagreed_billing": ({"is_disagreed": True, **BILLING}, [ANSWERED], "XG"),
    "again": ({}, [("2026-01-10", "upheld", "2026-01-20"), OPEN], "XB"),
    "removed": ({"compliance_removed_on": date(2026, 8, 25)}, [ANSWERED], "XR"),
    "removed_without_dispute": ({"compliance_removed_on": date(2026, 8, 25)}, [], "XR"),
    "removed_later": ({"compliance_removed_on": date(2026, 9, 1)}, [ANSWERED], "XH"),
    "again_after_removal": ({"compliance_removed_on": date(2026, 8, 1)}, [ANSWERED], "XH"),
    "open_after_removal": ({"compliance_removed_on": date(2026, 8, 25)}, [OPEN], "XB"),
    "closed": (CLOSED, [], "XA"),
    "closed_later": ({**CLOSED, "closed_on": date(2026, 9, 1)}, [], None),
    "closed_open": (CLOSED, [OPEN], "XD"),
    "closed_disagreed": ({**CLOSED, "is_disagreed": True}, [ANSWERED], "XE"),
    "closed_billing": ({**CLOSED, **BILLING}, [OPEN], "XJ"),
    "closed_resolved": (CLOSED, [ANSWERED], "XA"),
}


def test_disputes_and_closure_give_the_compliance_code(engine, us_policy):
    rows = rows_of(
        dict.fromkeys(DISPUTES, LOAN),
        disputes=[dispute(name, *one) for name, (_, given, _) in DISPUTES.items() for one in given],
    )
    accounts = {name: facts for name, (facts, _, _) in DISPUTES.items()}
    got = base_by_loan(mapped(engine, us_policy, rows, accounts))
    assert {name: row["compliance_condition"] for name, row in got.items()} == {
        name: code for name, (_, _, code) in DISPUTES.items()
    }


def test_facts_fill_the_segments_that_they_belong_to(engine, us_policy):
    employer = {"employer_name": "TEST WORKS", "occupation": "CLERK"}
    segments = {
        "k1": {"original_creditor_name": "FIRST BANK", "creditor_classification": "08"},
        "k2": {"purchased_sold_indicator": "2", "purchased_sold_name": "TEST DEBT BUYER"},
        "k3": {
            "agency_id": "01",
            "agency_account_number": "F1",
            "mortgage_identification_number": "100012345678901234",
        },
        "k4": {"specialized_payment_indicator": "01", "balloon_due_on": date(2027, 6, 1)},
    }
    facts = {name: value for row in segments.values() for name, value in row.items()}
    rows = rows_of({"bare": LOAN, "full": LOAN})
    held = held_by_loan(
        mapped(
            engine,
            us_policy,
            rows,
            {"full": {**facts, "balloon_amount": Decimal("5000.75"), "special_comment": "AH"}},
            {"borrower of full": employer},
        )
    )
    assert set(held["bare"]) == {"base"}
    assert {key: rows for key, rows in held["full"].items() if key != "base"} == {
        **{key: [row] for key, row in segments.items()},
        "k4": [{**segments["k4"], "balloon_amount": 5000}],
        "n1": [employer],
    }
    assert held["full"]["base"][0]["special_comment"] == "AH"


@pytest.mark.parametrize(
    ("facts", "indicator"),
    [
        ({"new_account_number": "N1"}, "1"),
        ({"new_identification_number": "LENDER002"}, "2"),
        ({"new_account_number": "N1", "new_identification_number": "LENDER002"}, "3"),
    ],
)
def test_new_numbers_say_which_of_them_changes(polars_engine, us_policy, facts, indicator):
    held = held_by_loan(mapped(polars_engine, us_policy, rows_of({"l": LOAN}), {"l": facts}))
    assert held["l"]["l1"] == [{"change_indicator": indicator, **facts}]


def test_segments_are_in_the_order_of_their_records(polars_engine, us_policy):
    names = [f"l{number}" for number in range(9)]
    rows = rows_of(
        dict.fromkeys(names, LOAN),
        liabilities=[liability(name, party, "co_borrower") for name in names for party in ("zed", "ann")],
        borrowers=[borrower("ann"), borrower("zed")],
    )
    facts = {name: {"account_number": f"A{9 - place}", "new_account_number": "N"} for place, name in enumerate(names)}
    held = tables(
        mapped(polars_engine, us_policy, rows, facts, {"ann": {"first_name": "ANN"}, "zed": {"first_name": "ZED"}})
    )
    assert held["l1"]["record_no"].to_pylist() == list(range(2, 11))
    assert held["j1"]["record_no"].to_pylist() == [number for number in range(2, 11) for _ in range(2)]
    assert held["j1"]["first_name"].to_pylist() == ["ANN", "ZED"] * 9
