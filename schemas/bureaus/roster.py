"""The generic list of delinquent borrowers: a CSV file for bureaus without a format of their own.

Source: the items asked for by the notice of 2018-08-08 on P2P borrowers who evade debt, plus keys and dates that a
    machine
needs. No public machine format exists; the columns are our design.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schemas.bureaus.layout import Column, DelimitedLayout
from schemas.field import FieldType, Sensitivity
from schemas.sealing import Sealing

BUREAU = "roster"

ID_TYPE_PRINTED = {"resident_id": "居民身份证", "uscc": "统一社会信用代码"}
"""Code of the source datasets to the value printed in the file."""

LAYOUT = DelimitedLayout(
    name="roster",
    version=1,
    columns=(
        Column("serial", "序号", FieldType.INTEGER, 8, "number of the record within the batch, from 1"),
        Column("name", "姓名", FieldType.TEXT, 100, "borrower's full name", sensitivity=Sensitivity.IDENTITY),
        Column(
            "id_type",
            "证件类型",
            FieldType.TEXT,
            20,
            "kind of the identity number",
            codes={
                "居民身份证": "resident identity card, GB 11643",
                "统一社会信用代码": "unified social credit code, GB 32100",
            },
        ),
        Column("id_number", "证件号码", FieldType.TEXT, 18, "identity number", sensitivity=Sensitivity.IDENTITY),
        Column(
            "mobile",
            "手机号码",
            FieldType.TEXT,
            11,
            "borrower's mobile number",
            is_required=False,
            sensitivity=Sensitivity.IDENTITY,
        ),
        Column("platform_name", "借款平台名称", FieldType.TEXT, 100, "name of the lender or platform"),
        Column("platform_uscc", "平台统一社会信用代码", FieldType.TEXT, 18, "credit code of the lender, GB 32100"),
        Column("total_borrowed", "累计借款总额", FieldType.MONEY, 19, "principal lent under the loan, CNY"),
        Column("outstanding_amount", "剩余欠款金额", FieldType.MONEY, 19, "everything still owed, CNY"),
        Column("default_start_date", "拖欠开始日期", FieldType.DATE, 10, "due date of the oldest unpaid instalment"),
        Column("days_overdue", "逾期天数", FieldType.INTEGER, 5, "days from the default start date to the report date"),
        Column("is_lost_contact", "是否失联", FieldType.TRUTH, 1, "whether nobody reached the borrower"),
        Column("collection_status", "催收情况", FieldType.TEXT, 200, "what was done to collect, in counts and dates"),
        Column("report_date", "报送日期", FieldType.DATE, 10, "business date of the report"),
    ),
)

ACCEPTED = "accepted"
REJECTED = "rejected"
WHOLE_FILE_SERIAL = 0
"""Serial of the one line of an answer that refuses the file as a whole."""

FEEDBACK_LAYOUT = DelimitedLayout(
    name="roster-feedback",
    version=1,
    columns=(
        Column("serial", "序号", FieldType.INTEGER, 8, "serial of the record that is answered"),
        Column(
            "status",
            "状态",
            FieldType.TEXT,
            8,
            "what became of the record",
            codes={ACCEPTED: "taken into the bureau's books", REJECTED: "not taken, code says why"},
        ),
        Column("code", "代码", FieldType.TEXT, 20, "the bureau's code for the reason", is_required=False),
        Column(
            "message",
            "说明",
            FieldType.TEXT,
            500,
            "the bureau's text for the reason; somebody else wrote it, so it may hold anything",
            is_required=False,
            sensitivity=Sensitivity.IDENTITY,
        ),
    ),
)

MAX_RECORDS_PER_PART = 10_000
MAX_PARTS = 999

_LIST_SUFFIX, _ANSWER_SUFFIX = ".csv", ".fb"
_STEM = re.compile(r"([A-Za-z0-9-]{1,40})_([0-9]{8})_([A-Za-z0-9-]{1,60})_([0-9]{3})")
_WORD = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True)
class PartName:
    """Names of one part's files.

    Sealed file `<institution>_<yyyymmdd>_<batch>_<part>.csv.p7m`, the bureau's sealed answer `.fb.p7m` behind it.
    What is sealed otherwise than by CMS ends otherwise, see `Sealing.suffix`.

    Attributes:
        institution_id: the lender's number at the bureau; letters, digits and hyphens, at most 40.
        report_on: business date of the report.
        batch_id: identity of the batch; letters, digits and hyphens, at most 60.
        part_no: from 1 to 999.
        sealing: how the files are sealed.

    Raises:
        ValueError: a part of the name does not fit the pattern.
    """

    institution_id: str
    report_on: date
    batch_id: str
    part_no: int
    sealing: Sealing = Sealing.CMS

    def __post_init__(self) -> None:
        for what, value, most in (("institution_id", self.institution_id, 40), ("batch_id", self.batch_id, 60)):
            if len(value) > most or not _WORD.fullmatch(value):
                raise ValueError(f"{what} must be 1 to {most} letters, digits and hyphens")
        if not 1 <= self.part_no <= MAX_PARTS:
            raise ValueError(f"part_no {self.part_no} is not between 1 and {MAX_PARTS}")

    @property
    def sealed(self) -> str:
        """Name of the sealed file in the bureau's inbox."""
        stem = f"{self.institution_id}_{self.report_on:%Y%m%d}_{self.batch_id}_{self.part_no:03d}"
        return f"{stem}{_LIST_SUFFIX}{self.sealing.suffix}"

    @property
    def feedback(self) -> str:
        """Name of the bureau's sealed answer in its outbox."""
        return f"{self.sealed}{_ANSWER_SUFFIX}{self.sealing.suffix}"

    @classmethod
    def of_sealed(cls, file_name: str) -> PartName | None:
        """The part of a sealed file, None when the name is not of this pattern."""
        return cls._of(file_name, {f"{_LIST_SUFFIX}{each.suffix}": each for each in Sealing})

    @classmethod
    def of_feedback(cls, file_name: str) -> PartName | None:
        """The part that an answer is about, None when the name is not of this pattern."""
        sealed_alike = {f"{_LIST_SUFFIX}{each.suffix}{_ANSWER_SUFFIX}{each.suffix}": each for each in Sealing}
        return cls._of(file_name, sealed_alike)

    @classmethod
    def _of(cls, file_name: str, suffixes: Mapping[str, Sealing]) -> PartName | None:
        suffix = next((each for each in suffixes if file_name.endswith(each)), None)
        match = None if suffix is None else _STEM.fullmatch(file_name.removesuffix(suffix))
        if suffix is None or match is None:
            return None
        institution_id, day, batch_id, part_no = match.groups()
        try:
            return cls(institution_id, date.fromisoformat(day), batch_id, int(part_no), suffixes[suffix])
        except ValueError:
            return None


