"""The road to the PBoC's credit reference centre: records 210 and 410, packed, sent over OpenSSH, answered, booked."""

import gzip
import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
import pyarrow as pa
import pytest
from habits import with_habits
from pboc_lender import (
    BRANCH,
    EXTRA,
    SEGMENT_CODE,
    SETTINGS,
    account_number,
    answer_of,
    day_of,
    flat,
    loan_of_record,
    loan_rows,
    opened,
    packed,
    unpaid,
    write_facts,
    write_lender,
)
from road import (
    FIRST_ON,
    SECOND_ON,
    THIRD_ON,
    Road,
    answer,
    loan_of,
    new_road,
    newer_book,
    pays,
    people,
    policy_with,
    refused,
)
from test_privacy import files_outside_of_snapshots, found_in, values_of

from lake.book import latest_book, publish_book, read_book
from orchestration.answers import book_answers
from orchestration.approval_body import approval_body
from orchestration.assessed import assessed_on
from orchestration.bureaus.form import BatchFacts
from orchestration.bureaus.pboc_records import RecordsOfType, batch_records, files_of
from orchestration.bureaus.pboc_validation import findings_of
from orchestration.case_story import SHOW_MASKED, cases_of, story_of
from orchestration.what_if import compare_on_lake
from schemas.bureaus.pboc_facts import PBOC_COLLATERAL_CONTRACTS, PBOC_SPECIAL_TRANSACTIONS
from schemas.errors.approval import CONNECTION_INVALID, FACTS_MISSING, SITE_INVALID, VALIDATION_FAILED
from schemas.errors.feedback import ANSWERS_NOT_BOOKED
from schemas.errors.pboc import PACKING_FAILED

BEARS_A_FIFTH = "max_quarantine_share = { value = 0.02", "max_quarantine_share = { value = 0.2"
DAY = f"{THIRD_ON:%Y%m%d}"
FIGURES = {"210": "AcctMthlyBlgInfSgmt", "410": "ActLbltyInfSgmt"}
REFUSED = [("BLE019", "TotOverd"), ("BLE019", "OverdPrinc"), ("ABE001", "0000")]


@pytest.fixture(scope="module")
def lender(tmp_path_factory) -> Path:
    return write_lender(tmp_path_factory.mktemp("pboc") / "lender")


@pytest.fixture(scope="module")
def unclassed(lender) -> str:
    """A loan of which the lender does not tell the class of risk."""
    return unpaid(lender)[0]


@pytest.fixture(scope="module")
def payer(lender) -> str:
    """A loan that is paid between the release and the re-check."""
    return unpaid(lender)[3]


@pytest.fixture(scope="module")
def newcomer(lender) -> str:
    """A loan of which the centre was never told."""
    return unpaid(lender)[5]


@pytest.fixture(scope="module")
def second(tmp_path_factory, outside, lender, unclassed, newcomer) -> Road:
    """Noticed on the first business date; the second one, after the grace period, is ingested and assessed."""

    def change(loan_id: str, row: dict[str, str]) -> dict[str, str]:
        without = {unclassed: "five_class_code", newcomer: "first_reported_on"}.get(loan_id)
        return {name: value for name, value in row.items() if name != without}

    root = tmp_path_factory.mktemp("pbocroad")
    road = new_road(root / "pbocsecond", replace(outside, lender=lender), settings=SETTINGS, extra=EXTRA)
    write_facts(road.own_lender(), change)
    road.ingest(FIRST_ON)
    road.assess(FIRST_ON)
    road.notify(FIRST_ON)
    road.today = SECOND_ON
    road.ingest(SECOND_ON)
    road.assess(SECOND_ON)
    return road


@pytest.fixture(scope="module")
def released(second, payer, unclassed, tmp_path_factory) -> Road:
    """A batch is released and re-checked a week later; one has paid by then, and one is classed."""
    root = tmp_path_factory.mktemp("pbocreleased")
    road = second.copied_to(root / "pbocreleased")
    with policy_with(root / "policies", *BEARS_A_FIFTH):
        road.freeze(SECOND_ON)
    road.decide(answer("Release"))
    classed = pl.when(pl.col("loan_id") == unclassed).then(pl.lit("3")).otherwise(pl.col("five_class_code"))
    changes = {
        "payments": pays([payer], THIRD_ON),
        "pboc_accounts": lambda rows: rows.with_columns(classed.alias("five_class_code")),
    }
    newer_book(road, THIRD_ON, changes)
    road.recheck()
    return road


