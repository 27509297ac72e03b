"""`arrears assess` and `arrears what-if` on a folder of dataset files."""

import hashlib
import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.datasets import DATASETS
from tests.transforms.conftest import contact_row, several

CONTENT = b"0123456789"
ROOT_OPTIONS = ("--as-of", "2026-06-15")


def of_a_student(rows):
    rows["loans"][0]["product_code"] = "student"


def threatened(rows):
    rows["contacts"].append(
        contact_row(
            7,
            "2026-03-01T10:00:00",
            channel_code="wechat",
            counterparty_code="borrower",
            contact_outcome_code="talked",
            transcript="借款人：我现在没钱。\n催收员：再不还钱，我就打断你的腿。",
        )
    )


def guaranteed(rows):
    guarantor = rows["borrowers"][0] | {"borrower_id": "G1", "protection_code": "deceased"}
    rows["borrowers"].append(guarantor)
    rows["liabilities"] = [
        {"loan_id": "L1", "borrower_id": "G1", "liability_code": "guarantor", "liable_amount": Decimal("1.00")}
    ]


@pytest.fixture
def data(tmp_path):
    """Four loans: a reportable one, one with a guarantor who has died, a student's, one whose collector threatens."""
    folder = tmp_path / "data"
    folder.mkdir()
    rows = several({"L1": lambda rows: None, "L2": guaranteed, "L3": of_a_student, "L4": threatened})
    for piece in rows["evidence"]:
        piece |= {
            "file_path": f"files/{piece['evidence_id']}",
            "file_bytes": len(CONTENT),
            "file_sha256": hashlib.sha256(CONTENT).hexdigest(),
        }
        (folder / "files").mkdir(exist_ok=True)
        (folder / piece["file_path"]).write_bytes(CONTENT)
    for name, each in rows.items():
        if name not in ("quarantine", "reported"):
            pq.write_table(pa.Table.from_pylist(each, DATASETS[name].arrow_schema()), folder / f"{name}.parquet")
    return folder


@pytest.fixture
def assess(arrears, data, tmp_path):
    def run(*arguments, policy="cn-2018"):
        out = tmp_path / "out" / "decisions.parquet"
        result = arrears(
            "assess", "--data", str(data), "--policy", policy, *ROOT_OPTIONS, "--out", str(out), *arguments
        )
        return result, out

    return run


def by_loan(out):
    return {row["loan_id"]: row for row in pq.read_table(out).to_pylist()}


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_decisions_are_written_and_figures_printed(assess, engine):
    result, out = assess("--engine", engine)
    assert result.exit_code == 0, result.output
    decisions = by_loan(out)
    assert {loan_id for loan_id, row in decisions.items() if row["is_reportable"]} == {"L1", "L2"}
    assert (decisions["L3"]["E0501"], decisions["L4"]["E0308"]) == (False, False)
    assert decisions["L1"]["episode_began_on"] == date(2025, 10, 31)
    for text in ("loans in arrears", "40,302.00", "E0308", out.name):
        assert text in result.stdout.replace("\n", "")


def test_the_engines_write_the_same_rows(assess):
    tables = []
    for engine in ("polars", "duckdb"):
        _, out = assess("--engine", engine)
        tables.append(pq.read_table(out))
    assert tables[0].equals(tables[1])


def test_json_holds_the_rules_in_order(assess):
    result, _ = assess("--json")
    told = json.loads(result.stdout)
    assert (told["policy_name"], told["loans_in_arrears"], told["reportable_loans"]) == ("cn-2018", 4, 2)
    assert told["reportable_amount"] == "40302.00"
    assert told["rules"][0]["rule_id"] == "E0101"
    assert told["kept_out_rows"] == {}


def test_details_name_the_phrase_the_contact_and_the_party(assess, tmp_path):
    details = tmp_path / "details"
    result, _ = assess("--details", str(details))
    assert result.exit_code == 0, result.output
    names = {"arrears", "effort", "conduct_findings", "language_findings", "evidence_findings", "party_decisions"}
    assert {path.stem for path in details.iterdir()} == names
    (finding,) = pq.read_table(details / "language_findings.parquet").to_pylist()
    assert (finding["contact_id"], finding["turn_no"], finding["language_code"]) == ("C7-L4", 2, "threat")
    assert finding["speaker_code"] == "collector"
    (party,) = pq.read_table(details / "party_decisions.parquet").to_pylist()
    assert (party["loan_id"], party["liability_code"], party["E0603"], party["is_reportable"]) == (
        "L2",
        "guarantor",
        False,
        False,
    )


