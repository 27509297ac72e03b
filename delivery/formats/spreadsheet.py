"""Workbooks (XLSX) of a bureau's delimited layout: one sheet, the layout's headings, one row a record.

The sheet is written a whole column at a time. Nothing in it can be evaluated: text is an inline string in a cell that
is formatted as text, numbers and dates are values with a type, and there is no formula, macro or link. Text that a
spreadsheet would take for a formula bears the same quote as in the delimited file, for whoever saves the sheet as one.
Numbers of more digits than a spreadsheet keeps are written as text. Same records, layout and zlib, same bytes.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date

import polars as pl
import pyarrow as pa

from delivery.formats import cells
from delivery.formats.delimited import write_delimited
from schemas.bureaus.layout import Column, DelimitedLayout
from schemas.field import FieldType

MOST_ROWS = 1_048_576
MOST_EXACT_DIGITS = 15
"""Digits of a number that a spreadsheet keeps."""

FIRST_EXACT_DAY = date(1900, 3, 1)
"""Before it spreadsheets count a day that never was, 1900-02-29."""
DAY_ZERO = date(1899, 12, 30)

_TEXT_STYLE, _WHOLE_STYLE, _MONEY_STYLE, _DATE_STYLE, _HEADING_STYLE = "1", "2", "3", "4", "5"
_MADE_AT = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100600 << 16
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# Within text `_xHHHH_` stands for a character that XML can't hold; a text that looks like that is escaped itself.
_LOOKS_ESCAPED = r"_(x[0-9A-Fa-f]{4}_)"
_ESCAPED = {"\ufffe": "_xFFFE_", "\uffff": "_xFFFF_"}
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def write_spreadsheet(records: pl.DataFrame | pa.Table, layout: DelimitedLayout) -> bytes:
    """The bytes of a workbook with these records.

    Args:
        records: columns of the layout, in any order. Empty text counts as not filled.
        layout: what the sheet looks like; delimiter and line end play no part.

    Raises:
        ArrearsError: RECORDS_LACK_COLUMNS, RECORDS_BREAK_LAYOUT as `write_delimited`.
        ValueError: more records than a sheet has rows.
    """
    if len(records) >= MOST_ROWS:
        raise ValueError(f"{len(records)} records don't fit into a sheet of {MOST_ROWS} rows")
    frame = records if isinstance(records, pl.DataFrame) else pl.DataFrame(records)
    # The delimited writer is asked first, so that what it refuses is refused here with the same error.
    write_delimited(frame, layout)
    return _packed(
        {name: (_XML + part).encode() for name, part in {**_FIXED_PARTS, _SHEET: _sheet(frame, layout)}.items()}
    )


def column_letters(number: int) -> str:
    """Letters of a column in a cell's reference: A for 1, AA for 27."""
    letters = ""
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def _sheet(records: pl.DataFrame, layout: DelimitedLayout) -> str:
    last = column_letters(len(layout.columns))
    printed = cells.guard_formulas(cells.print_cells(records, layout), layout)
    # Dates and money are taken from the records, all else from its printed text.
    typed = records.select(pl.all().name.prefix("#"))
    numbered = pl.concat([printed, typed], how="horizontal").with_row_index("#row", offset=2)
    row_no = pl.col("#row").cast(pl.String)
    rows = numbered.select(
        pl.concat_str(
            pl.lit('<row r="'),
            row_no,
            pl.lit('">'),
            *(
                _cell(column, column_letters(place), row_no).fill_null("")
                for place, column in enumerate(layout, start=1)
            ),
            pl.lit("</row>"),
        ).alias("xml")
    )["xml"]
    headings = "".join(
        f'<c r="{column_letters(place)}1" t="inlineStr" s="{_HEADING_STYLE}">'
        f"<is><t>{_escaped_text(heading)}</t></is></c>"
        for place, heading in enumerate(layout.headings, start=1)
    )
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{min(40, max(column.max_length, 2 * len(column.heading)) + 2)}"'
        f' style="{_style(column)}" customWidth="1"/>'
        for place, column in enumerate(layout, start=1)
    )
    return (
        f'<worksheet xmlns="{_MAIN}"><dimension ref="A1:{last}{records.height + 1}"/>'
        '<sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<cols>{widths}</cols><sheetData><row r="1">{headings}</row>{"".join(rows.to_list())}</sheetData></worksheet>'
    )


def _cell(column: Column, letters: str, row_no: pl.Expr) -> pl.Expr:
    """The cell's XML, null where there is no value."""
    at = [pl.lit(f'<c r="{letters}'), row_no]
    printed, typed = pl.col(column.name), pl.col(f"#{column.name}")
    as_text = pl.concat_str(
        *at,
        pl.lit(f'" t="inlineStr" s="{_TEXT_STYLE}"><is><t xml:space="preserve">'),
        _escaped(printed),
        pl.lit("</t></is></c>"),
    )
    value: pl.Expr
    match column.type:
        case FieldType.INTEGER | FieldType.MONEY:
            is_exact = printed.str.count_matches("[0-9]") <= MOST_EXACT_DIGITS
            value = printed
        case FieldType.DATE:
            is_exact = typed >= FIRST_EXACT_DAY
            value = (typed - DAY_ZERO).dt.total_days().cast(pl.String)
        case _:
            return as_text
    as_number = pl.concat_str(*at, pl.lit(f'" s="{_style(column)}"><v>'), value, pl.lit("</v></c>"))
    return pl.when(is_exact).then(as_number).otherwise(as_text)


def _style(column: Column) -> str:
    styles = {FieldType.INTEGER: _WHOLE_STYLE, FieldType.MONEY: _MONEY_STYLE, FieldType.DATE: _DATE_STYLE}
    return styles.get(column.type, _TEXT_STYLE)


def _escaped(text: pl.Expr) -> pl.Expr:
    text = text.str.replace_all(_LOOKS_ESCAPED, "_x005F_${1}")
    for character, written in (_ESCAPED | _MARKUP).items():
        text = text.str.replace_all(character, written, literal=True)
    return text


def _escaped_text(text: str) -> str:
    escaped: str = pl.select(_escaped(pl.lit(text))).item()
    return escaped


def _packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _MADE_AT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = _REGULAR_FILE
            archive.writestr(entry, content)
    return buffer.getvalue()


_SHEET = "xl/worksheets/sheet1.xml"


def _relationship(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


_FIXED_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/{_SHEET}" ContentType="{_KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{_relationship(1, 'officeDocument', 'xl/workbook.xml')}</Relationships>"
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews>'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{_relationship(1, 'worksheet', 'worksheets/sheet1.xml')}{_relationship(2, 'styles', 'styles.xml')}"
        "</Relationships>"
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        + "".join(
            f'<xf numFmtId="{format_id}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
            for format_id, font in ((49, 0), (1, 0), (2, 0), (164, 0), (49, 1))
        )
        + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}
