"""The bureau's answer to one file: a line for each record, then a line with the totals.

UTF-8 with byte order mark, CRLF, four columns. A file that is refused as a whole has one line with serial 0. The last
line starts with `#` and says which file is answered and how many records it had:

    序号,状态,代码,说明
    1,accepted,,
    2,rejected,R005,居民身份证号码不符合GB 11643
    #,file=X6101_20260907_ROSTER-1_001.csv.p7m,sha256=0f3a...,records=2;accepted=1;rejected=1
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from sandbox.bureau.parser import Verdict
from sandbox.bureau.rules import FILE_CODES, RECORD_CODES

FEEDBACK_HEADINGS = ("序号", "状态", "代码", "说明")
WHOLE_FILE_SERIAL = 0
ACCEPTED, REJECTED = "accepted", "rejected"


def feedback_on_records(file_name: str, sha256: str, verdicts: Sequence[Verdict]) -> bytes:
    """The answer to a file that was read.

    Args:
        file_name: name of the sealed file.
        sha256: over the sealed file as received, hexadecimal.
        verdicts: one for each record.
    """
    accepted = sum(verdict.code is None for verdict in verdicts)
    lines = [_line(verdict.serial, verdict.code, RECORD_CODES) for verdict in verdicts]
    return _csv(lines, file_name, sha256, f"records={len(lines)};accepted={accepted};rejected={len(lines) - accepted}")


def feedback_on_file(file_name: str, sha256: str, code: str) -> bytes:
    """The answer to a file that is refused as a whole.

    Args:
        file_name: name of the sealed file.
        sha256: over the sealed file as received, hexadecimal.
        code: one of `FILE_CODES`.
    """
    return _csv([_line(WHOLE_FILE_SERIAL, code, FILE_CODES)], file_name, sha256, "records=0;accepted=0;rejected=0")


def _line(serial: int, code: str | None, messages: dict[str, str]) -> tuple[str, ...]:
    if code is None:
        return (str(serial), ACCEPTED, "", "")
    return (str(serial), REJECTED, code, messages[code])


def _csv(lines: Sequence[tuple[str, ...]], file_name: str, sha256: str, totals: str) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(FEEDBACK_HEADINGS)
    writer.writerows(lines)
    writer.writerow(("#", f"file={file_name}", f"sha256={sha256}", totals))
    return buffer.getvalue().encode("utf-8-sig")
