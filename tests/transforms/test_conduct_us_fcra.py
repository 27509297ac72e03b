"""Conduct under the policy of the United States at its borders, by hand. Times are those of New York."""

import pytest

from tests.transforms.conduct_cases import TALK, case, contact, faults_of, on_day, stop

CASES = {
    "nine o'clock is not quiet, the second after it is": case(
        contact(1, "2026-01-05T21:00:00.999999"), contact(2, "2026-01-05T21:00:01"), faults=["C2 E0301"]
    ),
    "eight o'clock is not quiet, the second before it is": case(
        contact(1, "2026-01-05T08:00:00"), contact(2, "2026-01-05T07:59:59"), faults=["C2 E0301"]
    ),
    "the clock on the wall rules before and after it is put back": case(
        contact(1, "2025-11-01T08:00:00"),
        contact(2, "2025-11-02T08:00:00"),
        contact(3, "2025-11-03T07:30:00"),
        faults=["C3 E0301"],
    ),
    "seven calls in seven days are allowed": case(
        *[contact(step, f"2026-01-{28 + step}T09:00:00") for step in range(1, 4)],
        *[contact(step, f"2026-02-0{step - 3}T09:00:00") for step in range(4, 8)],
    ),
    "the eighth call in seven days is too many, over the end of a month": case(
        *[contact(step, f"2026-01-{28 + step}T09:00:00") for step in range(1, 4)],
        *[contact(step, f"2026-02-0{step - 3}T09:00:00") for step in range(4, 8)],
        contact(8, "2026-02-04T20:00:00"),
        faults=["C8 E0302"],
    ),
    "the seven days are local days, not hours": case(
        # From the evening of 29 January to the morning of 5 February: six days and a half, eight local days.
        contact(1, "2026-01-29T20:59:00"),
        *on_day("2026-02-04", 6, first=2),
        contact(8, "2026-02-05T08:00:00"),
    ),
    "a call too many makes the next one too many while it is in the span": case(
        *on_day("2026-02-02", 8),
        contact(9, "2026-02-08T09:00:00"),
        contact(10, "2026-02-09T09:00:00"),
        faults=["C8 E0302", "C9 E0302"],
    ),
    "after a conversation seven local days are left alone, its own the first": case(
        contact(1, "2026-02-02T09:00:00", **TALK),
        contact(2, "2026-02-02T10:00:00"),
        contact(3, "2026-02-08T20:59:00"),
        contact(4, "2026-02-09T08:00:00"),
        faults=["C2 E0302", "C3 E0302"],
    ),
    "before a conversation calls are free": case(
        contact(1, "2026-02-02T09:00:00"), contact(2, "2026-02-02T10:00:00", **TALK)
    ),
    "of two contacts at one instant the lesser key talked first": case(
        contact(1, "2026-02-02T09:00:00", **TALK), contact(2, "2026-02-02T09:00:00"), faults=["C2 E0302"]
    ),
    "of two contacts at one instant the greater key talked last": case(
        contact(1, "2026-02-02T09:00:00"), contact(2, "2026-02-02T09:00:00", **TALK)
    ),
    "the last conversation counts, a call to nobody between does not hide it": case(
        contact(1, "2026-02-02T09:00:00", **TALK),
        contact(2, "2026-02-06T09:00:00", **TALK),
        contact(3, "2026-02-10T09:00:00"),
        contact(4, "2026-02-12T09:00:00"),
        contact(5, "2026-02-13T09:00:00"),
        faults=["C2 E0302", "C3 E0302", "C4 E0302"],
    ),
    "a conversation by message is none, and messages need not wait": case(
        contact(1, "2026-02-02T09:00:00", **TALK | {"channel_code": "wechat"}),
        contact(2, "2026-02-02T10:00:00", **TALK),
        contact(3, "2026-02-02T11:00:00", channel_code="sms"),
    ),
    "no promise with a third party is a conversation": case(
        contact(1, "2026-02-02T09:00:00", counterparty_code="third_party", contact_outcome_code="promised"),
        contact(2, "2026-02-02T10:00:00"),
        faults=["C1 E0303"],
    ),
    "nobody needs a registration or a recording": case(
        contact(1, "2026-02-02T09:00:00", staff_id=None, **TALK | {"evidence_id": None})
    ),
    "a letter must rest after a lawyer's notice": case(
        contact(1, "2026-02-02T09:00:00", channel_code="letter"),
        stops=[stop("2026-02-01T09:00:00", kind="lawyer")],
        faults=["C1 E0305"],
    ),
}


@pytest.fixture(scope="module")
def judged(engines, kit, us_policy):
    return {engine.name: faults_of(engine, kit, CASES, us_policy) for engine in engines()}


@pytest.mark.parametrize("engine_name", ["polars", "duckdb"])
@pytest.mark.parametrize("name", CASES)
def test_american_rules(judged, engine_name, name):
    assert judged[engine_name][name] == sorted(CASES[name]["faults"])
