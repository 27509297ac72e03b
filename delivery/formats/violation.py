"""What is wrong in a bureau's file, named by place, field and rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """One thing wrong in a file. Never holds a value of the file.

    Attributes:
        line: number of the line or record in the file, from 1; headings and header count. None when the name of the
            file is meant.
        field: name in the layout, None when the line or the file as a whole is meant.
        code: stable word for the rule.
        message: the rule in words.
    """

    line: int | None
    field: str | None
    code: str
    message: str

    @property
    def place(self) -> int:
        """To sort by: what is about the name comes first."""
        return self.line or 0
