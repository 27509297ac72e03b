"""The road of a report to Baihang: the sample lender with the facts that Baihang asks for, files unpacked by hand."""

import base64
import csv
import hashlib
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from other_bureaus import BureauRoad, bureau_road, policy_of
from road import FIRST_ON, SECOND_ON, THIRD_ON, answer, newer_book, pays, refused, truth_of

from orchestration.assessed import assessed_on
from orchestration.bureaus.baihang import BaihangForm
from orchestration.bureaus.baihang_parts import Slice, slices_of
from orchestration.bureaus.baihang_told import newly_extended_cases, told_loans, untold_cases
from orchestration.bureaus.form import Batch
from schemas.bureaus.baihang_facts import BAIHANG_ACCOUNTS
from schemas.errors.approval import CONNECTION_INVALID
from schemas.errors.seal import KEY_WEAK

INSTITUTION = "DemoFinance"
PASSPHRASE = "correct horse battery staple"
PART_RECORDS = 7
SOURCE = """
[datasets.baihang_accounts]
files = "baihang_accounts.csv"
[datasets.baihang_accounts.columns]
loan_id = { column = "loan" }
refinanced_loan_id = { column = "refinances" }
guarantee_code = { column = "guarantee" }
purpose_code = { column = "purpose" }
applied_at = { column = "applied", date_formats = ["%Y-%m-%d %H:%M:%S"] }
account_opened_at = { column = "opened", date_formats = ["%Y-%m-%d %H:%M:%S"] }
paid_out_at = { column = "paid", date_formats = ["%Y-%m-%d %H:%M:%S"] }
grace_days = { column = "grace" }
"""


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def cn_policy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Few records in a file, and so few loans that several may be set aside."""
    with policy_of(
        tmp_path_factory.mktemp("policy") / "cn",
        "cn-2018",
        parts=("part_records = { value = 10000", f"part_records = {{ value = {PART_RECORDS}"),
        share=("max_quarantine_share = { value = 0.02", "max_quarantine_share = { value = 0.9"),
    ):
        yield


def loans_of(lender: Path) -> dict[str, dict[str, str]]:
    """The lender's own list of loans, by key."""
    text = (lender / "extracts" / str(SECOND_ON) / "loans.csv").read_text("utf-8-sig")
    return {row["借据号"]: row for row in csv.DictReader(io.StringIO(text))}


def borrowers_of(lender: Path) -> dict[str, dict[str, str]]:
    text = (lender / "extracts" / str(SECOND_ON) / "borrowers.csv").read_text("gb18030")
    return {row["客户编号"]: row for row in csv.DictReader(io.StringIO(text))}


