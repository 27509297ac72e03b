"""Workbooks that somebody else made: what can be read is read, what is wrong is named, nothing is evaluated."""

import io
import random
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.formats import cells
from delivery.formats import spreadsheet_cells as in_cell
from delivery.formats import spreadsheet_package as in_package
from delivery.formats import spreadsheet_reading as in_reading
from delivery.formats import spreadsheet_xml as in_xml
from delivery.formats.delimited import ReadLimits
from delivery.formats.spreadsheet_package import PackageLimits
from delivery.formats.spreadsheet_reading import SpreadsheetLimits, is_workbook
from schemas.bureaus.roster import FEEDBACK_LAYOUT, LAYOUT
from tests.delivery.roster_examples import RECORD
from tests.delivery.spreadsheet_examples import (
    HEADING_ROW,
    MAIN,
    by_hand,
    found,
    made_by_openpyxl,
    parts_of,
    read,
    text_cell,
    zipped,
)

LIST_ROW = [
    1,
    "张三",
    "居民身份证",
    "11010519491231002X",
    13800000000,
    "某某贷",
    "91110000600037341L",
    50000,
    12345.6,
    date(2025, 11, 3),
    308,
    True,
    "电话12次, 短信3次",
    datetime.fromisoformat("2026-09-07"),
]


def list_with(**changed: object) -> bytes:
    row = dict(zip(LAYOUT.names, LIST_ROW, strict=True)) | changed
    return made_by_openpyxl(list(row.values()), headings=LAYOUT.headings)


class TestForeignWorkbooks:
    def test_typed_cells_of_another_program_are_read(self) -> None:
        sheet = read(made_by_openpyxl(LIST_ROW, headings=LAYOUT.headings))
        assert sheet.layout is LAYOUT
        assert sheet.found.violations == ()
        assert sheet.found.records.to_pylist() == [RECORD]
        assert sheet.found.line_numbers == (2,)

    def test_everything_as_text_is_read_as_well(self) -> None:
        row = [str(value) if not isinstance(value, bool) else "是" for value in LIST_ROW]
        row[8], row[9], row[13] = "12345.60", "2025-11-03", "2026-09-07"
        assert read(made_by_openpyxl(row, headings=LAYOUT.headings)).found.records.to_pylist() == [RECORD]

    def test_broken_rows_are_named_and_the_others_are_read(self) -> None:
        data = made_by_openpyxl(
            [1, "accepted"], ["x", "accepted"], [3, "maybe"], [4, "rejected", "E1", "ok"], [None, "accepted"]
        )
        assert found(data) == [
            (3, "serial", cells.NOT_AN_INTEGER),
            (4, "status", cells.UNKNOWN_CODE),
            (6, "serial", cells.REQUIRED),
        ]
        assert read(data).found.records["serial"].to_pylist() == [1, 4]
        assert read(data).found.line_numbers == (2, 5)
        assert read(data).found.lines == 5

    def test_empty_rows_between_and_behind_are_passed_over(self) -> None:
        data = made_by_openpyxl([1, "accepted"], [], [None, None], [4, "accepted"], [""])
        assert found(data) == []
        assert read(data).found.line_numbers == (2, 5)

    def test_a_value_beside_the_columns_breaks_its_row(self) -> None:
        data = made_by_openpyxl([1, "accepted", None, None, "beside"], [2, "accepted"])
        assert found(data) == [(2, None, in_reading.WRONG_FIELD_COUNT)]
        assert read(data).found.records["serial"].to_pylist() == [2]

    def test_a_single_cell_in_the_last_corner_of_the_sheet_costs_nothing(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(made_by_openpyxl([1, "accepted"])))
        book.active["XFD1048576"] = 5
        buffer = io.BytesIO()
        book.save(buffer)
        assert found(buffer.getvalue()) == [(1048576, None, in_reading.WRONG_FIELD_COUNT)]

    @pytest.mark.parametrize(
        "headings",
        [("serial", "status", "code", "message"), ("序号", "状态", "代码"), ("序号", "状态", "代码", "说明", "x")],
    )
    def test_other_headings(self, headings: tuple[str, ...]) -> None:
        data = made_by_openpyxl([1, "accepted"], headings=headings)
        assert found(data) == [(1, None, in_reading.WRONG_HEADINGS)]
        assert read(data).layout is None

    def test_an_empty_sheet(self) -> None:
        assert found(made_by_openpyxl(headings=())) == [(1, None, in_package.FILE_EMPTY)]

    def test_a_second_sheet_is_told(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(made_by_openpyxl([1, "accepted"])))
        book.create_sheet("other")
        buffer = io.BytesIO()
        book.save(buffer)
        assert found(buffer.getvalue()) == [(1, None, in_reading.SEVERAL_SHEETS)]
        assert read(buffer.getvalue()).found.records.num_rows == 1


