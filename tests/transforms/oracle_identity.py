"""Whether an identity number may be right, after GB 11643, GB 32100, GB 11714 and the forms of the United States."""

from datetime import date

RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_CHECKS = "10X98765432"
USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
TYPES_OF_KIND = {"person": ("resident_id", "ssn"), "enterprise": ("uscc", "ein")}


def is_identified(borrower):
    """Whether the kind of document goes with the kind of borrower, and its number is well formed."""
    if borrower["id_type"] not in TYPES_OF_KIND[borrower["borrower_kind"]]:
        return False
    checks = {"resident_id": _is_resident_id, "ssn": _is_ssn, "uscc": _is_uscc, "ein": _is_ein}
    return checks[borrower["id_type"]](borrower["id_number"])


def _are_digits(text, length):
    return len(text) == length and all(character in "0123456789" for character in text)


def _weighted(text, alphabet, weights):
    return sum(alphabet.index(character) * weight for character, weight in zip(text, weights, strict=True))


def _is_resident_id(number):
    if len(number) != 18 or not _are_digits(number[:17], 17):
        return False
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    check = RESIDENT_CHECKS[_weighted(number[:17], "0123456789", RESIDENT_WEIGHTS) % 11]
    return 1901 <= born_on.year <= 2099 and number[17] == check


def _is_uscc(code):
    if len(code) != 18 or not set(code) <= set(USCC_CHARACTERS) or code[0] not in "123456789ANY":
        return False
    check = USCC_CHARACTERS[-_weighted(code[:17], USCC_CHARACTERS, USCC_WEIGHTS) % 31]
    return code[17] == check and _is_organisation_code(code[8:17])


def _is_organisation_code(code):
    left = -_weighted(code[:8], ORGANISATION_CHARACTERS, ORGANISATION_WEIGHTS) % 11
    return code[8] == ("X" if left == 10 else str(left))


def _is_ssn(number):
    if not _are_digits(number, 9):
        return False
    area, group, serial = number[:3], number[3:5], number[5:]
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def _is_ein(number):
    return _are_digits(number, 9)
