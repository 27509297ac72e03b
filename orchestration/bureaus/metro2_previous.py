"""The Metro 2 file of the month before, made again from what the ledger and the lake have of its batch.

Sealed files can't be opened by who sealed them, so the records are mapped anew from the assessment that they were
frozen from. No answer of a bureau to Metro 2 is public: what was sent counts as taken.
"""

from __future__ import annotations

from datetime import date, timedelta

from ledger.page import Page
from orchestration.assessed import Assessed, assessed_as_frozen
from orchestration.batch_pages import freeze_page
from orchestration.bureaus.form import Batch
from orchestration.bureaus.metro2_mapping import mapped_records
from orchestration.frozen_rows import kept_rows
from orchestration.task_run import TaskRun
from schemas.bureaus.metro2 import BUREAU
from transforms.bureaus.metro2_checks import PreviousPeriod, previous_period


def previous_of(run: TaskRun, assessed: Assessed) -> PreviousPeriod | None:
    """What was told for the month before; None when no batch of that month was sent.

    Conditions read histories as those of two months in a row, so a batch of another month is none.

    Args:
        run: this try.
        assessed: what the batch is frozen from; the frames can be joined with its own.

    Raises:
        ArrearsError: `SNAPSHOT_MISSING`, `SNAPSHOT_ALTERED`.
    """
    page = _sent_in_month_before(run, assessed.as_of)
    if page is None:
        return None
    batch_id = page.content["batch_id"]
    frozen = freeze_page(run.ledger, batch_id)
    then = assessed_as_frozen(run, frozen.content)
    records = mapped_records(run, then, kept_rows(run, batch_id), Batch.frozen(frozen))
    told = previous_period(records.frames(then))
    accounts, renamed, deleted = (
        assessed.lazy(then.collect(frame)) for frame in (told.accounts, told.renamed, told.deleted)
    )
    return PreviousPeriod(accounts, renamed, deleted)


def _sent_in_month_before(run: TaskRun, as_of: date) -> Page | None:
    """The newest batch of that month; the later one where two have the same business date."""
    month = (as_of.replace(day=1) - timedelta(days=1)).replace(day=1)
    pages = [
        page
        for page in run.ledger.pages(kind="sent")
        if _is_ours(page) and date.fromisoformat(page.content["as_of"]).replace(day=1) == month
    ]
    return max(pages, key=lambda page: (page.content["as_of"], page.page_no), default=None)


def _is_ours(page: Page) -> bool:
    return str(page.content["batch_id"]).partition("-")[0].lower() == BUREAU