class TestCells:
    @pytest.mark.parametrize("formula", ["=1+1", '=HYPERLINK("http://x","y")', "=A1", '=cmd|" /C calc"!A0'])
    def test_a_formula_is_never_a_value(self, formula: str) -> None:
        data = made_by_openpyxl([1, "accepted"], [2, "rejected", "E1", formula], [formula, "accepted"])
        assert found(data) == [(3, "message", in_cell.FORMULA), (4, "serial", in_cell.FORMULA)]
        assert read(data).found.records["serial"].to_pylist() == [1]

    def test_a_formula_with_a_kept_result_is_refused_too(self) -> None:
        sheet = f"{HEADING_ROW}<row><c><f>A1</f><v>7</v></c>{text_cell('accepted')}</row>"
        assert found(by_hand(sheet)) == [(2, "serial", in_cell.FORMULA)]

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("id_number", 110101199003071233, in_cell.DIGITS_LOST),
            ("id_number", 110101199003071.5, in_cell.DIGITS_LOST),
            ("id_number", 1.5, in_cell.OTHER_KIND),
            ("id_number", True, in_cell.OTHER_KIND),
            ("id_number", datetime.fromisoformat("2026-01-01"), in_cell.OTHER_KIND),
            ("total_borrowed", 12345678901234.567, in_cell.DIGITS_LOST),
            ("total_borrowed", 0.125, cells.NOT_MONEY),
            ("total_borrowed", True, in_cell.OTHER_KIND),
            ("days_overdue", 1.5, cells.NOT_AN_INTEGER),
            ("days_overdue", datetime.fromisoformat("2026-01-01"), in_cell.OTHER_KIND),
            ("report_date", 46272, in_cell.OTHER_KIND),
            ("report_date", datetime.fromisoformat("2026-09-07T12"), in_cell.TIME_OF_DAY),
            ("report_date", "2026/9/7", cells.NOT_A_DATE),
            ("is_lost_contact", 1, in_cell.OTHER_KIND),
            ("is_lost_contact", "?", cells.UNKNOWN_CODE),
            ("name", "长" * 101, cells.TOO_LONG),
            ("name", "a\nb", cells.CONTROL_CHARACTER),
            ("name", "", cells.REQUIRED),
            ("name", "#N/A", in_cell.ERROR_VALUE),
            ("name", time(12, 30), in_cell.OTHER_KIND),
        ],
    )
    def test_a_cell_that_is_wrong_is_told_once(self, field: str, value: object, code: str) -> None:
        assert found(list_with(**{field: value})) == [(2, field, code)]

    @pytest.mark.parametrize(
        ("written", "amount"),
        [
            ("19.899999999999999", "19.90"),
            ("0.1", "0.10"),
            ("1e3", "1000.00"),
            ("1.5E+2", "150.00"),
            ("-0.01", "-0.01"),
            ("100.0", "100.00"),
            ("0", "0.00"),
        ],
    )
    def test_numbers_as_spreadsheets_write_them(self, written: str, amount: str) -> None:
        data = list_with(total_borrowed=77777)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        sheet = parts["xl/worksheets/sheet1.xml"]
        assert sheet.count(b"<v>77777</v>") == 1
        parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"<v>77777</v>", f"<v>{written}</v>".encode())
        assert read(zipped(parts)).found.records["total_borrowed"].to_pylist() == [Decimal(amount)]

    @pytest.mark.parametrize("written", ["1e999", "nan", "inf", "1_0", "0x10", "٣", "", "1" * 50, "1e-999", "1e40"])
    def test_what_is_no_number_is_no_value(self, written: str) -> None:
        codes = found(by_hand(f"{HEADING_ROW}<row><c><v>{written}</v></c>{text_cell('accepted')}</row>"))
        assert [code[:2] for code in codes] == [(2, "serial")]

    def test_days_counted_from_1904(self) -> None:
        styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
        # 1904-01-02 is day 1 there; 2026-09-07 is 46272 days after 1899-12-30 and 44810 after 1904-01-01.
        row = "".join(
            '<c s="1"><v>44810</v></c>' if name == "report_date" else text_cell(text)
            for name, text in zip(
                LAYOUT.names,
                [
                    "1",
                    "张三",
                    "居民身份证",
                    "11010519491231002X",
                    "",
                    "某某贷",
                    "91110000600037341L",
                    "1",
                    "1",
                    "2025-11-03",
                    "308",
                    "是",
                    "x",
                    "",
                ],
                strict=True,
            )
        )
        sheet = f"<row>{''.join(map(text_cell, LAYOUT.headings))}</row><row>{row}</row>"
        data = by_hand(sheet, styles=styles, workbook='<workbookPr date1904="1"/>')
        assert read(data).found.violations == ()
        assert read(data).found.records["report_date"].to_pylist() == [date(2026, 9, 7)]

    @pytest.mark.parametrize("number_format", ["yyyy-mm-dd", "yyyy年m月d日", "[$-804]yyyy/m/d;@", "d.m.yy"])
    def test_a_day_in_any_format_is_a_day(self, number_format: str) -> None:
        data = made_by_openpyxl(LIST_ROW, headings=LAYOUT.headings, formats={"J2": number_format, "N2": number_format})
        assert read(data).found.records.to_pylist() == [RECORD]

    def test_a_format_with_words_is_no_day(self) -> None:
        data = made_by_openpyxl(LIST_ROW, headings=LAYOUT.headings, formats={"K2": '0"days"', "H2": "0.00_d"})
        assert read(data).found.records.to_pylist() == [RECORD]

    def test_shared_strings_rich_text_and_reading_aids(self) -> None:
        shared = (
            "<si><t>accepted</t></si><si><r><t>re</t></r><r><rPr/><t>jected</t></r>"
            "<rPh sb='0' eb='1'><t>READ</t></rPh></si><si><t>_x0041__x005F_x0042_</t></si>"
        )
        row = '<row><c><v>1</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c></row>'
        assert read(by_hand(HEADING_ROW + row, shared=shared)).found.records.to_pylist() == [
            {"serial": 1, "status": "rejected", "code": "A_x0042_", "message": None}
        ]

    @pytest.mark.parametrize("place", ["3", "-1", "x", "1.0", "99999999999"])
    def test_a_shared_string_that_is_not_there(self, place: str) -> None:
        row = f'<row><c><v>1</v></c><c t="s"><v>{place}</v></c></row>'
        assert found(by_hand(HEADING_ROW + row, shared="<si><t>accepted</t></si>")) == [
            (2, "status", in_cell.BROKEN_CELL)
        ]

    def test_prefixed_names_are_the_same_names(self) -> None:
        parts = parts_of("")
        rows = (
            (HEADING_ROW + f"<row><c><v>1</v></c>{text_cell('accepted')}</row>")
            .replace("<", "<x:")
            .replace("<x:/", "</x:")
        )
        parts["xl/worksheets/sheet1.xml"] = (
            f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'.encode()
        )
        assert read(zipped(parts)).found.records["serial"].to_pylist() == [1]

    def test_a_guarded_text_loses_its_guard(self) -> None:
        data = made_by_openpyxl([1, "rejected", "E1", "'=1+1"], [2, "rejected", "E1", "'张"])
        assert read(data).found.records["message"].to_pylist() == ["=1+1", "'张"]


