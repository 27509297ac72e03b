"""Made-up records for the PBoC's credit reference centre on which no check fires.

A record is a flat mapping: `segment.tag` (or `tag`) to text, and path of a group to its rows. What is not in it does
not stand in the record. Which tags a type of account has is written down here by hand, from the guide's tables.
"""

from datetime import datetime
from functools import reduce

PROVIDER = "X6101010000246"
CODE = f"{PROVIDER}LN0000000001"
FILE_AT = datetime.fromisoformat("2024-03-01T02:03:04")
DAY = "2024-02-29"
PERSON = "11010519491231002X"
GUARANTOR = "110101199003071233"
COMPANY = "91110000600037341L"
REGISTERED = (PROVIDER, "X6101010000999")

PARTY = {
    "InfoIDType": "1",
    "ArlpName": "测试乙",
    "ArlpCertType": "10",
    "ArlpCertNum": GUARANTOR,
    "ArlpType": "2",
    "ArlpAmt": "100000",
    "WartySign": "0",
    "MaxGuarMcc": f"{PROVIDER}GU0000000001",
}
BORROWER = {**PARTY, "ArlpType": "1", "ArlpAmt": "", "WartySign": "", "MaxGuarMcc": ""}
TRANSACTION = {
    "ChanTranType": "5",
    "TranDate": "2024-02-20",
    "TranAmt": "1000",
    "DueTranMon": "0",
    "DetInfo": "",
}


def segment(element, tags):
    return {f"{element}.{tag}": value for tag, value in tags.items()}


def base(kind, point, type_="210"):
    tags = {"InfRecType": type_, "AcctType": kind, "AcctCode": CODE, "RptDate": DAY, "RptDateCode": point}
    tags |= {"Name": "测试甲", "IDType": "10", "IDNum": PERSON, "MngmtOrgCode": PROVIDER}
    return segment("AcctBsSgmt", tags)


BUSINESS = {"C1": ("5", "A1"), "R2": ("2", "81"), "R3": ("2", "71")}
TERMS = {"DueDate": "2025-02-10", "ApplyBusiDist": "110105", "GuarMode": "4", "OthRepyGuarWay": "0"}
TERMS |= {"AssetTrandFlag": "0", "FundSou": "1", "LoanForm": "1"}
REPAID = {"RepayMode": "11", "RepayFreqcy": "03"}
OPENING_OF = {
    "D1": {"LoanAmt": "120000", "Flag": "0", **TERMS, **REPAID, "RepayPrd": "12"},
    "R1": {"AcctCredLine": "120000", **TERMS, **REPAID, "RepayMode": "31"},
    "R4": {"LoanAmt": "120000", **TERMS, **REPAID, "RepayPrd": "12"},
    "R2": {"AcctCredLine": "30000", **TERMS, "CreditID": "1234"},
    "R3": {"AcctCredLine": "30000", **TERMS, "CreditID": "NULL"},
    "C1": {"LoanAmt": "120000"},
}


def opening(kind):
    line, detail = BUSINESS.get(kind, ("1", "91"))
    tags = {"BusiLines": line, "BusiDtlLines": detail, "OpenDate": "2024-02-10", "Cy": "CNY", **OPENING_OF[kind]}
    return segment("AcctBsInfSgmt", tags)


OVERDUE = {"OverdPrd": "0", "TotOverd": "0"}
PRINCIPAL = {
    **{"OverdPrinc": "0", "Oved31_60Princ": "0", "Oved61_90Princ": "0", "Oved91_180Princ": "0"},
    "OvedPrinc180": "0",
}
MONTHLY_OF = {
    **{kind: {"RemRepPrd": "11", **OVERDUE, **PRINCIPAL, "CurRpyAmt": "10000"} for kind in ("D1", "R1", "R4")},
    "R2": {"PridAcctBal": "80000", "UsedAmt": "80000", "NotIsuBal": "0", "RemRepPrd": "0", "RpyPrct": "100"}
    | {**OVERDUE, "CurRpyAmt": "8000"},
    "R3": {"OvedrawBaOve180": "0"},
}
CLOSING = {"D1": "3", "R1": "3", "R4": "3", "R2": "4", "R3": "4"}


