"""The steps of an assessment on one engine, each computed once and read by the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from lake.engine import Engine
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

Look: TypeAlias = Callable[[Frame], Frame]
"""Looks at files of evidence; contract `EVIDENCE_FINDINGS`."""


@dataclass(frozen=True)
class Collection:
    """What was done to collect, and what follows from it; contracts in `schemas.datasets` by the same names.

    Attributes:
        language_findings: forbidden language.
        conduct_findings: contacts at fault.
        effort: what the contacts add up to.
        judged: all that the rules look at but evidence, see `transforms.decisions.judge_without_evidence`.
        evidence: rows of evidence on which a decision depends.
    """

    language_findings: Frame
    conduct_findings: Frame
    effort: Frame
    judged: Frame
    evidence: Frame


@dataclass(frozen=True)
class Steps:
    """The steps under one policy.

    Attributes:
        engine: on which the books are open.
        as_of: business date.
        policy: that judges.
        lexicons: those that the policy names.
    """

    engine: Engine
    as_of: date
    policy: Policy
    lexicons: Sequence[Lexicon]

    def arrears(self, books: Books) -> Frame:
        """The loans in arrears; contract `ARREARS`."""
        return self.engine.settle(arrears_as_of(books, self.as_of, self.policy, self.engine.keep), ARREARS)

    def collection(self, books: Books, arrears: Frame) -> Collection:
        """What was done about loans in arrears."""
        engine, as_of, policy = self.engine, self.as_of, self.policy
        counted = books_with_contacts_that_count(books, arrears, as_of, policy, engine.keep)
        matches = engine.phrases(transcripts_to_screen(books, counted.contacts, policy), self.lexicons)
        language = engine.settle(language_findings(matches), LANGUAGE_FINDINGS)
        conduct = engine.settle(conduct_findings(counted, arrears, language, as_of, policy), CONDUCT_FINDINGS)
        effort = engine.settle(effort_since_first_missed(counted, arrears, conduct, as_of, policy), EFFORT)
        judged = engine.keep(judge_without_evidence(books, arrears, effort, as_of, policy))
        return Collection(language, conduct, effort, judged, evidence_to_check(books, judged, as_of, policy))

    def taken_as_intact(self, books: Books, arrears: Frame) -> Frame:
        """All evidence of loans in arrears as if it were intact; contract `EVIDENCE_FINDINGS`."""
        evidence = books.evidence.join(arrears.select("loan_id"), on="loan_id", how="semi")
        return self.engine.settle(taken_as_intact(evidence), EVIDENCE_FINDINGS)

    def decisions(self, books: Books, judged: Frame, evidence_findings: Frame) -> Frame:
        """What follows from all that was found; contract `decisions_dataset()`."""
        decided = decide_with_evidence(books, judged, evidence_findings, self.as_of, self.policy)
        return self.engine.settle(decided, decisions_dataset())

    def parties(self, books: Books, decisions: Frame) -> Frame:
        """Co-borrowers and guarantors; contract `party_decisions_dataset()`."""
        return self.engine.settle(decide_parties(books, decisions, self.policy), party_decisions_dataset())
