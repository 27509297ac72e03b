"""Rules on the roster's records: one broken value breaks one rule, on both engines."""

from collections import Counter
from datetime import date
from decimal import Decimal

import duckdb
import narwhals as nw
import polars as pl
import pyarrow as pa
import pytest

from schemas.bureaus.roster import LAYOUT
from transforms.bureaus.roster_checks import judge_records, record_rules
from transforms.quality import Severity

AS_OF = date(2026, 8, 31)
# The last day of February plus six months is the 28th of August; the 31st of August less six months is before it.
VALID = {
    "serial": 1,
    "name": "王小明",
    "id_type": "居民身份证",
    "id_number": "11010519491231002X",
    "mobile": None,
    "platform_name": "示例小额贷款有限公司",
    "platform_uscc": "91350100M000100Y43",
    "total_borrowed": Decimal("1000.00"),
    "outstanding_amount": Decimal("2000.00"),
    "default_start_date": date(2026, 2, 28),
    "days_overdue": 184,
    "is_lost_contact": False,
    "collection_status": "电话12次、短信3次,最近一次2026-08-20,已送达告知",
    "report_date": AS_OF,
}
DUPLICATE = "roster.serial.duplicate"
MUTATIONS = {
    "roster.serial.missing": ({"serial": None}, ()),
    "roster.serial.too_long": ({"serial": 100_000_000}, ()),
    "roster.serial.minimum": ({"serial": 0}, ()),
    "roster.name.missing": ({"name": None}, ()),
    "roster.name.too_short": ({"name": "王"}, ()),
    "roster.name.too_long": ({"name": "王" * 101}, ()),
    "roster.name.unprintable": ({"name": "王\t明"}, ()),
    "roster.id_type.missing": ({"id_type": None}, ()),
    "roster.id_type.code": ({"id_type": "护照"}, ()),
    "roster.id_number.missing": ({"id_number": None}, ()),
    "roster.id_number.too_long": ({"id_number": "11010519491231002X1"}, ("roster.id_number.check_digit",)),
    "roster.id_number.unprintable": ({"id_number": "11010519491231002\n"}, ("roster.id_number.check_digit",)),
    "roster.id_number.check_digit": ({"id_type": "统一社会信用代码"}, ()),
    "roster.mobile.too_long": ({"mobile": "138001380000"}, ("roster.mobile.pattern",)),
    "roster.mobile.unprintable": ({"mobile": "138\n"}, ("roster.mobile.pattern",)),
    "roster.mobile.pattern": ({"mobile": "12800138000"}, ()),
    "roster.platform_name.missing": ({"platform_name": "  "}, ()),
    "roster.platform_name.too_long": ({"platform_name": "a" * 101}, ()),
    "roster.platform_name.unprintable": ({"platform_name": "a\u0085b"}, ()),
    "roster.platform_uscc.missing": ({"platform_uscc": None}, ()),
    "roster.platform_uscc.too_long": ({"platform_uscc": "9" * 19}, ("roster.platform_uscc.check_digit",)),
    "roster.platform_uscc.unprintable": ({"platform_uscc": "9\r"}, ("roster.platform_uscc.check_digit",)),
    "roster.platform_uscc.check_digit": ({"platform_uscc": "91350100M000100Y44"}, ()),
    "roster.total_borrowed.missing": ({"total_borrowed": None}, ()),
    "roster.total_borrowed.not_positive": (
        {"total_borrowed": Decimal("0.00")},
        ("roster.outstanding_amount.above_twice_borrowed",),
    ),
    "roster.outstanding_amount.missing": ({"outstanding_amount": None}, ()),
    "roster.outstanding_amount.not_positive": ({"outstanding_amount": Decimal("0.00")}, ()),
    "roster.outstanding_amount.above_twice_borrowed": ({"outstanding_amount": Decimal("2000.01")}, ()),
    "roster.default_start_date.missing": ({"default_start_date": None}, ()),
    "roster.default_start_date.not_overdue_enough": (
        {"default_start_date": date(2026, 3, 1), "days_overdue": 183},
        (),
    ),
    "roster.days_overdue.missing": ({"days_overdue": None}, ()),
    "roster.days_overdue.too_long": ({"days_overdue": 100_000}, ("roster.days_overdue.differs_from_dates",)),
    "roster.days_overdue.differs_from_dates": ({"days_overdue": 185}, ()),
    "roster.is_lost_contact.missing": ({"is_lost_contact": None}, ()),
    "roster.collection_status.missing": ({"collection_status": ""}, ()),
    "roster.collection_status.too_long": ({"collection_status": "短" * 201}, ()),
    "roster.collection_status.unprintable": ({"collection_status": "电话1次\n短信1次"}, ()),
    "roster.collection_status.holds_number": ({"collection_status": "致电13800138000"}, ()),
    "roster.report_date.missing": ({"report_date": None}, ()),
    "roster.report_date.not_as_of": ({"report_date": date(2026, 9, 1), "days_overdue": 185}, ()),
}


