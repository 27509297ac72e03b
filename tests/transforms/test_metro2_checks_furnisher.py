"""Conditions of our own: on one record, against the previous file and on the whole file."""

from datetime import date

import pytest

from tests.transforms.metro2_records import (
    CARD,
    CHARGED_OFF,
    COLLECTION,
    CURRENT,
    DELETED,
    ENGINES,
    FIRST_LATE_ON,
    LATE,
    PAID,
    PERIOD_ON,
    assert_fires,
    fired,
    frames,
    hits,
    misses,
    previous_of,
    rows,
)
from transforms.bureaus.metro2_checks import dropped_accounts, repeated_accounts

K1 = {"k1": {"original_creditor_name": "FIRST BANK", "creditor_classification": "08"}}
TOMORROW = date(2026, 9, 1)


def late(code, first_on):
    return {"account_status": code, "first_delinquency_on": first_on}


HITS = {
    "Furnisher-DateOpen-1": [(CURRENT, {"opened_on": TOMORROW}, set())],
    "Furnisher-DOAI-1": [(CURRENT, {"account_information_on": TOMORROW}, set())],
    "Furnisher-DOFD-1": [(LATE, late("71", TOMORROW), {"Furnisher-DOFD-3"})],
    "Furnisher-DateClosed-1": [(PAID, {"closed_on": TOMORROW, "last_payment_on": TOMORROW}, {"Furnisher-DOLP-1"})],
    "Furnisher-DOLP-1": [(CURRENT, {"last_payment_on": TOMORROW}, set())],
    "Furnisher-BirthDate-1": [(CURRENT, {"born_on": date(2075, 5, 31)}, set())],
    "Furnisher-DOFD-2": [(LATE, {"opened_on": date(2026, 2, 15)}, set())],
    "Furnisher-DOFD-3": [
        (LATE, {**late("71", date(2026, 8, 31)), "account_information_on": date(2026, 8, 30)}, set()),
    ],
    "Furnisher-DOFD-4": [
        (LATE, late("78", date(2026, 8, 5)), set()),
        (LATE, late("80", date(2026, 7, 6)), set()),
        (LATE, late("82", date(2026, 6, 6)), set()),
        (LATE, late("83", date(2026, 5, 7)), set()),
        (LATE, late("84", date(2026, 4, 7)), set()),
    ],
    "Furnisher-Obsolete-1": [
        (LATE, {**late("84", date(2019, 8, 30)), "account_information_on": date(2026, 8, 30)}, set()),
        (CHARGED_OFF, {"first_delinquency_on": date(2016, 2, 29)}, {"DOAI-DOFD-1"}),
    ],
    "Furnisher-History-1": [(CURRENT, {"payment_history": "00B0" + "B" * 20}, set())],
    "Furnisher-History-2": [
        (CURRENT, {"payment_history": history}, set())
        for history in ("0" * 23, "0" * 25, "0" * 23 + "Z", "0" * 23 + "7")
    ],
    "Furnisher-SSN-1": [
        (CURRENT, {"ssn": ssn}, set())
        for ssn in (
            "000123456",
            "666123456",
            "900123456",
            "999999998",
            "123006789",
            "123450000",
            "12345678",
            "12345678X",
        )
    ],
    "Furnisher-SSN-2": [(CURRENT, {"ssn": ssn, "born_on": None}, set()) for ssn in (None, "000000000", "999999999")],
    "Furnisher-AccountNumber-1": [
        (CURRENT, {"account_number": number}, set()) for number in ("123456789", "A123456789B")
    ],
    "Furnisher-AccountNumber-2": [
        (CURRENT, {"account_number": number}, set()) for number in ("A 1", "A-1", "A*", "Ä1")
    ],
    "Furnisher-Identification-1": [
        (CURRENT, {"identification_number": number}, set()) for number in ("LEND", "00000", "99999999")
    ],
    "Furnisher-Name-1": [
        (CURRENT, {"surname": "O'BRIEN"}, set()),
        (CURRENT, {"surname": "SMITH 2"}, set()),
        (CURRENT, {"first_name": "ANNA."}, set()),
    ],
    "Furnisher-Telephone-1": [
        (CURRENT, {"telephone": number}, set())
        for number in ("1175550123", "2171550123", "217555012", "9999999990"[:9])
    ],
    "Furnisher-Zip-1": [(CURRENT, {"zip": number}, set()) for number in ("6270", "627011", "6270A", "62701-0001")],
    "Furnisher-K1-1": [(COLLECTION, {"account_type": kind}, set()) for kind in ("48", "0C", "77")],
}
MISSES = {
    "Furnisher-DateOpen-1": [(CURRENT, {"opened_on": PERIOD_ON}, set())],
    "Furnisher-DOLP-1": [(CURRENT, {"last_payment_on": PERIOD_ON}, set())],
    "Furnisher-DOFD-2": [
        (LATE, {"opened_on": FIRST_LATE_ON}, set()),
        *[(COLLECTION, {"opened_on": PERIOD_ON, "account_type": kind, **K1}, set()) for kind in ("48", "0C", "77")],
    ],
    "Furnisher-DOFD-3": [(LATE, late("71", PERIOD_ON), set())],
    "Furnisher-DOFD-4": [
        (LATE, late("71", date(2026, 8, 31)), set()),
        (LATE, late("78", date(2026, 8, 4)), set()),
        (LATE, late("84", date(2026, 4, 6)), set()),
        (LATE, late("93", date(2026, 8, 31)), set()),
    ],
    "Furnisher-Obsolete-1": [
        (LATE, late("84", date(2019, 8, 31)), set()),
        (DELETED, {"first_delinquency_on": date(2016, 2, 29)}, {"DOAI-DOFD-1"}),
    ],
    "Furnisher-History-1": [(CURRENT, {"payment_history": "00D0" + "B" * 20}, set())],
    "Furnisher-History-2": [
        (CURRENT, {"payment_history": "0123456EDGHJKL" + "B" * 10}, set()),
        (CURRENT, {"payment_history": None}, set()),
    ],
    "Furnisher-SSN-1": [
        (CURRENT, {"ssn": ssn}, set())
        for ssn in ("899010001", None, "000000000", "999999999", "665010001", "100100010")
    ],
    "Furnisher-SSN-2": [(CURRENT, {"born_on": None}, set()), (CURRENT, {"ssn": None}, set())],
    "Furnisher-AccountNumber-1": [
        (CURRENT, {"account_number": "12345678"}, set()),
        (CURRENT, {"account_number": "A999999999", "ssn": "999999999"}, set()),
        (CURRENT, {"ssn": None}, set()),
    ],
    "Furnisher-Identification-1": [
        (CURRENT, {"identification_number": number}, set()) for number in ("LENDR", "00900")
    ],
    "Furnisher-Name-1": [(CURRENT, {"surname": "DE LA CRUZ-SMITH", "first_name": "anna"}, set())],
    "Furnisher-Telephone-1": [
        (CURRENT, {"telephone": None}, set()),
        (CURRENT, {"telephone": "1175550123", "country_code": "CA"}, set()),
    ],
    "Furnisher-Zip-1": [
        (CURRENT, {"zip": "627010001"}, set()),
        (CURRENT, {"zip": "K1A0B1", "country_code": "CA"}, set()),
    ],
    "Furnisher-K1-1": [(COLLECTION, K1, set()), (CURRENT, {}, set())],
}
RISEN = {**CHARGED_OFF, "current_balance": 5001, "payment_history": "L" + "0" * 23}
REWRITTEN = {**CURRENT, "payment_history": "01" + "0" * 22}
MOVED_ON = [
    ("the balance rose", CHARGED_OFF, RISEN, {"Furnisher-Balance-1"}),
    ("a comment explains it", CHARGED_OFF, {**RISEN, "special_comment": "AC"}, set()),
    ("a dispute explains it", CHARGED_OFF, {**RISEN, "compliance_condition": "XB"}, set()),
    ("a correction explains it", CHARGED_OFF, {**RISEN, "correction_indicator": "1"}, set()),
    ("it did not rise", CHARGED_OFF, {**RISEN, "current_balance": 5000}, set()),
    ("it was not charged off", LATE, {**RISEN, "payment_history": "6" + "0" * 23}, set()),
    ("the history was rewritten", CURRENT, REWRITTEN, {"Furnisher-History-3"}),
    ("a correction rewrote it", CURRENT, {**REWRITTEN, "correction_indicator": "1"}, set()),
    ("there was no history", {**CURRENT, "payment_history": None}, REWRITTEN, set()),
    ("its oldest month fell out", {**CURRENT, "payment_history": "0" * 23 + "1"}, CURRENT, set()),
    (
        "a deleted account came back",
        DELETED,
        {**CURRENT, "account_status": "11"},
        {"Furnisher-Delete-1", "PROG-DateClosed-1"},
    ),
    ("a deleted card came back", {**CARD, "account_status": "DF"}, CARD, {"Furnisher-Delete-1"}),
    ("it stays deleted", DELETED, DELETED, set()),
    ("it is deleted now", {**DELETED, "account_status": "11"}, DELETED, set()),
]


