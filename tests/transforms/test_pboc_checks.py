"""Checks on the accounts of persons (210): a good record changed once has the finding, and no other."""

import pytest

from tests.transforms.pboc_cases import ENGINES, Cases, findings
from tests.transforms.pboc_records import (
    BORROWER,
    CARD_IDLE,
    CODE,
    COLLATERAL,
    COLLECTION_ENDED,
    LATE,
    LIMIT,
    PARTIES,
    PARTY,
    PERSON,
    PLAN,
    POINTS,
    PROVIDER,
    SAMPLE,
    SPECIAL,
    TRANSACTION,
    account,
    full,
    without,
)

B, C, D, H, J = "AcctBsSgmt", "AcctBsInfSgmt", "RltRepymtInfSgmt", "AcctMthlyBlgInfSgmt", "AcctDbtInfSgmt"
MONTH, NEW, CARD = account("D1", "30"), account("D1", "10"), account("R2", "30")
FIRST, CLOSED = account("D1", "31"), account("D1", "20")
QUASI, BETWEEN = account("R3", "30"), account("D1", "40")
COLLECTION = account("C1", "40")
PARTY_PATH = f"{D}.RltRepymtInf"
TRANSACTION_PATH = "AcctSpecTrstDspnSgmt.CagOfTrdInf"
OTHER = "X9999999999999LN0001"


def hit(record, changes, *fields, others=(), type_="210"):
    return type_, record, changes, fields, others


def h(tag, value):
    return {f"{H}.{tag}": value}


def j(tag, value):
    return {f"{J}.{tag}": value}


def c(tag, value):
    return {f"{C}.{tag}": value}


def b(tag, value):
    return {f"{B}.{tag}": value}


def party(**changes):
    return {f"{D}.RltRepymtNm": "1", PARTY_PATH: [{**PARTY, **changes}]}


def transaction(**changes):
    return {TRANSACTION_PATH: [{**TRANSACTION, **changes}]}


SPECIAL_MONTH = MONTH | SPECIAL
SPECIAL_FIRST = FIRST | SPECIAL
GUARANTEED = MONTH | PARTIES
NEVER = "2024-02-30"

