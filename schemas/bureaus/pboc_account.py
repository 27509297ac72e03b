"""Record 210 of the PBoC's credit reference centre: a person's loan account (个人借贷账户信息记录).

Sources and how sure they are: see `schemas.bureaus.pboc`. Less sure than the rest: whether the area of application is
mandatory; length of the name of an original creditor; whether the months of a special transaction may be negative.
"""

from __future__ import annotations

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.pboc_items import (
    CONDITIONAL,
    CURRENCY,
    ID_NUMBER,
    ID_TYPE,
    IDENTITY,
    KEY,
    MANAGED_BY,
    MANDATORY,
    NAME,
    OPTIONAL,
    REPORTED_ON,
    amount,
    choice,
    count_of,
    day,
    marks,
    own_code,
    periods,
    record_type,
    report_point,
)
from schemas.bureaus.tagged import CheckedAs, Group, Item, Segment, TaggedRecord

BASE = Segment(
    "AcctBsSgmt",
    "基础段",
    (
        record_type("210", "loan account of a person"),
        choice("AcctType", "AN2", "账户类型", "kind of account", codes.ACCOUNT_TYPE),
        own_code("AcctCode", "账户标识码", "code of the account"),
        REPORTED_ON,
        report_point(codes.REPORT_POINT),
        NAME,
        ID_TYPE,
        ID_NUMBER,
        MANAGED_BY,
    ),
    mark="B",
    presence=MANDATORY,
)

_ALL_BUT_C1 = marks("M M M M M -")
_LOANS = marks("M M M - - -")
_BILLED = marks("M M M M - -")

OPENING = Segment(
    "AcctBsInfSgmt",
    "基本信息段",
    (
        choice("BusiLines", "N1", "借贷业务大类", "line of business", codes.BUSINESS),
        choice("BusiDtlLines", "AN2", "借贷业务种类细分", "kind of business", codes.BUSINESS_DETAIL),
        day("OpenDate", "开户日期", "day of opening"),
        CURRENCY,
        amount("AcctCredLine", "信用额度", "credit line", marks("- M - M M -")),
        amount("LoanAmt", "借款金额", "amount lent", marks("M - M - - M")),
        choice("Flag", "N1", "分次放款标志", "how it was paid out", codes.PAYOUT, marks("M - - - - -")),
        day("DueDate", "到期日期", "day when it falls due", _ALL_BUT_C1),
        choice("RepayMode", "N2", "还款方式", "how it is repaid", codes.REPAY_MODE, _LOANS),
        choice("RepayFreqcy", "N2", "还款频率", "how often it is repaid", codes.REPAY_FREQUENCY, _LOANS),
        periods("RepayPrd", "还款期数", "number of instalments", marks("M - M - - -")),
        Item(
            "ApplyBusiDist",
            "N6",
            "业务申请地行政区划代码",
            "area of application",
            _ALL_BUT_C1,
            checked_as=CheckedAs.AREA,
        ),
        choice("GuarMode", "N1", "担保方式", "how it is secured", codes.GUARANTEE, _ALL_BUT_C1),
        choice("OthRepyGuarWay", "N1", "其他还款保证方式", "other security", codes.OTHER_GUARANTEE, _ALL_BUT_C1),
        choice("AssetTrandFlag", "N1", "资产转让标志", "asset transferred", codes.ASSET_TRANSFER, _ALL_BUT_C1),
        choice("FundSou", "N..2", "业务经营类型", "whose funds they are", codes.FUND_SOURCE, _ALL_BUT_C1),
        choice("LoanForm", "N1", "贷款发放形式", "how the loan came about", codes.LOAN_FORM, _ALL_BUT_C1),
        Item(
            "CreditID",
            "AN4",
            "卡片标识号",
            "last digits of the card",
            marks("- - - M M -"),
            checked_as=CheckedAs.CARD_TAIL,
            sensitivity=IDENTITY,
        ),
        Item(
            "LoanConCode", "ANC..200", "贷款合同编号", "housing loan's contract", marks("C - - - - -"), sensitivity=KEY
        ),
        choice(
            "FirstHouLoanFlag",
            "N2",
            "是否为首套住房贷款",
            "whether it is for a first home",
            codes.FIRST_HOUSE,
            marks("C - - - - -"),
        ),
    ),
    mark="C",
    is_deletable=True,
)

