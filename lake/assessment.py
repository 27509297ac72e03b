"""Assessments: what was derived from one book under one policy, published together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from lake.book import BookRef, read_book
from lake.record import check_snapshots, latest_record, publish_record, read_record
from lake.snapshot import Lake, SnapshotRef


@dataclass(frozen=True)
class AssessmentRef:
    """Names one assessment for good.

    Attributes:
        as_of: business date.
        policy: name of the policy.
        assessment_id: made from the content.
    """

    as_of: date
    policy: str
    assessment_id: str

    def to_json(self) -> dict[str, str]:
        """As JSON values."""
        return {"as_of": self.as_of.isoformat(), "policy": self.policy, "assessment_id": self.assessment_id}

    @classmethod
    def from_json(cls, value: Mapping[str, str]) -> AssessmentRef:
        """From what `to_json` gave."""
        return cls(date.fromisoformat(value["as_of"]), value["policy"], value["assessment_id"])


@dataclass(frozen=True)
class Assessment:
    """One assessment.

    Attributes:
        ref: its name.
        book: that it was derived from.
        policy_version: of the policy that decided.
        snapshots: dataset name to derived snapshot.
        facts: what the step that published it wants remembered, JSON values without personal data.
    """

    ref: AssessmentRef
    book: BookRef
    policy_version: int
    snapshots: dict[str, SnapshotRef]
    facts: dict[str, Any]


def publish_assessment(
    lake: Lake,
    book: BookRef,
    snapshots: Mapping[str, SnapshotRef],
    *,
    policy: str,
    policy_version: int,
    facts: Mapping[str, Any],
) -> AssessmentRef:
    """Publish an assessment in one step. The same again changes nothing, not even the order.

    Args:
        lake: where.
        book: that the snapshots were derived from.
        snapshots: dataset name to derived snapshot, all of the book's business date.
        policy: name of the policy.
        policy_version: its version.
        facts: JSON values to remember.

    Raises:
        ArrearsError: `RECORD_MISSING` when there is no such book, `SNAPSHOT_MISSING`, `SNAPSHOT_ALTERED`,
            `RECORD_MIXES_DATES`, `LAKE_NOT_WRITABLE`.
    """
    read_book(lake, book)
    check_snapshots(lake, snapshots, book.as_of.isoformat())
    content = {
        "book": book.to_json(),
        "policy": policy,
        "policy_version": policy_version,
        "snapshots": {name: asdict(ref) for name, ref in snapshots.items()},
        "facts": dict(facts),
    }
    return AssessmentRef(book.as_of, policy, publish_record(lake, _folder(book.as_of, policy), content))


def latest_assessment(lake: Lake, as_of: date, policy: str) -> AssessmentRef | None:
    """The assessment of the business date under a policy that was published last."""
    assessment_id = latest_record(lake, _folder(as_of, policy))
    return None if assessment_id is None else AssessmentRef(as_of, policy, assessment_id)


def read_assessment(lake: Lake, ref: AssessmentRef) -> Assessment:
    """An assessment.

    Raises:
        ArrearsError: `RECORD_MISSING`, `RECORD_ALTERED`.
    """
    content = read_record(lake, _folder(ref.as_of, ref.policy), ref.assessment_id)
    return Assessment(
        ref,
        BookRef.from_json(content["book"]),
        content["policy_version"],
        {name: SnapshotRef.from_json(value) for name, value in content["snapshots"].items()},
        content["facts"],
    )


def _folder(as_of: date, policy: str) -> str:
    return f"assessments/{policy}/{as_of}"
