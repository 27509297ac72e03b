"""Books and assessments: published once, in an order, bound to their snapshots."""

import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from lake.assessment import AssessmentRef, latest_assessment, publish_assessment, read_assessment
from lake.book import Book, BookRef, latest_book, latest_book_on_or_before, publish_book, read_book
from lake.snapshot import Lake, SnapshotRef
from schemas.datasets import AGREEMENTS
from schemas.errors import ArrearsError

MAY, JUNE, JULY = date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31)


@pytest.fixture
def store(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def snapshot(store: Lake, as_of: date = JUNE, rows: int = 1) -> SnapshotRef:
    frame = pl.DataFrame(
        {
            "agreement_id": [f"A{number}" for number in range(rows)],
            "loan_id": ["L1"] * rows,
            "agreed_on": [as_of] * rows,
            "agreement_status_code": ["kept"] * rows,
        }
    )
    return store.publish(AGREEMENTS, frame, as_of=as_of, made_by="test")


def test_a_book_is_read_back(store: Lake) -> None:
    agreements = snapshot(store)
    ref = publish_book(store, JUNE, {"agreements": agreements}, {"read_rows": 1, "说明": "无"})
    assert read_book(store, ref) == Book(ref, {"agreements": agreements}, {"read_rows": 1, "说明": "无"})
    assert BookRef.from_json(ref.to_json()) == ref
    assert [path.name for path in (store.root / "books/2026-06-30").glob("*.json")] == [f"000001-{ref.book_id}.json"]


def test_the_order_is_that_of_publication_whatever_the_clock_says(store: Lake) -> None:
    snapshots = {"agreements": snapshot(store)}
    refs = [publish_book(store, JUNE, snapshots, {"number": number}) for number in range(12)]
    for path in (store.root / "books/2026-06-30").glob("*.json"):
        os.utime(path, (0, 0))
    assert latest_book(store, JUNE) == refs[-1]
    assert publish_book(store, JUNE, snapshots, {"number": 3}) == refs[3]
    assert latest_book(store, JUNE) == refs[-1]
    assert len(list((store.root / "books/2026-06-30").glob("*.json"))) == 12


def test_the_newest_business_date_that_has_a_book(store: Lake) -> None:
    assert latest_book(store, JUNE) is None
    assert latest_book_on_or_before(store, JUNE) is None
    refs = {day: publish_book(store, day, {"agreements": snapshot(store, day)}, {}) for day in (MAY, JULY)}
    (store.root / "books" / JUNE.isoformat()).mkdir()
    assert latest_book_on_or_before(store, date(2026, 5, 30)) is None
    assert latest_book_on_or_before(store, MAY) == refs[MAY]
    assert latest_book_on_or_before(store, JUNE) == refs[MAY]
    assert latest_book_on_or_before(store, date(2027, 1, 1)) == refs[JULY]


def test_a_book_of_another_dates_or_lost_snapshots_is_refused(store: Lake) -> None:
    with pytest.raises(ArrearsError) as caught:
        publish_book(store, JULY, {"agreements": snapshot(store)}, {})
    assert caught.value.code == "ARR-1112"
    with pytest.raises(ArrearsError) as caught:
        publish_book(store, JUNE, {"loans": snapshot(store)}, {})
    assert (caught.value.code, caught.value.facts["dataset"]) == ("ARR-1112", "loans")
    lost = SnapshotRef("agreements", "ab", "snapshots/agreements/2026-06-30/ab", 1, "")
    with pytest.raises(ArrearsError) as caught:
        publish_book(store, JUNE, {"agreements": lost}, {})
    assert caught.value.code == "ARR-1105"
    assert latest_book(store, JUNE) is None


def test_a_missing_and_an_altered_book(store: Lake) -> None:
    with pytest.raises(ArrearsError) as caught:
        read_book(store, BookRef(JUNE, "0" * 32))
    assert caught.value.code == "ARR-1110"
    ref = publish_book(store, JUNE, {"agreements": snapshot(store)}, {"rows": 1})
    (path,) = (store.root / "books/2026-06-30").glob("*.json")
    path.write_text(path.read_text().replace('"rows":1}', '"rows":2}'))
    with pytest.raises(ArrearsError) as caught:
        read_book(store, ref)
    assert (caught.value.code, caught.value.facts["file"]) == ("ARR-1111", f"books/2026-06-30/{path.name}")


def test_assessments(store: Lake) -> None:
    agreements = snapshot(store)
    book = publish_book(store, JUNE, {"agreements": agreements}, {})
    assert latest_assessment(store, JUNE, "cn-2018") is None

    def publish(version: int, policy: str = "cn-2018") -> AssessmentRef:
        snapshots = {"agreements": agreements}
        return publish_assessment(store, book, snapshots, policy=policy, policy_version=version, facts={"x": [1]})

    first, second, other = publish(1), publish(2), publish(1, "us-2020")
    assert publish(1) == first
    assert latest_assessment(store, JUNE, "cn-2018") == second
    assert latest_assessment(store, JUNE, "us-2020") == other
    read = read_assessment(store, second)
    assert (read.ref, read.book, read.policy_version) == (second, book, 2)
    assert (read.snapshots, read.facts) == ({"agreements": agreements}, {"x": [1]})
    assert AssessmentRef.from_json(second.to_json()) == second


def test_an_assessment_needs_its_book(store: Lake) -> None:
    with pytest.raises(ArrearsError) as caught:
        publish_assessment(store, BookRef(JUNE, "1" * 32), {}, policy="cn-2018", policy_version=1, facts={})
    assert caught.value.code == "ARR-1110"
