"""The road of a report to bureaus that take Metro 2: a lender in the United States, its files opened by others."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from gpg_home import gpg_home
from other_bureaus import BureauRoad, PgpRoad, bureau_road, opened_by_openssl, policy_of, write_extracts, write_sources
from road import answer, refused

from delivery.seal.openpgp import pgp_facts
from delivery.seal.openpgp_pairs import generate_pgp_pair
from orchestration.assessed import assessed_on
from orchestration.bureaus.metro2_findings import DOUBTS
from orchestration.bureaus.metro2_previous import previous_of
from schemas.bureaus.metro2_facts import METRO2_FACTS
from schemas.errors.approval import SITE_INVALID
from transforms.bureaus.metro2_checks import CONDITIONS

NOTICED_ON, REPORTED_ON, AFTER_ON, NEXT_ON = (
    date(2026, 7, 31),
    date(2026, 8, 31),
    date(2026, 9, 2),
    date(2026, 9, 30),
)
FURNISHER = {
    "identification_number": "LENDER001",
    "name": "TEST LENDER",
    "address": "1 MAIN STREET SPRINGFIELD IL 62701",
    "telephone": "2175550100",
    "program_ids": {"equifax_program_id": "EFX0000001"},
}
PAID_MONTHS = {"L1": 3, "L2": 5, "L3": 4, "L4": 4, "L5": 4, "L6": 4, "L7": 4, "L8": 5, "L9": 4}
"""Loan to the number of its instalments that were paid; the next one fell due on the 10th of the month after."""

# Positions of the guide's base segment in the character form, from 1.
SLOTS = {
    "time_stamp": (6, 19),
    "identification_number": (21, 40),
    "account_number": (43, 72),
    "portfolio_type": (73, 73),
    "opened_on": (76, 83),
    "highest_credit": (93, 101),
    "account_status": (124, 125),
    "payment_history": (127, 150),
    "current_balance": (155, 163),
    "past_due": (164, 172),
    "account_information_on": (182, 189),
    "first_delinquency_on": (190, 197),
    "surname": (232, 256),
    "ssn": (298, 306),
    "ecoa_code": (325, 325),
}


def rows_on(as_of: date, *, paid_off: tuple[str, ...] = (), told: tuple[str, ...] = ()) -> dict:
    """The lender's extracts: loans of 12 instalments of 100 and 10 of interest, due on the 10th of each month of 2026.

    L4 has no facts, L5 a number with a hyphen, L6 a consumer without an address, L8 a telephone that can't be one; L3
    is shared with another person. `told` are loans whose facts are complete by then, `paid_off` those that were paid.
    """
    rows: dict = {name: [] for name in ("borrowers", "loans", "instalments", "payments", "metro2_accounts")}
    rows |= {"metro2_consumers": [], "liabilities": []}
    for place, (loan, months) in enumerate(PAID_MONTHS.items(), start=1):
        rows["borrowers"].append(_borrower(f"B{place}", place))
        rows["metro2_consumers"].append(_consumer(f"B{place}", loan, told))
        rows["loans"].append(
            {
                "loan_id": loan,
                "borrower_id": f"B{place}",
                "product_code": "consumer",
                "principal_amount": "1200.00",
                "annual_rate": "0.10",
                "disbursed_on": "2025-12-20",
                "matures_on": "2026-12-10",
            }
        )
        rows["instalments"] += [
            {
                "loan_id": loan,
                "schedule_no": 1,
                "instalment_no": month,
                "due_on": f"2026-{month:02}-10",
                "principal_due": "100.00",
                "interest_due": "10.00",
                "fee_due": "0.00",
                "penalty_due": "0.00",
            }
            for month in range(1, 13)
        ]
        rows["payments"] += [_payment(loan, month, "110.00", f"2026-{month:02}-10") for month in range(1, months + 1)]
        if loan in paid_off:
            rows["payments"].append(_payment(loan, 99, "990.00", "2026-09-01"))
        if loan != "L4" or loan in told:
            rows["metro2_accounts"].append(
                {
                    "loan_id": loan,
                    "account_number": "A-5" if loan == "L5" and loan not in told else f"ACCT{loan}",
                    "portfolio_type": "I",
                    "account_type": "01",
                    "terms_frequency": "M",
                    "interest_type": "F",
                }
            )
    rows["borrowers"].append(_borrower("BEN", 77))
    rows["metro2_consumers"].append(_consumer("BEN", "", ()) | {"surname": "JONES"})
    rows["liabilities"].append(
        {"loan_id": "L3", "borrower_id": "BEN", "liability_code": "co_borrower", "liable_amount": None}
    )
    assert all(row["paid_on"] <= str(as_of) for row in rows["payments"])
    return rows


def _borrower(borrower_id: str, place: int) -> dict:
    return {
        "borrower_id": borrower_id,
        "borrower_kind": "person",
        "name": f"ANNA SMITH {place}",
        "id_type": "ssn",
        "id_number": f"2234567{place:02}",
        "mobile": None,
        "email": f"{borrower_id.lower()}@mail.example",
        "protection_code": "none",
    }


def _consumer(borrower_id: str, loan: str, told: tuple[str, ...]) -> dict:
    return {
        "borrower_id": borrower_id,
        "surname": "SMITH",
        "first_name": "ANNA",
        "born_on": "1975-05-31",
        "telephone": "1175550123" if loan == "L8" else "2175550123",
        "country_code": "US",
        "address_line_1": None if loan == "L6" and loan not in told else "5 ELM STREET",
        "city": "SPRINGFIELD",
        "state": "IL",
        "zip": "62701",
    }


def _payment(loan: str, number: int, amount: str, on: str) -> dict:
    return {
        "payment_id": f"P{loan}-{number}",
        "loan_id": loan,
        "payment_kind": "payment",
        "payment_amount": amount,
        "paid_on": on,
        "booked_on": on,
    }


def deliver(road: BureauRoad, as_of: date, **changes: tuple[str, ...]) -> None:
    """The lender exports its books, and they are ingested and assessed."""
    write_extracts(road.folders.root / "lender" / "extracts" / str(as_of), rows_on(as_of, **changes), METRO2_FACTS)
    road.assessed_on(as_of)


@pytest.fixture(scope="module")
def us_policy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two records in a file, and a lender so small that three of nine may be set aside."""
    with policy_of(
        tmp_path_factory.mktemp("policy") / "us",
        "us-fcra",
        parts=("part_records = { value = 100000", "part_records = { value = 2"),
        share=("max_quarantine_share = { value = 0.02", "max_quarantine_share = { value = 0.9"),
    ):
        yield


