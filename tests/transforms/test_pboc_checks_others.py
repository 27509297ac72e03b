"""Checks on persons (110), family (120), agreements (220), requests (211 to 215) and enterprises (410)."""

import pytest

from tests.transforms.pboc_cases import ENGINES, Cases, findings
from tests.transforms.pboc_records import (
    AGREEMENT,
    CHANGED_CODE,
    CODE,
    COLLATERAL,
    COMPANY,
    CORRECTED_BASE,
    DELETED,
    DELETED_SEGMENT,
    EMPLOYER,
    ENTERPRISE_PARTIES,
    ENTERPRISE_PARTY,
    FAMILY,
    HOLDER,
    LIMIT,
    OTHER_IDENTITY,
    PARTIES,
    PERSON,
    PERSON_RECORD,
    PLAN,
    SINGLE,
    SPECIAL,
    TRANSACTION,
    between,
    changed,
    correction,
    enterprise,
    event,
    monthly,
    opening,
    without,
)

OTHER = "X9999999999999LN0001"
PAID, TERMS = "ActLbltyInfSgmt", "AcctBsInfSgmt"
WORK, SPOUSES = "OctpnInfSgmt", "SpsInfSgmt"
NEW, MONTH, CLOSED = enterprise("D1", "10"), enterprise("D1", "49"), enterprise("D1", "20")
EXTENDED = enterprise("D1", "42")
LATE = MONTH | {f"{PAID}.TotOverd": "5000", f"{PAID}.OverdPrinc": "4000", f"{PAID}.OverdDy": "30"}
IDENTITIES = "IDSgmt.IDRec"
SHARED = "CtrctCertRelSgmt.CtrctCertRel"
TRANSACTIONS = "AcctSpecTrstDspnSgmt.CagOfTrdInf"
ENTERPRISE_GROUP = "RltRepymtInfSgmt.RltRepymtInf"


def person(changes, *fields, others=(), record=PERSON_RECORD):
    return "110", record, changes, fields, others


def agreed(changes, *fields, others=(), record=AGREEMENT):
    return "220", record, changes, fields, others


def firm(record, changes, *fields, others=()):
    return "410", record, changes, fields, others


def request(type_, record, changes, *fields, others=()):
    return type_, record, changes, fields, others


def other_identity(**changes):
    return {IDENTITIES: [{**OTHER_IDENTITY[IDENTITIES][0], **changes}]}


def liable(**changes):
    return {"RltRepymtInfSgmt.RltRepymtNm": "1", ENTERPRISE_GROUP: [{**ENTERPRISE_PARTY, **changes}]}


def dealt(**changes):
    return {TRANSACTIONS: [{**TRANSACTION, **changes}]}


def state(tag, value):
    return {f"{PAID}.{tag}": value}


FIRST_SEGMENTS = ("FcsInfSgmt", "SpsInfSgmt", "EduInfSgmt", "OctpnInfSgmt", "RedncInfSgmt", "MlgInfSgmt")

