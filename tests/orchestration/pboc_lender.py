"""What the PBoC's credit reference centre needs to know of the sample lender's loans; its files and answers by hand."""

import base64
import csv
import gzip
import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from road import FIRST_ON, SECOND_ON, truth_of

from sandbox.lender import make_lender
from schemas.bureaus.pboc_facts import PBOC_ACCOUNTS, PBOC_ENTERPRISE_ACCOUNTS, PBOC_GUARANTEES

LOANS, SEED = 1000, 20180821
SEGMENT_CODE = "X6101010000246"
BRANCH = "X6101010000999"
KEY = "5a" * 32
SETTINGS = {
    "bureau": "pboc",
    "pboc": {
        "segment_code": SEGMENT_CODE,
        "source_code": f"{SEGMENT_CODE}000001",
        "organisation_codes": [BRANCH],
        "packing": "stand_in",
        "part_characters": 6000,
    },
}
EXTRA = {"stand_in_key": KEY}

OF_BOTH = {
    "account_type_code": "D1",
    "management_code": BRANCH,
    "currency_code": "CNY",
    "payout_code": "0",
    "repayment_mode_code": "11",
    "repayment_frequency_code": "03",
    "application_area_code": "110105",
    "guarantee_code": "4",
    "other_guarantee_code": "0",
    "transfer_code": "0",
    "loan_form_code": "1",
    "five_class_code": "3",
}
OF_PERSONS = {"business_code": "1", "business_detail_code": "91", "funding_code": "1", "account_status_code": "1"}
OF_ENTERPRISES = {
    "business_code": "10",
    "business_detail_code": "11",
    "funding_code": "11",
    "term_class_code": "20",
    "invested_industry_code": "C13",
    "repayment_form_code": "10",
    "account_status_code": "10",
}

Row = dict[str, str]
Change = Callable[[str, Row], Row]
"""Of a loan and its facts."""


def account_number(loan_id: str) -> str:
    return f"JK{loan_id}"


def loan_of_record(record: Mapping[str, str]) -> str:
    """By the account's code: the segment code, then the lender's number."""
    code, before = record["AcctBsSgmt.AcctCode"], f"{SEGMENT_CODE}{account_number('')}"
    assert code.startswith(before)
    return code.removeprefix(before)


def unchanged(loan_id: str, row: Row) -> Row:
    return row


def loan_rows(lender: Path) -> list[dict[str, str]]:
    """The lender's list of loans as it is exported, each loan once."""
    text = (lender / "extracts" / str(FIRST_ON) / "loans.csv").read_text("utf-8-sig")
    return list({row["借据号"]: row for row in csv.DictReader(io.StringIO(text))}.values())


def day_of(text: str) -> date:
    return date(*map(int, text.split("/")))


def write_facts(lender: Path, change: Change = unchanged) -> None:
    """Facts of all loans, at both business dates, and `sources.toml` that names them.

    The centre was told of each account on the day after it was opened.
    """
    is_enterprise = dict(truth_of(lender).select("loan_id", "is_enterprise").iter_rows())
    persons, enterprises = [], []
    for loan in loan_rows(lender):
        loan_id = loan["借据号"]
        if loan_id not in is_enterprise or not loan["放款日期"].startswith("20"):
            continue
        opened_on = day_of(loan["放款日期"])
        of_kind = OF_ENTERPRISES if is_enterprise[loan_id] else OF_PERSONS
        row = {
            "loan_id": loan_id,
            "account_number": account_number(loan_id),
            "first_reported_on": str(opened_on + timedelta(days=1)),
            "five_class_on": str(opened_on),
            "nothing_repaid_on": str(opened_on),
            **OF_BOTH,
            **of_kind,
        }
        (enterprises if is_enterprise[loan_id] else persons).append(change(loan_id, row))
    sources = (lender / "sources.toml").read_text("utf-8")
    for dataset, rows in (
        (PBOC_ACCOUNTS, persons),
        (PBOC_ENTERPRISE_ACCOUNTS, enterprises),
        (PBOC_GUARANTEES, []),
    ):
        for as_of in (FIRST_ON, SECOND_ON):
            file = lender / "extracts" / str(as_of) / f"{dataset.name}.csv"
            write_csv(file, dataset.field_names, rows)
        sources += source_of(dataset)
    (lender / "sources.toml").write_text(sources, "utf-8")


