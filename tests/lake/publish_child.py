"""Publishes a snapshot and a book in a process of its own and stops at a step: `publish_child.py ROOT STEP ROWS`."""

import os
import signal
import sys
from datetime import date
from pathlib import Path

import polars as pl

import lake.files
from lake.book import BookRef, publish_book
from lake.snapshot import Lake, SnapshotRef
from schemas.datasets import AGREEMENTS

AS_OF = date(2026, 6, 30)


def agreements(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "agreement_id": [f"A{number:07d}" for number in range(rows)],
            "loan_id": [f"L{number % 97}" for number in range(rows)],
            "agreed_on": [AS_OF] * rows,
            "agreement_status_code": ["kept"] * rows,
        }
    )


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_before(name: str) -> None:
    module, function = name.split(":")
    setattr(sys.modules[module], function, die)


def die_in_the_middle_of_a_file() -> None:
    write = lake.files.HashedFile.write

    def write_half(self: lake.files.HashedFile, data: object) -> int:
        if self.bytes_written > 1_000:
            die()
        return write(self, data)

    lake.files.HashedFile.write = write_half


def publish_all(root: Path, rows: int) -> tuple[SnapshotRef, BookRef]:
    store = Lake(root)
    ref = store.publish(AGREEMENTS, agreements(rows), as_of=AS_OF, made_by=f"process {os.getpid()}")
    return ref, publish_book(store, AS_OF, {"agreements": ref}, {"child": "any"})


def main(root: str, step: str, rows: str) -> None:
    if step == "middle":
        die_in_the_middle_of_a_file()
    elif step != "none":
        die_before(step)
    ref, book = publish_all(Path(root), int(rows))
    sys.stdout.write(f"{ref.path} {ref.sha256} {book.book_id}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
