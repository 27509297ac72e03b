"""What the bureau asks of a file and of each record in it: stable codes with their text, and one predicate a rule.

F codes refuse a whole file, R codes one record. The text goes into the answer and never holds a value of the record.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sandbox.bureau.identifiers import is_credit_code, is_resident_id, real_date

FILE_CODES = {
    "F001": "文件无法用本机构私钥解密",
    "F002": "签名与登记证书不符",
    "F003": "文件名不符合规则：机构号_日期_批次号_分片号.csv.p7m",
    "F004": "文件不是带BOM的UTF-8编码",
    "F005": "表头与规定的列不一致",
    "F006": "换行符不是CRLF",
    "F007": "CSV结构错误：引号未闭合或列数不符",
    "F008": "文件没有记录",
    "F009": "文件过大或记录过多",
    "F010": "文件名已使用过",
    "F011": "序号不是从1开始的正整数，无法逐条反馈",
}

RESIDENT, ENTERPRISE = "居民身份证", "统一社会信用代码"


class Row(NamedTuple):
    """One record as printed, in the order of the columns; formula guards taken off."""

    serial: str
    name: str
    id_type: str
    id_number: str
    mobile: str
    platform_name: str
    platform_uscc: str
    total_borrowed: str
    outstanding_amount: str
    default_start_date: str
    days_overdue: str
    is_lost_contact: str
    collection_status: str
    report_date: str


HEADINGS = Row(
    "序号",
    "姓名",
    "证件类型",
    "证件号码",
    "手机号码",
    "借款平台名称",
    "平台统一社会信用代码",
    "累计借款总额",
    "剩余欠款金额",
    "拖欠开始日期",
    "逾期天数",
    "是否失联",
    "催收情况",
    "报送日期",
)
TEXT_FIELDS = ("name", "id_type", "id_number", "mobile", "platform_name", "platform_uscc", "collection_status")


@dataclass(frozen=True)
class FileFacts:
    """What a rule may know beside the record.

    Attributes:
        named_on: the date in the file's name.
        unconfirmed_one_in: one identity number in so many is unknown to the bureau's register; 0 for none.
    """

    named_on: date
    unconfirmed_one_in: int


@dataclass(frozen=True)
class RecordRule:
    """One reason to reject a record.

    Attributes:
        code: stable, never reused.
        message: text of the answer.
        is_broken: whether the record breaks it.
    """

    code: str
    message: str
    is_broken: Callable[[Row, FileFacts], bool]


_FORMULA_STARTS = "=+-@\t\r＝＋－＠"
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffd]")
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,15})\.[0-9]{2}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}")
_FIRST_REAL_DAY = date(1901, 1, 1)


def is_formula(printed: str) -> bool:
    """Whether a spreadsheet would run the cell: quotes before the mark don't count, one of them is the guard."""
    return printed[:1] != "" and printed[0] in _FORMULA_STARTS


def without_guard(printed: str) -> str:
    """The cell without the single quote that keeps a spreadsheet from running it."""
    is_guarded = printed.startswith("'") and is_formula(printed.lstrip("'"))
    return printed[1:] if is_guarded else printed


def is_whole_number(text: str) -> bool:
    """Whether the text is a number from 0, without signs and leading zeros."""
    return bool(_WHOLE.fullmatch(text))


def _has_unprintable(row: Row, _: FileFacts) -> bool:
    return any(_UNPRINTABLE.search(value) for value in row)


def _name_is_wrong(row: Row, _: FileFacts) -> bool:
    return not 1 <= len(row.name.strip()) <= 100


def _id_type_is_unknown(row: Row, _: FileFacts) -> bool:
    return row.id_type not in (RESIDENT, ENTERPRISE)


def _resident_id_is_wrong(row: Row, facts: FileFacts) -> bool:
    return row.id_type == RESIDENT and not is_resident_id(row.id_number, facts.named_on)


def _credit_code_is_wrong(row: Row, _: FileFacts) -> bool:
    return row.id_type == ENTERPRISE and not is_credit_code(row.id_number)


def _mobile_is_wrong(row: Row, _: FileFacts) -> bool:
    return row.mobile != "" and not _MOBILE.fullmatch(row.mobile)


