"""Raw cells of one column, as a lender's system exports them, made into the type of a field."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lake.figures import parse_amounts, parse_integers, parse_rates, parse_truths
from lake.moments import parse_dates, parse_instants
from schemas.field import Field, FieldType
from schemas.sources import ColumnSource

BLANKS = (
    "".join(map(chr, (*range(0x09, 0x0E), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200C))))
    + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
# Names, titles and paths keep the widths of their characters: a full-width bracket is part of a docket number.
AS_WRITTEN = frozenset({"name", "court_name", "judgment_number", "file_path", "transcript"})

_WIDE = [chr(code) for code in range(0xFF01, 0xFF5F)]
_NARROW = [chr(code) for code in range(0x21, 0x7F)]
_NARROW_OF = str.maketrans(dict(zip(_WIDE, _NARROW, strict=True)))
_COUNTRY = r"^(?:\+?86|0086)(1[0-9]{10})$"


@dataclass(frozen=True)
class ParsedColumn:
    """One field of a batch of rows.

    Attributes:
        values: in the field's type, null where the cell is empty or unreadable.
        is_unreadable: whether the cell holds something that could not be parsed.
        text: the cleaned cell.
    """

    values: pl.Series
    is_unreadable: pl.Series
    text: pl.Series


@dataclass(frozen=True)
class CellReader:
    """Reads the cells of one field.

    Attributes:
        field: of the contract.
        origin: how the lender exports it.
        empty_values: texts that mean an empty cell.
        time_zone: of instants without an offset.
    """

    field: Field
    origin: ColumnSource
    empty_values: tuple[str, ...]
    time_zone: str

    def read(self, raw: pl.Series, *, is_typed: bool = False) -> ParsedColumn:
        """Clean and parse.

        Args:
            raw: texts, null for an empty cell.
            is_typed: the texts were made from typed values, so dates are ISO whatever formats are declared.
        """
        text = self._cleaned(raw)
        values = self._parsed(text, () if is_typed else self.origin.date_formats).alias(self.field.name)
        return ParsedColumn(values, text.is_not_null() & values.is_null(), text)

    def _cleaned(self, raw: pl.Series) -> pl.Series:
        folds_width = self.field.name not in AS_WRITTEN
        text = clean(raw, folds_width=folds_width)
        is_empty = text.is_in([clean_text(value, folds_width=folds_width) for value in self.empty_values])
        if not self.origin.codes:
            return text.set(is_empty, None)
        # The lender's table comes first: it may give a meaning even to what is elsewhere an empty cell.
        codes = {clean_text(word, folds_width=folds_width): code for word, code in self.origin.codes.items()}
        known = text.fill_null("").replace_strict(codes, default=None, return_dtype=pl.String)
        return known.fill_null(text.set(is_empty, None))

    def _parsed(self, text: pl.Series, date_formats: tuple[str, ...]) -> pl.Series:
        match self.field.type:
            case FieldType.TEXT:
                return _parse_text(text, self.field.name)
            case FieldType.INTEGER:
                return parse_integers(text)
            case FieldType.MONEY:
                return parse_amounts(text)
            case FieldType.RATE:
                return parse_rates(text)
            case FieldType.DATE:
                return parse_dates(text, date_formats)
            case FieldType.INSTANT:
                return parse_instants(text, date_formats, self.time_zone)
            case FieldType.TRUTH:
                return parse_truths(text)


def clean(raw: pl.Series, *, folds_width: bool) -> pl.Series:
    """Trim blanks of all widths; full-width letters, digits and punctuation become half-width where asked for."""
    text = raw.str.strip_chars(BLANKS)
    if folds_width and (text.str.len_bytes() != text.str.len_chars()).any():
        return text.str.replace_many(_WIDE, _NARROW).str.strip_chars(BLANKS)
    return text


def clean_text(text: str, *, folds_width: bool) -> str:
    """The same for one text."""
    trimmed = text.strip(BLANKS)
    return trimmed.translate(_NARROW_OF).strip(BLANKS) if folds_width else trimmed


def _parse_text(text: pl.Series, field_name: str) -> pl.Series:
    match field_name:
        case "id_number":
            return text.str.to_uppercase()
        case "mobile":
            return text.str.replace_all(r"[\s-]", "").str.replace(_COUNTRY, "${1}")
        case "file_sha256":
            return text.str.to_lowercase()
        case _:
            return text
