"""From books to decisions on any engine: what an assessment derives, in parts where the books are large."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from lake.engine import Engine, LocalEngine
from lake.judged import Judged
from lake.judging_parts import judge_in_parts
from lake.judging_steps import Look, Steps
from lake.loan_parts import loan_ranges
from schemas.datasets import EVIDENCE_FINDINGS
from schemas.lexicon import Lexicon
from schemas.policy import Policy
from transforms.books import Books, Frame


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

    return _judge(Steps(engine, as_of, policy, lexicons), books, look)


def judge_unseen(engine: Engine, books: Books, as_of: date, policy: Policy, lexicons: Sequence[Lexicon]) -> Judged:
    """Judge every loan in arrears as if every evidence file were intact: to compare policies, never to report.

    Arguments as `judge`.
    """
    return _judge(Steps(engine, as_of, policy, lexicons), books, None)


def _judge(steps: Steps, books: Books, look: Look | None) -> Judged:
    engine = steps.engine
    if isinstance(engine, LocalEngine):
        ranges = loan_ranges(engine, books.loans)
        if len(ranges) > 1:
            return judge_in_parts(engine, steps, books, ranges, look)
    return _judge_at_once(steps, books, look)


def _judge_at_once(steps: Steps, books: Books, look: Look | None) -> Judged:
    arrears = steps.arrears(books)
    found = steps.collection(books, arrears)
    if look is None:
        evidence = steps.taken_as_intact(books, arrears)
    else:
        evidence = steps.engine.settle(look(found.evidence), EVIDENCE_FINDINGS)
    decisions = steps.decisions(books, found.judged, evidence)
    return Judged(
        arrears=arrears,
        effort=found.effort,
        conduct_findings=found.conduct_findings,
        language_findings=found.language_findings,
        evidence_findings=evidence,
        decisions=decisions,
        party_decisions=steps.parties(books, decisions),
    )
