"""Records with collateral and special transactions break no check and survive a file; wrong facts break one."""

import io
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from delivery.bureaus import pboc
from delivery.formats.tagged_records import TaggedRecords, records_schema
from schemas.bureaus.pboc import RECORDS, FileName
from tests.transforms.arrears_cases import due, loan, paid
from tests.transforms.pboc_judged import AS_OF, FACTS, FILE_AT, PAID_OUT, findings, judged, overdue_records
from tests.transforms.pboc_mapped import (
    ENTERPRISE,
    INSTITUTION,
    SEGMENT_CODE,
    cases_of,
    contract,
    facts_of,
    rows_of,
    transaction,
)
from transforms.bureaus.pboc_checks import PbocFrames, judge, known_accounts
from transforms.bureaus.pboc_corrections import segment_corrected, segment_deleted
from transforms.bureaus.pboc_ended import ClosedAt, closed_records

E, K = "MotgaCltalCtrctInfSgmt", "AcctSpecTrstDspnSgmt"
OVERDUE = loan(due("2024-01-25", "5000"), due("2024-09-01", "10"), disbursed=str(PAID_OUT))
OF_ENTERPRISE = {"nothing_repaid_on": PAID_OUT, "five_class_on": AS_OF}
TOLD_ON = date(2024, 1, 31)

days = st.integers(0, 310).map(lambda number: str(PAID_OUT + timedelta(days=number)))
told_days = st.sampled_from([None, "2024-01-31", "2024-02-28", "2024-02-29"])
numbers = st.text("ABC123", min_size=1, max_size=3)


def contracts_of(name):
    return st.lists(
        st.builds(contract, st.just(name), numbers, told_days, st.one_of(st.none(), days), told_days),
        max_size=4,
        unique_by=lambda row: row["collateral_contract_number"],
    )


def transactions_of(name, kind):
    kinds = ["2", "3", "5", "8", "11", "12", "13", "14", "15", "16", "17"] + ["1", "4"] * (kind != "R1")
    details = st.one_of(st.none(), st.text("减免<&>\"' ab", min_size=1, max_size=200).filter(str.strip))
    amounts = st.decimals("0", "30000", places=2).map(str)
    one = st.builds(
        transaction, st.just(name), st.sampled_from(kinds), days, amounts, st.integers(1, 999), details, told_days
    )
    return st.lists(one, max_size=4, unique_by=lambda row: (row["special_transaction_code"], row["transacted_on"]))


def is_untold(day):
    return day is None or day >= AS_OF


def expected_contracts(rows, is_first):
    """By plain Python, see the module's docstring of `pboc_collateral`."""
    gone = [row for row in rows if row["released_on"] and row["released_on"] <= AS_OF]
    left = [row for row in rows if row not in gone]
    news = [is_untold(row["first_reported_on"]) for row in left] + [
        is_untold(row["release_reported_on"]) for row in gone
    ]
    return sorted(f"{SEGMENT_CODE}{row['collateral_contract_number']}" for row in left) if is_first or any(news) else []


def expected_transactions(rows):
    told = [row for row in rows if row["transacted_on"] <= AS_OF and is_untold(row["first_reported_on"])]
    return sorted(
        (
            row["special_transaction_code"],
            str(row["transacted_on"]),
            str(int(row["transaction_amount"])),
            str(row["due_moved_months"]),
            row["transaction_details"] or "",
        )
        for row in told
    )


def written_and_read(kit, records, record_type):
    """The records as they come back from a file, by number; nothing is wrong in its form."""
    layout = RECORDS[record_type]
    rows = pl.from_arrow(kit.table(records.records)).select(records_schema(layout).names())
    groups = {path: pl.from_arrow(kit.table(group)) for path, group in records.groups.items()}
    part = TaggedRecords(rows, {path: group for path, group in groups.items() if len(group)})
    name = FileName(SEGMENT_CODE, FILE_AT.date(), record_type, 1)
    file = io.BytesIO()
    pboc.write(file, name, FILE_AT, [part])
    file.seek(0)
    (read,) = [piece for piece in pboc.read(file, origin=pboc.Origin(name.plain)) if piece.records is not None]
    assert read.violations == ()
    assert read.records.records.equals(part.records)
    assert set(read.records.groups) == set(part.groups)
    assert all(read.records.groups[path].equals(group) for path, group in part.groups.items())
    return read.records


