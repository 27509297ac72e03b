"""Reads a lender's extracts the slow way and judges loans from them, with no code of the lender or the product."""

import csv
import io
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq

SEPARATORS = {"disputes": ";", "agreements": "|"}
ENCODINGS = {"borrowers": "gb18030", "contacts": "gb18030"}
PARQUET = ("instalments", "payments")
KEYS = {
    "borrowers": "客户编号",
    "loans": "借据号",
    "payments": "TXN_NO",
    "evidence": "evidence_no",
    "contacts": "催收流水号",
    "judgments": "判决编号",
    "disputes": "异议编号",
    "agreements": "agreement_no",
}


def read_dataset(folder: Path, dataset: str) -> dict[str, list[dict]]:
    """Rows by file name."""
    if dataset in PARQUET:
        return {path.name: pq.read_table(path).to_pylist() for path in sorted(folder.glob(f"{dataset}-*.parquet"))}
    text = (folder / f"{dataset}.csv").read_bytes().decode(ENCODINGS.get(dataset, "utf-8-sig"))
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=SEPARATORS.get(dataset, ","))
    return {f"{dataset}.csv": list(reader)}


def sound_rows(files: dict[str, list[dict]], dataset: str, broken: list[dict]) -> list[dict]:
    """Rows that the lender did not break on purpose."""
    bad = {(row["source_file"], row["source_row"]) for row in broken if row["dataset_name"] == dataset}
    return [
        row for name, rows in files.items() for number, row in enumerate(rows, start=1) if (name, number) not in bad
    ]


def half_width(text: str) -> str:
    return "".join(chr(ord(each) - 0xFEE0) if 0xFF01 <= ord(each) <= 0xFF5E else each for each in text).strip(" 　")


def amount(text: str) -> Decimal:
    return Decimal(half_width(text).replace(",", "").lstrip("¥"))


def day(text: str) -> date | None:
    text = text.strip()
    if not text:
        return None
    if text.isdigit():
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    return date(*map(int, text.replace("/", "-").replace(".", "-").split("-")))


def is_resident_id(number: str) -> bool:
    """GB 11643: the weight of position i from the right (0 is the check digit) is 2**i mod 11; the sum leaves 1."""
    if len(number) != 18 or not number[:17].isdigit():
        return False
    date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    values = [10 if each == "X" else int(each) for each in number]
    return sum(value * (2**place) for place, value in enumerate(reversed(values))) % 11 == 1


def is_uscc(code: str) -> bool:
    """GB 32100: weights are powers of 3 mod 31; characters 9 to 17 are an organisation code of GB 11714."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    if len(code) != 18 or any(each not in letters for each in code):
        return False
    total = sum(letters.index(each) * pow(3, place, 31) for place, each in enumerate(code[:17]))
    return (total + letters.index(code[17])) % 31 == 0 and is_organisation_code(code[8:17])


def is_organisation_code(code: str) -> bool:
    values = [int(each, 36) for each in code[:8]]
    total = sum(value * weight for value, weight in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return code[8] == {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def add_months(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    for last in (on.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(on.day, last))
        except ValueError:
            continue
    raise AssertionError


def arrears(instalments: list[dict], payments: list[dict], as_of: date) -> dict[str, tuple[date, Decimal]]:
    """First missed date and overdue amount of each loan that owes, money spent on the oldest instalment first."""
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row in payments:
        if day(row["VALUE_DATE"]) <= as_of:
            paid[row["LOAN_NO"]] += row["TXN_AMT"] * (-1 if row["TXN_TYPE"] == "冲正" else 1)
    due: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    for row in instalments:
        total = row["PRIN_DUE"] + row["INT_DUE"] + row["FEE_DUE"] + row["PENALTY_DUE"]
        due[row["LOAN_NO"]].append((row["DUE_DATE"], total))
    found = {}
    for loan, rows in due.items():
        left, owed, missed = paid[loan], Decimal(0), None
        for due_on, total in sorted(rows):
            if due_on >= as_of:
                break
            unpaid = max(total - left, Decimal(0))
            left = max(left - total, Decimal(0))
            if unpaid:
                missed, owed = missed or due_on, owed + unpaid
        if missed:
            found[loan] = (missed, owed)
    return found


def conduct(contacts: list[dict], first_missed_on: date) -> set[str]:
    """Names of the rules that the contacts of one loan break."""
    rows = [row | {"at": datetime.fromisoformat(row["催收时间"])} for row in contacts]
    rows = [row for row in rows if row["at"].date() >= first_missed_on]
    quiet = [row for row in rows if not 8 <= row["at"].hour < 22 and row["催收方式"] != "信函"]
    third = [row for row in rows if row["接触对象"] == "第三人"]
    lawful = [row for row in rows if row not in quiet and row not in third]
    voice = [row["at"].date() for row in rows if row["催收方式"] in {"电话", "人工电话", "智能语音"}]
    visits = [row["at"].date() for row in rows if row["催收方式"] == "上门"]
    signs = [row for row in lawful if row["催收结果"] in {"关机", "空号", "搬离"}]
    is_reached = any(row["接触对象"] == "本人" for row in lawful)
    is_lost = len(signs) >= 3 and len({channel(row) for row in signs}) >= 2
    broken = {
        "attempts": len(lawful) < 5,
        "days": len({row["at"].date() for row in lawful}) < 3,
        "channels": len({channel(row) for row in lawful}) < 2,
        "reached_or_lost": not is_reached and not is_lost,
        "quiet_hours": bool(quiet),
        "third_parties": bool(third),
        "frequency": any(voice.count(on) > 3 for on in voice) or any(visits.count(on) > 1 for on in visits),
    }
    return {rule for rule, is_broken in broken.items() if is_broken}


def channel(row: dict) -> str:
    return row["催收方式"].removeprefix("人工")
