"""Evidence packs: what ledger and lake know of a case, gathered, packed in memory and sealed.

A pack holds a name, an identity number and transcripts. It reaches a disk only sealed; in the clear it goes to another
program and nowhere else.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from delivery.evidence_pack import facts as pack
from delivery.evidence_pack.archive import write_pack
from delivery.seal.certificates import RecipientCertificate, SigningIdentity, recipient_certificate, signing_identity
from delivery.seal.cms import seal
from ledger.ledger import Ledger
from orchestration.case_batches import BatchStory
from orchestration.case_judgement import Judgement
from orchestration.case_story import CaseLine, CaseStory, show_plain, story_of
from orchestration.deployment import text_of
from orchestration.notice_copies import copy_made_again, given_copy
from orchestration.site import Site, parse_site
from schemas.codes import CHANNEL
from schemas.errors import ArrearsError
from schemas.errors.command import FILE_NOT_READABLE, PLACE_UNKNOWN, RESULT_NOT_WRITABLE
from schemas.errors.evidence_pack import BOOKS_DELETED, PACK_OPEN_REFUSED, SEVERAL_CASES
from schemas.errors.extract import EVIDENCE_ROOT_MISSING

_INTACT = "intact"
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")
_ONLY_OWNER = 0o600


def pack_facts(
    ledger: Ledger,
    lake: Path,
    case_id: str,
    evidence: Path,
    *,
    site: Site | None = None,
    notice_copy: bytes | None = None,
) -> pack.PackFacts:
    """What the pack of a case tells.

    Args:
        ledger: where it all stands.
        lake: root of the snapshots.
        case_id: a case that the ledger knows.
        evidence: root of the evidence files.
        site: settings of the lender, to make the notice again as it was sent; None leaves its text out.
        notice_copy: the notice as it was sent, when somebody kept it.

    Raises:
        ArrearsError: `BOOKS_DELETED` once retention has deleted the books, `NOTICE_COPY_DIFFERS`, and those of
            `story_of`.
    """
    story = story_of(ledger, lake, case_id, show_plain)
    judged = story.judgement
    if judged is None:
        raise ArrearsError(BOOKS_DELETED, case=case_id, deleted=story.deleted)
    return pack.PackFacts(
        basis=_basis(story, judged),
        borrower=_taken(pack.Borrower, judged.borrower),
        loan=_taken(pack.Loan, judged.loan),
        arrears=_taken(pack.Arrears, judged.arrears),
        effort=_effort(judged),
        contacts=tuple(_taken(pack.Contact, row) for row in judged.contacts),
        notices=story.notices,
        notice_copy=_notice_copy(ledger, lake, story, site, notice_copy),
        judgments=tuple(_taken(pack.Judgment, row) for row in judged.judgments),
        reports=tuple(_report(batch) for batch in story.batches),
        pieces=tuple(_piece(row, evidence) for row in judged.evidence if row["finding_code"] in (_INTACT, None)),
        left_out=tuple(
            _taken(pack.LeftOut, row) for row in judged.evidence if row["finding_code"] not in (_INTACT, None)
        ),
    )


def open_pack(facts: pack.PackFacts) -> bytes:
    """The pack in the clear, in memory.

    Raises:
        ArrearsError: as `write_pack`.
    """
    buffer = io.BytesIO()
    write_pack(buffer, facts)
    return buffer.getvalue()


def write_sealed(
    out: Path, content: bytes, signer: SigningIdentity, recipients: Sequence[RecipientCertificate]
) -> None:
    """Write a pack signed and encrypted, as parts for a bureau are; `arrears open` opens it. Nothing is overwritten.

    Raises:
        ArrearsError: `RESULT_NOT_WRITABLE`.
    """
    sealed = seal(content, signer, recipients, datetime.now(UTC))
    try:
        with open(out, "xb", opener=partial(os.open, mode=_ONLY_OWNER)) as file:
            file.write(sealed)
    except OSError as error:
        raise ArrearsError(RESULT_NOT_WRITABLE, file=out, reason=error.strerror) from None


def write_to_pipe(content: bytes, stream: BinaryIO) -> None:
    """Write a pack in the clear to another program.

    Raises:
        ArrearsError: `PACK_OPEN_REFUSED` when the stream is a terminal, a file or anything else but a pipe or socket.
    """
    if not _is_pipe(stream):
        raise ArrearsError(PACK_OPEN_REFUSED)
    stream.write(content)
    stream.flush()


def require_way_out(
    out: Path | None, recipients: Sequence[Path], key: Path | None, certificate: Path | None, stream: BinaryIO
) -> None:
    """Refuse what would lay a pack open, before anything is read.

    Args:
        out: where the sealed pack goes; None for the stream.
        recipients: certificates that can open it.
        key: of our signature.
        certificate: of our signature.
        stream: where it goes in the clear without `out`.

    Raises:
        ArrearsError: `PACK_OPEN_REFUSED`.
    """
    is_sealed = bool(recipients) and key is not None and certificate is not None
    if (out is not None and not is_sealed) or (out is None and not _is_pipe(stream)):
        raise ArrearsError(PACK_OPEN_REFUSED)


def one_case(found: Sequence[CaseLine], asked: str) -> str:
    """The one case that was found.

    Raises:
        ArrearsError: `SEVERAL_CASES`.
    """
    if len(found) != 1:
        raise ArrearsError(SEVERAL_CASES, loan=asked, cases=[case.case_id for case in found])
    return found[0].case_id


def evidence_root(given: Path | None, site: Site | None) -> Path:
    """Root of the evidence files: what the person names, else what the settings say.

    Raises:
        ArrearsError: `PLACE_UNKNOWN`, `EVIDENCE_ROOT_MISSING`.
    """
    root = given or (site.evidence if site else None)
    if root is None:
        raise ArrearsError(PLACE_UNKNOWN, option="--evidence or --site")
    if not root.is_dir():
        raise ArrearsError(EVIDENCE_ROOT_MISSING, folder=root)
    return root


def recipients_of(files: Sequence[Path]) -> list[RecipientCertificate]:
    """Certificates to seal for, in force today.

    Raises:
        ArrearsError: `FILE_NOT_READABLE`, and those of `recipient_certificate`.
    """
    checked_at = datetime.now(UTC)
    return [recipient_certificate(_pem(file), checked_at=checked_at) for file in files]


def signer_of(key: Path, certificate: Path, passphrase: str | None) -> SigningIdentity:
    """Our signing key and certificate, in force today.

    Raises:
        ArrearsError: `FILE_NOT_READABLE`, and those of `signing_identity`.
    """
    return signing_identity(_pem(key), _pem(certificate), checked_at=datetime.now(UTC), passphrase=passphrase)


def site_of(file: Path) -> Site:
    """The settings of a site out of a file: their JSON, or variables as Airflow's local backend keeps them.

    Raises:
        ArrearsError: `SITE_INVALID`.
    """
    text = text_of(file)
    try:
        value = json.loads(text)
        if isinstance(value, dict) and isinstance(value.get("arrears"), str):
            value = json.loads(value["arrears"])
    except ValueError:
        value = None
    return parse_site(value, origin=file.name)


def bytes_of(file: Path) -> bytes:
    """The bytes of a file that a person named.

    Raises:
        ArrearsError: `FILE_NOT_READABLE`.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise ArrearsError(FILE_NOT_READABLE, file=file, reason=error.strerror) from None


