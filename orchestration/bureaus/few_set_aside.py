"""How many cases of a batch may be set aside because of their records."""

from __future__ import annotations

from orchestration.assessed import Assessed
from schemas.errors import ArrearsError
from schemas.errors.approval import VALIDATION_FAILED


def require_few(records: int, bad: int, assessed: Assessed, batch_id: str) -> None:
    """Refuse a batch of which more is set aside than the policy bears.

    Raises:
        ArrearsError: `VALIDATION_FAILED`.
    """
    if records and bad > records * assessed.policy.ingest.max_quarantine_share.value:
        raise ArrearsError(VALIDATION_FAILED, batch=batch_id, records=records, set_aside=bad)
