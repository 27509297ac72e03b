"""Files of Baihang: what is written, and what is refused."""

import io
from decimal import Decimal

import polars as pl
import pytest

from delivery.bureaus import baihang
from schemas.bureaus.baihang import LAYOUTS
from schemas.errors import ArrearsError
from schemas.errors.seal import RECORDS_BREAK_LAYOUT, RECORDS_LACK_COLUMNS
from tests.delivery.baihang_examples import ACCOUNT, OVERDUE, PAID, ROWS, frame, golden, written

kinds = pytest.mark.parametrize("kind", list(LAYOUTS))


@kinds
def test_records_are_written_as_the_golden_file(kind):
    assert written(kind, frame(kind, ROWS[kind])) == golden(kind)


def test_parts_are_written_one_after_the_other():
    whole = frame("D3", [OVERDUE, PAID] * 20_000)
    once = written("D3", whole)
    assert written("D3", *(whole[start : start + 7_001] for start in range(0, whole.height, 7_001))) == once
    assert once.count(b"\r\n") == 40_001
    file = io.BytesIO()
    assert baihang.write(file, "D3", [whole]) == 40_000


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"reqID": None}, "reqID", "required"),
        ({"reqID": ""}, "reqID", "required"),
        ({"reqID": "a" * 41}, "reqID", "too_long"),
        ({"name": "王\n明"}, "name", "control_character"),
        ({"name": "王\u2028明"}, "name", "control_character"),
        ({"opCode": "X"}, "opCode", "unknown_code"),
        ({"guaranteeType": "7"}, "guaranteeType", "unknown_code"),
        ({"loanAmount": Decimal("10000000000000.00")}, "loanAmount", "too_large"),
        ({"totalTerm": 10**9}, "totalTerm", "too_large"),
        ({"targetRepayDateList": "2026-02-29"}, "targetRepayDateList", "not_dates"),
        ({"targetRepayDateList": "2026-02-10,"}, "targetRepayDateList", "not_dates"),
        ({"device_osName": "8"}, "device_osName", "unknown_code"),
    ],
)
def test_a_record_that_breaks_the_layout_is_not_written(change, field, rule):
    rows = [ACCOUNT] * 20_000 + [ACCOUNT | change]
    with pytest.raises(ArrearsError) as caught:
        written("D2", frame("D2", rows))
    assert caught.value.kind is RECORDS_BREAK_LAYOUT
    assert caught.value.facts == {"layout": "baihang-d2", "row": 20_001, "field": field, "rule": rule}


def test_other_columns_are_not_written():
    records = frame("D3", [OVERDUE]).drop("termNo").with_columns(x=1, loanStatus=pl.lit(2))
    with pytest.raises(ArrearsError) as caught:
        written("D3", records)
    assert caught.value.kind is RECORDS_LACK_COLUMNS
    assert caught.value.facts == {
        "layout": "baihang-d3",
        "missing": ["termNo"],
        "extra": ["x"],
        "of_another_type": ["loanStatus"],
    }
