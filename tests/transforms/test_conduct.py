"""Rules of conduct at their borders, by hand, under the policy of China. Times are those of Shanghai."""

from datetime import UTC, datetime

import pytest

from tests.transforms.conduct_cases import (
    AS_OF,
    RECORDED,
    TALK,
    arrears_of,
    books_of,
    case,
    contact,
    evidence,
    faults_of,
    language,
    on_day,
    stop,
)
from transforms.conduct import conduct_findings

COUNTED = {
    "nothing is found without contacts": case(),
    "the first missed date counts, the day before does not": case(
        contact(1, "2025-10-30T23:00:00"), contact(2, "2025-10-31T23:00:00"), faults=["C2 E0301"]
    ),
    "the business date counts, the day after does not": case(
        contact(1, "2026-06-15T23:59:59"), contact(2, "2026-06-16T00:00:00"), faults=["C1 E0301"]
    ),
    "days that do not count do not fill a limit": case(
        *on_day("2025-10-30", 3), contact(4, "2025-10-31T09:00:00"), *on_day("2026-06-16", 9, first=5)
    ),
}
QUIET = {
    "the last second before the quiet hours is not quiet": case(contact(1, "2026-05-01T21:59:59.999999")),
    "the first second of the quiet hours is quiet": case(contact(1, "2026-05-01T22:00:00"), faults=["C1 E0301"]),
    "midnight is quiet": case(contact(1, "2026-05-01T00:00:00"), faults=["C1 E0301"]),
    "the last second of the quiet hours is quiet": case(contact(1, "2026-05-01T07:59:59.999999"), faults=["C1 E0301"]),
    "the end of the quiet hours is not quiet": case(contact(1, "2026-05-01T08:00:00")),
    "a letter has no quiet hours": case(contact(1, "2026-05-01T00:00:00", channel_code="letter")),
    "a message has quiet hours": case(contact(1, "2026-05-01T23:00:00", channel_code="wechat"), faults=["C1 E0301"]),
}
FREQUENCY = {
    "three calls a day are allowed": case(*on_day("2026-05-01", 3)),
    "the fourth call of a day and all after it are too many": case(
        *on_day("2026-05-01", 5), faults=["C4 E0302", "C5 E0302"]
    ),
    "calls by machines count with calls by people": case(
        *on_day("2026-05-01", 3, channel_code="robot_call", staff_id=None),
        contact(4, "2026-05-01T15:00:00"),
        faults=["C4 E0302"],
    ),
    "a day ends at local midnight": case(
        *on_day("2026-04-30", 3), *on_day("2026-05-01", 3, first=4), *on_day("2026-05-02", 3, first=7)
    ),
    "messages have no limit": case(*on_day("2026-05-01", 9, channel_code="sms")),
    "messages do not fill the limit of calls": case(
        *on_day("2026-05-01", 3, channel_code="sms"), *on_day("2026-05-01", 3, first=4)
    ),
    "one visit a day is allowed": case(
        contact(1, "2026-05-01T09:00:00", channel_code="visit"), contact(2, "2026-05-02T09:00:00", channel_code="visit")
    ),
    "a second visit on a day is too many": case(
        *on_day("2026-05-01", 2, channel_code="visit"), *on_day("2026-05-01", 3, first=3), faults=["C2 E0302"]
    ),
    "of contacts at one instant the greatest key is the last": case(
        *[contact(number, "2026-05-01T09:00:00") for number in (3, 1, 4, 2)], faults=["C4 E0302"]
    ),
    "the instant comes before the key": case(
        contact(9, "2026-05-01T09:00:00"),
        contact(8, "2026-05-01T09:00:00.000001"),
        contact(7, "2026-05-01T09:00:00.000002"),
        contact(1, "2026-05-01T09:00:00.000003"),
        faults=["C1 E0302"],
    ),
    "an unlawful call fills the limit as well": case(
        contact(1, "2026-05-01T07:00:00"), *on_day("2026-05-01", 3, first=2), faults=["C1 E0301", "C4 E0302"]
    ),
}
THIRD_PARTIES = {
    "a third party is named": case(
        contact(1, "2026-05-01T09:00:00", channel_code="sms", counterparty_code="third_party"), faults=["C1 E0303"]
    ),
    "the borrower is no third party": case(contact(1, "2026-05-01T09:00:00", **TALK), evidence=RECORDED),
}
STOPS = {
    "before the request nothing is wrong": case(
        contact(1, "2026-05-01T08:59:59.999999"), stops=[stop("2026-05-01T09:00:00")]
    ),
    "at the instant of the request contacts must rest": case(
        contact(1, "2026-05-01T09:00:00"), stops=[stop("2026-05-01T09:00:00")], faults=["C1 E0304"]
    ),
    "a request from before the arrears holds": case(
        contact(1, "2026-05-01T09:00:00"), stops=[stop("2024-01-01T09:00:00")], faults=["C1 E0304"]
    ),
    "until it is lifted a request holds": case(
        contact(1, "2026-05-03T08:59:59.999999"),
        stops=[stop("2026-05-01T09:00:00", lifted="2026-05-03T09:00:00")],
        faults=["C1 E0304"],
    ),
    "at the instant of the lifting it holds no more": case(
        contact(1, "2026-05-03T09:00:00"), stops=[stop("2026-05-01T09:00:00", lifted="2026-05-03T09:00:00")]
    ),
    "a letter may be sent after a request": case(
        contact(1, "2026-05-03T09:00:00", channel_code="letter"), stops=[stop("2026-05-01T09:00:00")]
    ),
    "a lawyer's notice is another rule": case(
        contact(1, "2026-05-03T09:00:00"), stops=[stop("2026-05-01T09:00:00", kind="lawyer")], faults=["C1 E0305"]
    ),
    "request and notice at once are two faults": case(
        contact(1, "2026-05-03T09:00:00"),
        stops=[stop("2026-05-01T09:00:00", kind="lawyer"), stop("2026-05-02T09:00:00")],
        faults=["C1 E0304", "C1 E0305"],
    ),
    "two requests that hold are one fault": case(
        contact(1, "2026-05-03T09:00:00"),
        stops=[stop("2026-05-01T09:00:00"), stop("2026-05-02T09:00:00")],
        faults=["C1 E0304"],
    ),
    "between two requests contacts are free, and other faults are found once": case(
        contact(1, "2026-05-02T09:00:00"),
        contact(2, "2026-05-04T09:00:00"),
        contact(3, "2026-05-06T23:00:00"),
        stops=[
            stop("2026-05-01T09:00:00", lifted="2026-05-03T09:00:00"),
            stop("2026-05-05T09:00:00", lifted="2026-05-07T09:00:00"),
        ],
        faults=["C1 E0304", "C3 E0301", "C3 E0304"],
    ),
    "a request that another one outlives holds on": case(
        contact(1, "2026-05-04T09:00:00"),
        stops=[stop("2026-05-01T09:00:00", lifted="2026-05-03T09:00:00"), stop("2026-05-02T09:00:00")],
        faults=["C1 E0304"],
    ),
    "a stop does not multiply what fills a limit": case(
        *on_day("2026-05-01", 3), stops=[stop("2026-05-02T09:00:00"), stop("2026-05-03T09:00:00")]
    ),
    "a request of another borrower does not hold": case(
        contact(1, "2026-05-03T09:00:00"), stops=[stop("2026-05-01T09:00:00") | {"borrower_id": "B-other"}]
    ),
}
STAFF = {
    "the first day of the registration is covered": case(contact(1, "2026-03-01T08:00:00", staff_id="S2")),
    "the day before it is not": case(contact(1, "2026-02-28T21:59:59", staff_id="S2"), faults=["C1 E0306"]),
    "the last day of the registration is covered": case(contact(1, "2026-03-31T21:59:59", staff_id="S2")),
    "the day after it is not": case(contact(1, "2026-04-01T08:00:00", staff_id="S2"), faults=["C1 E0306"]),
    "a call without a collector is found": case(contact(1, "2026-05-01T09:00:00", staff_id=None), faults=["C1 E0306"]),
    "a collector whom nobody registered is found": case(
        contact(1, "2026-05-01T09:00:00", channel_code="visit", staff_id="S9"), faults=["C1 E0306"]
    ),
    "a machine needs no registration": case(
        contact(1, "2026-05-01T09:00:00", channel_code="robot_call", staff_id=None)
    ),
    "days of a registration are local": case(
        # 16:30 UTC on 28 February.
        contact(1, "2026-03-01T00:30:00", staff_id="S2"),
        faults=["C1 E0301"],
    ),
}
RECORDINGS = {
    "a call that reached the borrower needs a recording": case(
        contact(1, "2026-05-01T09:00:00", **TALK | {"evidence_id": None}), faults=["C1 E0307"]
    ),
    "a call that reached a third party does as well": case(
        contact(1, "2026-05-01T09:00:00", counterparty_code="third_party"), faults=["C1 E0303", "C1 E0307"]
    ),
    "a call that reached nobody does not": case(contact(1, "2026-05-01T09:00:00")),
    "a visit does not": case(
        contact(1, "2026-05-01T09:00:00", **TALK | {"evidence_id": None, "channel_code": "visit"})
    ),
    "a machine's call does": case(
        contact(1, "2026-05-01T09:00:00", **TALK | {"evidence_id": None, "channel_code": "robot_call"}),
        faults=["C1 E0307"],
    ),
    "a recording of the loan is enough": case(contact(1, "2026-05-01T09:00:00", **TALK), evidence=RECORDED),
    "one recording may serve two calls": case(
        contact(1, "2026-05-01T09:00:00", **TALK), contact(2, "2026-05-02T09:00:00", **TALK), evidence=RECORDED
    ),
    "a recording that is not there is none": case(contact(1, "2026-05-01T09:00:00", **TALK), faults=["C1 E0307"]),
    "a recording of another loan is none": case(
        contact(1, "2026-05-01T09:00:00", **TALK), evidence=[evidence("V", loan_id="L-other")], faults=["C1 E0307"]
    ),
    "evidence of another kind is no recording": case(
        contact(1, "2026-05-01T09:00:00", **TALK), evidence=[evidence("V", kind="receipt")], faults=["C1 E0307"]
    ),
}
LANGUAGE = {
    "a threat is a breach": case(
        contact(1, "2026-05-01T09:00:00"), language=[language(1, "threat")], faults=["C1 E0308"]
    ),
    "several places in a transcript are one breach": case(
        contact(1, "2026-05-01T09:00:00"),
        contact(2, "2026-05-01T10:00:00"),
        language=[language(1, "threat"), language(1, "threat", 9), language(1, "insult", 20)],
        faults=["C1 E0308"],
    ),
    "language in a contact that does not count is no breach": case(
        contact(1, "2025-10-30T09:00:00"), language=[language(1, "threat")]
    ),
}
CASES = COUNTED | QUIET | FREQUENCY | THIRD_PARTIES | STOPS | STAFF | RECORDINGS | LANGUAGE


