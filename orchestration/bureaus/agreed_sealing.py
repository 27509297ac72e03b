"""Sealing as it was agreed with the bureau, for forms whose own rules leave the choice: `desk.sealing` says which."""

from __future__ import annotations

from delivery.seal import cms, openpgp
from orchestration.bureaus.cms_sealing import CmsSealer, cms_sealer
from orchestration.bureaus.pgp_sealing import PgpSealer, pgp_sealer
from orchestration.pgp_connections import PgpConnections
from orchestration.task_run import TaskRun


def agreed_sealer(run: TaskRun) -> CmsSealer | PgpSealer:
    """What seals, with the keys of the site's connections.

    Raises:
        ArrearsError: those of keys and certificates; `KEY_OF_OTHER_FORM` when they are not for what was agreed.
    """
    return pgp_sealer(run) if run.site.desk.sealing.is_openpgp else cms_sealer(run)


def opened_answer(run: TaskRun, sealed: bytes) -> bytes:
    """An answer of the bureau in the clear, its signature verified with the bureau's certificate.

    Raises:
        ArrearsError: as in `agreed_sealer`, and those of opening.
    """
    now = run.clock.wall_now()
    if run.site.desk.sealing.is_openpgp:
        keys = PgpConnections(run.connections)
        return openpgp.open_sealed_for(sealed, keys.openings(now), keys.bureau_signer(now)).content
    connections = run.connections
    return cms.open_sealed_for(sealed, connections.openings(now), connections.bureau_signer(now)).content