def monthly(kind, is_closed=False):
    tags = {"Month": "2024-02", "SettDate": "2024-02-25", "AcctStatus": "1", "AcctBal": "80000", "FiveCate": "1"}
    tags |= {"FiveCateAdjDate": "2024-02-28", "RpyStatus": "N", "ActRpyAmt": "10000", "LatRpyDate": "2024-02-25"}
    tags |= {"CloseDate": "", **MONTHLY_OF[kind]}
    if is_closed:
        tags |= {"AcctStatus": CLOSING[kind], "AcctBal": "0", "RpyStatus": "C", "CloseDate": DAY}
    return segment("AcctMthlyBlgInfSgmt", tags)


def between(kind, is_closed=False):
    tags = {"AcctStatus": "1", "AcctBal": "80000", "LatRpyAmt": "10000", "LatRpyDate": DAY, "CloseDate": ""}
    if kind != "C1":
        tags |= {"FiveCate": "1", "FiveCateAdjDate": "2024-02-28", "RemRepPrd": "11", "RpyStatus": "N", **OVERDUE}
    if is_closed:
        tags |= {"AcctStatus": "2", "AcctBal": "0", "CloseDate": DAY}
    return segment("AcctDbtInfSgmt", tags)


LIMIT = segment("AcctCredSgmt", {"Mcc": f"{PROVIDER}AG0000000001"})
CREDITOR = segment(
    "OrigCreditorInfSgmt",
    {"InitCredName": "某某公司", "InitCredOrgNm": "", "OrigDbtCate": "1", "InitRpySts": "3"},
)
PARTIES = {"RltRepymtInfSgmt.RltRepymtNm": "1", "RltRepymtInfSgmt.RltRepymtInf": [PARTY]}
COLLATERAL = {
    "MotgaCltalCtrctInfSgmt.CcNm": "1",
    "MotgaCltalCtrctInfSgmt.CccInf": [{"Ccc": f"{PROVIDER}CC0000000001"}],
}
SPECIAL = {"AcctSpecTrstDspnSgmt.CagOfTrdNm": "1", "AcctSpecTrstDspnSgmt.CagOfTrdInf": [TRANSACTION]}
PLAN = segment(
    "SpecPrdSgmt",
    {"SpecLine": "50000", "SpecEfctDate": "2024-02-12", "SpecEndDate": "2025-02-12", "UsedInstAmt": "0"},
)
POINTS = {
    **dict.fromkeys(("D1", "R1", "R4", "R2"), ("10", "20", "30", "31", "32", "40")),
    "R3": ("10", "20", "30", "31", "32"),
    "C1": ("10", "20", "40"),
}


def account(kind, point):
    """A record with what it must have at the point, and nothing else."""
    record = base(kind, point)
    if point in {"10", "31"}:
        record |= opening(kind)
        record |= LIMIT if kind not in {"D1", "C1"} else {}
        record |= CREDITOR if kind == "C1" else {}
    is_closed = point in {"20", "32"}
    return record | (between(kind, is_closed) if kind == "C1" or point == "40" else monthly(kind, is_closed))


def full(kind):
    """A record of an account that is first reported, with all it may have."""
    record = account(kind, "31") | PARTIES | COLLATERAL | SPECIAL
    return record | PLAN if kind == "R2" else record


