"""Approved is what is sent: whatever is changed after the freeze is found before anything leaves."""

import hashlib
import shutil
import sqlite3
from pathlib import Path

import polars as pl
import pytest
from road import answer, borrower_of, policy_with, refused, rewrite

from lake.book import read_book
from orchestration.assessed import assessed_as_frozen
from schemas.errors.approval import NOT_RECHECKED, RECORD_CHANGED
from schemas.errors.extract import SNAPSHOT_ALTERED, SNAPSHOT_MISSING
from schemas.errors.ledger import LEDGER_NOT_INTACT
from schemas.errors.seal import OUTBOX_FILE_CHANGED, OUTBOX_FILE_MISSING


@pytest.fixture
def rechecked(released):
    released.recheck()
    return released


def parquet_of(road, ref) -> Path:
    (file,) = road.run().lake.files(ref)
    return file


def frozen_file(road) -> Path:
    return next((road.folders.lake / "snapshots" / "frozen").glob("*/*/part-*.parquet"))


def book_file(road, dataset: str) -> Path:
    frozen = road.ledger.page(f"report/{road.batch['batch_id']}/freeze").content
    run = road.run()
    return parquet_of(road, read_book(run.lake, assessed_as_frozen(run, frozen).book.ref).snapshots[dataset])


def require_nothing_left(road) -> None:
    assert list(road.inbox.iterdir()) == []
    assert road.ledger.pages(kind="receipt") == []
    assert road.ledger.pages(kind="intent") == []


def swapped(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The first two values of a column change places."""
    values = rows[column].to_list()
    return rows.with_columns(pl.Series(column, [values[1], values[0], *values[2:]]))


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: swapped(rows, "case_id"),
        lambda rows: swapped(rows, "serial_no"),
        lambda rows: rows.head(14),
        lambda rows: rows.with_columns(pl.col("overdue_amount") + 1),
    ],
    ids=["case", "serial", "row lost", "figure"],
)
def test_a_changed_frozen_list_is_not_sealed(rechecked, change) -> None:
    rewrite(frozen_file(rechecked), change)
    with refused(SNAPSHOT_ALTERED, dataset="frozen"):
        rechecked.seal()
    assert not rechecked.folders.root.joinpath("outbox").exists()
    require_nothing_left(rechecked)


def test_a_lost_frozen_list_is_not_sealed(rechecked) -> None:
    frozen_file(rechecked).unlink()
    with refused(SNAPSHOT_MISSING, dataset="frozen"):
        rechecked.seal()
    require_nothing_left(rechecked)


@pytest.mark.parametrize(
    ("dataset", "key", "column", "value"),
    [
        ("borrowers", "borrower_id", "name", "张冠李"),
        ("borrowers", "borrower_id", "id_number", "990000199001010015"),
        ("borrowers", "borrower_id", "mobile", "15400000000"),
        ("loans", "loan_id", "principal_amount", None),
    ],
)
def test_one_changed_cell_of_one_borrower_is_not_sealed(rechecked, dataset, key, column, value) -> None:
    loan = rechecked.frozen_list()["loan_id"][3]
    chosen = {"loan_id": loan, "borrower_id": borrower_of(rechecked, [loan])[loan]}[key]
    new = pl.col(column) + 1 if value is None else pl.lit(value)
    rewrite(
        book_file(rechecked, dataset),
        lambda rows: rows.with_columns(
            pl.when(pl.col(key) == chosen).then(new).otherwise(pl.col(column)).alias(column)
        ),
    )
    with refused(RECORD_CHANGED, batch=rechecked.batch["batch_id"], changed=1, first_serial=4):
        rechecked.seal()
    assert not rechecked.folders.root.joinpath("outbox").exists()
    require_nothing_left(rechecked)


def test_another_priority_in_the_policy_gives_other_serials_and_is_not_sealed(rechecked, tmp_path) -> None:
    with (
        policy_with(tmp_path / "policies", 'value = ["judgment", "amount"]', 'value = ["amount", "judgment"]'),
        refused(RECORD_CHANGED, batch=rechecked.batch["batch_id"]),
    ):
        rechecked.seal()
    require_nothing_left(rechecked)


def test_a_changed_or_lost_sealed_file_is_not_sent(rechecked) -> None:
    parts = rechecked.seal()
    file = rechecked.folders.root / "outbox" / parts[0]["name"]
    good = file.read_bytes()
    file.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with refused(OUTBOX_FILE_CHANGED, file=parts[0]["name"]):
        rechecked.send(parts)
    file.unlink()
    with refused(OUTBOX_FILE_MISSING, file=parts[0]["name"]):
        rechecked.send(parts)
    require_nothing_left(rechecked)
    file.write_bytes(good)
    assert rechecked.send(parts)[0]["records"] == 15


def in_database(road, statement: str, *values: object) -> None:
    with sqlite3.connect(road.folders.root / "ledger" / "ledger.sqlite") as database:
        assert database.execute(statement, values).rowcount == 1
    database.close()


def test_a_seal_page_that_was_tampered_with_is_found_and_nothing_is_sent(rechecked) -> None:
    """Somebody replaces the sealed file by another one and writes its digest into the database."""
    parts = rechecked.seal()
    page = rechecked.ledger.pages(kind="seal")[0]
    file = rechecked.folders.root / "outbox" / parts[0]["name"]
    other = file.read_bytes()[:-1] + b"\0"
    file.write_bytes(other)
    in_database(
        rechecked,
        "update pages set content_json = replace(content_json, ?, ?) where page_no = ?",
        page.content["parts"][0]["sha256"],
        hashlib.sha256(other).hexdigest(),
        page.page_no,
    )
    report = rechecked.ledger.verify()
    assert (report.is_intact, report.first_bad_page_no) == (False, page.page_no)
    with refused(LEDGER_NOT_INTACT, page_no=page.page_no):
        rechecked.send(parts)
    require_nothing_left(rechecked)


def test_a_hold_turned_into_a_release_in_the_database_sends_nothing(frozen) -> None:
    frozen.decide(answer("Hold", "no"))
    page_no = frozen.ledger.pages(kind="decision")[0].page_no
    in_database(
        frozen,
        "update pages set content_json = replace(content_json, '\"Hold\"', '\"Release\"') where page_no = ?",
        page_no,
    )
    with refused(NOT_RECHECKED):
        frozen.seal()
    with refused(LEDGER_NOT_INTACT, page_no=page_no):
        frozen.send([{"batch_id": frozen.batch["batch_id"], "part_no": 1}])
    require_nothing_left(frozen)


def test_a_replaced_outbox_folder_sends_nothing(rechecked, stage_sent) -> None:
    """The sealed file of another batch under this one's name: a good seal, a good name, other bytes."""
    parts = rechecked.seal()
    (other,) = (stage_sent.folders.root / "outbox").glob("*.p7m")
    shutil.copy(other, rechecked.folders.root / "outbox" / parts[0]["name"])
    with refused(OUTBOX_FILE_CHANGED):
        rechecked.send(parts)
    require_nothing_left(rechecked)
