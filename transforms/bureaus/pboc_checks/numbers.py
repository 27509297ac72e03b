"""Whether identity numbers are well formed (ABE004), by the kind of number beside them.

Readings. A resident identity number may end in a small x, as the bureau takes it. A passport begins with the three
capitals of a nationality; which ones there are is not looked up. Kinds without a rule of the bureau (household
register, residence permit, police, military, cards of Hong Kong, Macau, Taiwan, others) are not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.tagged import CheckedAs, Item, TaggedRecord
from transforms.bureaus.pboc_checks.check import Check, Question
from transforms.bureaus.pboc_checks.items import ALL_RECORDS
from transforms.bureaus.pboc_checks.values import any_of, is_filled
from transforms.identifiers import is_organisation_code, is_resident_id, is_uscc

NUMBER_WRONG = Check("ABE004", "I0000401", "an identity number breaks the rule of its kind", records=ALL_RECORDS)
CHECKS = (NUMBER_WRONG,)

_PASSPORT = r"\A[A-Z]{3}[0-9A-Za-z]{1,9}\z"
_HONG_KONG_MACAU = r"\A[HM](?:[0-9]{8}|[0-9]{10})\z"
_TAIWAN = r"\A(?:[0-9]{8}|[0-9]{10}(?:（[A-Za-z]）|（[0-9]{2}）)?)\z"

_LOAN_CARD = r"\A[0-9A-Z]{3}[0-9]{13}\z"
_LOAN_CARD_WEIGHTS = (1, 3, 5, 7, 11, 2, 13, 1, 1, 17, 19, 97, 23, 29)
_LETTERS, _DIGITS = 3, 11
_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}

_PARTY_TAGS: Final = ("InfoIDType", "ArlpIDType", "BrerType")


def is_loan_card_code(code: nw.Expr) -> nw.Expr:
    """Whether a text is a code of the credit reference centre (中征码, once loan card code): 16 characters.

    Three capitals or digits, eleven digits, and two check digits: the weighted sum modulo 97, plus 1.
    """
    is_shaped = code.str.contains(_LOAN_CARD)
    shaped = nw.when(is_shaped).then(code)
    # Digits are taken from one number, which is faster than text by text.
    digits = shaped.str.slice(_LETTERS, _DIGITS).cast(nw.Int64)
    terms = [
        shaped.str.slice(place, 1).replace_strict(
            {character: value * weight for character, value in _VALUES.items()}, default=0, return_dtype=nw.Int64
        )
        for place, weight in enumerate(_LOAN_CARD_WEIGHTS[:_LETTERS])
    ]
    terms += [
        digits // 10 ** (_DIGITS - 1 - place) % 10 * weight
        for place, weight in enumerate(_LOAN_CARD_WEIGHTS[_LETTERS:])
    ]
    total = sum(terms[1:], start=terms[0])
    check = shaped.str.slice(_LETTERS + _DIGITS, 2).cast(nw.Int64)
    return (is_shaped & (check == total % 97 + 1)).fill_null(False)


_OF_PERSONS: Final[dict[str, Callable[[nw.Expr], nw.Expr]]] = {
    "10": lambda number: is_resident_id(number.str.to_uppercase()),
    "2": lambda number: number.str.contains(_PASSPORT),
    "5": lambda number: number.str.contains(_HONG_KONG_MACAU),
    "6": lambda number: number.str.contains(_TAIWAN),
}
_OF_ORGANISATIONS: Final[dict[str, Callable[[nw.Expr], nw.Expr]]] = {
    "10": is_loan_card_code,
    "20": is_uscc,
    "30": is_organisation_code,
}


def number_questions(record: TaggedRecord) -> Iterator[Question]:
    """What is asked of the identity numbers of a record."""
    for column, item in record.columns.items():
        prefix = column[: len(column) - len(item.tag)]
        yield from _asked(column, item, prefix, ())


def group_number_questions(record: TaggedRecord, path: str) -> Iterator[Question]:
    """What is asked of the identity numbers in the rows of a group."""
    tags = tuple(item.tag for item in record.groups[path].items)
    for item in record.groups[path].items:
        yield from _asked(item.tag, item, "", tags)


def _asked(column: str, item: Item, prefix: str, tags: tuple[str, ...]) -> Iterator[Question]:
    if item.kind_tag is None:
        return
    number, kind = nw.col(column), nw.col(prefix + item.kind_tag)
    if item.checked_as is CheckedAs.PARTY_NUMBER:
        party = nw.col(next(tag for tag in _PARTY_TAGS if tag in tags))
        is_wrong = any_of(
            _breaks(number, kind, _OF_PERSONS) & (party == codes.PERSON),
            _breaks(number, kind, _OF_ORGANISATIONS) & (party == codes.ORGANISATION),
        )
    elif item.checked_as is CheckedAs.ORGANISATION_NUMBER:
        is_wrong = _breaks(number, kind, _OF_ORGANISATIONS)
    else:
        is_wrong = _breaks(number, kind, _OF_PERSONS)
    yield Question(NUMBER_WRONG, item.tag, is_wrong)


def _breaks(number: nw.Expr, kind: nw.Expr, rules: dict[str, Callable[[nw.Expr], nw.Expr]]) -> nw.Expr:
    return any_of(*(is_filled(number) & (kind == code) & ~is_right(number) for code, is_right in rules.items()))
