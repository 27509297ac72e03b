"""What proofs share: policies, days, and the transforms run one after the other on some books."""

from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings

from schemas.datasets import ARREARS, CONDUCT_FINDINGS, EFFORT
from schemas.policy import parse_policy
from transforms.arrears import arrears_as_of
from transforms.conduct import conduct_findings
from transforms.decisions import decide, decisions_dataset
from transforms.effort import effort_since_first_missed
from transforms.parties import decide_parties, party_decisions_dataset

POLICIES = Path(__file__).parents[2] / "policies"
DATASETS = {
    dataset.name: dataset
    for dataset in (ARREARS, CONDUCT_FINDINGS, EFFORT, decisions_dataset(), party_decisions_dataset())
}
DAYS = (
    date(2024, 2, 29),
    date(2025, 2, 28),
    date(2025, 3, 30),
    date(2025, 8, 31),
    date(2026, 3, 1),
    date(2026, 4, 30),
    date(2026, 6, 15),
    date(2026, 12, 31),
)
AFTER_TALK_AND_SPANS = """mark = "B" }

[[conduct.frequency]]
channels = ["sms", "call"]
within_days = 3
at_most = { value = 2, source = "made up", mark = "C" }

[conduct.after_talk]
channels = ["call", "sms", "visit"]
days = { value = 2, source = "made up", mark = "C" }

[language]"""


def read_policy(name, *changes):
    """A policy of the repository, with changes of its text."""
    text = (POLICIES / f"{name}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return parse_policy(text, file=f"{name}.toml")


def mixed_policy():
    """What no policy of the repository asks for: two ages, tolerance, a short memory, quiet mornings, several spans."""
    return read_policy(
        "cn-2018",
        ("over_months = {", 'min_days = { value = 185, source = "made up", mark = "C" }\nover_months = {'),
        ("max_third_party_contacts = { value = 0", "max_third_party_contacts = { value = 1"),
        ("look_back_months = { value = 24", "look_back_months = { value = 7"),
        ("quiet_from = { value = 22:00:00", "quiet_from = { value = 07:30:00"),
        ("quiet_until = { value = 08:00:00", "quiet_until = { value = 10:00:00"),
        ('mark = "B" }\n\n[language]', AFTER_TALK_AND_SPANS),
        ('blocking = { value = ["threat", "insult", ', 'blocking = { value = ["threat", '),
        ("shown_rules = { value = []", 'shown_rules = { value = ["E0603", "E0301"]'),
        ('"fee", "interest", "penalty", "principal"', '"principal", "penalty", "interest", "fee"'),
        ('time_zone = "Asia/Shanghai"', 'time_zone = "Europe/London"'),
    )


POLICY_MAKERS = {
    "cn-2018": lambda: read_policy("cn-2018"),
    "us-fcra": lambda: read_policy("us-fcra"),
    "mixed": mixed_policy,
}


def few(portfolios):
    """Settings for properties of whole portfolios: a seed can't be shrunk, a failure shows one loan instead."""
    return settings(
        max_examples=portfolios,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )


def judged_frames(books, findings, language, as_of, policy, settled, keep):
    """Every dataset that the transforms make of books, by name; each reads the result of the one before.

    Args:
        books: of the business date.
        findings: frame of EVIDENCE_FINDINGS.
        language: frame of LANGUAGE_FINDINGS.
        as_of: business date.
        policy: gives the numbers.
        settled: computes a frame once, given its dataset.
        keep: computes a frame once that is no dataset.
    """
    arrears = settled(arrears_as_of(books, as_of, policy, keep), ARREARS)
    conduct = settled(conduct_findings(books, arrears, language, as_of, policy), CONDUCT_FINDINGS)
    effort = settled(effort_since_first_missed(books, arrears, conduct, as_of, policy), EFFORT)
    decisions = settled(decide(books, arrears, effort, findings, as_of, policy), decisions_dataset())
    parties = decide_parties(books, decisions, policy)
    return dict(zip(DATASETS, (arrears, conduct, effort, decisions, parties), strict=True))


def judged(kit, engine, facts, as_of, policy):
    """Rows of every dataset by name and primary key, of facts: rows of the books, of evidence and language findings."""
    rows, findings, language = facts
    frames = judged_frames(
        engine.books(rows),
        engine.findings(findings),
        engine.language(language),
        as_of,
        policy,
        lambda frame, _: engine.settled(frame),
        engine.settled,
    )
    return {name: keyed(name, kit.rows(frame)) for name, frame in frames.items()}


def keyed(name, rows):
    """Rows by primary key, refusing a key that stands twice."""
    by_key = {tuple(row[field] for field in DATASETS[name].primary_key): row for row in rows}
    assert len(by_key) == len(rows), f"{name} has two rows of one key"
    return by_key
