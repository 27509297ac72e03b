"""Reads a lender's extracts the slow way and judges loans from them, with no code of the lender or the product."""

import csv
import io
import re
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq

SEPARATORS = {"disputes": ";", "agreements": "|"}
ENCODINGS = {"borrowers": "gb18030", "contacts": "gb18030", "stops": "gb18030"}
PARQUET = ("instalments", "payments")
KEYS = {
    "borrowers": "客户编号",
    "loans": "借据号",
    "payments": "TXN_NO",
    "evidence": "evidence_no",
    "contacts": "催收流水号",
    "staff": "工号",
    "stops": "登记编号",
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


def moment(text: str) -> datetime | None:
    if not text:
        return None
    on, at = text.split(" ")
    return datetime.fromisoformat(f"{day(on)} {at:0>5}")


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


def in_force(instalments: list[dict], schedules: list[dict], as_of: date) -> tuple[list[dict], dict[str, date]]:
    """The instalments of each loan's version in force, and the day from which a version after the first is."""
    versions = {
        (row["LOAN_NO"], int(row["PLAN_NO"])): day(row["EFF_DATE"])
        for row in schedules
        if day(row["EFF_DATE"]) <= as_of
    }
    newest: dict[str, int] = {}
    for loan, number in versions:
        newest[loan] = max(newest.get(loan, 1), number)
    rows = [row for row in instalments if row["PLAN_NO"] == newest.get(row["LOAN_NO"], 1)]
    return rows, {loan: versions[loan, number] for loan, number in newest.items()}


def arrears(
    instalments: list[dict], payments: list[dict], schedules: list[dict], as_of: date
) -> dict[str, tuple[date, Decimal]]:
    """First missed date and overdue amount of each loan that owes, money spent on the oldest instalment first."""
    instalments, since = in_force(instalments, schedules, as_of)
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row in payments:
        is_reversal = row["TXN_TYPE"] == "冲正"
        counts_on = max(day(row["VALUE_DATE"]), day(row["BOOK_DATE"])) if is_reversal else day(row["VALUE_DATE"])
        if since.get(row["LOAN_NO"], date.min) <= counts_on <= as_of:
            paid[row["LOAN_NO"]] += row["TXN_AMT"] * (-1 if is_reversal else 1)
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


VOICE = ("电话", "人工电话", "智能语音")
BY_STAFF = ("电话", "人工电话", "上门")
NOBODY = "未接触"
STOP_RULES = {"要求停止联系": "stopped", "律师函": "represented", "律师代理": "represented"}
THREATS = re.compile("催收员：.*(?:全家不得安宁|带人去你单位闹|抓你坐牢|孩子在哪上学)")


def conduct(
    contacts: list[dict],
    first_missed_on: date,
    stops: list[dict],
    staff: dict[str, dict],
    recordings: set[tuple[str, str]],
) -> set[str]:
    """Names of the rules that the contacts of one loan break.

    `stops` are those of its borrower, `recordings` are pairs of evidence and loan.
    """
    rows = [row | {"at": datetime.fromisoformat(row["催收时间"])} for row in contacts]
    rows = sorted((row for row in rows if row["at"].date() >= first_missed_on), key=lambda row: row["at"])
    faults = [_faults(row, rows[:place], stops, staff, recordings) for place, row in enumerate(rows)]
    unlawful = {"quiet_hours", "frequency", "third_parties", "stopped", "represented", "language"}
    attempts = [row for row, found in zip(rows, faults, strict=True) if not found & unlawful]
    signs = [row for row in attempts if row["催收结果"] in {"关机", "空号", "搬离"}]
    is_ever_reached, is_reached = (
        any(row["接触对象"] == "本人" and row["催收结果"] in {"承诺还款", "拒绝还款", "已沟通"} for row in some)
        for some in (rows, attempts)
    )
    is_lost = not is_ever_reached and len(signs) >= 3 and len({channel(row) for row in signs}) >= 2
    broken = {
        "attempts": len(attempts) < 5,
        "days": len({row["at"].date() for row in attempts}) < 3,
        "channels": len({channel(row) for row in attempts}) < 2,
        "reached_or_lost": not is_reached and not is_lost,
    }
    return set().union(*faults) | {rule for rule, is_broken in broken.items() if is_broken}


def _faults(row: dict, before: list[dict], stops: list[dict], staff: dict, recordings: set) -> set[str]:
    """Names of the rules at which one contact is at fault."""
    by, on = row["催收方式"], row["at"].date()
    is_reached = row["接触对象"] != NOBODY
    same_day = [other["催收方式"] for other in before if other["at"].date() == on]
    is_frequent = by in VOICE and sum(other in VOICE for other in same_day) >= 3
    collector = staff.get(row["催收员工号"])
    is_registered = collector and day(collector["登记日期"]) <= on <= (day(collector["注销日期"]) or date.max)
    broken = {
        "quiet_hours": not 8 <= row["at"].hour < 22 and by != "信函",
        "third_parties": row["接触对象"] == "第三人",
        "frequency": is_frequent or (by == "上门" and "上门" in same_day),
        "unregistered": by in BY_STAFF and not is_registered,
        "unrecorded": by in VOICE and is_reached and (row["证据编号"], row["借据号"]) not in recordings,
        "language": THREATS.search(row["沟通内容"]) is not None,
    }
    for stop in stops:
        stopped_at, lifted_at = moment(stop["收到时间"]), moment(stop["撤回时间"])
        if by != "信函" and stopped_at <= row["at"] and not (lifted_at and lifted_at <= row["at"]):
            broken[STOP_RULES[stop["事由"]]] = True
    return {rule for rule, is_broken in broken.items() if is_broken}


def channel(row: dict) -> str:
    return row["催收方式"].removeprefix("人工")