@pytest.fixture(scope="module")
def frozen(outside, openssh, us_policy, tmp_path_factory: pytest.TempPathFactory) -> BureauRoad:
    """A batch is frozen and nobody has answered."""
    road = bureau_road(tmp_path_factory.mktemp("metro2") / "m2frozen", outside, openssh, "metro2", FURNISHER)
    road.folders.lender.unlink()
    road.folders.lender.mkdir()
    (road.folders.lender / "evidence").mkdir()
    write_sources(road.folders.lender / "sources.toml", "America/New_York", METRO2_FACTS)
    deliver(road, NOTICED_ON)
    road.notify(NOTICED_ON)
    deliver(road, REPORTED_ON)
    road.freeze(REPORTED_ON)
    return road


@pytest.fixture(scope="module")
def sent(frozen: BureauRoad, tmp_path_factory: pytest.TempPathFactory) -> BureauRoad:
    """Released, one borrower paid meanwhile, sent."""
    road = frozen
    road.decide(answer("Release"))
    deliver(road, AFTER_ON, paid_off=("L7",))
    road.send_all()
    return road


def records_at_bureau(road: BureauRoad, folder: Path, day: date = REPORTED_ON) -> list[str]:
    """The records of all files of a day as text, header and trailer checked and taken off."""
    files = sorted(road.inbox.glob(f"METRO2_LENDER001_{day:%Y%m%d}_*.DAT.p7m"))
    return records_of((opened_by_openssl(path, road.outside, folder) for path in files), day)