PERSONS = {
    "BBD000": [
        *(person({f"{WORK}.{tag}": None}, tag) for tag in EMPLOYER),
        *(person({f"{WORK}.{tag}": value}, tag, record=SINGLE) for tag, value in EMPLOYER.items()),
    ],
    "BBD001": [
        *(person({f"{SPOUSES}.{tag}": None}, tag) for tag in ("SpoName", "SpoTel", "SpsCmpyNm")),
        person({f"{SPOUSES}.SpoTel": ""}, "SpoTel", record=SINGLE),
        person({f"{SPOUSES}.SpoIDType": ""}, "SpoIDType", record=SINGLE),
        person({f"{SPOUSES}.SpoIDNum": ""}, "SpoIDNum", record=SINGLE),
    ],
    "BBD002": [person(other_identity(OthIDType="10", OthIDNum=PERSON), "0000")],
    "BBD003": [person({f"{SPOUSES}.SpoIDNum": PERSON}, "0000")],
    "BBE001": [person({"FcsInfSgmt.DOB": "2024-02-02"}, "0000")],
    "BBE002": [
        person({f"{SPOUSES}.SpoIDType": ""}, "SpoIDType"),
        person({f"{SPOUSES}.SpoIDNum": ""}, "SpoIDNum"),
    ],
    "BBE004": [
        person({"EduInfSgmt.EduLevel": level, "EduInfSgmt.AcaDegree": "4"}, "AcaDegree")
        for level in ("30", "40", "70", "80")
    ],
    "BBE005": [
        person({f"{WORK}.CpnType": "30", f"{WORK}.Occupation": "0"}, "Occupation"),
        person({f"{WORK}.CpnType": "50", f"{WORK}.Occupation": "X"}, "Occupation"),
    ],
    "BBE006": [person({"IDSgmt.IDNm": "0", IDENTITIES: []}, "IDNm")],
    "BBR000": [
        *(("110", without(PERSON_RECORD, element), {}, [element], []) for element in FIRST_SEGMENTS),
        ("110", without(PERSON_RECORD, "BsSgmt"), {}, ["BsSgmt"], []),
    ],
    "ABE000": [
        person({"MlgInfSgmt.MailPc": ""}, "MailPc"),
        agreed({"CreditLimSgmt.CreditLim": ""}, "CreditLim"),
        request("211", CHANGED_CODE, {"NwBnesCode": ""}, "NwBnesCode"),
        firm(MONTH, state("OverdDy", ""), "OverdDy"),
    ],
    "ABE001": [
        person({f"{WORK}.WorkStartDate": "15"}, "WorkStartDate"),
        person({"FcsInfSgmt.CellPhone": "1380013800"}, "CellPhone"),
        person({"FcsInfSgmt.Nation": "cn"}, "Nation"),
        request("213", DELETED_SEGMENT, {"DelSgmtCode": "B"}, "DelSgmtCode"),
        firm(MONTH, state("AcctStatus", "1"), "AcctStatus"),
    ],
    "ABE002": [
        person({"BsSgmt.InfSurcCode": "X9999999999999000001"}, "InfSurcCode"),
        agreed({"CreditLimSgmt.CreditRestCode": OTHER}, "CreditRestCode"),
        agreed({"CtrctBsSgmt.ContractCode": OTHER}, "ContractCode"),
        request("211", CHANGED_CODE, {"OdBnesCode": OTHER}, "OdBnesCode"),
        request("211", CHANGED_CODE, {"NwBnesCode": OTHER}, "NwBnesCode"),
        request("212", correction("D1", "B", CORRECTED_BASE), {"BsSgmt.ModRecCode": OTHER}, "ModRecCode"),
        request("214", DELETED, {"DelRecCode": OTHER}, "DelRecCode"),
        request("215", event("21"), {"AcctCode": OTHER}, "AcctCode"),
    ],
    "ABE003": [person({"BsSgmt.Cimoc": "X6101010000777"}, "Cimoc")],
    "ABE004": [
        person({f"{SPOUSES}.SpoIDNum": "110101199003071234"}, "SpoIDNum"),
        person(other_identity(OthIDNum="12345678"), "OthIDNum"),
        agreed({SHARED: [{**HOLDER, "CertRelIDNum": "1"}]}, "CertRelIDNum"),
        ("120", FAMILY, {"FamMemCertNum": "1"}, ["FamMemCertNum"], []),
        firm(MONTH, {"AcctBsSgmt.IDNum": "91110000600037341M"}, "IDNum"),
    ],
    "ABE007": [
        *(
            person({f"{element}.{tag}": "2024-03-01"}, tag)
            for element, tag in (
                ("FcsInfSgmt", "FcsInfoUpDate"),
                ("SpsInfSgmt", "SpsInfoUpDate"),
                ("EduInfSgmt", "EduInfoUpDate"),
                ("OctpnInfSgmt", "OctpnInfoUpDate"),
                ("RedncInfSgmt", "ResiInfoUpDate"),
                ("MlgInfSgmt", "MlgInfoUpDate"),
                ("IncInfSgmt", "IncInfoUpDate"),
                ("IDSgmt", "IDInfoUpDate"),
            )
        ),
        person({"FcsInfSgmt.DOB": "2024-03-01"}, "DOB", others=[("BBE001", "0000")]),
        agreed({"CreditLimSgmt.ConEffDate": "2024-03-01"}, "ConEffDate"),
        firm(MONTH, state("BalChgDate", "2024-03-01"), "BalChgDate"),
        firm(MONTH, state("LatAgrrRpyDate", "2024-03-01"), "LatAgrrRpyDate"),
    ],
    "ABE008": [person({f"{WORK}.WorkStartDate": "1900"}, "WorkStartDate")],
    "ABE010": [
        person({"IDSgmt.IDNm": "3"}, "IDNm"),
        agreed({"CtrctCertRelSgmt.BrerNm": "2"}, "BrerNm"),
    ],
    "ABR000": [request("214", DELETED, {"InfRecType": "213"}, "0000")],
    "BFE000": [("120", FAMILY, {"FamMemCertNum": PERSON}, ["0000"], [])],
}

