"""Both engines give the same rows from the same snapshots, and DuckDB reads nothing but the lake."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import narwhals as nw
import polars as pl
import pyarrow as pa
import pytest

from lake.engine import collect, collect_dataset, open_engine, read_table
from lake.snapshot import Lake, SnapshotRef
from schemas.dataset import Dataset
from schemas.datasets import CONTACTS, PAYMENTS
from schemas.errors import ArrearsError

AS_OF = date(2026, 6, 30)
ENGINES = ("polars", "duckdb")
PAID = Dataset("paid", 1, "paid by loan", ("loan_id", "payment_amount", "paid_on", "attempts"), ("loan_id",))


@pytest.fixture
def store(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "a lake of 王's")


@pytest.fixture
def refs(store: Lake) -> dict[str, SnapshotRef]:
    rows = 3_000
    payments = pl.DataFrame(
        {
            "payment_id": [f"P{number}" for number in range(rows)],
            "loan_id": [f"L{number % 71}" for number in range(rows)],
            "payment_kind": ["payment", "reversal"] * (rows // 2),
            "payment_amount": [Decimal(number * 7 % 1_000_003).scaleb(-2) for number in range(rows)],
            "paid_on": [date(2026, 1, number % 28 + 1) for number in range(rows)],
            "booked_on": [AS_OF] * rows,
        }
    )
    contacts = pl.DataFrame(
        {
            "contact_id": [f"C{number}" for number in range(90)],
            "loan_id": [f"L{number}" for number in range(90)],
            "contacted_at": [datetime(2026, 1, 1, number % 24, 59, 59, 123_456, tzinfo=UTC) for number in range(90)],
            "channel_code": ["call"] * 90,
            "counterparty_code": ["borrower"] * 90,
            "contact_outcome_code": ["talked"] * 90,
            "staff_id": [None, "S1"] * 45,
            "evidence_id": [None] * 90,
            "transcript": ['甲:"您好"\n乙:在'] * 90,
        }
    )
    return {
        "payments": store.publish(PAYMENTS, payments, as_of=AS_OF, made_by="test"),
        "contacts": store.publish(CONTACTS, contacts, as_of=AS_OF, made_by="test"),
    }


@pytest.mark.parametrize("name", ["payments", "contacts"])
def test_a_snapshot_is_the_same_on_both_engines(store: Lake, refs: dict[str, SnapshotRef], name: str) -> None:
    dataset = {"payments": PAYMENTS, "contacts": CONTACTS}[name]
    tables = [collect_dataset(open_engine(engine, store).scan(refs)[name], dataset) for engine in ENGINES]
    assert tables[0].schema.equals(dataset.arrow_schema(), check_metadata=True)
    assert tables[0].equals(tables[1])
    assert tables[0].equals(read_table(store, refs[name]).cast(dataset.arrow_schema()))
    assert read_table(store, refs[name].to_json()).num_rows == refs[name].rows


@pytest.mark.parametrize("engine", ENGINES)
def test_a_transform_with_a_join_a_sum_and_a_table_in_memory(
    store: Lake, refs: dict[str, SnapshotRef], engine: str
) -> None:
    opened = open_engine(engine, store)
    frames = opened.scan(refs)
    wanted = opened.lazy(pa.table({"loan_id": ["L7", "L70"]}))
    paid = (
        frames["payments"]
        .filter(nw.col("payment_kind") == "payment")
        .join(wanted, on="loan_id", how="semi")
        .group_by("loan_id")
        .agg(nw.col("payment_amount").sum(), nw.col("paid_on").max(), nw.len().cast(nw.Int64).alias("attempts"))
    )
    rows = read_table(store, refs["payments"]).to_pylist()
    expected = []
    for loan in ("L7", "L70"):
        mine = [row for row in rows if row["loan_id"] == loan and row["payment_kind"] == "payment"]
        total = sum((row["payment_amount"] for row in mine), Decimal(0))
        expected.append((loan, total, max(row["paid_on"] for row in mine), len(mine)))
    assert [tuple(row.values()) for row in collect_dataset(paid, PAID).to_pylist()] == expected
    assert sorted(collect(paid)["loan_id"].to_pylist()) == ["L7", "L70"]
    assert collect(paid).schema.field("loan_id").type == pa.string()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_frame_that_breaks_its_contract_is_refused(store: Lake, refs: dict[str, SnapshotRef], engine: str) -> None:
    frame = open_engine(engine, store).scan(refs)["payments"].drop("paid_on")
    with pytest.raises(ArrearsError) as caught:
        collect_dataset(frame, PAYMENTS)
    assert (caught.value.code, caught.value.facts["missing"]) == ("ARR-1101", ["paid_on"])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_missing_snapshot_is_named(store: Lake, refs: dict[str, SnapshotRef], engine: str) -> None:
    store.files(refs["payments"])[0].unlink()
    with pytest.raises(ArrearsError) as caught:
        open_engine(engine, store).scan(refs)
    assert caught.value.code == "ARR-1105"


def test_duckdb_reads_nothing_outside_the_lake_and_loads_nothing(
    store: Lake, refs: dict[str, SnapshotRef], tmp_path: Path
) -> None:
    outside = tmp_path / "outside.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(outside)
    connection = open_engine("duckdb", store, threads=1, memory_mb=64)._connection
    for statement in (
        f"SELECT * FROM read_parquet('{outside}')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '8GB'",
        f"COPY (SELECT 1) TO '{outside}x'",
    ):
        with pytest.raises(Exception, match=r"disabled|not found|lock|Permission|Cannot"):
            connection.execute(statement)
    settings = "SELECT current_setting('threads'), current_setting('memory_limit'), current_setting('TimeZone')"
    assert connection.execute(settings).fetchone() == (1, "61.0 MiB", "UTC")


def test_an_unknown_engine_is_refused(store: Lake) -> None:
    with pytest.raises(ArrearsError) as caught:
        open_engine("pandas", store)
    assert (caught.value.code, caught.value.facts["engine"]) == ("ARR-1201", "pandas")
