"""What a policy is: every number that a rule uses, each with its legal source and how well that source was verified."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from schemas import codes
from schemas.errors import ArrearsError
from schemas.errors.policy import NO_POLICY_IN_FORCE, POLICIES_OVERLAP, POLICY_INVALID
from schemas.policy_values import (
    AllocationOrder,
    AnyChannels,
    Breach,
    Channels,
    Count,
    Cron,
    Days,
    Languages,
    Lexicons,
    LocalTime,
    Money,
    Months,
    Outcomes,
    PositiveCount,
    Products,
    Protections,
    Rate,
    RuleIds,
    Share,
    Sourced,
    Strict,
    TimeZone,
    is_distinct,
)
from schemas.toml_lines import line_of


class ArrearsNumbers(Strict):
    """What makes a loan seriously overdue.

    Attributes:
        over_months: calendar months that must have passed since the first missed date, exclusive.
        min_days: calendar days that must have passed since the first missed date, inclusive. One of the two is given;
            when both are, both must hold.
        max_age_months: calendar months since the first missed date after which nothing may be reported any more.
        max_age_days: calendar days that are added to them.
        allocation_order: how a payment is spent inside one instalment, first to last.
    """

    over_months: Sourced[Months] | None = None
    min_days: Sourced[Days] | None = None
    max_age_months: Sourced[Months] | None = None
    max_age_days: Sourced[Days] | None = None
    allocation_order: Sourced[AllocationOrder]

    @model_validator(mode="after")
    def _says_how_long(self) -> ArrearsNumbers:
        if self.over_months is None and self.min_days is None:
            raise ValueError("over_months or min_days must say from when on a loan is seriously overdue")
        if self.max_age_days is not None and self.max_age_months is None:
            raise ValueError("max_age_days is added to max_age_months, which is missing")
        return self


class AmountNumbers(Strict):
    """Least overdue amount that is worth a report, in the policy's currency, inclusive, by kind of borrower."""

    person_floor: Sourced[Money]
    enterprise_floor: Sourced[Money]


class EffortNumbers(Strict):
    """What "necessary collection was made" means.

    Attributes:
        min_attempts: attempts to collect.
        min_days: distinct local days with an attempt.
        min_channels: distinct channels with an attempt.
        look_back_months: calendar months before `as_of` in which contacts count.
        right_party_outcomes: outcomes of a contact with the borrower that prove that the borrower was reached.
        unreachable_outcomes: outcomes that are a sign that the borrower can't be reached.
        min_unreachable_signs: signs that make a lost contact.
        min_unreachable_channels: distinct channels that must have given such signs.
    """

    min_attempts: Sourced[Count]
    min_days: Sourced[Count]
    min_channels: Sourced[Count]
    look_back_months: Sourced[Months]
    right_party_outcomes: Sourced[Outcomes]
    unreachable_outcomes: Sourced[Outcomes]
    min_unreachable_signs: Sourced[PositiveCount]
    min_unreachable_channels: Sourced[PositiveCount]

    @model_validator(mode="after")
    def _outcomes_differ(self) -> EffortNumbers:
        if both := sorted(set(self.right_party_outcomes.value) & set(self.unreachable_outcomes.value)):
            raise ValueError(f"outcomes {both} can't both prove and disprove that the borrower was reached")
        if self.min_channels.value > len(codes.CHANNEL) or self.min_unreachable_channels.value > len(codes.CHANNEL):
            raise ValueError(f"there are only {len(codes.CHANNEL)} channels")
        return self


class FrequencyLimit(Strict):
    """How many contacts a span of local days may have, all of these channels together.

    Attributes:
        channels: that count together.
        within_days: length of every span, 1 for each local day, 7 for any seven days in a row.
        at_most: contacts in a span.
    """

    channels: Channels
    within_days: Annotated[int, Field(ge=1, le=366, strict=True)]
    at_most: Sourced[PositiveCount]


class AfterTalkLimit(Strict):
    """How long the borrower is left alone after a conversation.

    Attributes:
        channels: of the conversation and of the contacts that must wait.
        days: local days, the day of the conversation being the first.
    """

    channels: Channels
    days: Sourced[Days]


