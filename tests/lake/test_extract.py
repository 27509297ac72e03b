"""Reading a delivery: what is right comes out typed and numbered, what is wrong is named by code, file and place."""

import hashlib
import os
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import lake.csv_file
from lake.extract import Extract, read_extract
from lake.extract_dataset import UNIT_SEPARATOR, extract_dataset
from lake.polars_types import polars_schema
from schemas.datasets import BORROWERS, CONTACTS, DATASETS, DISPUTES, LOANS, PAYMENTS
from schemas.errors import ArrearsError
from schemas.sources import ColumnSource, SourceBook

HEAD = "dispute_id,loan_id,opened_on,answered_on,dispute_outcome_code"
PAYMENTS_HEAD = "payment_id,loan_id,payment_kind,payment_amount,paid_on,booked_on"
BORROWERS_HEAD = "borrower_id,borrower_kind,name,id_type,id_number,mobile,email,protection_code"


@pytest.fixture
def read(folder: Path, book: SourceBook, source_of: Callable) -> Callable[..., Extract]:
    def _read(name: str, content: bytes | str | None = None, **changes: object) -> Extract:
        if content is not None:
            (folder / f"{name}.csv").write_bytes(content.encode() if isinstance(content, str) else content)
        return read_extract(folder, source_of(name, **changes), DATASETS[name], book)

    return _read


@pytest.fixture
def refused(read: Callable[..., Extract]) -> Callable[..., ArrearsError]:
    def _refused(*args: object, **changes: object) -> ArrearsError:
        with pytest.raises(ArrearsError) as caught:
            read(*args, **changes)
        return caught.value

    return _refused


def rows(*lines: str, head: str = HEAD) -> str:
    return "\n".join((head, *lines)) + "\n"


def places(extract: Extract) -> list[tuple[int, str, str]]:
    return extract.frame.select("source_row", "unreadable_fields", "unreadable_values").rows()


# What is right


def test_rows_come_out_in_contract_types_with_their_place(read: Callable, folder: Path) -> None:
    content = rows(
        'P1,L1,payment,"1,234.50",2026-01-05,2026-01-06',
        "P2,L2,reversal,¥8,2026-02-30,",
        "",
        "P3,L3,bonus,12.345,2026-01-07,soon",
        head=PAYMENTS_HEAD,
    )
    extract = read("payments", content)
    assert extract.frame.schema == pl.Schema(polars_schema(extract_dataset(PAYMENTS)))
    assert extract.frame.rows() == [
        ("P1", "L1", "payment", Decimal("1234.50"), date(2026, 1, 5), date(2026, 1, 6), "payments.csv", 1, "", ""),
        ("P2", "L2", "reversal", Decimal("8.00"), None, None, "payments.csv", 2, "paid_on", "2026-02-30"),
        (
            *("P3", "L3", "bonus", None, date(2026, 1, 7), None, "payments.csv", 3),
            *("payment_amount,booked_on", f"12.345{UNIT_SEPARATOR}soon"),
        ),
    ]
    (file,) = extract.files
    data = content.encode()
    assert (file.name, file.bytes, file.rows) == ("payments.csv", len(data), 3)
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert (extract.rows, extract.is_empty, extract.ragged.height) == (3, False, 0)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_utf8_with_and_without_mark(read: Callable, mark: bytes, end: str) -> None:
    content = rows("B1,person,张三,resident_id,1101,,,none", head=BORROWERS_HEAD).replace("\n", end)
    extract = read("borrowers", mark + content.encode())
    assert extract.frame["name"].to_list() == ["张三"]
    assert extract.files[0].sha256 == hashlib.sha256(mark + content.encode()).hexdigest()


def test_gb18030_in_small_blocks(read: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake.csv_file, "_BLOCK_BYTES", 301)
    names = [f"䶮{chr(0x4E00 + i * 37)}\U00020000{'x' * (i % 5)}" for i in range(200)]
    content = rows(*(f"B{i},person,{name},resident_id,1,,,none" for i, name in enumerate(names)), head=BORROWERS_HEAD)
    extract = read("borrowers", content.encode("gb18030"), encoding="gb18030")
    assert extract.frame["name"].to_list() == names
    assert extract.frame["source_row"].to_list() == list(range(1, 201))


