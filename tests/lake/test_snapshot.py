"""Snapshots: strict contracts, ids by content, the same bytes for the same rows, and tampering found."""

import hashlib
import json
import random
import stat
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import lake.snapshot
from lake.file_facts import FileFacts
from lake.snapshot import Lake, SnapshotRef
from schemas.datasets import CONTACTS, DISPUTES, INSTALMENTS, LOANS
from schemas.errors import ArrearsError

AS_OF = date(2026, 6, 30)


@pytest.fixture
def store(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def instalments(rows: int = 5) -> pl.DataFrame:
    money = [Decimal(number).scaleb(-2) for number in range(rows)]
    return pl.DataFrame(
        {
            "loan_id": [f"L{number // 3:05d}" for number in range(rows)],
            "schedule_no": [1] * rows,
            "instalment_no": [number % 3 + 1 for number in range(rows)],
            "due_on": [AS_OF] * rows,
            **dict.fromkeys(("principal_due", "interest_due", "fee_due", "penalty_due"), money),
        },
        schema_overrides=dict.fromkeys(("principal_due", "interest_due", "fee_due", "penalty_due"), pl.Decimal(18, 2)),
    )


def disputes(**changes: list[object]) -> pl.DataFrame:
    columns = {
        "dispute_id": ["D2", "D1"],
        "loan_id": ["L1", "L2"],
        "opened_on": [AS_OF, AS_OF],
        "answered_on": [None, AS_OF],
        "dispute_outcome_code": ["open", "upheld"],
    }
    return pl.DataFrame(columns | changes)


def publish(store: Lake, frame: object, dataset: object = INSTALMENTS, **changes: object) -> SnapshotRef:
    return store.publish(dataset, frame, **{"as_of": AS_OF, "made_by": "test", **changes})


def refused(call: Callable[[], object]) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught:
        call()
    return caught.value


def test_what_is_published_is_read_back(store: Lake) -> None:
    source = FileFacts("disputes.csv", 17, "ab" * 32, 2)
    ref = publish(store, disputes(), DISPUTES, source=[source], made_by="task:ingest")
    assert ref.path == f"snapshots/disputes/2026-06-30/{ref.snapshot_id}"
    assert (ref.dataset, ref.rows) == ("disputes", 2)
    (file,) = store.files(ref)
    table = pq.read_table(file)
    assert table.schema.equals(DISPUTES.arrow_schema(), check_metadata=True)
    assert table["dispute_id"].to_pylist() == ["D1", "D2"]
    manifest = store.read_manifest(ref)
    assert manifest.model_dump() == {
        "dataset": "disputes",
        "contract_version": 1,
        "as_of": AS_OF,
        "snapshot_id": ref.snapshot_id,
        "rows": 2,
        "totals": {},
        "files": (
            {
                "name": "part-00000.parquet",
                "rows": 2,
                "bytes": file.stat().st_size,
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            },
        ),
        "source": ({"name": "disputes.csv", "bytes": 17, "sha256": "ab" * 32, "rows": 2},),
        "made_by": "task:ingest",
    }
    assert ref.sha256 == hashlib.sha256((store.root / ref.path / "manifest.json").read_bytes()).hexdigest()
    assert SnapshotRef.from_json(json.loads(json.dumps(ref.to_json()))) == ref
    assert store.verify(ref) == manifest


def test_totals_are_control_sums(store: Lake) -> None:
    totals = store.read_manifest(publish(store, instalments(1_000))).totals
    assert totals == dict.fromkeys(["principal_due", "interest_due", "fee_due", "penalty_due"], "4995.00")


def test_same_rows_same_snapshot_whoever_makes_it_from_whatever_pieces(
    store: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake.snapshot, "_ROW_GROUP_ROWS", 1_000)
    monkeypatch.setattr(lake.snapshot, "_PART_ROWS", 4_000)
    frame = instalments(10_000)
    first = publish(store, frame, made_by="one")
    order = list(range(10_000))
    random.Random(3).shuffle(order)
    shuffled = frame[order]
    pieces = [shuffled[start : start + 777] for start in range(0, 10_000, 777)]
    other = Lake(tmp_path / "other")
    for rows in (
        shuffled,
        shuffled.lazy(),
        shuffled.to_arrow(),
        pieces,
        pl.concat(pieces, rechunk=False),
        frame.select(reversed(frame.columns)),
    ):
        assert publish(store, rows, made_by="two") == first
        again = publish(other, rows, made_by="one", source=[])
        assert [file.read_bytes() for file in other.files(again)] == [file.read_bytes() for file in store.files(first)]
        assert again == first
    assert [file.rows for file in store.verify(first).files] == [4_000, 4_000, 2_000]
    assert pq.ParquetFile(store.files(first)[0]).metadata.num_row_groups == 4
    assert store.read_manifest(first).made_by == "one"


def test_other_content_date_or_contract_is_another_snapshot(store: Lake) -> None:
    frame = instalments(6)
    ids = {
        publish(store, frame).snapshot_id,
        publish(store, frame.head(5)).snapshot_id,
        publish(store, frame.with_columns(pl.col("fee_due") + pl.lit(Decimal("0.01")))).snapshot_id,
        publish(store, frame, as_of=date(2026, 7, 1)).snapshot_id,
    }
    assert len(ids) == 4


def test_no_rows_are_a_snapshot_too(store: Lake) -> None:
    ref = publish(store, instalments(0))
    assert publish(store, iter([])) == ref
    assert (ref.rows, store.verify(ref).totals["fee_due"]) == (0, "0.00")
    assert pq.read_table(store.files(ref)[0]).schema.names == list(INSTALMENTS.field_names)


def test_only_the_owner_may_look(store: Lake) -> None:
    publish(store, instalments())
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [store.root, *store.root.rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert list(store.staging.iterdir()) == []


def test_columns_must_be_exactly_those_of_the_contract(store: Lake) -> None:
    error = refused(lambda: publish(store, instalments().rename({"due_on": "due"}).with_columns(extra=1)))
    assert (error.code, error.facts["dataset"]) == ("ARR-1101", "instalments")
    assert (error.facts["missing"], error.facts["unexpected"]) == (["due_on"], ["due", "extra"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"penalty_due": pl.col("penalty_due").cast(pl.Float64)}, "penalty_due"),
        ({"penalty_due": pl.lit("1.00")}, "penalty_due"),
        ({"penalty_due": pl.lit(Decimal("0.001"))}, "penalty_due"),
        ({"penalty_due": pl.lit(Decimal("12345678901234567.00"), pl.Decimal(38, 2))}, "penalty_due"),
        ({"instalment_no": pl.lit("1")}, "instalment_no"),
        ({"instalment_no": pl.lit(2**63, pl.UInt64)}, "instalment_no"),
        ({"due_on": pl.lit("2026-01-01")}, "due_on"),
        ({"due_on": pl.lit(datetime(2026, 1, 1, tzinfo=UTC))}, "due_on"),
        ({"loan_id": pl.lit(7)}, "loan_id"),
    ],
)
def test_nothing_is_rounded_or_guessed(store: Lake, changes: dict[str, pl.Expr], field: str) -> None:
    error = refused(lambda: publish(store, instalments(1).with_columns(**changes)))
    assert (error.code, error.facts["field"]) == ("ARR-1102", field)
    assert not (store.root / "snapshots").exists()


