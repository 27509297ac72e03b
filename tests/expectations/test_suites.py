"""Suites on real outcomes: what stops, what warns, what is our own error."""

import subprocess
import sys
from datetime import date
from decimal import Decimal

import narwhals as nw
import polars as pl
import pyarrow as pa
import pytest

from expectations.datasets import validate_dataset
from expectations.outcome import Finding
from expectations.records import validate_records
from expectations.suites import RowExpectation, Suite, dataset_suite, records_suite
from schemas.bureaus.roster import LAYOUT
from schemas.datasets import DATASETS, SOURCES
from transforms.bureaus.roster_checks import judge_records, record_rules
from transforms.quality import Severity, good_rows, judge_rows, rules_of

AGREEMENTS = DATASETS["agreements"]
AS_OF = date(2026, 6, 30)
TWO_PERCENT = Decimal("0.02")
TEXTS = ("agreement_id", "loan_id", "agreement_status_code", "source_file", "unreadable_fields")


def judged_agreements(rows, *, bad=0):
    """Rows of which the first `bad` have an unknown code."""
    table = pl.DataFrame(
        {
            "agreement_id": [f"A{n}" for n in range(rows)],
            "loan_id": ["L1"] * rows,
            "agreed_on": [AS_OF] * rows,
            "agreement_status_code": ["unheard_of"] * bad + ["kept"] * (rows - bad),
            "source_file": ["a.csv"] * rows,
            "source_row": range(1, rows + 1),
            "unreadable_fields": [""] * rows,
        },
        schema_overrides=dict.fromkeys(TEXTS, pl.String) | {"agreed_on": pl.Date, "source_row": pl.Int64},
    )
    loans = nw.from_native(pl.LazyFrame({"loan_id": ["L1"]}))
    frame = nw.from_native(table.lazy())
    return judge_rows(frame, AGREEMENTS, parents={"loans": loans}, as_of=AS_OF, time_zone="Asia/Shanghai")


def validate(judged, *, published=None, published_rows=None, share=TWO_PERCENT):
    good = good_rows(judged, AGREEMENTS).collect("pyarrow").to_native()
    return validate_dataset(
        judged,
        AGREEMENTS,
        published=good.schema if published is None else published,
        published_rows=good.num_rows if published_rows is None else published_rows,
        max_quarantine_share=share,
    )


CODE = "agreements.agreement_status_code.code"
CODE_TEXT = "agreement_status_code is one of kept, broken, ended (or is kept out)"


def test_clean_rows_give_no_finding(capfd):
    outcome = validate(judged_agreements(100))
    assert (outcome.suite, outcome.rows, outcome.critical, outcome.warnings) == ("agreements", 100, (), ())
    assert outcome.is_success
    # The library draws its progress bars on the standard error; log lines depend on who configured logging before.
    assert capfd.readouterr().err == ""


def test_as_many_bad_rows_as_allowed_warn():
    outcome = validate(judged_agreements(100, bad=2))
    assert outcome.is_success
    assert outcome.warnings == (Finding(CODE, 2, 100, Severity.WARNING, CODE_TEXT),)


def test_one_bad_row_more_stops():
    outcome = validate(judged_agreements(100, bad=3))
    assert not outcome.is_success
    text = "at most 2 % of the rows are kept out"
    assert outcome.critical == (Finding("agreements.rows.refused", 3, 100, Severity.CRITICAL, text),)
    assert outcome.warnings == (Finding(CODE, 3, 100, Severity.WARNING, CODE_TEXT),)


@pytest.mark.parametrize("bad", range(1, 50, 7))
def test_a_share_right_at_the_limit_is_no_matter_of_rounding(bad):
    expectation = RowExpectation("x", "x", Severity.CRITICAL, Decimal(bad) / 100)
    assert (100 - bad) / 100 >= expectation.min_passed_share
    assert (100 - bad - 1) / 100 < expectation.min_passed_share


def test_outcome_as_json():
    assert validate(judged_agreements(10, bad=1), share=Decimal("0.1")).as_json() == {
        "suite": "agreements",
        "is_success": True,
        "rows": 10,
        "critical": [],
        "warnings": [
            {"rule_id": CODE, "failed_rows": 1, "total_rows": 10, "severity": "warning", "text": CODE_TEXT},
        ],
    }


@pytest.mark.parametrize(
    ("published", "broken"),
    [
        (AGREEMENTS.arrow_schema().remove(1), {"agreements.columns.contract"}),
        (AGREEMENTS.arrow_schema().append(pa.field("more", pa.string())), {"agreements.columns.contract"}),
        (pa.schema(list(AGREEMENTS.arrow_schema())[::-1]), {"agreements.columns.contract"}),
        (
            AGREEMENTS.arrow_schema().set(2, pa.field("agreed_on", pa.timestamp("us"))),
            {"agreements.agreed_on.type"},
        ),
    ],
    ids=["missing", "extra", "order", "type"],
)
def test_a_frame_that_is_not_the_contract_stops(published, broken):
    outcome = validate(judged_agreements(5), published=published)
    assert {finding.rule_id for finding in outcome.critical} == broken
    assert {finding.failed_rows for finding in outcome.critical} == {5}


