"""The look ahead of a report: whatever would stop it later stops it now, before anything is built."""

from __future__ import annotations

import os
import shutil

from delivery.sftp import require_keys
from orchestration.bureaus.form import BureauForm, Sealer
from orchestration.task_run import TaskRun
from schemas.errors import ArrearsError
from schemas.errors.approval import SITE_NOT_READY
from schemas.errors.seal import CERTIFICATE_UNKNOWN

_LEAST_FREE_BYTES = 1024**3


def require_ready(run: TaskRun, form: BureauForm) -> Sealer:
    """Refuse a report that could not be sealed, stored or sent.

    Keys and certificates are there, in force, strong, belong together and are those that were agreed, where the site
    says which; the bureau's server is named, its host key and our key for it can be read; the ledger is there in the
    version of this program; the outbox can be written to and has room.

    Args:
        run: this try.
        form: of the bureau.

    Returns:
        What seals, its keys read and checked.

    Raises:
        ArrearsError: those of keys and certificates, `CERTIFICATE_UNKNOWN`, `CONNECTION_INVALID`,
            `HOST_KEY_NOT_READABLE`, `CREDENTIAL_NOT_READABLE`, those of opening the ledger, and `SITE_NOT_READY`.
    """
    sealer = form.sealer(run)
    _require_agreed(run, sealer)
    require_keys(run.connections.bureau_server())
    _ = run.ledger
    _require_outbox(run)
    return sealer


def _require_agreed(run: TaskRun, sealer: Sealer) -> None:
    agreed = run.site.desk.certificates
    used = [sealer.facts["signer"], *sealer.facts["recipients"]]
    unknown = [fingerprint for fingerprint in used if fingerprint and fingerprint not in agreed]
    if agreed and unknown:
        raise ArrearsError(CERTIFICATE_UNKNOWN, certificates=unknown)


def _require_outbox(run: TaskRun) -> None:
    folder = run.site.outbox
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ArrearsError(SITE_NOT_READY, outbox=run.site.outbox, rule="can be written to")
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE_BYTES:
        raise ArrearsError(SITE_NOT_READY, outbox=run.site.outbox, rule="has a gigabyte free", free_bytes=free)
