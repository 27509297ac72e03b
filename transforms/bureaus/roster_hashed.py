"""The list of delinquent borrowers without identity, for members of an alliance who match it against their own.

A person's key is `v1:` and HMAC-SHA-256, in lower-case hexadecimal, under the alliance's key over the UTF-8 text

    roster-hashed/v1|resident_id|<identity number of 18 characters, X in upper case>

A number of 15 digits is refused: members would have to agree on its century, and two forms of one number don't match.

What the hash does not do: identity numbers are few (area, birth date, 999 serials, a check character), so whoever has
the key finds every person by trying all numbers in minutes. Nothing protects but the secrecy of the key. A plain hash
without a key would protect nothing at all. A key that leaked is replaced; lists under the old one are known then.
"""

from __future__ import annotations

import narwhals as nw

from schemas.bureaus.layout import Column
from schemas.bureaus.roster import HASHED_LAYOUT, ID_TYPE_PRINTED, OVERDUE_BANDS
from schemas.field import FieldType
from transforms.books import Frame
from transforms.contract import select_typed
from transforms.identifiers import is_resident_id
from transforms.quality.predicates import holds_or_empty, is_coded
from transforms.quality.rule import RowRule, Severity

KEY_PREFIX = "v1:"
MESSAGE_PREFIX = "roster-hashed/v1|resident_id|"
MESSAGE = "message"
"""Column of the text that is hashed. It is identity, and never leaves memory."""

_LAST_DAY_OF_BAND = {"M4": 120, "M5": 150, "M6": 180}
_MOST_DAYS_UNSHARED = 90
_PERSON_KEY_SHAPE = r"\Av1:[0-9a-f]{64}\z"
_KEY_ID_SHAPE = r"\A[A-Za-z0-9-]{1,20}\z"


def person_messages(numbers: Frame) -> Frame:
    """The frame with the text to hash of each `id_type` and `id_number`; null where there is none to share.

    Args:
        numbers: `id_type` as the roster prints it, `id_number`; surrounding blanks and a small x are taken.
    """
    number = nw.col("id_number").str.strip_chars().str.to_uppercase()
    is_person = nw.col("id_type") == ID_TYPE_PRINTED["resident_id"]
    message = nw.concat_str(nw.lit(MESSAGE_PREFIX), number)
    return numbers.with_columns(nw.when(is_person & is_resident_id(number)).then(message).alias(MESSAGE))


def shared_persons(records: Frame) -> Frame:
    """Who of the roster's records is shared: MESSAGE, `overdue_band`, `report_date`, one row a person and date.

    Left out are enterprises, numbers that are not right, and arrears of at most 90 days. Of several loans of a person
    the longest arrears count.

    Args:
        records: columns of the roster's layout.
    """
    persons = person_messages(records).filter(
        ~nw.col(MESSAGE).is_null() & (nw.col("days_overdue") > _MOST_DAYS_UNSHARED)
    )
    longest = persons.group_by(MESSAGE, "report_date").agg(nw.col("days_overdue").max())
    return longest.with_columns(_band().alias("overdue_band")).select(MESSAGE, "overdue_band", "report_date")


def hashed_records(keyed: Frame) -> Frame:
    """The records of the hashed list, sorted by `person_key` so that their order tells nothing.

    Args:
        keyed: `key_id`, `person_key` and the columns of `shared_persons`.
    """
    types = {column.name: column.type for column in HASHED_LAYOUT}
    return select_typed(keyed, types).sort("report_date", "person_key")


def matches(shared: Frame, own: Frame) -> Frame:
    """Which of a member's own persons stand on a list that another member shared.

    Args:
        shared: columns of the hashed layout.
        own: `key_id`, `person_key` and whatever the member needs to know its persons by.

    Returns:
        The columns of `own` with `overdue_band` and `report_date` of each line found. Keys of different `key_id` never
        match, so that each side first hashes its persons under every key that is in use.
    """
    return own.join(shared, on=["key_id", "person_key"], how="inner")


def hashed_rules() -> tuple[RowRule, ...]:
    """Row rules on the records of the hashed list."""
    return (
        *(rule for column in HASHED_LAYOUT for rule in _required(column)),
        _rule(
            "key_id",
            "pattern",
            "key_id has 1 to 20 letters, digits and hyphens",
            holds_or_empty(nw.col("key_id").str.contains(_KEY_ID_SHAPE)),
        ),
        # What is no hash may be an identity number in the clear.
        _rule(
            "person_key",
            "pattern",
            f"person_key is {KEY_PREFIX} and 64 lower-case hexadecimal digits",
            holds_or_empty(nw.col("person_key").str.contains(_PERSON_KEY_SHAPE)),
        ),
        _rule(
            "person_key",
            "duplicate",
            "person_key stands once for a key and report date",
            (nw.len().over("key_id", "person_key", "report_date") == 1) | nw.col("person_key").is_null(),
        ),
        _rule(
            "overdue_band",
            "code",
            f"overdue_band is one of {', '.join(OVERDUE_BANDS)}",
            is_coded("overdue_band", OVERDUE_BANDS),
        ),
    )


def judge_hashed(records: Frame) -> Frame:
    """One boolean column a rule beside the records, named by the rule's id, true where it passes, never null."""
    return records.with_columns(*[rule.passes.alias(rule.rule_id) for rule in hashed_rules()])


def _band() -> nw.Expr:
    days = nw.col("days_overdue")
    band = nw.lit("M6+")
    for name, last_day in reversed(_LAST_DAY_OF_BAND.items()):
        band = nw.when(days <= last_day).then(nw.lit(name)).otherwise(band)
    return band


def _required(column: Column) -> tuple[RowRule, ...]:
    value = nw.col(column.name)
    is_blank = value.is_null()
    if column.type is FieldType.TEXT:
        is_blank = is_blank | (value.str.strip_chars() == "").fill_null(True)
    return (_rule(column.name, "missing", f"{column.name} is filled", ~is_blank),)


def _rule(field_name: str, kind: str, text: str, passes: nw.Expr) -> RowRule:
    return RowRule(f"roster-hashed.{field_name}.{kind}", field_name, Severity.CRITICAL, text, passes)
