"""What is known of a file of an extract after it was read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class FileFacts:
    """One file that was read whole.

    Attributes:
        name: path below the folder of the business date.
        bytes: size.
        sha256: lower-case hex.
        rows: rows of data, ragged ones included.
    """

    name: str
    bytes: int
    sha256: str
    rows: int

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)
