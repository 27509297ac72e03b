"""From books to decisions: the steps of an assessment on any engine, each computed once and read by the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lake.engine import Engine
from schemas.dataset import Dataset
from schemas.datasets import ARREARS, CONDUCT_FINDINGS, EFFORT, EVIDENCE_FINDINGS, LANGUAGE_FINDINGS
from schemas.lexicon import Lexicon
from schemas.policy import Policy
from transforms.arrears import arrears_as_of
from transforms.books import Books, Frame
from transforms.conduct import conduct_findings
from transforms.contacts import books_with_contacts_that_count
from transforms.decisions import (
    decide_with_evidence,
    decisions_dataset,
    evidence_to_check,
    judge_without_evidence,
    taken_as_intact,
)
from transforms.effort import effort_since_first_missed
from transforms.language import language_findings, transcripts_to_screen
from transforms.parties import decide_parties, party_decisions_dataset


@dataclass(frozen=True)
class Judged:
    """What an assessment derives, as frames of one engine; contracts in `schemas.datasets` by the same names."""

    arrears: Frame
    effort: Frame
    conduct_findings: Frame
    language_findings: Frame
    evidence_findings: Frame
    decisions: Frame
    party_decisions: Frame

    def named(self) -> list[tuple[Dataset, Frame]]:
        """Each contract with its frame, in the order of the steps."""
        return [
            (ARREARS, self.arrears),
            (LANGUAGE_FINDINGS, self.language_findings),
            (CONDUCT_FINDINGS, self.conduct_findings),
            (EFFORT, self.effort),
            (EVIDENCE_FINDINGS, self.evidence_findings),
            (decisions_dataset(), self.decisions),
            (party_decisions_dataset(), self.party_decisions),
        ]


def judge(
    engine: Engine, books: Books, as_of: date, policy: Policy, lexicons: Sequence[Lexicon], evidence_root: Path
) -> Judged:
    """Judge every loan in arrears.

    Args:
        engine: on which the books are open.
        books: of the business date.
        as_of: business date.
        policy: that judges.
        lexicons: those that the policy names.
        evidence_root: folder below which the evidence files lie.

    Raises:
        ArrearsError: `EVIDENCE_ROOT_MISSING`.
    """

    def look(evidence: Frame) -> Frame:
        return engine.evidence(evidence, evidence_root)

    return _judge(engine, books, as_of, policy, lexicons, look)


def judge_unseen(engine: Engine, books: Books, as_of: date, policy: Policy, lexicons: Sequence[Lexicon]) -> Judged:
    """Judge every loan in arrears as if every evidence file were intact: to compare policies, never to report.

    Arguments as `judge`.
    """

    def look(_evidence: Frame) -> Frame:
        return taken_as_intact(books.evidence)

    return _judge(engine, books, as_of, policy, lexicons, look)


def _judge(
    engine: Engine,
    books: Books,
    as_of: date,
    policy: Policy,
    lexicons: Sequence[Lexicon],
    look: Callable[[Frame], Frame],
) -> Judged:
    arrears = engine.settle(arrears_as_of(books, as_of, policy, engine.keep), ARREARS)
    counted = books_with_contacts_that_count(books, arrears, as_of, policy, engine.keep)
    matches = engine.phrases(transcripts_to_screen(books, counted.contacts, policy), lexicons)
    language = engine.settle(language_findings(matches), LANGUAGE_FINDINGS)
    conduct = engine.settle(conduct_findings(counted, arrears, language, as_of, policy), CONDUCT_FINDINGS)
    effort = engine.settle(effort_since_first_missed(counted, arrears, conduct, as_of, policy), EFFORT)
    judged = engine.keep(judge_without_evidence(books, arrears, effort, as_of, policy))
    evidence = engine.settle(look(evidence_to_check(books, judged, as_of, policy)), EVIDENCE_FINDINGS)
    decisions = engine.settle(decide_with_evidence(books, judged, evidence, as_of, policy), decisions_dataset())
    parties = engine.settle(decide_parties(books, decisions, policy), party_decisions_dataset())
    return Judged(arrears, effort, conduct, language, evidence, decisions, parties)
