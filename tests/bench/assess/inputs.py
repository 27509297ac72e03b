"""A made-up portfolio in Parquet files of the contracts, made in chunks so that its size does not matter.

Twelve instalments and three contacts a loan on average, sixteen loans in a hundred in arrears, about half of these for
more than six months. Shares are drawn loan by loan, so that any number of loans looks alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from schemas.datasets import QUARANTINE, REPORTED, SOURCES
from schemas.field import FieldType
from tests.bench.assess.portfolio import make_chunk
from tests.bench.assess.portfolio_contacts import make_contacts, make_staff
from tests.bench.assess.portfolio_documents import make_documents, make_files, make_people
from tests.bench.assess.portfolio_money import make_money

CHUNK_LOANS = 200_000
FILES = 3_000
ROW_GROUP_ROWS = 1 << 17
CONTRACTS = {dataset.name: dataset for dataset in (*SOURCES, QUARANTINE, REPORTED)}
TYPES = {
    FieldType.TEXT: pl.String,
    FieldType.INTEGER: pl.Int64,
    FieldType.MONEY: pl.Decimal(18, 2),
    FieldType.RATE: pl.Decimal(9, 6),
    FieldType.DATE: pl.Date,
    FieldType.INSTANT: pl.Datetime("us", "UTC"),
}


def prepare(folder: Path, size: int) -> None:
    root = folder / "evidence_files"
    files = make_files(root, min(FILES, max(20, size // 50)))
    staff = max(20, size // 2_000)
    _write(folder, "staff", 0, make_staff(staff))
    for number, first in enumerate(range(0, size, CHUNK_LOANS)):
        for name, frame in _chunk(first, min(CHUNK_LOANS, size - first), files, staff):
            _write(folder, name, number, frame)


def _chunk(first: int, loans: int, files: pl.DataFrame, staff: int) -> Iterator[tuple[str, pl.DataFrame]]:
    chunk = make_chunk(first, loans, files.height)
    yield from make_people(chunk).items()
    yield from make_money(chunk).items()
    frames, contacts = make_contacts(chunk, staff)
    yield from frames.items()
    yield from make_documents(chunk, contacts, files).items()


def _write(folder: Path, name: str, number: int, frame: pl.DataFrame) -> None:
    contract = CONTRACTS[name]
    typed = frame.select(pl.col(field.name).cast(TYPES[field.type]) for field in contract.fields)
    empty = [each for each in typed.columns if each not in contract.optional and typed[each].null_count()]
    assert not empty, f"{name}: {empty} are empty somewhere"
    target = folder / "books" / name
    target.mkdir(parents=True, exist_ok=True)
    typed.write_parquet(target / f"part-{number:05d}.parquet", row_group_size=ROW_GROUP_ROWS)