def part_slices(records: int, records_per_part: int = MAX_RECORDS_PER_PART) -> tuple[tuple[int, int, int], ...]:
    """How a batch is cut into parts.

    Args:
        records: number of records in the batch.
        records_per_part: most records in a part, from 1 to MAX_RECORDS_PER_PART.

    Returns:
        (part_no from 1, offset, length) of each part, in order.

    Raises:
        ValueError: `records_per_part` is out of range, or the batch needs more parts than the file name can number.
    """
    if not 1 <= records_per_part <= MAX_RECORDS_PER_PART:
        raise ValueError(f"records_per_part {records_per_part} is not between 1 and {MAX_RECORDS_PER_PART}")
    starts = range(0, records, records_per_part)
    if len(starts) > MAX_PARTS:
        raise ValueError(f"{records} records need {len(starts)} parts, the file name numbers {MAX_PARTS}")
    return tuple(
        (part_no, start, min(records_per_part, records - start)) for part_no, start in enumerate(starts, start=1)
    )


OVERDUE_BANDS = {
    "M4": "91 to 120 days overdue",
    "M5": "121 to 150 days overdue",
    "M6": "151 to 180 days overdue",
    "M6+": "more than 180 days overdue",
}
"""Bands of the hashed list, by days overdue. Shorter arrears are not shared."""

HASHED_LAYOUT = DelimitedLayout(
    name="roster-hashed",
    version=1,
    columns=(
        Column(
            "key_id", "密钥编号", FieldType.TEXT, 20, "number of the key that the members of the alliance agreed on"
        ),
        Column(
            "person_key",
            "人员标识",
            FieldType.TEXT,
            67,
            "keyed hash of the person's identity number, see transforms.bureaus.roster_hashed",
            sensitivity=Sensitivity.IDENTITY,
        ),
        Column("overdue_band", "逾期档", FieldType.TEXT, 3, "how long overdue", codes=OVERDUE_BANDS),
        Column("report_date", "报送日期", FieldType.DATE, 10, "business date of the report"),
    ),
)
"""The list as members of an alliance share it, without identity.

Source: press of 2018-08-21 on the alliance of the Beijing Internet Finance Association (ft.newdu.com):
members send borrowers overdue for more than three months (M3+) as de-identified ciphertext that is matched between
members. No field template and no method were published; columns and method are our design (mark C).
"""
