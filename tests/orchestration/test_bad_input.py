"""Bad deliveries: a clear error or a quarantined row that names file, row, column and rule; the good rows go on."""

import csv
import io
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from road import FIRST_ON, Road, refused, truth_of

from lake.assessment import latest_assessment, read_assessment
from lake.book import latest_book, read_book
from lake.engine import read_table
from orchestration.ingest import read_extract
from schemas.datasets import SOURCES
from schemas.errors.approval import VALIDATION_FAILED
from schemas.errors.extract import (
    EXTRACT_COLUMN_MISSING,
    EXTRACT_COLUMN_UNKNOWN,
    EXTRACT_EMPTY,
    EXTRACT_ENCODING_WRONG,
    EXTRACT_MISSING,
    EXTRACT_TRUNCATED,
    LAKE_NOT_WRITABLE,
)

BOM = "\ufeff"
OLD_SPREADSHEETS = ("borrowers.csv", "contacts.csv")


def own_delivery(road: Road) -> Path:
    """The folder of the first business date, for this test to damage."""
    lender = road.folders.lender
    if lender.is_symlink():
        lender.unlink()
        lender.mkdir()
        shutil.copy(road.outside.lender / "sources.toml", lender)
        shutil.copytree(road.outside.lender / "extracts" / str(FIRST_ON), lender / "extracts" / str(FIRST_ON))
        (lender / "evidence").symlink_to(road.outside.lender / "evidence")
    return lender / "extracts" / str(FIRST_ON)


def visible(road: Road) -> list[str]:
    """All that a reader of the lake can see, and what lies in staging."""
    return sorted(str(path.relative_to(road.folders.lake)) for path in road.folders.lake.rglob("*") if path.is_file())