LATE = account("D1", "30") | segment(
    "AcctMthlyBlgInfSgmt",
    {"AcctStatus": "2", "RpyStatus": "2", "OverdPrd": "2", "TotOverd": "8200", "OverdPrinc": "7800", "FiveCate": "2"}
    | {"Oved31_60Princ": "3900", "ActRpyAmt": "0"},
)
SAMPLE = {
    **segment(
        "AcctBsSgmt",
        {"InfRecType": "210", "AcctType": "D1", "AcctCode": CODE, "RptDate": "2024-02-29", "RptDateCode": "30"}
        | {"Name": "测试甲", "IDType": "10", "IDNum": PERSON, "MngmtOrgCode": PROVIDER},
    ),
    **segment(
        "AcctMthlyBlgInfSgmt",
        {"Month": "2024-02", "SettDate": "2024-02-25", "AcctStatus": "2", "AcctBal": "80000", "RemRepPrd": "10"}
        | {"FiveCate": "2", "FiveCateAdjDate": "2024-02-29", "RpyStatus": "2", "OverdPrd": "2", "TotOverd": "8200"}
        | {"OverdPrinc": "7800", "Oved31_60Princ": "3900", "Oved61_90Princ": "0", "Oved91_180Princ": "0"}
        | {"OvedPrinc180": "0", "CurRpyAmt": "4100", "ActRpyAmt": "0", "LatRpyDate": "2023-12-25", "CloseDate": ""},
    ),
}
"""A month of a loan that is two instalments late, in the form of vendors' public samples; the person is made up."""

CARD_IDLE = account("R2", "30") | segment(
    "AcctMthlyBlgInfSgmt",
    {"AcctStatus": "6", "RpyStatus": "*", "AcctBal": "0", "PridAcctBal": "0", "CurRpyAmt": "0", "RpyPrct": ""},
)
COLLECTION_ENDED = account("C1", "20")

# Requests.

CHANGED_CODE = {"InfRecType": "211", "OdBnesCode": CODE, "NwBnesCode": f"{PROVIDER}LN0000000002"}


def correction(kind, mark, *contents):
    head = {"InfRecType": "212", "ModRecCode": CODE, "RptDate": DAY, "AcctType": kind, "MdfcSgmtCode": mark}
    return segment("BsSgmt", head) | {"MdfcSgmt": True} | reduce(dict.__or__, contents, {})


CORRECTED_BASE = segment("AcctBsSgmt", {"Name": "测试甲", "IDType": "10", "IDNum": PERSON, "MngmtOrgCode": PROVIDER})
DELETED_SEGMENT = {
    **{"InfRecType": "213", "DelRecCode": CODE, "DelSgmtCode": "H"},
    **{"DelStartDate": "2024-01-01", "DelEndDate": "2024-01-31"},
}
DELETED = {"InfRecType": "214", "DelRecCode": CODE}


def event(kind, month="2024-02", day=DAY, flag="1"):
    return {"InfRecType": "215", "AcctCode": CODE, "OpetnType": kind, "Month": month, "Flag": flag, "RptDate": day}


# Persons, agreements, enterprises.