class TestHostileWorkbooks:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", in_package.FILE_EMPTY),
            (b"PK\x03\x04 cut short", in_package.DAMAGED),
            (b"%PDF-1.4", in_package.NOT_A_WORKBOOK),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), in_package.OLD_WORKBOOK),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), in_package.ENCRYPTED),
            (zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), in_package.NOT_A_WORKBOOK),
        ],
    )
    def test_what_is_no_workbook_is_refused_with_the_reason(self, data: bytes, code: str) -> None:
        assert found(data) == [(1, None, code)]

    def test_entities_are_not_expanded(self) -> None:
        prolog = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
        row = f"<row><c><v>1</v></c>{text_cell('&b;')}</row>"
        assert found(by_hand(HEADING_ROW + row, prolog=prolog)) == [(1, None, in_xml.HAS_DOCTYPE)]

    def test_no_file_is_read_through_an_entity(self) -> None:
        parts = parts_of(HEADING_ROW, shared="")
        parts["xl/sharedStrings.xml"] = (
            b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><sst><si><t>&f;</t></si></sst>'
        )
        assert found(zipped(parts)) == [(1, None, in_xml.HAS_DOCTYPE)]

    def test_a_sheet_that_unpacks_beyond_its_ratio_ends_the_reading(self) -> None:
        row = f"<row><c><v>1</v></c>{text_cell('accepted')}</row>"
        bomb = by_hand(HEADING_ROW + row + " " * 20_000_000)
        assert len(bomb) < 30_000
        assert [code for _, _, code in found(bomb)] == [in_package.PART_TOO_LARGE]
        assert read(bomb).found.records["serial"].to_pylist() == [1]

    @pytest.mark.parametrize("part", ["sharedStrings.xml", "styles.xml"])
    def test_so_does_any_other_part(self, part: str) -> None:
        parts = parts_of(HEADING_ROW, shared="", styles="")
        parts[f"xl/{part}"] += b" " * 20_000_000
        assert found(zipped(parts)) == [(1, None, in_package.PART_TOO_LARGE)]

    def test_a_size_that_the_archive_lies_about_is_not_believed(self) -> None:
        data = bytearray(by_hand(HEADING_ROW + "<row><c><v>1</v></c></row>"))
        central = data.index(b"PK\x01\x02")
        data[central + 24 : central + 28] = (1).to_bytes(4, "little")
        assert [code for _, _, code in found(bytes(data))] == [in_package.DAMAGED]

    def test_limits(self) -> None:
        data = made_by_openpyxl([1, "accepted"], ["x", "accepted"], ["y", "accepted"])
        cut = SpreadsheetLimits(PackageLimits(file_bytes=len(data) - 1))
        assert found(data, cut) == [(1, None, in_package.FILE_TOO_LARGE)]
        assert found(data, SpreadsheetLimits(PackageLimits(parts=3))) == [(1, None, in_package.TOO_MANY_PARTS)]
        assert found(data, SpreadsheetLimits(PackageLimits(small_part_bytes=100))) == [
            (1, None, in_package.PART_TOO_LARGE)
        ]
        assert found(data, SpreadsheetLimits(records=ReadLimits(lines=2))) == [(1, None, in_reading.TOO_MANY_LINES)]
        assert found(data, SpreadsheetLimits(records=ReadLimits(lines=3, violations=1))) == [
            (3, "serial", cells.NOT_AN_INTEGER)
        ]
        assert read(data, SpreadsheetLimits(records=ReadLimits(violations=1))).found.violation_count == 2

    def test_more_shared_strings_than_are_taken_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(in_reading, "_MOST_SHARED_STRINGS", 3)
        assert found(by_hand(HEADING_ROW, shared="<si><t>x</t></si>" * 3)) == []
        assert found(by_hand(HEADING_ROW, shared="<si><t>x</t></si>" * 4)) == [(1, None, in_xml.TOO_MANY_STRINGS)]

    def test_one_long_text_in_many_cells_is_cut_before_it_is_kept(self) -> None:
        shared = f"<si><t>{'x' * 30_000}</t></si>"
        row = '<row><c><v>1</v></c><c t="s"><v>0</v></c></row>'
        data = by_hand(HEADING_ROW + row * 2_000, shared=shared)
        sheet = read(data, SpreadsheetLimits(records=ReadLimits(violations=1))).found
        assert (sheet.violations[0].code, sheet.violation_count) == (cells.TOO_LONG, 2_000)

    def test_a_text_longer_than_a_cell_holds(self) -> None:
        row = f"<row><c><v>1</v></c>{text_cell('x' * 300_000)}</row>"
        assert [code for _, _, code in found(by_hand(HEADING_ROW + row))] == [in_xml.TEXT_TOO_LONG]

    @pytest.mark.parametrize(
        "rows",
        [
            '<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>',
            '<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>',
            '<row r="2"><c r="A3"><v>1</v></c></row>',
            '<row r="2"><c r="2"><v>1</v></c></row>',
            '<row r="2"><c r="AAAA2"><v>1</v></c></row>',
        ],
    )
    def test_rows_and_cells_out_of_their_order(self, rows: str) -> None:
        assert in_xml.ROWS_OUT_OF_ORDER in [code for _, _, code in found(by_hand(HEADING_ROW + rows))]

    def test_a_column_that_no_spreadsheet_has(self) -> None:
        assert in_xml.TOO_MANY_CELLS in [
            code for _, _, code in found(by_hand(f'{HEADING_ROW}<row r="2"><c r="ZZZ2"><v>1</v></c></row>'))
        ]

    @pytest.mark.parametrize("xml", ["<row", "<row></col>", '<row r="x"/>', "\x00", '<row r="-1"/>', "&nope;"])
    def test_xml_that_is_not_well_formed(self, xml: str) -> None:
        good = f"<row><c><v>1</v></c>{text_cell('accepted')}</row>"
        data = by_hand(HEADING_ROW + good + xml)
        assert [code for _, _, code in found(data)] == [in_xml.BROKEN_XML]
        assert read(data).found.records["serial"].to_pylist() == [1]

    def test_macros_and_links_are_told(self) -> None:
        parts = parts_of(HEADING_ROW)
        parts["xl/vbaProject.bin"] = parts["xl/externalLinks/externalLink1.xml"] = b"x"
        assert found(zipped(parts)) == [(1, None, in_reading.HAS_MACROS), (1, None, in_reading.HAS_LINKS)]

    def test_a_part_that_stands_twice_is_another_truth(self) -> None:
        parts = parts_of(HEADING_ROW)
        parts["XL/workbook.xml"] = b"x"
        assert found(zipped(parts)) == [(1, None, in_package.PART_TWICE)]

    @pytest.mark.parametrize("target", ["../../../../etc/passwd", "/etc/passwd", "http://x/y", "file:///etc/passwd"])
    def test_a_sheet_is_looked_for_within_the_archive_only(self, target: str) -> None:
        parts = parts_of(HEADING_ROW)
        parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
            b"worksheets/sheet1.xml", target.encode()
        )
        assert found(zipped(parts)) == [(1, None, in_package.NOT_A_WORKBOOK)]

    def test_no_value_of_the_file_is_in_a_violation(self) -> None:
        told = read(list_with(id_number="张三张三张三张三张三张三张三张三", name="a\nb")).found.violations
        assert not any("张三" in str(violation) or "a\\nb" in str(violation) for violation in told)

    @given(st.binary(max_size=400))
    @settings(max_examples=100, deadline=None)
    def test_any_bytes_behind_the_start_of_an_archive(self, data: bytes) -> None:
        assert read(b"PK\x03\x04" + data).found.records.num_rows == 0

    def test_any_byte_changed_never_ends_in_a_crash(self) -> None:
        data = made_by_openpyxl([1, "accepted"], [2, "rejected", "E1", "x"])
        chance = random.Random(20180808)
        for _ in range(300):
            changed = bytearray(data)
            for _ in range(chance.randint(1, 4)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            read(bytes(changed))

    def test_any_byte_of_the_sheet_changed_never_ends_in_a_crash(self) -> None:
        parts = parts_of(
            HEADING_ROW + f'<row r="2"><c r="A2" s="1"><v>1</v></c>{text_cell("accepted")}</row>' * 2,
            shared="<si><t>x</t></si>",
            styles='<cellXfs><xf numFmtId="14"/></cellXfs>',
        )
        chance = random.Random(7)
        for _ in range(300):
            name = chance.choice(sorted(parts))
            changed = bytearray(parts[name])
            changed[chance.randrange(len(changed))] = chance.randrange(256)
            read(zipped({**parts, name: bytes(changed)}))


def test_workbooks_are_told_by_their_first_bytes() -> None:
    assert is_workbook(made_by_openpyxl())
    assert is_workbook(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert not is_workbook("序号,状态".encode())
    assert not is_workbook(b"\xef\xbb\xbf")


def test_the_golden_workbook_of_another_program_is_read() -> None:
    data = (Path(__file__).parents[1] / "golden" / "roster" / "foreign-list.xlsx").read_bytes()
    assert read(data).found.records.to_pylist() == [RECORD]
    assert FEEDBACK_LAYOUT.name == "roster-feedback"