def records_of(contents: Iterable[bytes], day: date) -> list[str]:
    """The records of files in the clear, header and trailer checked and taken off."""
    found = []
    for content in contents:
        header, *records, trailer, rest = content.decode("ascii").split("\r\n")
        assert rest == ""
        assert (header[4:10], header[47:55], len(header)) == ("HEADER", f"{day:%m%d%Y}", 426)
        assert (trailer[4:11], int(trailer[11:20])) == ("TRAILER", len(records))
        assert [int(record[:4]) for record in records] == [len(record) for record in records]
        found += records
    return found


def slots(record: str) -> dict[str, str]:
    return {name: record[first - 1 : last].rstrip() for name, (first, last) in SLOTS.items()}


def test_what_can_not_be_told_is_set_aside_and_named(frozen: BureauRoad) -> None:
    aside = {loan: list(detail["rules"]) for loan, detail in frozen.events("set_aside").items()}
    assert aside.pop("L4")[-1] == "metro2_accounts.account_number.missing"
    assert aside == {"L5": ["Furnisher-AccountNumber-2"], "L6": ["metro2.base.address_line_1.required"]}
    assert set(frozen.events("frozen")) == {"L1", "L2", "L3", "L7", "L8", "L9"}
    assert "metro2_accounts.account_number.missing" in frozen.batch["body"]
    page = frozen.ledger.page(f"report/{frozen.batch['batch_id']}/freeze")
    assert [(row["rule_id"], row["failed_rows"], row["total_rows"]) for row in page.content["validation"]] == [
        ("Furnisher-Telephone-1", 1, 6)
    ]


def test_the_bureau_reads_what_the_books_say(sent: BureauRoad, tmp_path: Path) -> None:
    records = {slots(record)["account_number"]: record for record in records_at_bureau(sent, tmp_path)}
    assert sorted(records) == ["ACCTL1", "ACCTL2", "ACCTL3", "ACCTL8", "ACCTL9"]
    made_at = sent.ledger.page(f"report/{sent.batch['batch_id']}/freeze").content["made_at"]
    late = slots(records["ACCTL1"])
    assert late.pop("time_stamp")[:8] == "08312026"
    assert made_at[:7] == "2026-08" or made_at[:10] == "2026-09-01"
    assert late == {
        "identification_number": "LENDER001",
        "account_number": "ACCTL1",
        "portfolio_type": "I",
        "opened_on": "12202025",
        "highest_credit": "000001200",
        # Since 10 April: 143 days.
        "account_status": "82",
        "payment_history": "32100000" + "B" * 16,
        # Nine principals of 100 and five interests of 10; April to July are 30 days late.
        "current_balance": "000000950",
        "past_due": "000000440",
        "account_information_on": "08312026",
        "first_delinquency_on": "05102026",
        "surname": "SMITH",
        "ssn": "223456701",
        "ecoa_code": "1",
    }
    assert slots(records["ACCTL2"])["account_status"] == "78"
    joint = records["ACCTL3"]
    assert (len(joint), joint[426:428], "JONES" in joint[426:]) == (526, "J1", True)


def test_who_paid_meanwhile_is_in_no_file_and_all_others_are(sent: BureauRoad, tmp_path: Path) -> None:
    assert sent.states_by_loan() == {
        **dict.fromkeys(("L1", "L2", "L3", "L8", "L9"), "sent"),
        "L7": "noticed",
        **dict.fromkeys(("L4", "L5", "L6"), sent.states_by_loan()["L4"]),
    }
    files = next(page.content for page in sent.ledger.pages(kind="seal"))["parts"]
    assert [(part["records"], part["file_name"]) for part in files] == [
        (count, f"METRO2_LENDER001_20260831_0001_{part:03}OF003.DAT.p7m") for part, count in ((1, 2), (2, 2), (3, 1))
    ]
    assert [part["amounts"]["current_balance"] for part in files] == [
        str(sum(int(slots(record)["current_balance"]) for record in records_at_bureau(sent, tmp_path)[first:last]))
        for first, last in ((0, 2), (2, 4), (4, 5))
    ]


