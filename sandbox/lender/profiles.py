"""What each loan is meant to be: reportable, or short of it for exactly one reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from sandbox.lender.days import Ints, Truths


class Depth(IntEnum):
    """How long the loan is in arrears at the first business date."""

    HEALTHY = 0
    MILD = 1
    SERIOUS = 2


class Conduct(IntEnum):
    """How the loan was collected."""

    LAWFUL = 0
    LOST = 1
    NOT_REACHED = 2
    QUIET_HOURS = 3
    OVER_FREQUENCY = 4
    THIRD_PARTY = 5
    FEW_ATTEMPTS = 6
    FEW_DAYS = 7
    ONE_CHANNEL = 8


class Flaw(IntEnum):
    """What is wrong with the evidence file that the case leans on."""

    NONE = 0
    MISSING = 1
    ALTERED = 2
    WRONG_SIZE = 3
    OUTSIDE = 4


@dataclass(frozen=True)
class Profile:
    """One kind of loan.

    Attributes:
        name: stands in `truth.parquet`.
        share: of the loans.
        fails: ids of the rules that it is meant to fail at the first business date when nothing else happens to it.
        depth: how long it is in arrears.
        is_reportable: whether all rules are meant to hold at the first business date.
        conduct: how it was collected.
        has_ability: whether there is evidence of the ability to pay.
        has_refusal: whether there is evidence of refusal.
        has_judgment: whether there is a judgment, effective long before the first business date.
        has_pending_judgment: whether there is a judgment that takes effect after all business dates only.
        is_small: whether the overdue amount is below what anybody would report.
        has_open_dispute: whether a dispute is open.
        has_kept_agreement: whether the borrower keeps a repayment agreement.
        protection: protection code of the borrower.
        product: product code, empty for the usual mix.
        is_dear: whether the agreed rate is above 36 %.
        has_wrong_check: whether the check digit of the identity number is wrong.
        flaw: what is wrong with an evidence file.
        is_boundary: whether exactly six months have passed since the first missed date, which is not yet "over six".
        has_broken_payment: whether one row of its payments cannot be read.
        is_person: whether only persons fit.
        least: least number of loans in a block however small.
    """

    name: str
    share: float
    depth: Depth = Depth.SERIOUS
    fails: tuple[str, ...] = ()
    is_reportable: bool = False
    conduct: Conduct = Conduct.LAWFUL
    has_ability: bool = True
    has_refusal: bool = True
    has_judgment: bool = False
    has_pending_judgment: bool = False
    is_small: bool = False
    has_open_dispute: bool = False
    has_kept_agreement: bool = False
    protection: str = "none"
    product: str = ""
    is_dear: bool = False
    has_wrong_check: bool = False
    flaw: Flaw = Flaw.NONE
    is_boundary: bool = False
    has_broken_payment: bool = False
    is_person: bool = False
    least: int = 1


PROFILES: tuple[Profile, ...] = (
    Profile("healthy", 0.0, Depth.HEALTHY),
    Profile("mild", 0.042, Depth.MILD, least=8),
    Profile("reached", 0.0135, is_reportable=True, least=8),
    Profile("lost", 0.0040, is_reportable=True, conduct=Conduct.LOST, least=3),
    Profile("judged", 0.0025, is_reportable=True, has_judgment=True, has_ability=False, has_refusal=False, least=2),
    Profile("quiet_hours", 0.0025, fails=("E0301",), conduct=Conduct.QUIET_HOURS),
    Profile("over_frequency", 0.0025, fails=("E0302",), conduct=Conduct.OVER_FREQUENCY),
    Profile("third_party", 0.0025, fails=("E0303",), conduct=Conduct.THIRD_PARTY),
    Profile("few_attempts", 0.0040, fails=("E0201",), conduct=Conduct.FEW_ATTEMPTS),
    Profile("few_days", 0.0015, fails=("E0201",), conduct=Conduct.FEW_DAYS),
    Profile("one_channel", 0.0020, fails=("E0201",), conduct=Conduct.ONE_CHANNEL),
    Profile("not_reached", 0.0025, fails=("E0202",), conduct=Conduct.NOT_REACHED),
    Profile("no_ability", 0.0045, fails=("E0402",), has_ability=False),
    Profile("no_refusal", 0.0035, fails=("E0402",), has_refusal=False),
    Profile(
        "pending_judgment", 0.0005, fails=("E0402",), has_pending_judgment=True, has_ability=False, has_refusal=False
    ),
    Profile("small", 0.0050, fails=("E0102",), is_small=True),
    Profile("open_dispute", 0.0020, fails=("E0601",), has_open_dispute=True),
    Profile("kept_agreement", 0.0020, fails=("E0602",), has_kept_agreement=True),
    Profile("deceased", 0.0005, fails=("E0603",), protection="deceased", is_person=True),
    Profile("bankrupt", 0.0005, fails=("E0603",), protection="bankrupt"),
    Profile("minor", 0.0003, fails=("E0603",), protection="minor", is_person=True),
    Profile("identity_theft", 0.0004, fails=("E0603",), protection="identity_theft", is_person=True),
    Profile("disaster_relief", 0.0006, fails=("E0603",), protection="disaster_relief"),
    Profile("student", 0.0012, fails=("E0501",), product="student", is_person=True),
    Profile("down_payment", 0.0008, fails=("E0501",), product="down_payment", is_person=True),
    Profile("dear", 0.0010, fails=("E0502",), is_dear=True),
    Profile("wrong_check", 0.0006, fails=("E0604",), has_wrong_check=True),
    Profile("evidence_missing", 0.0005, fails=("E0401", "E0402"), flaw=Flaw.MISSING),
    Profile("evidence_altered", 0.0005, fails=("E0401", "E0402"), flaw=Flaw.ALTERED),
    Profile("evidence_wrong_size", 0.0004, fails=("E0401",), flaw=Flaw.WRONG_SIZE),
    Profile("evidence_outside", 0.0002, fails=("E0401",), flaw=Flaw.OUTSIDE),
    Profile("boundary", 0.0005, fails=("E0101",), is_boundary=True),
    Profile("broken_payment", 0.0005, fails=("E0701",), has_broken_payment=True),
)
NAMES = tuple(profile.name for profile in PROFILES)


class Outcome(IntEnum):
    """What becomes of a reportable loan between the first business date and the end of the grace period."""

    NOT_NOTICED = 0
    UNPAID = 1
    PAID = 2
    DISPUTED = 3
    AGREED = 4
    DIED = 5


_GRACE_SHARES = {Outcome.PAID: 0.12, Outcome.DISPUTED: 0.04, Outcome.AGREED: 0.02, Outcome.DIED: 0.005}


def trait(profile: Ints, name: str) -> Ints:
    """A trait of every loan's profile, truths and enumerations as integers."""
    return np.array([int(getattr(each, name)) for each in PROFILES], dtype=np.int64)[profile]