class ConductNumbers(Strict):
    """What collection may not do.

    Attributes:
        quiet_from: local time at which the quiet hours begin; that second is quiet.
        quiet_until: local time at which they end; that second is not quiet. Before `quiet_from` they cross midnight.
        quiet_channels: channels for which quiet hours hold.
        max_third_party_contacts: contacts with somebody else than the borrower that are tolerated.
        frequency: limits of contacts; a channel is in one limit of each span at most.
        after_talk: how long the borrower is left alone after a conversation, None when nothing says so.
        stop_channels: channels that must rest after a do-not-contact request or a lawyer's notice.
        staffed_channels: channels on which a registered collector must stand for the contact.
        recorded_channels: channels on which a contact that reached somebody must have a recording.
        blocking_breaches: breaches that block a report; the others are shown to the approver.
    """

    quiet_from: Sourced[LocalTime]
    quiet_until: Sourced[LocalTime]
    quiet_channels: Sourced[Channels]
    max_third_party_contacts: Sourced[Count]
    frequency: tuple[FrequencyLimit, ...]
    after_talk: AfterTalkLimit | None = None
    stop_channels: Sourced[AnyChannels]
    staffed_channels: Sourced[AnyChannels]
    recorded_channels: Sourced[AnyChannels]
    blocking_breaches: Sourced[Annotated[tuple[Breach, ...], AfterValidator(is_distinct)]]

    @model_validator(mode="after")
    def _makes_sense(self) -> ConductNumbers:
        if self.quiet_from.value == self.quiet_until.value:
            raise ValueError("quiet_from and quiet_until are equal: the quiet hours would be none or all")
        if self.quiet_from.value.microsecond or self.quiet_until.value.microsecond:
            raise ValueError("quiet hours begin and end on a whole second")
        limited = [(limit.within_days, channel) for limit in self.frequency for channel in limit.channels]
        if len(set(limited)) != len(limited):
            raise ValueError("a channel is in two frequency limits of the same span")
        return self


class LanguageNumbers(Strict):
    """What collectors may not say.

    Attributes:
        lexicons: names of the lexicons with which transcripts are screened, in `policies/lexicons/`.
        blocking: kinds of language that make a breach; the others are only found and shown.
    """

    lexicons: Sourced[Lexicons]
    blocking: Sourced[Languages]


class EvidenceNumbers(Strict):
    """How old evidence may be: calendar months before `as_of` in which proof of ability to pay must be obtained."""

    max_ability_age_months: Sourced[Months]


class ExclusionNumbers(Strict):
    """What is never reported.

    Attributes:
        allowed_products: products that may be reported; all others never are.
        max_annual_rate: highest all-in annual rate at origination, inclusive, 0.36 for 36 %; None when there is no cap.
        protections: protections of the borrower under which nothing is reported.
        shown_rules: rules that would block and are only shown to the approver under this policy.
    """

    allowed_products: Sourced[Products]
    max_annual_rate: Sourced[Rate] | None = None
    protections: Sourced[Protections]
    shown_rules: Sourced[RuleIds]


class GraceNumbers(Strict):
    """How long the borrower has after delivery of the notice: calendar months or calendar days, one of them."""

    months: Sourced[Months] | None = None
    days: Sourced[Days] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> GraceNumbers:
        if (self.months is None) == (self.days is None):
            raise ValueError("either months or days say how long the grace period is")
        return self


class ReportNumbers(Strict):
    """How batches are made.

    Attributes:
        cron: the bureau's calendar in the policy's time zone.
        approval_minutes: time in which a person must answer.
        part_records: most records in one file.
        priority: what comes first in a batch, in order.
    """

    cron: Sourced[Cron]
    approval_minutes: Sourced[Annotated[int, Field(ge=1, le=60 * 24 * 30, strict=True)]]
    part_records: Sourced[PositiveCount]
    priority: Sourced[Annotated[tuple[Literal["judgment", "amount"], ...], AfterValidator(is_distinct)]]


class IngestNumbers(Strict):
    """When extracts are read, and the share of bad rows above which a dataset is refused."""

    cron: Sourced[Cron]
    max_quarantine_share: Sourced[Share]


