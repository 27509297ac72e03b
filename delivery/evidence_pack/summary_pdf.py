"""The summary as PDF. The font is embedded, so it looks the same everywhere; same summary, same bytes.

The font is Noto Sans SC (SIL Open Font License 1.1, which allows embedding). A character that it lacks, as rare names
may have, is printed by its number in Unicode, never left out.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, time
from functools import lru_cache

from fpdf import FPDF, XPos, YPos
from fpdf.enums import Align, TableBordersLayout
from fpdf.fonts import FontFace, TTFFont
from pylopdf_fonts_zh_cn import sans_path

from delivery.evidence_pack.summary import Section, Summary

# They log which characters a document has, and so of which its names are made.
for _name in ("fontTools", "fpdf"):
    logging.getLogger(_name).setLevel(logging.ERROR)

_FONT = "NotoSansSC"
_TITLE_SIZE, _SECTION_SIZE, _TEXT_SIZE, _SMALL_SIZE = 17, 12, 9.5, 8
_MARGIN, _LABEL_WIDTH, _LINE_HEIGHT = 18, 34, 5.6
_INK, _QUIET, _RULE = (20, 24, 32), (96, 104, 116), (196, 202, 212)


def summary_pdf(summary: Summary) -> bytes:
    """The document."""
    pdf = _Document(summary)
    pdf.add_page()
    pdf.set_font(_FONT, size=_TITLE_SIZE)
    pdf.multi_cell(0, 10, printable(summary.title), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_font(_FONT, size=_SMALL_SIZE)
    pdf.set_text_color(*_QUIET)
    pdf.multi_cell(
        0,
        5,
        "本摘要由账本和账簿数据生成, 含个人信息, 仅供案件办理使用, 不得外传。",
        new_x=XPos.LMARGIN,
        new_y=YPos.NEXT,
    )
    for section in summary.sections:
        _draw(pdf, section)
    return bytes(pdf.output())


def printable(text: str) -> str:
    """The text with the number of each character that the font lacks in its place."""
    known = _known_characters()
    return "".join(letter if ord(letter) in known or letter == " " else f"〔U+{ord(letter):04X}〕" for letter in text)


@lru_cache(maxsize=1)
def _known_characters() -> frozenset[int]:
    pdf = FPDF()
    pdf.add_font(_FONT, fname=str(sans_path()))
    pdf.set_font(_FONT)
    font = pdf.current_font
    return frozenset(font.cmap) if isinstance(font, TTFFont) else frozenset()


class _Document(FPDF):
    """Pages with the case and their number at the foot."""

    def __init__(self, summary: Summary) -> None:
        super().__init__(format="A4")
        self._case_id = summary.case_id
        self.set_creation_date(datetime.combine(summary.as_of, time(), UTC))
        self.set_title(summary.title)
        self.set_lang("zh-CN")
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(True, margin=_MARGIN)
        self.add_font(_FONT, fname=str(sans_path()))

    def footer(self) -> None:
        """What stands below each page."""
        self.set_y(-12)
        self.set_font(_FONT, size=_SMALL_SIZE)
        self.set_text_color(*_QUIET)
        self.cell(0, 5, printable(f"{self._case_id}   第{self.page_no()}页"), align=Align.C)


def _draw(pdf: FPDF, section: Section) -> None:
    # A title alone at the foot of a page belongs on the next one.
    if pdf.will_page_break(4 * _LINE_HEIGHT):
        pdf.add_page()
    pdf.ln(3)
    pdf.set_text_color(*_INK)
    pdf.set_font(_FONT, size=_SECTION_SIZE)
    pdf.multi_cell(0, 7, printable(section.title), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_draw_color(*_RULE)
    pdf.line(pdf.l_margin, pdf.get_y(), pdf.w - pdf.r_margin, pdf.get_y())
    pdf.ln(1.5)
    for label, value in section.lines:
        _draw_line(pdf, label, value)
    if section.rows:
        _draw_table(pdf, section)
    if section.note:
        pdf.ln(1)
        pdf.set_font(_FONT, size=_SMALL_SIZE)
        pdf.set_text_color(*_QUIET)
        pdf.multi_cell(0, 5, printable(section.note), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _draw_line(pdf: FPDF, label: str, value: str) -> None:
    if pdf.will_page_break(_LINE_HEIGHT):
        pdf.add_page()
    pdf.set_font(_FONT, size=_TEXT_SIZE)
    pdf.set_text_color(*_QUIET)
    pdf.cell(_LABEL_WIDTH, _LINE_HEIGHT, printable(label))
    pdf.set_text_color(*_INK)
    pdf.multi_cell(0, _LINE_HEIGHT, printable(value), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _draw_table(pdf: FPDF, section: Section) -> None:
    pdf.set_font(_FONT, size=_SMALL_SIZE)
    pdf.set_text_color(*_INK)
    with pdf.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        col_widths=section.widths,
        headings_style=FontFace(color=_QUIET),
        line_height=4.8,
        padding=0.8,
        text_align=Align.L,
    ) as table:
        for row in (section.headings, *section.rows):
            table.row([printable(value) for value in row])
