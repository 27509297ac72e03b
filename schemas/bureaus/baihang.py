"""Files of Baihang Credit (百行征信), the credit bureau for persons: loans (D2), repayments (D3), extensions (D4).

Baihang gives its guide to member institutions only. What is written here was put together from public programs of
institutions that report: names, order and codes of D2 and D3 agree in at least two of them, and so do the tags and the
packing. Less sure: the file name (one program); money as a number, not as a string (programs differ, so both are
read); that D4 has the names of D2 (one public list of its items says that they are the items of D2). Codes are
whole numbers in most programs and strings in one; both are read. Statuses of a term other than those in the table may
exist. Compare with the institution's own copy of the guide before the first file is sent.

The layout of Baihang's result file is not public, so no answer of Baihang can be read. It has other kinds of record
(loan applications, credit lines and their bills), of which the tags are known here and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from schemas.bureaus import baihang_codes as codes
from schemas.bureaus.json_lines import JsonField, JsonKind, JsonLinesLayout, JsonObject
from schemas.errors import ArrearsError
from schemas.errors.seal import FILE_NAMES_EXHAUSTED
from schemas.field import Sensitivity

BUREAU = "baihang"

TEXT, CODE, INTEGER, MONEY = JsonKind.TEXT, JsonKind.CODE, JsonKind.INTEGER, JsonKind.MONEY
DATE, TIME, DATES = JsonKind.DATE, JsonKind.TIME, JsonKind.DATES
KEY, IDENTITY = Sensitivity.KEY, Sensitivity.IDENTITY

MOST_TERMS = 36_000

_REQUEST = JsonField(
    "reqID", TEXT, "记录唯一标识", "number of the record, letters and digits", max_length=40, sensitivity=KEY
)
_OPERATION = JsonField("opCode", TEXT, "操作代码", "what to do with the record", codes=codes.OPERATION)
_UPLOADED = JsonField("uploadTs", TIME, "记录生成时间", "when the record was made")
_NAME = JsonField("name", TEXT, "姓名", "borrower's name", max_length=100, sensitivity=IDENTITY)
_PERSON = JsonField("pid", TEXT, "身份证号码", "resident identity number", max_length=18, sensitivity=IDENTITY)
_MOBILE = JsonField("mobile", TEXT, "手机号码", "mobile number", max_length=11, sensitivity=IDENTITY)
_LOAN = JsonField("loanId", TEXT, "贷款编号", "the lender's key of the loan", max_length=60, sensitivity=KEY)

_ACCOUNT = (
    _REQUEST,
    _OPERATION,
    _UPLOADED,
    _NAME,
    _PERSON,
    _MOBILE,
    _LOAN,
    JsonField(
        "originalLoanId",
        TEXT,
        "原贷款编号",
        "key of the loan that this one refinances",
        is_required=False,
        max_length=60,
        sensitivity=KEY,
    ),
    JsonField("guaranteeType", CODE, "贷款担保类型", "how the loan is secured", codes=codes.GUARANTEE),
    JsonField("loanPurpose", CODE, "贷款用途", "what the loan is for", codes=codes.PURPOSE),
    JsonField("applyDate", TIME, "贷款申请时间", "when the borrower applied"),
    JsonField("accountOpenDate", TIME, "账户开立时间", "when the account was opened"),
    JsonField("issueDate", TIME, "贷款放款时间", "when the loan was paid out"),
    JsonField("dueDate", DATE, "贷款到期日期", "day of the last instalment"),
    JsonField("loanAmount", MONEY, "贷款金额", "principal that was paid out, CNY"),
    JsonField("totalTerm", INTEGER, "还款总期数", "number of instalments"),
    JsonField("targetRepayDateType", CODE, "账单日类型", "how due dates are given", codes=codes.REPAY_DATES),
    JsonField("termPeriod", INTEGER, "每期还款周期", "days of a cycle, -1 when due dates are listed"),
    JsonField(
        "targetRepayDateList",
        DATES,
        "账单日列表",
        "all due dates, ascending, when they are listed",
        is_required=False,
        max_length=MOST_TERMS * 11,
    ),
    JsonField("firstRepaymentDate", DATE, "首次应还款日", "first due date"),
    JsonField("gracePeriod", INTEGER, "逾期宽限期", "days of grace before a term counts as overdue"),
    JsonObject(
        "device",
        "设备信息",
        "what the borrower applied with",
        (
            JsonField("deviceType", CODE, "设备类型", "kind of device", is_required=False, codes=codes.DEVICE),
            JsonField("imei", TEXT, "设备IMEI", "the device's IMEI", is_required=False, sensitivity=IDENTITY),
            JsonField("mac", TEXT, "MAC地址", "the device's MAC address", is_required=False, sensitivity=IDENTITY),
            JsonField("ipAddress", TEXT, "IP地址", "IP address", is_required=False, sensitivity=IDENTITY),
            JsonField("osName", CODE, "操作系统", "system", is_required=False, codes=codes.OPERATING_SYSTEM),
        ),
    ),
)

D2 = JsonLinesLayout("baihang-d2", 1, "#singleLoanAccountInfo", _ACCOUNT)

D3 = JsonLinesLayout(
    "baihang-d3",
    1,
    "#singleLoanRepayInfo",
    (
        _REQUEST,
        _OPERATION,
        _UPLOADED,
        _LOAN,
        _NAME,
        _PERSON,
        _MOBILE,
        JsonField("termNo", INTEGER, "当前还款期数", "number of the term, from 1"),
        JsonField("termStatus", TEXT, "本期还款状态", "state of the term", codes=codes.TERM_STATUS),
        JsonField("targetRepaymentDate", DATE, "本期应还款日", "due date of the term"),
        JsonField("realRepaymentDate", TIME, "实际还款时间", "when money came in, if any", is_required=False),
        JsonField("plannedPayment", MONEY, "本期计划应还款金额", "what the schedule asks for the term, CNY"),
        JsonField("targetRepayment", MONEY, "本期剩余应还款金额", "what is left of it, penalties included, CNY"),
        JsonField("realRepayment", MONEY, "本次还款金额", "what came in with this record, 0 for none, CNY"),
        JsonField(
            "overdueStatus",
            TEXT,
            "当前逾期天数",
            "D and the days that the loan is overdue, empty when it is not",
            is_required=False,
            max_length=6,
        ),
        JsonField("statusConfirmAt", TIME, "本期还款状态确认时间", "when the state was established"),
        JsonField("overdueAmount", MONEY, "当前逾期总额", "everything overdue of the loan, CNY"),
        JsonField("remainingAmount", MONEY, "贷款余额", "everything unpaid of the loan, CNY"),
        JsonField("loanStatus", CODE, "本笔贷款状态", "state of the loan", codes=codes.LOAN_STATUS),
    ),
)

D4 = JsonLinesLayout("baihang-d4", 1, "#singleLoanDelayInfo", _ACCOUNT)

LAYOUTS = {"D2": D2, "D3": D3, "D4": D4}
"""Kind of record to its layout."""

TAGS_WITHOUT_LAYOUT = {
    "#loanApplyInfo": "loan applications, C1",
    "#loopLoanAccountInfo": "credit lines, X2",
    "#loopLoanBillInfo": "bills of credit lines",
    "#loopLoanBillRepayInfo": "repayments of bills of credit lines",
    "#loopLoanReceiptInfo": "loans under credit lines, CL1",
    "#loopLoanReceiptRepayInfo": "repayments of loans under credit lines, CL2",
}
"""Tags of kinds that Baihang takes and that have no layout here."""

MOST_SERIAL = 9_999
MOST_RECORDS_PER_FILE = 100_000
"""Ours: no limit of Baihang is public."""

_NAME_PATTERN = re.compile(r"([^\x00-\x1f/\\_]{1,60})_([A-Z][A-Z0-9]{1,3})_([0-9]{8})_([0-9]{4})\.(txt|cry)")
_INSTITUTION = re.compile(r"[^\x00-\x1f/\\_]{1,60}")


@dataclass(frozen=True)
class FileName:
    """Names of one file: `<institution>_<kind>_<yyyymmdd>_<serial>`, `.txt` in the clear, `.cry` packed.

    Attributes:
        institution: full Chinese name of who reports; at most 60 characters, no underscore.
        kind: of the records, such as D2.
        data_until: last day of the data.
        serial: from 1 to 9999; with it a name is never used twice.

    Raises:
        ValueError: a part of the name does not fit the pattern.
    """

    institution: str
    kind: str
    data_until: date
    serial: int

    def __post_init__(self) -> None:
        if not _INSTITUTION.fullmatch(self.institution):
            raise ValueError(
                "institution must be 1 to 60 characters without underscores, slashes or control characters"
            )
        if self.kind not in LAYOUTS:
            raise ValueError(f"kind {self.kind} has no layout")
        if not 1 <= self.serial <= MOST_SERIAL:
            raise ValueError(f"serial {self.serial} is not between 1 and {MOST_SERIAL}")

    @property
    def plain(self) -> str:
        """Name of the file in the clear, as it stands in the archive."""
        return f"{self._stem}.txt"

    @property
    def packed(self) -> str:
        """Name of the packed file."""
        return f"{self._stem}.cry"

    @property
    def _stem(self) -> str:
        return f"{self.institution}_{self.kind}_{self.data_until:%Y%m%d}_{self.serial:04d}"

    @classmethod
    def of(cls, file_name: str) -> FileName | None:
        """The parts of a name, plain or packed; None when it is not of this pattern."""
        match = _NAME_PATTERN.fullmatch(file_name)
        if match is None:
            return None
        institution, kind, day, serial, _ = match.groups()
        try:
            return cls(institution, kind, date(int(day[:4]), int(day[4:6]), int(day[6:])), int(serial))
        except ValueError:
            return None


def free_names(
    institution: str, kind: str, data_until: date, files: int, used: Iterable[str] = ()
) -> tuple[FileName, ...]:
    """Names for files of one kind and day that no file has had.

    Numbers go on behind the highest that was used, so that a name is not used again either where one was left out.

    Args:
        institution: as in `FileName`.
        kind: as in `FileName`.
        data_until: as in `FileName`.
        files: how many are needed, 0 or more.
        used: names of all files that were ever made, plain or packed; those of other kinds and days are passed over.

    Raises:
        ValueError: `files` is below 0, or a part of the name does not fit the pattern.
        ArrearsError: FILE_NAMES_EXHAUSTED when the name can't number so many.
    """
    if files < 0:
        raise ValueError("files must be 0 or more")
    named = filter(None, map(FileName.of, used))
    of_day = [
        each for each in named if (each.institution, each.kind, each.data_until) == (institution, kind, data_until)
    ]
    last = max((each.serial for each in of_day), default=0)
    if last + files > MOST_SERIAL:
        raise ArrearsError(
            FILE_NAMES_EXHAUSTED, bureau=BUREAU, record_kind=kind, day=data_until, files=files, last=last
        )
    return tuple(FileName(institution, kind, data_until, serial) for serial in range(last + 1, last + files + 1))


def file_slices(
    records: int, first_serial: int = 1, records_per_file: int = MOST_RECORDS_PER_FILE
) -> tuple[tuple[int, int, int], ...]:
    """How records of one kind and day are cut into files.

    Args:
        records: number of records.
        first_serial: the first serial that no file of this kind and day has had.
        records_per_file: most records in a file, 1 or more.

    Returns:
        (serial, offset, length) of each file, in order.

    Raises:
        ValueError: an argument is out of range, or the records need more files than the name can number.
    """
    if records < 0 or first_serial < 1 or records_per_file < 1:
        raise ValueError("records must be 0 or more, first_serial and records_per_file 1 or more")
    starts = range(0, records, records_per_file)
    if first_serial + len(starts) - 1 > MOST_SERIAL:
        raise ValueError(f"{len(starts)} files from serial {first_serial} on, the file name numbers {MOST_SERIAL}")
    return tuple(
        (serial, start, min(records_per_file, records - start)) for serial, start in enumerate(starts, first_serial)
    )
