"""An opened file for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from orchestration.console_parts import BAD, QUIET, cell, listing
from orchestration.sealed_records import MaskedRecords


def records_parts(records: MaskedRecords | None, content_bytes: int) -> Iterator[RenderableType]:
    """Records with identity masked, or why there are none to show.

    Args:
        records: as read, None when the content has no layout that is known.
        content_bytes: size of the content.
    """
    if records is None:
        yield cell(f"{content_bytes} bytes in no layout that is known here; --unmask shows them", BAD)
        return
    yield listing(records.headings, [list(row.values()) for row in records.table.to_pylist()])
    yield cell(f"{records.lines} records, identity masked; --unmask shows it", QUIET)
    if records.bad_lines:
        yield cell(f"{records.bad_lines} of them break the layout and are not shown", BAD)