AGREEMENTS = {
    "BCE000": [agreed({"CreditLimSgmt.ConExpDate": "2024-01-31"}, "ConEffDate")],
    "BCE002": [agreed({SHARED: [{**HOLDER, "BrerType": "2", "CertRelIDType": "2"}]}, "0000")],
    "BCE003": [agreed({SHARED: [{**HOLDER, "CertRelIDNum": PERSON}]}, "0000")],
    "BCE004": [
        agreed({"CreditLimSgmt.CreditRest": None}, "0000"),
        agreed({"CreditLimSgmt.CreditRestCode": ""}, "0000"),
    ],
    "BCR000": [("220", without(AGREEMENT, element), {}, [element], []) for element in ("CtrctBsSgmt", "CreditLimSgmt")],
}

CORRECTED_MONTH = correction("D1", "H", monthly("D1"))
REQUESTS = {
    "BIE000": [request("211", CHANGED_CODE, {"NwBnesCode": CODE}, "0000")],
    "BMR001": [
        request("212", CORRECTED_MONTH, {"BsSgmt.MdfcSgmtCode": "C"}, "0000"),
        request("212", CORRECTED_MONTH, LIMIT, "0000"),
        ("212", without(CORRECTED_MONTH, "AcctMthlyBlgInfSgmt"), {}, ["0000"], []),
    ],
    "BMR005": [
        request("212", correction("C1", "F", LIMIT), {}, "0000"),
        request("212", correction("D1", "I", PLAN), {}, "0000"),
        request("212", correction("R3", "J", between("R2")), {}, "0000"),
    ],
    "BSE000": [request("213", DELETED_SEGMENT, {"DelStartDate": "", "DelEndDate": ""}, "0000")],
    "BSE001": [request("213", DELETED_SEGMENT, {"DelStartDate": "2024-02-01"}, "DelStartDate")],
    "BQR000": [request("215", event("21"), {"Month": "2024-01"}, "0000")],
    "BLD000": [request("212", CORRECTED_MONTH, {"AcctMthlyBlgInfSgmt.TotOverd": None}, "TotOverd")],
    "BLE019": [request("212", CORRECTED_MONTH, {"AcctMthlyBlgInfSgmt.RpyStatus": "2"}, "OverdPrd", "TotOverd")],
    "BLE039": [
        request(
            "212",
            CORRECTED_MONTH,
            {"AcctMthlyBlgInfSgmt.Month": "2023-11", "AcctMthlyBlgInfSgmt.SettDate": "2023-11-25"},
            "RptDate",
        )
    ],
    "BLE003": [
        request(
            "212",
            correction("D1", "D", PARTIES),
            {ENTERPRISE_GROUP: [{**PARTIES[ENTERPRISE_GROUP][0], "ArlpAmt": ""}]},
            "ArlpAmt",
        )
    ],
}