class RetentionNumbers(Strict):
    """How long things are kept.

    Attributes:
        snapshot_days: snapshots and quarantine.
        collection_record_years: contacts and their evidence, from the contact.
        adverse_years: what was reported, from the end of the default.
        ledger_years: pages of the ledger.
    """

    snapshot_days: Sourced[PositiveCount]
    collection_record_years: Sourced[PositiveCount]
    adverse_years: Sourced[PositiveCount]
    ledger_years: Sourced[PositiveCount]


class Policy(Strict):
    """One version of one policy.

    Attributes:
        name: stable over versions.
        version: from 1, grows with each change; a decision names it.
        title_en: for people.
        title_zh: for people.
        effective_from: first business date that it judges.
        effective_until: last business date that it judges, None while it is open.
        time_zone: in which business dates and quiet hours are counted.
        currency: ISO 4217 code of all amounts.
    """

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    version: PositiveCount
    title_en: str = Field(min_length=1)
    title_zh: str = Field(min_length=1)
    effective_from: Annotated[date, Field(strict=True)]
    effective_until: Annotated[date, Field(strict=True)] | None = None
    time_zone: TimeZone
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    arrears: ArrearsNumbers
    amounts: AmountNumbers
    effort: EffortNumbers
    conduct: ConductNumbers
    language: LanguageNumbers
    evidence: EvidenceNumbers
    exclusions: ExclusionNumbers
    grace: GraceNumbers
    report: ReportNumbers
    ingest: IngestNumbers
    retention: RetentionNumbers

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Policy:
        if self.effective_until is not None and self.effective_until < self.effective_from:
            raise ValueError("effective_until is before effective_from")
        return self

    def is_in_force(self, on: date) -> bool:
        """Whether this version judges cases of that business date."""
        return self.effective_from <= on and (self.effective_until is None or on <= self.effective_until)

    @property
    def overdue_months(self) -> int:
        """Calendar months that must have passed since the first missed date; none when only days are asked for."""
        return 0 if self.arrears.over_months is None else self.arrears.over_months.value

    def sourced(self, key: str) -> Sourced[object]:
        """The value, source and mark at a dotted key such as `arrears.over_months`.

        Raises:
            KeyError: there is no sourced value at that key.
        """
        node: object = self
        for part in key.split("."):
            node = node[int(part)] if isinstance(node, tuple) and part.isdigit() else getattr(node, part, None)
        if not isinstance(node, Sourced):
            raise KeyError(key)
        return node


def parse_policy(text: str, *, file: str) -> Policy:
    """Read one policy from TOML text. Numbers with a point become decimals, never floats.

    Raises:
        ArrearsError: `POLICY_INVALID`, naming the file and, for each problem, line, key and reason.
    """
    try:
        return Policy.model_validate(tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise ArrearsError(POLICY_INVALID, file=file, problems=str(error)) from error
    except ValidationError as error:
        problems = sorted(
            (line_of(text, problem["loc"]), ".".join(map(str, problem["loc"])) or "policy", problem["msg"])
            for problem in error.errors()
        )
        listed = "; ".join(f"line {line}: {key}: {reason}" for line, key, reason in problems)
        raise ArrearsError(POLICY_INVALID, file=file, problems=listed) from error


def policy_for(policies: Iterable[Policy], name: str, on: date) -> Policy:
    """The version of a policy that judges cases of a business date.

    Raises:
        ArrearsError: `POLICIES_OVERLAP` when two versions of it do, `NO_POLICY_IN_FORCE` when none covers the day.
    """
    versions = sorted((policy for policy in policies if policy.name == name), key=lambda policy: policy.effective_from)
    _refuse_overlap(versions)
    for policy in versions:
        if policy.is_in_force(on):
            return policy
    raise ArrearsError(NO_POLICY_IN_FORCE, policy=name, on=on, versions=[policy.version for policy in versions])


def _refuse_overlap(versions: Sequence[Policy]) -> None:
    for older, newer in pairwise(versions):
        is_overlapping = older.effective_until is None or older.effective_until >= newer.effective_from
        if is_overlapping or older.version >= newer.version:
            raise ArrearsError(
                POLICIES_OVERLAP,
                policy=older.name,
                versions=[older.version, newer.version],
                older_until=older.effective_until,
                newer_from=newer.effective_from,
            )
