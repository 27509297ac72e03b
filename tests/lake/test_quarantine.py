"""Quarantine: one row a broken rule, with its place, and with values that nobody can be recognised by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.extract import read_extract
from lake.masking import mask, mask_unknown, masked
from lake.polars_types import polars_schema
from lake.quarantine import quarantine_rows, quarantined_ragged_rows
from lake.snapshot import Lake
from lake.staged_extract import StagedExtract, stage_extract
from schemas.datasets import BORROWERS, PAYMENTS, QUARANTINE
from schemas.fields import FIELDS
from schemas.sources import SourceBook


@dataclass(frozen=True)
class Broken:
    rule_id: str
    field_name: str


HEAD = "payment_id,loan_id,payment_kind,payment_amount,paid_on,booked_on\n"


@pytest.fixture
def payments(folder: Path, book: SourceBook, source_of: Callable) -> Callable[[str], object]:
    def read(lines: str) -> object:
        (folder / "payments.csv").write_text(HEAD + lines, encoding="utf-8")
        return read_extract(folder, source_of("payments"), PAYMENTS, book)

    return read


def test_one_row_a_broken_rule(payments: Callable) -> None:
    extract = payments(
        "P1,L1,payment,-5,2026-01-05,2026-01-05\n"
        "P2,L2,bonus,1.234,2026-02-30,soon\n"
        "王小明,13800138000 x,payment,1,2026-01-05,2026-01-05\n"
        ",,payment,1,,2026-01-05\n"
        "P5,L5,payment,1,2026-01-05,2026-01-05\n"
    )
    rules = [
        Broken("payments.payment_amount.minimum", "payment_amount"),
        Broken("payments.booked_on.unreadable", "booked_on"),
        Broken("payments.payment_amount.unreadable", "payment_amount"),
        Broken("payments.payment_kind.code", "payment_kind"),
        Broken("payments.loan_id.pattern", "loan_id"),
        Broken("payments.paid_on.missing", "paid_on"),
    ]
    breaks = {1: [0], 2: [1, 2, 3], 3: [4], 4: [5], 5: []}
    outcomes = [
        pl.Series(rule.rule_id, [index not in breaks[row] for row in extract.frame["source_row"]])
        for index, rule in enumerate(rules)
    ]
    found = quarantine_rows(extract.frame.with_columns(outcomes), PAYMENTS, rules)
    assert found.schema == pl.Schema(polars_schema(QUARANTINE))
    expected = [
        (1, "P1", "L1", "payments.payment_amount.minimum", "payment_amount", "-5.00"),
        (2, "P2", "L2", "payments.booked_on.unreadable", "booked_on", "soon"),
        (2, "P2", "L2", "payments.payment_amount.unreadable", "payment_amount", "1.234"),
        (2, "P2", "L2", "payments.payment_kind.code", "payment_kind", "bonus"),
        (3, "***", None, "payments.loan_id.pattern", "loan_id", "138*** x"),
        (4, "", None, "payments.paid_on.missing", "paid_on", None),
    ]
    assert found.select("source_row", "row_key", "loan_id", "rule_id", "field_name", "masked_value").rows() == expected
    assert set(found["dataset_name"]) == {"payments"}
    assert set(found["source_file"]) == {"payments.csv"}


def test_nothing_broken_is_an_empty_quarantine(payments: Callable) -> None:
    frame = payments("P1,L1,payment,5,2026-01-05,2026-01-05\n").frame.with_columns(pl.lit(value=True).alias("r"))
    found = quarantine_rows(frame.to_arrow(), PAYMENTS, [Broken("r", "paid_on")])
    assert (found.height, found.columns) == (0, list(QUARANTINE.field_names))


def test_a_key_of_several_fields_and_identity_values(folder: Path, book: SourceBook, source_of: Callable) -> None:
    head = ",".join(BORROWERS.field_names)
    (folder / "borrowers.csv").write_text(
        f"{head}\nB1,person,王小明,resident_id,11010119900307231X,13800138000,wang@mail.cn,none\n", encoding="utf-8"
    )
    frame = read_extract(folder, source_of("borrowers"), BORROWERS, book).frame
    rules = [Broken(f"r.{name}", name) for name in BORROWERS.field_names]
    found = quarantine_rows(
        frame.with_columns(pl.lit(value=False).alias(rule.rule_id) for rule in rules), BORROWERS, rules
    )
    assert dict(found.select("field_name", "masked_value").rows()) == {
        "borrower_id": "B1",
        "borrower_kind": "person",
        "name": "王***",
        "id_type": "resident_id",
        "id_number": "1***1X",
        "mobile": "138***00",
        "email": "w***",
        "protection_code": "none",
    }
    assert set(found["row_key"]) == {"B1"}
    assert found["loan_id"].null_count() == found.height
    assert set(found["borrower_id"]) == {"B1"}


def test_ragged_rows_are_kept_out_with_their_place(payments: Callable, tmp_path: Path) -> None:
    extract = payments("P1,L1,payment,5,2026-01-05,2026-01-05\nP2,L2,王小明,5\n")
    (row,) = quarantined_ragged_rows(extract, PAYMENTS).rows(named=True)
    assert row == {
        "dataset_name": "payments",
        "source_file": "payments.csv",
        "source_row": 2,
        "row_key": "",
        "loan_id": None,
        "borrower_id": None,
        "rule_id": "payments.row.unreadable",
        "field_name": "row",
        "masked_value": "4 cells instead of 6",
    }
    store = Lake(tmp_path / "lake")
    staged = stage_extract(store, extract, PAYMENTS, as_of=date(2026, 6, 30), made_by="t")
    assert (staged.row_count, staged.rows.rows, staged.ragged.rows) == (2, 1, 1)
    assert StagedExtract.from_json(staged.to_json()) == staged
    assert pl.read_parquet(store.files(staged.rows)).equals(extract.frame)
    assert pl.read_parquet(store.files(staged.ragged)).row(0, named=True) == row


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("name", "王", "***"),
        ("name", "王明", "王***"),
        ("name", "云陌松坞贸易有限公司", "云***"),
        ("id_number", "11010119", "***"),
        ("mobile", "1380013", "***"),
        ("transcript", "催收员:您好", "***"),
        ("email", "a@b.c", "***"),
        ("court_name", "松坞市人民法院", "松***"),
        ("payment_kind", "代扣", "代扣"),
        ("payment_kind", "110101199003072315", "110***"),
        ("file_path", "calls/2026/C1.wav", "calls/2026/C1.wav"),
        ("name", None, None),
        ("payment_kind", None, None),
    ],
)
def test_masks(field: str, value: str | None, shown: str | None) -> None:
    assert masked(value, FIELDS[field]) == shown


def test_typed_values_are_shown_as_text() -> None:
    amounts = pl.select(mask(pl.lit("12345678901234.50").cast(pl.Decimal(18, 2)), FIELDS["payment_amount"])).item()
    assert amounts == "12345678901234.50"


@given(
    st.text("王小明张a1@. ,", max_size=20),
    st.sampled_from(["13800138000", "11010119900307231X", "wang.xm@mail.cn", "欧阳小明"]),
    st.text(" ,;/", min_size=1, max_size=2),
)
def test_no_identity_survives_in_a_text_of_unknown_meaning(before: str, secret: str, between: str) -> None:
    shown = pl.select(mask_unknown(pl.lit(before + between + secret))).item()
    assert secret not in shown
    assert secret[:5] not in shown or secret == "欧阳小明"
    assert "小明" not in shown


@given(st.text(min_size=10, max_size=30))
def test_a_masked_number_shows_its_ends_only(number: str) -> None:
    assert masked(number, FIELDS["id_number"]) == f"{number[0]}***{number[-2:]}"
    assert masked(number, FIELDS["mobile"]) == f"{number[:3]}***{number[-2:]}"
