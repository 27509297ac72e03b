"""What an evidence pack tells of a case, typed. Whoever gathers it has verified it against ledger and lake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Basis:
    """What the case rests on.

    Attributes:
        case_id: bureau, loan and first missed date.
        bureau: where it goes.
        state: where it stands in the ledger.
        batch_id: newest batch that it was in, None when it was in none.
        as_of: business date of the figures.
        policy_name: policy that decided.
        policy_version: its version.
        time_zone: in which its days are counted.
        book_id: books that were judged.
        assessment_id: the assessment.
    """

    case_id: str
    bureau: str
    state: str
    batch_id: str | None
    as_of: date
    policy_name: str
    policy_version: int
    time_zone: ZoneInfo
    book_id: str
    assessment_id: str


@dataclass(frozen=True)
class Borrower:
    """Who owes: kind and identity, in the clear."""

    borrower_kind: str
    name: str = field(repr=False)
    id_type: str
    id_number: str = field(repr=False)


@dataclass(frozen=True)
class Loan:
    """The account; amounts in CNY, the rate a fraction of one a year."""

    loan_id: str
    product_code: str
    principal_amount: Decimal
    annual_rate: Decimal
    disbursed_on: date
    matures_on: date


@dataclass(frozen=True)
class Arrears:
    """Figures of the arrears at the business date; amounts in CNY."""

    first_missed_on: date
    overdue_days: int
    missed_instalments: int
    overdue_amount: Decimal
    overdue_principal: Decimal
    overdue_interest: Decimal
    overdue_fee: Decimal
    overdue_penalty: Decimal
    balance_amount: Decimal


@dataclass(frozen=True)
class Effort:
    """What the contacts add up to.

    Attributes:
        attempts: of all channels.
        attempt_days: days with an attempt.
        by_channel: code of a channel to its attempts.
        right_party_contacts: attempts that reached the borrower.
        is_lost_contact: whether nobody reached the borrower.
        last_contacted_at: the last attempt.
    """

    attempts: int
    attempt_days: int
    by_channel: dict[str, int]
    right_party_contacts: int
    is_lost_contact: bool
    last_contacted_at: datetime | None


@dataclass(frozen=True)
class Contact:
    """One attempt to reach the borrower, and the rules that it breaks."""

    contact_id: str
    contacted_at: datetime
    channel_code: str
    counterparty_code: str
    contact_outcome_code: str
    staff_id: str | None
    evidence_id: str | None
    transcript: str | None = field(repr=False)
    breaches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notice:
    """One try to tell the borrower, as the ledger has it; None where nothing was booked.

    Attributes:
        page_no: where it stands.
        is_delivered: whether the mail server took it.
        written_at: when it was booked.
        delivered_on: local day on which it was delivered.
        grace_ends_on: last day of the time to pay that follows.
        answered_at: when the mail server answered.
        reply: the mail server's answer.
        message_id: of the message.
        message_sha256: of the message.
        template: of the text.
        template_sha256: of the template.
        reason: why it was not delivered.
    """

    page_no: int
    is_delivered: bool
    written_at: datetime
    delivered_on: str | None
    grace_ends_on: str | None
    answered_at: str | None
    reply: str | None
    message_id: str | None
    message_sha256: str | None
    template: str | None
    template_sha256: str | None
    reason: str | None


@dataclass(frozen=True)
class Judgment:
    """A court's judgment; `evidence_id` names its document."""

    judgment_id: str
    court_name: str
    judgment_number: str
    effective_on: date
    evidence_id: str | None


@dataclass(frozen=True)
class Report:
    """The case in one batch; None for what did not happen.

    Attributes:
        batch_id: identity of the batch.
        as_of: business date of the report, ISO.
        serial: number of the record.
        leaf: hash of the record, hexadecimal.
        root: Merkle root of the batch.
        decision: Release, Hold or Lapsed.
        decided_by: log-in name.
        file_name: of the sealed part at the bureau.
        file_sha256: of that file.
        received_at: when the receipt was booked.
        answer: accepted or rejected.
    """

    batch_id: str
    as_of: str
    serial: int
    leaf: str
    root: str
    decision: str | None
    decided_by: str | None
    file_name: str | None
    file_sha256: str | None
    received_at: datetime | None
    answer: str | None


@dataclass(frozen=True)
class Piece:
    """A file of evidence as the books declare it.

    Attributes:
        evidence_id: the lender's key.
        evidence_kind: what it shows.
        suffix: of its name, with the dot; empty when unknown.
        size_bytes: declared size.
        sha256: declared digest, hexadecimal.
        obtained_on: day on which it was obtained.
        open: opens it for reading; closed by who reads. May raise OSError.
    """

    evidence_id: str
    evidence_kind: str
    suffix: str
    size_bytes: int
    sha256: str
    obtained_on: date
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)


@dataclass(frozen=True)
class LeftOut:
    """A piece that was not intact when the case was judged, so that nothing rests on it."""

    evidence_id: str
    evidence_kind: str
    finding_code: str


@dataclass(frozen=True)
class PackFacts:
    """All of a case.

    Attributes:
        notice_copy: bytes of the delivered notice as it was sent, None when there is no copy that has its digest.
        pieces: files of evidence that go into the pack.
        left_out: pieces that don't.
    """

    basis: Basis
    borrower: Borrower
    loan: Loan
    arrears: Arrears
    effort: Effort
    contacts: tuple[Contact, ...]
    notices: tuple[Notice, ...]
    notice_copy: bytes | None = field(repr=False)
    judgments: tuple[Judgment, ...]
    reports: tuple[Report, ...]
    pieces: tuple[Piece, ...]
    left_out: tuple[LeftOut, ...]
