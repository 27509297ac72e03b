"""Conditions on consumers, special comments, types and number changes, and near misses."""

import pytest

from schemas.bureaus.metro2_codes import ACCOUNT_STATUS, CONSUMER_INFORMATION, SPECIAL_COMMENT
from tests.transforms.metro2_records import (
    CARD,
    CLAIM,
    COLLECTION,
    CONSUMER,
    CURRENT,
    DELETED,
    ENGINES,
    FIRST_LATE_ON,
    FORECLOSED,
    LATE,
    LINE,
    MORTGAGE,
    PAID,
    PAID_ON,
    PAID_SURRENDER,
    RENAMED,
    SURRENDERED,
    assert_fires,
    fired,
    hits,
    misses,
)
from transforms.bureaus.metro2_checks import code_sets

L1 = {"l1": RENAMED}
K2 = {"k2": {"purchased_sold_indicator": "2", "purchased_sold_name": "BUYER"}}
SATISFIED = ("BC", "BF")
SETTLED = ("AU", "AX", "BP", "C")
FREE = {**SURRENDERED, "account_type": "01", "past_due": 0}
DEFERRED = {"terms_frequency": "D", "scheduled_payment": 0}
OWING = {"current_balance": 9, "closed_on": None}
LEASE = {**CURRENT, "special_comment": "BS", "scheduled_payment": 0, "account_type": "12"}


def comment(code, **change):
    return {"special_comment": code, **change}


def informed(code, **change):
    return {**CONSUMER, "consumer_information": code, **change}


def l1(indicator, number=None, identification=None):
    return {
        "l1": {
            "change_indicator": indicator,
            "new_account_number": number,
            "new_identification_number": identification,
        }
    }


