"""The bureau's answer to one file of the generic list: lines by record, and totals that are recomputed.

The answer is a delimited file of the feedback layout whose last line starts with `#` and names the answered file, its
SHA-256 and the totals. A file that is refused as a whole has one line with serial 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from delivery.formats.delimited import read_delimited
from schemas.bureaus.roster import ACCEPTED, FEEDBACK_LAYOUT, REJECTED, WHOLE_FILE_SERIAL
from schemas.errors import ArrearsError
from schemas.errors.feedback import ANSWER_MALFORMED, ANSWER_TOTALS_DIFFER

_TOTALS = re.compile(
    r"#,file=([^,\s]{1,200}),sha256=([0-9a-f]{64}),records=(\d{1,9});accepted=(\d{1,9});rejected=(\d{1,9})"
)


@dataclass(frozen=True)
class Answer:
    """A bureau's answer.

    Attributes:
        file_name: sealed file that is answered.
        sha256: of the sealed file as the bureau received it.
        records: serial, status, code and message by record; empty when the file was refused as a whole.
        refusal_code: the bureau's code when the file was refused as a whole, None otherwise.
    """

    file_name: str
    sha256: str
    records: pa.Table
    refusal_code: str | None


def read_answer(content: bytes, *, name: str) -> Answer:
    """Read an opened answer.

    Args:
        content: the opened bytes.
        name: of the answer's file, for messages.

    Raises:
        ArrearsError: `ANSWER_MALFORMED`, `ANSWER_TOTALS_DIFFER`.
    """
    body, _, last = content.rstrip(b"\r\n").rpartition(b"\n")
    totals = _TOTALS.fullmatch(last.decode("utf-8", errors="replace").strip())
    if totals is None:
        raise ArrearsError(ANSWER_MALFORMED, answer=name, field="totals")
    read = read_delimited(body + b"\n", FEEDBACK_LAYOUT)
    if not read.is_clean:
        first = read.violations[0]
        raise ArrearsError(ANSWER_MALFORMED, answer=name, line=first.line, field=first.field, rule=first.code)
    table = read.records.cast(FEEDBACK_LAYOUT.arrow_schema())
    file_name, sha256, *counts = totals.groups()
    refusal_code = _refusal_code(table)
    records = table.slice(0, 0) if refusal_code is not None else table
    _require_footing(records, [int(count) for count in counts], name)
    return Answer(file_name, sha256, records, refusal_code)


def _refusal_code(table: pa.Table) -> str | None:
    whole = table.filter(pc.equal(table["serial"], WHOLE_FILE_SERIAL))
    return str(whole["code"][0].as_py()) if whole.num_rows else None


def _require_footing(records: pa.Table, counts: list[int], name: str) -> None:
    found = [
        records.num_rows,
        records.filter(pc.equal(records["status"], ACCEPTED)).num_rows,
        records.filter(pc.equal(records["status"], REJECTED)).num_rows,
    ]
    if found != counts or pc.count_distinct(records["serial"]).as_py() != records.num_rows:
        raise ArrearsError(ANSWER_TOTALS_DIFFER, answer=name, stated=counts, found=found)