GENERAL = {
    "ABD000": [
        hit(MONTH, h("AcctStatus", None), "AcctStatus"),
        hit(MONTH, h("SettDate", None), "SettDate"),
        hit(MONTH, h("CloseDate", None), "CloseDate"),
        hit(MONTH, b("RptDateCode", None), "RptDateCode"),
        hit(FIRST, c("Cy", None), "Cy"),
        hit(MONTH | COLLATERAL, {"MotgaCltalCtrctInfSgmt.CcNm": None}, "CcNm"),
        hit(MONTH | PARTIES, {PARTY_PATH: [{**PARTY, "ArlpName": None}]}, "ArlpName"),
        hit(SPECIAL_MONTH, transaction(DetInfo=None), "DetInfo"),
        hit(COLLECTION, j("CloseDate", None), "CloseDate"),
    ],
    "ABD001": [
        hit(without(MONTH, H), {H: True}, H, others=[("BLR006", H)]),
        hit(MONTH, {"AcctCredSgmt": True}, "AcctCredSgmt"),
    ],
    "ABE000": [
        hit(MONTH, h("AcctStatus", ""), "AcctStatus"),
        hit(MONTH, h("RemRepPrd", "  "), "RemRepPrd"),
        hit(MONTH, b("Name", "　"), "Name"),
        hit(FIRST, c("Flag", ""), "Flag"),
        hit(CARD, h("UsedAmt", ""), "UsedAmt"),
        hit(MONTH | LIMIT, {"AcctCredSgmt.Mcc": ""}, "Mcc"),
        hit(GUARANTEED, party(ArlpName=""), "ArlpName"),
    ],
    "ABE001": [
        hit(MONTH, h("AcctBal", "080"), "AcctBal"),
        hit(MONTH, h("AcctBal", "-1"), "AcctBal"),
        hit(MONTH, h("AcctBal", "1.00"), "AcctBal"),
        hit(MONTH, h("AcctBal", "1" * 16), "AcctBal"),
        hit(MONTH, h("RemRepPrd", "1000"), "RemRepPrd"),
        hit(MONTH, h("AcctStatus", "99"), "AcctStatus"),
        hit(MONTH, h("AcctStatus", "31"), "AcctStatus"),
        hit(MONTH, h("RpyStatus", "A"), "RpyStatus"),
        hit(CARD, h("RpyStatus", "M"), "RpyStatus"),
        hit(MONTH, h("FiveCate", "6"), "FiveCate"),
        hit(MONTH, h("FiveCateAdjDate", "20240228"), "FiveCateAdjDate"),
        hit(MONTH, h("Month", "202402"), "Month"),
        hit(MONTH, b("AcctType", "D9"), "AcctType"),
        hit(MONTH, b("AcctCode", f"{PROVIDER}-1"), "AcctCode"),
        hit(MONTH, b("Name", "测" * 31), "Name"),
        hit(MONTH, b("MngmtOrgCode", "X1"), "MngmtOrgCode", others=[("ABE003", "MngmtOrgCode")]),
        hit(FIRST, c("Cy", "cny"), "Cy"),
        hit(FIRST, c("ApplyBusiDist", "11010"), "ApplyBusiDist"),
        hit(account("R2", "31"), c("CreditID", "12345"), "CreditID"),
        hit(SPECIAL_MONTH, transaction(ChanTranType="99"), "ChanTranType"),
        hit(account("R1", "30") | SPECIAL, transaction(ChanTranType="4"), "ChanTranType"),
    ],
    "ABE002": [
        hit(MONTH, b("AcctCode", OTHER), "AcctCode"),
        hit(MONTH | LIMIT, {"AcctCredSgmt.Mcc": OTHER}, "Mcc"),
        hit(MONTH | COLLATERAL, {"MotgaCltalCtrctInfSgmt.CccInf": [{"Ccc": OTHER}]}, "Ccc"),
        hit(GUARANTEED, party(MaxGuarMcc=OTHER), "MaxGuarMcc"),
    ],
    "ABE003": [hit(MONTH, b("MngmtOrgCode", "X6101010000777"), "MngmtOrgCode")],
    "ABE004": [
        hit(MONTH, b("IDNum", "110105194912310021"), "IDNum"),
        hit(MONTH, b("IDNum", "110105491231002"), "IDNum"),
        hit(MONTH, {f"{B}.IDType": "2", f"{B}.IDNum": "E12345678"}, "IDNum"),
        hit(MONTH, {f"{B}.IDType": "2", f"{B}.IDNum": "CHNE123456789"}, "IDNum"),
        hit(MONTH, {f"{B}.IDType": "5", f"{B}.IDNum": "H1234567"}, "IDNum"),
        hit(MONTH, {f"{B}.IDType": "6", f"{B}.IDNum": "1234567890(A)"}, "IDNum"),
        hit(GUARANTEED, party(ArlpCertNum="110101199003071234"), "ArlpCertNum"),
        hit(GUARANTEED, party(InfoIDType="2", ArlpCertNum="1101000000012349"), "ArlpCertNum"),
        hit(GUARANTEED, party(InfoIDType="2", ArlpCertType="20", ArlpCertNum="91110000600037341M"), "ArlpCertNum"),
        hit(GUARANTEED, party(InfoIDType="2", ArlpCertType="30", ArlpCertNum="600037342"), "ArlpCertNum"),
    ],
    "ABE007": [
        hit(FIRST, c("OpenDate", "2024-03-01"), "OpenDate", others=[("BLE005", "OpenDate")]),
        hit(MONTH, h("FiveCateAdjDate", "2024-03-01"), "FiveCateAdjDate"),
        hit(MONTH, h("LatRpyDate", "2024-03-01"), "LatRpyDate"),
        hit(CLOSED, h("CloseDate", "2024-03-01"), "CloseDate"),
        hit(CARD | PLAN, {"SpecPrdSgmt.SpecEfctDate": "2024-03-01"}, "SpecEfctDate"),
        hit(SPECIAL_MONTH, transaction(TranDate="2024-03-01"), "TranDate"),
        hit(MONTH, {**h("SettDate", "2024-03-01"), **h("Month", "2024-03")}, "SettDate"),
    ],
    "ABE008": [
        hit(MONTH, h("FiveCateAdjDate", NEVER), "FiveCateAdjDate"),
        hit(MONTH, h("SettDate", "1900-02-25"), "SettDate"),
        hit(MONTH, h("Month", "2024-13"), "Month"),
        hit(MONTH, b("RptDate", "2100-01-01"), "RptDate"),
        hit(SPECIAL_MONTH, transaction(TranDate="2023-02-29"), "TranDate"),
    ],
    "ABE010": [
        hit(GUARANTEED, {f"{D}.RltRepymtNm": "2"}, "RltRepymtNm"),
        hit(MONTH | COLLATERAL, {"MotgaCltalCtrctInfSgmt.CcNm": "0"}, "CcNm"),
        hit(SPECIAL_MONTH, {"AcctSpecTrstDspnSgmt.CagOfTrdNm": "2"}, "CagOfTrdNm"),
        hit(MONTH, {f"{D}.RltRepymtNm": "1"}, "RltRepymtNm"),
    ],
    "ABE011": [
        hit(GUARANTEED, {f"{D}.RltRepymtNm": "2", PARTY_PATH: [PARTY, PARTY]}, "RltRepymtNm"),
        hit(
            MONTH | COLLATERAL,
            {"MotgaCltalCtrctInfSgmt.CcNm": "2", "MotgaCltalCtrctInfSgmt.CccInf": [{"Ccc": CODE}] * 2},
            "CcNm",
        ),
    ],
    "ABR000": [hit(MONTH, b("InfRecType", "220"), "0000")],
    "ABR001": [hit(MONTH, b("RptDate", "2024-03-02"), "RptDate")],
    "BLD000": [
        hit(FIRST, c("LoanAmt", None), "LoanAmt"),
        hit(FIRST, c("AcctCredLine", "1"), "AcctCredLine"),
        hit(MONTH, h("TotOverd", None), "TotOverd"),
        hit(MONTH, h("PridAcctBal", "0"), "PridAcctBal"),
        hit(MONTH, h("RpyPrct", ""), "RpyPrct"),
        hit(CARD, h("RpyPrct", None), "RpyPrct"),
        hit(CARD, h("OverdPrinc", "0"), "OverdPrinc"),
        hit(QUASI, h("TotOverd", "0"), "TotOverd"),
        hit(COLLECTION, j("RpyStatus", "N"), "RpyStatus"),
        hit(account("C1", "10"), c("DueDate", "2025-01-01"), "DueDate"),
        hit(account("R1", "31"), c("LoanConCode", "1"), "LoanConCode"),
    ],
}