def test_a_wrong_control_total_stops():
    outcome = validate(judged_agreements(100, bad=1), published_rows=100)
    assert [finding.rule_id for finding in outcome.critical] == ["agreements.rows.control_total"]


def test_no_agreement_is_fine_and_no_loan_is_not():
    assert validate(judged_agreements(0)).is_success
    suites = {dataset.name: dataset_suite(dataset, max_quarantine_share=TWO_PERCENT) for dataset in SOURCES}
    assert {name for name, suite in suites.items() if suite.min_rows} == {"borrowers", "loans", "instalments"}


def test_too_few_rows_stop():
    from expectations.runner import run_suite

    suite = records_suite("roster", "roster", LAYOUT.arrow_schema(), ())
    outcome, _ = run_suite(suite, pa.table({}), LAYOUT.arrow_schema(), 0)
    assert [finding.rule_id for finding in outcome.critical] == ["roster.rows.too_few"]


def test_suites_assert_every_rule():
    for dataset in SOURCES:
        suite = dataset_suite(dataset, max_quarantine_share=TWO_PERCENT)
        assert set(suite.rule_ids) == {rule.rule_id for rule in rules_of(dataset)} | {f"{dataset.name}.rows.refused"}
        assert suite.contract == dataset.arrow_schema()


def test_a_null_outcome_is_our_error():
    judged = judged_agreements(3).with_columns(nw.lit(None, dtype=nw.Boolean).alias(CODE))
    with pytest.raises(RuntimeError, match=r"agreements\.rows\.refused is null in 3 rows"):
        validate(judged)


def test_a_crash_is_our_error_and_no_finding():
    from expectations.runner import run_suite

    suite = Suite(
        "made-up", "made up", pa.schema([]), 0, "ok", (RowExpectation("not_there", "is there", Severity.WARNING),)
    )
    with pytest.raises(RuntimeError, match="the expectation not_there crashed"):
        run_suite(suite, pa.table({"ok": [True]}), pa.schema([]), 1)


RECORD = {
    "serial": 1,
    "name": "王小明",
    "id_type": "居民身份证",
    "id_number": "11010519491231002X",
    "mobile": "12800138000",
    "platform_name": "示例小额贷款有限公司",
    "platform_uscc": "91350100M000100Y43",
    "total_borrowed": Decimal("1000.00"),
    "outstanding_amount": Decimal("900.00"),
    "default_start_date": date(2025, 6, 30),
    "days_overdue": 365,
    "is_lost_contact": False,
    "collection_status": "电话12次",
    "report_date": AS_OF,
}


def validated_records(*changes):
    table = pa.Table.from_pylist(
        [{**RECORD, "serial": n, **c} for n, c in enumerate(changes, 1)], LAYOUT.arrow_schema()
    )
    judged = judge_records(nw.from_native(pl.from_arrow(table).lazy()), as_of=AS_OF, overdue_months=6)
    return validate_records(judged, published=table.schema, published_rows=table.num_rows, overdue_months=6)


def test_records_that_only_warn_go_on():
    outcome = validated_records({}, {})
    assert outcome.is_success
    assert [(f.rule_id, f.failed_rows, f.total_rows) for f in outcome.warnings] == [("roster.mobile.pattern", 2, 2)]


def test_one_wrong_record_stops_the_batch_by_its_rule():
    outcome = validated_records({"mobile": None}, {"mobile": None, "days_overdue": 364})
    assert [(f.rule_id, f.failed_rows) for f in outcome.critical] == [
        ("roster.days_overdue.differs_from_dates", 1),
    ]
    assert outcome.warnings == ()


def test_records_lost_on_the_way_stop_the_batch():
    table = pa.Table.from_pylist([RECORD], LAYOUT.arrow_schema())
    judged = judge_records(nw.from_native(pl.from_arrow(table).lazy()), as_of=AS_OF, overdue_months=6)
    outcome = validate_records(judged, published=table.schema, published_rows=0, overdue_months=6)
    assert [f.rule_id for f in outcome.critical] == ["roster.rows.control_total"]


def test_the_records_suite_asserts_every_rule():
    rules = record_rules(overdue_months=6)
    suite = records_suite("roster", "roster", LAYOUT.arrow_schema(), rules)
    assert suite.rule_ids == tuple(rule.rule_id for rule in rules)


def test_importing_what_callers_use_does_not_import_the_library():
    code = "import sys, expectations.datasets, expectations.records; print('great_expectations' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