@pytest.fixture(scope="module")
def sent(released, tmp_path_factory) -> Road:
    """All files are at the bureau."""
    road = released.copied_to(tmp_path_factory.mktemp("pbocsent") / "pbocsent")
    road.parts = road.seal()
    road.close(road.send(road.parts))
    return road


@pytest.fixture
def copy_of(tmp_path, request) -> Callable[[Road], Road]:
    def copied(stage: Road) -> Road:
        return stage.copied_to(tmp_path / f"p{abs(hash(request.node.nodeid)) % 10**9}n{len(list(tmp_path.iterdir()))}")

    return copied


def files_at_bureau(road: Road) -> list:
    return [opened(path) for path in sorted(road.inbox.glob("*.enc"))]


def put(road: Road, name: str, text: bytes, *, packed_as: str | None = None) -> None:
    (road.answers / name).write_bytes(packed(packed_as or name, text))


def answer_name(file_name: str, flag: int) -> str:
    """The first 29 characters of the data file, and the flag."""
    return f"{file_name[:29]}{flag}.enc"


def serials(road: Road) -> dict[str, int]:
    rows = road.frozen_list()
    return dict(zip(rows["loan_id"], rows["serial_no"], strict=True))


def test_serials_run_over_persons_first_then_enterprises(sent) -> None:
    rows = sent.frozen_list()
    assert rows["serial_no"].to_list() == list(range(1, rows.height + 1))
    kinds = rows["borrower_kind"].to_list()
    assert kinds == ["person"] * 13 + ["enterprise"]


def test_files_hold_one_type_each_and_are_cut_by_characters(sent) -> None:
    files = files_at_bureau(sent)
    assert all(re.fullmatch(rf"{SEGMENT_CODE}{DAY}(210|410)00[0-9][0-9]0\.enc", file.name) for file in files)
    by_type = {kind: [file for file in files if file.name[22:25] == kind] for kind in ("210", "410")}
    assert len(by_type["210"]) >= 2
    assert len(by_type["410"]) == 1
    for kind, of_type in by_type.items():
        assert [file.name[26:29] for file in of_type] == [f"{number:03d}" for number in range(1, len(of_type) + 1)]
        for file in of_type:
            assert file.header[:28] == f"A050{kind}2.0.0  {SEGMENT_CODE}"
            assert file.header[28:36] == DAY
            assert file.header[42:] == f"0{len(file.lines):07d}"
            assert sum(len(line.decode()) + 2 for line in (file.header.encode(), *file.lines)) <= 6000
            assert {record[""] for record in file.records} == {{"210": "InAcctInf", "410": "EnAcctInf"}[kind]}


def test_the_parts_in_the_ledger_foot_with_the_files(sent) -> None:
    (page,) = sent.ledger.pages(kind="seal")
    assert (page.content["signer"], page.content["recipients"], page.content["packing"]) == ("", [], "stand_in")
    offset = 0
    for part, file in zip(page.content["parts"], files_at_bureau(sent), strict=True):
        assert part["file_name"] == file.name
        assert (part["offset"], part["records"]) == (offset, len(file.lines))
        offset += part["records"]
        overdue = [
            record.get("AcctMthlyBlgInfSgmt.TotOverd") or record["ActLbltyInfSgmt.TotOverd"] for record in file.records
        ]
        assert part["amounts"]["TotOverd"] == str(sum(map(int, overdue)))
    assert offset == 13