def write_csv(file: Path, names: tuple[str, ...], rows: list[Mapping[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, names, restval="")
        writer.writeheader()
        writer.writerows(rows)


def source_of(dataset) -> str:
    lines = [f'{name} = {{ column = "{name}" }}' for name in dataset.field_names]
    head = f'\n[datasets.{dataset.name}]\nfiles = "{dataset.name}.csv"\n\n[datasets.{dataset.name}.columns]\n'
    return head + "\n".join(lines) + "\n"


def write_lender(root: Path) -> Path:
    """A lender with an enterprise among those who are to be reported."""
    make_lender(root, loans=LOANS, seed=SEED, as_of_dates=[FIRST_ON, SECOND_ON])
    return root


def unpaid(lender: Path) -> list[str]:
    """Loans of persons who are meant to be reported, by number."""
    truth = truth_of(lender).filter(pl.col("is_reportable") & (pl.col("grace_outcome") == "unpaid"))
    return truth.filter(~pl.col("is_enterprise"))["loan_id"].sort().to_list()


@dataclass(frozen=True)
class File:
    """A file as the centre sees it, opened without the product's code and parsed by ElementTree."""

    name: str
    header: str
    lines: list[bytes]

    @property
    def records(self) -> list[dict[str, str]]:
        """Each record flat: segment and tag to text; `""` is the element of the record."""
        return [flat(line) for line in self.lines]


def opened(path: Path) -> File:
    """By the stand-in's packing: a mark, 12 bytes of nonce, AES-256-GCM over a GZIP stream, bound to mark and name."""
    held = path.read_bytes()
    mark, _, rest = held.partition(b"\n")
    bound = mark + b"\n" + path.stem.encode()
    text = gzip.decompress(AESGCM(bytes.fromhex(KEY)).decrypt(rest[:12], rest[12:], bound))
    assert text.endswith(b"\r\n")
    header, *lines = text[:-2].split(b"\r\n")
    return File(path.name, header.decode("ascii"), lines)


def flat(line: bytes) -> dict[str, str]:
    document = ElementTree.fromstring(line)
    assert document.tag == "Document"
    (record,) = document
    found = {"": record.tag}
    for segment in record:
        for item in segment:
            if len(item):
                continue
            assert f"{segment.tag}.{item.tag}" not in found
            found[f"{segment.tag}.{item.tag}"] = item.text or ""
    return found


def answer_of(loaded: int, refusals: list[tuple[int | None, list[tuple[str, str]], bytes]]) -> bytes:
    """An answer as the centre writes it: a header of 72 characters and a line for each refused record."""
    header = f"A0722.0.0{'':35}20260914120000{loaded:07d}{len(refusals):07d}"
    lines = [header]
    for line, faults, record in refusals:
        number = "" if line is None else f"<ErrRecId>{line}</ErrRecId>"
        told = "".join(f"<ErrInf><FbCode>{code}</FbCode><FbMsg>{tag}</FbMsg></ErrInf>" for code, tag in faults)
        back = base64.b64encode(record).decode()
        lines.append(
            f"<Document><FbInf>{number}<FbErrNum>{len(faults)}</FbErrNum>{told}<ErrRec>{back}</ErrRec></FbInf></Document>"
        )
    return "".join(f"{line}\r\n" for line in lines).encode()


def packed(name: str, text: bytes) -> bytes:
    """As the stand-in of the centre packs an answer."""
    mark, nonce = b"ARREARS STAND-IN, NOT FOR THE BUREAU\n", os.urandom(12)
    bound = mark + name.removesuffix(".enc").encode()
    return mark + nonce + AESGCM(bytes.fromhex(KEY)).encrypt(nonce, gzip.compress(text), bound)
