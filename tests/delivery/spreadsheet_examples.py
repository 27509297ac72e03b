"""Workbooks that somebody else made: by openpyxl, and part by part by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import openpyxl

from delivery.formats.spreadsheet_reading import ReadSheet, SpreadsheetLimits, read_spreadsheet
from schemas.bureaus.roster import FEEDBACK_LAYOUT, LAYOUT

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

FEEDBACK_HEADINGS = FEEDBACK_LAYOUT.headings


def made_by_openpyxl(
    *rows: list, headings: tuple[str, ...] = FEEDBACK_HEADINGS, formats: Mapping[str, str] | None = None
) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(headings))
    for row in rows:
        sheet.append(row)
    for place, number_format in (formats or {}).items():
        sheet[place].number_format = number_format
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def parts_of(
    sheet: str, *, shared: str | None = None, styles: str | None = None, prolog: str = "", workbook: str = ""
) -> dict[str, bytes]:
    """The parts of a workbook whose sheet holds this XML."""
    kinds = {"worksheet": "worksheets/sheet1.xml"}
    parts = {
        "xl/worksheets/sheet1.xml": f'{prolog}<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
    }
    if shared is not None:
        kinds["sharedStrings"] = "sharedStrings.xml"
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{shared}</sst>'
    if styles is not None:
        kinds["styles"] = "styles.xml"
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    relations = "".join(
        f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(kinds.items(), start=1)
    )
    parts |= {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{workbook}'
        '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}</Relationships>',
    }
    return {name: content.encode() for name, content in parts.items()}


def zipped(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def by_hand(sheet: str, **parts: str) -> bytes:
    return zipped(parts_of(sheet, **parts))


def text_cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


HEADING_ROW = f"<row>{''.join(map(text_cell, FEEDBACK_HEADINGS))}</row>"


def read(data: bytes, limits: SpreadsheetLimits | None = None) -> ReadSheet:
    return read_spreadsheet(data, [LAYOUT, FEEDBACK_LAYOUT], limits or SpreadsheetLimits())


def found(data: bytes, limits: SpreadsheetLimits | None = None) -> list[tuple]:
    sheet = read(data, limits).found
    assert all(violation.message for violation in sheet.violations)
    assert sheet.violation_count >= len(sheet.violations)
    return [(violation.line, violation.field, violation.code) for violation in sheet.violations]
