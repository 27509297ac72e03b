"""Conditions on status, rating, amounts and dates: a silent record changed as little as it takes, and near misses."""

from datetime import date

import pytest

from tests.transforms.metro2_records import (
    CARD,
    CHARGED_OFF,
    CLAIM,
    COLLECTION,
    CURRENT,
    DEED,
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
    SILENT,
    SURRENDERED,
    assert_fires,
    fired,
    hits,
    misses,
)

L1 = {"l1": RENAMED}
L1_OF_ID = {"l1": {"change_indicator": "2", "new_identification_number": "LENDER002"}}
SOLD = {"special_comment": "AH", "k2": {"purchased_sold_indicator": "2", "purchased_sold_name": "BUYER"}}
GONE = {"special_comment": "AT"}
BY_CONSUMER = {"compliance_condition": "XA", "closed_on": PAID_ON}
MOVED = {**PAID, "account_status": "05"}
MOVED_CARD = {**CARD, **{name: MOVED[name] for name in ("account_status", "payment_rating", "closed_on")}}
MOVED_CARD |= {"current_balance": 0, "scheduled_payment": 0}
DEFERRED = {"terms_frequency": "D", "scheduled_payment": 0}


def status(code, **change):
    return {"account_status": code, **change}


HITS = {
    "Status-APD-1": [
        (CURRENT, {"past_due": 10}, set()),
        (PAID, {"past_due": 10, **L1}, {"Balance-APD-2"}),
        *[(PAID_SURRENDER, status(code, past_due=10, **L1), {"Balance-APD-2"}) for code in ("61", "62", "63", "65")],
    ],
    "Status-APD-2": [
        *[(LATE, status(code, past_due=0), set()) for code in ("71", "78", "80", "82", "83", "84", "93")],
        (CHARGED_OFF, {"past_due": 0}, set()),
    ],
    "Status-APD-3": [
        (SURRENDERED, status(code, past_due=0, account_type=kind), set())
        for code, kind in (("95", "00"), ("96", "00"), ("95", "13"), ("96", "3A"))
    ],
    "Status-Balance-1": [
        (PAID, {"current_balance": 10, **L1}, set()),
        (MOVED, {"current_balance": 10, **L1}, set()),
        (PAID, {"current_balance": 10}, {"Status-Balance-10", "Balance-DateClosed-1"}),
    ],
    "Status-Balance-2": [
        (LATE, {"current_balance": 0, **L1}, {"Balance-APD-2"}),
        (COLLECTION, {"current_balance": 0, **L1}, {"Balance-APD-2", "Furnisher-K1-1"}),
    ],
    "Status-Balance-3": [
        (SURRENDERED, status("96", current_balance=0, past_due=0, account_type="01", closed_on=PAID_ON), set()),
    ],
    "Status-Balance-4": [
        (CURRENT, {"current_balance": 0, **L1}, set()),
        (MORTGAGE, {"current_balance": 0, **L1}, set()),
        (CURRENT, {"current_balance": 0}, {"Status-Balance-8", "Balance-DateClosed-2"}),
    ],
    "Status-Balance-5": [
        (LINE, {"current_balance": 0}, set()),
        (CARD, {"current_balance": 0}, set()),
        (CARD, {"current_balance": 0, "portfolio_type": "O", "terms_duration": "001"}, set()),
    ],
    "Status-Balance-6": [
        (CLAIM, {"current_balance": 0, "past_due": 0}, set()),
        (DEED, {"current_balance": 0}, set()),
    ],
    "Status-Balance-7": [(FORECLOSED, {"payment_rating": "6"}, {"Rating-APD-2"})],
    "Status-Balance-8": [
        (MOVED, {}, set()),
        (MOVED, L1_OF_ID, set()),
        (PAID_SURRENDER, status("65"), set()),
        (PAID_SURRENDER, status("63", portfolio_type="M", account_type="26"), set()),
    ],
    "Status-Balance-9": [
        (MOVED_CARD, {}, set()),
        (MOVED_CARD, status("65", first_delinquency_on=FIRST_LATE_ON), set()),
        (MOVED_CARD, {"portfolio_type": "C", "account_type": "15", "terms_duration": "LOC"}, set()),
        (MOVED_CARD, {"special_comment": "BB"}, set()),
    ],
    "Status-Balance-10": [
        (SURRENDERED, status("88"), set()),
        (CLAIM, {"portfolio_type": "R", "terms_duration": "REV"}, set()),
        (SURRENDERED, {"portfolio_type": "M"}, set()),
        (SURRENDERED, status("88", special_comment="BB"), set()),
    ],
    "Status-ChargeOff-1": [
        (CURRENT, {"original_charge_off": 1}, set()),
        (LATE, {"original_charge_off": 1}, set()),
        (PAID, {"original_charge_off": 1}, set()),
        (PAID_SURRENDER, status("62", original_charge_off=1), set()),
        (DEED, {"original_charge_off": 1}, set()),
    ],
    "Status-ChargeOff-2": [
        (CHARGED_OFF, {"original_charge_off": 0}, set()),
        (PAID_SURRENDER, status("64"), set()),
    ],
    "Status-DateClosed-1": [
        (PAID, {"closed_on": None, "last_payment_on": None, **L1}, set()),
        (MOVED, {"closed_on": None, **L1}, set()),
    ],
    "Status-DateClosed-2": [
        (CARD, {"closed_on": PAID_ON}, set()),
        (CARD, status("71", closed_on=PAID_ON, past_due=1, first_delinquency_on=FIRST_LATE_ON), set()),
    ],
    "Status-DateClosed-3": [(FORECLOSED, {"closed_on": None, **L1}, set()), (DEED, {"closed_on": None}, set())],
    "Status-DOFD-1": [
        *[(start, {"first_delinquency_on": None}, set()) for start in (LATE, CHARGED_OFF, SURRENDERED, CLAIM, DEED)],
        (PAID, {"payment_rating": "6"}, set()),
        (MOVED, {"payment_rating": "L", **L1}, set()),
    ],
    "Status-DOFD-2": [
        (CURRENT, {"first_delinquency_on": FIRST_LATE_ON}, set()),
        (PAID, {"first_delinquency_on": FIRST_LATE_ON}, set()),
    ],
    "Status-PaymentAmount-1": [
        (CURRENT, {"actual_payment": 0, "opened_on": date(2026, 7, 1)}, set()),
        (MORTGAGE, {"actual_payment": None}, set()),
    ],
    "Status-SMPA-1": [(PAID, {"scheduled_payment": 1}, set()), (CHARGED_OFF, {"scheduled_payment": 1}, set())],
    "Status-SMPA-2": [
        (start, status("71", scheduled_payment=0, past_due=1, first_delinquency_on=FIRST_LATE_ON), set())
        for start in (LINE, CARD)
    ],
    "Status-SMPA-3": [(CURRENT, {"scheduled_payment": 0}, set()), (LATE, status("93", scheduled_payment=0), set())],
    "Status-SMPA-4": [(LINE, {"scheduled_payment": 0}, set()), (CARD, {"scheduled_payment": 0}, set())],
    "Rating-APD-1": [(DEED, {"past_due": 10}, set())],
    "Rating-APD-2": [
        (DEED, {"payment_rating": "G"}, set()),
        (FORECLOSED, {"payment_rating": "1", "compliance_condition": "XA"}, set()),
    ],
    "Balance-APD-1": [(FORECLOSED, {"past_due": 10}, {"Balance-APD-2"})],
    "Balance-APD-2": [(LATE, {"past_due": 5001}, set())],
    "Balance-DateClosed-1": [
        (SURRENDERED, {"closed_on": PAID_ON}, set()),
        (LINE, BY_CONSUMER, set()),
        (MORTGAGE, BY_CONSUMER, set()),
    ],
    "Balance-DateClosed-2": [(PAID_SURRENDER, {"closed_on": None, "last_payment_on": None}, set())],
    "Balloon-Balance-1": [
        (CURRENT, {"k4": {"specialized_payment_indicator": "01", "balloon_amount": 5001}}, set()),
    ],
    "Deferred-SMPA-1": [
        (CURRENT, {"terms_frequency": "D"}, set()),
        (LATE, {"terms_frequency": "D"}, set()),
    ],
    "CCC-DateClosed-1": [(CURRENT, {"compliance_condition": "XA"}, set())],
    "DOAI-DOFD-1": [(LATE, {"first_delinquency_on": date(2019, 8, 30)}, {"Furnisher-Obsolete-1"})],
    "DOAI-PaymentAmount-1": [(CURRENT, {"account_information_on": None}, set())],
    "DTCL-DOLP-1": [
        (PAID, {"last_payment_on": date(2026, 8, 9)}, set()),
        (PAID, {"last_payment_on": None}, set()),
        (PAID_SURRENDER, {"closed_on": None, **L1}, set()),
    ],
}
MISSES = {
    "Status-APD-1": [(CURRENT, {"past_due": 0}, set()), (CURRENT, {"past_due": -1}, set()), (LATE, {}, set())],
    "Status-APD-2": [(LATE, {"past_due": 1}, set()), (CLAIM, {"past_due": 0}, set())],
    "Status-APD-3": [
        (SURRENDERED, {"past_due": 0, "account_type": "01"}, set()),
        (SURRENDERED, {"past_due": 0, "portfolio_type": "M"}, {"Status-Balance-10"}),
        (SURRENDERED, {"past_due": 1}, set()),
    ],
    "Status-Balance-1": [(PAID, {"current_balance": -1, "past_due": -1}, set()), (CURRENT, {}, set())],
    "Status-Balance-3": [
        (SURRENDERED, {"current_balance": 1, "past_due": 0, "account_type": "01"}, set()),
    ],
    "Status-Balance-4": [
        (CURRENT, {"current_balance": 0, "special_comment": "BS", "scheduled_payment": 0, **L1}, set()),
        (CURRENT, {"current_balance": 0, **BY_CONSUMER, **L1}, set()),
        (LINE, {"current_balance": 0}, {"Status-Balance-5"}),
    ],
    "Status-Balance-5": [
        (LINE, {"current_balance": 0, "account_type": "07"}, {"Portfolio-Type-1"}),
        (CARD, {"current_balance": 0, "account_type": "15"}, set()),
        (LINE, {"current_balance": 1}, set()),
    ],
    "Status-Balance-7": [
        (FORECLOSED, {"payment_rating": "6", "compliance_condition": "XA"}, {"Rating-APD-2"}),
        (FORECLOSED, {}, set()),
    ],
    "Status-Balance-8": [
        (MOVED, L1, set()),
        (MOVED, {"special_comment": "BB"}, set()),
        (MOVED, {"special_comment": "BE"}, set()),
        (MOVED, GONE, {"SCC-Status-5"}),
        (MOVED, status("13"), set()),
        (MOVED, status("DF"), set()),
        (PAID_SURRENDER, status("62"), set()),
        (PAID_SURRENDER, status("63"), set()),
        (PAID_SURRENDER, status("64", original_charge_off=9), set()),
        (PAID_SURRENDER, status("88"), {"Status-Balance-6"}),
        (PAID_SURRENDER, status("96"), {"Status-Balance-3"}),
        (PAID_SURRENDER, status("65", portfolio_type="M", account_type="26"), set()),
        (FORECLOSED, {}, set()),
    ],
    "Status-Balance-9": [
        (MOVED_CARD, L1, set()),
        (MOVED_CARD, GONE, {"SCC-Status-5"}),
        (MOVED_CARD, status("13"), set()),
        (MOVED_CARD, status("DA"), set()),
        (MOVED_CARD, status("11", closed_on=None, scheduled_payment=9), {"Status-Balance-5"}),
        (CLAIM, {"current_balance": 0, "past_due": 0}, {"Status-Balance-6"}),
        (FORECLOSED, {**LINE, **status("94", current_balance=0, closed_on=PAID_ON)}, set()),
        (FORECLOSED, {**LINE, **status("65", current_balance=0, closed_on=PAID_ON, scheduled_payment=0)}, set()),
    ],
    "Status-Balance-10": [
        (SURRENDERED, status("88", **L1), set()),
        (SURRENDERED, status("88", past_due=0, **SOLD), {"SCC-Balance-1"}),
        (SURRENDERED, status("96"), set()),
        (SURRENDERED, status("88", portfolio_type="M"), set()),
        (FORECLOSED, {"current_balance": 9}, {"Balance-DateClosed-1"}),
        (DELETED, {"current_balance": 9, "closed_on": None}, set()),
        (CLAIM, {}, set()),
    ],
    "Status-ChargeOff-1": [
        (CHARGED_OFF, {}, set()),
        (SURRENDERED, {"original_charge_off": 1}, set()),
        (PAID_SURRENDER, {"original_charge_off": 1}, set()),
    ],
    "Status-DateClosed-1": [
        (PAID_SURRENDER, {"closed_on": None, "last_payment_on": None, **L1}, set()),
    ],
    "Status-DateClosed-2": [(CARD, BY_CONSUMER, set())],
    "Status-DOFD-1": [(PAID, {"payment_rating": None}, set()), (CURRENT, {"payment_rating": "6"}, set())],
    "Status-DOFD-2": [(PAID, {"payment_rating": "1", "first_delinquency_on": FIRST_LATE_ON}, set())],
    "Status-PaymentAmount-1": [
        (CURRENT, {"actual_payment": 0, "opened_on": date(2026, 7, 2)}, set()),
        (CURRENT, {"actual_payment": 0, **DEFERRED}, set()),
        (CURRENT, {"actual_payment": 0, "opened_on": None}, set()),
        (LINE, {"actual_payment": 0}, set()),
        (LATE, {"actual_payment": 0}, set()),
    ],
    "Status-SMPA-1": [(PAID_SURRENDER, {"scheduled_payment": 1}, set())],
    "Status-SMPA-2": [
        (CARD, status("93", past_due=1, first_delinquency_on=FIRST_LATE_ON, **change), set())
        for change in (
            {"scheduled_payment": 0, **BY_CONSUMER},
            DEFERRED,
            {"scheduled_payment": 0, "account_type": "07"},
            {"scheduled_payment": 1},
        )
    ],
    "Status-SMPA-3": [
        (CURRENT, {"scheduled_payment": 0, **BY_CONSUMER, **L1}, set()),
        (CURRENT, {"scheduled_payment": 0, "special_comment": "BS", "account_type": "12"}, set()),
        (CURRENT, DEFERRED, set()),
        (MORTGAGE, {"scheduled_payment": 0}, set()),
        (CHARGED_OFF, {}, set()),
    ],
    "Status-SMPA-4": [
        (CARD, {"scheduled_payment": 0, **BY_CONSUMER}, set()),
        (CARD, DEFERRED, set()),
        (CARD, {"scheduled_payment": 0, "account_type": "15"}, set()),
    ],
    "Rating-APD-1": [
        (DEED, {"past_due": 10, "payment_rating": "1"}, set()),
        (FORECLOSED, {"past_due": 10, **L1}, {"Balance-APD-2"}),
    ],
    "Rating-APD-2": [(CLAIM, {"past_due": 0}, set()), (DEED, {"payment_rating": "6", "past_due": 1}, set())],
    "Balance-APD-1": [(FORECLOSED, {"past_due": 10, **L1}, {"Balance-APD-2"})],
    "Balance-APD-2": [(LATE, {"past_due": 5000}, set())],
    "Balance-DateClosed-1": [
        (SURRENDERED, {"closed_on": PAID_ON, "special_comment": "BB"}, set()),
        (SURRENDERED, {"closed_on": PAID_ON, "past_due": 0, "account_type": "01", **SOLD}, {"SCC-Balance-1"}),
        (SURRENDERED, {"closed_on": PAID_ON, **L1}, set()),
        (CLAIM, {"closed_on": PAID_ON}, set()),
    ],
    "Balance-DateClosed-2": [
        (PAID_SURRENDER, {"closed_on": None, "last_payment_on": None, **change}, fires)
        for change, fires in (
            ({"special_comment": "BE"}, set()),
            (L1, set()),
            (GONE, {"SCC-Status-5", "SCC-DateClosed-3"}),
        )
    ],
    "Balloon-Balance-1": [
        (CURRENT, {"k4": {"specialized_payment_indicator": "01", "balloon_amount": 5000}}, set()),
        (CURRENT, {"k4": {"specialized_payment_indicator": "02"}}, set()),
    ],
    "Deferred-SMPA-1": [(CURRENT, DEFERRED, set()), (SURRENDERED, {"terms_frequency": "D"}, set())],
    "CCC-DateClosed-1": [(CURRENT, {"compliance_condition": "XD"}, set())],
    "DOAI-DOFD-1": [
        (LATE, {"first_delinquency_on": date(2019, 8, 31)}, set()),
        (LATE, {"account_information_on": None, "actual_payment": 0}, set()),
    ],
    "DOAI-PaymentAmount-1": [(LATE, {"account_information_on": None, "actual_payment": 0}, set())],
    "DTCL-DOLP-1": [
        (MOVED, {"last_payment_on": None, **L1}, set()),
        (MOVED_CARD, status("13", last_payment_on=None), set()),
        (PAID_SURRENDER, {"closed_on": None, "last_payment_on": None, **L1}, set()),
    ],
}


@pytest.mark.parametrize("engine", ENGINES)
def test_on_silent_records_nothing_fires(engine):
    assert dict(zip(SILENT, fired(list(SILENT.values()), engine), strict=True)) == {name: set() for name in SILENT}


@pytest.mark.parametrize("engine", ENGINES)
def test_each_condition_fires_and_what_it_implies(engine):
    assert_fires(hits(HITS), engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_exception_keeps_its_condition_from_firing(engine):
    assert_fires(misses(MISSES), engine)
