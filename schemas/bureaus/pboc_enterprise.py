"""Record 410 of the PBoC's credit reference centre: an enterprise's loan account (企业借贷账户信息记录).

What it shares with 210 is derived from there. Sources and how sure they are: see `schemas.bureaus.pboc`. Names, order
and presence are certain; the lengths of the items that 210 does not have, and codes of its own, are not public.
"""

from __future__ import annotations

from dataclasses import replace

from schemas.bureaus import pboc_account as account
from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.pboc_items import (
    CONDITIONAL,
    ID_NUMBER,
    ID_TYPE,
    MANDATORY,
    NAME,
    amount,
    choice,
    day,
    marks,
    periods,
    record_type,
    report_point,
)
from schemas.bureaus.tagged import CheckedAs, Item, Presence, Segment, TaggedRecord

ENTERPRISE_ACCOUNT_TYPES = ("D1", "D2", "R1", "R4", "C1")


def _marks(text: str) -> dict[str, Presence]:
    return dict(marks(text, ENTERPRISE_ACCOUNT_TYPES))


_ALL_BUT_C1 = _marks("M M M M -")
_WHILE_OPEN_BUT_C1 = _marks("C C C C -")
_NOT_C1 = _marks("O O O O -")
_NEITHER_D2_NOR_C1 = _marks("M - M M -")


def _shared(tag: str, presence: dict[str, Presence] | Presence) -> Item:
    """An item of the opening segment of 210; its code table is another one here, and not public."""
    return replace(account.OPENING.item(tag), presence=presence, codes={})


_BASE = account.BASE.with_items(
    record_type("410", "loan account of an enterprise"),
    replace(account.BASE.item("AcctType"), codes=codes.ENTERPRISE_ACCOUNT_TYPE),
    report_point(codes.ENTERPRISE_POINT),
    replace(NAME, form="ANC..80", description="name of the enterprise"),
    replace(ID_TYPE, codes=codes.ORGANISATION_ID_TYPE),
    replace(ID_NUMBER, form="ANC..40", checked_as=CheckedAs.ORGANISATION_NUMBER),
)

_OPENING = replace(
    account.OPENING,
    contents=(
        replace(_shared("BusiLines", MANDATORY), form="N2"),
        _shared("BusiDtlLines", MANDATORY),
        _shared("OpenDate", MANDATORY),
        _shared("Cy", MANDATORY),
        _shared("AcctCredLine", _marks("- - M - -")),
        _shared("LoanAmt", _marks("M M - M M")),
        _shared("Flag", _marks("M - - - -")),
        _shared("DueDate", _ALL_BUT_C1),
        _shared("RepayMode", _NEITHER_D2_NOR_C1),
        _shared("RepayFreqcy", _NEITHER_D2_NOR_C1),
        _shared("ApplyBusiDist", _ALL_BUT_C1),
        _shared("GuarMode", _ALL_BUT_C1),
        _shared("OthRepyGuarWay", _ALL_BUT_C1),
        Item("LoanTimeLimCat", "AN..4", "借款期限分类", "class of the term", _marks("M - - M -")),
        Item("LoaFrm", "AN..4", "贷款发放形式", "how the loan came about", _ALL_BUT_C1),
        Item("ActInvest", "AN..6", "贷款实际投向", "industry that the loan is for", _NEITHER_D2_NOR_C1),
        _shared("FundSou", _ALL_BUT_C1),
        _shared("AssetTrandFlag", _NEITHER_D2_NOR_C1),
    ),
)

_LIABLE_PARTY = replace(
    account.LIABLE_PARTY,
    items=tuple(
        replace(each, tag="ArlpIDType") if each.tag == "InfoIDType" else each for each in account.LIABLE_PARTY.items
    ),
)
_LIABLE_PARTIES = replace(account.LIABLE_PARTIES, contents=(*account.LIABLE_PARTIES.items, _LIABLE_PARTY))

_ORIGINAL_CREDITOR = replace(
    account.ORIGINAL_CREDITOR,
    contents=tuple(
        replace(each, tag="InitCedOrgCode") if each.tag == "InitCredOrgNm" else each
        for each in account.ORIGINAL_CREDITOR.items
    ),
    presence=_marks("- - - - O"),
)

_LIABILITY = Segment(
    "ActLbltyInfSgmt",
    "还款表现信息段",
    (
        choice("AcctStatus", "N2", "账户状态", "state of the account", codes.ENTERPRISE_STATUS),
        account.MONTHLY.item("AcctBal"),
        day("BalChgDate", "余额变化日期", "day when the balance changed"),
        account.MONTHLY.item("FiveCate").present(MANDATORY),
        account.MONTHLY.item("FiveCateAdjDate").present(MANDATORY),
        periods("PymtPrd", "剩余还款月数", "months of repayment left", _marks("- - M - -")),
        account.MONTHLY.item("TotOverd").present(_ALL_BUT_C1),
        account.MONTHLY.item("OverdPrinc").present(_ALL_BUT_C1),
        Item("OverdDy", "uInt..5", "当前逾期天数", "days overdue", _ALL_BUT_C1),
        account.MONTHLY.item("LatRpyDate").present(MANDATORY),
        account.BETWEEN_MONTHS.item("LatRpyAmt").present(MANDATORY),
        amount("LatRpyPrincAmt", "最近一次实际归还本金", "principal of the last payment"),
        Item("RpmtType", "AN..2", "还款形式", "how it was repaid"),
        day("LatAgrrRpyDate", "最近一次约定还款日", "last agreed day of payment", _ALL_BUT_C1),
        amount("LatAgrrRpyAmt", "最近一次约定还款金额", "last agreed payment", _ALL_BUT_C1),
        day("NxtAgrrRpyDate", "下一次约定还款日期", "next agreed day of payment", _WHILE_OPEN_BUT_C1),
        day("CloseDate", "账户关闭日期", "day when the account was closed", CONDITIONAL),
    ),
    mark="H",
)

_ENTERPRISE_CONTENTS = (
    _BASE,
    _OPENING,
    _LIABLE_PARTIES,
    replace(account.COLLATERAL, presence=_NOT_C1),
    replace(account.CREDIT_LIMIT, presence=_NOT_C1),
    _ORIGINAL_CREDITOR,
    _LIABILITY,
    replace(account.SPECIAL, mark="I"),
)

ENTERPRISE_ACCOUNT = TaggedRecord(
    "410",
    account.ACCOUNT.element.replace("In", "En", 1),
    "企业借贷账户信息记录",
    tuple(replace(each, is_deletable=False) for each in _ENTERPRISE_CONTENTS),
    key=account.ACCOUNT.key,
)