def test_a_cell_may_hold_line_ends_separators_and_quotation_marks(read: Callable) -> None:
    head = ",".join(CONTACTS.field_names)
    text = '催收员:"您好",\n借款人:在'
    quoted = '"' + text.replace('"', '""') + '"'
    extract = read(
        "contacts",
        rows(
            f"C1,L1,2026-01-05 10:00:00,call,borrower,talked,S1,,{quoted}",
            "C2,L1,2026-01-05 11:00,sms,nobody,delivered,,,",
            head=head,
        ),
    )
    assert extract.frame["transcript"].to_list() == [text, None]
    assert extract.frame["source_row"].to_list() == [1, 2]
    assert extract.frame["contacted_at"].to_list()[0] == datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


def test_headings_only_are_a_dataset_without_rows(read: Callable) -> None:
    extract = read("disputes", rows())
    assert (extract.is_empty, extract.rows, extract.frame.height) == (True, 0, 0)
    assert extract.frame.columns == list(extract_dataset(DISPUTES).field_names)


def test_all_files_of_a_pattern_in_order_each_with_its_own_row_numbers(read: Callable, folder: Path) -> None:
    for name, lines in {"d-2.csv": ["D3,L3,2026-01-03,,open"], "d-1.csv": ["D1,L1,2026-01-01,,open"] * 2}.items():
        (folder / name).write_text(rows(*lines))
    extract = read("disputes", files="d-*.csv")
    assert extract.frame.select("source_file", "source_row").rows() == [("d-1.csv", 1), ("d-1.csv", 2), ("d-2.csv", 1)]


def test_columns_in_any_order_renamed_ignored_and_constant(read: Callable) -> None:
    columns = {
        "dispute_outcome_code": ColumnSource(constant="open"),
        "loan_id": ColumnSource(column="借据号"),
    }
    content = rows("x;2026-01-05;L1;D1;", head=" 备注 ;opened_on;借据号;dispute_id;answered_on")
    extract = read("disputes", content, separator=";", ignored_columns=("备注",), columns=columns)
    assert extract.frame.row(0)[:5] == ("D1", "L1", date(2026, 1, 5), None, "open")


def test_an_unknown_code_stays_for_the_row_rule(read: Callable) -> None:
    assert read("disputes", rows("D1,L1,2026-01-05,,撤回")).frame["dispute_outcome_code"].to_list() == ["撤回"]


# Rows with another number of cells


