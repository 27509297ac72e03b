"""The look ahead of a report: whatever would stop it later stops it now, before anything is built."""

from __future__ import annotations

import os
import shutil

from orchestration.bureaus.form import BureauForm, Sealer
from orchestration.task_run import TaskRun
from schemas.errors import ArrearsError
from schemas.errors.approval import SITE_NOT_READY

_LEAST_FREE_BYTES = 1024**3


def require_ready(run: TaskRun, form: BureauForm) -> Sealer:
    """Refuse a report that could not be sealed, stored or sent.

    Keys and certificates are there, in force, strong and belong together; the bureau's server and its host key are
    named; the ledger is there in the version of this program; the outbox can be written to and has room.

    Args:
        run: this try.
        form: of the bureau.

    Returns:
        What seals, its keys read and checked.

    Raises:
        ArrearsError: those of keys and certificates, `CONNECTION_INVALID`, those of opening the ledger, and
            `SITE_NOT_READY`.
    """
    sealer = form.sealer(run)
    run.connections.bureau_server()
    _ = run.ledger
    _require_outbox(run)
    return sealer


def _require_outbox(run: TaskRun) -> None:
    folder = run.site.outbox
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ArrearsError(SITE_NOT_READY, outbox=run.site.outbox, rule="can be written to")
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE_BYTES:
        raise ArrearsError(SITE_NOT_READY, outbox=run.site.outbox, rule="has a gigabyte free", free_bytes=free)
