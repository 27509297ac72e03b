"""Conditions against the previous period: an account that moves on silently, changed as little as it takes."""

from datetime import date

import pytest

from tests.transforms.metro2_records import (
    CARD,
    CHARGED_OFF,
    CONSUMER,
    CURRENT,
    DELETED,
    ENGINES,
    FIRST_LATE_ON,
    LATE,
    LINE,
    MORTGAGE,
    PAID,
    PAID_ON,
    PAID_SURRENDER,
    PERIOD_ON,
    SURRENDERED,
    fired,
    frames,
    in_memory,
    previous_of,
    rows,
)
from transforms.bureaus.metro2_checks import findings_of, joined_periods, judge_records

HISTORY_OF = {
    **{"71": "1", "78": "2", "80": "3", "82": "4", "83": "5", "84": "6"},
    **{"62": "G", "93": "G", "65": "H", "94": "H", "61": "J", "95": "J", "63": "K", "96": "K", "64": "L", "97": "L"},
}
LATE_IN_JULY = {**LATE, "account_status": "83"}
LATE_IN_AUGUST = {**LATE, "payment_history": "5" + "0" * 23}
STILL_LATE = {**LATE, "payment_history": "6" + "0" * 23}
STILL_SURRENDERED = {**SURRENDERED, "payment_history": "J" + "0" * 23}
STILL_CHARGED_OFF = {**CHARGED_OFF, "payment_history": "L" + "0" * 23}
NEWLY_CHARGED_OFF = {**CHARGED_OFF, "payment_history": "6" + "0" * 23}
PAID_LATE = {**PAID, "payment_rating": "1", "first_delinquency_on": FIRST_LATE_ON}
PAID_CARD = {**CARD, **{name: PAID[name] for name in ("account_status", "payment_rating", "closed_on")}}
PAID_CARD |= {"current_balance": 0, "scheduled_payment": 0}
RECOVERED = {**CURRENT, "payment_history": "6" + "0" * 23}
OTHER_DAY = date(2026, 2, 15)

SILENT = [
    (CURRENT, CURRENT),
    (LATE_IN_JULY, LATE_IN_AUGUST),
    (LATE, STILL_LATE),
    (LATE, RECOVERED),
    (SURRENDERED, STILL_SURRENDERED),
    (CHARGED_OFF, STILL_CHARGED_OFF),
    (CURRENT, PAID),
    (PAID, PAID),
    (PAID_LATE, PAID_LATE),
    (LINE, LINE),
    (CARD, CARD),
    (MORTGAGE, MORTGAGE),
]


def late(code, mark, **change):
    """An account that had the status last period, with the history that begins with the mark this period."""
    return {**LATE, "account_status": code}, {**LATE, "payment_history": mark + "0" * 23, **change}


def pair(before, now, change=None, change_before=None):
    return {**before, **(change_before or {})}, {**now, **(change or {})}


def at(code):
    return {"account_status": code}


def l1(indicator, number=None, identification=None):
    return {
        "l1": {
            "change_indicator": indicator,
            "new_account_number": number,
            "new_identification_number": identification,
        }
    }


def jump(before, now):
    start, end = late(before, HISTORY_OF[before])
    return start, {**end, "account_status": now, "first_delinquency_on": FIRST_LATE_ON}