def _platform_name_is_wrong(row: Row, _: FileFacts) -> bool:
    return not 1 <= len(row.platform_name.strip()) <= 100


def _platform_code_is_wrong(row: Row, _: FileFacts) -> bool:
    return not is_credit_code(row.platform_uscc)


def _total_is_wrong(row: Row, _: FileFacts) -> bool:
    return not _is_positive_amount(row.total_borrowed)


def _outstanding_is_wrong(row: Row, _: FileFacts) -> bool:
    return not _is_positive_amount(row.outstanding_amount)


def _start_is_no_date(row: Row, _: FileFacts) -> bool:
    started_on = real_date(row.default_start_date)
    return started_on is None or started_on < _FIRST_REAL_DAY


def _report_is_no_date(row: Row, _: FileFacts) -> bool:
    return real_date(row.report_date) is None


def _report_is_another_day(row: Row, facts: FileFacts) -> bool:
    return real_date(row.report_date) != facts.named_on


def _start_is_not_before_report(row: Row, _: FileFacts) -> bool:
    return row.default_start_date >= row.report_date


def _days_are_wrong(row: Row, _: FileFacts) -> bool:
    started_on, reported_on = real_date(row.default_start_date), real_date(row.report_date)
    if started_on is None or reported_on is None or not is_whole_number(row.days_overdue):
        return True
    return int(row.days_overdue) != (reported_on - started_on).days


def _lost_contact_is_unknown(row: Row, _: FileFacts) -> bool:
    return row.is_lost_contact not in ("是", "否")


def _collection_is_wrong(row: Row, _: FileFacts) -> bool:
    return not 1 <= len(row.collection_status.strip()) <= 200


def _is_unconfirmed(row: Row, facts: FileFacts) -> bool:
    if facts.unconfirmed_one_in == 0:
        return False
    drawn = int.from_bytes(hashlib.sha256(f"register|{row.id_number}".encode()).digest()[:8])
    return drawn % facts.unconfirmed_one_in == 0


def _is_positive_amount(text: str) -> bool:
    return bool(_AMOUNT.fullmatch(text)) and text != "0.00"


RECORD_RULES = (
    RecordRule("R001", "字段含有不可见字符", _has_unprintable),
    RecordRule("R003", "姓名为空或超过100个字符", _name_is_wrong),
    RecordRule("R004", "证件类型不在代码表中", _id_type_is_unknown),
    RecordRule("R005", "居民身份证号码不符合GB 11643", _resident_id_is_wrong),
    RecordRule("R006", "统一社会信用代码不符合GB 32100", _credit_code_is_wrong),
    RecordRule("R007", "手机号码格式错误", _mobile_is_wrong),
    RecordRule("R008", "借款平台名称为空或超过100个字符", _platform_name_is_wrong),
    RecordRule("R009", "平台统一社会信用代码不符合GB 32100", _platform_code_is_wrong),
    RecordRule("R010", "累计借款总额不是两位小数的正数", _total_is_wrong),
    RecordRule("R011", "剩余欠款金额不是两位小数的正数", _outstanding_is_wrong),
    RecordRule("R012", "拖欠开始日期不是有效日期", _start_is_no_date),
    RecordRule("R013", "报送日期不是有效日期", _report_is_no_date),
    RecordRule("R014", "报送日期与文件名中的日期不一致", _report_is_another_day),
    RecordRule("R015", "拖欠开始日期不早于报送日期", _start_is_not_before_report),
    RecordRule("R016", "逾期天数与拖欠开始日期、报送日期不一致", _days_are_wrong),
    RecordRule("R017", "是否失联只能填“是”或“否”", _lost_contact_is_unknown),
    RecordRule("R018", "催收情况为空或超过200个字符", _collection_is_wrong),
    RecordRule("R900", "证件号码未能在本机构登记库中核实", _is_unconfirmed),
)
REPEATED_SERIAL = "R002"
UNGUARDED_FORMULA = "R019"
REPEATED_PERSON = "R020"

RECORD_CODES = {rule.code: rule.message for rule in RECORD_RULES} | {
    REPEATED_SERIAL: "序号在文件内重复",
    UNGUARDED_FORMULA: "字段会被电子表格当作公式执行",
    REPEATED_PERSON: "同一主体、同一拖欠开始日期在文件内重复",
}
