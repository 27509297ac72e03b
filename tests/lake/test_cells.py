"""Cells as lenders write them, against an oracle that reads one cell at a time with decimal and datetime."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lake.cells import BLANKS, CellReader, clean, clean_text
from lake.figures import parse_amounts, parse_integers, parse_rates, parse_truths
from lake.moments import parse_dates, parse_instants
from schemas.errors import ArrearsError
from schemas.fields import FIELDS
from schemas.sources import ColumnSource

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOST = Decimal("9999999999999999.99")


def read(field: str, cells: list[str | None], **origin: object) -> tuple[list[object], list[bool]]:
    reader = CellReader(FIELDS[field], ColumnSource(column="c", **origin), ("", "NULL", "-", "无"), "Asia/Shanghai")
    parsed = reader.read(pl.Series("c", cells, dtype=pl.String))
    return parsed.values.to_list(), parsed.is_unreadable.to_list()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def texts(cells: list[str]) -> pl.Series:
    return pl.Series("c", cells, dtype=pl.String)


def amount_of(text: str) -> Decimal | None:
    """Oracle: a hand-written reader of one amount."""
    left = text.removesuffix("元").rstrip()
    signs = 0
    is_negative = is_marked = False
    while left and left[0] in "+-¥￥":
        if left[0] in "+-":
            signs, is_negative = signs + 1, left[0] == "-"
        elif is_marked:
            return None
        else:
            is_marked = True
        left = left[1:].lstrip()
    whole, point, decimals = left.partition(".")
    groups = whole.split(",")
    if signs > 1 or not all(group.isascii() and group.isdigit() for group in groups):
        return None
    if len(groups) > 1 and (len(groups[0]) > 3 or any(len(group) != 3 for group in groups[1:])):
        return None
    if point and not (decimals.isascii() and decimals.isdigit()):
        return None
    if decimals[2:].strip("0"):
        return None
    value = Decimal("".join(groups) + "." + (decimals[:2] or "0"))
    return None if value > MOST else (-value if is_negative else value)


@given(st.lists(st.text("0123456789.,¥￥元+-eE ", max_size=14), min_size=1, max_size=40))
@example(["-0", "¥-1", "-¥1", "+-1", "1元 ", "1 元", "¥¥1", "1.", ".5", "1,23", "0,000.10", "12345678901234567"])
@example(["9999999999999999.99", "-9999999999999999.99", "10000000000000000"])
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_as_an_amount_as_the_oracle_reads_it(cells: list[str]) -> None:
    cells = [cell.strip() for cell in cells]
    assert parse_amounts(texts(cells)).to_list() == [amount_of(cell) for cell in cells]


@st.composite
def messy_amounts(draw: st.DrawFn) -> tuple[Decimal, str]:
    value = Decimal(draw(st.integers(-(10**18) + 1, 10**18 - 1))).scaleb(-2)
    text = f"{abs(value):,.2f}" if draw(st.booleans()) else f"{abs(value):.2f}"
    if draw(st.booleans()):
        text = text.rstrip("0").rstrip(".") if "." in text else text
    elif draw(st.booleans()):
        text += "00"
    text = draw(st.sampled_from(["", "¥", "￥", "¥ "])) + text
    text = ("-" if value < 0 else draw(st.sampled_from(["", "+"]))) + text
    text += draw(st.sampled_from(["", "元", " 元"]))
    if draw(st.booleans()):
        text = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    blanks = st.text(st.sampled_from(list(BLANKS)), max_size=2)
    return value, draw(blanks) + text + draw(blanks)


@given(st.lists(messy_amounts(), min_size=1, max_size=30))
@settings(deadline=None)
def test_an_amount_survives_the_ways_in_which_lenders_write_it(cases: list[tuple[Decimal, str]]) -> None:
    values, is_unreadable = read("payment_amount", [text for _, text in cases])
    assert values == [value for value, _ in cases]
    assert not any(is_unreadable)


@pytest.mark.parametrize(
    "text", ["12.345", "1.001", "1e3", "1E3", "1.0.0", "壹万元", "1,00", "NaN", "inf", "0x10", "١٢"]
)
def test_an_amount_is_never_rounded_or_guessed(text: str) -> None:
    assert read("payment_amount", [text, "1.00"]) == ([None, Decimal("1.00")], [True, False])


@given(st.lists(st.integers(0, 999_999_999), min_size=1, max_size=30), st.sampled_from(["%", " %", "00%"]))
@settings(deadline=None)
def test_a_rate_is_the_same_as_share_and_as_percentage(millionths: list[int], ending: str) -> None:
    values = [Decimal(each).scaleb(-6) for each in millionths]
    shares = [f"{value:.6f}" for value in values]
    percents = [f"{value.scaleb(2):.4f}{ending}" for value in values]
    assert parse_rates(texts(shares)).to_list() == values
    assert parse_rates(texts(percents)).to_list() == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("23.99%", "0.2399"),
        ("0.2399", "0.2399"),
        ("24%", "0.24"),
        ("7.3 %", "0.073"),
        ("0.05%", "0.0005"),
        ("36.5000%", "0.365"),
        ("100%", "1"),
        ("+0.1", "0.1"),
        ("0.1234567", None),
        ("1.23456%", None),
        ("2.4e-1", None),
        ("-0.1", None),
        ("千分之五", None),
    ],
)
def test_rates(text: str, value: str | None) -> None:
    assert parse_rates(texts([text])).to_list() == [None if value is None else Decimal(value)]


@given(st.lists(st.text("0123456789,.+-e", max_size=8), min_size=1, max_size=40))
@example(["1,234", "1,23", "12.0", "12.5", "+7", "9223372036854775808", "007"])
@settings(deadline=None)
def test_any_text_is_read_as_an_integer_as_the_oracle_reads_it(cells: list[str]) -> None:
    def oracle(text: str) -> int | None:
        value = amount_of(text.lstrip())
        if value is None or "¥" in text or "元" in text or value != value.to_integral_value():
            return None
        return int(value) if abs(value) < 2**63 else None

    cells = [cell for cell in cells if not cell.strip("+-").startswith(".")]
    assert parse_integers(texts(cells)).to_list() == [oracle(cell) for cell in cells]


def test_truths() -> None:
    assert parse_truths(texts(["是", "否", "TRUE", "0", "maybe"])).to_list() == [True, False, True, False, None]


DATE_FORMATS = {
    "%Y-%m-%d": "{y:04d}-{m:02d}-{d:02d}",
    "%Y/%m/%d": "{y:04d}/{m}/{d}",
    "%Y%m%d": "{y:04d}{m:02d}{d:02d}",
    "%Y年%m月%d日": "{y:04d}年{m}月{d}日",
    "%d.%m.%Y": "{d:02d}.{m}.{y:04d}",
}


@given(
    st.lists(st.tuples(st.integers(1, 9999), st.integers(0, 14), st.integers(0, 33)), min_size=1, max_size=30),
    st.sampled_from(sorted(DATE_FORMATS)),
)
@settings(deadline=None)
def test_dates_by_declared_format_and_impossible_ones_are_unreadable(
    days: list[tuple[int, int, int]], date_format: str
) -> None:
    def oracle(y: int, m: int, d: int) -> date | None:
        try:
            return date(y, m, d)
        except ValueError:
            return None

    cells = [DATE_FORMATS[date_format].format(y=y, m=m, d=d) for y, m, d in days]
    expected = [oracle(*each) for each in days]
    values, is_unreadable = read("paid_on", cells, date_formats=(date_format,))
    assert values == expected
    assert is_unreadable == [value is None for value in expected]


@pytest.mark.parametrize(
    ("text", "formats", "value"),
    [
        ("2026-02-28", (), date(2026, 2, 28)),
        ("2026-02-28 00:00:00", (), date(2026, 2, 28)),
        ("2026-02-28 00:00:01", (), None),
        ("2026-02-30", (), None),
        ("20260228", (), None),
        ("26-02-28", (), None),
        ("2026-02-28x", (), None),
        ("2026131", ("%Y%m%d",), None),
        ("2026", ("%Y%m%d",), None),
        ("2026-02-28", ("%Y%m%d",), None),
        ("2026-02-28", ("%Y%m%d", "%Y-%m-%d"), date(2026, 2, 28)),
        ("2026/2/3 10:20:30", ("%Y/%m/%d %H:%M:%S",), date(2026, 2, 3)),
        ("05-Mar-2026", ("%d-%b-%Y",), date(2026, 3, 5)),
        ("２０２６－０２－２８", (), date(2026, 2, 28)),
    ],
)
def test_dates(text: str, formats: tuple[str, ...], value: date | None) -> None:
    assert read("paid_on", [text], date_formats=formats) == ([value], [value is None])


@pytest.mark.parametrize("date_format", ["%Q", "%Y%", "%f", "%H%f"])
def test_a_format_that_nobody_understands_is_refused(date_format: str) -> None:
    with pytest.raises(ArrearsError) as caught:
        parse_dates(texts(["2026-01-01"]), (date_format,))
    assert caught.value.code == "ARR-1001"
    assert caught.value.facts["date_format"] == date_format


def utc_of(local: datetime) -> datetime | None:
    """Oracle: UTC of a local time in Shanghai, None when the clock never showed it or showed it twice."""
    first, second = (local.replace(tzinfo=SHANGHAI, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first == second else None


@given(st.lists(st.datetimes(at("1985-01-01"), at("2030-01-01")), min_size=1, max_size=20), st.sampled_from(" T"))
@example([at("1986-05-04 02:30"), at("1986-09-14 01:30"), at("1988-04-17 02:00")], " ")
@settings(deadline=None)
def test_local_times_become_utc(locals_: list[datetime], between: str) -> None:
    cells = [each.isoformat(sep=between) for each in locals_]
    values, is_unreadable = read("contacted_at", cells)
    expected = [utc_of(each) for each in locals_]
    assert values == expected
    assert is_unreadable == [value is None for value in expected]


@given(st.lists(st.datetimes(at("1990-01-01"), at("2030-01-01")), min_size=1), st.integers(-14 * 60, 14 * 60))
@settings(deadline=None)
def test_an_offset_counts_more_than_the_time_zone(naive: list[datetime], minutes: int) -> None:
    offset = timedelta(minutes=minutes)
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    cells = [f"{each.isoformat()}{sign}{size // 60:02d}:{size % 60:02d}" for each in naive]
    assert read("contacted_at", cells)[0] == [(each - offset).replace(tzinfo=UTC) for each in naive]


@pytest.mark.parametrize(
    ("text", "formats", "value"),
    [
        ("2026-03-05 10:15", (), datetime(2026, 3, 5, 2, 15, tzinfo=UTC)),
        ("2026-03-05T02:15:00Z", (), datetime(2026, 3, 5, 2, 15, tzinfo=UTC)),
        ("2026-03-05T10:15:00.25+0800", (), datetime(2026, 3, 5, 2, 15, 0, 250_000, tzinfo=UTC)),
        ("2026-03-05 10:15:00.1234567", (), None),
        ("2026-03-05 25:61:00", (), None),
        ("2026-03-05 23:59:60", (), None),
        ("2026-03-05", (), None),
        ("2026-03-05", ("%Y-%m-%d",), datetime(2026, 3, 4, 16, 0, tzinfo=UTC)),
        ("2026/3/5 9:05:07", ("%Y/%m/%d %H:%M:%S",), datetime(2026, 3, 5, 1, 5, 7, tzinfo=UTC)),
        ("20260305101500", ("%Y%m%d%H%M%S",), datetime(2026, 3, 5, 2, 15, tzinfo=UTC)),
        ("05.03.2026 10:15 +0100", ("%d.%m.%Y %H:%M %z",), datetime(2026, 3, 5, 9, 15, tzinfo=UTC)),
    ],
)
def test_instants(text: str, formats: tuple[str, ...], value: datetime | None) -> None:
    assert parse_instants(texts([text]), formats, "Asia/Shanghai").to_list() == [value]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=20), st.booleans())
@settings(deadline=None)
def test_a_column_is_cleaned_as_each_of_its_cells_is(cells: list[str], folds_width: bool) -> None:
    assert clean(texts(cells), folds_width=folds_width).to_list() == [
        clean_text(cell, folds_width=folds_width) for cell in cells
    ]


def test_widths_are_folded_but_not_in_names_and_paths() -> None:
    assert read("loan_id", ["\u3000Ｌ１２３\u00a0"]) == (["L123"], [False])
    assert read("judgment_number", ["（２０２６）沪民初１号 "]) == (["（２０２６）沪民初１号"], [False])
    assert read("file_path", ["录音/张（１）.wav"]) == (["录音/张（１）.wav"], [False])


def test_empty_cells() -> None:
    assert read("mobile", ["", "  ", "NULL", "－", "无", None, "x"]) == ([None] * 6 + ["x"], [False] * 7)


def test_the_lenders_table_comes_before_empty_values_and_before_the_contracts_codes() -> None:
    codes = {"无": "none", "": "none", "死亡（确认）": "deceased"}
    cells = ["无", None, " ", "死亡(确认)", "bankrupt", "什么", "NULL"]
    expected = ["none", "none", "none", "deceased", "bankrupt", "什么", None]
    assert read("protection_code", cells, codes=codes) == (expected, [False] * 7)


def test_identity_fields_are_brought_to_their_usual_form() -> None:
    assert read("id_number", ["11010119900307231x", "９１３１０"])[0] == ["11010119900307231X", "91310"]
    assert read("mobile", ["+86 138-0013-8000", "008613800138000", "8613800138000", "138 0013 8000", "86138"])[0] == [
        *["13800138000"] * 4,
        "86138",
    ]
    assert read("file_sha256", ["ABCDEF"])[0] == ["abcdef"]