def by_loan(kit, records, path, element):
    """Loan to the rows of the group in its record, whose count and segment agree with them."""
    rows = kit.rows(records.groups[path])
    found = {}
    for record in kit.rows(records.records):
        own = [row for row in rows if row["record_no"] == record["record_no"]]
        segment, _, _ = path.partition(".")
        assert record[segment] == bool(own)
        assert record[f"{segment}.{element}"] == (str(len(own)) if own else None)
        found[record["loan_id"]] = sorted(tuple(row.values())[1:] for row in own)
    assert sum(map(len, found.values())) == len(rows)
    return found


@settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_collateral_and_transactions_are_told_as_they_are(data, polars_engine, policy, kit):
    kinds = {f"L{number}": data.draw(st.sampled_from(sorted(FACTS))) for number in range(6)}
    accounts = {name: dict(FACTS[kind]) for name, kind in kinds.items()}
    enterprises = {
        "E1": dict(OF_ENTERPRISE),
        "E2": OF_ENTERPRISE | {"account_type_code": "R4", "agreement_number": "CR1"},
    }
    for name, account in {**accounts, **enterprises}.items():
        is_first = kinds.get(name) != "C1" and data.draw(st.booleans())
        account["first_reported_on"] = None if is_first else TOLD_ON
    contracts = {name: data.draw(contracts_of(name)) for name in (*kinds, *enterprises)}
    special = {name: data.draw(transactions_of(name, kinds.get(name))) for name in contracts}
    known = facts_of(
        polars_engine,
        accounts,
        enterprises,
        collateral=[row for rows in contracts.values() for row in rows],
        special=[row for rows in special.values() for row in rows],
    )
    rows = rows_of(dict.fromkeys(contracts, OVERDUE), borrowers=dict.fromkeys(enterprises, ENTERPRISE))
    persons, of_enterprises, _ = overdue_records(polars_engine, policy, kit, rows, known)
    for records, record_type, facts in ((persons, "210", accounts), (of_enterprises, "410", enterprises)):
        assert findings(kit, records, record_type) == set()
        written_and_read(kit, records, record_type)
        named = by_loan(kit, records, f"{E}.CccInf", "CcNm")
        told = by_loan(kit, records, f"{K}.CagOfTrdInf", "CagOfTrdNm")
        assert set(named) == set(told) == set(facts)
        for name, account in facts.items():
            is_first = account["first_reported_on"] is None
            expected = [] if kinds.get(name) == "C1" else expected_contracts(contracts[name], is_first)
            assert [code for (code,) in named[name]] == expected
            assert told[name] == expected_transactions(special[name])


def of_one(engine, policy, kit, account, special=(), collateral=(), enterprise=False, money=()):
    one = loan(*(due("2024-01-25", "5000"), due("2024-09-01", "10")), money=money, disbursed=str(PAID_OUT))
    facts = {"L1": account}
    known = facts_of(
        engine,
        None if enterprise else facts,
        facts if enterprise else None,
        collateral=collateral,
        special=special,
    )
    rows = rows_of({"L1": one}, borrowers={"L1": ENTERPRISE} if enterprise else None)
    made = overdue_records(engine, policy, kit, rows, known)
    return made[enterprise]


D1, NEW = FACTS["D1"], {"first_reported_on": None}


@pytest.mark.parametrize(
    ("account", "changes", "expected"),
    [
        (D1, {}, set()),
        (D1, {"amount": None}, {("ABE000", "TranAmt")}),
        (D1, {"months": None}, {("ABE000", "DueTranMon")}),
        (D1, {"months": 1000}, {("ABE001", "DueTranMon")}),
        (D1 | NEW, {"day": "2023-05-09"}, {("BLE005", "OpenDate")}),
        (FACTS["R1"], {"code": "4"}, {("ABE001", "ChanTranType")}),
        (FACTS["R1"], {"code": "5"}, set()),
    ],
)
def test_a_fact_of_a_transaction_that_is_missing_or_wrong_breaks_a_check(
    polars_engine, policy, kit, account, changes, expected
):
    special = [transaction("L1", **({"code": "1", "day": "2024-02-10", "months": 3} | changes))]
    assert findings(kit, of_one(polars_engine, policy, kit, account, special), "210") == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"months": 0}, {("CLE022", "DueTranMon")}),
        ({"amount": "30001"}, {("CLE028", "TranAmt")}),
        ({"amount": None}, {("ABE000", "TranAmt")}),
    ],
)
def test_a_fact_of_an_enterprise_s_transaction_that_is_wrong_breaks_a_check(
    polars_engine, policy, kit, changes, expected
):
    special = [transaction("L1", **({"code": "1", "day": "2024-02-10", "months": 3} | changes))]
    records = of_one(polars_engine, policy, kit, OF_ENTERPRISE | NEW, special, enterprise=True)
    assert findings(kit, records, "410") == expected


