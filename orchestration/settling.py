"""What nobody can know from here: files that the bureau may or may not have, and what it says when it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from delivery.handover_book import PartBook
from delivery.handover_terms import Part
from ledger.ledger import Ledger
from ledger.page import Page
from orchestration.batch_pages import part_key, seal_page
from schemas.errors import ArrearsError
from schemas.errors.approval import NOT_SEALED


@dataclass(frozen=True)
class UnknownPart:
    """A file of which it can't be known whether the bureau has it: what to ask the bureau.

    Attributes:
        batch_id: of the batch.
        part_no: from 1.
        file_name: its name.
        remote_path: where it was put, or was about to be.
        size_bytes: its size.
        sha256: over its bytes, hexadecimal.
        begun_at: when its final name was about to be given, UTC.
        verified_by: how the bytes on the server were compared before, None when they were not.
    """

    batch_id: str
    part_no: int
    file_name: str
    remote_path: str
    size_bytes: int
    sha256: str
    begun_at: datetime
    verified_by: str | None


def unknown_parts(ledger: Ledger) -> list[UnknownPart]:
    """All files of which the bureau must be asked, oldest first."""
    return [
        _told(page)
        for page in ledger.pages(kind="unknown")
        if ledger.page(f"{_part_of(page)}/receipt") is None and ledger.page(_settled_key(page)) is None
    ]


def unknown_lines(parts: Sequence[UnknownPart]) -> list[str]:
    """What to ask the bureau, for people."""
    if not parts:
        return ["nothing is unknown"]
    lines = []
    for part in parts:
        lines += [
            f"batch {part.batch_id} part {part.part_no}",
            f"  file      {part.file_name}, {part.size_bytes} bytes",
            f"  sha256    {part.sha256}",
            f"  path      {part.remote_path}",
            f"  renamed   begun at {part.begun_at.isoformat(timespec='seconds')}, after the bytes were "
            + (f"verified: {part.verified_by}" if part.verified_by else "sent without a look at them"),
        ]
    return lines


def settle_part(
    ledger: Ledger, batch_id: str, part_no: int, *, is_there: bool, reason: str, user: str, settled_at: datetime
) -> None:
    """Book what the bureau said. When it has the file, the next run of `send` books the receipt; else it sends again.

    Args:
        ledger: where it is booked.
        batch_id: of the batch.
        part_no: of the part.
        is_there: whether the bureau has the file, whole.
        reason: who of the bureau said so, when and how.
        user: who asked.
        settled_at: when it is booked.

    Raises:
        ArrearsError: `NOT_SEALED`; `NOTHING_TO_SETTLE` when nothing is unknown.
    """
    book = PartBook(_sealed_part(ledger, batch_id, part_no), ledger, f"user:{user}", lambda: settled_at)
    book.settle(is_there=is_there, reason=reason)


def _sealed_part(ledger: Ledger, batch_id: str, part_no: int) -> Part:
    for part in seal_page(ledger, batch_id).content["parts"]:
        if part["part_no"] == part_no:
            return Part(part_key(batch_id, part_no), part["file_name"], part["size_bytes"], part["sha256"])
    raise ArrearsError(NOT_SEALED, batch=batch_id, part=part_no)


def _told(page: Page) -> UnknownPart:
    _, batch_id, part_no, *_ = page.key.split("/")
    content = page.content
    return UnknownPart(
        batch_id=batch_id,
        part_no=int(part_no),
        file_name=content["file_name"],
        remote_path=content["remote_path"],
        size_bytes=content["size_bytes"],
        sha256=content["sha256"],
        begun_at=datetime.fromisoformat(content["begun_at"]),
        verified_by=content["verified_by"],
    )


def _part_of(page: Page) -> str:
    return "/".join(page.key.split("/")[:3])


def _settled_key(page: Page) -> str:
    return page.key.removesuffix("/unknown") + "/settled"