@pytest.mark.parametrize("block_bytes", [64, 1 << 20])
def test_ragged_rows_are_set_aside_and_counted(
    read: Callable, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(lake.csv_file, "_BLOCK_BYTES", block_bytes)
    chance = random.Random(7)
    ragged = {number: chance.choice([4, 6, 7]) for number in sorted(chance.sample(range(1, 301), 25))}
    ragged[300] = 2
    lines = [
        ",".join(["D"] * ragged[number]) if number in ragged else f'D{number},"L\n{number}",2026-01-05,,open'
        for number in range(1, 301)
    ]
    extract = read("disputes", rows(*lines))
    assert dict(extract.ragged.select("source_row", "cells").rows()) == ragged
    assert set(extract.ragged["expected_cells"]) == {5}
    assert extract.rows == 300
    assert extract.frame["source_row"].to_list() == [number for number in range(1, 301) if number not in ragged]
    assert extract.frame["loan_id"].to_list() == [f"L\n{number}" for number in range(1, 301) if number not in ragged]


def test_a_file_of_ragged_rows_is_refused(refused: Callable) -> None:
    error = refused("disputes", rows(*["D1,L1,2026-01-05,open"] * 11, *["D1,L1,2026-01-05,,open"] * 20))
    assert error.code == "ARR-1018"
    assert error.facts == {"file": "disputes.csv", "rows": 31, "ragged_rows": 11, "first_row": 1, "cells": 5}


# Whole files that are wrong


def test_missing(refused: Callable, folder: Path) -> None:
    error = refused("disputes")
    assert error.code == "ARR-1010"
    assert error.facts == {"dataset": "disputes", "file": "disputes.csv", "folder": folder}


@pytest.mark.parametrize("pattern", ["../disputes.csv", "/etc/passwd", "a/../../b.csv"])
def test_a_pattern_that_leads_out_of_the_folder(refused: Callable, pattern: str) -> None:
    error = refused("disputes", files=pattern)
    assert (error.code, error.facts["files"]) == ("ARR-1001", pattern)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\r\n\n"])
def test_empty(refused: Callable, content: bytes) -> None:
    error = refused("disputes", content)
    assert (error.code, error.facts) == ("ARR-1011", {"file": "disputes.csv"})


def test_cut_at_any_byte_is_refused_or_a_whole_number_of_rows(read: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ('D1,L1,2026-01-05,,"open"', 'D2,"Lö2",2026-01-05,2026-02-05,upheld', "D3,L3,2026-01-05,,open")
    content = rows(*lines).encode()
    whole = read("disputes", content).frame
    codes = {}
    for size in range(len(content)):
        try:
            part = read("disputes", content[:size])
        except ArrearsError as error:
            codes[size] = error.code
        else:
            assert content[:size].endswith(b"\n")
            assert part.frame.equals(whole.head(part.frame.height))
    assert set(codes.values()) == {"ARR-1011", "ARR-1012", "ARR-1014", "ARR-1015"}
    first_row = content.index(b"\n") + 1
    assert {code for size, code in codes.items() if size >= first_row} == {"ARR-1012"}


def test_cut_inside_a_row_names_the_line(refused: Callable) -> None:
    error = refused("disputes", rows("D1,L1,2026-01-05,,open") + "D2,L2,20")
    assert error.code == "ARR-1012"
    assert error.facts == {"file": "disputes.csv", "line": 3, "reason": "no line end"}


@pytest.mark.parametrize("line", ['D2,"L2,2026-01-05,,open', 'D2,L2,2026-01-05,,"open'])
def test_cut_inside_quotation_marks(refused: Callable, line: str) -> None:
    error = refused("disputes", rows("D1,L1,2026-01-05,,open", line, "D3,L3,2026-01-05,,open"))
    assert (error.code, error.facts["reason"]) == ("ARR-1012", "a quotation mark is open")


def test_a_cell_longer_than_a_block_is_damage(refused: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake.csv_file, "_BLOCK_BYTES", 200)
    error = refused("disputes", rows(*["D1,L1,2026-01-05,,open"] * 9, 'D2,"' + "L\n" * 5_000 + '",2026-01-05,,open'))
    assert (error.code, error.facts["file"]) == ("ARR-1019", "disputes.csv")


@pytest.mark.parametrize("block_bytes", [40, 1 << 20])
def test_gb18030_declared_as_utf8_names_line_and_byte(
    refused: Callable, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(lake.csv_file, "_BLOCK_BYTES", block_bytes)
    content = rows("B1,person,Ann,resident_id,1,,,none", "B2,person,王小明,resident_id,1,,,none", head=BORROWERS_HEAD)
    data = content.encode("gb18030")
    error = refused("borrowers", data)
    assert error.code == "ARR-1013"
    assert error.facts == {
        "file": "borrowers.csv",
        "declared": "utf-8",
        "line": 3,
        "byte_offset": data.index(b"\xcd\xf5"),
    }


@pytest.mark.parametrize("block_bytes", [40, 1 << 20])
def test_a_byte_that_is_impossible_in_gb18030(
    refused: Callable, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(lake.csv_file, "_BLOCK_BYTES", block_bytes)
    data = rows("B1,person,王小明,resident_id,1,,,none", "B2,person,?,resident_id,1,,,none", head=BORROWERS_HEAD)
    damaged = data.encode("gb18030").replace(b"?", b"\xff")
    error = refused("borrowers", damaged, encoding="gb18030")
    assert error.code == "ARR-1013"
    assert error.facts == {
        **{"file": "borrowers.csv", "declared": "gb18030"},
        **{"line": 3, "byte_offset": damaged.index(b"\xff")},
    }


@pytest.mark.parametrize("name", ["王小明", "联通"])
@pytest.mark.parametrize("rows_before", [0, 5_000])
def test_utf8_declared_as_gb18030(refused: Callable, name: str, rows_before: int) -> None:
    lines = ["B0,person,Ann,resident_id,1,,,none"] * rows_before + [f"B1,person,{name},resident_id,1,,,none"]
    error = refused("borrowers", rows(*lines, head=BORROWERS_HEAD), encoding="gb18030")
    assert error.code == "ARR-1013"
    assert error.facts["file"] == "borrowers.csv"


def test_utf16(refused: Callable) -> None:
    error = refused("disputes", rows("D1,L1,2026-01-05,,open").encode("utf-16"))
    assert (error.code, error.facts["line"], error.facts["byte_offset"]) == ("ARR-1013", 1, 0)


def test_unknown_column(refused: Callable) -> None:
    error = refused("disputes", rows("D1,L1,2026-01-05,,open,7", head=HEAD + ",新列"))
    assert error.code == "ARR-1016"
    assert error.facts == {"file": "disputes.csv", "row": "headings", "column": ["新列"], "place": [6]}


def test_missing_column_names_the_unknown_one_beside_it(refused: Callable) -> None:
    error = refused("disputes", rows("D1,L1,2026-01-05,,open", head=HEAD.replace("opened_on", "opened")))
    assert error.code == "ARR-1015"
    assert error.facts == {"file": "disputes.csv", "row": "headings", "column": ["opened_on"], "unknown": ["opened"]}


def test_repeated_heading(refused: Callable) -> None:
    error = refused("disputes", rows("D1,L1,2026-01-05,,open,L2", head=HEAD + ",loan_id"))
    assert (error.code, error.facts["column"]) == ("ARR-1017", ["loan_id"])


def test_a_file_without_headings_shows_none_of_its_cells(refused: Callable) -> None:
    error = refused("borrowers", rows(head="B1,person,王小明,resident_id,11010119900307231X,,,none"))
    assert error.code == "ARR-1014"
    assert "王" not in str(error)
    assert "1101" not in str(error)


def test_the_wrong_separator(refused: Callable) -> None:
    error = refused("disputes", rows("D1,L1,2026-01-05,,open"), separator="|")
    assert (error.code, error.facts["columns"]) == ("ARR-1014", 1)


def test_a_named_pipe_does_not_hang(refused: Callable, folder: Path) -> None:
    os.mkfifo(folder / "disputes.csv")
    error = refused("disputes")
    assert (error.code, error.facts["file"]) == ("ARR-1021", "disputes.csv")


def test_a_file_that_grows_while_it_is_read(refused: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = lake.csv_file.CsvFile._parsed

    def parse_while_written(self: object, file: object) -> object:
        for batch in parse(self, file):
            with (folder / "disputes.csv").open("a") as other:
                other.write("D2,L2,2026-01-05,,open\n")
            yield batch

    monkeypatch.setattr(lake.csv_file.CsvFile, "_parsed", parse_while_written)
    error = refused("disputes", rows("D1,L1,2026-01-05,,open"))
    assert (error.code, error.kind.may_retry) == ("ARR-1022", True)


# Parquet


def parquet_of(folder: Path, table: pa.Table, name: str = "payments.parquet") -> None:
    pq.write_table(table, folder / name)


def payments_table(**changes: pa.Array) -> pa.Table:
    columns = {
        "payment_id": pa.array(["P1", "P2"]),
        "loan_id": pa.array(["L1", None]),
        "payment_kind": pa.array(["payment", "reversal"]).dictionary_encode(),
        "payment_amount": pa.array([Decimal("12.3400"), Decimal("0.0001")], pa.decimal128(20, 4)),
        "paid_on": pa.array([date(2026, 1, 5), None]),
        "booked_on": pa.array(["2026-01-06 00:00:00", "2026-01-06 12:00:00"]).cast(pa.timestamp("ns")),
    }
    return pa.table(columns | changes)


def test_parquet_with_typed_columns(read: Callable, folder: Path) -> None:
    parquet_of(folder, payments_table())
    declared = {"paid_on": ColumnSource(column="paid_on", date_formats=("%Y%m%d",))}
    extract = read("payments", files="payments.parquet", format="parquet", columns=declared)
    assert extract.frame.rows() == [
        ("P1", "L1", "payment", Decimal("12.34"), date(2026, 1, 5), date(2026, 1, 6), "payments.parquet", 1, "", ""),
        (
            *("P2", None, "reversal", None, None, None, "payments.parquet", 2, "payment_amount,booked_on"),
            f"0.0001{UNIT_SEPARATOR}2026-01-06 12:00:00",
        ),
    ]
    data = (folder / "payments.parquet").read_bytes()
    (file,) = extract.files
    assert (file.bytes, file.sha256, file.rows) == (len(data), hashlib.sha256(data).hexdigest(), 2)


def test_parquet_with_texts_numbers_and_floats(read: Callable, folder: Path) -> None:
    parquet_of(
        folder,
        payments_table(
            payment_amount=pa.array([1234.56, 0.1 + 0.2]),
            paid_on=pa.array(["2026-01-05", "2026-13-05"], pa.large_string()),
            booked_on=pa.nulls(2),
            loan_id=pa.array([17, 18]),
        ),
    )
    extract = read("payments", files="payments.parquet", format="parquet")
    assert extract.frame["payment_amount"].to_list() == [Decimal("1234.56"), None]
    assert extract.frame["paid_on"].to_list() == [date(2026, 1, 5), None]
    assert extract.frame["loan_id"].to_list() == ["17", "18"]
    assert extract.frame["unreadable_fields"].to_list() == ["", "payment_amount,paid_on"]


def test_parquet_timestamps_with_and_without_zone(read: Callable, folder: Path) -> None:
    local = pa.array(["2026-01-05 10:00:00", "1986-09-14 01:30:00"]).cast(pa.timestamp("ms"))
    first, second = datetime(2026, 1, 5, 10, tzinfo=UTC), datetime(1986, 9, 14, 1, 30, tzinfo=UTC)
    for times, expected in (
        (local, [first - timedelta(hours=8), None]),
        (local.cast(pa.timestamp("us", "UTC")), [first, second]),
    ):
        columns = {name: pa.array(["x", "y"]) for name in CONTACTS.field_names}
        parquet_of(folder, pa.table(columns | {"contacted_at": times}), "contacts.parquet")
        extract = read("contacts", files="contacts.parquet", format="parquet")
        assert extract.frame["contacted_at"].to_list() == expected


@pytest.mark.parametrize(("kept", "code"), [(0, "ARR-1011"), (3, "ARR-1019"), (100, "ARR-1012"), (-1, "ARR-1012")])
def test_parquet_cut_short(refused: Callable, folder: Path, kept: int, code: str) -> None:
    parquet_of(folder, payments_table())
    data = (folder / "payments.parquet").read_bytes()
    (folder / "payments.parquet").write_bytes(data[:kept])
    error = refused("payments", files="payments.parquet", format="parquet")
    assert (error.code, error.facts["file"]) == (code, "payments.parquet")


def test_csv_declared_as_parquet_and_the_reverse(refused: Callable, folder: Path) -> None:
    (folder / "payments.parquet").write_text(rows(head=PAYMENTS_HEAD))
    assert refused("payments", files="payments.parquet", format="parquet").code == "ARR-1019"
    parquet_of(folder, payments_table())
    assert refused("payments", files="payments.parquet").code in {"ARR-1013", "ARR-1014"}


def test_parquet_with_damaged_pages(refused: Callable, folder: Path) -> None:
    table = pa.table({name: pa.array([f"{name}{i}" for i in range(2_000)]) for name in PAYMENTS.field_names})
    parquet_of(folder, table)
    data = bytearray((folder / "payments.parquet").read_bytes())
    data[4:3_000] = bytes(2_996)
    (folder / "payments.parquet").write_bytes(data)
    error = refused("payments", files="payments.parquet", format="parquet")
    assert (error.code, error.facts["file"], error.facts["after_row"]) == ("ARR-1019", "payments.parquet", 0)


@pytest.mark.parametrize("column", [pa.array([[1], [2]]), pa.array([b"x", b"y"])])
def test_parquet_with_a_column_that_is_no_value(refused: Callable, folder: Path, column: pa.Array) -> None:
    parquet_of(folder, payments_table(payment_amount=column))
    error = refused("payments", files="payments.parquet", format="parquet")
    assert (error.code, error.facts["column"]) == ("ARR-1020", "payment_amount")


def test_parquet_with_a_missing_unknown_or_repeated_column(refused: Callable, folder: Path) -> None:
    whole = payments_table()
    for table, code in (
        (whole.drop_columns(["paid_on"]), "ARR-1015"),
        (whole.append_column("extra", pa.array([1, 2])), "ARR-1016"),
        (whole.append_column("loan_id", pa.array([1, 2])), "ARR-1017"),
    ):
        parquet_of(folder, table)
        assert refused("payments", files="payments.parquet", format="parquet").code == code


def test_identity_is_not_shown_in_unreadable_values(read: Callable) -> None:
    head = ",".join(LOANS.field_names)
    extract = read("loans", rows("L1,B1,consumer,王小明,13800138000,110101199003072315,a@b.cn", head=head))
    (row, fields, values) = places(extract)[0]
    assert (row, fields) == (1, "principal_amount,annual_rate,disbursed_on,matures_on")
    assert values.split(UNIT_SEPARATOR) == ["王***", "138***", "110***", "***"]


def test_borrowers_are_never_unreadable(read: Callable) -> None:
    extract = read("borrowers", rows("x,y,z,w,v,u,t,s", head=BORROWERS_HEAD))
    assert places(extract) == [(1, "", "")]
    assert extract.frame.columns[:8] == list(BORROWERS.field_names)