TERMS = {
    "BLE009": [hit(FIRST, c("DueDate", "2024-02-09"), "0000")],
    "BLE028": [hit(FIRST, {**c("RepayMode", "90"), **c("RepayFreqcy", "04")}, "RepayFreqcy")],
    "BLE029": [
        hit(FIRST, c("RepayMode", "31"), "RepayMode"),
        hit(account("R4", "31"), c("RepayMode", "90"), "RepayMode"),
        hit(account("R1", "31"), c("RepayMode", "11"), "RepayMode"),
    ],
    "BLE031": [
        hit(account("R2", "31"), c("CreditID", "12AB"), "CreditID"),
        hit(account("R3", "31"), c("CreditID", "MULI"), "CreditID"),
    ],
    "BLE035": [
        hit(account("R2", "31"), {**c("BusiLines", "1"), **c("BusiDtlLines", "91")}, "BusiLines"),
        hit(account("C1", "10"), {**c("BusiLines", "1"), **c("BusiDtlLines", "91")}, "BusiLines"),
    ],
    "BLE036": [hit(FIRST, c("BusiDtlLines", "92"), "0000"), hit(account("C1", "10"), c("BusiDtlLines", "B1"), "0000")],
    "BLE038": [hit(FIRST, c("RepayMode", "21"), "RepayPrd")],
    "BLE050": [
        hit(FIRST, c("BusiDtlLines", "11"), "0000"),
        hit(FIRST, {**c("BusiDtlLines", "11"), **c("LoanConCode", "A1")}, "0000"),
        hit(FIRST, {**c("LoanConCode", "A1"), **c("FirstHouLoanFlag", "01")}, "0000"),
    ],
}

LIABLE = {
    "BLE003": [hit(GUARANTEED, party(ArlpAmt=""), "ArlpAmt"), hit(GUARANTEED, party(ArlpAmt=None), "ArlpAmt")],
    "BLE032": [hit(GUARANTEED, party(InfoIDType="2", ArlpCertType="2"), "0000")],
    "BLE041": [hit(GUARANTEED, party(ArlpCertNum=PERSON), "0000")],
    "BLE048": [
        hit(GUARANTEED, party(WartySign=""), "WartySign"),
        hit(GUARANTEED, party(MaxGuarMcc=None), "MaxGuarMcc"),
    ],
}

NOTHING_DUE = {"RpyStatus": "*", "CurRpyAmt": "0"}
IDLE_LOAN = MONTH | {f"{H}.{tag}": value for tag, value in NOTHING_DUE.items()}
IDLE_CARD = CARD | {f"{H}.{tag}": value for tag, value in {**NOTHING_DUE, "PridAcctBal": "0", "RpyPrct": ""}.items()}
BAD_DEBT = LATE | h("AcctStatus", "42") | h("RpyStatus", "B")

