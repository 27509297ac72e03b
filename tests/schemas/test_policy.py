"""Policies: what is read, what is refused and with which line, which version is in force."""

from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from schemas.errors import ArrearsError
from schemas.errors.policy import NO_POLICY_IN_FORCE, POLICIES_OVERLAP, POLICY_INVALID
from schemas.policy import Policy, parse_policy, policy_for
from schemas.policy_values import Sourced
from schemas.toml_lines import line_of

TEXT = (Path(__file__).parents[2] / "policies" / "cn-2018.toml").read_text(encoding="utf-8")

US_TEXT = (Path(__file__).parents[2] / "policies" / "us-fcra.toml").read_text(encoding="utf-8")


def version(number, effective_from, effective_until=None):
    until = f"\neffective_until = {effective_until}" if effective_until else ""
    text = TEXT.replace("version = 1", f"version = {number}").replace(
        "effective_from = 2018-08-08", f"effective_from = {effective_from}{until}"
    )
    return parse_policy(text, file="cn-2018.toml")


def line(beginning):
    return next(number for number, text in enumerate(TEXT.splitlines(), start=1) if text.startswith(beginning))


def test_the_policy_of_2018_is_read():
    policy = parse_policy(TEXT, file="cn-2018.toml")
    assert (policy.name, policy.version, policy.effective_from) == ("cn-2018", 1, date(2018, 8, 8))
    assert (policy.time_zone, policy.currency) == ("Asia/Shanghai", "CNY")
    assert policy.arrears.over_months.value == 6
    assert policy.conduct.quiet_from.value == time(22)
    assert policy.conduct.quiet_until.value == time(8)
    assert policy.exclusions.max_annual_rate.value == Decimal("0.36")
    assert policy.grace.months.value == 2
    assert [(limit.within_days, limit.at_most.value) for limit in policy.conduct.frequency] == [(1, 3), (1, 1)]
    assert policy.retention.adverse_years.mark == "A"


def test_the_policy_of_the_united_states_is_read():
    policy = parse_policy(US_TEXT, file="us-fcra.toml")
    assert (policy.name, policy.version, policy.currency) == ("us-fcra", 1, "USD")
    assert policy.arrears.over_months is None
    assert policy.overdue_months == 0
    assert policy.arrears.min_days.value == 30
    assert policy.grace.days.value == 14
    assert policy.exclusions.max_annual_rate is None
    assert (policy.conduct.after_talk.days.value, policy.conduct.frequency[0].within_days) == (7, 7)


def sourced_values(node):
    if isinstance(node, Sourced):
        yield node
    elif isinstance(node, BaseModel):
        for name in type(node).model_fields:
            yield from sourced_values(getattr(node, name))
    elif isinstance(node, tuple):
        for item in node:
            yield from sourced_values(item)


def numbers(value):
    return [value] if not isinstance(value, tuple) else [number for item in value for number in numbers(item)]


def test_amounts_and_rates_are_decimals_and_nothing_is_a_float():
    values = [number for node in sourced_values(parse_policy(TEXT, file="f")) for number in numbers(node.value)]
    assert sum(isinstance(value, Decimal) for value in values) == 4
    assert not [value for value in values if isinstance(value, float)]


@pytest.mark.parametrize(
    ("old", "new", "begins", "reason"),
    [
        ("over_months = { value = 6", "over_months = { value = -6", "over_months", "arrears.over_months.value"),
        ("over_months = { value = 6", "over_months = { value = 6.5", "over_months", "arrears.over_months.value"),
        ("over_months = { value = 6", "over_months = { value = true", "over_months", "arrears.over_months.value"),
        ("value = 5000.00", "value = -0.01", "person_floor", "amounts.person_floor.value"),
        ("value = 5000.00", "value = 0.001", "person_floor", "amounts.person_floor.value"),
        ("value = 0.36", "value = 0.0", "max_annual_rate", "exclusions.max_annual_rate.value"),
        ("value = 0.02", "value = 1.01", "max_quarantine_share", "ingest.max_quarantine_share.value"),
        ("value = 22:00:00", "value = 08:00:00", "[conduct]", "are equal"),
        ("value = 22:00:00", "value = 21:59:59.5", "[conduct]", "whole second"),
        ("value = 22:00:00", 'value = "22:00"', "quiet_from", "conduct.quiet_from.value"),
        ('["consumer", "business", "car"]', '["consumer", "yacht"]', "allowed_products", "unknown codes ['yacht']"),
        ('["consumer", "business", "car"]', "[]", "allowed_products", "exclusions.allowed_products.value"),
        ('"deceased", "bankrupt"', '"deceased", "deceased"', "protections", "stands twice"),
        ('"deceased", "bankrupt"', '"none"', "protections", "unknown codes ['none']"),
        ('channels = ["visit"]', 'channels = ["call"]', "[conduct]", "in two frequency limits"),
        (
            '["quiet_hours", "frequency", "third_parties", "stopped", "represented", "language"]',
            '["rudeness"]',
            "blocking_breaches",
            "blocking_breaches",
        ),
        ('"fee", "interest", "penalty", "principal"', '"fee", "interest"', "allocation_order", "names each of"),
        ('["promised", "refused", "talked"]', '["moved"]', "[effort]", "prove and disprove"),
        ('"0 9 15 * *"', '"0 9 32 * *"', "cron", "32 is no cron field"),
        ('"0 9 15 * *"', '"0 9 15 *"', "cron", "five fields"),
        ('"0 9 15 * *"', '"0 9 */0 * *"', "cron", "no cron field"),
        ('time_zone = "Asia/Shanghai"', 'time_zone = "Asia/Nowhere"', "time_zone", "no time zone"),
        ("effective_from = 2018-08-08", 'effective_from = "2018-08-08"', "effective_from", "effective_from"),
        ("version = 1", "version = 0", "version", "version"),
        ('mark = "A"', 'mark = "D"', "adverse_years", "retention.adverse_years.mark"),
        ("min_days = { value = 3", "min_weeks = { value = 3", "min_days", "Extra inputs"),
        ("[grace]", "[graze]", "[grace]", "graze"),
        (
            "[grace]\nmonths",
            "[grace]\ndays = { value = 14, source = 'twice', mark = 'C' }\nmonths",
            "[grace]",
            "either months",
        ),
        ("over_months = {", "max_age_months = {", "[arrears]", "over_months or min_days"),
        (
            "over_months = {",
            "max_age_days = { value = 9, source = 'alone', mark = 'C' }\nover_months = {",
            "[arrears]",
            "is missing",
        ),
        ("shown_rules = { value = []", 'shown_rules = { value = ["E9999"]', "shown_rules", "unknown codes ['E9999']"),
        ('lexicons = { value = ["zh", "en"]', 'lexicons = { value = ["../zh"]', "lexicons", "language.lexicons.value"),
        ("within_days = 1", "within_days = 0", "within_days", "conduct.frequency.0.within_days"),
    ],
)
def test_nonsense_is_refused_with_its_line(old, new, begins, reason):
    assert TEXT.count(old) >= 1
    with pytest.raises(ArrearsError) as caught:
        parse_policy(TEXT.replace(old, new, 1), file="cn-2018.toml")
    assert caught.value.kind is POLICY_INVALID
    assert caught.value.facts["file"] == "cn-2018.toml"
    assert f"line {line(begins)}: " in caught.value.facts["problems"]
    assert reason in caught.value.facts["problems"]


