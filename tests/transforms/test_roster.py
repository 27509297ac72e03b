"""Records of the generic list: what stands in each column."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from schemas.bureaus.roster import LAYOUT
from transforms.bureaus.roster import Institution, roster_records

LENDER = Institution("测试小额贷款有限公司", "91350100M000100Y43")


def records_of(engine, policy, kit):
    def of(rows, report_date=date(2026, 6, 15)):
        books, _, _, decisions = kit.decided(engine, rows, policy)
        frozen = engine.rows(
            [{"case_id": "roster-L1-20251031", "loan_id": "L1"}], case_id=pa.string(), loan_id=pa.string()
        )
        return kit.table(roster_records(books, frozen, decisions, LENDER, report_date, policy))

    return of


@pytest.fixture
def records(polars_engine, policy, kit):
    return records_of(polars_engine, policy, kit)


def test_every_column_of_a_record(engine, policy, kit, rows):
    assert records_of(engine, policy, kit)(rows).to_pylist() == [
        {
            "case_id": "roster-L1-20251031",
            "serial": 1,
            "name": "测试甲",
            "id_type": "居民身份证",
            "id_number": "11010519491231002X",
            "mobile": "13800000000",
            "platform_name": "测试小额贷款有限公司",
            "platform_uscc": "91350100M000100Y43",
            "total_borrowed": Decimal("30000.00"),
            "outstanding_amount": Decimal("30476.50"),
            "default_start_date": date(2025, 10, 31),
            "days_overdue": 227,
            "is_lost_contact": False,
            "collection_status": "电话2次、短信1次、上门1次、信函1次,最近一次2026-05-01,已送达告知",
            "report_date": date(2026, 6, 15),
        }
    ]


def test_columns_and_types_are_the_layout(records, rows):
    schema = records(rows).schema
    expected = LAYOUT.arrow_schema()
    assert schema.names == ["case_id", *expected.names]
    assert [str(kind).replace("large_", "") for kind in schema.types[1:]] == [str(kind) for kind in expected.types]


def test_days_run_to_the_report_date(records, rows):
    assert records(rows, date(2026, 6, 20))["days_overdue"].to_pylist() == [232]


def test_the_last_attempt_is_shown_by_its_local_day(records, rows, kit):
    rows["contacts"].append(kit.contact_row(9, "2026-05-30T01:00:00", channel_code="letter"))
    assert records(rows)["collection_status"].to_pylist() == [
        "电话2次、短信1次、上门1次、信函2次,最近一次2026-05-30,已送达告知"
    ]


def test_enterprises_and_missing_telephones(records, rows):
    rows["borrowers"][0] |= {"id_type": "uscc", "id_number": "91110000600037341L", "mobile": None}
    table = records(rows)
    assert table["id_type"].to_pylist() == ["统一社会信用代码"]
    assert table["mobile"].to_pylist() == [None]


def test_serials_follow_the_priority_of_the_batch(engine, policy, kit, rows):
    second = {name: [dict(row) for row in dataset] for name, dataset in rows.items()}
    for dataset in second.values():
        for row in dataset:
            row |= {
                key: f"{row[key]}b" for key in ("loan_id", "evidence_id", "contact_id", "payment_id") if row.get(key)
            }
    second["instalments"][0]["principal_due"] += 1
    both = {name: rows[name] + (second[name] if name != "borrowers" else []) for name in rows}
    books, _, _, decisions = kit.decided(engine, both, policy)
    frozen = engine.rows(
        [{"case_id": "c1", "loan_id": "L1"}, {"case_id": "c2", "loan_id": "L1b"}],
        case_id=pa.string(),
        loan_id=pa.string(),
    )
    table = kit.table(roster_records(books, frozen, decisions, LENDER, kit.AS_OF, policy))
    assert table.select(["serial", "case_id"]).to_pylist() == [
        {"serial": 1, "case_id": "c2"},
        {"serial": 2, "case_id": "c1"},
    ]