def test_a_mortgaged_loan_of_an_enterprise_without_its_contract_breaks_a_check(polars_engine, policy, kit):
    account = OF_ENTERPRISE | NEW | {"guarantee_code": "2"}
    for collateral, expected in (([contract("L1", "DY1")], set()), ([], {("CLR017", E)})):
        records = of_one(polars_engine, policy, kit, account, collateral=collateral, enterprise=True)
        assert findings(kit, records, "410") == expected


def test_a_transaction_after_the_account_was_closed_breaks_a_check(polars_engine, policy, kit):
    one = loan(due("2024-01-25", "100"), money=[paid("100", "2024-02-20")], disbursed=str(PAID_OUT))
    books, cases = polars_engine.books(rows_of({"L1": one})), cases_of(polars_engine, "L1")
    account = FACTS["D1"] | {"five_class_on": date(2024, 2, 1)}
    for day, expected in (("2024-02-20", set()), ("2024-02-21", {("BLE006", "CloseDate")})):
        known = facts_of(polars_engine, {"L1": account}, special=[transaction("L1", "11", day)])
        closed = closed_records(
            books, cases, known, INSTITUTION, AS_OF, ClosedAt.SETTLEMENT_DAY, policy, polars_engine.settled
        )
        assert findings(kit, closed, "210") == expected


def test_a_transaction_whose_telling_is_not_noted_is_found_before_the_bureau_refuses_it(polars_engine, policy, kit):
    made = [
        of_one(polars_engine, policy, kit, D1, [transaction("L1", "4", "2024-02-10", told=reported)])
        for reported in (None, "2024-02-28")
    ]
    before, after = (PbocFrames(one.records, one.groups) for one in made)
    known = known_accounts(before)
    later = datetime.fromisoformat("2024-03-02T08:00:00")
    codes = [{row["code"] for row in kit.rows(judge(each, "210", later, known))} for each in (before, after)]
    assert "BLR023" in codes[0]
    assert "BLR023" not in codes[1]


def test_segments_are_corrected_with_their_rows(engine, policy, kit):
    right = of_one(
        engine,
        policy,
        kit,
        D1,
        [transaction("L1", "4", "2024-02-10", "90", told="2024-02-29"), transaction("L1", "1", "2024-01-10")],
        [contract("L1", "DY1", told="2024-02-29"), contract("L1", "DY2", told="2024-01-31")],
    )
    for mark, element, path, rows in (("E", E, f"{E}.CccInf", 2), ("K", K, f"{K}.CagOfTrdInf", 2)):
        corrected = segment_corrected(right, mark)
        (row,) = kit.rows(corrected.records)
        assert (row["BsSgmt.MdfcSgmtCode"], row[element], set(corrected.groups)) == (mark, True, {path})
        assert kit.rows(corrected.groups[path]) == kit.rows(right.groups[path])
        assert len(kit.rows(corrected.groups[path])) == rows
        if engine.name != "duckdb":
            assert judged(kit, corrected, "212") == []
            written_and_read(kit, corrected, "212")


def test_transactions_are_deleted_and_collateral_is_not(polars_engine, kit):
    cases, known = cases_of(polars_engine, "L1"), facts_of(polars_engine, {"L1": {}})
    deleted = segment_deleted(cases, known, INSTITUTION, "K", AS_OF, AS_OF)
    (row,) = kit.rows(deleted.records)
    assert (row["DelRecCode"], row["DelSgmtCode"]) == (f"{SEGMENT_CODE}LNL1", "K")
    assert findings(kit, deleted, "213") == set()
    with pytest.raises(ValueError, match="segment mark"):
        segment_deleted(cases, known, INSTITUTION, "E", AS_OF, AS_OF)