def broken(rows, engine, overdue_months=6):
    table = pa.Table.from_pylist(
        rows, schema=pa.schema([pa.field(column.name, column.type.arrow) for column in LAYOUT])
    ).add_column(0, "place", pa.array(range(len(rows)), pa.int64()))
    connection = duckdb.connect()
    native = pl.from_arrow(table).lazy() if engine == "polars" else connection.from_arrow(table)
    judged = judge_records(nw.from_native(native), as_of=AS_OF, overdue_months=overdue_months)
    found = judged.collect("pyarrow").sort("place").to_native()
    ids = [rule.rule_id for rule in record_rules(overdue_months=overdue_months)]
    assert found.column_names == ["place", *LAYOUT.names, *ids]
    assert [found[rule].null_count for rule in ids] == [0] * len(ids)
    return [{rule for rule in ids if row[rule] is False} for row in found.to_pylist()]


engines = pytest.mark.parametrize("engine", ["polars", "duckdb"])


@engines
def test_one_broken_value_breaks_its_rule_only(engine):
    rows = [VALID, *({**VALID, "serial": n, **change} for n, (change, _) in enumerate(MUTATIONS.values(), 2))]
    expected = [set(), *({rule, *also} for rule, (_, also) in MUTATIONS.items())]
    assert broken(rows, engine) == expected


@engines
def test_a_serial_stands_once(engine):
    rows = [VALID, {**VALID, "serial": 2}, VALID]
    assert broken(rows, engine) == [{DUPLICATE}, set(), {DUPLICATE}]


@engines
def test_an_enterprise_is_known_by_its_credit_code(engine):
    enterprise = {**VALID, "id_type": "统一社会信用代码", "id_number": "91110000600037341L", "mobile": "13800138000"}
    assert broken([enterprise], engine) == [set()]


@engines
def test_the_months_are_calendar_months_and_exclusive(engine):
    starts = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 5, 30)]
    records = [
        {**VALID, "serial": n, "default_start_date": start, "days_overdue": (AS_OF - start).days}
        for n, start in enumerate(starts)
    ]
    late = "roster.default_start_date.not_overdue_enough"
    found = (
        [late in rules for rules in broken(records, engine, 6)],
        [late in rules for rules in broken(records, engine, 5)],
    )
    assert found == ([False, False, True, True, True], [False, False, False, True, True])


def test_every_rule_has_a_mutation_that_breaks_it():
    rules = record_rules(overdue_months=6)
    assert Counter([*MUTATIONS, DUPLICATE]) == Counter(rule.rule_id for rule in rules)
    assert all(rule.rule_id.split(".")[:2] == ["roster", rule.field_name] for rule in rules)


def test_what_only_warns():
    warnings = {rule.rule_id for rule in record_rules(overdue_months=6) if rule.severity is Severity.WARNING}
    assert warnings == {"roster.mobile.pattern", "roster.outstanding_amount.above_twice_borrowed"}