PERSON_BASE = segment(
    "BsSgmt",
    {"InfRecType": "110", "Name": "测试甲", "IDType": "10", "IDNum": PERSON, "InfSurcCode": f"{PROVIDER}000001"}
    | {"RptDate": DAY, "RptDateCode": "10", "Cimoc": PROVIDER, "CustomerType": "11"},
)
OTHER_IDENTITY = {
    "IDSgmt.IDNm": "1",
    "IDSgmt.IDInfoUpDate": "2024-02-01",
    "IDSgmt.IDRec": [{"Alias": "测试甲", "OthIDType": "2", "OthIDNum": "CHNE12345678"}],
}
EMPLOYER = {
    **{"CpnName": "某某公司", "CpnType": "20", "Industry": "C", "CpnAddr": "", "CpnPc": "", "CpnDist": ""},
    **{"CpnTEL": "", "Occupation": "1", "Title": "3", "TechTitle": "0", "WorkStartDate": "2015"},
}
SPOUSE = {"SpoName": "测试丙", "SpoIDType": "10", "SpoIDNum": GUARANTOR, "SpoTel": "", "SpsCmpyNm": ""}
PERSON_RECORD = {
    **PERSON_BASE,
    **OTHER_IDENTITY,
    **segment(
        "FcsInfSgmt",
        {"Sex": "1", "DOB": "1949-12-31", "Nation": "CHN", "HouseAdd": "", "HhDist": "", "CellPhone": "13800138000"}
        | {"Email": "", "FcsInfoUpDate": "2024-02-01"},
    ),
    **segment("SpsInfSgmt", {"MariStatus": "20", **SPOUSE, "SpsInfoUpDate": "2024-02-01"}),
    **segment("EduInfSgmt", {"EduLevel": "30", "AcaDegree": "5", "EduInfoUpDate": "2024-02-01"}),
    **segment("OctpnInfSgmt", {"EmpStatus": "11", **EMPLOYER, "OctpnInfoUpDate": "2024-02-01"}),
    **segment(
        "RedncInfSgmt",
        {"ResiStatus": "1", "ResiAddr": "", "ResiPc": "", "ResiDist": "", "HomeTel": ""}
        | {"ResiInfoUpDate": "2024-02-01"},
    ),
    **segment(
        "MlgInfSgmt",
        {"MailAddr": "某路 1 号", "MailPc": "100000", "MailDist": "110105", "MlgInfoUpDate": "2024-02-01"},
    ),
    **segment("IncInfSgmt", {"AnnlInc": "100000", "TaxIncome": "90000", "IncInfoUpDate": "2024-02-01"}),
}
SINGLE = {
    column: value
    for column, value in PERSON_RECORD.items()
    if not any(column.endswith(f".{tag}") for tag in (*EMPLOYER, *SPOUSE))
} | {"SpsInfSgmt.MariStatus": "10", "OctpnInfSgmt.EmpStatus": "70"}
"""Without work and without a spouse, so without their tags."""
FAMILY = {
    **{"InfRecType": "120", "Name": "测试甲", "IDType": "10", "IDNum": PERSON, "FamMemName": "测试乙"},
    **{"FamMemCertType": "10", "FamMemCertNum": GUARANTOR, "FamRel": "1", "FamRelaAssFlag": "1"},
    **{"InfSurcCode": f"{PROVIDER}000001", "RptDate": DAY},
}
HOLDER = {"BrerType": "1", "CertRelName": "测试乙", "CertRelIDType": "10", "CertRelIDNum": GUARANTOR}
AGREEMENT = {
    **segment(
        "CtrctBsSgmt",
        {"InfRecType": "220", "ContractCode": f"{PROVIDER}AG0000000001", "RptDate": DAY, "RptDateCode": "10"}
        | {"Name": "测试甲", "IDType": "10", "IDNum": PERSON, "MngmtOrgCode": PROVIDER},
    ),
    "CtrctCertRelSgmt.BrerNm": "1",
    "CtrctCertRelSgmt.CtrctCertRel": [HOLDER],
    **segment(
        "CreditLimSgmt",
        {"CreditLimType": "10", "LimLoopFlg": "1", "CreditLim": "100000", "Cy": "CNY", "ConEffDate": "2024-02-01"}
        | {"ConExpDate": "2025-02-01", "ConStatus": "1", "CreditRest": "200000"}
        | {"CreditRestCode": f"{PROVIDER}RE0000000001"},
    ),
}
ENTERPRISE_TERMS = {"DueDate": "2025-02-10", "ApplyBusiDist": "110105", "GuarMode": "4", "OthRepyGuarWay": "0"}
ENTERPRISE_TERMS |= {"LoaFrm": "1", "FundSou": "1"}
ENTERPRISE_OPENING = {
    "D1": {"LoanAmt": "120000", "Flag": "0", **ENTERPRISE_TERMS, "RepayMode": "11", "RepayFreqcy": "10"}
    | {"LoanTimeLimCat": "1", "ActInvest": "C", "AssetTrandFlag": "0"},
    "D2": {"LoanAmt": "120000", **ENTERPRISE_TERMS},
    "R1": {"AcctCredLine": "120000", **ENTERPRISE_TERMS, "RepayMode": "31", "RepayFreqcy": "10"}
    | {"ActInvest": "C", "AssetTrandFlag": "0"},
    "R4": {"LoanAmt": "120000", **ENTERPRISE_TERMS, "RepayMode": "11", "RepayFreqcy": "10"}
    | {"LoanTimeLimCat": "1", "ActInvest": "C", "AssetTrandFlag": "0"},
    "C1": {"LoanAmt": "120000"},
}
ENTERPRISE_POINTS = {
    "D1": ("10", "20", "32", "33", "41", "42", "49"),
    "D2": ("10", "20", "32", "33", "41", "49"),
    "R1": ("10", "20", "49"),
    "R4": ("10", "20", "32", "33", "41", "42", "49"),
    "C1": ("10", "20", "33", "41", "49"),
}