BOTH = l1("3", "A2", "LENDER2")
HITS = {
    "PHP-Status-1": [
        *[(late(code, "0", account_status=code), set()) for code in ("71", "78", "80", "82", "83", "84")],
        (late("84", "5"), set()),
        (pair(LATE, LATE, {"payment_history": None}), set()),
        (pair(LATE, LATE, None, {"consumer_information": "T"}), set()),
    ],
    "PHP-Status-2": [
        *[(pair(start, start, {"payment_history": "B" * 24}), {"Furnisher-History-3"}) for start in (LINE, CARD)],
        (pair(CARD, CARD, {"payment_history": "E" + "0" * 23}), set()),
    ],
    "PHP-Status-3": [
        *[(pair({**PAID_SURRENDER, **at(code)}, PAID_SURRENDER, at(code)), set()) for code in ("61", "63")],
        (pair(SURRENDERED, SURRENDERED), set()),
        (pair(CHARGED_OFF, CHARGED_OFF), set()),
        (pair(LATE, LATE, {"account_status": "93"}, {"account_status": "93"}), set()),
    ],
    "PROG-AccountChange-1": [
        (pair(CURRENT, CURRENT, l1("1", "a2"), l1("1", "A2")), set()),
        (pair(CURRENT, CURRENT, l1("1", "A2"), l1("3", "A2", "LENDER2")), set()),
    ],
    "PROG-AccountChange-2": [
        (pair(CURRENT, CURRENT, l1("2", None, "LENDER2"), l1("2", None, "lender2")), set()),
        (pair(CURRENT, CURRENT, BOTH, BOTH), {"PROG-AccountChange-1"}),
    ],
    "PROG-AccountChange-3": [
        (pair(CURRENT, CURRENT, {"account_number": "b9"}, l1("1", "B9")), set()),
        (pair(CURRENT, CURRENT, {"account_number": "B9"}, l1("3", "B9", "LENDER2")), set()),
        (pair(CURRENT, DELETED, {"account_number": "B9"}, l1("1", "B9")), set()),
    ],
    "PROG-Bankruptcy-1": [
        (pair(LATE, LATE, {"consumer_information": "R"}, {"consumer_information": "V"}), set()),
    ],
    "PROG-ChargeOff-1": [
        (pair(CHARGED_OFF, STILL_CHARGED_OFF, {"original_charge_off": 4001}), set()),
        (pair(CHARGED_OFF, STILL_CHARGED_OFF, {"original_charge_off": None}), {"Status-ChargeOff-2"}),
    ],
    "PROG-DateClosed-1": [
        (pair(PAID, PAID, {"closed_on": date(2026, 8, 11), "last_payment_on": date(2026, 8, 11)}), set()),
        (pair(LATE, STILL_LATE, None, {"closed_on": PAID_ON}), set()),
    ],
    "PROG-DateOpen-1": [
        (pair(CURRENT, CURRENT, {"opened_on": date(2015, 1, 16)}), set()),
        (pair(CURRENT, CURRENT, {"opened_on": None}), set()),
        (pair(CURRENT, CURRENT, None, {"opened_on": None}), set()),
    ],
    "PROG-DOFD-1": [
        (pair(LATE, STILL_LATE, {"first_delinquency_on": OTHER_DAY}), set()),
        (pair(LATE, STILL_LATE, None, {"first_delinquency_on": None}), set()),
        (pair(LATE, STILL_LATE, {"first_delinquency_on": None}), {"Status-DOFD-1"}),
        (
            pair(LATE, {**STILL_CHARGED_OFF, "payment_history": "6" + "0" * 23, "first_delinquency_on": OTHER_DAY}),
            set(),
        ),
    ],
    "PROG-DOFD-2": [
        (pair(PAID_LATE, PAID_LATE, {"first_delinquency_on": OTHER_DAY}), set()),
        (pair(PAID_LATE, PAID_LATE, {"first_delinquency_on": OTHER_DAY}, {"payment_rating": None}), {"PROG-Rating-1"}),
    ],
    "PROG-DOFD-3": [
        (pair(LATE, RECOVERED, {"first_delinquency_on": FIRST_LATE_ON}), {"Status-DOFD-2"}),
        (pair(LATE, RECOVERED, {"first_delinquency_on": OTHER_DAY}), {"Status-DOFD-2"}),
    ],
    "PROG-ECOA-1": [
        (pair(CURRENT, CURRENT, None, {"ecoa_code": "Z"}), set()),
        (pair(CURRENT, CURRENT, {"j1": [CONSUMER]}, {"j1": [{**CONSUMER, "ecoa_code": "Z"}]}), set()),
        (pair(CURRENT, CURRENT, {"j2": [CONSUMER]}, {"j1": [{**CONSUMER, "ecoa_code": "Z"}]}), set()),
    ],
    "PROG-Portfolio-1": [(pair(CURRENT, CURRENT, None, {"portfolio_type": "O"}), set())],
    "PROG-Type-1": [(pair(CURRENT, CURRENT, None, {"account_type": "02"}), set())],
    "PROG-Rating-1": [
        (pair(PAID, PAID, None, {"payment_rating": "1"}), set()),
        (pair(SURRENDERED, STILL_SURRENDERED, {"payment_rating": "5"}), set()),
    ],
    "PROG-Status-1": [
        (jump(before, now), set())
        for before, later in {"71": "80 82 83 84", "78": "82 83 84", "80": "83 84", "82": "84"}.items()
        for now in later.split()
    ],
    "PROG-Status-2": [
        (pair({**LATE, "account_status": "89"}, CHARGED_OFF), set()),
        (pair({**LATE, "account_status": "94"}, CHARGED_OFF, {"payment_history": "H" + "0" * 23}), set()),
    ],
    "PROG-Status-3": [
        (pair(PAID, CURRENT), {"PROG-DateClosed-1"}),
        (pair(PAID_CARD, CARD), set()),
        (pair(PAID, PAID_SURRENDER), set()),
        (pair(PAID_SURRENDER, PAID, {"payment_history": "J" + "0" * 23}), set()),
        (pair(PAID, DELETED), set()),
    ],
}
MISSES = {
    "PHP-Status-1": [
        (pair(LATE, LATE, None, {"consumer_information": "A"}), set()),
        (pair(LATE, LATE, None, {"j1": [{**CONSUMER, "consumer_information": "X"}]}), set()),
        (pair(LATE, STILL_LATE), set()),
    ],
    "PHP-Status-2": [
        (pair(CARD, CARD, {"payment_history": "E" + "0" * 23}, {"current_balance": 0}), set()),
        (pair(CURRENT, CURRENT, {"payment_history": "E" + "0" * 23}), set()),
        (pair(MORTGAGE, MORTGAGE, {"payment_history": "E" + "0" * 23}), set()),
        (pair(CARD, CARD, {"payment_history": "D" + "0" * 23}, {"consumer_information": "D"}), set()),
    ],
    "PHP-Status-3": [(pair(SURRENDERED, SURRENDERED, None, {"consumer_information": "A"}), set())],
    "PROG-AccountChange-1": [
        (pair(CURRENT, CURRENT, l1("1", "A3"), l1("1", "A2")), set()),
        (pair(CURRENT, CURRENT, l1("1"), l1("1")), {"AccountChange-Number-1"}),
        (pair(CURRENT, CURRENT, l1("1", "A2"), l1("2", "A2", "LENDER2")), set()),
    ],
    "PROG-AccountChange-2": [
        (pair(CURRENT, CURRENT, l1("2", None, "LENDER3"), l1("2", None, "LENDER2")), set()),
        (pair(CURRENT, CURRENT, l1("2", None, "LENDER2"), l1("1", "A2", "LENDER2")), set()),
    ],
    "PROG-AccountChange-3": [
        (pair(CURRENT, CURRENT, {"account_number": "B9"}, l1("2", "B9", "LENDER2")), set()),
        (pair(CURRENT, CURRENT, {"account_number": "B8"}, l1("1", "B9")), set()),
    ],
    "PROG-Bankruptcy-1": [
        (pair(LATE, STILL_LATE, {"consumer_information": "V"}, {"consumer_information": "R"}), set()),
    ],
    "PROG-ChargeOff-1": [(pair(LATE, {**CHARGED_OFF, "payment_history": "6" + "0" * 23}), set())],
    "PROG-DateClosed-1": [(pair(CURRENT, PAID), set()), (pair(CARD, CARD, None, {"closed_on": PAID_ON}), set())],
    "PROG-DOFD-1": [(pair(CURRENT, LATE), set()), (pair(LATE, RECOVERED), set())],
    "PROG-DOFD-2": [
        (pair(PAID_LATE, PAID_LATE, {"first_delinquency_on": OTHER_DAY}, {"payment_rating": "0"}), {"PROG-Rating-1"}),
    ],
    "PROG-DOFD-3": [(pair(CURRENT, CURRENT, {"first_delinquency_on": OTHER_DAY}), {"Status-DOFD-2"})],
    "PROG-ECOA-1": [
        (pair(CURRENT, CURRENT, {"ecoa_code": "Z"}, {"ecoa_code": "Z"}), set()),
        (pair(CURRENT, CURRENT, {"first_name": "BELLA"}, {"ecoa_code": "Z"}), set()),
        (pair(CURRENT, CURRENT, {"generation_code": "J"}, {"ecoa_code": "Z"}), set()),
        (pair(CURRENT, CURRENT, {"j1": [CONSUMER]}, {"j1": [CONSUMER]}), set()),
    ],
    "PROG-Rating-1": [
        (pair(PAID_CARD, PAID_CARD, None, {"payment_rating": "1"}), set()),
        (pair(CURRENT, CURRENT, {"payment_rating": "0"}), set()),
    ],
    "PROG-Status-1": [
        (jump(before, now), set())
        for before, now in (move.split() for move in ("71 78", "78 80", "80 82", "82 83", "84 71"))
    ],
    "PROG-Status-2": [(pair(LATE, CHARGED_OFF, {"payment_history": "6" + "0" * 23}), set())],
    "PROG-Status-3": [(pair(LATE, PAID, {"payment_history": "6" + "0" * 23}), set())],
}


