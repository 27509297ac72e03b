"""`arrears explain` on a site that held one batch and sent another."""

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from schemas.errors.approval import WRONG_PERSON

SPOKEN = ("您好", "催收员：", "借款人：")


@pytest.fixture(scope="session")
def people(reported_site) -> dict[str, dict[str, str]]:
    with reported_site.borrowers.open(encoding="gb18030", newline="") as file:
        return {row["客户编号"]: row for row in csv.DictReader(file)}


def identity_of(row: dict[str, str]) -> list[str]:
    return [row[name] for name in ("客户名称", "证件号码", "手机号码", "电子邮箱") if row[name]]


def story(run: Callable, *arguments: object) -> dict:
    result = run("explain", *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def fold_proof(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2, by hand: the root that leaf and proof lead to."""
    node, last, root = index, size - 1, leaf
    for sibling in proof:
        if node % 2 or node == last:
            root = sha256(b"\x01" + sibling + root).digest()
            while node and not node % 2:
                node, last = node // 2, last // 2
        else:
            root = sha256(b"\x01" + root + sibling).digest()
        node, last = node // 2, last // 2
    assert last == 0
    return root


def pages_of(ledger_file: Path) -> dict[int, tuple[str, str, dict]]:
    """Kind, key and content of each page, read with nothing but SQLite."""
    with sqlite3.connect(ledger_file) as connection:
        rows = connection.execute("SELECT page_no, kind, key, content_json FROM pages").fetchall()
    return {number: (kind, key, json.loads(content)) for number, kind, key, content in rows}


def test_an_accepted_case_is_told_from_the_finding_to_the_answer(on_site, reported_site):
    case_id = reported_site.case_in("accepted")
    told = story(on_site, case_id)
    pages = pages_of(reported_site.ledger_file)
    assert (told["case_id"], told["state"]) == (case_id, "accepted")
    assert [step["kind"] for step in told["history"]] == [
        "found",
        "notice_delivered",
        "frozen",
        "given_back",
        "frozen",
        "released",
        "sent",
        "accepted",
    ]
    held, sent = told["batches"]
    assert held["decision"]["option"] == "Hold"
    assert held["decision"]["reason"] == "compare the amounts with accounting first"
    assert held["sealed_file"] is None
    assert [refusal["code"] for refusal in held["refusals"]] == [WRONG_PERSON.code]
    assert sent["refusals"] == []
    assert (sent["decision"]["option"], sent["decision"]["person_name"]) == ("Release", "risk1")
    assert sent["decision"]["is_of_frozen_root"] is True
    assert [recheck["is_removed"] for recheck in sent["rechecks"]] == [False]
    assert sent["sealed_file"]["sha256"] == sha256(reported_site.sealed_file.read_bytes()).hexdigest()
    assert sent["sealed_file"]["received_sha256"] == sent["sealed_file"]["sha256"]
    assert sent["sealed_file"]["file_name"] == reported_site.sealed_file.name
    assert sent["answer"]["answer"] == reported_site.answer.name
    kinds = {
        "freeze": sent["page_no"],
        "decision": sent["decision"]["page_no"],
        "recheck": sent["rechecks"][0]["page_no"],
        "seal": sent["sealed_file"]["page_no"],
        "intent": sent["sealed_file"]["intent_page_no"],
        "rename": sent["sealed_file"]["rename_page_no"],
        "receipt": sent["sealed_file"]["receipt_page_no"],
        "sent": sent["sent_page_no"],
        "feedback": sent["answer"]["page_no"],
        "notice": told["notices"][0]["page_no"],
        "ingest": told["judgement"]["ingest_page_no"],
        "assess": told["judgement"]["assess_page_no"],
    }
    assert {kind: pages[number][0] for kind, number in kinds.items()} == {kind: kind for kind in kinds}
    assert pages[held["page_no"]][2]["batch_id"] == held["batch_id"]
    assert told["notices"][0]["grace_ends_on"] == "2026-08-30"
    assert told["is_proved"] is True


def test_a_rejected_case_has_the_bureaus_code(on_site, reported_site):
    told = story(on_site, reported_site.case_in("rework"))
    assert told["batches"][-1]["answer"]["status"] == "rejected"
    assert told["batches"][-1]["answer"]["code"] == "R900"


def test_a_case_outside_all_batches_is_judged_by_its_opening(on_site, reported_site):
    told = story(on_site, reported_site.case_in("cured"))
    assert told["batches"] == []
    assert told["judgement"]["as_of"] == "2026-06-30"
    assert told["history"][-1]["kind"] == "cured"


def test_the_proof_leads_to_the_approved_root_by_hand(on_site, reported_site):
    pages = pages_of(reported_site.ledger_file)
    for case_id, state in reported_site.states.items():
        if state not in ("accepted", "rework"):
            continue
        for batch in story(on_site, case_id)["batches"]:
            proof = [bytes.fromhex(node) for node in batch["inclusion"]["proof"]]
            leaf = bytes.fromhex(batch["leaf"])
            root = fold_proof(leaf, batch["serial"] - 1, batch["cases"], proof)
            assert root.hex() == pages[batch["decision"]["page_no"]][2]["root"]
            assert batch["inclusion"]["is_included"] is True


def test_rules_stand_with_titles_numbers_sources_and_marks(on_site, reported_site):
    rules = {rule["rule_id"]: rule for rule in story(on_site, reported_site.case_in("accepted"))["judgement"]["rules"]}
    assert len(rules) == 24
    assert {rule["outcome"] for rule in rules.values() if rule["is_blocking"]} == {"met"}
    long_overdue = rules["E0101"]
    assert long_overdue["title_en"] == "overdue for longer than the policy's calendar months or days"
    assert long_overdue["title_zh"] == "逾期超过规定期限"
    assert [(number["key"], number["value"], number["mark"]) for number in long_overdue["numbers"]] == [
        ("arrears.over_months", 6, "B")
    ]
    assert "2018-08-08" in long_overdue["numbers"][0]["source"]
    assert [(number["value"], number["applies_to"]) for number in rules["E0302"]["numbers"]] == [
        (3, ["call", "robot_call"]),
        (1, ["visit"]),
    ]


def test_contacts_and_evidence_add_up_to_the_figures(on_site, reported_site):
    for case_id in (reported_site.case_in("accepted"), reported_site.case_in("rework")):
        judgement = story(on_site, case_id)["judgement"]
        assert len(judgement["contacts"]) == judgement["effort"]["attempts"] > 0
        used = {contact["channel_code"] for contact in judgement["contacts"]}
        assert len(used) == judgement["effort"]["channels_used"]
        assert {piece["finding_code"] for piece in judgement["evidence"]} == {"intact"}


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_masked_output_names_nobody(on_site, reported_site, people, form):
    names = {value for row in people.values() for value in identity_of(row)}
    for case_id in reported_site.states:
        result = on_site("explain", case_id, *form)
        assert result.exit_code == 0, result.output
        assert {value for value in names if value in result.output} == set()
        assert not any(word in result.stdout for word in SPOKEN)


def test_unmasked_output_names_the_borrower_and_shows_what_was_said(on_site, reported_site, people):
    case_id = reported_site.case_in("accepted")
    masked = story(on_site, case_id)["judgement"]
    told = story(on_site, case_id, "--unmask")["judgement"]
    row = people[told["borrower"]["borrower_id"]]
    assert told["borrower"]["name"] == row["客户名称"]
    assert told["borrower"]["id_number"] == row["证件号码"]
    said = [contact["transcript"] for contact in told["contacts"] if contact["transcript"]]
    assert said
    assert all(len(text) > 3 for text in said)
    assert {contact["transcript"] for contact in masked["contacts"]} <= {"***", None}
    result = on_site("explain", case_id, "--unmask")
    assert row["证件号码"] in result.stdout


def test_text_shows_what_people_look_for(on_site, reported_site):
    case_id = reported_site.case_in("accepted")
    told = story(on_site, case_id)
    text = on_site("explain", case_id).stdout
    batch = told["batches"][-1]
    for value in (
        f"{case_id}: reported and accepted by the bureau",
        "逾期超过规定期限",
        "grace period ends on     2026-08-30",
        batch["root"],
        batch["leaf"],
        "yes, computed from the frozen list of",
        "risk1 (user 3)",
        batch["sealed_file"]["sha256"],
        f"Receipt  pages {batch['sealed_file']['intent_page_no']}",
        f"The bureau's answer  page {batch['answer']['page_no']}",
    ):
        assert value in text
    assert "A CHECK FAILED" not in text


def test_a_loan_with_one_case_is_explained(on_site, reported_site):
    case_id = reported_site.case_in("accepted")
    loan_id = case_id.split("-")[1]
    assert story(on_site, loan_id) == story(on_site, case_id)


def test_an_unknown_case_is_a_clear_error(on_site):
    for unknown in ("roster-L9999999-20250101", "L9999999", "'; DROP TABLE pages; --"):
        result = on_site("explain", unknown)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr.startswith("ARR-9104 The ledger knows no such case or loan")
        assert "Traceback" not in result.output


def copy_of_lake(reported_site, tmp_path: Path) -> Path:
    lake = tmp_path / "lake"
    shutil.copytree(reported_site.lake, lake)
    return lake


def test_a_record_that_is_not_in_the_approved_list_ends_with_1(arrears, reported_site, tmp_path):
    ledger_file = tmp_path / "ledger" / "ledger.sqlite"
    ledger_file.parent.mkdir()
    with sqlite3.connect(reported_site.ledger_file) as source, sqlite3.connect(ledger_file) as target:
        source.backup(target)
    case_id = reported_site.case_in("accepted")
    with sqlite3.connect(ledger_file) as connection:
        event = "case_id = ? AND kind = 'frozen'"
        (detail,) = connection.execute(f"SELECT detail_json FROM events WHERE {event}", [case_id]).fetchone()
        forged = json.dumps({**json.loads(detail), "leaf": "ab" * 32})
        connection.execute(f"UPDATE events SET detail_json = ? WHERE {event}", [forged, case_id])
    places = {"ARREARS_LEDGER": f"sqlite:///{ledger_file}", "ARREARS_LAKE": str(reported_site.lake)}
    result = arrears("explain", case_id, **places)
    assert result.exit_code == 1
    assert "A CHECK FAILED" in result.stdout
    assert "NO: the leaf and the frozen list do not lead to the approved root" in result.stdout


def test_an_altered_snapshot_is_refused(arrears, reported_site, tmp_path):
    lake = copy_of_lake(reported_site, tmp_path)
    (file,) = (lake / "snapshots" / "decisions" / "2026-09-07").glob("*/part-00000.parquet")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    result = arrears("explain", reported_site.case_in("accepted"), "--ledger", reported_site.ledger_url, "--lake", lake)
    assert result.exit_code == 1
    assert "part-00000.parquet" in result.stderr
    assert result.stdout == ""


def test_the_ledger_still_speaks_when_retention_deleted_the_snapshots(arrears, reported_site, tmp_path):
    lake = copy_of_lake(reported_site, tmp_path)
    shutil.rmtree(lake / "snapshots")
    places = {"ARREARS_LEDGER": reported_site.ledger_url, "ARREARS_LAKE": str(lake)}
    case_id = reported_site.case_in("accepted")
    result = arrears("explain", case_id, **places)
    assert result.exit_code == 0
    assert "deleted from the lake, what follows is from the ledger" in result.stdout
    assert "can't be checked: the frozen list is deleted from the lake" in result.stdout
    told = json.loads(arrears("explain", case_id, "--json", **places).stdout)
    assert told["judgement"] is None
    assert told["batches"][-1]["answer"]["status"] == "accepted"
