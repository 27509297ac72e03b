"""Books out of a folder of Parquet files: what is read, what is kept out, what is refused."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.engine import collect, open_engine
from lake.folder_books import read_folder
from lake.snapshot import Lake
from schemas.datasets import BORROWERS, DATASETS, LOANS, PAYMENTS, SOURCES
from schemas.errors import ArrearsError
from schemas.errors.extract import (
    DATASET_FILE_COLUMNS,
    DATASET_FILE_UNREADABLE,
    DATASET_FILES_MISSING,
    DATASET_FOLDER_MISSING,
)

AS_OF = date(2026, 6, 15)
ZONE = "Asia/Shanghai"


def payment(number, loan_id="L1", amount="10.00", **changes):
    row = {
        "payment_id": f"P{number}",
        "loan_id": loan_id,
        "payment_kind": "payment",
        "payment_amount": Decimal(amount),
        "paid_on": date(2026, 1, 1),
        "booked_on": date(2026, 1, 2),
    }
    return row | changes


@pytest.fixture
def folder(tmp_path):
    """A borrower with two loans and three payments; all else without rows."""
    data = tmp_path / "data"
    data.mkdir()
    rows = {dataset.name: [] for dataset in SOURCES}
    rows["borrowers"] = [
        {
            "borrower_id": "B1",
            "borrower_kind": "person",
            "name": "测试甲",
            "id_type": "resident_id",
            "id_number": "11010519491231002X",
            "mobile": None,
            "email": None,
            "protection_code": "none",
        }
    ]
    rows["loans"] = [
        {
            "loan_id": loan_id,
            "borrower_id": "B1",
            "product_code": "consumer",
            "principal_amount": Decimal("100.00"),
            "annual_rate": Decimal("0.24"),
            "disbursed_on": date(2025, 1, 1),
            "matures_on": date(2026, 1, 1),
        }
        for loan_id in ("L1", "L2")
    ]
    rows["payments"] = [payment(1), payment(2, "L2"), payment(3, "L2")]
    for name, each in rows.items():
        write(data, name, each)
    return data


def write(data, name, rows):
    pq.write_table(pa.Table.from_pylist(rows, DATASETS[name].arrow_schema()), data / f"{name}.parquet")


def read(data, tmp_path, engine="polars"):
    opened = open_engine(engine, Lake(tmp_path / "aside"), also_reads=(data,))
    return read_folder(opened, data, AS_OF, ZONE)


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_all_rows_of_good_files_are_read(folder, tmp_path, engine):
    found = read(folder, tmp_path, engine)
    assert found.kept_out == {}
    assert sorted(collect(found.books.payments)["payment_id"].to_pylist()) == ["P1", "P2", "P3"]
    assert collect(found.books.quarantine).num_rows == 0
    assert collect(found.books.reported).num_rows == 0


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_a_bad_row_is_kept_out_with_its_place_and_its_loan(folder, tmp_path, engine):
    write(folder, "payments", [payment(1), payment(2, "L2", "-5.00"), payment(3, "L2")])
    found = read(folder, tmp_path, engine)
    assert found.kept_out == {"payments": 1}
    assert sorted(collect(found.books.payments)["payment_id"].to_pylist()) == ["P1", "P3"]
    (row,) = collect(found.books.quarantine).to_pylist()
    assert (row["source_file"], row["source_row"], row["loan_id"], row["field_name"]) == (
        "payments.parquet",
        2,
        "L2",
        "payment_amount",
    )


def test_rows_of_a_bad_parent_follow_it(folder, tmp_path):
    borrower = pq.read_table(folder / "borrowers.parquet").to_pylist()[0]
    write(folder, "borrowers", [borrower | {"id_number": "1"}])
    found = read(folder, tmp_path)
    assert found.kept_out["borrowers"] == 1
    assert collect(found.books.loans).num_rows == 0


def test_a_key_that_stands_twice_is_kept_out_whole(folder, tmp_path):
    write(folder, "payments", [payment(1), payment(1, amount="11.00"), payment(3, "L2")])
    found = read(folder, tmp_path)
    assert collect(found.books.payments)["payment_id"].to_pylist() == ["P3"]
    assert set(collect(found.books.quarantine)["loan_id"].to_pylist()) == {"L1"}


def test_a_dataset_may_be_a_folder_of_files(folder, tmp_path):
    (folder / "payments.parquet").unlink()
    (folder / "payments").mkdir()
    for number in (1, 2):
        table = pa.Table.from_pylist([payment(number)], PAYMENTS.arrow_schema())
        pq.write_table(table, folder / "payments" / f"{number}.parquet")
    assert collect(read(folder, tmp_path).books.payments).num_rows == 2


def test_rows_that_were_kept_out_before_stay_known(folder, tmp_path):
    row = {
        "dataset_name": "payments",
        "source_file": "p.csv",
        "source_row": 1,
        "row_key": "P9",
        "loan_id": "L1",
        "rule_id": "payments.payment_amount.minimum",
        "field_name": "payment_amount",
        "masked_value": None,
    }
    write(folder, "quarantine", [row])
    assert collect(read(folder, tmp_path).books.quarantine)["row_key"].to_pylist() == ["P9"]


def test_datasets_that_a_lender_may_not_have_may_be_missing(folder, tmp_path):
    for name in ("liabilities", "schedules", "staff", "stops"):
        (folder / f"{name}.parquet").unlink()
    books = read(folder, tmp_path).books
    assert [collect(frame).num_rows for frame in (books.liabilities, books.schedules, books.staff, books.stops)] == [
        0,
        0,
        0,
        0,
    ]


def test_a_missing_dataset_is_refused_by_name(folder, tmp_path):
    (folder / "payments.parquet").unlink()
    (folder / "disputes.parquet").unlink()
    with pytest.raises(ArrearsError) as caught:
        read(folder, tmp_path)
    assert caught.value.kind is DATASET_FILES_MISSING
    assert caught.value.facts["datasets"] == ["payments", "disputes"]


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(ArrearsError) as caught:
        read(tmp_path / "nowhere", tmp_path)
    assert caught.value.kind is DATASET_FOLDER_MISSING


def test_a_file_that_is_no_parquet_is_refused(folder, tmp_path):
    (folder / "loans.parquet").write_text("loan_id,borrower_id")
    with pytest.raises(ArrearsError) as caught:
        read(folder, tmp_path)
    assert caught.value.kind is DATASET_FILE_UNREADABLE
    assert caught.value.facts["dataset"] == LOANS.name


def test_columns_of_another_type_are_refused_by_name(folder, tmp_path):
    table = pq.read_table(folder / "payments.parquet")
    floats = table.set_column(3, "payment_amount", table["payment_amount"].cast(pa.float64())).rename_columns(
        {"booked_on": "booked"}
    )
    pq.write_table(floats, folder / "payments.parquet")
    with pytest.raises(ArrearsError) as caught:
        read(folder, tmp_path)
    assert caught.value.kind is DATASET_FILE_COLUMNS
    assert caught.value.facts["missing"] == ["booked_on"]
    assert caught.value.facts["unexpected"] == ["booked"]
    assert "double instead of decimal128(18, 2)" in caught.value.facts["wrong_types"]["payment_amount"]


def test_large_texts_are_texts(folder, tmp_path):
    table = pq.read_table(folder / "borrowers.parquet")
    wide = pa.schema(
        [field.with_type(pa.large_string()) if pa.types.is_string(field.type) else field for field in table.schema]
    )
    pq.write_table(table.cast(wide), folder / "borrowers.parquet")
    assert collect(read(folder, tmp_path).books.borrowers).num_rows == len([BORROWERS])
