"""Who is on the hashed list, the same on both engines; one broken value breaks one rule."""

from datetime import date

import duckdb
import narwhals as nw
import polars as pl
import pyarrow as pa
import pytest

from schemas.bureaus.roster import HASHED_LAYOUT
from transforms.bureaus.roster_hashed import hashed_records, hashed_rules, judge_hashed, matches, shared_persons

PERSON_KEY = "v1:" + "0a" * 32
VALID = {"key_id": "2026-1", "person_key": PERSON_KEY, "overdue_band": "M4", "report_date": date(2026, 9, 7)}
BROKEN = {
    "roster-hashed.key_id.missing": {"key_id": None},
    "roster-hashed.key_id.pattern": {"key_id": "2026/1"},
    "roster-hashed.person_key.missing": {"person_key": None},
    "roster-hashed.person_key.pattern": {"person_key": "v1:" + "0A" * 32},
    "roster-hashed.overdue_band.missing": {"overdue_band": None},
    "roster-hashed.overdue_band.code": {"overdue_band": "M3"},
    "roster-hashed.report_date.missing": {"report_date": None},
}
DUPLICATE = "roster-hashed.person_key.duplicate"
RECORDS = pa.table(
    {
        "id_type": ["居民身份证"] * 4 + ["统一社会信用代码"],
        "id_number": [
            "11010519491231002X",
            "11010519491231002x",
            "110101199003071233",
            "110105491231002",
            "91350100M000100Y43",
        ],
        "days_overdue": pa.array([91, 400, 90, 400, 400], pa.int64()),
        "report_date": [date(2026, 9, 7)] * 5,
    }
)


def frame(table: pa.Table, engine: str):
    if engine == "polars":
        return nw.from_native(pl.DataFrame(table).lazy())
    return nw.from_native(duckdb.connect().from_arrow(table))


def rows(found) -> list[dict]:
    return found.collect("pyarrow").to_native().to_pylist()


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_persons_over_three_months_are_shared_once(engine: str) -> None:
    assert rows(shared_persons(frame(RECORDS, engine))) == [
        {
            "message": "roster-hashed/v1|resident_id|11010519491231002X",
            "overdue_band": "M6+",
            "report_date": date(2026, 9, 7),
        }
    ]


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_records_have_the_columns_of_the_layout_in_order(engine: str) -> None:
    keyed = pa.table(
        {
            "report_date": [date(2026, 9, 7)] * 2,
            "overdue_band": ["M4"] * 2,
            "person_key": ["b", "a"],
            "key_id": ["k"] * 2,
        }
    )
    found = rows(hashed_records(frame(keyed, engine)))
    assert [tuple(row) for row in found] == [HASHED_LAYOUT.names] * 2
    assert [row["person_key"] for row in found] == ["a", "b"]


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_one_broken_value_breaks_one_rule(engine: str, rule: str) -> None:
    record = pa.Table.from_pylist(
        [{**VALID, **BROKEN[rule]}], schema=pa.schema([(f.name, f.type) for f in HASHED_LAYOUT.arrow_schema()])
    )
    (judged,) = rows(judge_hashed(frame(record, engine)))
    assert [each.rule_id for each in hashed_rules() if not judged[each.rule_id]] == [rule]


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_a_person_stands_once_for_a_key_and_date(engine: str) -> None:
    other = [{**VALID, "key_id": "2026-2"}, {**VALID, "report_date": date(2026, 9, 14)}]
    judged = rows(judge_hashed(frame(pa.Table.from_pylist([VALID, *other]), engine)))
    assert all(row[DUPLICATE] for row in judged)
    judged = rows(judge_hashed(frame(pa.Table.from_pylist([VALID, VALID, *other]), engine)))
    assert sorted(row[DUPLICATE] for row in judged) == [False, False, True, True]


def test_every_rule_is_broken_once() -> None:
    assert {rule.rule_id for rule in hashed_rules()} == {*BROKEN, DUPLICATE}


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_matching_is_by_key_and_its_number(engine: str) -> None:
    own = pa.table(
        {"key_id": ["2026-1", "2026-2", "2026-1"], "person_key": [PERSON_KEY, PERSON_KEY, "v1:x"], "mine": [1, 2, 3]}
    )
    connection = duckdb.connect()
    if engine == "polars":
        sides = [nw.from_native(pl.DataFrame(side).lazy()) for side in (pa.Table.from_pylist([VALID]), own)]
    else:
        sides = [nw.from_native(connection.from_arrow(side)) for side in (pa.Table.from_pylist([VALID]), own)]
    assert [(row["mine"], row["overdue_band"]) for row in rows(matches(*sides))] == [(1, "M4")]