def test_records_say_what_the_lender_meant(sent, payer, unclassed) -> None:
    lender = sent.folders.lender
    loans = {row["借据号"]: row for row in loan_rows(lender)}
    persons = {row["客户编号"]: row for row in people(lender, {row["客户编号"] for row in loans.values()})}
    frozen = {row["loan_id"]: row for row in sent.frozen_list().to_dicts()}
    told = {}
    for file in files_at_bureau(sent):
        for record in file.records:
            loan_id = loan_of_record(record)
            told[loan_id] = record
            who, segment = persons[loans[loan_id]["客户编号"]], file.name[22:25]
            assert record["AcctBsSgmt.Name"] == who["客户名称"].strip()
            assert record["AcctBsSgmt.IDNum"] == who["证件号码"].strip()
            assert record["AcctBsSgmt.IDType"] == {"210": "10", "410": "20"}[segment]
            assert record["AcctBsSgmt.RptDate"] == str(SECOND_ON)
            assert record["AcctBsSgmt.MngmtOrgCode"] == BRANCH
            overdue = int(record[f"{FIGURES[segment]}.TotOverd"])
            assert overdue == int(frozen[loan_id]["overdue_amount"])
            assert int(record[f"{FIGURES[segment]}.OverdPrinc"]) <= overdue
    assert told.keys() == frozen.keys() - {payer}
    assert set(unpaid(lender)) - {payer, unclassed} < told.keys()


def test_an_account_that_the_centre_does_not_know_is_opened(sent, newcomer) -> None:
    (loan,) = (row for row in loan_rows(sent.folders.lender) if row["借据号"] == newcomer)
    records = {loan_of_record(record): record for file in files_at_bureau(sent) for record in file.records}
    points = {
        loan_id: record["AcctBsSgmt.RptDateCode"] for loan_id, record in records.items() if record[""] == "InAcctInf"
    }
    assert points == dict.fromkeys(points, "30") | {newcomer: "31"}
    opening = records[newcomer]
    assert opening["AcctBsInfSgmt.OpenDate"] == str(day_of(loan["放款日期"]))
    assert opening["AcctBsInfSgmt.DueDate"] == str(day_of(loan["到期日期"]))
    assert opening["AcctBsInfSgmt.LoanAmt"] == str(int(float(loan["放款金额"].replace(",", ""))))


def test_the_files_hold_the_very_lines_that_were_approved(sent, payer) -> None:
    rows = {row["loan_id"]: row for row in sent.frozen_list().to_dicts()}
    files = files_at_bureau(sent)
    told = [pair for file in files for pair in zip(file.records, file.lines, strict=True)]
    lines = {loan_of_record(record): line for record, line in told}
    for loan_id, line in lines.items():
        salt = bytes.fromhex(rows[loan_id]["salt_hex"])
        assert hashlib.sha256(b"\0" + salt + line).hexdigest() == rows[loan_id]["leaf_hex"]
    assert lines.keys() == rows.keys() - {payer}


def test_a_case_without_a_fact_is_set_aside_with_the_bureaus_code(sent, unclassed) -> None:
    (case,) = cases_of(sent.ledger, unclassed)
    assert sent.states()[case.case_id] == "noticed"
    events = [event for event in sent.ledger.events(case_id=case.case_id) if event.kind == "set_aside"]
    assert [event.detail["rules"] for event in events] == [["ABE000"]]
    (frozen,) = sent.ledger.pages(kind="freeze")
    assert {"reason": "ABE000", "cases": 1} in frozen.content["left_out"]
    findings = {finding["rule_id"]: finding for finding in frozen.content["validation"]}
    assert (findings["ABE000"]["failed_rows"], findings["ABE000"]["total_rows"]) == (1, 14)
    assert findings.keys() == {"ABE000"}


def test_the_validation_report_has_a_page_for_each_type(sent) -> None:
    (frozen,) = sent.ledger.pages(kind="freeze")
    docs_url = frozen.content["docs_url"]
    assert docs_url == f"/arrears/validation/{frozen.content['batch_id']}/index.html"
    folder = sent.folders.root / "data_docs" / frozen.content["batch_id"]
    assert {path.name for path in folder.glob("*.html")} == {"index.html", "pboc-210.html", "pboc-410.html"}
    summary = json.loads((folder / "pboc-210.json").read_text())
    assert (summary["rows"], summary["is_success"]) == (14, True)
    assert [finding["rule_id"] for finding in summary["warnings"]] == ["ABE000"]
    assert docs_url in sent.batch["body"]
    assert "](" not in approval_body({**frozen.content, "docs_url": ""}).split("### Validation")[1].split("###")[0]


