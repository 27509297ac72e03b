"""What the books of a business date said about one loan and what the rules made of it, read from the snapshots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

import narwhals as nw

from lake.book import BookRef, read_book
from lake.engine import collect, open_engine
from lake.snapshot import Lake, SnapshotRef
from ledger.ledger import Ledger
from ledger.page import Page
from orchestration.deployment import policy_versions
from orchestration.rule_outcomes import RuleOutcome, rule_outcomes
from schemas.datasets import (
    AGREEMENTS,
    ARREARS,
    CONDUCT_FINDINGS,
    CONTACTS,
    DISPUTES,
    EFFORT,
    EVIDENCE,
    JUDGMENTS,
    LANGUAGE_FINDINGS,
    LOANS,
)
from schemas.errors import ArrearsError
from schemas.errors.command import POLICY_VERSION_MISSING, STORY_INCOMPLETE
from schemas.field import Field
from schemas.fields import FIELDS
from schemas.policy import Policy
from transforms.calendar import add_months
from transforms.local_time import start_of_day
from transforms.parties import party_decisions_dataset

Row: TypeAlias = dict[str, Any]
Show: TypeAlias = Callable[[str | None, Field], str | None]
"""How a value that is identity is shown: masked, or as it is."""

_BORROWER = ("borrower_id", "borrower_kind", "name", "id_type", "id_number", "mobile", "email", "protection_code")
_COURT = ("has_judgment", "is_ability_documented", "is_refusal_documented")


@dataclass(frozen=True)
class Judgement:
    """One loan as it was judged at one business date.

    Attributes:
        as_of: business date.
        policy_name: policy that decided.
        policy_version: its version.
        time_zone: in which its days are counted.
        book_id: books that were judged.
        assessment_id: the assessment.
        ingest_page_no: page that says from which files the books came, None when it is not in the ledger.
        assess_page_no: page of the assessment.
        is_reportable: whether every blocking rule was met.
        borrower: who owes, identity as it is shown.
        loan: the account.
        arrears: figures of the arrears.
        effort: what the contacts add up to.
        documented: what judgments and evidence show.
        rules: every rule with its outcome.
        contacts: those that count for the effort, oldest first, each with the rules that it breaks; transcripts as they
            are shown.
        language: each place in a transcript where forbidden language was found.
        parties: co-borrowers and guarantors with what the rules made of them.
        evidence: each piece obtained by then, with the finding on its file (None: not looked at).
        judgments, disputes, agreements: of the loan.
    """

    as_of: date
    policy_name: str
    policy_version: int
    time_zone: str
    book_id: str
    assessment_id: str
    ingest_page_no: int | None
    assess_page_no: int
    is_reportable: bool
    borrower: Row
    loan: Row
    arrears: Row
    effort: Row
    documented: Row
    rules: tuple[RuleOutcome, ...]
    contacts: tuple[Row, ...]
    language: tuple[Row, ...]
    parties: tuple[Row, ...]
    evidence: tuple[Row, ...]
    judgments: tuple[Row, ...]
    disputes: tuple[Row, ...]
    agreements: tuple[Row, ...]


def judgement_of(ledger: Ledger, lake: Lake, loan_id: str, as_of: str, assessment_id: str, show: Show) -> Judgement:
    """Read one loan's judgement back. The SHA-256 of every snapshot that is read is computed and compared.

    Args:
        ledger: names the assessment's snapshots.
        lake: holds them.
        loan_id: which loan.
        as_of: business date of the assessment, ISO.
        assessment_id: which assessment.
        show: masks identity, or not.

    Raises:
        ArrearsError: `STORY_INCOMPLETE`, `POLICY_VERSION_MISSING`; `SNAPSHOT_MISSING` or `RECORD_MISSING` once
            retention has deleted what was read; `SNAPSHOT_ALTERED` or `RECORD_ALTERED`.
    """
    page = _assess_page(ledger, as_of, assessment_id)
    facts = page.content
    policy = _policy(facts["policy_name"], facts["policy_version"])
    book = read_book(lake, BookRef(date.fromisoformat(as_of), facts["book_id"]))
    derived = {name: SnapshotRef.from_json(ref) for name, ref in facts["snapshots"].items()}
    rows = _Rows(lake, {**book.snapshots, **derived})
    decision = rows.one("decisions", "loan_id", loan_id)
    loan = rows.one("loans", "loan_id", loan_id)
    ingest = ledger.page(f"ingest/{as_of}/{facts['book_id']}")
    return Judgement(
        as_of=book.ref.as_of,
        policy_name=policy.name,
        policy_version=policy.version,
        time_zone=policy.time_zone,
        book_id=book.ref.book_id,
        assessment_id=assessment_id,
        ingest_page_no=None if ingest is None else ingest.page_no,
        assess_page_no=page.page_no,
        is_reportable=decision["is_reportable"],
        borrower=_shown(_only(rows.one("borrowers", "borrower_id", loan["borrower_id"]), _BORROWER), show),
        loan=_only(loan, LOANS.field_names),
        arrears=_only(decision, ARREARS.field_names),
        effort=_only(decision, EFFORT.field_names),
        documented=_only(decision, _COURT),
        rules=rule_outcomes(decision, policy),
        contacts=_contacts(rows, decision, policy, show),
        language=rows.many("language_findings", LANGUAGE_FINDINGS.field_names, loan_id, order="contacted_at"),
        parties=rows.many("party_decisions", party_decisions_dataset().field_names, loan_id, order="borrower_id"),
        evidence=_evidence(rows, loan_id, book.ref.as_of),
        judgments=rows.many("judgments", JUDGMENTS.field_names, loan_id, order="effective_on"),
        disputes=rows.many("disputes", DISPUTES.field_names, loan_id, order="opened_on"),
        agreements=rows.many("agreements", AGREEMENTS.field_names, loan_id, order="agreed_on"),
    )


class _Rows:
    """Rows of one loan out of verified snapshots."""

    def __init__(self, lake: Lake, refs: Mapping[str, SnapshotRef]) -> None:
        self._lake, self._refs = lake, refs
        self._engine = open_engine("polars", lake)

    def where(self, dataset: str, condition: nw.Expr) -> list[Row]:
        """The rows of a dataset that meet a condition."""
        ref = self._refs[dataset]
        self._lake.verify(ref)
        rows: list[Row] = collect(self._engine.scan({dataset: ref})[dataset].filter(condition)).to_pylist()
        return rows

    def one(self, dataset: str, key: str, value: str) -> Row:
        """The one row with this key."""
        found = self.where(dataset, nw.col(key) == value)
        if len(found) != 1:
            raise ArrearsError(STORY_INCOMPLETE, dataset=dataset, key=value, rows=len(found))
        return found[0]

    def many(self, dataset: str, columns: Sequence[str], loan_id: str, *, order: str) -> tuple[Row, ...]:
        """The rows of a loan without its number."""
        found = sorted(self.where(dataset, nw.col("loan_id") == loan_id), key=lambda row: row[order])
        return tuple(_only(row, [name for name in columns if name != "loan_id"]) for row in found)


def _assess_page(ledger: Ledger, as_of: str, assessment_id: str) -> Page:
    key = f"assess/{as_of}/{assessment_id}"
    page = ledger.page(key)
    if page is None:
        raise ArrearsError(STORY_INCOMPLETE, page=key)
    return page


def _policy(name: str, version: int) -> Policy:
    for policy in policy_versions():
        if (policy.name, policy.version) == (name, version):
            return policy
    raise ArrearsError(POLICY_VERSION_MISSING, policy=name, version=version)


def _contacts(rows: _Rows, decision: Row, policy: Policy, show: Show) -> tuple[Row, ...]:
    """The contacts of the same days as `transforms.effort` counts."""
    as_of = decision["as_of"]
    first_on = max(decision["first_missed_on"], add_months(as_of, -policy.effort.look_back_months.value))
    begins_at = start_of_day(first_on, policy.time_zone)
    ends_at = start_of_day(as_of + timedelta(days=1), policy.time_zone)
    at = nw.col("contacted_at")
    is_counted = (nw.col("loan_id") == decision["loan_id"]) & (at >= begins_at) & (at < ends_at)
    found = sorted(rows.where("contacts", is_counted), key=lambda row: (row["contacted_at"], row["contact_id"]))
    columns = [name for name in CONTACTS.field_names if name != "loan_id"]
    breaches: dict[str, list[str]] = {}
    for finding in rows.many("conduct_findings", CONDUCT_FINDINGS.field_names, decision["loan_id"], order="rule_id"):
        breaches.setdefault(finding["contact_id"], []).append(finding["rule_id"])
    return tuple(
        {**_shown(_only(row, columns), show), "breaches": tuple(breaches.get(row["contact_id"], ()))} for row in found
    )


def _evidence(rows: _Rows, loan_id: str, as_of: date) -> tuple[Row, ...]:
    is_looked_at = (nw.col("loan_id") == loan_id) & (nw.col("obtained_on") <= as_of)
    of_loan = nw.col("loan_id") == loan_id
    findings = {row["evidence_id"]: row["finding_code"] for row in rows.where("evidence_findings", of_loan)}
    columns = [name for name in EVIDENCE.field_names if name != "loan_id"]
    found = sorted(rows.where("evidence", is_looked_at), key=lambda row: (row["obtained_on"], row["evidence_id"]))
    return tuple({**_only(row, columns), "finding_code": findings.get(row["evidence_id"])} for row in found)


def _only(row: Mapping[str, Any], columns: Sequence[str]) -> Row:
    return {name: row[name] for name in columns}


def _shown(row: Row, show: Show) -> Row:
    """The row with its identity as it is shown."""
    hidden = {field.name for field in FIELDS.values() if field.sensitivity.value == "identity"} & set(row)
    return {name: show(value, FIELDS[name]) if name in hidden else value for name, value in row.items()}
