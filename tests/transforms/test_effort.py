"""Collection effort at its edges: quiet hours, days, frequency, look-back, lost contact."""

from datetime import timedelta

import pytest

from schemas.datasets import EFFORT
from transforms.arrears import arrears_as_of
from transforms.effort import effort_since_first_missed


@pytest.fixture
def effort(polars_engine, policy, kit, rows):
    def of(*contacts):
        books = polars_engine.books(rows | {"contacts": list(contacts)})
        arrears = arrears_as_of(books, kit.AS_OF, policy)
        (row,) = kit.rows(effort_since_first_missed(books, arrears, kit.AS_OF, policy))
        return row

    return of


def test_a_loan_without_contacts_has_zeros(effort):
    row = effort()
    assert row.pop("loan_id") == "L1"
    assert row.pop("last_contacted_at") is None
    assert row.pop("is_lost_contact") is False
    assert set(row.values()) == {0}
    assert len(row) == len(EFFORT.field_names) - 3


@pytest.mark.parametrize(
    ("time", "is_quiet"),
    [
        ("21:59:59", False),
        ("22:00:00", True),
        ("23:59:59", True),
        ("00:00:00", True),
        ("07:59:59", True),
        ("07:59:59.999999", True),
        ("08:00:00", False),
    ],
)
def test_quiet_hours_begin_with_their_first_second_and_end_before_the_last(effort, kit, time, is_quiet):
    row = effort(kit.contact_row(1, f"2026-05-01T{time}"))
    assert (row["quiet_hour_contacts"], row["attempts"]) == ((1, 0) if is_quiet else (0, 1))


def test_a_letter_has_no_quiet_hours(effort, kit):
    row = effort(kit.contact_row(1, "2026-05-01T00:00:00", channel_code="letter"))
    assert (row["quiet_hour_contacts"], row["attempts"], row["letter_attempts"]) == (0, 1, 1)


def test_days_are_local(effort, kit):
    # 23:30 UTC on 1 May and 01:00 UTC on 2 May are both 2 May in Shanghai.
    row = effort(
        kit.contact_row(1, "2026-05-02T07:30:00", channel_code="letter"), kit.contact_row(2, "2026-05-02T09:00:00")
    )
    assert (row["attempts"], row["attempt_days"]) == (2, 1)
    assert row["last_contacted_at"] == kit.at("2026-05-02T09:00:00")


def test_contacts_count_from_the_first_missed_date_to_as_of(effort, kit):
    row = effort(
        kit.contact_row(1, "2025-10-30T21:59:59"),
        kit.contact_row(2, "2025-10-31T08:00:00"),
        kit.contact_row(3, "2026-06-15T21:59:59"),
        kit.contact_row(4, "2026-06-16T08:00:00"),
    )
    assert row["attempts"] == 2


def test_contacts_before_the_look_back_count_no_more(effort, kit, rows):
    rows["instalments"][0]["due_on"] = kit.AS_OF - timedelta(days=1000)
    row = effort(kit.contact_row(1, "2024-06-14T21:59:59"), kit.contact_row(2, "2024-06-15T08:00:00"))
    assert row["attempts"] == 1


def test_calls_by_people_and_machines_share_one_limit(effort, kit):
    calls = [kit.contact_row(number, f"2026-05-01T1{number}:00:00") for number in range(3)]
    assert effort(*calls)["over_frequency_days"] == 0
    machine = kit.contact_row(9, "2026-05-01T15:00:00", channel_code="robot_call")
    assert effort(*calls, machine)["over_frequency_days"] == 1
    next_day = kit.contact_row(9, "2026-05-02T15:00:00", channel_code="robot_call")
    assert effort(*calls, next_day)["over_frequency_days"] == 0


def test_a_second_visit_on_a_day_is_one_too_many(effort, kit):
    visits = [kit.contact_row(number, f"2026-05-01T1{number}:00:00", channel_code="visit") for number in range(2)]
    assert effort(*visits[:1])["over_frequency_days"] == 0
    assert effort(*visits)["over_frequency_days"] == 1


def test_third_parties_are_no_attempt(effort, kit):
    row = effort(kit.contact_row(1, "2026-05-01T10:00:00", counterparty_code="third_party"))
    assert (row["third_party_contacts"], row["attempts"], row["last_contacted_at"]) == (1, 0, None)


def signs(kit, *channels):
    return [
        kit.contact_row(number, f"2026-05-0{number}T10:00:00", channel_code=channel, contact_outcome_code="number_void")
        for number, channel in enumerate(channels, start=1)
    ]


def test_lost_contact_needs_signs_from_several_channels(effort, kit):
    assert effort(*signs(kit, "call", "call", "sms"))["is_lost_contact"] is True
    assert effort(*signs(kit, "call", "call", "call"))["is_lost_contact"] is False
    assert effort(*signs(kit, "call", "sms"))["is_lost_contact"] is False


@pytest.mark.parametrize("time", ["10:00:00", "23:00:00"])
def test_a_borrower_who_was_ever_reached_is_not_lost(effort, kit, time):
    reached = kit.contact_row(9, f"2026-05-09T{time}", counterparty_code="borrower", contact_outcome_code="talked")
    row = effort(*signs(kit, "call", "call", "sms"), reached)
    assert row["is_lost_contact"] is False
    assert row["right_party_contacts"] == (1 if time == "10:00:00" else 0)


def test_a_delivered_message_is_no_right_party_contact(effort, kit):
    row = effort(
        kit.contact_row(
            1, "2026-05-01T10:00:00", channel_code="sms", counterparty_code="borrower", contact_outcome_code="delivered"
        )
    )
    assert row["right_party_contacts"] == 0