def test_nothing_is_sent_twice(sent: BureauRoad) -> None:
    before = {path.name: path.read_bytes() for path in sent.inbox.iterdir()}
    receipts = len(sent.ledger.pages(kind="receipt"))
    sent.send_all()
    assert {path.name: path.read_bytes() for path in sent.inbox.iterdir()} == before
    assert len(sent.ledger.pages(kind="receipt")) == receipts == 3
    assert sent.book_answers() == {"answers": 0, "accepted": 0, "rejected": 0}


def test_the_file_before_is_that_of_the_month_before(sent: BureauRoad) -> None:
    run = sent.run(REPORTED_ON)
    assessed = assessed_on(run, REPORTED_ON)
    assert previous_of(run, assessed) is None
    told = previous_of(run, replace(assessed, as_of=NEXT_ON))
    numbers = assessed.collect(told.accounts.select("account_number"))["account_number"].to_pylist()
    assert sorted(numbers) == ["ACCTL1", "ACCTL2", "ACCTL3", "ACCTL8", "ACCTL9"]
    assert previous_of(run, replace(assessed, as_of=date(2026, 10, 31))) is None


def test_the_next_batch_has_the_cases_whose_facts_came_and_names_of_its_own(sent: BureauRoad) -> None:
    """By then OpenPGP is agreed with the bureaus, so `gpg` opens it."""
    first_names = {path.name for path in sent.inbox.iterdir()}
    signing = generate_pgp_pair("Lender", valid_days=30, curve="secp256r1")
    with gpg_home() as gpg:
        gpg.run("--import", given=signing.certificate_pem.encode())
        keys = {
            "arrears_signing": {"password": signing.private_key_pem, "extra": {}},
            "arrears_bureau_metro2": {"extra": {"certificate": gpg.key("bureau@example.org")}},
        }
        held = {each.name: getattr(sent, each.name) for each in fields(sent)}
        road = PgpRoad(**held, sealing="openpgp_armoured", keys=keys)
        deliver(road, NEXT_ON, paid_off=("L7",), told=("L4", "L5", "L6"))
        road.freeze(NEXT_ON, "report-2")
        assert road.decide(answer("Release"))
        road.send_all()
        files = sorted(path for path in road.inbox.iterdir() if path.name not in first_names)
        opened = [gpg.opened(path.read_bytes()) for path in files]
    assert {signer for _, signer in opened} == {pgp_facts(signing.certificate_pem).fingerprint}
    records = [slots(record) for record in records_of((content for content, _ in opened), NEXT_ON)]
    assert [record["account_number"] for record in records] == ["ACCTL4", "ACCTL5", "ACCTL6"]
    assert [path.name for path in files] == [
        f"METRO2_LENDER001_20260930_0001_{part:03}OF002.DAT.asc" for part in (1, 2)
    ]


def test_a_site_without_the_furnisher_is_refused(frozen: BureauRoad, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = frozen.environment()
    monkeypatch.setattr(BureauRoad, "environment", lambda _: without_block(settings))
    with refused(SITE_INVALID, origin="metro2"):
        frozen.freeze(REPORTED_ON, "report-3")


def without_block(settings: dict[str, str]) -> dict[str, str]:
    import json

    site = json.loads(settings["AIRFLOW_VAR_ARREARS"])
    del site["metro2"]
    return {**settings, "AIRFLOW_VAR_ARREARS": json.dumps(site)}


def test_every_doubt_is_a_condition() -> None:
    assert set(DOUBTS) <= set(CONDITIONS)
    assert not {name for name in DOUBTS if CONDITIONS[name].severity.value == "block"}