def test_a_missing_key_is_named_with_the_line_of_its_table():
    text = "\n".join(row for row in TEXT.splitlines() if not row.startswith("min_days"))
    with pytest.raises(ArrearsError) as caught:
        parse_policy(text, file="f")
    assert caught.value.facts["problems"] == f"line {line('[effort]')}: effort.min_days: Field required"


def test_all_problems_are_named_at_once():
    text = TEXT.replace("over_months = { value = 6", "over_months = { value = 0").replace('mark = "A"', 'mark = "Z"')
    with pytest.raises(ArrearsError) as caught:
        parse_policy(text, file="f")
    assert len(caught.value.facts["problems"].split("; ")) == 2


def test_text_that_is_no_toml_is_refused_with_its_line():
    with pytest.raises(ArrearsError) as caught:
        parse_policy(TEXT.replace('currency = "CNY"', "currency = CNY"), file="f")
    assert caught.value.kind is POLICY_INVALID
    assert f"line {line('currency')}" in caught.value.facts["problems"]


def test_an_end_before_the_beginning_is_refused():
    with pytest.raises(ArrearsError, match="effective_until is before effective_from"):
        version(1, "2018-08-08", "2018-08-07")


def test_a_policy_is_frozen():
    policy = parse_policy(TEXT, file="f")
    with pytest.raises(ValidationError, match="frozen"):
        policy.version = 2


def test_the_version_in_force_judges_first_and_last_day_included():
    older, newer = version(1, "2018-08-08", "2020-12-31"), version(2, "2021-01-01")
    other = Policy.model_validate(older.model_dump() | {"name": "other"})
    for day, expected in (("2018-08-08", older), ("2020-12-31", older), ("2021-01-01", newer), ("2099-01-01", newer)):
        assert policy_for([newer, other, older], "cn-2018", date.fromisoformat(day)) is expected


@pytest.mark.parametrize("day", [date(2018, 8, 7), date(2020, 6, 1)])
def test_a_day_without_a_version_is_refused(day):
    versions = [version(1, "2018-08-08", "2019-12-31"), version(2, "2021-01-01")]
    with pytest.raises(ArrearsError) as caught:
        policy_for(versions, "cn-2018", day)
    assert caught.value.kind is NO_POLICY_IN_FORCE


@pytest.mark.parametrize(
    "versions",
    [
        (version(1, "2018-08-08"), version(2, "2021-01-01")),
        (version(1, "2018-08-08", "2021-01-01"), version(2, "2021-01-01")),
        (version(1, "2018-08-08", "2020-12-31"), version(1, "2021-01-01")),
        (version(2, "2018-08-08", "2020-12-31"), version(1, "2021-01-01")),
    ],
)
def test_overlapping_versions_are_refused_whatever_the_day(versions):
    with pytest.raises(ArrearsError) as caught:
        policy_for(versions, "cn-2018", date(2019, 1, 1))
    assert caught.value.kind is POLICIES_OVERLAP


def test_a_value_is_found_by_its_key():
    policy = parse_policy(TEXT, file="f")
    assert policy.sourced("grace.months").value == 2
    assert policy.sourced("conduct.frequency.1.at_most").mark == "B"
    for key in ("grace", "grace.weeks", "nothing.at.all"):
        with pytest.raises(KeyError):
            policy.sourced(key)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("a",), 1),
        (("t", "k"), 3),
        (("t", "k", "value"), 3),
        (("t", "missing"), 2),
        (("t", "x", "y"), 4),
        (("t", "list", 0, "k"), 6),
        (("t", "list", 1, "k"), 8),
        (("t", "list", 1, "missing"), 7),
        (("nowhere",), 1),
    ],
)
def test_lines_of_keys(path, expected):
    text = "a = 1\n[t]\nk = { value = 1 }\nx.y = 2\n[[t.list]]\nk = 1\n[[ t.list ]] # more\nk = 2\n"
    assert line_of(text, path) == expected
