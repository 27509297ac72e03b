"""Decisions as a table: contract, whose evidence is looked at, order, waterfall."""

from decimal import Decimal

import pytest

from transforms.decisions import (
    decide,
    decisions_dataset,
    evidence_to_check,
    in_priority_order,
    judge_without_evidence,
    numbered_by_priority,
)
from transforms.eligibility import RULES
from transforms.waterfall import WATERFALL, waterfall


def unchanged(_rows):
    return None


def a_student_loan(rows):
    rows["loans"][0]["product_code"] = "student"


def a_cheap_student_loan(rows):
    a_student_loan(rows)
    rows["loans"][0]["annual_rate"] = Decimal("0.37")


def a_larger_loan(rows):
    rows["instalments"][0]["principal_due"] += 1


def sentenced(rows):
    rows["evidence"][0]["evidence_kind"] = "judgment_document"
    rows["judgments"] = [
        {
            "judgment_id": "J1",
            "loan_id": "L1",
            "court_name": "某某人民法院",
            "judgment_number": "(2026)001",
            "effective_on": rows["evidence"][0]["obtained_on"],
            "evidence_id": "V1",
        }
    ]


def without_refusal(rows):
    rows["evidence"].pop()


@pytest.fixture
def portfolio(kit):
    return kit.several(
        {
            "L1": unchanged,
            "L2": a_larger_loan,
            "L3": a_student_loan,
            "L4": sentenced,
            "L5": without_refusal,
            "L6": a_cheap_student_loan,
        }
    )


def test_columns_and_types_are_the_contract(engine, policy, kit, portfolio):
    table = kit.table(kit.decided(engine, portfolio, policy)[3])
    expected = decisions_dataset().arrow_schema()
    assert table.schema.names == expected.names
    assert [str(kind).replace("large_", "") for kind in table.schema.types] == [str(kind) for kind in expected.types]
    optional = decisions_dataset().optional
    assert all(table[name].null_count == 0 for name in table.schema.names if name not in optional)


def test_no_identity_is_in_a_decision():
    assert decisions_dataset().identity_fields == ()


def test_outcomes_are_never_empty_even_for_a_loan_without_borrower(engine, policy, kit, portfolio):
    table = kit.table(kit.decided(engine, portfolio | {"borrowers": []}, policy)[3])
    assert table.num_rows == 6
    assert [table[rule.rule_id].null_count for rule in RULES] == [0] * len(RULES)
    assert table["is_reportable"].to_pylist() == [False] * 6


def test_every_loan_in_arrears_has_one_decision(engine, policy, kit, portfolio):
    for name in ("evidence", "contacts", "disputes", "agreements", "quarantine"):
        portfolio[name] += [
            row | {key: f"{row[key]}x" for key in row if key == f"{name[:-1]}_id"} for row in portfolio[name]
        ]
    rows = kit.rows(kit.decided(engine, portfolio, policy)[3])
    assert sorted(row["loan_id"] for row in rows) == ["L1", "L2", "L3", "L4", "L5", "L6"]


def test_only_evidence_that_decides_is_looked_at(engine, policy, kit, portfolio):
    books, arrears, effort, _ = kit.decided(engine, portfolio, policy)
    rows = kit.rows(
        evidence_to_check(books, judge_without_evidence(books, arrears, effort, kit.AS_OF, policy), kit.AS_OF, policy)
    )
    assert sorted(row["evidence_id"] for row in rows) == ["V1-L1", "V1-L2", "V1-L4", "V2-L1", "V2-L2", "V2-L4"]


def test_findings_of_what_was_to_check_suffice(engine, policy, kit, portfolio):
    books, arrears, effort, decisions = kit.decided(engine, portfolio, policy)
    to_check = kit.rows(
        evidence_to_check(books, judge_without_evidence(books, arrears, effort, kit.AS_OF, policy), kit.AS_OF, policy)
    )
    findings = engine.findings(kit.intact_findings({"evidence": to_check}))
    again = decide(books, arrears, effort, findings, kit.AS_OF, policy)
    reportable = [{row["loan_id"] for row in kit.rows(frame) if row["is_reportable"]} for frame in (decisions, again)]
    assert reportable == [{"L1", "L2", "L4"}] * 2


def test_judgments_come_first_then_larger_amounts_then_loans(engine, policy, kit, portfolio):
    decisions = kit.decided(engine, portfolio, policy)[3]
    expected = ["L4", "L2", "L1", "L3", "L5", "L6"]
    assert [row["loan_id"] for row in kit.rows(in_priority_order(decisions, policy))] == expected
    numbered = kit.rows(numbered_by_priority(decisions, "serial", policy))
    assert [row["loan_id"] for row in sorted(numbered, key=lambda row: row["serial"])] == expected
    assert sorted(row["serial"] for row in numbered) == [1, 2, 3, 4, 5, 6]


def test_waterfall_counts_alone_and_cumulatively(engine, policy, kit, portfolio):
    frame = waterfall(kit.decided(engine, portfolio, policy)[3], policy)
    rows = {row["rule_id"]: row for row in kit.rows(frame)}
    assert list(rows) == [rule.rule_id for rule in RULES]
    figures = ("passed_loans", "failed_loans", "failed_alone_loans", "remaining_loans", "remaining_amount")
    found = {rule_id: tuple(row[figure] for figure in figures) for rule_id, row in rows.items()}
    assert found["E0101"] == (6, 0, 0, 6, Decimal("120907.00"))
    assert found["E0501"] == (4, 2, 1, 4, Decimal("80605.00"))
    assert found["E0502"] == (5, 1, 0, 4, Decimal("80605.00"))
    assert found["E0402"] == (5, 1, 1, 3, Decimal("60454.00"))
    assert kit.table(frame).schema.names == WATERFALL.arrow_schema().names


def test_waterfall_of_nothing_is_zeros(engine, policy, kit, portfolio):
    table = kit.table(waterfall(kit.decided(engine, portfolio | {"instalments": []}, policy)[3], policy))
    assert table.num_rows == len(RULES)
    assert set(table["remaining_amount"].to_pylist()) == {Decimal("0.00")}
    assert set(table["passed_loans"].to_pylist()) == {0}


def test_a_warning_takes_nobody_out(engine, policy, kit, portfolio):
    portfolio["quarantine"] = [
        {
            "dataset_name": "payments",
            "source_file": "p.csv",
            "source_row": 1,
            "row_key": "?",
            "loan_id": None,
            "rule_id": "payments.loan_id.pattern",
            "field_name": "loan_id",
            "masked_value": None,
        }
    ]
    rows = {row["rule_id"]: row for row in kit.rows(waterfall(kit.decided(engine, portfolio, policy)[3], policy))}
    assert (rows["W0702"]["failed_loans"], rows["W0702"]["failed_alone_loans"]) == (6, 0)
    assert rows["W0702"]["is_blocking"] is False
    assert rows["W0702"]["remaining_loans"] == rows["E0701"]["remaining_loans"]