def test_too_many_set_aside_stop_the_batch(copy_of, second) -> None:
    road = copy_of(second)
    with refused(VALIDATION_FAILED, records=15, set_aside=1):
        road.freeze(SECOND_ON)
    assert road.ledger.pages(kind="freeze") == []


def test_a_second_run_seals_and_sends_nothing_again(copy_of, sent) -> None:
    road = copy_of(sent)
    before = {path.name: path.read_bytes() for path in sent.inbox.glob("*.enc")}
    pages = len(road.ledger.pages())
    assert road.seal() == sent.parts
    road.close(road.send(sent.parts))
    assert list(road.inbox.glob("*")) == []  # the copy's own account: its receipts stand in the ledger already
    assert len(road.ledger.pages()) == pages
    assert {path.name: path.read_bytes() for path in sent.inbox.glob("*.enc")} == before


@pytest.fixture
def at_bureau(copy_of, released) -> Road:
    """A copy of its own, with its files at the bureau."""
    road = copy_of(released)
    road.parts = road.seal()
    road.close(road.send(road.parts))
    return road


def test_answers_are_booked_and_the_refused_go_again_under_new_names(at_bureau, unclassed) -> None:
    road = at_bureau
    files = files_at_bureau(road)
    first, *others = [file for file in files if file.name[22:25] == "210"]
    (enterprises,) = [file for file in files if file.name[22:25] == "410"]
    put(road, answer_name(first.name, 3), answer_of(len(first.lines) - 1, [(3, REFUSED, first.lines[1])]))
    for file in others[:-1]:
        put(road, answer_name(file.name, 1), answer_of(len(file.lines), []))
    put(road, answer_name(others[-1].name, 2), answer_of(0, [(None, [("ABF002", "0000")], b"")]))
    put(road, answer_name(enterprises.name, 1), answer_of(len(enterprises.lines), []))
    put(road, answer_name(f"{SEGMENT_CODE}{DAY}21000010.enc", 1).replace(".enc", ".txt"), b"")
    whole = [loan_of_record(record) for record in others[-1].records]
    rejected = {loan_of_record(first.records[1]), *whole}

    booked = road.book_answers()

    everybody = {loan_of_record(record) for file in files for record in file.records}
    assert booked == {"answers": len(files), "accepted": len(everybody - rejected), "rejected": len(rejected)}
    states = {loan_of(case_id): state for case_id, state in road.states().items()}
    assert {loan for loan in everybody if states[loan] == "accepted"} == everybody - rejected
    assert {loan for loan in everybody if states[loan] == "rework"} == rejected
    codes = {
        loan_of(event.case_id): event.detail["code"]
        for page in road.ledger.pages(kind="feedback")
        for event in road.ledger.events(page_no=page.page_no, kinds=["rejected"])
    }
    assert codes == {loan_of_record(first.records[1]): "BLE019,ABE001", **dict.fromkeys(whole, "ABF002")}
    assert road.book_answers() == {"answers": 0, "accepted": 0, "rejected": 0}

    road.freeze(THIRD_ON, "report-2")
    road.decide(answer("Release"))
    road.recheck()
    road.close(road.send(road.seal()))
    again = [file for file in files_at_bureau(road) if file.name not in {each.name for each in files}]
    assert {loan_of_record(record) for file in again for record in file.records} == rejected | {unclassed}
    assert len(files_at_bureau(road)) == len(files) + len(again)
    numbers = [int(file.name[26:29]) for file in again]
    assert numbers == [1 + len(others) + number for number in range(1, len(again) + 1)]