def liability(kind, is_closed):
    tags = {"AcctStatus": "10", "AcctBal": "80000", "BalChgDate": "2024-02-20", "FiveCate": "1"}
    tags |= {"FiveCateAdjDate": "2024-02-20", "LatRpyDate": "2024-02-20", "LatRpyAmt": "10000"}
    tags |= {"LatRpyPrincAmt": "9000", "RpmtType": "10", "CloseDate": ""}
    if kind != "C1":
        tags |= {"TotOverd": "0", "OverdPrinc": "0", "OverdDy": "0", "LatAgrrRpyDate": "2024-02-20"}
        tags |= {"LatAgrrRpyAmt": "10000", "NxtAgrrRpyDate": "2024-03-20"}
    if kind == "R1":
        tags |= {"PymtPrd": "11"}
    if is_closed:
        tags |= {"AcctStatus": "21", "AcctBal": "0", "CloseDate": DAY}
        tags |= {"NxtAgrrRpyDate": ""} if kind != "C1" else {}
    return segment("ActLbltyInfSgmt", tags)


def enterprise(kind, point):
    record = base(kind, point, "410") | segment("AcctBsSgmt", {"Name": "某某公司", "IDType": "20", "IDNum": COMPANY})
    if point == "10":
        line = "51" if kind == "C1" else "11"
        tags = {"BusiLines": line, "BusiDtlLines": "11", "OpenDate": "2024-02-10", "Cy": "CNY"}
        record |= segment("AcctBsInfSgmt", tags | ENTERPRISE_OPENING[kind])
        record |= LIMIT if kind in {"R1", "R4"} else {}
    record |= SPECIAL if point == "42" else {}
    return record | liability(kind, point == "20")


ENTERPRISE_PARTY = {("ArlpIDType" if tag == "InfoIDType" else tag): value for tag, value in PARTY.items()}
ENTERPRISE_PARTIES = {"RltRepymtInfSgmt.RltRepymtNm": "1", "RltRepymtInfSgmt.RltRepymtInf": [ENTERPRISE_PARTY]}
ENTERPRISE_CREDITOR = {column.replace("InitCredOrgNm", "InitCedOrgCode"): value for column, value in CREDITOR.items()}
ENTERPRISE_LOAN = enterprise("D1", "10")


def without(record, *elements):
    """The record without these segments, or without single tags."""
    return {
        column: value
        for column, value in record.items()
        if column not in elements and column.partition(".")[0] not in elements
    }


def changed(record, changes):
    """The record with other values; None takes a tag away."""
    kept = {column: value for column, value in record.items() if changes.get(column, value) is not None}
    return kept | {column: value for column, value in changes.items() if value is not None}


def on_day(record, day, month=None):
    """The record of another day of report: all its days but that of opening and due are that day."""
    days = ("RptDate", "SettDate", "FiveCateAdjDate", "LatRpyDate")
    moved = {column: day for column in record if column.rpartition(".")[2] in days}
    moved |= {column: day for column, value in record.items() if column.endswith(".CloseDate") and value}
    moved |= {column: month or day[:7] for column in record if column.rpartition(".")[2] == "Month"}
    return record | moved