NEXT, LAST = "NxtAgrrRpyDate", "LatAgrrRpyDate"
DAYS_DONE = ("BalChgDate", "LatRpyDate", LAST, "FiveCateAdjDate")
ENTERPRISES = {
    "CLD000": [
        firm(MONTH, state("OverdDy", None), "OverdDy"),
        firm(MONTH, state("PymtPrd", "1"), "PymtPrd"),
        firm(NEW, {f"{TERMS}.LoanAmt": None}, "LoanAmt"),
    ],
    "CLE001": [firm(NEW, {f"{TERMS}.DueDate": "2024-02-09"}, "OpenDate")],
    "CLE002": [firm(NEW, {f"{TERMS}.RepayMode": "90", f"{TERMS}.RepayFreqcy": "03"}, "RepayFreqcy")],
    "CLE003": [firm(NEW, {f"{TERMS}.RepayMode": "21"}, "RepayFreqcy")],
    "CLE004": [firm(NEW, {f"{TERMS}.RepayMode": "31"}, "RepayMode")],
    "CLE005": [firm(enterprise("R1", "10"), {f"{TERMS}.RepayMode": "11"}, "RepayMode")],
    "CLE006": [
        firm(NEW | ENTERPRISE_PARTIES, liable(ArlpAmt=""), "ArlpAmt"),
        firm(NEW | ENTERPRISE_PARTIES, liable(ArlpType="1"), "ArlpAmt"),
    ],
    "CLE007": [
        firm(NEW | ENTERPRISE_PARTIES, liable(WartySign=""), "WartySign"),
        firm(NEW | ENTERPRISE_PARTIES, liable(MaxGuarMcc=""), "MaxGuarMcc"),
    ],
    "CLE008": [firm(NEW | ENTERPRISE_PARTIES, liable(ArlpIDType="2", ArlpCertType="2"), "0000")],
    "CLE012": [firm(CLOSED, state("AcctBal", "1"), "AcctBal")],
    "CLE013": [
        firm(CLOSED, state("CloseDate", ""), "CloseDate"),
        firm(MONTH, {**state("CloseDate", "2024-02-29"), **state(NEXT, "")}, "CloseDate"),
    ],
    "CLE014": [
        firm(MONTH, state("AcctStatus", "31"), "TotOverd"),
        firm(MONTH, state("AcctStatus", "32"), "TotOverd"),
    ],
    "CLE015": [
        firm(CLOSED, state("OverdPrinc", "0") | state("TotOverd", "1") | state("OverdDy", "1"), "TotOverd", "OverdDy"),
        firm(CLOSED, state("OverdPrinc", "1"), "OverdPrinc", others=[("CLE016", "OverdPrinc")]),
    ],
    "CLE016": [firm(LATE, state("OverdPrinc", "5001"), "OverdPrinc")],
    "CLE017": [firm(MONTH, state("LatRpyPrincAmt", "10001"), "LatRpyAmt")],
    "CLE018": [
        firm(LATE, state("OverdDy", "0"), "OverdDy"),
        firm(MONTH, state("OverdDy", "3"), "OverdDy"),
    ],
    "CLE019": [
        firm(CLOSED, {**state(tag, "2024-02-25"), **state("CloseDate", "2024-02-24")}, tag) for tag in DAYS_DONE
    ],
    "CLE020": [firm(CLOSED, state(NEXT, "2024-03-20"), NEXT)],
    "CLE021": [
        firm(MONTH, {**state(tag, "2024-02-25"), **state(NEXT, "2024-02-24")}, tag, others=[("CLE031", "0000")])
        for tag in DAYS_DONE
    ],
    "CLE022": [firm(EXTENDED, dealt(ChanTranType="1"), "DueTranMon")],
    "CLE023": [firm(MONTH | SPECIAL, {"AcctSpecTrstDspnSgmt.CagOfTrdNm": "0", TRANSACTIONS: []}, "CagOfTrdNm")],
    "CLE024": [
        *(firm(NEW, state(tag, "2024-02-09"), tag) for tag in DAYS_DONE),
        firm(
            NEW,
            state(NEXT, "2024-02-09"),
            NEXT,
            others=[("CLE031", "0000"), *(("CLE021", tag) for tag in DAYS_DONE)],
        ),
        firm(NEW | SPECIAL, dealt(TranDate="2024-02-09"), "TranDate"),
        firm(
            CLOSED | {column: value for column, value in NEW.items() if column.startswith(TERMS)},
            state("CloseDate", "2024-02-09"),
            "CloseDate",
            others=[("CLE019", tag) for tag in DAYS_DONE],
        ),
    ],
    "CLE026": [
        firm(MONTH, {"AcctBsSgmt.RptDateCode": "20"}, "RptDate"),
        firm(CLOSED, {"AcctBsSgmt.RptDateCode": "49"}, "RptDate"),
    ],
    "CLE027": [firm(enterprise("C1", "10"), {f"{TERMS}.BusiLines": "11"}, "BusiLines")],
    "CLE028": [firm(NEW | SPECIAL, dealt(TranAmt="120001"), "TranAmt")],
    "CLE029": [firm(enterprise("R4", "10"), {f"{TERMS}.RepayMode": "90"}, "RepayMode")],
    "CLE030": [
        firm(
            NEW | ENTERPRISE_PARTIES,
            liable(ArlpIDType="2", ArlpCertType="20", ArlpCertNum=COMPANY),
            "0000",
        )
    ],
    "CLE031": [firm(MONTH, state(NEXT, "2024-02-28"), "0000")],
    "CLE033": [firm(CLOSED | SPECIAL, {**dealt(TranDate="2024-02-29"), **state("CloseDate", "2024-02-28")}, "0000")],
}