def _is_pipe(stream: BinaryIO) -> bool:
    kind = os.fstat(stream.fileno()).st_mode
    return stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)


def _basis(story: CaseStory, judged: Judgement) -> pack.Basis:
    return pack.Basis(
        case_id=story.case_id,
        bureau=story.bureau,
        state=story.state,
        batch_id=story.batches[-1].batch_id if story.batches else None,
        as_of=judged.as_of,
        policy_name=judged.policy_name,
        policy_version=judged.policy_version,
        time_zone=ZoneInfo(judged.time_zone),
        book_id=judged.book_id,
        assessment_id=judged.assessment_id,
    )


def _taken(kind: type[Any], row: dict[str, Any]) -> Any:
    """An object of the values in the row that it has fields for."""
    return kind(**{one.name: row[one.name] for one in fields(kind)})


def _effort(judged: Judgement) -> pack.Effort:
    row = judged.effort
    return pack.Effort(
        attempts=row["attempts"],
        attempt_days=row["attempt_days"],
        by_channel={channel: row[f"{channel}_attempts"] for channel in CHANNEL},
        right_party_contacts=row["right_party_contacts"],
        is_lost_contact=row["is_lost_contact"],
        last_contacted_at=row["last_contacted_at"],
    )


def _report(batch: BatchStory) -> pack.Report:
    sealed = batch.sealed_file
    return pack.Report(
        batch_id=batch.batch_id,
        as_of=batch.as_of,
        serial=batch.serial,
        leaf=batch.leaf,
        root=batch.root,
        decision=batch.decision.option if batch.decision else None,
        decided_by=batch.decision.person_name if batch.decision else None,
        file_name=sealed.file_name if sealed else None,
        file_sha256=sealed.sha256 if sealed else None,
        received_at=sealed.received_at if sealed else None,
        answer=batch.answer.status if batch.answer else None,
    )


def _notice_copy(ledger: Ledger, lake: Path, story: CaseStory, site: Site | None, given: bytes | None) -> bytes | None:
    if given is not None:
        return given_copy(given, story.notices)
    delivered = [notice for notice in story.notices if notice.is_delivered]
    if site is None or not delivered:
        return None
    return copy_made_again(ledger, lake, story.case_id, story.loan_id, delivered[-1], site)


def _piece(row: dict[str, Any], root: Path) -> pack.Piece:
    suffix = PurePosixPath(row["file_path"]).suffix.lower()
    return pack.Piece(
        evidence_id=row["evidence_id"],
        evidence_kind=row["evidence_kind"],
        suffix=suffix if _SUFFIX.fullmatch(suffix) else "",
        size_bytes=row["file_bytes"],
        sha256=row["file_sha256"],
        obtained_on=row["obtained_on"],
        open=partial(_open_inside, root, row["file_path"]),
    )


def _open_inside(root: Path, path: str) -> BinaryIO:
    """Open a regular file below the root.

    Raises:
        OSError: there is none, or the path leads elsewhere.
    """
    top = root.resolve(strict=True)
    try:
        found = (top / path).resolve(strict=True)
    except (RuntimeError, ValueError):
        raise OSError(errno.ELOOP, "the path can't be followed") from None
    if not found.is_relative_to(top):
        raise OSError(errno.EACCES, "the path leads out of the evidence root")
    # Non-blocking, so that a named pipe can't hang the command.
    descriptor = os.open(found, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file")
    return os.fdopen(descriptor, "rb")


def _pem(file: Path) -> str:
    return bytes_of(file).decode("utf-8", errors="replace")