def test_a_centre_that_folds_names_to_upper_case_answers_in_upper_case(at_bureau) -> None:
    road = at_bureau
    first = files_at_bureau(road)[0]
    plain = answer_name(first.name, 3)
    name = plain.upper()
    put(road, name, answer_of(len(first.lines) - 1, [(3, REFUSED, first.lines[1])]), packed_as=plain)
    assert road.book_answers() == {"answers": 0, "accepted": 0, "rejected": 0}
    run = with_habits(road, folds_names=True)
    booked = book_answers(run)
    assert (booked["answers"], booked["rejected"]) == (1, 1)
    (page,) = road.ledger.pages(kind="feedback")
    assert (page.content["answer"], page.content["file_name"]) == (name, first.name)
    assert book_answers(run) == {"answers": 0, "accepted": 0, "rejected": 0}


def test_lines_of_an_answer_are_those_of_the_file_without_who_was_taken_out(at_bureau, payer) -> None:
    """Somebody was taken out before: from there on, line and serial are apart by one more."""
    road = at_bureau
    numbers = serials(road)
    for file in [each for each in files_at_bureau(road) if each.name[22:25] == "210"]:
        loans = [loan_of_record(record) for record in file.records]
        if numbers[loans[-1]] > numbers[payer]:
            break
    put(road, answer_name(file.name, 3), answer_of(len(loans) - 1, [(len(loans) + 1, REFUSED, b"")]))
    road.book_answers()
    states = {loan_of(case_id): state for case_id, state in road.states().items()}
    assert [states[loan] for loan in loans] == ["accepted"] * (len(loans) - 1) + ["rework"]


def bad_answers(file) -> dict[str, tuple[int, bytes, str]]:
    """Flag, text and the code of the error, by what is wrong."""
    n = len(file.lines)
    fault = [("ABE001", "TotOverd")]
    return {
        "names a line behind the last": (3, answer_of(n - 1, [(n + 2, fault, b"")]), "ARR-8003"),
        "names the header's line": (3, answer_of(n - 1, [(1, fault, b"")]), "ARR-8003"),
        "names no line": (3, answer_of(n - 1, [(None, fault, b"")]), "ARR-8003"),
        "counts too few": (3, answer_of(n - 2, [(2, fault, b"")]), "ARR-8003"),
        "counts too many": (1, answer_of(n + 1, []), "ARR-8003"),
        "says all and names one": (1, answer_of(n - 1, [(2, fault, b"")]), "ARR-8003"),
        "says some and names none": (3, answer_of(n, []), "ARR-8003"),
        "names one line twice": (3, answer_of(n - 2, [(2, fault, b""), (2, fault, b"")]), "ARR-8003"),
        "says the file was refused and loads": (2, answer_of(1, [(None, fault, b"")]), "ARR-8003"),
        "sends the record of another line back": (3, answer_of(n - 1, [(2, fault, file.lines[1])]), "ARR-8003"),
        "sends back what is no record": (3, answer_of(n - 1, [(2, fault, b"<Document>")]), "ARR-8001"),
        "gives a text as code": (3, answer_of(n - 1, [(2, [("Zhang San", "Name")], b"")]), "ARR-8001"),
        "gives no code": (
            3,
            answer_of(n - 1, [(2, fault, b"")]).replace(b"<FbCode>ABE001</FbCode>", b""),
            "ARR-8001",
        ),
        "has no header": (1, b"", "ARR-8001"),
        "has the header of a data file": (1, file.header.encode() + b"\r\n", "ARR-8001"),
        "holds other than its header counts": (
            3,
            answer_of(n - 1, [(2, fault, b"")]).replace(b"0000001\r", b"0000002\r"),
            "ARR-8001",
        ),
    }


def test_an_answer_that_does_not_fit_is_refused_as_a_whole(at_bureau) -> None:
    road = at_bureau
    file = files_at_bureau(road)[0]
    before = road.states()
    for what, (flag, text, code) in bad_answers(file).items():
        name = answer_name(file.name, flag)
        put(road, name, text)
        with refused(ANSWERS_NOT_BOOKED, answers={name: code}):
            road.book_answers()
        assert road.states() == before, what
        (road.answers / name).unlink()
    name = answer_name(file.name, 1)
    put(road, name, answer_of(len(file.lines), []), packed_as=answer_name(file.name, 3))
    with refused(ANSWERS_NOT_BOOKED, answers={name: "ARR-4404"}):
        road.book_answers()
    (road.answers / name).unlink()
    stranger = f"{SEGMENT_CODE}{DAY}21009991.enc"
    put(road, stranger, answer_of(1, []))
    with refused(ANSWERS_NOT_BOOKED, answers={stranger: "ARR-8002"}):
        road.book_answers()
    assert road.states() == before


