"""Collection effort by hand: what counts as an attempt, what proves that the borrower was reached or is lost."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from schemas.codes import CHANNEL
from schemas.datasets import CONDUCT_FINDINGS, EFFORT
from transforms.effort import effort_since_first_missed

AS_OF = date(2026, 6, 15)
BREACHES = {
    "E0301": "quiet_hour_contacts",
    "E0302": "over_frequency_contacts",
    "E0303": "third_party_contacts",
    "E0304": "stopped_contacts",
    "E0305": "represented_contacts",
    "E0306": "unregistered_contacts",
    "E0307": "unrecorded_contacts",
    "E0308": "language_breaches",
}


def fault(contact_id, rule_id):
    return {
        "contact_id": contact_id,
        "rule_id": rule_id,
        "loan_id": "L1",
        "contacted_at": datetime(2026, 5, 1, tzinfo=UTC),
        "channel_code": "call",
    }


@pytest.fixture
def effort(engine, policy, kit):
    def of(*contacts, faults=(), rulebook=policy, first_missed_on=date(2025, 10, 31)):
        loan = {"loan_id": "L1", "borrower_id": "B1", "first_missed_on": first_missed_on}
        arrears = engine.rows([loan], loan_id=pa.string(), borrower_id=pa.string(), first_missed_on=pa.date32())
        found = engine.frame(pa.Table.from_pylist([fault(*one) for one in faults], CONDUCT_FINDINGS.arrow_schema()))
        books = engine.books({"contacts": list(contacts)})
        (row,) = kit.rows(effort_since_first_missed(books, arrears, found, AS_OF, rulebook))
        return row

    return of


@pytest.fixture
def contact(kit):
    return lambda number, when="2026-05-01T10:00:00", **changes: kit.contact_row(number, when, **changes)


TALK = {"counterparty_code": "borrower", "contact_outcome_code": "talked"}


def test_a_loan_without_contacts_has_zeros(effort):
    row = effort()
    assert tuple(row) == EFFORT.field_names
    assert row.pop("loan_id") == "L1"
    assert row.pop("last_contacted_at") is None
    assert row.pop("is_lost_contact") is False
    assert set(row.values()) == {0}


def test_loans_stand_beside_each_other_and_those_without_arrears_do_not(engine, kit, policy, contact):
    loans = [
        {"loan_id": loan_id, "borrower_id": "B1", "first_missed_on": date(2026, 1, day)}
        for loan_id, day in (("L1", 1), ("L2", 31))
    ]
    arrears = engine.rows(loans, loan_id=pa.string(), borrower_id=pa.string(), first_missed_on=pa.date32())
    contacts = [
        contact(1, "2026-01-30T10:00:00"),
        contact(2, "2026-01-30T10:00:00", loan_id="L2"),
        contact(3, "2026-01-31T10:00:00", loan_id="L2"),
        contact(4, "2026-02-01T10:00:00", loan_id="L2"),
        contact(5, "2026-02-01T10:00:00", loan_id="L3"),
    ]
    faults = [fault("C1", "E0306"), fault("C4", "E0306") | {"loan_id": "L2"}, fault("C3", "E0307") | {"loan_id": "L2"}]
    found = engine.frame(pa.Table.from_pylist(faults, CONDUCT_FINDINGS.arrow_schema()))
    rows = kit.rows(effort_since_first_missed(engine.books({"contacts": contacts}), arrears, found, AS_OF, policy))
    figures = ("loan_id", "attempts", "attempt_days", "unregistered_contacts", "unrecorded_contacts")
    assert sorted(tuple(row[name] for name in figures) for row in rows) == [("L1", 1, 1, 1, 0), ("L2", 2, 2, 1, 1)]


def test_days_are_local(effort, contact, kit):
    # 23:30 UTC on 1 May and 01:00 UTC on 2 May are both 2 May in Shanghai.
    row = effort(contact(1, "2026-05-02T07:30:00", channel_code="letter"), contact(2, "2026-05-02T09:00:00"))
    assert (row["attempts"], row["attempt_days"]) == (2, 1)
    assert row["last_contacted_at"] == kit.at("2026-05-02T09:00:00")


def test_days_are_those_of_the_clock_that_is_put_forward(effort, contact, us_policy):
    def new_york(text):
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)

    times = ("2026-03-07T23:59:59", "2026-03-08T00:00:00", "2026-03-08T23:59:59", "2026-03-09T00:00:00")
    contacts = [contact(number, contacted_at=new_york(at)) for number, at in enumerate(times)]
    row = effort(*contacts, rulebook=us_policy, first_missed_on=date(2026, 3, 8))
    assert (row["attempts"], row["attempt_days"]) == (3, 2)


def test_contacts_count_from_the_first_missed_date_to_as_of(effort, contact):
    times = ("2025-10-30T23:59:59.999999", "2025-10-31T00:00:00", "2026-06-15T23:59:59.999999", "2026-06-16T00:00:00")
    assert effort(*[contact(number, at) for number, at in enumerate(times)])["attempts"] == 2


def test_contacts_before_the_look_back_count_no_more(effort, contact):
    contacts = (contact(1, "2024-06-14T23:59:59.999999"), contact(2, "2024-06-15T00:00:00"))
    assert effort(*contacts, first_missed_on=date(2023, 1, 1))["attempts"] == 1


def test_channels_are_counted_apart(effort, contact):
    contacts = [
        contact(10 * position + number, channel_code=channel)
        for position, channel in enumerate(CHANNEL)
        for number in range(position)
    ]
    row = effort(*contacts)
    assert [row[f"{channel}_attempts"] for channel in CHANNEL] == [0, 1, 2, 3, 4, 5, 6]
    assert (row["attempts"], row["channels_used"], row["attempt_days"]) == (21, 6, 1)


@pytest.mark.parametrize(
    ("rule_id", "is_attempt"),
    [
        ("E0301", False),
        ("E0302", False),
        ("E0304", False),
        ("E0305", False),
        ("E0306", True),
        ("E0307", True),
        ("E0308", False),
    ],
)
def test_what_was_not_lawful_is_no_effort_and_what_lacks_a_paper_is(effort, contact, kit, rule_id, is_attempt):
    row = effort(contact(1, **TALK), contact(2, "2026-05-02T10:00:00", **TALK), faults=[("C2", rule_id)])
    attempts = 2 if is_attempt else 1
    names = ("attempts", "attempt_days", "call_attempts", "right_party_contacts")
    assert [row[name] for name in names] == [attempts] * 4
    assert row["last_contacted_at"] == kit.at(f"2026-05-0{attempts}T10:00:00")
    assert {name: row[name] for name in BREACHES.values() if row[name]} == {BREACHES[rule_id]: 1}


def test_third_parties_are_no_attempt(effort, contact):
    row = effort(contact(1, counterparty_code="third_party"), faults=[("C1", "E0303")])
    assert (row["third_party_contacts"], row["attempts"], row["attempt_days"], row["channels_used"]) == (1, 0, 0, 0)
    assert row["last_contacted_at"] is None


def test_a_contact_at_fault_twice_is_no_attempt_once(effort, contact):
    faults = [("C1", "E0301"), ("C1", "E0304"), ("C1", "E0306")]
    row = effort(contact(1), contact(2), faults=faults)
    assert (row["attempts"], row["call_attempts"], row["attempt_days"]) == (1, 1, 1)
    assert (row["quiet_hour_contacts"], row["stopped_contacts"], row["unregistered_contacts"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("counterparty", "outcome", "is_right_party"),
    [
        ("borrower", "talked", True),
        ("borrower", "promised", True),
        ("borrower", "refused", True),
        ("borrower", "delivered", False),
        ("nobody", "talked", False),
        ("third_party", "promised", False),
    ],
)
def test_the_borrower_is_reached_in_person(effort, contact, counterparty, outcome, is_right_party):
    row = effort(contact(1, counterparty_code=counterparty, contact_outcome_code=outcome))
    assert row["right_party_contacts"] == int(is_right_party)


def signs(contact, *channels, outcome="number_void", **changes):
    return [
        contact(number, f"2026-05-0{number}T10:00:00", channel_code=channel, contact_outcome_code=outcome, **changes)
        for number, channel in enumerate(channels, start=1)
    ]


@pytest.mark.parametrize("outcome", ["power_off", "number_void", "moved"])
def test_signs_that_the_borrower_is_unreachable_add_up(effort, contact, outcome):
    row = effort(*signs(contact, "call", "visit", "call", outcome=outcome))
    assert (row["unreachable_signs"], row["is_lost_contact"]) == (3, True)


def test_no_answer_is_no_sign(effort, contact):
    row = effort(*signs(contact, "call", "visit", "call", outcome="no_answer"))
    assert (row["unreachable_signs"], row["is_lost_contact"]) == (0, False)


def test_lost_contact_needs_enough_signs_from_several_channels(effort, contact):
    assert effort(*signs(contact, "call", "call", "sms"))["is_lost_contact"] is True
    assert effort(*signs(contact, "call", "call", "call"))["is_lost_contact"] is False
    assert effort(*signs(contact, "call", "sms"))["is_lost_contact"] is False


def test_a_sign_counts_only_when_it_was_an_attempt(effort, contact):
    unlawful = effort(*signs(contact, "call", "call", "sms"), faults=[("C3", "E0302")])
    assert (unlawful["unreachable_signs"], unlawful["is_lost_contact"]) == (2, False)
    others = effort(*signs(contact, "call", "call", "sms", counterparty_code="third_party"))
    assert (others["unreachable_signs"], others["is_lost_contact"]) == (0, False)


@pytest.mark.parametrize("faults", [(), [("C9", "E0301")]])
def test_a_borrower_who_was_ever_reached_is_not_lost(effort, contact, faults):
    row = effort(*signs(contact, "call", "call", "sms"), contact(9, "2026-05-09T10:00:00", **TALK), faults=faults)
    assert (row["is_lost_contact"], row["unreachable_signs"]) == (False, 3)
    assert row["right_party_contacts"] == (0 if faults else 1)


def test_a_talk_before_the_first_missed_date_does_not_find_the_borrower(effort, contact):
    row = effort(*signs(contact, "call", "call", "sms"), contact(9, "2025-10-30T10:00:00", **TALK))
    assert row["is_lost_contact"] is True
