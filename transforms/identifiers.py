"""Whether an identity number is well formed, check digits included: China and the United States, vectorised.

Every question answers false for an empty value. Only the upper-case form is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import narwhals as nw

# Birth dates from 1901-01-01 to 2099-12-31 that the calendar has. 1900 is out of range, so each century's leap years
# are those that 4 divides, and the year 00 belongs to 2000 only.
_YEAR = "(?:19(?:0[1-9]|[1-9][0-9])|20[0-9][0-9])"
_LEAP_YEAR = "(?:(?:19|20)(?:0[48]|[2468][048]|[13579][26])|2000)"
_DAY_OF_YEAR = (
    "(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)|02(?:0[1-9]|1[0-9]|2[0-8]))"
)
_RESIDENT_ID_SHAPE = rf"\A[0-9]{{6}}(?:{_YEAR}{_DAY_OF_YEAR}|{_LEAP_YEAR}0229)[0-9]{{3}}[0-9X]\z"
_RESIDENT_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_SHAPE = rf"\A[1-9ANY][{_USCC_ALPHABET}]{{17}}\z"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1)
_USCC_VALUES = {character: value for value, character in enumerate(_USCC_ALPHABET)}

_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_SHAPE = r"\A[0-9A-Z]{8}[0-9X]\z"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECK_VALUES = {**{str(digit): digit for digit in range(10)}, "X": 10}
_ORGANISATION_VALUES = {character: value for value, character in enumerate(_ORGANISATION_ALPHABET)}

# Never issued: areas 000, 666 and from 900 on, group 00, serial 0000.
_SSN_SHAPE = (
    r"\A(?:00[1-9]|0[1-9][0-9]|[1-57-8][0-9]{2}|6[0-57-9][0-9]|66[0-57-9])(?:0[1-9]|[1-9][0-9])"
    r"(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})\z"
)
_EIN_SHAPE = r"\A[0-9]{9}\z"
_MOBILE_SHAPE = r"\A1[3-9][0-9]{9}\z"


def is_resident_id(number: nw.Expr) -> nw.Expr:
    """Whether a text is a resident identity number: GB 11643, 18 characters, a real birth date from 1901 to 2099.

    Numbers of 15 digits are refused. The area code is not looked up: abolished areas stay in numbers for life.
    """
    has_shape = number.str.contains(_RESIDENT_ID_SHAPE).fill_null(False)
    # Digits by arithmetic, which costs a fraction of looking at the characters one by one; in two numbers that a float
    # holds exactly, as some engines divide by one.
    last = number.str.slice(17, 1)
    total = _whole_number(has_shape, nw.when(last == "X").then(nw.lit("10")).otherwise(last))
    for start, length in ((0, 9), (9, 8)):
        digits = _whole_number(has_shape, number.str.slice(start, length))
        for place in range(length):
            weight = _RESIDENT_ID_WEIGHTS[start + place]
            total = total + (digits // 10 ** (length - 1 - place)) % 10 * weight
    # The weighted sum with the check character counted once, X as ten, leaves one.
    return has_shape & (total % 11 == 1)


def is_uscc(code: nw.Expr) -> nw.Expr:
    """Whether a text is a unified social credit code: GB 32100, the organisation code within it being valid too."""
    total = _weighted_sum(code, _USCC_WEIGHTS, _USCC_VALUES)
    is_right = code.str.contains(_USCC_SHAPE) & (total % 31 == 0) & is_organisation_code(code.str.slice(8, 9))
    return is_right.fill_null(False)


def is_organisation_code(code: nw.Expr) -> nw.Expr:
    """Whether a text is an organisation code: GB 11714, eight characters and the check character, no hyphen."""
    body = _weighted_sum(code, _ORGANISATION_WEIGHTS, _ORGANISATION_VALUES)
    # As check character X stands for ten, in the body for 33, so it has a table of its own.
    check = code.str.slice(8, 1).replace_strict(_ORGANISATION_CHECK_VALUES, default=0, return_dtype=nw.Int64)
    return (code.str.contains(_ORGANISATION_SHAPE) & ((body + check) % 11 == 0)).fill_null(False)


def is_ssn(number: nw.Expr) -> nw.Expr:
    """Whether a text can be a social security number of the United States: nine digits, parts that are issued."""
    return number.str.contains(_SSN_SHAPE).fill_null(False)


def is_ein(number: nw.Expr) -> nw.Expr:
    """Whether a text can be an employer identification number of the United States: nine digits."""
    return number.str.contains(_EIN_SHAPE).fill_null(False)


def is_plausible_mobile(number: nw.Expr) -> nw.Expr:
    """Whether a text looks like a mobile number of mainland China: eleven digits, 13 to 19 in front."""
    return number.str.contains(_MOBILE_SHAPE).fill_null(False)


IS_RIGHT_NUMBER: Mapping[str, Callable[[nw.Expr], nw.Expr]] = {
    "resident_id": is_resident_id,
    "ssn": is_ssn,
    "uscc": is_uscc,
    "ein": is_ein,
}
"""Code of a kind of identity number to the question whether a text is one."""

ID_TYPES_OF_KIND: Mapping[str, tuple[str, ...]] = {"person": ("resident_id", "ssn"), "enterprise": ("uscc", "ein")}
"""Code of a kind of borrower to the kinds of identity number that such a borrower has."""


def _whole_number(is_one: nw.Expr, text: nw.Expr) -> nw.Expr:
    """The number that a text of digits is, 0 where it is none."""
    return nw.when(is_one).then(text).otherwise(nw.lit("0")).cast(nw.Int64)


def _weighted_sum(text: nw.Expr, weights: tuple[int, ...], values: Mapping[str, int]) -> nw.Expr:
    """The sum of character value times weight. Characters without a value count nothing: shape is asked elsewhere."""
    terms = [
        text.str.slice(position, 1).replace_strict(
            {character: value * weight for character, value in values.items()}, default=0, return_dtype=nw.Int64
        )
        for position, weight in enumerate(weights)
    ]
    return sum(terms[1:], start=terms[0])