HITS = {}
for table in (PERSONS, AGREEMENTS, REQUESTS, ENTERPRISES):
    for code, cases in table.items():
        HITS.setdefault(code, []).extend(cases)
CASES = Cases(HITS)

SILENT = {
    "110": [
        PERSON_RECORD,
        SINGLE,
        without(PERSON_RECORD, "FcsInfSgmt", "IDSgmt") | {"BsSgmt.RptDateCode": "20"},
        changed(PERSON_RECORD, {"EduInfSgmt.EduLevel": "20", "EduInfSgmt.AcaDegree": "4"}),
        changed(PERSON_RECORD, {f"{SPOUSES}.SpoIDType": "", f"{SPOUSES}.SpoIDNum": ""}),
    ],
    "120": [FAMILY],
    "211": [CHANGED_CODE],
    "212": [
        CORRECTED_MONTH,
        correction("D1", "B", CORRECTED_BASE),
        correction("R1", "C", opening("R1")),
        correction("D1", "D", PARTIES),
        correction("D1", "E", COLLATERAL),
        correction("R2", "I", PLAN),
        correction("C1", "J", between("C1")),
        correction("D1", "K", SPECIAL),
    ],
    "213": [DELETED_SEGMENT, {**DELETED_SEGMENT, "DelEndDate": ""}],
    "214": [DELETED],
    "215": [event("11"), event("21", flag="0")],
    "220": [
        AGREEMENT,
        without(AGREEMENT, "CtrctCertRelSgmt", "CreditLimSgmt.CreditRest", "CreditLimSgmt.CreditRestCode"),
    ],
    "410": [
        LATE,
        EXTENDED,
        CLOSED,
        NEW | ENTERPRISE_PARTIES,
        changed(NEW | ENTERPRISE_PARTIES, liable(ArlpType="1", ArlpAmt="")),
    ],
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", range(len(CASES.items)), ids=CASES.ids)
def test_a_changed_record_has_exactly_the_finding(number, engine):
    assert CASES.found(number, engine) == CASES.expected(number)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("type_", SILENT)
def test_records_that_are_right_have_no_finding(type_, engine):
    assert findings(SILENT[type_], type_, engine) == [set()] * len(SILENT[type_])
