"""The ledger read back: fast as a whole, and row by row when anything is not plainly in order."""

from __future__ import annotations

from collections.abc import Sequence

from adbc_driver_manager import Error as AdbcError

from ledger.checkpoint import TreeHead
from ledger.database import Database
from ledger.verify import VerifyReport, verify
from ledger.whole_check import is_whole
from schemas.errors.kind import ArrearsError

_NO_ANSWER = (
    AdbcError,
    ArrearsError,
    ValueError,
    TypeError,
    KeyError,
    OverflowError,
    RecursionError,
    NotImplementedError,
)


def audit(database: Database, trusted: Sequence[TreeHead]) -> VerifyReport:
    """Whether every row is as it was written, and which page is the first that is not."""
    try:
        with database.arrow_reading() as reader:
            whole = is_whole(reader, database.url, trusted)
    except _NO_ANSWER:
        with database.auditing() as connection:
            return verify(connection, trusted)
    return VerifyReport(
        is_intact=True,
        pages=whole.pages,
        events=whole.events,
        first_bad_page_no=None,
        reason=None,
        root_hash=whole.root_hash,
    )
