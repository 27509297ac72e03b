"""What an assessment derives."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.dataset import Dataset
from schemas.datasets import ARREARS, CONDUCT_FINDINGS, EFFORT, EVIDENCE_FINDINGS, LANGUAGE_FINDINGS
from transforms.books import Frame
from transforms.decisions import decisions_dataset
from transforms.parties import party_decisions_dataset


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