LIABLE_PARTY = Group(
    "RltRepymtInf",
    "相关还款责任人",
    (
        choice("InfoIDType", "N1", "身份类别", "person or organisation", codes.PARTY),
        Item("ArlpName", "ANC..80", "责任人名称", "name of who answers for the loan", sensitivity=IDENTITY),
        choice("ArlpCertType", "AN..2", "责任人身份标识类型", "kind of the party's number", codes.PARTY_ID_TYPE),
        Item(
            "ArlpCertNum",
            "ANC..40",
            "责任人身份标识号码",
            "the party's number",
            checked_as=CheckedAs.PARTY_NUMBER,
            kind_tag="ArlpCertType",
            sensitivity=IDENTITY,
        ),
        choice("ArlpType", "N1", "还款责任人类型", "how the party answers for it", codes.LIABILITY),
        amount("ArlpAmt", "还款责任金额", "amount that the party answers for", CONDITIONAL),
        choice("WartySign", "N1", "联保标志", "whether guarantors are joint", codes.JOINT_GUARANTEE, CONDITIONAL),
        Item(
            "MaxGuarMcc",
            "AN..60",
            "保证合同编号",
            "guarantee contract",
            CONDITIONAL,
            checked_as=CheckedAs.OWN_CODE,
            sensitivity=KEY,
        ),
    ),
)
LIABLE_PARTIES = Segment(
    "RltRepymtInfSgmt",
    "相关还款责任人段",
    (count_of("RltRepymtNm", "责任人个数", LIABLE_PARTY.element), LIABLE_PARTY),
    mark="D",
)

_NOT_C1 = marks("O O O O O -")
_ONLY_C1 = marks("- - - - - O")

COLLATERAL = Segment(
    "MotgaCltalCtrctInfSgmt",
    "抵质押物信息段",
    (
        count_of("CcNm", "抵（质）押合同个数", "CccInf"),
        Group("CccInf", "抵（质）押合同", (own_code("Ccc", "抵（质）押合同标识码", "code of a collateral contract"),)),
    ),
    mark="E",
    presence=_NOT_C1,
)

CREDIT_LIMIT = Segment(
    "AcctCredSgmt",
    "授信额度信息段",
    (own_code("Mcc", "授信协议标识码", "code of the credit agreement"),),
    mark="F",
    presence=_NOT_C1,
)

ORIGINAL_CREDITOR = Segment(
    "OrigCreditorInfSgmt",
    "初始债权说明段",
    (
        Item("InitCredName", "ANC..80", "初始债权人名称", "name of the original creditor"),
        Item("InitCredOrgNm", "AN18", "初始债权人机构代码", "code of the original creditor", OPTIONAL),
        choice("OrigDbtCate", "N1", "原债务种类", "kind of the original debt", codes.ORIGINAL_DEBT),
        choice("InitRpySts", "N1", "债权转移时的还款状态", "repayment status at transfer", codes.TRANSFER_STATUS),
    ),
    mark="G",
    presence=_ONLY_C1,
)

_STATUS = choice("AcctStatus", "N..2", "账户状态", "state of the account", codes.ACCOUNT_STATUS)
_BALANCE = amount("AcctBal", "余额", "balance")
_REMAINING = periods("RemRepPrd", "剩余还款期数", "instalments left", _BILLED)
_CLASS = choice("FiveCate", "N1", "五级分类", "class of risk", codes.FIVE_CLASS, _ALL_BUT_C1)
_CLASS_ON = day("FiveCateAdjDate", "五级分类认定日期", "day when the class was set", _ALL_BUT_C1)
_REPAY_STATUS = choice("RpyStatus", "AN1", "当前还款状态", "state of repayment", codes.REPAY_STATUS, _ALL_BUT_C1)
_OVERDUE_PERIODS = periods("OverdPrd", "当前逾期期数", "instalments overdue", _BILLED)
_OVERDUE = amount("TotOverd", "当前逾期总额", "everything overdue", _BILLED)
_LAST_PAID_ON = day("LatRpyDate", "最近一次实际还款日期", "day of the last payment", _ALL_BUT_C1)
_CLOSED_ON = day("CloseDate", "账户关闭日期", "day when the account was closed", CONDITIONAL)

