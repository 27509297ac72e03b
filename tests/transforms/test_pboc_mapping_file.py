"""From books to the bytes of a file: a record that was read by eye, and back through the reader."""

import io
from datetime import date, datetime
from pathlib import Path

import polars as pl

from delivery.bureaus import pboc
from delivery.formats.tagged_records import TaggedRecords, records_schema
from schemas.bureaus.pboc import RECORDS, FileName
from tests.transforms.arrears_cases import due, loan, paid
from tests.transforms.pboc_mapped import (
    INSTITUTION,
    SEGMENT_CODE,
    cases_of,
    contract,
    decided,
    facts_of,
    parties_of,
    rows_of,
    transaction,
)
from transforms.bureaus.pboc_monthly import monthly_records

AS_OF = date(2024, 2, 29)
MADE_AT = datetime.fromisoformat("2024-02-29T20:30:00")

BY_EYE = (
    "A0502102.0.0  X61010100002462024022920300000000001",
    "<Document><InAcctInf><AcctBsSgmt><InfRecType>210</InfRecType><AcctType>D1</AcctType>"
    "<AcctCode>X6101010000246LN0000000001</AcctCode><RptDate>2024-02-29</RptDate><RptDateCode>30</RptDateCode>"
    "<Name>测试甲</Name><IDType>10</IDType><IDNum>11010519491231002X</IDNum>"
    "<MngmtOrgCode>X6101010000246</MngmtOrgCode></AcctBsSgmt><AcctMthlyBlgInfSgmt><Month>2024-02</Month>"
    "<SettDate>2024-02-25</SettDate><AcctStatus>2</AcctStatus><AcctBal>80000</AcctBal><RemRepPrd>10</RemRepPrd>"
    "<FiveCate>2</FiveCate><FiveCateAdjDate>2024-02-29</FiveCateAdjDate><RpyStatus>2</RpyStatus><OverdPrd>2</OverdPrd>"
    "<TotOverd>8200</TotOverd><OverdPrinc>7800</OverdPrinc><Oved31_60Princ>3900</Oved31_60Princ>"
    "<Oved61_90Princ>0</Oved61_90Princ><Oved91_180Princ>0</Oved91_180Princ><OvedPrinc180>0</OvedPrinc180>"
    "<CurRpyAmt>4100</CurRpyAmt><ActRpyAmt>0</ActRpyAmt><LatRpyDate>2023-12-25</LatRpyDate><CloseDate></CloseDate>"
    "</AcctMthlyBlgInfSgmt></InAcctInf></Document>",
)
"""80,000 of principal are unpaid, 7,800 of it since January and February; December was paid on its day."""


SECURED = Path(__file__).parents[1] / "golden" / "pboc" / "X61010100002462024022921000020.txt"
"""The same loan at its first report: mortgaged twice, extended in January, relieved of 150.99 in February."""


def records_of_l1(engine, policy, kit, changes=None, **facts):
    past = [due(f"{month}-25", "3900", interest="200") for month in ("2023-12", "2024-01", "2024-02")]
    to_come = [due(f"2024-{month:02}-25", "7220", interest="200") for month in range(3, 13)]
    rows = rows_of({"L1": loan(*past, *to_come, money=[paid("4100", "2023-12-25")])}, principal="100000.00")
    books = engine.books(rows)
    account = {"account_number": "LN0000000001", "management_code": SEGMENT_CODE, "five_class_on": AS_OF}
    return monthly_records(
        books,
        cases_of(engine, "L1"),
        decided(engine, kit, books, AS_OF, policy),
        parties_of(engine),
        facts_of(engine, {"L1": account | (changes or {})}, **facts),
        INSTITUTION,
        AS_OF,
        policy,
        engine.settled,
    )


def written_and_read(kit, records, serial):
    """The bytes of the file of these records, which come back from it as they were."""
    table = pl.from_arrow(kit.table(records.records))
    groups = {path: pl.from_arrow(kit.table(group)) for path, group in records.groups.items()}
    filled = {path: group for path, group in groups.items() if len(group)}
    part = TaggedRecords(table.select(records_schema(RECORDS["210"]).names()), filled)
    file = io.BytesIO()
    assert pboc.write(file, FileName(SEGMENT_CODE, AS_OF, "210", serial), MADE_AT, [part]) == 1
    file.seek(0)
    (read,) = [found for found in pboc.read(file) if found.records is not None]
    assert read.violation_count == 0
    assert read.records.records.equals(part.records)
    assert {path: group.rows() for path, group in read.records.groups.items()} == {
        path: group.rows() for path, group in filled.items()
    }
    return file.getvalue()


def test_books_become_the_record_that_was_read_by_eye(engine, policy, kit):
    written = written_and_read(kit, records_of_l1(engine, policy, kit), 1)
    assert written.decode() == "".join(f"{line}\r\n" for line in BY_EYE)


def test_a_secured_loan_becomes_the_golden_file(engine, policy, kit):
    records = records_of_l1(
        engine,
        policy,
        kit,
        {"first_reported_on": None, "guarantee_code": "2"},
        collateral=[contract("L1", "DY0002"), contract("L1", "DY0001")],
        special=[
            transaction("L1", "11", "2024-02-20", "150.99"),
            transaction("L1", "1", "2024-01-10", "4000", 2, "展期两个月"),
        ],
    )
    assert written_and_read(kit, records, 2) == SECURED.read_bytes()
