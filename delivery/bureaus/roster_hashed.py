"""The hashed list of the roster for an alliance: identity numbers to keys of persons, and matching.

The hash is the standard library's HMAC, one call a person. A database engine that hashes whole columns was measured to
be no faster, and would have held the key in its plan.

A key lives in a connection and nowhere else. To rotate it, the alliance hands out a new key with a new number; lists
bear the number, and for as long as both are in use a member hashes its own persons under both to match.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pyarrow as pa

from schemas.bureaus.roster import HASHED_LAYOUT
from schemas.errors import ArrearsError
from schemas.errors.evidence_pack import ALLIANCE_KEY_INVALID
from transforms.bureaus.roster_hashed import (
    KEY_PREFIX,
    MESSAGE,
    hashed_records,
    matches,
    person_messages,
    shared_persons,
)

_LEAST_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9-]{1,20}")


@dataclass(frozen=True)
class AllianceKey:
    """A key that the members of an alliance share.

    Attributes:
        key_id: its number, 1 to 20 letters, digits and hyphens; it stands in the lists.
        secret: 32 bytes or more.

    Raises:
        ArrearsError: ALLIANCE_KEY_INVALID.
    """

    key_id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _KEY_ID.fullmatch(self.key_id) or len(self.secret) < _LEAST_BYTES or len(set(self.secret)) == 1:
            raise ArrearsError(ALLIANCE_KEY_INVALID)

    @classmethod
    def of_text(cls, key_id: str, hexadecimal: str) -> AllianceKey:
        """The key as connections keep it.

        Raises:
            ArrearsError: ALLIANCE_KEY_INVALID.
        """
        try:
            return cls(key_id, bytes.fromhex(hexadecimal))
        except ValueError:
            raise ArrearsError(ALLIANCE_KEY_INVALID) from None


def hashed_list(records: Any, key: AllianceKey) -> pa.Table:
    """The records of the hashed list, one a person; see `shared_persons` for who is on it.

    Args:
        records: columns of the roster's layout.
        key: of the alliance.
    """
    persons = shared_persons(nw.from_native(records).lazy("polars")).collect("pyarrow")
    found: pa.Table = hashed_records(_keyed(persons, key).lazy("polars")).collect("pyarrow").to_native()
    return found.cast(HASHED_LAYOUT.arrow_schema())


def keyed_persons(own: Any, key: AllianceKey) -> pa.Table:
    """A member's own persons with `key_id` and `person_key`, without `id_type` and `id_number`, ready to be matched.

    Args:
        own: `id_type`, `id_number` as the roster prints them, and columns to know the persons by. Rows whose number is
            not that of a person are left out.
        key: of the alliance.
    """
    messages = person_messages(nw.from_native(own, eager_only=True).lazy("polars"))
    persons = messages.filter(~nw.col(MESSAGE).is_null()).drop("id_type", "id_number").collect("pyarrow")
    found: pa.Table = _keyed(persons, key).to_native()
    return found


def matched(shared: pa.Table, own: pa.Table) -> pa.Table:
    """The member's persons that stand on a shared list, see `matches`."""
    found = matches(nw.from_native(shared).lazy("polars"), nw.from_native(own).lazy("polars"))
    table: pa.Table = found.collect("pyarrow").to_native()
    return table


def _keyed(persons: nw.DataFrame[Any], key: AllianceKey) -> nw.DataFrame[Any]:
    """The frame with `key_id` and `person_key` in place of MESSAGE."""
    started = hmac.new(key.secret, digestmod="sha256")
    hashed = nw.new_series("person_key", _hashes(started, persons[MESSAGE].to_list()), nw.String(), backend="pyarrow")
    return persons.drop(MESSAGE).with_columns(hashed, nw.lit(key.key_id).alias("key_id"))


def _hashes(started: hmac.HMAC, messages: list[str]) -> list[str]:
    hashes = []
    for message in messages:
        each = started.copy()
        each.update(message.encode())
        hashes.append(KEY_PREFIX + each.hexdigest())
    return hashes
