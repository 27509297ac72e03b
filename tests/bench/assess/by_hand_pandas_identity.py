"""Whether an identity number is right, one at a time."""

from __future__ import annotations

import re

import pandas as pd


def is_identity_valid(kind: str, id_type: str, number: str) -> bool:
    match kind, id_type:
        case "person", "resident_id":
            return is_resident_id(number)
        case "person", "ssn":
            return bool(re.fullmatch(r"(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}", number))
        case "enterprise", "uscc":
            return is_uscc(number)
        case "enterprise", "ein":
            return bool(re.fullmatch(r"[0-9]{9}", number))
    return False


def is_resident_id(number: str) -> bool:
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return False
    try:
        born_on = pd.Timestamp(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
    return 1901 <= born_on.year <= 2099 and number[17] == "10X98765432"[total % 11]


def is_uscc(code: str) -> bool:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    if not re.fullmatch(f"[1-9ANY][{alphabet}]{{17}}", code) or code[16] not in "0123456789X":
        return False
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1)
    total = sum(alphabet.index(character) * weight for character, weight in zip(code, weights, strict=True))
    body = sum(
        int(character, 36) * weight for character, weight in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    return total % 31 == 0 and (body + "0123456789X".index(code[16])) % 11 == 0
