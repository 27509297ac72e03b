"""Loans in parts: every loan is in exactly one, and files are read by part where their order allows it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import polars as pl
import pytest

from lake.engine import LocalEngine, collect, open_engine
from lake.loan_parts import LoanRange, divided, is_in_order, loan_ranges
from lake.snapshot import Lake
from transforms.books import Frame

ENGINES = ("polars", "duckdb")
IDS = [f"L{number:05d}" for number in range(5_000)]
Opened = Callable[[int], LocalEngine]


@pytest.fixture(params=ENGINES)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    def open_(loans_together: int) -> LocalEngine:
        engine = open_engine(
            request.param, Lake(tmp_path / "lake"), loans_together=loans_together, also_reads=(tmp_path,)
        )
        assert isinstance(engine, LocalEngine)
        return engine

    return open_


def shuffled(ids: Iterable[str], seed: int = 7) -> list[str]:
    copy = list(ids)
    Random(seed).shuffle(copy)
    return copy


def read(engine: LocalEngine, folder: Path, ids: list[str], name: str = "payments") -> Frame:
    """A file of these loans in this order, ten row groups."""
    path = folder / f"{name}.parquet"
    rows = pl.DataFrame({"loan_id": ids, "row": range(len(ids))}, schema={"loan_id": pl.String, "row": pl.Int64})
    rows.write_parquet(path, row_group_size=max(1, len(ids) // 10))
    return engine.read({name: [path]})[name]


def ids_of(frame: Frame) -> list[str]:
    return sorted(collect(frame)["loan_id"].to_pylist())


@pytest.mark.parametrize("order", [list, shuffled])
def test_parts_hold_each_loan_once_and_about_as_many_each(
    opened: Opened, tmp_path: Path, order: Callable[[list[str]], list[str]]
) -> None:
    engine = opened(1_300)
    loans = read(engine, tmp_path, order(IDS), "loans")
    parts = [ids_of(each.of(loans)) for each in loan_ranges(engine, loans)]
    assert [loan for part in parts for loan in part] == IDS
    assert len(parts) == 4
    assert all(1_200 <= len(part) <= 1_300 for part in parts)


@pytest.mark.parametrize("count", [0, 1, 5_000])
def test_books_that_fit_are_one_part(opened: Opened, tmp_path: Path, count: int) -> None:
    engine = opened(5_000)
    assert loan_ranges(engine, read(engine, tmp_path, IDS[:count], "loans")) == [LoanRange(None, None)]


def test_one_loan_more_than_fits_makes_two_parts(opened: Opened, tmp_path: Path) -> None:
    engine = opened(4_999)
    assert len(loan_ranges(engine, read(engine, tmp_path, IDS, "loans"))) == 2


def test_a_loan_on_the_border_is_in_the_part_that_begins_with_it() -> None:
    assert LoanRange("B", "C").meets("A", "B")
    assert LoanRange("B", "C").meets("B", "B")
    assert not LoanRange("B", "C").meets("C", "D")
    assert not LoanRange("B", "C").meets("A", "AZ")
    assert LoanRange(None, None).meets("", "")


@pytest.mark.parametrize(("order", "is_ordered"), [(list, True), (shuffled, False)])
def test_only_files_in_the_order_of_loans_are_read_by_part(
    opened: Opened, tmp_path: Path, order: Callable[[list[str]], list[str]], is_ordered: bool
) -> None:
    engine = opened(1_000)
    frame = read(engine, tmp_path, order(IDS))
    assert is_in_order(engine, "payments", loan_ranges(engine, frame)) is is_ordered


def test_files_without_statistics_are_taken_as_in_no_order(opened: Opened, tmp_path: Path) -> None:
    engine = opened(1_000)
    ranges = loan_ranges(engine, read(engine, tmp_path, IDS))
    path = tmp_path / "untold.parquet"
    pl.DataFrame({"loan_id": IDS}).write_parquet(path, row_group_size=500, statistics=False)
    engine.read({"payments": [path]})
    assert not is_in_order(engine, "payments", ranges)


def test_what_is_no_more_than_a_part_is_read_as_often_as_there_are_parts(opened: Opened, tmp_path: Path) -> None:
    engine = opened(1_000)
    ranges = loan_ranges(engine, read(engine, tmp_path, IDS, "loans"))
    read(engine, tmp_path, shuffled(IDS)[:1_000])
    assert is_in_order(engine, "payments", ranges)
    assert is_in_order(engine, "a name that nothing was read under", ranges)


def test_rows_in_no_order_are_divided_into_the_parts(opened: Opened, tmp_path: Path) -> None:
    engine = opened(1_000)
    ids = shuffled(IDS + IDS[:1_500])
    frame = read(engine, tmp_path, ids)
    ranges = [
        LoanRange(None, "L00700"),
        LoanRange("L00700", "L00700x"),
        LoanRange("L00700x", "M"),
        LoanRange("M", None),
    ]
    parts = [collect(part) for part in divided(engine, "payments", frame, ranges)]
    assert [part.num_rows for part in parts] == [1_400, 2, 5_098, 0]
    assert all(part.schema.equals(collect(frame).schema) for part in parts)
    rows = sorted((row["row"], row["loan_id"]) for part in parts for row in part.to_pylist())
    assert rows == list(enumerate(ids))
    assert set(parts[1]["loan_id"].to_pylist()) == {"L00700"}


def test_nothing_divided_is_nothing_in_each_part(opened: Opened, tmp_path: Path) -> None:
    engine = opened(1_000)
    parts = divided(engine, "payments", read(engine, tmp_path, []), [LoanRange(None, "M"), LoanRange("M", None)])
    assert [collect(part).column_names for part in parts] == [["loan_id", "row"]] * 2
    assert [collect(part).num_rows for part in parts] == [0, 0]
