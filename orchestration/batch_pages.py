"""Where the pages of a batch stand in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger.ledger import Ledger
from ledger.page import Page
from schemas.errors import ArrearsError
from schemas.errors.approval import BATCH_UNKNOWN, NOT_RELEASED, NOT_SEALED


def batch_id_of(bureau: str, as_of: date, run_id: str) -> str:
    """The batch that a run makes: the same on every retry, another one in another run."""
    return f"{bureau.upper()}-{as_of:%Y%m%d}-{hashlib.sha256(run_id.encode()).hexdigest()[:6]}"


def batch_key(batch_id: str, *steps: str) -> str:
    """The key of a batch's page."""
    return "/".join(("report", batch_id, *steps))


def part_key(batch_id: str, part_no: int, *steps: str) -> str:
    """The key of a page about one part of a batch."""
    return batch_key(batch_id, f"{part_no:03d}", *steps)


def freeze_page(ledger: Ledger, batch_id: str) -> Page:
    """The page that froze the batch.

    Raises:
        ArrearsError: `BATCH_UNKNOWN`.
    """
    page = ledger.page(batch_key(batch_id, "freeze"))
    if page is None:
        raise ArrearsError(BATCH_UNKNOWN, batch=batch_id)
    return page


def frozen_case_ids(ledger: Ledger, batch_id: str) -> list[str]:
    """The cases of a batch as they were frozen, in order of their records."""
    page_no = freeze_page(ledger, batch_id).page_no
    return [event.case_id for event in ledger.events(page_no=page_no, kinds=["frozen"])]


def release_page(ledger: Ledger, batch_id: str) -> Page:
    """The page on which a person released the frozen root.

    Raises:
        ArrearsError: `BATCH_UNKNOWN`, `NOT_RELEASED`.
    """
    frozen = freeze_page(ledger, batch_id)
    page = ledger.page(batch_key(batch_id, "decision"))
    if page is None or page.content["option"] != "Release" or page.content["root"] != frozen.content["root"]:
        raise ArrearsError(NOT_RELEASED, batch=batch_id)
    return page


def seal_page(ledger: Ledger, batch_id: str) -> Page:
    """The page that names the sealed parts.

    Raises:
        ArrearsError: `NOT_SEALED`.
    """
    page = ledger.page(batch_key(batch_id, "seal"))
    if page is None:
        raise ArrearsError(NOT_SEALED, batch=batch_id)
    return page


def sealed_parts(ledger: Ledger, bureau: str) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Name of every file that was ever sealed for a bureau to its batch and part. All pages of seals are read."""
    found: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for page in ledger.pages(kind="seal"):
        batch_id = str(page.content["batch_id"])
        if page.content.get("bureau", batch_id.partition("-")[0].lower()) == bureau:
            found |= {part["file_name"]: (batch_id, part) for part in page.content["parts"]}
    return found


def recheck_key(batch_id: str, book_id: str) -> str:
    """The key of the re-check of a batch by one book."""
    return batch_key(batch_id, "recheck", book_id)


def removed_case_ids(ledger: Ledger, batch_id: str) -> set[str]:
    """Cases that a re-check took out of the batch."""
    pages = ledger.pages(kind="recheck", key_prefix=batch_key(batch_id, "recheck"))
    return {case_id for page in pages for case_id in page.content["removed"]}