def test_the_story_of_a_case_is_found_by_its_loan(sent, payer) -> None:
    (case,) = cases_of(sent.ledger, payer)
    story = story_of(sent.ledger, sent.folders.lake, case.case_id, SHOW_MASKED)
    assert (story.bureau, story.loan_id, story.state) == ("pboc", payer, "noticed")
    reported = next(loan for loan in serials(sent) if loan != payer)
    (case,) = cases_of(sent.ledger, reported)
    story = story_of(sent.ledger, sent.folders.lake, case.case_id, SHOW_MASKED)
    assert story.is_proved
    assert story.batches[0].sealed_file.file_name in {file.name for file in files_at_bureau(sent)}


def with_settings(road: Road, **pboc: Any) -> Road:
    settings = {**road.settings, "pboc": {**road.settings["pboc"], **pboc}}
    return replace(road, settings=settings)


KEY, START = "0f" * 32, "1e" * 16


def openssl(*direction: str) -> list[str]:
    return ["openssl", "enc", *direction, "-aes-256-ctr", "-K", KEY, "-iv", START, "-in", "{input}", "-out", "{output}"]


def test_the_institutions_own_component_packs_and_unpacks(copy_of, released) -> None:
    packing = {"pack_command": openssl("-e"), "unpack_command": openssl("-d")}
    road = with_settings(copy_of(released), packing=packing)
    road.close(road.send(road.seal()))
    path = sorted(road.inbox.glob("*.enc"))[0]
    command = [*openssl("-d")[:-4], "-in", str(path)]
    text = gzip.decompress(subprocess.run(command, check=True, capture_output=True).stdout)
    assert text[:28].decode() == f"A0502102.0.0  {SEGMENT_CODE}"
    name = answer_name(path.name, 1)
    plain = road.folders.root / "answer.gz"
    plain.write_bytes(gzip.compress(answer_of(text.count(b"\r\n") - 1, [])))
    sealed = subprocess.run([*openssl("-e")[:-4], "-in", str(plain)], check=True, capture_output=True).stdout
    (road.answers / name).write_bytes(sealed)
    assert road.book_answers() == {"answers": 1, "accepted": text.count(b"\r\n") - 1, "rejected": 0}


def test_a_component_that_does_not_encrypt_is_refused(copy_of, released) -> None:
    copying = ["cp", "{input}", "{output}"]
    road = with_settings(copy_of(released), packing={"pack_command": copying, "unpack_command": copying})
    with refused(PACKING_FAILED):
        road.seal()
    assert list((road.folders.root / "outbox").glob("[!.]*")) == []


def test_without_settings_or_key_nothing_is_frozen(copy_of, second) -> None:
    road = copy_of(second)
    with refused(SITE_INVALID, origin="pboc"):
        replace(road, settings={"bureau": "pboc"}).freeze(SECOND_ON)
    unpacked = {name: value for name, value in SETTINGS["pboc"].items() if name != "packing"}
    with refused(SITE_INVALID):
        replace(road, settings={"bureau": "pboc", "pboc": unpacked}).run()
    with refused(SITE_INVALID):
        with_settings(road, source_code="Y6101010000246000001").run()
    for key, lacks in (("", "extra.stand_in_key"), ("5a5a", "64 hexadecimal digits in extra.stand_in_key")):
        with refused(CONNECTION_INVALID, connection="arrears_bureau_pboc", lacks=lacks):
            replace(road, extra={"stand_in_key": key}).freeze(SECOND_ON)
    assert road.ledger.pages(kind="freeze") == []


