"""Every error that a person can meet, by stable code. `docs/errors.md` is made from it.

1xxx extracts and snapshots, 2xxx policy and rules, 3xxx ledger, 4xxx bureau files, seal and keys, 5xxx delivery over
SFTP, 6xxx notices, 7xxx approval and orchestration, 8xxx feedback, 9xxx command line and sandbox.
"""

from __future__ import annotations

from schemas.errors import (
    approval,
    command,
    evidence_pack,
    extract,
    feedback,
    ledger,
    notice,
    pboc,
    policy,
    seal,
    transport,
)
from schemas.errors.kind import ArrearsError, ErrorKind, kinds_of

_AREAS = (extract, policy, ledger, seal, pboc, evidence_pack, transport, notice, approval, feedback, command)

CATALOGUE: tuple[ErrorKind, ...] = tuple(
    sorted((kind for area in _AREAS for kind in kinds_of(vars(area))), key=lambda kind: kind.code)
)

__all__ = ["CATALOGUE", "ArrearsError", "ErrorKind"]