def has_trait(profile: Ints, name: str) -> Truths:
    """A trait of every loan's profile as a truth."""
    return np.array([bool(getattr(each, name)) for each in PROFILES])[profile]


def is_spare(profile: Ints) -> Truths:
    """Loans short of a report for a reason that is neither collection nor files: more may happen to them."""
    spare = [
        each.depth == Depth.SERIOUS
        and each.conduct == Conduct.LAWFUL
        and each.flaw == Flaw.NONE
        and not (each.is_reportable or each.is_boundary or each.has_broken_payment)
        for each in PROFILES
    ]
    return np.array(spare)[profile]


def assign_profiles(rng: np.random.Generator, loans: int) -> Ints:
    """A profile index for each of `loans` loans in random order; what the shares leave is healthy."""
    counts = [0, *(max(each.least, round(each.share * loans)) for each in PROFILES[1:])]
    counts[0] = loans - sum(counts)
    return rng.permutation(np.repeat(np.arange(len(PROFILES), dtype=np.int64), counts))


def assign_outcomes(rng: np.random.Generator, profile: Ints, is_person: Truths) -> Ints:
    """What becomes of each loan in the grace period; only persons die."""
    outcome = np.full(len(profile), Outcome.NOT_NOTICED, dtype=np.int64)
    reportable = np.flatnonzero(has_trait(profile, "is_reportable"))
    outcome[reportable] = Outcome.UNPAID
    counts = {kind: max(1, round(share * len(reportable))) for kind, share in _GRACE_SHARES.items()}
    outcome[rng.permutation(reportable[is_person[reportable]])[: counts.pop(Outcome.DIED)]] = Outcome.DIED
    rest = rng.permutation(np.flatnonzero(outcome == Outcome.UNPAID))
    kinds = np.repeat(np.array(list(counts), dtype=np.int64), list(counts.values()))
    outcome[rest[: len(kinds)]] = kinds
    return outcome
