"""The code of the credit reference centre (中征码): check digits as its rule counts them, in plain Python."""

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.pboc_cases import ENGINES, lazy
from transforms.bureaus.pboc_checks.numbers import is_loan_card_code

WEIGHTS = (1, 3, 5, 7, 11, 2, 13, 1, 1, 17, 19, 97, 23, 29)
BODIES = st.from_regex(r"\A[0-9A-Z]{3}[0-9]{11}\Z")


def check_digits(body):
    return sum(int(character, 36) * weight for character, weight in zip(body, WEIGHTS, strict=True)) % 97 + 1


def judged(codes, engine="polars"):
    frame = lazy(
        pl.DataFrame({"place": range(len(codes)), "code": codes}, schema_overrides={"code": pl.String}), engine
    )
    found = frame.select("place", is_loan_card_code(nw.col("code")).alias("is_right")).sort("place")
    return [row["is_right"] for row in found.collect("pyarrow").to_native().to_pylist()]


@settings(deadline=None)
@given(body=BODIES)
def test_only_the_right_check_digits_are_taken(body):
    right = check_digits(body)
    assert judged([f"{body}{digits:02d}" for digits in range(100)]) == [digits == right for digits in range(100)]


@pytest.mark.parametrize("engine", ENGINES)
def test_codes_of_public_examples_are_right_and_others_are_not(engine):
    codes = [
        "1101000000012348",
        "0000000000000001",
        "1101000000012349",
        "110100000001234",
        "110100000001234a",
        "",
        None,
    ]
    assert judged(codes, engine) == [True, True, False, False, False, False, False]
