"""Where a key stands in a TOML text, so that an error can name the line.

`tomllib` gives values without positions. This finds table headings and keys at the start of lines, which is all that
the files of this project use; a key inside an inline table is found at the line of that table.
"""

from __future__ import annotations

import re
from collections import Counter

_HEADING = re.compile(r"\s*(?P<open>\[{1,2})\s*(?P<path>[A-Za-z0-9_.-]+)\s*\]{1,2}\s*(#.*)?")
_KEY = re.compile(r"\s*(?P<path>[A-Za-z0-9_-]+(\s*\.\s*[A-Za-z0-9_-]+)*)\s*=.*")

Path = tuple[str | int, ...]


def line_of(text: str, path: Path) -> int:
    """The line, from 1, of a key, or of the nearest table around it when the key is missing or inside a value."""
    lines = _lines_by_path(text)
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def _lines_by_path(text: str) -> dict[Path, int]:
    lines: dict[Path, int] = {}
    tables_of_array: Counter[Path] = Counter()
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := _HEADING.fullmatch(line):
            table = _parts(heading["path"])
            if heading["open"] == "[[":
                tables_of_array[table] += 1
                table = (*table, tables_of_array[table] - 1)
            lines.setdefault(table, number)
        elif key := _KEY.fullmatch(line):
            lines.setdefault((*table, *_parts(key["path"])), number)
    return lines


def _parts(path: str) -> Path:
    return tuple(part.strip() for part in path.split("."))
