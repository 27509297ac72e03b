"""The PBoC's layouts as its guide prints them: names, order, forms, presence; headers and file names."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bureaus.pboc import RECORDS, TYPES_WITHOUT_LAYOUT, FileName, Header, free_names
from schemas.bureaus.pboc_items import ACCOUNT_TYPES
from schemas.bureaus.tagged import CheckedAs, Group, Item, Segment, TaggedRecord, TagKind
from schemas.errors import ArrearsError
from schemas.errors.seal import FILE_NAMES_EXHAUSTED

MADE_AT = datetime.fromisoformat("2024-02-29T00:00:00")
SEGMENTS = {
    "110": "BsSgmt IDSgmt FcsInfSgmt SpsInfSgmt EduInfSgmt OctpnInfSgmt RedncInfSgmt MlgInfSgmt IncInfSgmt",
    "210": "AcctBsSgmt AcctBsInfSgmt RltRepymtInfSgmt MotgaCltalCtrctInfSgmt AcctCredSgmt OrigCreditorInfSgmt "
    "AcctMthlyBlgInfSgmt SpecPrdSgmt AcctDbtInfSgmt AcctSpecTrstDspnSgmt",
    "220": "CtrctBsSgmt CtrctCertRelSgmt CreditLimSgmt",
    "410": "AcctBsSgmt AcctBsInfSgmt RltRepymtInfSgmt MotgaCltalCtrctInfSgmt AcctCredSgmt OrigCreditorInfSgmt "
    "ActLbltyInfSgmt AcctSpecTrstDspnSgmt",
}
ITEMS = {
    "120": "InfRecType Name IDType IDNum FamMemName FamMemCertType FamMemCertNum FamRel FamRelaAssFlag "
    "InfSurcCode RptDate",
    "211": "InfRecType OdBnesCode NwBnesCode",
    "213": "InfRecType DelRecCode DelSgmtCode DelStartDate DelEndDate",
    "214": "InfRecType DelRecCode",
    "215": "InfRecType AcctCode OpetnType Month Flag RptDate",
}
CONTENTS = {
    ("110", "BsSgmt"): "InfRecType Name IDType IDNum InfSurcCode RptDate RptDateCode Cimoc CustomerType",
    ("110", "IDSgmt"): "IDNm IDRec IDInfoUpDate",
    ("110", "IDSgmt.IDRec"): "Alias OthIDType OthIDNum",
    ("110", "FcsInfSgmt"): "Sex DOB Nation HouseAdd HhDist CellPhone Email FcsInfoUpDate",
    ("110", "SpsInfSgmt"): "MariStatus SpoName SpoIDType SpoIDNum SpoTel SpsCmpyNm SpsInfoUpDate",
    ("110", "EduInfSgmt"): "EduLevel AcaDegree EduInfoUpDate",
    (
        "110",
        "OctpnInfSgmt",
    ): "EmpStatus CpnName CpnType Industry CpnAddr CpnPc CpnDist CpnTEL Occupation Title TechTitle "
    "WorkStartDate OctpnInfoUpDate",
    ("110", "RedncInfSgmt"): "ResiStatus ResiAddr ResiPc ResiDist HomeTel ResiInfoUpDate",
    ("110", "MlgInfSgmt"): "MailAddr MailPc MailDist MlgInfoUpDate",
    ("110", "IncInfSgmt"): "AnnlInc TaxIncome IncInfoUpDate",
    ("210", "AcctBsSgmt"): "InfRecType AcctType AcctCode RptDate RptDateCode Name IDType IDNum MngmtOrgCode",
    (
        "210",
        "AcctBsInfSgmt",
    ): "BusiLines BusiDtlLines OpenDate Cy AcctCredLine LoanAmt Flag DueDate RepayMode RepayFreqcy "
    "RepayPrd ApplyBusiDist GuarMode OthRepyGuarWay AssetTrandFlag FundSou LoanForm CreditID LoanConCode "
    "FirstHouLoanFlag",
    ("210", "RltRepymtInfSgmt"): "RltRepymtNm RltRepymtInf",
    ("210", "RltRepymtInfSgmt.RltRepymtInf"): "InfoIDType ArlpName ArlpCertType ArlpCertNum ArlpType ArlpAmt WartySign "
    "MaxGuarMcc",
    ("210", "MotgaCltalCtrctInfSgmt"): "CcNm CccInf",
    ("210", "MotgaCltalCtrctInfSgmt.CccInf"): "Ccc",
    ("210", "AcctCredSgmt"): "Mcc",
    ("210", "OrigCreditorInfSgmt"): "InitCredName InitCredOrgNm OrigDbtCate InitRpySts",
    (
        "210",
        "AcctMthlyBlgInfSgmt",
    ): "Month SettDate AcctStatus AcctBal PridAcctBal UsedAmt NotIsuBal RemRepPrd FiveCate "
    "FiveCateAdjDate RpyStatus RpyPrct OverdPrd TotOverd OverdPrinc Oved31_60Princ Oved61_90Princ Oved91_180Princ "
    "OvedPrinc180 OvedrawBaOve180 CurRpyAmt ActRpyAmt LatRpyDate CloseDate",
    ("210", "SpecPrdSgmt"): "SpecLine SpecEfctDate SpecEndDate UsedInstAmt",
    ("210", "AcctDbtInfSgmt"): "AcctStatus AcctBal FiveCate FiveCateAdjDate RemRepPrd RpyStatus OverdPrd TotOverd "
    "LatRpyAmt LatRpyDate CloseDate",
    ("210", "AcctSpecTrstDspnSgmt"): "CagOfTrdNm CagOfTrdInf",
    ("210", "AcctSpecTrstDspnSgmt.CagOfTrdInf"): "ChanTranType TranDate TranAmt DueTranMon DetInfo",
    ("212", "BsSgmt"): "InfRecType ModRecCode RptDate AcctType MdfcSgmtCode",
    ("212", "AcctBsSgmt"): "Name IDType IDNum MngmtOrgCode",
    ("220", "CtrctBsSgmt"): "InfRecType ContractCode RptDate RptDateCode Name IDType IDNum MngmtOrgCode",
    ("220", "CtrctCertRelSgmt"): "BrerNm CtrctCertRel",
    ("220", "CtrctCertRelSgmt.CtrctCertRel"): "BrerType CertRelName CertRelIDType CertRelIDNum",
    ("220", "CreditLimSgmt"): "CreditLimType LimLoopFlg CreditLim Cy ConEffDate ConExpDate ConStatus CreditRest "
    "CreditRestCode",
    ("410", "AcctBsSgmt"): "InfRecType AcctType AcctCode RptDate RptDateCode Name IDType IDNum MngmtOrgCode",
    (
        "410",
        "AcctBsInfSgmt",
    ): "BusiLines BusiDtlLines OpenDate Cy AcctCredLine LoanAmt Flag DueDate RepayMode RepayFreqcy "
    "ApplyBusiDist GuarMode OthRepyGuarWay LoanTimeLimCat LoaFrm ActInvest FundSou AssetTrandFlag",
    ("410", "RltRepymtInfSgmt.RltRepymtInf"): "ArlpIDType ArlpName ArlpCertType ArlpCertNum ArlpType ArlpAmt WartySign "
    "MaxGuarMcc",
    ("410", "OrigCreditorInfSgmt"): "InitCredName InitCedOrgCode OrigDbtCate InitRpySts",
    ("410", "ActLbltyInfSgmt"): "AcctStatus AcctBal BalChgDate FiveCate FiveCateAdjDate PymtPrd TotOverd OverdPrinc "
    "OverdDy LatRpyDate LatRpyAmt LatRpyPrincAmt RpmtType LatAgrrRpyDate LatAgrrRpyAmt NxtAgrrRpyDate CloseDate",
}
# Account types D1 R1 R4 R2 R3 C1, as in the tables of the guide.
PRESENCE = {
    "AcctBsInfSgmt.AcctCredLine": "-M-MM-",
    "AcctBsInfSgmt.LoanAmt": "M-M--M",
    "AcctBsInfSgmt.Flag": "M-----",
    "AcctBsInfSgmt.DueDate": "MMMMM-",
    "AcctBsInfSgmt.RepayMode": "MMM---",
    "AcctBsInfSgmt.RepayPrd": "M-M---",
    "AcctBsInfSgmt.CreditID": "---MM-",
    "AcctBsInfSgmt.LoanConCode": "C-----",
    "AcctBsInfSgmt.Cy": "MMMMMM",
    "AcctMthlyBlgInfSgmt.SettDate": "OOOOOO",
    "AcctMthlyBlgInfSgmt.PridAcctBal": "---M--",
    "AcctMthlyBlgInfSgmt.RpyPrct": "---C--",
    "AcctMthlyBlgInfSgmt.RemRepPrd": "MMMM--",
    "AcctMthlyBlgInfSgmt.TotOverd": "MMMM--",
    "AcctMthlyBlgInfSgmt.OvedPrinc180": "MMM---",
    "AcctMthlyBlgInfSgmt.OvedrawBaOve180": "----M-",
    "AcctMthlyBlgInfSgmt.ActRpyAmt": "MMMMM-",
    "AcctDbtInfSgmt.FiveCate": "MMMM--",
    "AcctDbtInfSgmt.LatRpyAmt": "MMMM-M",
    "AcctDbtInfSgmt.TotOverd": "MMMM--",
}
SEGMENT_PRESENCE = {
    "AcctBsSgmt": "MMMMMM",
    "OrigCreditorInfSgmt": "-----O",
    "AcctMthlyBlgInfSgmt": "OOOOO-",
    "SpecPrdSgmt": "---O--",
    "AcctDbtInfSgmt": "OOOO-O",
    "AcctSpecTrstDspnSgmt": "OOOOOO",
}
FORMS = {
    ("210", "AcctBsSgmt.InfRecType"): (TagKind.DIGITS, 3, True),
    ("210", "AcctBsSgmt.AcctCode"): (TagKind.LETTERS, 60, False),
    ("210", "AcctBsSgmt.Name"): (TagKind.TEXT, 30, False),
    ("210", "AcctBsSgmt.MngmtOrgCode"): (TagKind.LETTERS, 14, True),
    ("210", "AcctBsSgmt.RptDate"): (TagKind.DATE, 10, True),
    ("210", "AcctMthlyBlgInfSgmt.Month"): (TagKind.MONTH, 7, True),
    ("210", "AcctMthlyBlgInfSgmt.AcctBal"): (TagKind.WHOLE, 15, False),
    ("210", "AcctBsInfSgmt.RepayPrd"): (TagKind.WHOLE, 3, False),
    ("210", "RltRepymtInfSgmt.RltRepymtNm"): (TagKind.WHOLE, 10_000_000, False),
    ("110", "OctpnInfSgmt.WorkStartDate"): (TagKind.YEAR, 4, True),
    ("410", "AcctBsSgmt.Name"): (TagKind.TEXT, 80, False),
    ("410", "AcctBsSgmt.IDNum"): (TagKind.TEXT, 40, False),
}


def tags(contents):
    return " ".join(one.tag if isinstance(one, Item) else one.element for one in contents)


def test_records_and_their_elements():
    assert {kind: record.element for kind, record in RECORDS.items()} == {
        "110": "InBasInf",
        "120": "InFalMmbsInf",
        "210": "InAcctInf",
        "211": "InAcctIDCagsInf",
        "212": "InAcctMdfc",
        "213": "InAcctDel",
        "214": "InAcctEntDel",
        "215": "InSpcEvtDscInf",
        "220": "InCtrctInf",
        "410": "EnAcctInf",
    }
    assert not set(RECORDS) & set(TYPES_WITHOUT_LAYOUT)


@pytest.mark.parametrize("kind", list(SEGMENTS))
def test_segments_stand_in_the_order_of_the_bureau(kind):
    assert tags(RECORDS[kind].contents) == SEGMENTS[kind]


@pytest.mark.parametrize("kind", list(ITEMS))
def test_records_without_segments(kind):
    assert tags(RECORDS[kind].contents) == ITEMS[kind]


@pytest.mark.parametrize(("kind", "path"), list(CONTENTS))
def test_items_stand_in_the_order_of_the_bureau(kind, path):
    record = RECORDS[kind]
    held = record.groups[path].items if path in record.groups else record.segments[path].contents
    assert tags(held) == CONTENTS[kind, path]


def test_a_correction_holds_any_segment_of_an_account():
    outer = RECORDS["212"].contents[1]
    assert (outer.element, tags(outer.contents)) == ("MdfcSgmt", SEGMENTS["210"])
    for element, segment in RECORDS["210"].segments.items():
        assert element == "AcctBsSgmt" or RECORDS["212"].segments[element] is segment


@pytest.mark.parametrize("column", list(PRESENCE))
def test_presence_by_account_type(column):
    item = RECORDS["210"].columns[column]
    assert "".join(item.presence_for(kind) for kind in ACCOUNT_TYPES) == PRESENCE[column]
    assert ACCOUNT_TYPES == ("D1", "R1", "R4", "R2", "R3", "C1")


@pytest.mark.parametrize("element", list(SEGMENT_PRESENCE))
def test_presence_of_segments_by_account_type(element):
    segment = RECORDS["210"].segments[element]
    assert "".join(segment.presence_for(kind) for kind in ACCOUNT_TYPES) == SEGMENT_PRESENCE[element]


@pytest.mark.parametrize(("kind", "column"), list(FORMS))
def test_forms(kind, column):
    item = RECORDS[kind].columns[column]
    assert (item.kind, item.length, item.is_fixed) == FORMS[kind, column]


def test_marks_of_segments():
    assert "".join(segment.mark for segment in RECORDS["210"].segments.values()) == "BCDEFGHIJK"
    assert "".join(segment.mark for segment in RECORDS["410"].segments.values()) == "BCDEFGHI"
    assert "".join(each.mark for each in RECORDS["210"].segments.values() if each.is_deletable) == "CHIJK"


def test_what_identifies_a_person():
    assert set(RECORDS["210"].identity_columns) == {"AcctBsSgmt.Name", "AcctBsSgmt.IDNum", "AcctBsInfSgmt.CreditID"}
    assert {"FcsInfSgmt.CellPhone", "SpsInfSgmt.SpoName", "RedncInfSgmt.ResiAddr"} <= set(
        RECORDS["110"].identity_columns
    )


def test_numbers_are_told_by_an_item_beside_them():
    for record in RECORDS.values():
        for items in [record.columns.values(), *(group.items for group in record.groups.values())]:
            for item in items:
                needs_kind = item.checked_as in {CheckedAs.PERSON_NUMBER, CheckedAs.PARTY_NUMBER}
                assert not needs_kind or item.kind_tag in {each.tag for each in items}


def test_counts_name_the_group_behind_them():
    counted = {
        (record.type, f"{record.segment_of[column]}.{item.counts}")
        for record in RECORDS.values()
        for column, item in record.columns.items()
        if item.counts
    }
    assert counted == {(record.type, path) for record in RECORDS.values() for path in record.groups}


def test_layouts_that_contradict_themselves_are_refused():
    item = Item("A", "N3", "甲", "a")
    with pytest.raises(ValueError, match="form"):
        replace(item, form="N-3")
    with pytest.raises(ValueError, match="twice"):
        TaggedRecord("1", "X", "甲", (item, item))
    with pytest.raises(ValueError, match="twice"):
        TaggedRecord("1", "X", "甲", (Segment("S", "甲", (item,)), Segment("S", "甲", ())))
    with pytest.raises(ValueError, match="key"):
        TaggedRecord("1", "X", "甲", (item,), key=("B",))
    with pytest.raises(ValueError, match="has no"):
        Segment("S", "甲", (item,)).with_items(replace(item, tag="B"))
    assert Group("G", "甲", (item,)).item("A") is item


def test_the_header_is_50_bytes_in_their_places():
    header = Header("210", "X6101010000246", datetime.fromisoformat("2024-02-29T20:30:05"), 12)
    line = header.line
    places = [(1, 1), (2, 4), (5, 7), (8, 12), (13, 14), (15, 28), (29, 42), (43, 43), (44, 50)]
    assert [line[first - 1 : last] for first, last in places] == [
        *("A", "050", "210", "2.0.0", "  ", "X6101010000246", "20240229203005", "0", "0000012")
    ]
    assert Header.of(line) == header


@pytest.mark.parametrize(
    "facts",
    [
        {"segment_code": "X1"},
        {"record_count": 10_000_000},
        {"record_count": -1},
        {"version": "2.0"},
        {"record_type": "21"},
    ],
)
def test_headers_of_values_that_do_not_fit_are_refused(facts):
    good = {"record_type": "210", "segment_code": "X6101010000246", "made_at": MADE_AT, "record_count": 1}
    with pytest.raises(ValueError, match="does not fit"):
        Header(**good | facts)


def test_the_name_is_30_characters_in_their_places():
    name = FileName("G10128210H0311", date(2019, 2, 12), "214", 140)
    assert name.plain == "G10128210H03112019021221401400.txt"
    assert name.packed == "G10128210H03112019021221401400.enc"
    assert FileName.of(name.packed) == FileName.of(name.stem) == name
    assert name.answered(3).plain == "G10128210H03112019021221401403.txt"


@given(st.integers(1, 999), st.dates(), st.sampled_from([*RECORDS, *TYPES_WITHOUT_LAYOUT]), st.integers(0, 3))
def test_names_are_read_back(serial, day, kind, flag):
    if day.year >= 1000:
        name = FileName("X6101010000246", day, kind, serial, flag)
        assert FileName.of(name.plain) == name


@pytest.mark.parametrize(
    "facts", [{"segment_code": "../../etc/pass"}, {"serial": 0}, {"serial": 1000}, {"flag": 4}, {"record_type": "999"}]
)
def test_names_of_parts_that_do_not_fit_are_refused(facts):
    good = {"segment_code": "X6101010000246", "made_on": date(2024, 2, 29), "record_type": "210", "serial": 1}
    with pytest.raises(ValueError, match=r"must|not"):
        FileName(**good | facts)


def test_names_never_repeat():
    day = date(2024, 2, 29)
    used = []
    for _ in range(5):
        used.append(next(free_names(used, "X6101010000246", day, "210")).packed)
    assert len(set(used)) == 5
    assert [each[26:29] for each in used] == ["001", "002", "003", "004", "005"]
    names = free_names(["X61010100002462024022921009980.enc"], "X6101010000246", day, "210")
    assert next(names).serial == 999
    with pytest.raises(ArrearsError) as caught:
        next(names)
    assert caught.value.kind is FILE_NAMES_EXHAUSTED