def test_without_the_facts_of_guarantees_nothing_is_frozen(copy_of, second) -> None:
    """Of persons' lives nothing is asked for: this lender gives no such facts."""
    road = copy_of(second)
    lake = road.run().lake
    book = read_book(lake, latest_book(lake, SECOND_ON))
    assert "pboc_persons" not in book.snapshots
    left = {name: ref for name, ref in book.snapshots.items() if name != "pboc_guarantees"}
    publish_book(lake, SECOND_ON, left, book.facts)
    road.assess(SECOND_ON)
    with refused(FACTS_MISSING, datasets=["pboc_guarantees"]):
        road.freeze(SECOND_ON)
    assert road.ledger.pages(kind="freeze") == []


def test_collateral_and_special_transactions_of_a_lender_that_gives_them(copy_of, second, newcomer) -> None:
    """The book above has neither, and its records no such segment."""
    elements = ("MotgaCltalCtrctInfSgmt", "AcctSpecTrstDspnSgmt")
    assert not any(
        element.encode() in line for each in of_types_of(second) for line in each.lines() for element in elements
    )
    road = copy_of(second)
    lake = road.run().lake
    book = read_book(lake, latest_book(lake, SECOND_ON))
    contract = {"loan_id": [newcomer], "collateral_contract_number": ["DY1"]}
    relief = {
        "loan_id": [newcomer],
        "special_transaction_code": ["11"],
        "transacted_on": [SECOND_ON],
        "transaction_amount": [Decimal("12.50")],
        "due_moved_months": [0],
    }
    more = {}
    for dataset, rows in ((PBOC_COLLATERAL_CONTRACTS, contract), (PBOC_SPECIAL_TRANSACTIONS, relief)):
        schema = dataset.arrow_schema()
        table = pa.table([pa.array(rows.get(name, [None]), schema.field(name).type) for name in schema.names], schema)
        more[dataset.name] = lake.publish(dataset, pl.DataFrame(pl.from_arrow(table)), as_of=SECOND_ON, made_by="test")
    publish_book(lake, SECOND_ON, {**book.snapshots, **more}, book.facts)
    road.assess(SECOND_ON)
    persons, enterprises = of_types_of(road)
    (line,) = [line.decode() for line in persons.lines() if all(element.encode() in line for element in elements)]
    assert flat(line)["AcctBsSgmt.AcctCode"] == f"{SEGMENT_CODE}{account_number(newcomer)}"
    assert f"<CcNm>1</CcNm><CccInf><Ccc>{SEGMENT_CODE}DY1</Ccc></CccInf>" in line
    assert f"<ChanTranType>11</ChanTranType><TranDate>{SECOND_ON}</TranDate><TranAmt>12</TranAmt>" in line
    assert not any(element.encode() in line for line in enterprises.lines() for element in elements)
    site, run = road.run().site.pboc, road.run()
    at = run.clock.now().astimezone(run.clock.time_zone).replace(tzinfo=None)
    case = next(case for case in persons.case_ids if newcomer in case)
    assert [finding.rule_id for finding in findings_of(persons, at, site) if finding.case_id == case] == []


def of_types_of(road: Road) -> tuple[RecordsOfType, ...]:
    """Records of all that are reportable, as cases that began on one day."""
    assessed = assessed_on(road.run(SECOND_ON), SECOND_ON)
    heads = assessed.collect(assessed.decisions.filter(nw.col("is_reportable")).select("loan_id").sort("loan_id"))
    cases = heads.append_column("case_id", [[f"pboc-{loan}-20260101" for loan in heads["loan_id"].to_pylist()]])
    return batch_records(assessed, cases, road.run().site.pboc)


def test_every_engine_makes_the_same_records(second) -> None:
    settings = [{**SETTINGS, "engine": name} for name in ("polars", "duckdb")]
    polars, duckdb = (of_types_of(replace(second, settings=each)) for each in settings)
    assert [len(each.case_ids) for each in polars] == [15, 1]
    assert [each.case_ids for each in duckdb] == [each.case_ids for each in polars]
    assert [each.lines() for each in duckdb] == [each.lines() for each in polars]


