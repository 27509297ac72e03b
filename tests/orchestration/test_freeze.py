"""What is frozen: cases whose grace ended and that are reportable still; and what the approver reads about it."""

import hashlib
import re
from collections import Counter
from datetime import date
from decimal import Decimal

import polars as pl
from road import (
    FIRST_ON,
    SECOND_ON,
    answer,
    borrower_of,
    loan_of,
    newer_book,
    people,
    refused,
    truth_of,
)

from lake.assessment import latest_assessment, read_assessment
from lake.engine import read_table
from ledger.ledger import merkle
from schemas.errors.approval import BUSINESS_DATE_IN_FUTURE, NOTHING_ASSESSED


def truth_by_outcome(road) -> dict[str, set[str]]:
    rows = truth_of(road.folders.lender).filter("is_reportable").group_by("grace_outcome").agg("loan_id")
    return {outcome: set(loans) for outcome, loans in rows.rows()}


def freeze_content(road):
    return road.ledger.page(f"report/{road.batch['batch_id']}/freeze").content


def events(road, kind: str) -> dict[str, dict]:
    return {loan_of(event.case_id): event.detail for event in road.ledger.events(kinds=[kind])}


def test_who_is_unpaid_is_frozen_who_paid_is_cured_who_contests_is_set_aside(stage_frozen) -> None:
    outcome = truth_by_outcome(stage_frozen)
    assert set(events(stage_frozen, "frozen")) == outcome["unpaid"]
    assert set(events(stage_frozen, "cured")) == outcome["paid"]
    rules = {loan: list(detail["rules"]) for loan, detail in events(stage_frozen, "set_aside").items()}
    assert rules == {
        **{loan: ["E0603"] for loan in outcome["died"]},
        **{loan: ["E0601"] for loan in outcome["disputed"]},
        **{loan: ["E0602"] for loan in outcome["agreed"]},
    }
    assert Counter(stage_frozen.states().values()) == {"frozen": 15, "noticed": 3, "cured": 2}


def test_nobody_is_frozen_before_the_grace_period_has_ended(noticed) -> None:
    last_day, next_day = date(2026, 8, 30), date(2026, 8, 31)
    newer_book(noticed, last_day, {}, base=FIRST_ON)
    noticed.assess(last_day)
    assert noticed.freeze(last_day) is None
    assert Counter(noticed.states().values()) == {"noticed": 20}
    assert noticed.ledger.pages(kind="freeze")[0].content["cases"] == 0
    newer_book(noticed, next_day, {}, base=FIRST_ON)
    noticed.assess(next_day)
    assert noticed.freeze(next_day, "report-2")["cases"] == 20
    assert Counter(noticed.states().values()) == {"frozen": 20}


def test_cases_on_their_way_are_not_frozen_a_second_time(frozen) -> None:
    assert frozen.freeze(SECOND_ON, "report-2") is None
    assert len(frozen.ledger.events(kinds=["frozen"])) == 15


def test_a_report_for_a_date_that_is_out_of_date_closes_no_case(noticed) -> None:
    """Two years earlier most of these loans were not in arrears yet, which is no cure."""
    early = date(2024, 6, 30)
    newer_book(noticed, early, {}, base=FIRST_ON)
    noticed.today = FIRST_ON
    noticed.assess(early)
    assert noticed.freeze(early) is None
    assert noticed.ledger.events(kinds=["cured"]) == []
    assert Counter(noticed.states().values()) == {"noticed": 20}


def test_needs_an_assessment_and_no_future_date(noticed) -> None:
    with refused(BUSINESS_DATE_IN_FUTURE):
        noticed.freeze(SECOND_ON)
    noticed.today = SECOND_ON
    with refused(NOTHING_ASSESSED, as_of=SECOND_ON):
        noticed.freeze(SECOND_ON)
    assert noticed.ledger.pages(kind="freeze") == []


def test_the_root_commits_to_every_record_in_order(stage_sent) -> None:
    """Recomputed from what the bureau received, with nothing but the salts and RFC 9162."""
    import csv
    import io

    rows = stage_sent.frozen_list()
    assert rows["serial_no"].to_list() == list(range(1, 16))
    assert len(set(rows["salt_hex"])) == 15
    leaves = []
    for record, salt in zip(stage_sent.content_at_bureau(), rows["salt_hex"], strict=True):
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="").writerow(record.values())
        data = b"\0" + bytes.fromhex(salt) + line.getvalue().encode()
        leaves.append(hashlib.sha256(data).digest())
    assert [leaf.hex() for leaf in leaves] == rows["leaf_hex"].to_list()
    assert merkle.root_of(leaves).hex() == stage_sent.batch["root"] == freeze_content(stage_sent)["root"]


def test_judged_first_then_larger_amounts(stage_frozen) -> None:
    rows = stage_frozen.frozen_list()
    order = list(zip(rows["has_judgment"], rows["overdue_amount"], strict=True))
    assert order == sorted(order, key=lambda row: (not row[0], -row[1]))


def test_the_request_holds_counts_and_no_persons(stage_frozen) -> None:
    text = stage_frozen.batch["subject"] + stage_frozen.batch["body"]
    everybody = people(stage_frozen.folders.lender, {f"B{number:07d}" for number in range(1, 1001)})
    assert len(everybody) > 900
    for column in ("客户名称", "证件号码", "手机号码", "电子邮箱", "客户编号"):
        values = {person[column] for person in everybody if len(person[column]) >= 3}
        assert len(values) > 300
        assert [value for value in values if value in text] == []
    assert re.findall(r"L\d{7}", text) == []


