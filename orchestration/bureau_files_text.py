"""Records and violations of bureau files as lines: for people, and for machines as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from delivery.formats.violation import Violation
from orchestration.bureau_files import Checked, ReadPiece
from orchestration.console_parts import printable

_HEADINGS = ("line", "field", "code", "what is wrong")
_WHOLE = "-"
"""Line of what is wrong with a file's name; field of what is wrong with a line or a file as a whole."""


def print_records(pieces: Iterable[ReadPiece], out: TextIO, wrongs: TextIO) -> bool:
    """Prints records as they come, and what is wrong beside them. Whether nothing was.

    Args:
        pieces: from `read_file`.
        out: for the records. On a terminal characters that would steer it are replaced.
        wrongs: for what is wrong.
    """
    shown = printable if out.isatty() else str
    count, listed = 0, 0
    for piece in pieces:
        out.writelines(f"{shown(line)}\n" for line in piece.lines)
        for violation in piece.violations:
            wrongs.write(f"{_sentence(violation)}\n")
        count += piece.violation_count
        listed += len(piece.violations)
    if count > listed:
        wrongs.write(f"{count - listed} more are not listed\n")
    if count:
        wrongs.write(f"{_counted(count, 'violation')} of the form; records that can't be read are left out\n")
    return count == 0


def checked_lines(checked: Checked) -> Iterator[str]:
    """Violations, then doubts, one a line below headings, then how many there are."""
    if checked.violations:
        yield from _table(checked.violations)
        yield ""
    if checked.doubts:
        yield "In doubt: look at these, they may be right"
        yield from _table(checked.doubts)
        yield ""
    yield count_line(checked)


def checked_json_lines(checked: Checked) -> Iterator[str]:
    """The same as JSON, one object a violation or doubt."""
    for severity, listed in (("violation", checked.violations), ("doubt", checked.doubts)):
        for each in listed:
            told = {"severity": severity, "line": each.line, "field": each.field}
            yield json.dumps(told | {"code": each.code, "message": each.message}, ensure_ascii=False)


def count_line(checked: Checked) -> str:
    """How many violations and doubts there are, and whether more than are listed."""
    more = "more than " if checked.is_cut else ""
    text = f"{more}{_counted(len(checked.violations), 'violation')}"
    if checked.doubts:
        more = "more than " if checked.are_doubts_cut else ""
        text += f", {more}{_counted(len(checked.doubts), 'doubt')}"
    if checked.is_cut or checked.are_doubts_cut:
        text += "; --most lists more"
    return text


def _table(listed: tuple[Violation, ...]) -> Iterator[str]:
    rows = [_HEADINGS, *((str(each.line or _WHOLE), each.field or _WHOLE, each.code, each.message) for each in listed)]
    line_width, field_width, code_width = (max(len(row[column]) for row in rows) for column in range(3))
    for line, field, code, message in rows:
        yield f"{line:>{line_width}}  {field:<{field_width}}  {code:<{code_width}}  {message}"


def _sentence(violation: Violation) -> str:
    return f"line {violation.line or _WHOLE}  {violation.field or _WHOLE}  {violation.code}  {violation.message}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