def test_an_altered_file_is_no_evidence(assess, data, tmp_path):
    (data / "files" / "V1-L1").write_bytes(b"0123456780")
    details = tmp_path / "details"
    result, out = assess("--details", str(details))
    assert result.exit_code == 0
    assert by_loan(out)["L1"]["is_reportable"] is False
    findings = pq.read_table(details / "evidence_findings.parquet").to_pylist()
    assert [row["evidence_id"] for row in findings if row["finding_code"] == "altered"] == ["V1-L1"]


def test_a_bad_row_is_kept_out_and_told(assess, data):
    rows = pq.read_table(data / "payments.parquet").to_pylist()
    rows[0]["payment_amount"] = Decimal("-1.00")
    pq.write_table(pa.Table.from_pylist(rows, DATASETS["payments"].arrow_schema()), data / "payments.parquet")
    result, out = assess("--json")
    assert json.loads(result.stdout)["kept_out_rows"] == {"payments": 1}
    assert by_loan(out)["L1"]["E0701"] is False


def test_another_policy_judges_otherwise(assess):
    result, out = assess(policy="us-fcra")
    assert result.exit_code == 0, result.output
    assert {row["policy_name"] for row in by_loan(out).values()} == {"us-fcra"}
    assert by_loan(out)["L3"]["is_reportable"] is True


@pytest.mark.parametrize(
    ("arguments", "policy", "code"),
    [
        (("--engine", "abacus"), "cn-2018", "ARR-1201"),
        ((), "cn-1999", "ARR-2006"),
        (("--evidence", "nowhere"), "cn-2018", "ARR-1210"),
    ],
)
def test_what_can_not_be_is_a_clear_error(assess, arguments, policy, code):
    result, out = assess(*arguments, policy=policy)
    assert result.exit_code == 2
    assert result.stderr.startswith(code)
    assert "Traceback" not in result.output
    assert not out.exists()


def test_a_missing_dataset_is_named(assess, data):
    (data / "disputes.parquet").unlink()
    result, _ = assess()
    assert result.exit_code == 2
    assert result.stderr.startswith("ARR-1302")
    assert "disputes" in result.stderr


def test_what_if_says_what_moves_by_rule(arrears, data):
    result = arrears(
        "what-if", "--data", str(data), "--policy", "cn-2018", "--policy", "us-fcra", *ROOT_OPTIONS, "--json"
    )
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    moved = {row["move_code"]: (row["moved_borrowers"], row["moved_amount"]) for row in told["by_move"]}
    assert moved == {"stays": (2, "40302.00"), "enters": (2, "40302.00")}
    by_rule = {(row["rule_id"], row["move_code"]): row["moved_loans"] for row in told["by_rule"]}
    assert by_rule == {("E0501", "enters"): 1, ("E0308", "enters"): 1}
    text = arrears("what-if", "--data", str(data), "--policy", "cn-2018", "--policy", "us-fcra", *ROOT_OPTIONS)
    assert "cn-2018 version 1 against us-fcra version 1" in text.stdout


def test_what_if_reads_the_book_of_a_lake(arrears, reported_site):
    result = arrears(
        "what-if",
        "--policy",
        "cn-2018",
        "--policy",
        "us-fcra",
        "--as-of",
        "2026-06-30",
        "--json",
        ARREARS_LAKE=str(reported_site.lake),
    )
    assert result.exit_code == 0, result.output
    moved = {row["move_code"] for row in json.loads(result.stdout)["by_move"]}
    assert {"stays", "enters"} <= moved


def test_what_if_wants_two_policies(arrears, data):
    result = arrears("what-if", "--data", str(data), "--policy", "cn-2018", *ROOT_OPTIONS)
    assert result.exit_code == 2
    assert "twice" in result.stderr