def test_exact_widths_of_engines_are_brought_to_the_contract(store: Lake) -> None:
    widened = instalments(9).cast({"instalment_no": pl.Int16, "fee_due": pl.Decimal(38, 2), "loan_id": pl.Categorical})
    assert publish(store, widened) == publish(store, instalments(9))


def test_an_instant_in_another_zone_is_the_same_instant(store: Lake) -> None:
    at = datetime(2026, 1, 5, 2, tzinfo=UTC)
    frame = pl.DataFrame({name: ["x"] for name in CONTACTS.field_names}).with_columns(contacted_at=pl.lit(at))
    shown = frame.with_columns(pl.col("contacted_at").dt.convert_time_zone("Asia/Shanghai").dt.cast_time_unit("ns"))
    assert publish(store, shown, CONTACTS) == publish(store, frame, CONTACTS)
    naive = frame.with_columns(pl.col("contacted_at").dt.replace_time_zone(None))
    assert refused(lambda: publish(store, naive, CONTACTS)).code == "ARR-1102"


def test_fields_that_may_not_be_empty(store: Lake) -> None:
    error = refused(lambda: publish(store, disputes(loan_id=["L1", None], opened_on=[None, None]), DISPUTES))
    assert error.code == "ARR-1103"
    assert (error.facts["empty_rows"], error.facts["rows"]) == ({"loan_id": 1, "opened_on": 2}, 2)


