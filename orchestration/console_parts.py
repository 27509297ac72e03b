"""What the command line prints things with: headings, facts and lists that wrap and never cut a value short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 120
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NOTHING = "-"

GOOD, BAD, QUIET = "green", "bold red", "dim"


def console() -> Console:
    """The standard output; wide enough for a SHA-256 beside its label when it is piped."""
    plain = Console(highlight=False, markup=False, emoji=False)
    return plain if plain.is_terminal else Console(highlight=False, markup=False, emoji=False, width=_PIPED_WIDTH)


def printable(text: str) -> str:
    """Text that can't move the terminal's cursor or change its colours: only line ends stay of control characters."""
    return "".join(each if each.isprintable() or each == "\n" else _REPLACEMENT for each in text)


def cell(value: object, style: str = "") -> Text:
    """One value as people read it."""
    return Text(printable(_shown(value)), style=style, overflow="fold")


def local_minute(instant: datetime, time_zone: str) -> str:
    """An instant on the local wall clock."""
    return instant.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M:%S")


def heading(title: str, page_nos: Sequence[int | None] = ()) -> Text:
    """A heading, with the numbers of the ledger's pages on which all below it stands."""
    text = Text(f"\n{title}", style="bold")
    named = [str(number) for number in page_nos if number is not None]
    if named:
        text.append(f"  page {', '.join(named)}" if len(named) == 1 else f"  pages {', '.join(named)}", style=QUIET)
    return text


def facts(values: Mapping[str, object]) -> RenderableType:
    """Labels with their values, one a line."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=QUIET, no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in values.items():
        grid.add_row(label, value if isinstance(value, Text) else cell(value))
    return Padding(grid, (0, 0, 0, 2))


def listing(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> RenderableType:
    """A list with column headings; a line that says so when it is empty."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=QUIET)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(value if isinstance(value, Text) else cell(value) for value in row))
    return Padding(table if table.row_count else Text("none", style=QUIET), (0, 0, 0, 2))


def together(parts: Iterable[RenderableType]) -> Group:
    """Parts one below the other."""
    return Group(*parts)


def _shown(value: Any) -> str:
    if value is None or value == "" or value == ():
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if isinstance(value, Decimal):
        return f"{value:,}"
    if isinstance(value, tuple | list):
        return ", ".join(_shown(each) for each in value)
    return str(value)
