"""Check digits against published vectors and a plain-Python oracle, on both engines."""

import re
from datetime import date

import duckdb
import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.identifiers import is_organisation_code, is_plausible_mobile, is_resident_id, is_uscc

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def ask(question, values, engine):
    table = pl.DataFrame({"n": range(len(values)), "v": values}, schema={"n": pl.Int64, "v": pl.String})
    native = table.lazy() if engine == "polars" else duckdb.connect().from_arrow(table.to_arrow())
    frame = nw.from_native(native).select("n", question(nw.col("v")).alias("answer"))
    return frame.collect("pyarrow").sort("n")["answer"].to_list()


def resident_id_check(body):
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return "10X98765432"[sum(int(c) * w for c, w in zip(body, weights, strict=True)) % 11]


def organisation_check(body):
    rest = 11 - sum(BASE_36.index(c) * w for c, w in zip(body, [3, 7, 9, 10, 5, 8, 4, 2], strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def uscc_check(body):
    weights = [3**i % 31 for i in range(17)]
    return USCC_ALPHABET[(31 - sum(USCC_ALPHABET.index(c) * w for c, w in zip(body, weights, strict=True)) % 31) % 31]


def oracle_resident_id(text):
    if text is None or not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return date(1901, 1, 1) <= born <= date(2099, 12, 31) and text[17] == resident_id_check(text[:17])


def oracle_uscc(text):
    if text is None or len(text) != 18 or set(text) - set(USCC_ALPHABET) or text[0] not in "123456789ANY":
        return False
    return text[16] == organisation_check(text[8:16]) and text[17] == uscc_check(text[:17])


resident_bodies = st.tuples(
    st.from_regex(r"[1-9][0-9]{5}", fullmatch=True),
    st.one_of(
        st.dates(date(1895, 1, 1), date(2105, 12, 31)).map("{:%Y%m%d}".format),
        st.tuples(st.integers(1898, 2102), st.sampled_from(["0229", "0230", "0431", "1301", "0010", "0100"])).map(
            "{0[0]}{0[1]}".format
        ),
    ),
    st.from_regex(r"[0-9]{3}", fullmatch=True),
).map("".join)
resident_ids = resident_bodies.flatmap(
    lambda body: st.sampled_from([body + resident_id_check(body)] * 5 + [body + "0", body + "X", body + "x"])
)
uscc_codes = st.tuples(
    st.sampled_from("123456789ANYBX0"),
    st.text(USCC_ALPHABET, min_size=7, max_size=7),
    st.text(USCC_ALPHABET, min_size=8, max_size=8),
    st.booleans(),
).map(lambda parts: parts[0] + parts[1] + parts[2] + (organisation_check(parts[2]) if parts[3] else "7"))
uscc_codes = uscc_codes.flatmap(lambda body: st.sampled_from([body + uscc_check(body)] * 5 + [body + "0"]))
noise = st.one_of(st.none(), st.text(max_size=20), st.text("0123456789X", min_size=15, max_size=19))

engines = pytest.mark.parametrize("engine", ["polars", "duckdb"])


@engines
@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        (
            is_resident_id,
            ["11010519491231002X", "110101199003071233"],
            [
                "110105194912310021",
                "11010519491231002x",
                "110101900307123",
                "110101199002301235",
                "１１０１０１１９９００３０７１２３３",
                "110101199003071233 ",
                "110101199003071233\n",
                "",
                None,
            ],
        ),
        (
            is_uscc,
            ["91110000600037341L", "91350100M000100Y43"],
            ["91110000600037341M", "91350100M000100Y4I", "91110000600037341l", "91350100M000100Y4", "", None],
        ),
        (
            is_organisation_code,
            ["D2143569X", "600037341", "M000100Y4"],
            ["D21435691", "D2143569-X", "60003734", "M000100YX", "", None],
        ),
        (
            is_plausible_mobile,
            ["13800138000", "19900000000"],
            ["12800138000", "1380013800", "138001380000", "+8613800138000", "1380013800a", "", None],
        ),
    ],
    ids=["resident_id", "uscc", "organisation_code", "mobile"],
)
def test_published_vectors(engine, question, right, wrong):
    assert ask(question, [*right, *wrong], engine) == [True] * len(right) + [False] * len(wrong)


@engines
@settings(max_examples=12, deadline=None)
@given(values=st.lists(st.one_of(resident_ids, noise), min_size=40, max_size=90))
def test_resident_ids_agree_with_the_oracle(engine, values):
    assert ask(is_resident_id, values, engine) == [oracle_resident_id(value) for value in values]


@engines
@settings(max_examples=12, deadline=None)
@given(values=st.lists(st.one_of(uscc_codes, noise), min_size=40, max_size=90))
def test_credit_codes_agree_with_the_oracle(engine, values):
    assert ask(is_uscc, values, engine) == [oracle_uscc(value) for value in values]


@engines
def test_every_birth_date_of_two_centuries(engine):
    days = [f"{y}{m:02d}{d:02d}" for y in range(1900, 2101) for m in range(14) for d in (0, 1, 28, 29, 30, 31, 32)]
    values = [body + resident_id_check(body) for body in (f"110101{day}123" for day in days)]
    assert ask(is_resident_id, values, engine) == [oracle_resident_id(value) for value in values]


@engines
def test_one_wrong_character_is_always_found(engine):
    valid = "91350100M000100Y43"
    changed = [valid[:i] + c + valid[i + 1 :] for i in range(18) for c in USCC_ALPHABET if c != valid[i]]
    assert ask(is_uscc, [valid, *changed], engine) == [True] + [False] * len(changed)