def changed_text(encoding: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        text = file.read_bytes().decode(encoding)
        new = change(text)
        assert new != text
        file.write_bytes(new.encode(encoding))

    return damage


def without_column(heading: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        table = list(csv.reader(io.StringIO(text.removeprefix(BOM))))
        place = table[0].index(heading)
        out = io.StringIO()
        csv.writer(out).writerows([row[:place] + row[place + 1 :] for row in table])
        return BOM + out.getvalue()

    return change


WHOLE_FILE = {
    "missing": ("loans", "loans.csv", Path.unlink, EXTRACT_MISSING, {"dataset": "loans"}),
    "missing part": ("payments", "payments-*.parquet", Path.unlink, EXTRACT_MISSING, {"dataset": "payments"}),
    "empty": ("loans", "loans.csv", lambda file: file.write_bytes(b""), EXTRACT_EMPTY, {}),
    "empty parquet": ("payments", "payments-0001.parquet", lambda file: file.write_bytes(b""), EXTRACT_EMPTY, {}),
    "cut inside a row": (
        "loans",
        "loans.csv",
        lambda file: file.write_bytes(file.read_bytes()[:-9]),
        EXTRACT_TRUNCATED,
        {"line": 1004},
    ),
    "cut parquet": (
        "payments",
        "payments-0001.parquet",
        lambda file: file.write_bytes(file.read_bytes()[:-100]),
        EXTRACT_TRUNCATED,
        {},
    ),
    "wrong encoding": (
        "borrowers",
        "borrowers.csv",
        lambda file: file.write_bytes(file.read_bytes().decode("gb18030").encode()),
        EXTRACT_ENCODING_WRONG,
        {"declared": "gb18030", "line": 1},
    ),
    "wrong encoding the other way": (
        "loans",
        "loans.csv",
        lambda file: file.write_bytes(file.read_bytes().decode("utf-8-sig").encode("gb18030")),
        EXTRACT_ENCODING_WRONG,
        {"declared": "utf-8", "line": 1},
    ),
    "unknown column": (
        "loans",
        "loans.csv",
        changed_text("utf-8", lambda text: text.replace("备注", "新列", 1)),
        EXTRACT_COLUMN_UNKNOWN,
        {"row": "headings", "column": ["新列"], "place": [8]},
    ),
    "missing column": (
        "loans",
        "loans.csv",
        changed_text("utf-8", without_column("放款金额")),
        EXTRACT_COLUMN_MISSING,
        {"row": "headings", "column": ["放款金额"]},
    ),
}


@pytest.mark.parametrize("case", WHOLE_FILE)
def test_a_bad_file_is_named_and_nothing_of_it_is_seen(assessed, case: str) -> None:
    dataset, name, damage, kind, facts = WHOLE_FILE[case]
    folder = own_delivery(assessed)
    for file in folder.glob(name):
        damage(file)
    before, pages = visible(assessed), len(assessed.ledger.pages())
    with refused(kind, file=name, **facts):
        read_extract(assessed.run(FIRST_ON), dataset)
    assert visible(assessed) == before
    assert len(assessed.ledger.pages()) == pages


def test_a_folder_that_is_not_there_is_named(assessed) -> None:
    shutil.rmtree(own_delivery(assessed))
    with refused(EXTRACT_MISSING, dataset="loans", file="loans.csv"):
        read_extract(assessed.run(FIRST_ON), "loans")


def test_a_full_disk_lets_nothing_be_seen(assessed, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = visible(assessed)
    folder = own_delivery(assessed)
    changed_text("utf-8", lambda text: text.replace("8500", "8501", 1))(folder / "loans.csv")
    run = assessed.run(FIRST_ON)
    monkeypatch.setattr(os, "fsync", full)
    with refused(LAKE_NOT_WRITABLE):
        read_extract(run, "loans")
    assert visible(assessed) == before


def quarantine_of(road: Road) -> pl.DataFrame:
    lake = road.run().lake
    book = read_book(lake, latest_book(lake, FIRST_ON))
    return pl.DataFrame(pl.from_arrow(read_table(lake, book.snapshots["quarantine"])))


def published(road: Road, dataset: str) -> pl.DataFrame:
    lake = road.run().lake
    return pl.DataFrame(
        pl.from_arrow(read_table(lake, read_book(lake, latest_book(lake, FIRST_ON)).snapshots[dataset]))
    )


def test_the_quarantine_is_what_the_lender_broke(stage_assessed) -> None:
    broken = pl.read_parquet(stage_assessed.folders.lender / "broken.parquet").filter(pl.col("as_of") == FIRST_ON)
    quarantined = quarantine_of(stage_assessed)
    place = ["dataset_name", "source_file", "source_row"]
    expected = broken.select(
        *place,
        "field_name",
        pl.format(
            "{}.{}.{}", "dataset_name", "field_name", pl.col("kind").str.replace("^duplicate_.*", "duplicate")
        ).alias("rule_id"),
    )
    found = quarantined.select(expected.columns)
    assert broken.height > 80
    assert expected.join(found, on=expected.columns, how="anti").is_empty()
    # Of two rows that contradict each other none stays, so the twin of each conflicting row is kept out as well.
    others = found.join(expected, on=place, how="anti")
    assert set(others["rule_id"]) == {"instalments.instalment_no.duplicate", "payments.payment_id.duplicate"}
    conflicting = broken.filter(pl.col("kind") == "duplicate_conflicting")
    assert Counter(others["dataset_name"]) == Counter(conflicting["dataset_name"])


def test_no_row_is_lost_or_doubled(stage_assessed) -> None:
    """Rows counted from the lender's files with other means than those of the lake."""
    folder = stage_assessed.folders.lender / "extracts" / str(FIRST_ON)
    facts = json.loads((stage_assessed.folders.lender / "truth.json").read_text())["extracts"][str(FIRST_ON)]["rows"]
    (page,) = stage_assessed.ledger.pages(kind="ingest")
    kept_out = quarantine_of(stage_assessed).select("dataset_name", "source_file", "source_row").unique()
    for dataset in SOURCES:
        counts = page.content["datasets"][dataset.name]
        assert counts["read_rows"] == facts[dataset.name]
        assert counts["quarantined_rows"] == kept_out.filter(pl.col("dataset_name") == dataset.name).height
        assert published(stage_assessed, dataset.name).height == counts["published_rows"]
        assert counts["read_rows"] == counts["published_rows"] + counts["quarantined_rows"]
    ids = [row["借据号"] for row in csv.DictReader((folder / "loans.csv").open(encoding="utf-8-sig"))]
    kept = kept_out.filter(pl.col("dataset_name") == "loans")["source_row"].to_list()
    good = sorted(loan for row, loan in enumerate(ids, start=1) if row not in kept)
    assert published(stage_assessed, "loans")["loan_id"].to_list() == good


class Damage:
    """Breaks single rows of a delivery and remembers where they stand."""

    def __init__(self, road: Road) -> None:
        self.folder = own_delivery(road)
        truth = truth_of(road.outside.lender)
        self.reportable = truth.filter("is_reportable")["loan_id"].to_list()
        # The broken rows of the sample hang on healthy loans, the first of which are as good as any.
        self.healthy = [loan for loan in truth.filter(pl.col("profile") == "healthy")["loan_id"] if self._is_free(loan)]

    def _is_free(self, loan: str) -> bool:
        small = (
            "agreements.csv",
            "disputes.csv",
            "judgments.csv",
            "contacts.csv",
            "evidence.csv",
            "liabilities.csv",
            "schedules.csv",
        )
        return not any(loan.encode() in self.raw(name) for name in small)

    def cell(self, name: str, key: str, place: int, value: str, separator: str = ",") -> int:
        """Replace one cell of the row that begins with a key; the number of the row comes back."""
        lines = self.lines(name)
        (row,) = [number for number, line in enumerate(lines) if line.startswith(f"{key}{separator}")]
        cells = next(csv.reader([lines[row]], delimiter=separator))
        cells[place] = value
        lines[row] = separator.join(f'"{cell}"' if separator in cell else cell for cell in cells)
        self.write(name, lines)
        return row

    def twice(self, name: str, key: str, separator: str = ",") -> int:
        """Append a copy of the row that begins with a key."""
        lines = self.lines(name)
        (row,) = [line for line in lines if line.startswith(f"{key}{separator}")]
        lines.insert(len(lines) - 1, row)
        self.write(name, lines)
        return len(lines) - 2

    def raw(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def lines(self, name: str) -> list[str]:
        """Lines without their ends; the last one is empty."""
        return self.raw(name).decode(self.encoding(name)).split(self.ending(name))

    def write(self, name: str, lines: list[str]) -> None:
        (self.folder / name).write_bytes(self.ending(name).join(lines).encode(self.encoding(name)))

    def ending(self, name: str) -> str:
        return "\r\n" if b"\r\n" in self.raw(name) else "\n"

    def encoding(self, name: str) -> str:
        return "gb18030" if name in OLD_SPREADSHEETS else "utf-8"

    def banking(self, dataset: str, loan: str, column: str, value: str | int) -> tuple[str, int]:
        """Replace a cell of the first row of a loan in what the core banking system unloads."""
        for file in sorted(self.folder.glob(f"{dataset}-*.parquet")):
            rows = pl.read_parquet(file)
            places = rows.with_row_index().filter(pl.col("LOAN_NO") == loan)["index"]
            if len(places):
                cells = rows[column].to_list()
                cells[places[0]] = value
                rows.with_columns(pl.Series(column, cells, dtype=rows.schema[column])).write_parquet(file)
                return file.name, places[0] + 1
        raise AssertionError(f"{loan} has no {dataset}")


@pytest.fixture(scope="module")
def damaged(stage_assessed: Road, tmp_path_factory) -> tuple[Road, dict[str, tuple]]:
    """One delivery with one row of each kind broken, read and assessed."""
    road = stage_assessed.copied_to(tmp_path_factory.mktemp("damaged") / "damagedsite")
    damage = Damage(road)
    twice, no_day, negative = damage.healthy[:3]
    contact = damage.lines("contacts.csv")[1].split(",")[0]
    rows = {
        "duplicate key": ("loans", "loans.csv", damage.twice("loans.csv", twice), "loan_id", "duplicate"),
        "impossible date": (
            "loans",
            "loans.csv",
            damage.cell("loans.csv", no_day, 5, "2026/2/30"),
            "disbursed_on",
            "unreadable",
        ),
        "negative amount": (
            "loans",
            "loans.csv",
            damage.cell("loans.csv", negative, 3, "-8500"),
            "principal_amount",
            "minimum",
        ),
        "orphan": (
            "contacts",
            "contacts.csv",
            damage.cell("contacts.csv", contact, 1, "L9999999"),
            "loan_id",
            "orphan",
        ),
        "payment of a reportable loan": (
            "payments",
            *damage.banking("payments", damage.reportable[0], "VALUE_DATE", "20260230"),
            "paid_on",
            "unreadable",
        ),
        "instalment of an unknown schedule": (
            "instalments",
            *damage.banking("instalments", damage.reportable[1], "PLAN_NO", 9),
            "schedule_no",
            "orphan",
        ),
    }
    road.damage = damage
    road.ingest(FIRST_ON)
    road.assess(FIRST_ON)
    return road, rows


@pytest.mark.parametrize(
    "case",
    [
        "duplicate key",
        "impossible date",
        "negative amount",
        "orphan",
        "payment of a reportable loan",
        "instalment of an unknown schedule",
    ],
)
def test_a_bad_row_is_in_quarantine_with_file_row_column_and_rule(damaged, case: str) -> None:
    road, rows = damaged
    dataset, file, row, field, kind = rows[case]
    found = quarantine_of(road).filter(
        (pl.col("dataset_name") == dataset) & (pl.col("source_file") == file) & (pl.col("source_row") == row)
    )
    assert found.select("field_name", "rule_id").rows() == [(field, f"{dataset}.{field}.{kind}")]


def test_the_good_rows_go_on_and_children_follow_their_loan(damaged, stage_assessed) -> None:
    road, _ = damaged
    _, no_day, negative = road.damage.healthy[:3]
    before, now = published(stage_assessed, "loans"), published(road, "loans")
    assert set(before["loan_id"]) - set(now["loan_id"]) == {no_day, negative}
    assert now.equals(before.filter(~pl.col("loan_id").is_in([no_day, negative])))
    orphans = quarantine_of(road).filter(
        pl.col("loan_id").is_in([no_day, negative]) & (pl.col("dataset_name") == "instalments")
    )
    assert set(orphans["rule_id"]) == {"instalments.loan_id.orphan"}
    gone = published(stage_assessed, "instalments").filter(pl.col("loan_id").is_in([no_day, negative]))
    assert orphans.height == gone.height > 0


def decisions_of(road: Road) -> pl.DataFrame:
    lake = road.run().lake
    assessment = read_assessment(lake, latest_assessment(lake, FIRST_ON, "cn-2018"))
    return pl.DataFrame(pl.from_arrow(read_table(lake, assessment.snapshots["decisions"])))


def test_a_loan_of_which_a_row_was_kept_out_is_not_reportable(damaged, stage_assessed) -> None:
    road, _ = damaged
    for loan in road.damage.reportable[:2]:
        before = decisions_of(stage_assessed).filter(pl.col("loan_id") == loan)
        after = decisions_of(road).filter(pl.col("loan_id") == loan)
        assert before.select("is_reportable", "E0701").row(0) == (True, True)
        assert after.select("is_reportable", "E0701").row(0) == (False, False)
    assert set(decisions_of(road).filter("is_reportable")["loan_id"]) == set(road.damage.reportable[2:])


def test_too_many_bad_rows_publish_no_book_and_the_old_one_stays(assessed) -> None:
    damage = Damage(assessed)
    first = damage.lines("agreements.csv")[1].split("|")[0]
    damage.cell("agreements.csv", first, 1, "L9999999", separator="|")
    lake = assessed.run().lake
    before, pages = latest_book(lake, FIRST_ON), len(assessed.ledger.pages())
    with refused(VALIDATION_FAILED, as_of=FIRST_ON):
        assessed.ingest(FIRST_ON)
    assert latest_book(lake, FIRST_ON) == before
    assert len(assessed.ledger.pages()) == pages
    assert list((assessed.folders.lake / "staging").iterdir()) == []


def test_a_later_date_without_a_delivery_has_no_book(assessed) -> None:
    assessed.today = date(2026, 7, 1)
    with refused(EXTRACT_MISSING, dataset="borrowers"):
        assessed.ingest(date(2026, 7, 1))
    assert latest_book(assessed.run().lake, date(2026, 7, 1)) is None