@pytest.fixture(scope="module")
def judged(engines, kit, policy):
    return {engine.name: faults_of(engine, kit, CASES, policy) for engine in engines()}


@pytest.mark.parametrize("engine_name", ["polars", "duckdb"])
@pytest.mark.parametrize("name", CASES)
def test_chinese_rules(judged, engine_name, name):
    assert judged[engine_name][name] == sorted(CASES[name]["faults"])


@pytest.fixture
def faults_under(engine, kit, policy):
    def of(one, **numbers):
        rulebook = policy.model_copy(update={"conduct": policy.conduct.model_copy(update=numbers)})
        return faults_of(engine, kit, {"only": one}, rulebook)["only"]

    return of


def without(sourced):
    return sourced.model_copy(update={"value": ()})


def test_channels_that_a_policy_leaves_empty_have_no_rule(faults_under, policy):
    one = case(
        contact(1, "2026-05-01T09:00:00", staff_id=None, **TALK | {"evidence_id": None}),
        contact(2, "2026-05-01T23:00:00", staff_id=None),
        stops=[stop("2026-05-01T08:00:00")],
    )
    numbers = policy.conduct
    empty = {
        name: without(getattr(numbers, name)) for name in ("stop_channels", "staffed_channels", "recorded_channels")
    }
    assert faults_under(one, frequency=(), **empty) == [("C2", "E0301")]