MONTHLY = {
    "BLE001": [hit(CLOSED, h("CloseDate", ""), "CloseDate"), hit(account("R3", "32"), h("CloseDate", ""), "CloseDate")],
    "BLE002": [hit(IDLE_CARD, h("RpyPrct", "100"), "RpyPrct")],
    "BLE004": [
        hit(CLOSED, h("OverdPrd", "1"), "OverdPrd"),
        hit(account("R2", "32"), h("TotOverd", "1"), "TotOverd"),
    ],
    "BLE011": [
        hit(CLOSED, h("CloseDate", "2024-02-27"), "CloseDate"),
        hit(account("D1", "32"), {**h("CloseDate", "2024-02-28"), **h("LatRpyDate", "2024-02-29")}, "CloseDate"),
        hit(account("D1", "32"), {**h("CloseDate", "2024-02-28"), **h("SettDate", "2024-02-29")}, "CloseDate"),
    ],
    "BLE012": [hit(MONTH, h("SettDate", "2024-01-25"), "SettDate")],
    "BLE013": [
        hit(BAD_DEBT, {**h("TotOverd", "0"), **h("OverdPrinc", "0")}, "TotOverd"),
        hit(CARD, {**h("AcctStatus", "51"), **h("RpyStatus", "B")}, "TotOverd"),
    ],
    "BLE014": [
        hit(CARD_IDLE, h("AcctBal", "5"), "AcctBal"),
        hit(CARD_IDLE, h("RpyStatus", "C"), "RpyStatus"),
        hit(CARD_IDLE, h("OverdPrd", "1"), "OverdPrd", others=[("BLE015", "OverdPrd")]),
        hit(CARD_IDLE, h("TotOverd", "1"), "TotOverd", others=[("BLE015", "TotOverd")]),
    ],
    "BLE015": [
        hit(IDLE_LOAN, h("CurRpyAmt", "1"), "CurRpyAmt"),
        hit(IDLE_LOAN, h("OverdPrd", "1"), "OverdPrd"),
        hit(IDLE_LOAN, h("TotOverd", "1"), "TotOverd"),
        hit(IDLE_CARD, h("PridAcctBal", "1"), "PridAcctBal"),
    ],
    "BLE017": [
        hit(MONTH, h("OverdPrd", "1"), "OverdPrd"),
        hit(MONTH, {**h("TotOverd", "1"), **h("RpyStatus", "M")}, "TotOverd"),
    ],
    "BLE019": [
        hit(LATE, h("OverdPrd", "0"), "OverdPrd"),
        hit(LATE, {**h("TotOverd", "0"), **h("OverdPrinc", "0")}, "TotOverd"),
    ],
    "BLE020": [hit(LATE, h("OverdPrinc", "8201"), "0000")],
    "BLE022": [hit(QUASI, h("OvedrawBaOve180", "80001"), "OvedrawBaOve180")],
    "BLE023": [hit(QUASI, h("RpyStatus", "*"), "AcctBal")],
    "BLE025": [hit(QUASI, {**h("RpyStatus", "3"), **h("AcctBal", "0")}, "AcctBal")],
    "BLE026": [hit(CLOSED, h("AcctBal", "1"), "AcctBal")],
    "BLE030": [hit(CLOSED, h("RpyStatus", "N"), "RpyStatus")],
}

BETWEEN_MONTHS = {
    "BLE007": [hit(CARD | PLAN, {"SpecPrdSgmt.SpecEndDate": "2024-02-11"}, "SpecEfctDate")],
    "BLE016": [hit(BETWEEN, j("AcctStatus", "3"), "0000")],
    "BLE018": [hit(BETWEEN, j("OverdPrd", "1"), "OverdPrd"), hit(BETWEEN, j("TotOverd", "1"), "TotOverd")],
    "BLE027": [hit(COLLECTION_ENDED, j("AcctBal", "1"), "AcctBal")],
    "BLE034": [hit(BETWEEN, j("RpyStatus", "C"), "RpyStatus")],
    "BLE040": [hit(BETWEEN, j("LatRpyDate", "2024-02-28"), "LatRpyDate")],
    "BLE042": [
        hit(COLLECTION_ENDED, j("CloseDate", "2024-02-28"), "CloseDate"),
        hit(BETWEEN, j("CloseDate", "2024-02-28"), "CloseDate"),
    ],
    "BLE043": [hit(COLLECTION_ENDED, j("CloseDate", ""), "CloseDate")],
    "BLE046": [hit(MONTH | SPECIAL, {"AcctSpecTrstDspnSgmt.CagOfTrdNm": "0", TRANSACTION_PATH: []}, "CagOfTrdNm")],
}