def write_facts(lender: Path, on: object, without: str | None) -> None:
    """What Baihang asks of every loan but one."""
    with (lender / "extracts" / str(on) / "baihang_accounts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["loan", "refinances", "guarantee", "purpose", "applied", "opened", "paid", "grace"])
        for loan, row in loans_of(lender).items():
            if loan != without:
                year, month, day = (int(each) for each in row["放款日期"].split("/"))
                clock = [f"{year}-{month:02}-{day:02} {hour:02}:30:00" for hour in (8, 9, 10)]
                writer.writerow([loan, "", "1", "13", *clock, "0"])


@pytest.fixture(scope="module")
def untold_loan(outside) -> str:
    """A loan of a person that is due for the report, of which the lender does not tell the facts at first."""
    loans, borrowers = loans_of(outside.lender), borrowers_of(outside.lender)
    due = truth_of(outside.lender).filter(pl.col("is_reportable") & (pl.col("grace_outcome") == "unpaid"))["loan_id"]
    return min(loan for loan in due if borrowers[loans[loan]["客户编号"]]["证件类型"] != "统一社会信用代码")


@pytest.fixture(scope="module")
def frozen(outside, openssh, cn_policy, key, untold_loan, tmp_path_factory: pytest.TempPathFactory) -> BureauRoad:
    """A batch is frozen and nobody has answered."""
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    road = bureau_road(
        tmp_path_factory.mktemp("baihang") / "bhfrozen",
        outside,
        openssh,
        "baihang",
        {"institution": INSTITUTION},
        baihang_key=public.decode(),
        baihang_passphrase=PASSPHRASE,
    )
    lender = road.own_lender()
    sources = lender / "sources.toml"
    sources.write_text(sources.read_text("utf-8") + SOURCE, "utf-8")
    for on in (FIRST_ON, SECOND_ON):
        write_facts(lender, on, untold_loan)
    road.assessed_on(FIRST_ON)
    road.notify(FIRST_ON)
    road.assessed_on(SECOND_ON)
    road.freeze(SECOND_ON)
    return road


@pytest.fixture(scope="module")
def paid_loan(frozen: BureauRoad) -> str:
    return frozen.frozen_list()["loan_id"][3]


@pytest.fixture(scope="module")
def sent(frozen: BureauRoad, paid_loan: str) -> BureauRoad:
    """Released, one borrower paid meanwhile, sent."""
    assert frozen.decide(answer("Release"))
    newer_book(frozen, THIRD_ON, {"payments": pays([paid_loan], THIRD_ON)})
    frozen.send_all()
    return frozen


def unpacked(path: Path, key: rsa.RSAPrivateKey) -> tuple[str, list[str]]:
    """Name and lines of the file in a packed one, by the primitives of the form alone."""
    first, *blocks = path.read_bytes().split(b"\r\n")
    passphrase = key.decrypt(base64.b64decode(first, validate=True), padding.PKCS1v15())
    assert passphrase == PASSPHRASE.encode()
    aes = hashlib.sha1(hashlib.sha1(passphrase).digest()).digest()[:16]
    archive = b""
    for block in filter(None, blocks):
        decryptor = Cipher(algorithms.AES128(aes), modes.ECB()).decryptor()
        padded = decryptor.update(base64.b64decode(block, validate=True)) + decryptor.finalize()
        archive += padded[: -padded[-1]]
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        (name,) = opened.namelist()
        text = opened.read(name).decode("utf-8")
    *lines, rest = text.split("\r\n")
    assert rest == ""
    return name, lines


def records_at_bureau(road: BureauRoad, key: rsa.RSAPrivateKey, kind: str) -> list[dict]:
    """The records of a kind in all files, in their order; the tag line is checked."""
    tags = {"D2": "#singleLoanAccountInfo", "D3": "#singleLoanRepayInfo", "D4": "#singleLoanDelayInfo"}
    found = []
    for path in sorted(road.inbox.glob(f"*_{kind}_*.cry")):
        name, (tag, *lines) = unpacked(path, key)
        assert (name, tag) == (path.with_suffix(".txt").name, tags[kind])
        found += [json.loads(line, parse_float=Decimal) for line in lines]
    return found


def test_a_case_without_facts_is_set_aside_and_named(frozen: BureauRoad, untold_loan: str) -> None:
    lender = frozen.folders.lender
    loans, borrowers = loans_of(lender), borrowers_of(lender)
    aside = {loan: set(detail["rules"]) for loan, detail in frozen.events("set_aside").items()}
    assert {"baihang_d2.guaranteeType.required", "baihang_d2.applyDate.required"} <= aside[untold_loan]
    enterprises = {
        loan
        for loan in (*aside, *frozen.events("frozen"))
        if borrowers[loans[loan]["客户编号"]]["证件类型"] == "统一社会信用代码"
    }
    by_records = {loan for loan, rules in aside.items() if any(rule.startswith("baihang_") for rule in rules)}
    assert by_records == {untold_loan} | {loan for loan in enterprises if "baihang_d2.pid.required" in aside[loan]}
    assert not enterprises & set(frozen.events("frozen"))
    assert "baihang_d2.guaranteeType.required" in frozen.batch["body"]


def test_the_bureau_reads_what_the_books_say(sent: BureauRoad, key: rsa.RSAPrivateKey, paid_loan: str) -> None:
    kept = {row["loan_id"]: row for row in sent.frozen_list().iter_rows(named=True) if row["loan_id"] != paid_loan}
    lender = sent.folders.lender
    loans, borrowers = loans_of(lender), borrowers_of(lender)
    accounts = {record["loanId"]: record for record in records_at_bureau(sent, key, "D2")}
    assert set(accounts) == set(kept)
    for loan, record in accounts.items():
        person = borrowers[loans[loan]["客户编号"]]
        assert (record["name"], record["pid"]) == (person["客户名称"].strip(), person["证件号码"].strip().upper())
        assert record["mobile"] == re.sub("[^0-9]", "", person["手机号码"])[-11:]
        assert record["loanAmount"] == Decimal(re.sub("[^0-9.]", "", loans[loan]["放款金额"]))
        assert record["issueDate"].endswith("T10:30:00")
        assert len(record["targetRepayDateList"].split(",")) == record["totalTerm"]
    overdue = defaultdict(list)
    for record in records_at_bureau(sent, key, "D3"):
        overdue[record["loanId"]].append(record)
    assert set(overdue) == set(kept)
    for loan, records in overdue.items():
        said = {(each["overdueStatus"], each["overdueAmount"], each["remainingAmount"]) for each in records}
        row = kept[loan]
        assert said == {(f"D{row['overdue_days']}", row["overdue_amount"], row["balance_amount"])}
        assert sum(each["targetRepayment"] for each in records) == row["overdue_amount"]
        assert [each["termNo"] for each in records] == sorted({each["termNo"] for each in records})
    made_at = sent.ledger.page(f"report/{sent.batch['batch_id']}/freeze").content["made_at"]
    every = [*accounts.values(), *(record for records in overdue.values() for record in records)]
    assert len({record["reqID"] for record in every}) == len(every)
    (uploaded,) = {record["uploadTs"] for record in every}
    assert uploaded[14:] == made_at[14:19]
    assert {record["statusConfirmAt"] for records in overdue.values() for record in records} == {
        min(uploaded, f"{SECOND_ON}T23:59:59")
    }


def test_a_case_is_booked_with_the_file_of_its_overdue_terms(
    sent: BureauRoad, key: rsa.RSAPrivateKey, paid_loan: str
) -> None:
    states = sent.states_by_loan()
    kept = set(sent.frozen_list()["loan_id"]) - {paid_loan}
    assert {loan for loan, state in states.items() if state == "sent"} == kept
    assert states[paid_loan] == "noticed"
    told = {loan: detail["file_name"] for loan, detail in sent.events("sent").items()}
    holds = {
        path.name: {json.loads(line)["loanId"] for line in unpacked(path, key)[1][1:]}
        for path in sent.inbox.glob("*_D3_*.cry")
    }
    assert {name: {loan for loan in kept if told[loan] == name} for name in holds} == holds
    assert len(holds) > 1
    parts = next(page.content for page in sent.ledger.pages(kind="seal"))["parts"]
    assert [part["part_no"] for part in parts] == list(range(1, len(parts) + 1))
    kinds = [part["file_name"].split("_")[1] for part in parts]
    assert kinds[-len(holds) :] == ["D3"] * len(holds)
    assert "D3" not in kinds[: -len(holds)]
    assert {part["records"] for part in parts if "_D2_" in part["file_name"]} == {0}
    assert all(len(unpacked(path, key)[1]) - 1 <= PART_RECORDS for path in sent.inbox.glob("*_D2_*.cry"))


def test_nothing_is_sent_twice(sent: BureauRoad) -> None:
    before = {path.name: path.read_bytes() for path in sent.inbox.iterdir()}
    receipts = len(sent.ledger.pages(kind="receipt"))
    sent.send_all()
    assert {path.name: path.read_bytes() for path in sent.inbox.iterdir()} == before
    assert len(sent.ledger.pages(kind="receipt")) == receipts == len(before)
    assert sent.book_answers() == {"answers": 0, "accepted": 0, "rejected": 0}


def test_a_loan_is_told_once_and_so_is_its_extension(sent: BureauRoad, paid_loan: str) -> None:
    run = sent.run(SECOND_ON)
    assessed = assessed_on(run, SECOND_ON)
    kept = set(sent.frozen_list()["loan_id"]) - {paid_loan}
    told = told_loans(run, Batch("B", run.clock.now()))
    assert told == dict.fromkeys(kept, SECOND_ON)
    assert told_loans(run, Batch.frozen(sent.ledger.page(f"report/{sent.batch['batch_id']}/freeze"))) == {}
    every = sent.frozen_list().select("case_id", "loan_id").to_arrow()
    assert untold_cases(every, told)["loan_id"].to_pylist() == [paid_loan]
    again = BaihangForm().records_of(run, assessed, every, Batch("B", run.clock.now())).records
    assert again["D2"]["loanId"].to_pylist() == [paid_loan]
    assert set(again["D3"]["loanId"].to_pylist()) == {*kept, paid_loan}
    schedules = pl.DataFrame(pl.from_arrow(assessed.collect(assessed.books.schedules)))
    extended = schedules.filter(pl.col("schedule_effective_on") <= SECOND_ON)["loan_id"].unique().sort()
    cases = pl.DataFrame({"loan_id": extended}).to_arrow()
    assert newly_extended_cases(assessed, cases, {}).num_rows == len(extended) > 0
    assert newly_extended_cases(assessed, cases, dict.fromkeys(extended, SECOND_ON)).num_rows == 0


def test_a_second_batch_of_the_day_has_the_case_whose_facts_came_and_names_of_its_own(
    sent: BureauRoad, key: rsa.RSAPrivateKey, untold_loan: str, paid_loan: str
) -> None:
    first = {path.name for path in sent.inbox.iterdir()}
    lender = sent.folders.lender
    write_facts(lender, SECOND_ON, None)
    sent.ingest(SECOND_ON)
    sent.assess(SECOND_ON)
    sent.freeze(SECOND_ON, "report-2")
    # By the books of that day the other one owes; the newest ones say that it has paid.
    assert set(sent.frozen_list()["loan_id"]) == {untold_loan, paid_loan}
    assert sent.decide(answer("Release"))
    sent.send_all()
    names = {path.name for path in sent.inbox.iterdir()} - first
    numbers = {kind: sum(f"_{kind}_" in name for name in first) + 1 for kind in ("D2", "D3")}
    day = f"{SECOND_ON:%Y%m%d}"
    wanted = {f"{INSTITUTION}_{kind}_{day}_{number:04}.cry" for kind, number in numbers.items()}
    assert wanted <= names
    lines = [line for name in names for line in unpacked(sent.inbox / name, key)[1][1:]]
    assert {json.loads(line)["loanId"] for line in lines} == {untold_loan}


@pytest.mark.parametrize(
    ("secrets", "kind"),
    [({"baihang_passphrase": ""}, CONNECTION_INVALID), ({"baihang_passphrase": "x" * 300}, KEY_WEAK)],
)
def test_a_secret_that_can_not_pack_is_found_before_a_person_is_asked(
    frozen: BureauRoad, secrets: dict[str, str], kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = frozen.environment()
    connection = json.loads(environment["AIRFLOW_CONN_ARREARS_BUREAU_BAIHANG"])
    connection["extra"] |= secrets
    changed = {**environment, "AIRFLOW_CONN_ARREARS_BUREAU_BAIHANG": json.dumps(connection)}
    monkeypatch.setattr(BureauRoad, "environment", lambda _: changed)
    with refused(kind):
        frozen.freeze(SECOND_ON, "report-3")


def test_cases_stay_whole_in_files_of_few_records() -> None:
    assert list(slices_of({"D2": 5, "D4": 0, "D3": 9}, [2, 1, 5, 1], 3)) == [
        Slice("D2", 0, 3, 0, 0),
        Slice("D2", 3, 2, 0, 0),
        Slice("D3", 0, 3, 0, 2),
        Slice("D3", 3, 5, 2, 1),
        Slice("D3", 8, 1, 3, 1),
    ]
    assert list(slices_of({}, [], 3)) == []


def test_the_facts_in_the_source_book_are_those_of_the_contract() -> None:
    assert all(f"\n{name} = " in SOURCE for name in BAIHANG_ACCOUNTS.field_names)