MONTHLY = Segment(
    "AcctMthlyBlgInfSgmt",
    "月度表现信息段",
    (
        Item("Month", "Month", "月份", "month that is described"),
        day("SettDate", "结算/应还款日", "day of settlement", OPTIONAL),
        _STATUS,
        _BALANCE,
        amount("PridAcctBal", "本期账单余额", "balance of this bill", marks("- - - M - -")),
        amount("UsedAmt", "已使用额度", "limit used", marks("- - - M - -")),
        amount("NotIsuBal", "未出单的大额专项分期余额", "instalment plan not billed yet", marks("- - - M - -")),
        _REMAINING,
        _CLASS,
        _CLASS_ON,
        _REPAY_STATUS,
        Item("RpyPrct", "uInt..3", "实际还款百分比", "share of the bill that was paid", marks("- - - C - -")),
        _OVERDUE_PERIODS,
        _OVERDUE,
        amount("OverdPrinc", "当前逾期本金", "principal overdue", _LOANS),
        amount("Oved31_60Princ", "逾期31-60天未归还本金", "principal 31 to 60 days late", _LOANS),
        amount("Oved61_90Princ", "逾期61-90天未归还本金", "principal 61 to 90 days late", _LOANS),
        amount("Oved91_180Princ", "逾期91-180天未归还本金", "principal 91 to 180 days late", _LOANS),
        amount("OvedPrinc180", "逾期180天以上未归还本金", "principal over 180 days late", _LOANS),
        amount("OvedrawBaOve180", "透支180天以上未还余额", "overdraft over 180 days", marks("- - - - M -")),
        amount("CurRpyAmt", "本月应还款金额", "due this month", _BILLED),
        amount("ActRpyAmt", "本月实际还款金额", "paid this month", _ALL_BUT_C1),
        _LAST_PAID_ON,
        _CLOSED_ON,
    ),
    mark="H",
    presence=_NOT_C1,
    is_deletable=True,
)

INSTALMENT_LIMIT = Segment(
    "SpecPrdSgmt",
    "大额专项分期信息段",
    (
        amount("SpecLine", "大额专项分期额度", "limit of the instalment plan"),
        day("SpecEfctDate", "分期额度生效日期", "first day of the limit"),
        day("SpecEndDate", "分期额度到期日期", "last day of the limit"),
        amount("UsedInstAmt", "已用分期金额", "limit used"),
    ),
    mark="I",
    presence=marks("- - - O - -"),
    is_deletable=True,
)

BETWEEN_MONTHS = Segment(
    "AcctDbtInfSgmt",
    "非月度表现信息段",
    (
        _STATUS,
        _BALANCE,
        _CLASS.present(_BILLED),
        _CLASS_ON.present(_BILLED),
        _REMAINING,
        _REPAY_STATUS.present(_BILLED),
        _OVERDUE_PERIODS,
        _OVERDUE,
        amount("LatRpyAmt", "最近一次实际还款金额", "last payment", marks("M M M M - M")),
        _LAST_PAID_ON.present(marks("M M M M - M")),
        _CLOSED_ON,
    ),
    mark="J",
    presence=marks("O O O O - O"),
    is_deletable=True,
)

SPECIAL = Segment(
    "AcctSpecTrstDspnSgmt",
    "特殊交易说明段",
    (
        count_of("CagOfTrdNm", "交易个数", "CagOfTrdInf"),
        Group(
            "CagOfTrdInf",
            "特殊交易",
            (
                choice("ChanTranType", "N..2", "交易类型", "kind of transaction", codes.SPECIAL_TRANSACTION),
                day("TranDate", "交易日期", "day of the transaction"),
                amount("TranAmt", "交易金额", "amount of the transaction"),
                periods("DueTranMon", "到期日期变更月数", "months by which the due day moved"),
                Item("DetInfo", "ANC..200", "交易明细信息", "details", OPTIONAL, sensitivity=IDENTITY),
            ),
        ),
    ),
    mark="K",
    is_deletable=True,
)

ACCOUNT = TaggedRecord(
    "210",
    "InAcctInf",
    "个人借贷账户信息记录",
    (
        BASE,
        OPENING,
        LIABLE_PARTIES,
        COLLATERAL,
        CREDIT_LIMIT,
        ORIGINAL_CREDITOR,
        MONTHLY,
        INSTALMENT_LIMIT,
        BETWEEN_MONTHS,
        SPECIAL,
    ),
    key=("AcctBsSgmt.AcctCode", "AcctBsSgmt.RptDate"),
)
