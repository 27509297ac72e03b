"""Books: all datasets of a lender at one business date, published together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from lake.record import check_snapshots, latest_record, publish_record, read_record
from lake.snapshot import Lake, SnapshotRef

_FOLDER = "books"


@dataclass(frozen=True)
class BookRef:
    """Names one book for good.

    Attributes:
        as_of: business date.
        book_id: made from the content.
    """

    as_of: date
    book_id: str

    def to_json(self) -> dict[str, str]:
        """As JSON values."""
        return {"as_of": self.as_of.isoformat(), "book_id": self.book_id}

    @classmethod
    def from_json(cls, value: Mapping[str, str]) -> BookRef:
        """From what `to_json` gave."""
        return cls(date.fromisoformat(value["as_of"]), value["book_id"])


@dataclass(frozen=True)
class Book:
    """One book.

    Attributes:
        ref: its name.
        snapshots: dataset name to snapshot.
        facts: what the step that published it wants remembered, JSON values without personal data.
    """

    ref: BookRef
    snapshots: dict[str, SnapshotRef]
    facts: dict[str, Any]


def publish_book(lake: Lake, as_of: date, snapshots: Mapping[str, SnapshotRef], facts: Mapping[str, Any]) -> BookRef:
    """Publish a book in one step. The same snapshots and facts again change nothing, not even the order of books.

    Raises:
        ArrearsError: `SNAPSHOT_MISSING`, `SNAPSHOT_ALTERED`, `RECORD_MIXES_DATES`, `LAKE_NOT_WRITABLE`.
    """
    check_snapshots(lake, snapshots, as_of.isoformat())
    content = {
        "as_of": as_of.isoformat(),
        "snapshots": {name: asdict(ref) for name, ref in snapshots.items()},
        "facts": dict(facts),
    }
    return BookRef(as_of, publish_record(lake, f"{_FOLDER}/{as_of}", content))


def latest_book(lake: Lake, as_of: date) -> BookRef | None:
    """The book of the business date that was published last."""
    book_id = latest_record(lake, f"{_FOLDER}/{as_of}")
    return None if book_id is None else BookRef(as_of, book_id)


def latest_book_on_or_before(lake: Lake, as_of: date) -> BookRef | None:
    """The last published book of the newest business date that has one and is not after `as_of`."""
    folder = lake.root / _FOLDER
    names = sorted((path.name for path in folder.iterdir()), reverse=True) if folder.is_dir() else []
    for name in names:
        if name <= as_of.isoformat() and (book := latest_book(lake, date.fromisoformat(name))) is not None:
            return book
    return None


def read_book(lake: Lake, ref: BookRef) -> Book:
    """A book.

    Raises:
        ArrearsError: `RECORD_MISSING`, `RECORD_ALTERED`.
    """
    content = read_record(lake, f"{_FOLDER}/{ref.as_of}", ref.book_id)
    snapshots = {name: SnapshotRef.from_json(value) for name, value in content["snapshots"].items()}
    return Book(ref, snapshots, content["facts"])