ACROSS = {
    "BLE005": [
        hit(FIRST, h("LatRpyDate", "2024-02-09"), "OpenDate"),
        hit(FIRST, h("FiveCateAdjDate", "2024-02-09"), "OpenDate"),
        hit(FIRST, {**c("OpenDate", "2024-02-26")}, "OpenDate"),
        hit(account("R2", "31") | PLAN, {"SpecPrdSgmt.SpecEfctDate": "2024-02-09"}, "OpenDate"),
        hit(SPECIAL_FIRST, transaction(TranDate="2024-02-09"), "OpenDate"),
    ],
    "BLE006": [
        hit(
            account("D1", "20") | SPECIAL | h("CloseDate", "2024-02-28"),
            transaction(TranDate="2024-02-29"),
            "CloseDate",
        ),
        hit(
            account("R2", "20") | PLAN | h("CloseDate", "2024-02-28"),
            {"SpecPrdSgmt.SpecEfctDate": "2024-02-29"},
            "CloseDate",
        ),
    ],
    "BLE008": [hit(NEW, c("OpenDate", "2024-01-30"), "RptDate")],
    "BLE010": [
        hit(
            CLOSED,
            {f"{H}.{tag}": "2024-01-30" for tag in ("CloseDate", "SettDate", "LatRpyDate", "FiveCateAdjDate")}
            | h("Month", "2024-01"),
            "RptDate",
        ),
        hit(
            COLLECTION_ENDED,
            {**j("CloseDate", "2024-01-30"), **j("LatRpyDate", "2024-01-30")},
            "RptDate",
        ),
    ],
    "BLE037": [
        hit(CLOSED, {**h("AcctStatus", "1")}, "AcctStatus"),
        hit(account("R2", "32"), {**h("AcctStatus", "1")}, "AcctStatus"),
        hit(COLLECTION_ENDED, j("AcctStatus", "1"), "AcctStatus"),
    ],
    "BLE039": [hit(MONTH, {**h("Month", "2023-12"), **h("SettDate", "2023-12-25")}, "RptDate")],
}

HITS = {**GENERAL, **TERMS, **LIABLE, **MONTHLY, **BETWEEN_MONTHS, **ACROSS}
CASES = Cases(HITS)

GOOD = [account(kind, point) for kind, points in POINTS.items() for point in points]
GOOD += [full(kind) for kind in POINTS if kind != "C1"]
GOOD += [LATE, SAMPLE, CARD_IDLE, IDLE_LOAN, IDLE_CARD, BAD_DEBT, COLLECTION_ENDED]
NEAR = [
    NEW | c("OpenDate", "2024-01-31"),
    MONTH | h("AcctBal", " 80000　"),
    MONTH | h("AcctStatus", "6"),
    MONTH | b("IDNum", PERSON.lower()),
    MONTH | {f"{B}.IDType": "2", f"{B}.IDNum": "CHNE12345678"},
    MONTH | {f"{B}.IDType": "5", f"{B}.IDNum": "H12345678"},
    MONTH | {f"{B}.IDType": "6", f"{B}.IDNum": "1234567890（12）"},
    MONTH | {f"{B}.IDType": "20", f"{B}.IDNum": "军字第1号"},
    MONTH | h("SettDate", ""),
    MONTH | {**h("Month", "2024-01"), **h("SettDate", "2024-01-25"), **h("FiveCateAdjDate", "2024-01-25")},
    FIRST | {**c("BusiDtlLines", "11"), **c("LoanConCode", "A1"), **c("FirstHouLoanFlag", "02")},
    FIRST | {**c("RepayMode", "21"), **c("RepayPrd", "0")},
    FIRST | {**c("BusiLines", "2"), **c("BusiDtlLines", "82")},
    GUARANTEED | {PARTY_PATH: [BORROWER]},
    GUARANTEED | party(InfoIDType="2", ArlpCertNum="1101000000012348"),
    GUARANTEED | party(InfoIDType="2", ArlpCertType="20", ArlpCertNum="91350100M000100Y43"),
    GUARANTEED | party(InfoIDType="2", ArlpCertType="30", ArlpCertNum="D2143569X"),
    GUARANTEED | {f"{D}.RltRepymtNm": "2", PARTY_PATH: [PARTY, {**PARTY, "ArlpName": "测试丁"}]},
    LATE | h("OverdPrinc", "8200"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", range(len(CASES.items)), ids=CASES.ids)
def test_a_changed_record_has_exactly_the_finding(number, engine):
    assert CASES.found(number, engine) == CASES.expected(number)


@pytest.mark.parametrize("engine", ENGINES)
def test_records_that_are_right_have_no_finding(engine):
    assert findings(GOOD + NEAR, "210", engine) == [set()] * len(GOOD + NEAR)