def test_optional_fields_may_be_empty_throughout(store: Lake) -> None:
    ref = publish(store, disputes(answered_on=[None, None]), DISPUTES)
    assert pq.read_table(store.files(ref)[0]).schema.field("answered_on").type == pa.date32()


def test_keys_must_identify_rows(store: Lake) -> None:
    error = refused(lambda: publish(store, [instalments(5), instalments(2)]))
    assert error.code == "ARR-1104"
    assert (error.facts["key"], error.facts["repeated_rows"]) == (["loan_id", "schedule_no", "instalment_no"], 2)


@pytest.mark.parametrize("damage", ["flip", "cut", "more"])
def test_an_altered_file_is_found(store: Lake, damage: str) -> None:
    ref = publish(store, instalments(100))
    file = store.files(ref)[0]
    data = bytearray(file.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
    file.write_bytes({"flip": data, "cut": data[:-1], "more": data + b"\0"}[damage])
    error = refused(lambda: store.verify(ref))
    assert (error.code, error.facts["file"]) == ("ARR-1106", f"{ref.path}/part-00000.parquet")


def test_an_altered_manifest_an_added_and_a_removed_file_are_found(store: Lake) -> None:
    ref = publish(store, instalments())
    folder = store.root / ref.path
    (folder / "part-00001.parquet").write_bytes(b"")
    error = refused(lambda: store.verify(ref))
    assert (error.code, error.facts["file"]) == ("ARR-1106", f"{ref.path}/part-00001.parquet")
    (folder / "part-00000.parquet").unlink()
    error = refused(lambda: store.files(ref))
    assert (error.code, error.facts["file"]) == ("ARR-1105", f"{ref.path}/part-00000.parquet")
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"rows":5', '"rows":6'))
    error = refused(lambda: store.read_manifest(ref))
    assert (error.code, error.facts["file"]) == ("ARR-1106", f"{ref.path}/manifest.json")
    manifest.unlink()
    assert refused(lambda: store.read_manifest(ref)).code == "ARR-1105"


@pytest.mark.parametrize(
    "path",
    [
        "../outside",
        "snapshots/instalments/../../../outside",
        "snapshots/instalments/../x",
        "/etc",
        "snapshots/loans/x/y",
    ],
)
def test_a_reference_cannot_lead_out_of_the_lake(store: Lake, path: str) -> None:
    ref = SnapshotRef("instalments", path.rsplit("/", 1)[-1], path, 1, "0" * 64)
    error = refused(lambda: store.files(ref))
    assert (error.code, error.facts["reason"]) == ("ARR-1105", "not a snapshot's path")


def test_a_lake_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file where the folder should be")
    error = refused(lambda: publish(Lake(tmp_path / "lake"), instalments()))
    assert (error.code, error.facts["reason"], error.kind.may_retry) == ("ARR-1120", "ENOTDIR", True)


def test_errors_hold_no_values(store: Lake) -> None:
    frame = pl.DataFrame({name: ["王小明"] for name in LOANS.field_names})
    assert "王" not in str(refused(lambda: publish(store, frame, LOANS)))
