"""With which code a command ends: 0 well, 1 something is not as it was written or signed, 2 a person can mend it."""

from __future__ import annotations

from schemas.errors import ArrearsError
from schemas.errors.extract import RECORD_ALTERED, SNAPSHOT_ALTERED
from schemas.errors.ledger import CHECKPOINT_CONTRADICTED, LEDGER_NOT_INTACT, NOTE_NOT_SIGNED, PROOF_WRONG
from schemas.errors.seal import NOT_OPENED, SIGNATURE_MALFORMED, SIGNATURE_WRONG, SIGNER_UNKNOWN

NOT_INTACT = 1
USER_FIXABLE = 2

_NOT_INTACT_KINDS = (
    LEDGER_NOT_INTACT,
    CHECKPOINT_CONTRADICTED,
    NOTE_NOT_SIGNED,
    PROOF_WRONG,
    SNAPSHOT_ALTERED,
    RECORD_ALTERED,
    NOT_OPENED,
    SIGNATURE_MALFORMED,
    SIGNATURE_WRONG,
    SIGNER_UNKNOWN,
)


def exit_code_of(error: ArrearsError) -> int:
    """The code for an error."""
    return NOT_INTACT if error.kind in _NOT_INTACT_KINDS else USER_FIXABLE
