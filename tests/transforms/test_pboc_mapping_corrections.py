"""Records 211 to 215: how accounts that the bureau holds are corrected or withdrawn."""

from datetime import date

import narwhals as nw
import pytest

from schemas.bureaus.pboc import RECORDS
from tests.transforms.arrears_cases import due, loan
from tests.transforms.pboc_mapped import (
    BRANCH,
    COLLECTION,
    INSTITUTION,
    SEGMENT_CODE,
    borrower,
    cases_of,
    decided,
    facts_of,
    parties_of,
    rows_of,
    segments,
    told,
)
from transforms.bureaus.pboc_corrections import (
    account_deleted,
    code_changed,
    segment_corrected,
    segment_deleted,
    special_event,
)
from transforms.bureaus.pboc_monthly import monthly_records

AS_OF = date(2024, 2, 29)


def test_requests_that_name_an_account(engine, kit):
    cases, facts = cases_of(engine, "L1", "L2"), facts_of(engine, {"L1": {}, "L2": {}})
    whole = kit.rows(account_deleted(cases, facts, INSTITUTION).records)
    assert whole == [
        {
            "case_id": f"pboc-{loan_id}",
            "loan_id": loan_id,
            "serial": line - 1,
            "record_no": line,
            "InfRecType": "214",
            "DelRecCode": f"{SEGMENT_CODE}LN{loan_id}",
        }
        for line, loan_id in ((2, "L1"), (3, "L2"))
    ]
    first_on, last_on = date(2024, 1, 1), date(2024, 1, 31)
    (part, _) = kit.rows(segment_deleted(cases, facts, INSTITUTION, "H", first_on, last_on).records)
    assert [part[name] for name in RECORDS["213"].columns] == [
        "213",
        f"{SEGMENT_CODE}LNL1",
        "H",
        "2024-01-01",
        "2024-01-31",
    ]
    (opened, _) = kit.rows(segment_deleted(cases, facts, INSTITUTION, "J", None, last_on).records)
    assert (opened["DelStartDate"], opened["DelEndDate"]) == ("", "2024-01-31")
    (event, _) = kit.rows(special_event(cases, facts, INSTITUTION, "21", "1", AS_OF).records)
    assert [event[name] for name in RECORDS["215"].columns] == [
        "215",
        f"{SEGMENT_CODE}LNL1",
        "21",
        "2024-02",
        "1",
        "2024-02-29",
    ]


def test_a_changed_code_names_the_old_and_the_new_number(engine, kit):
    cases = cases_of(engine, "L1").with_columns(nw.lit("OLD7").alias("old_account_number"))
    (row,) = kit.rows(code_changed(cases, facts_of(engine, {"L1": {}}), INSTITUTION).records)
    assert [row[name] for name in RECORDS["211"].columns] == ["211", f"{SEGMENT_CODE}OLD7", f"{SEGMENT_CODE}LNL1"]


@pytest.mark.parametrize(
    ("mark", "first_on", "last_on", "said"),
    [
        ("B", date(2024, 1, 1), None, "segment mark"),
        ("H", None, None, "open"),
        ("H", date(2024, 1, 2), date(2024, 1, 1), "before"),
    ],
)
def test_deletions_that_make_no_sense(polars_engine, mark, first_on, last_on, said):
    cases, facts = cases_of(polars_engine, "L1"), facts_of(polars_engine)
    with pytest.raises(ValueError, match=said):
        segment_deleted(cases, facts, INSTITUTION, mark, first_on, last_on)


def test_an_event_that_the_bureau_does_not_know(polars_engine):
    with pytest.raises(KeyError):
        special_event(cases_of(polars_engine, "L1"), facts_of(polars_engine), INSTITUTION, "99", "1", AS_OF)


def right_records(engine, policy, kit):
    loans = {"L1": loan(due("2024-01-25", "200.40")), "L2": loan(due("2024-01-25", "100"))}
    rows = rows_of(loans, other_borrowers=[borrower("G1", id_number="110101199003071233")])
    books = engine.books(rows)
    facts = facts_of(engine, {"L1": {"first_reported_on": None}, "L2": COLLECTION})
    return monthly_records(
        books,
        cases_of(engine, "L1", "L2"),
        decided(engine, kit, books, AS_OF, policy),
        parties_of(engine, ("L1", "G1", "co_borrower", None, True)),
        facts,
        INSTITUTION,
        AS_OF,
        policy,
        engine.settled,
    )


HEAD = {
    "BsSgmt.InfRecType": "212",
    "BsSgmt.ModRecCode": f"{SEGMENT_CODE}LNL1",
    "BsSgmt.RptDate": "2024-02-29",
    "BsSgmt.AcctType": "D1",
}


def test_the_corrected_month_stands_whole_in_the_request(engine, policy, kit):
    right = right_records(engine, policy, kit)
    corrected = segment_corrected(right, "H")
    (row,) = kit.rows(corrected.records)
    source = kit.rows(right.records)[0]
    assert segments(row) == ["BsSgmt", "MdfcSgmt", "AcctMthlyBlgInfSgmt"]
    month = {name: text for name, text in told(source).items() if name.startswith("AcctMthlyBlgInfSgmt.")}
    assert told(row) == HEAD | {"BsSgmt.MdfcSgmtCode": "H"} | month
    assert month["AcctMthlyBlgInfSgmt.TotOverd"] == "200"
    assert corrected.groups == {}


def test_a_corrected_base_segment_says_who_the_borrower_is_and_no_more(engine, policy, kit):
    first, second = kit.rows(segment_corrected(right_records(engine, policy, kit), "B").records)
    assert told(first) == HEAD | {
        "BsSgmt.MdfcSgmtCode": "B",
        "AcctBsSgmt.Name": "测试甲",
        "AcctBsSgmt.IDType": "10",
        "AcctBsSgmt.IDNum": "11010519491231002X",
        "AcctBsSgmt.MngmtOrgCode": BRANCH,
    }
    assert second["BsSgmt.AcctType"] == "C1"


def test_corrected_parties_come_with_their_rows(engine, policy, kit):
    corrected = segment_corrected(right_records(engine, policy, kit), "D")
    (row,) = kit.rows(corrected.records)
    (party,) = kit.rows(corrected.groups["RltRepymtInfSgmt.RltRepymtInf"])
    assert (row["RltRepymtInfSgmt.RltRepymtNm"], party["record_no"]) == ("1", row["record_no"])