@pytest.mark.parametrize("engine", ENGINES)
def test_each_condition_fires_and_what_it_implies(engine):
    assert_fires(hits(HITS), engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_exception_keeps_its_condition_from_firing(engine):
    assert_fires(misses(MISSES), engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_account_is_compared_with_the_previous_file(engine):
    before = [{**old, "account_number": f"A{number}"} for number, (_, old, _, _) in enumerate(MOVED_ON)]
    now = [{**new, "account_number": f"A{number}"} for number, (_, _, new, _) in enumerate(MOVED_ON)]
    found = fired(now, engine, previous=before)
    assert [(case[0], ids) for case, ids in zip(MOVED_ON, found, strict=True)] == [
        (name, fires) for name, _, _, fires in MOVED_ON
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_the_previous_file_does_not_hold_is_not_deleted(engine):
    other = [{**CURRENT, "account_number": "B1"}]
    renamed = [{**CURRENT, "account_number": "B1", "l1": {"change_indicator": "1", "new_account_number": "A1"}}]
    assert fired([DELETED], engine, previous=other) == [{"Furnisher-Delete-2"}]
    assert fired([DELETED], engine, previous=renamed) == [{"PROG-AccountChange-3"}]
    assert fired([CURRENT], engine, previous=other) == [set()]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_account_number_stands_once_in_a_file(engine):
    numbers = ["A1", "A2", "A1", "a1", None, None]
    base = frames([{**CURRENT, "account_number": number} for number in numbers], engine).base
    found = rows(repeated_accounts(base.select("record_no", "account_number")).sort("record_no"))
    finding = {"condition_id": "Furnisher-Duplicate-1", "field_name": "account_number"}
    assert found == [{"record_no": 0, **finding}, {"record_no": 2, **finding}]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_open_account_of_the_previous_file_is_missed(engine):
    l1 = {"change_indicator": "1", "new_account_number": "a9"}
    before = [
        {**CURRENT, "account_number": "A0"},
        {**LATE, "account_number": "A1"},
        {**PAID, "account_number": "A2"},
        {**DELETED, "account_number": "A3"},
        {**PAID, "account_number": "A4", "account_status": "05"},
        {**CURRENT, "account_number": "A5", "l1": l1},
        {**CHARGED_OFF, "account_number": "A6"},
    ]
    now = frames([{**CURRENT, "account_number": number} for number in ("A0", "A9", None)], engine).base
    found = rows(dropped_accounts(now.select("account_number"), previous_of(before, engine)).sort("record_no"))
    finding = {"condition_id": "Furnisher-Missing-1", "field_name": "account_number"}
    assert found == [{"record_no": 1, **finding}, {"record_no": 6, **finding}]