def asked(pairs, engine):
    """Which ids fire on the second record of each pair; each pair has an account number of its own."""
    before, now = [], []
    for number, (old, new) in enumerate(pairs):
        before.append(numbered(old, number))
        now.append(numbered(new, number))
    return fired(now, engine, previous=before)


def numbered(record, number):
    made = {**record, "account_number": f"{record['account_number']}N{number}"}
    if "l1" in made and made["l1"]["new_account_number"]:
        made["l1"] = {**made["l1"], "new_account_number": f"{made['l1']['new_account_number']}N{number}"}
    return made


@pytest.mark.parametrize("engine", ENGINES)
def test_an_account_that_moves_on_fires_nothing(engine):
    assert asked(SILENT, engine) == [set()] * len(SILENT)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_condition_fires_and_what_it_implies(engine):
    cases = [(name, moved, {name, *also}) for name, found in HITS.items() for moved, also in found]
    found = asked([moved for _, moved, _ in cases], engine)
    assert [(name, ids) for (name, _, _), ids in zip(cases, found, strict=True)] == [
        (name, fires) for name, _, fires in cases
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_each_exception_keeps_its_condition_from_firing(engine):
    cases = [(name, moved, fires) for name, found in MISSES.items() for moved, fires in found]
    found = asked([moved for _, moved, _ in cases], engine)
    assert [(name, ids) for (name, _, _), ids in zip(cases, found, strict=True)] == [
        (name, fires) for name, _, fires in cases
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_without_a_previous_file_nothing_is_compared(engine):
    assert fired([LATE], engine) == [set()]
    assert fired([LATE], engine, previous=[{**LATE, "account_number": "OTHER", "opened_on": None}]) == [set()]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_account_number_is_the_same_letter_by_letter(engine):
    other_type = {**CURRENT, "account_type": "02"}
    assert fired([{**CURRENT, "account_number": "a1"}], engine, previous=[other_type]) == [set()]
    assert fired([CURRENT], engine, previous=[other_type]) == [{"PROG-Type-1"}]


@pytest.mark.parametrize("engine", ENGINES)
def test_of_an_account_twice_in_the_previous_file_the_later_record_counts(engine):
    twice = [{**CURRENT, "account_type": "02"}, CURRENT]
    assert fired([CURRENT], engine, previous=twice) == [set()]
    assert fired([CURRENT], engine, previous=twice[::-1]) == [{"PROG-Type-1"}]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_previous_file_may_come_in_parts(engine):
    announced = {**CURRENT, "account_number": "B1", **l1("1", "A2")}
    first = previous_of([{**CURRENT, "account_type": "02"}, announced], engine)
    second = previous_of([{"account_number": "B2"}, {"account_number": "B3"}, CURRENT], engine)
    again = previous_of([{**announced, "surname": "OTHER", "ecoa_code": "Z"}], engine)
    joined = joined_periods([first, second, again])
    returned = {**announced, "surname": "OTHER"}
    judged = judge_records(frames([CURRENT, {**CURRENT, "account_number": "A2"}, returned], engine), PERIOD_ON, joined)
    found = {(row["record_no"], row["condition_id"]) for row in rows(findings_of(in_memory(judged)))}
    assert found == {(1, "PROG-AccountChange-3"), (2, "PROG-AccountChange-1"), (2, "PROG-ECOA-1")}
