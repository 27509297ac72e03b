"""Records 211 to 215 of the PBoC's credit reference centre: what is to be changed in accounts that it holds.

Sources and how sure they are: see `schemas.bureaus.pboc`.
"""

from __future__ import annotations

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.pboc_account import ACCOUNT, BASE
from schemas.bureaus.pboc_items import MANDATORY, OPTIONAL, REPORTED_ON, choice, day, own_code, record_type
from schemas.bureaus.tagged import Item, Segment, TaggedRecord

_ACCOUNT_TYPE = BASE.item("AcctType")
_TO_DELETE = own_code("DelRecCode", "待删除业务标识码", "code of the account in which something is deleted")

CHANGED_CODE = TaggedRecord(
    "211",
    "InAcctIDCagsInf",
    "个人借贷账户标识变更请求记录",
    (
        record_type("211", "change of an account's code"),
        own_code("OdBnesCode", "原业务标识码", "code of the account so far"),
        own_code("NwBnesCode", "新业务标识码", "code of the account from now on"),
    ),
    key=("OdBnesCode", "NwBnesCode"),
)

CORRECTED_BASE = BASE.only("Name", "IDType", "IDNum", "MngmtOrgCode")

CORRECTION = TaggedRecord(
    "212",
    "InAcctMdfc",
    "个人借贷账户按段更正请求记录",
    (
        Segment(
            "BsSgmt",
            "基础段",
            (
                record_type("212", "correction of one segment of an account"),
                own_code("ModRecCode", "待更正业务标识码", "code of the account"),
                REPORTED_ON,
                _ACCOUNT_TYPE,
                choice("MdfcSgmtCode", "AN1", "待更正段段标", "mark of the segment", codes.SEGMENT_MARK),
            ),
            presence=MANDATORY,
        ),
        Segment(
            "MdfcSgmt",
            "待更正段",
            (CORRECTED_BASE, *(each for each in ACCOUNT.contents if each is not BASE)),
            presence=MANDATORY,
        ),
    ),
    key=("BsSgmt.ModRecCode", "BsSgmt.AcctType", "BsSgmt.MdfcSgmtCode", "BsSgmt.RptDate"),
)

SEGMENT_DELETION = TaggedRecord(
    "213",
    "InAcctDel",
    "个人借贷账户按段删除请求记录",
    (
        record_type("213", "deletion of one segment of an account"),
        _TO_DELETE,
        choice("DelSgmtCode", "AN1", "待删除段段标", "mark of the segment", codes.DELETABLE_MARK),
        day("DelStartDate", "待删除起始日期", "first day of what is deleted", OPTIONAL),
        day("DelEndDate", "待删除结束日期", "last day of what is deleted", OPTIONAL),
    ),
    key=("DelRecCode", "DelSgmtCode", "DelStartDate", "DelEndDate"),
)

ACCOUNT_DELETION = TaggedRecord(
    "214",
    "InAcctEntDel",
    "个人借贷账户整笔删除请求记录",
    (record_type("214", "deletion of an account"), _TO_DELETE),
    key=("DelRecCode",),
)

SPECIAL_EVENT = TaggedRecord(
    "215",
    "InSpcEvtDscInf",
    "个人借贷账户特殊事件说明记录",
    (
        record_type("215", "special event of an account"),
        BASE.item("AcctCode"),
        choice("OpetnType", "N2", "事件类型", "kind of event", codes.SPECIAL_EVENT),
        Item("Month", "Month", "发生月份", "month of the event"),
        choice("Flag", "N1", "有效标志", "whether the event holds", codes.EVENT_FLAG),
        REPORTED_ON,
    ),
    key=("AcctCode", "OpetnType", "Month", "Flag", "RptDate"),
)