def test_quiet_hours_inside_a_day(faults_under, policy):
    numbers = policy.conduct
    hours = {
        name: getattr(numbers, name).model_copy(update={"value": datetime.fromisoformat(f"2026-01-01T{time}").time()})
        for name, time in (("quiet_from", "12:00:00"), ("quiet_until", "14:00:00"))
    }
    times = ("11:59:59", "12:00:00", "13:59:59", "14:00:00", "23:00:00")
    one = case(*[contact(number, f"2026-05-0{number}T{time}") for number, time in enumerate(times, start=1)])
    assert faults_under(one, **hours) == [("C2", "E0301"), ("C3", "E0301")]


def test_language_that_the_policy_does_not_block_is_no_breach(engine, kit, policy):
    kinds = policy.language.blocking.model_copy(update={"value": ("threat",)})
    rulebook = policy.model_copy(update={"language": policy.language.model_copy(update={"blocking": kinds})})
    one = case(
        contact(1, "2026-05-01T09:00:00"),
        contact(2, "2026-05-01T10:00:00"),
        language=[language(1, "insult"), language(2, "threat")],
    )
    rows = books_of({"only": one}, rulebook.time_zone)
    arrears, found = arrears_of(engine, rows["arrears"]), engine.language(rows["language"])
    (row,) = kit.rows(conduct_findings(engine.books(rows), arrears, found, AS_OF, rulebook))
    assert row == {
        "contact_id": "C2-0",
        "rule_id": "E0308",
        "loan_id": "L0",
        "contacted_at": datetime(2026, 5, 1, 2, tzinfo=UTC),
        "channel_code": "call",
    }