HITS = {
    "Bankruptcy-APD-1": [
        *[(FREE, {"consumer_information": code}, set()) for code in "EFGH"],
        (FREE, {"j1": [CONSUMER, informed("E")]}, set()),
        (FREE, {"j2": [informed("H")]}, set()),
    ],
    "Bankruptcy-Balance-1": [
        (
            FREE,
            {"consumer_information": "E", "current_balance": 0, "closed_on": PAID_ON},
            {"Bankruptcy-APD-1", "Status-Balance-3"},
        ),
    ],
    "Bankruptcy-SMPA-1": [(LATE, {"consumer_information": "E", **DEFERRED}, set())],
    "Bankruptcy-DOFD-1": [
        *[(CURRENT, {"consumer_information": code}, set()) for code in ("A", "B", "C", "D", "Z", "V", "1A", "R")],
        (CURRENT, {"j1": [informed("A")]}, set()),
        (CURRENT, {"j2": [CONSUMER, informed("R")]}, set()),
    ],
    "Bankruptcy-ECOA-1": [
        (LATE, {"consumer_information": "A", "j1": [CONSUMER, {**CONSUMER, "ecoa_code": "3"}]}, set()),
        (LATE, {"consumer_information": "1A", "j2": [{**CONSUMER, "ecoa_code": "3"}]}, set()),
    ],
    "ECOA-J1J2-1": [(LATE, {"ecoa_code": "X", "j1": [CONSUMER]}, set()), (LATE, {"ecoa_code": "X"}, set())],
    "SCC-AccountChange-1": [
        (DELETED, comment("O"), set()),
        (DELETED, comment("O", l1={"change_indicator": None}), set()),
    ],
    "SCC-APD-1": [
        (DELETED, comment(code, past_due=9, current_balance=9, closed_on=None, **K2), {"SCC-Balance-1"})
        for code in ("AH", "AT", "BJ", "AS")
    ],
    "SCC-Balance-1": [
        *[
            (DELETED, comment(code, current_balance=9, closed_on=None, **K2), set())
            for code in ("AH", "AT", "BJ", "AS")
        ],
        (DELETED, comment("O", current_balance=9, **L1), set()),
        *[
            (DELETED, comment(code, current_balance=9, closed_on=None), {"SCC-Status-1"})
            for code in (*SATISFIED, *SETTLED)
        ],
    ],
    "SCC-APD-2": [(FREE, comment(code), set()) for code in ("BD", "BG", "BI", "BK", "BA", "BO")],
    "SCC-Balance-2": [
        (DELETED, comment("CP", closed_on=None, **L1), set()),
        *[(DELETED, comment(code), {"SCC-APD-2"}) for code in ("BD", "BG", "BI", "BK")],
    ],
    "SCC-DateClosed-1": [
        (CARD, comment("CP", closed_on=PAID_ON, compliance_condition="XA"), set()),
        (CLAIM, comment("BO", closed_on=PAID_ON), {"SCC-Status-4"}),
    ],
    "SCC-DateClosed-2": [(CURRENT, comment("M"), set())],
    "SCC-DateClosed-3": [
        (DELETED, comment("AT", closed_on=None), set()),
        (DELETED, comment("AH", closed_on=None, **K2), set()),
        (DELETED, comment("O", closed_on=None, **l1("2", None, "LENDER2")), set()),
    ],
    "SCC-PurchasedSold-1": [
        (DELETED, comment("AH"), set()),
        (DELETED, comment("AH", k2={"purchased_sold_indicator": "1", "purchased_sold_name": "BUYER"}), set()),
        (DELETED, comment("AH", k2={"purchased_sold_indicator": "9"}), {"SCC-PurchasedSold-2"}),
    ],
    "SCC-PurchasedSold-2": [(DELETED, comment("AH", k2={"purchased_sold_indicator": "2"}), set())],
    "SCC-Status-1": [
        *[(DELETED, comment(code), set()) for code in (*SATISFIED, *SETTLED)],
        *[(PAID_SURRENDER, comment(code), set()) for code in SATISFIED],
    ],
    "SCC-Status-2": [
        (PAID, comment("AP"), set()),
        (PAID_SURRENDER, comment("AP"), set()),
        (PAID, comment("CP"), {"SCC-Balance-2", "SCC-DateClosed-1"}),
        (PAID, comment("BD"), {"SCC-Balance-2", "SCC-APD-2"}),
    ],
    "SCC-Status-3": [
        (CURRENT, comment("BA"), {"SCC-APD-2"}),
        (DELETED, comment("BA", current_balance=9, past_due=9, closed_on=None), set()),
    ],
    "SCC-Status-4": [
        (CLAIM, comment("BO"), set()),
        (
            PAID,
            comment("BO", current_balance=9, past_due=9, closed_on=None, last_payment_on=None, **L1),
            {
                "Status-APD-1",
                "Status-Balance-1",
                "Status-DateClosed-1",
            },
        ),
    ],
    "SCC-Status-5": [
        (PAID, comment("AT"), set()),
        (PAID, comment("AH", **K2), set()),
        (PAID_SURRENDER, comment("AT"), set()),
        (
            FORECLOSED,
            {**CARD, "account_status": "94", "current_balance": 0, "closed_on": PAID_ON, **comment("AT")},
            set(),
        ),
    ],
    "Type-Balance-1": [
        (LEASE, {"account_type": kind, "credit_limit": 0}, set())
        for kind in ("00", "01", "29", "65", "75", "95", "3A", "9A", "0F")
    ],
    "Type-SMPA-1": [(LEASE, {"scheduled_payment": 1}, set())],
    "Type-CreditLimit-1": [
        *[(CURRENT, {"credit_limit": 1, "account_type": kind}, set()) for kind in ("0A", "9A", "13", "91")],
        (COLLECTION, {"credit_limit": 1, "account_type": "0C"}, {"Furnisher-K1-1"}),
    ],
    "Type-CreditLimit-2": [
        (LINE, {"credit_limit": 0}, set()),
        *[(CARD, {"credit_limit": 0, "account_type": kind}, set()) for kind in ("0G", "2A", "8A", "07", "18", "37")],
    ],
    "Type-HCOLA-1": [
        *[(CURRENT, {"highest_credit": 0, "account_type": kind}, set()) for kind in ("00", "3A", "0A", "26")],
        (CURRENT, {"highest_credit": -1}, set()),
    ],
    "Type-HCOLA-2": [(LINE, {"highest_credit": 0}, set()), (CARD, {"highest_credit": None}, set())],
    "Type-TermsDuration-1": [
        *[(LINE, {"terms_duration": terms}, set()) for terms in ("REV", "001", None)],
        *[(CARD, {"terms_duration": terms}, set()) for terms in ("LOC", "024")],
        (CLAIM, {"terms_duration": "1"}, set()),
        *[(CURRENT, {"terms_duration": terms}, set()) for terms in ("000", "REV", "-1", "1A", None)],
    ],
    "Portfolio-Type-1": [(LINE, {"account_type": kind}, set()) for kind in ("07", "18", "12", None)],
    "AccountChange-ID-1": [(CURRENT, l1("2"), set()), (CURRENT, l1("3", "A2"), set())],
    "AccountChange-Number-1": [(CURRENT, l1("1"), set()), (CURRENT, l1("3", None, "LENDER2"), set())],
    "AccountChange-ID-2": [(CURRENT, l1("1", "A2", "LENDER2"), {"AccountChange-ID-4"})],
    "AccountChange-Number-2": [(CURRENT, l1("2", "A2", "LENDER2"), {"AccountChange-Number-4"})],
    "AccountChange-ID-3": [
        (CURRENT, l1("2", None, "lender001"), set()),
        (CURRENT, l1("3", "A2", "LENDER001"), set()),
        (CURRENT, l1("1", "A2", "LENDER001"), {"AccountChange-ID-2"}),
    ],
    "AccountChange-Number-3": [
        (CURRENT, l1("1", "a1"), set()),
        (CURRENT, l1("3", "A1", "LENDER2"), set()),
        (CURRENT, l1("2", "A1", "LENDER2"), {"AccountChange-Number-2"}),
    ],
    "AccountChange-ID-4": [(CURRENT, l1("1", "A2", "LENDER0011"), {"AccountChange-ID-2"})],
    "AccountChange-Number-4": [(CURRENT, l1("2", "A11", "LENDER2"), {"AccountChange-Number-2"})],
}
MISSES = {
    "Bankruptcy-APD-1": [
        (FREE, {"consumer_information": "A"}, set()),
        (FREE, {"consumer_information": "E", "past_due": 1}, set()),
        (PAID, {"consumer_information": "E", "payment_rating": "1", "first_delinquency_on": FIRST_LATE_ON}, set()),
        (PAID, {"consumer_information": "E", "account_status": "05", **L1}, {"Bankruptcy-DOFD-1"}),
        (DELETED, {"consumer_information": "E"}, {"Bankruptcy-DOFD-1"}),
    ],
    "Bankruptcy-SMPA-1": [(LATE, {"consumer_information": "E"}, set())],
    "Bankruptcy-DOFD-1": [
        *[(CURRENT, {"consumer_information": code}, set()) for code in ("T", "U", "I", "M", "Q", "S", "W")],
        (LATE, {"consumer_information": "A", "j1": [informed("R")]}, set()),
    ],
    "Bankruptcy-ECOA-1": [
        (LATE, {"consumer_information": "R", "j1": [{**CONSUMER, "ecoa_code": "3"}]}, set()),
        (LATE, {"j1": [informed("A", ecoa_code="3")]}, set()),
        (LATE, {"consumer_information": "A", "ecoa_code": "3", "j1": [CONSUMER]}, set()),
    ],
    "ECOA-J1J2-1": [
        (LATE, {"ecoa_code": "X", "j1": [CONSUMER], "j2": [{**CONSUMER, "ecoa_code": "X"}]}, set()),
        (LATE, {"j1": [{**CONSUMER, "ecoa_code": "X"}]}, set()),
    ],
    "SCC-AccountChange-1": [
        *[
            (DELETED, comment("O", **change), set())
            for change in (L1, l1("3", "A2", "LENDER2"), l1("2", None, "LEND2"))
        ],
        (DELETED, comment("AT"), set()),
    ],
    "SCC-APD-1": [(LATE, comment("AI"), set()), (DELETED, comment("AS", past_due=-1), set())],
    "SCC-Balance-1": [(CURRENT, comment("AW"), set()), (DELETED, comment("AS"), set())],
    "SCC-APD-2": [(FREE, comment("CP"), set()), (LATE, comment("BG"), set())],
    "SCC-Balance-2": [(CURRENT, comment("CP"), set()), (DELETED, comment("AS"), set())],
    "SCC-DateClosed-1": [(CARD, comment("CP"), set()), (LATE, comment("BO"), set())],
    "SCC-DateClosed-2": [(PAID, comment("M"), set())],
    "SCC-DateClosed-3": [
        (DELETED, comment("AT", closed_on=None, **L1), set()),
        (DELETED, comment("AT"), set()),
        (DELETED, comment("AT", closed_on=None, current_balance=9), {"SCC-Balance-1"}),
        (DELETED, comment("BB", closed_on=None), set()),
    ],
    "SCC-PurchasedSold-1": [(DELETED, comment("AH", **K2), set()), (DELETED, comment("AT"), set())],
    "SCC-PurchasedSold-2": [(DELETED, comment("AH"), {"SCC-PurchasedSold-1"})],
    "SCC-Status-1": [
        *[(PAID, comment(code), set()) for code in (*SATISFIED, *SETTLED)],
        *[(PAID_SURRENDER, comment(code), set()) for code in SETTLED],
        (DELETED, comment("BJ"), set()),
    ],
    "SCC-Status-2": [(CURRENT, comment(code), set()) for code in ("AP", "CP")],
    "SCC-Status-3": [(start, comment("BA"), set()) for start in (LATE, SURRENDERED, CLAIM)],
    "SCC-Status-4": [(LATE, comment("BO"), set()), (SURRENDERED, comment("BO"), set())],
    "SCC-Status-5": [
        (DELETED, comment("AT"), set()),
        (PAID, comment("AT", **L1), set()),
        (PAID, comment("BB"), set()),
        (FORECLOSED, comment("AT"), set()),
        (
            FREE,
            comment("AT", account_status="96", current_balance=0, closed_on=PAID_ON),
            {"Status-Balance-3"},
        ),
        (PAID, comment("AT", current_balance=9, **L1), {"SCC-Balance-1", "Status-Balance-1"}),
    ],
    "Type-Balance-1": [
        (LEASE, {}, set()),
        (LEASE, {"account_type": "01", "special_comment": "AI", "scheduled_payment": 9}, set()),
        (LEASE, {"account_type": "91", "current_balance": 0, **L1}, set()),
        (LEASE, {"account_type": "26", "portfolio_type": "M"}, set()),
    ],
    "Type-SMPA-1": [(LEASE, {"scheduled_payment": 1, "portfolio_type": "M"}, set())],
    "Type-CreditLimit-1": [
        (CURRENT, {"credit_limit": 1, **DEFERRED}, set()),
        (CURRENT, {"credit_limit": 1, "account_type": "00"}, set()),
        (CURRENT, {"credit_limit": 1, "account_type": "12"}, set()),
    ],
    "Type-CreditLimit-2": [(CARD, {"credit_limit": 0, **DEFERRED}, set()), (CARD, {"credit_limit": -1}, set())],
    "Type-HCOLA-1": [
        (CURRENT, {"highest_credit": 0, **DEFERRED}, set()),
        (CURRENT, {"highest_credit": 0, "account_type": "12"}, set()),
    ],
    "Type-HCOLA-2": [(CARD, {"highest_credit": 0, **DEFERRED}, set()), (CARD, {"highest_credit": -1}, set())],
    "Type-TermsDuration-1": [
        (LINE, {"terms_duration": "REV", **DEFERRED}, set()),
        (CURRENT, {"terms_duration": "001"}, set()),
        (CURRENT, {"terms_duration": "12"}, set()),
        (MORTGAGE, {"terms_duration": "LOC"}, set()),
    ],
    "Portfolio-Type-1": [
        *[(LINE, {"account_type": kind}, set()) for kind in ("15", "43", "89", "7A", "9B")],
        (CARD, {"account_type": "07"}, set()),
    ],
    "AccountChange-ID-1": [(CURRENT, l1("1", "A2"), set()), (CURRENT, l1("2", None, "LENDER2"), set())],
    "AccountChange-Number-1": [(CURRENT, l1("2", None, "LENDER2"), set()), (CURRENT, L1, set())],
    "AccountChange-ID-3": [(CURRENT, l1("3", "A2", "LENDER2"), set())],
}


@pytest.mark.parametrize("engine", ENGINES)
def test_each_condition_fires_and_what_it_implies(engine):
    assert_fires(hits(HITS), engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_exception_keeps_its_condition_from_firing(engine):
    assert_fires(misses(MISSES), engine)


def test_conditions_name_codes_that_exist():
    # A code that the table does not hold could never be met in a file that the layout accepts.
    statuses = {*code_sets.DEROGATORY, *code_sets.DELETED, *code_sets.RATED, *code_sets.PAID, *code_sets.OVERDUE}
    comments = {*code_sets.NOTHING_OWED, *code_sets.STILL_OWED, *code_sets.TRANSFERRED_OR_PENDING}
    assert statuses <= set(ACCOUNT_STATUS)
    assert comments <= set(SPECIAL_COMMENT)
    assert {*code_sets.BANKRUPT, *code_sets.DISCHARGED} <= set(CONSUMER_INFORMATION)


def test_a_record_with_nothing_filled_is_judged():
    fires = {"Furnisher-SSN-2"}
    assert fired([{}], "polars") == [fires]
    assert fired([{}], "duckdb") == [fires]
