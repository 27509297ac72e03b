"""Check digits of the national numbers, written from the standards' text."""

from __future__ import annotations

import re
from datetime import date

_RESIDENT_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_FORM = re.compile(rf"[{_CREDIT_LETTERS}]{{18}}")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def is_resident_id(number: str, not_born_after: date) -> bool:
    """Whether it is a resident identity number of GB 11643: 18 characters, real birth date from 1901, check digit.

    The weight of position i from the right (from 0) is 2 to the power of i, modulo 11; all 18 together leave 1.
    """
    if not _RESIDENT_FORM.fullmatch(number):
        return False
    born_on = real_date(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    if born_on is None or not date(1901, 1, 1) <= born_on <= not_born_after:
        return False
    values = [10 if letter == "X" else int(letter) for letter in number]
    return sum(value * pow(2, 17 - place, 11) for place, value in enumerate(values)) % 11 == 1


def is_credit_code(code: str) -> bool:
    """Whether it is a unified social credit code of GB 32100 with a valid organisation code of GB 11714 inside.

    The weight of position i (from 0) is 3 to the power of i, modulo 31; all 17 and the check digit together leave 0.
    """
    if not _CREDIT_FORM.fullmatch(code) or code[0] not in "123456789ANY":
        return False
    weighted = sum(_CREDIT_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(code[:17]))
    if (weighted + _CREDIT_LETTERS.index(code[17])) % 31 != 0:
        return False
    return _is_organisation_code(code[8:17])


def _is_organisation_code(code: str) -> bool:
    weighted = sum(int(letter, 36) * weight for letter, weight in zip(code[:8], _ORGANISATION_WEIGHTS, strict=True))
    return code[8] == "0123456789X0"[11 - weighted % 11]


def real_date(text: str) -> date | None:
    """The date written as yyyy-mm-dd, None when it is none."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