def table_of(body: str, heading: str) -> list[list[str]]:
    """The rows of the Markdown table below a heading."""
    section = body.partition(f"### {heading}\n")[2].partition("\n### ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("*", ""))


def test_the_numbers_in_the_request_add_up(stage_frozen) -> None:
    body, rows = stage_frozen.batch["body"], stage_frozen.frozen_list()
    assert f"| Merkle root of the records | `{stage_frozen.batch['root']}` |" in body
    assert "| Cases | **15** |" in body
    assert stage_frozen.batch["subject"].startswith("Report 15 borrowers to 示例征信机构? ")
    assert stage_frozen.batch["root"][:16] in stage_frozen.batch["subject"]

    amounts = {label: [number(cell) for cell in cells] for label, *cells in table_of(body, "Amounts")}
    overdue, balance = rows["overdue_amount"].sum(), rows["balance_amount"].sum()
    assert amounts["together"] == [15, overdue, balance, rows["overdue_days"].max()]
    both = [amounts["persons"], amounts["enterprises"]]
    assert [sum(column) for column in list(zip(*both, strict=True))[:3]] == amounts["together"][:3]
    judged = rows.filter("has_judgment")
    assert amounts["of these with a judgment"][:2] == [judged.height, judged["overdue_amount"].sum()]

    left_out = {why: number(cases) for why, cases in table_of(body, "Noticed but left out")}
    assert left_out == {
        "paid, in the grace period or before": 2,
        "E0603 borrower is under no protection": 1,
        "E0601 no dispute is open": 1,
        "E0602 no repayment agreement is being kept": 1,
    }
    noticed = stage_frozen.ledger.events(kinds=["notice_delivered"])
    assert 15 + sum(left_out.values()) == len(noticed)


def test_the_waterfall_goes_from_all_in_arrears_to_the_reportable(stage_frozen) -> None:
    run = stage_frozen.run(SECOND_ON)
    assessment = read_assessment(run.lake, latest_assessment(run.lake, SECOND_ON, "cn-2018"))
    decisions = pl.DataFrame(pl.from_arrow(read_table(run.lake, assessment.snapshots["decisions"])))
    rows = table_of(stage_frozen.batch["body"], "Rules, from all loans in arrears to the reportable")
    assert rows[0] == ["", "all loans in arrears", "", str(decisions.height)]
    left = [int(row[3]) for row in rows if row[3] != "shown only"]
    assert left == sorted(left, reverse=True)
    assert left[-1] == decisions["is_reportable"].sum()
    for rule_id, _, failed, _ in rows[1:]:
        counted = (~decisions[rule_id]).sum()
        # Evidence is not looked at for loans that fail before, so a count of its failures would say nothing.
        assert failed == ("looked at last" if rule_id in ("E0401", "E0402") else str(counted))


def test_the_quarantine_and_the_reports_are_shown(stage_frozen) -> None:
    body = stage_frozen.batch["body"]
    run = stage_frozen.run(SECOND_ON)
    (page,) = [page for page in run.ledger.pages(kind="ingest") if page.content["as_of"] == str(SECOND_ON)]
    shown = {dataset: (int(rows), int(of)) for dataset, rows, of in table_of(body, "Quarantine")}
    assert shown == {
        name: (facts["quarantined_rows"], facts["read_rows"])
        for name, facts in page.content["datasets"].items()
        if facts["quarantined_rows"]
    }
    assert shown["payments"][0] > 0
    urls = re.findall(r"\((/arrears/validation/[^)]+)\)", body)
    assert len(urls) == 2
    for url in urls:
        assert (stage_frozen.folders.root / "data_docs" / url.removeprefix("/arrears/validation/")).is_file()


def test_the_next_batch_is_compared_with_this_one(frozen) -> None:
    first = dict(frozen.batch)
    frozen.decide(answer("Hold", "look again"))
    again = frozen.freeze(SECOND_ON, "report-2")["body"]
    compared = {row[0]: row[1:] for row in table_of(again, "Comparison with the last batch")}
    assert compared["cases"] == ["15", "15"]
    assert compared["overdue, CNY"][0] == compared["overdue, CNY"][1]
    assert compared["decision"] == ["Hold", "open"]
    assert first["batch_id"] in again
    assert "This is the first batch for this bureau." in first["body"]


def test_salts_are_fresh_so_the_same_records_have_another_root(frozen) -> None:
    salts = set(frozen.frozen_list()["salt_hex"])
    root = frozen.batch["root"]
    frozen.decide(answer("Hold", "look again"))
    frozen.freeze(SECOND_ON, "report-2")
    assert salts.isdisjoint(frozen.frozen_list()["salt_hex"])
    assert frozen.batch["root"] != root


def test_a_borrower_with_two_cases_is_two_records(stage_frozen) -> None:
    rows = stage_frozen.frozen_list()
    borrowers = borrower_of(stage_frozen, rows["loan_id"].to_list())
    assert set(borrowers) == set(rows["loan_id"])
    assert rows["loan_id"].n_unique() == rows["case_id"].n_unique() == 15