def test_policies_are_compared_on_books_with_facts(second) -> None:
    """Nobody moves between a policy and itself; what the bureau is told beside the books changes no rule."""
    found = compare_on_lake(second.folders.lake, ("cn-2018", "cn-2018"), SECOND_ON, "polars")
    (stays,) = [row for row in found.by_code.to_pylist() if row["moved_loans"]]
    assert (stays["move_code"], stays["moved_loans"] > 0) == ("stays", True)
    assert found.by_rule.num_rows == 0


def test_a_character_that_no_file_can_hold_sets_the_case_aside(second) -> None:
    persons, _ = of_types_of(second)
    site = second.run().site.pboc
    run = second.run()
    at = run.clock.now().astimezone(run.clock.time_zone).replace(tzinfo=None)
    before = {finding.case_id for finding in findings_of(persons, at, site)}
    rows = persons.records.records
    bad = persons.case_ids[2]
    name = pl.when(pl.int_range(pl.len()) == 2).then(pl.lit("张\x0b三")).otherwise(pl.col("AcctBsSgmt.Name"))
    broken = replace(
        persons, records=replace(persons.records, records=rows.with_columns(name.alias("AcctBsSgmt.Name")))
    )
    found = [(finding.case_id, finding.rule_id) for finding in findings_of(broken, at, site) if finding.case_id == bad]
    assert bad not in before
    assert found == [(bad, "ABR006")]


def test_parts_are_cut_by_records_and_names_go_on_behind_the_used(second) -> None:
    persons, enterprises = of_types_of(second)
    site = second.run().site.pboc.model_copy(update={"part_characters": None})
    used = {f"{SEGMENT_CODE}{DAY}21000070.enc", f"{SEGMENT_CODE}2026091321000990.enc"}
    facts = BatchFacts("B", SECOND_ON, 4, used)
    at = second.run().clock.now().replace(tzinfo=None, year=2026, month=9, day=14)
    parts = list(files_of([persons, enterprises], facts, site, at))
    records = len(persons.case_ids)
    sizes = [4] * (records // 4) + [records % 4] * (records % 4 > 0)
    assert [part.records for part in parts] == [*sizes, len(enterprises.case_ids)]
    assert [part.part_no for part in parts] == list(range(1, len(parts) + 1))
    assert [part.file_name for part in parts[:-1]] == [
        f"{SEGMENT_CODE}{DAY}2100{8 + n:03d}0.enc" for n in range(len(sizes))
    ]
    assert parts[-1].file_name == f"{SEGMENT_CODE}{DAY}41000010.enc"
    assert [part.offset for part in parts] == [sum(part.records for part in parts[:n]) for n in range(len(parts))]


def test_no_name_or_number_of_a_person_stands_in_ledger_outbox_pages_or_logs(copy_of, released, caplog, capfd) -> None:
    caplog.set_level("DEBUG")
    road = copy_of(released)
    handed = [road.batch, road.seal()]
    receipts = road.send(handed[-1])
    handed += [receipts, road.close(receipts)]
    file = files_at_bureau(road)[0]
    put(road, answer_name(file.name, 3), answer_of(len(file.lines) - 1, [(2, REFUSED, file.lines[0])]))
    handed.append(road.book_answers())
    loans = {row["借据号"]: row["客户编号"] for row in loan_rows(road.folders.lender)}
    borrowers = {loans[loan] for loan in road.frozen_list()["loan_id"]}
    values = values_of(people(road.folders.lender, borrowers))
    assert len(values) > 30
    seen = {record["AcctBsSgmt.IDNum"] for record in file.records}
    assert seen < values
    files = files_outside_of_snapshots(road.folders.root)
    places = {path.relative_to(road.folders.root).parts[0] for path in files}
    assert {"ledger", "data_docs", "outbox", "secrets"} <= places
    assert {str(path): hits for path in files if (hits := found_in(path.read_bytes(), values))} == {}
    assert found_in(json.dumps(handed, ensure_ascii=False, default=str).encode(), values) == set()
    printed = capfd.readouterr()
    assert found_in((caplog.text + printed.out + printed.err).encode(), values) == set()
