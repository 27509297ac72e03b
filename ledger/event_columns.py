"""Events given as an Arrow table, checked and in canonical form like those given one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ledger.canonical import canonical_object, canonical_string
from ledger.case_replay import KIND_NAMES
from ledger.entry_batches import needs_no_escape
from ledger.page import MAX_TEXT_LENGTH
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import NOT_JSON, PAGE_INVALID, UNKNOWN_EVENT

DETAIL_JSON = "detail_json"
_CASE_ID = r'\A[a-z][a-z0-9_]*-[^\s"\\\x00-\x1f]+-[0-9]{8}\z'
_MOST = 2**53 - 1
_NAME = re.compile(r"[^\ud800-\udfff]*")


@dataclass(frozen=True)
class EventColumnsDraft:
    """Events of a page in order, without nulls.

    Attributes:
        case_ids: text.
        kinds: text, each one of `states.EventKind`.
        detail_jsons: canonical text of each detail.
    """

    case_ids: pa.Array
    kinds: pa.Array
    detail_jsons: pa.Array

    def __len__(self) -> int:
        return len(self.case_ids)

    def rows(self) -> list[tuple[str, str, str]]:
        """The same, one tuple an event."""
        columns = (self.case_ids, self.kinds, self.detail_jsons)
        return list(zip(*(column.to_pylist() for column in columns), strict=True))


def columns_of_rows(rows: Sequence[tuple[str, str, str]]) -> EventColumnsDraft:
    """Columns of events that are checked already."""
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return EventColumnsDraft(*(pa.array(column, pa.string()) for column in columns))


def columns_of_table(events: pa.Table) -> EventColumnsDraft:
    """Columns of events from a table.

    Args:
        events: `case_id` and `kind`; and either `detail_json`, the canonical text of each detail, or the members of the
            details, one column each: text, whole numbers or truths. A null leaves the member out.

    Raises:
        ArrearsError: PAGE_INVALID, UNKNOWN_EVENT or NOT_JSON, naming the first event and the field.
    """
    for name in ("case_id", "kind"):
        if events.schema.get_all_field_indices(name) == []:
            raise ArrearsError(PAGE_INVALID, field=f"events.{name}", rule="a column")
    if len(set(events.column_names)) != events.num_columns:
        raise ArrearsError(PAGE_INVALID, field="events", rule="columns of different names")
    case_ids, kinds = _text(events, "case_id"), _text(events, "kind")
    _require_cases(case_ids)
    _require_kinds(case_ids, kinds)
    names = [name for name in events.column_names if name not in ("case_id", "kind")]
    details = _given(events) if DETAIL_JSON in names else _built(events, names)
    return EventColumnsDraft(case_ids, kinds, details)


def _text(events: pa.Table, name: str) -> pa.Array:
    column = events[name]
    if not _is_text(column.type):
        raise ArrearsError(PAGE_INVALID, field=f"events.{name}", rule=f"text, not {column.type}")
    if column.null_count:
        position = pc.index(pc.is_null(column), True).as_py()
        raise ArrearsError(PAGE_INVALID, field=f"events[{position}].{name}", rule="text, not null")
    return _one_array(column, name)


def _one_array(column: pa.ChunkedArray, name: str) -> pa.Array:
    array = pa.concat_arrays(column.cast(pa.string()).chunks) if column.num_chunks else pa.array([], pa.string())
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        raise ArrearsError(PAGE_INVALID, field=f"events.{name}", rule="text in UTF-8") from None
    return array


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _require_cases(case_ids: pa.Array) -> None:
    fits = pc.and_(
        pc.match_substring_regex(case_ids, _CASE_ID), pc.less_equal(pc.utf8_length(case_ids), MAX_TEXT_LENGTH)
    )
    position = pc.index(fits, False).as_py()
    if position >= 0:
        raise ArrearsError(PAGE_INVALID, field=f"events[{position}].case_id", rule="bureau-loan-YYYYMMDD")


def _require_kinds(case_ids: pa.Array, kinds: pa.Array) -> None:
    position = pc.index(pc.is_in(kinds, value_set=pa.array(KIND_NAMES)), False).as_py()
    if position >= 0:
        raise ArrearsError(UNKNOWN_EVENT, case_id=case_ids[position].as_py(), event=kinds[position].as_py())


def _given(events: pa.Table) -> pa.Array:
    if events.num_columns != len(("case_id", "kind", DETAIL_JSON)):
        raise ArrearsError(PAGE_INVALID, field="events", rule=f"no other columns beside {DETAIL_JSON}")
    details = _text(events, DETAIL_JSON)
    for text in pc.unique(details).to_pylist():
        if not _is_canonical(text):
            position = pc.index(details, text).as_py()
            raise ArrearsError(NOT_JSON, field=f"events[{position}].detail", rule="canonical text of an object")
    return details


def _is_canonical(text: str) -> bool:
    try:
        return canonical_object(json.loads(text), "detail") == text
    except (ValueError, RecursionError, ArrearsError):
        return False


def _built(events: pa.Table, names: Sequence[str]) -> pa.Array:
    if not names:
        return pa.array(["{}"] * events.num_rows, pa.string())
    for name in names:
        if not _NAME.fullmatch(name):
            raise ArrearsError(NOT_JSON, field="events", rule="names of members in UTF-8")
    in_order = sorted(names, key=lambda name: name.encode("utf-16-be"))
    members = [_member(events[name], name) for name in in_order]
    joined = pc.binary_join_element_wise(*members, ",", null_handling="skip")
    return pc.binary_join_element_wise("{", joined, "}", "")


def _member(column: pa.ChunkedArray, name: str) -> pa.Array:
    kind = column.type
    if _is_text(kind):
        values = _json_texts(_one_array(column, name))
    elif pa.types.is_integer(kind):
        _require_exact(column, name)
        values = _one_array(column, name)
    elif pa.types.is_boolean(kind):
        values = _one_array(column, name)
    else:
        raise ArrearsError(NOT_JSON, field=f"events.{name}", rule=f"text, whole numbers or truths, not {kind}")
    return pc.binary_join_element_wise(f"{canonical_string(name)}:", values, "")


def _require_exact(column: pa.ChunkedArray, name: str) -> None:
    bounds = pc.min_max(column).as_py()
    if bounds["min"] is not None and not -_MOST <= bounds["min"] <= bounds["max"] <= _MOST:
        raise ArrearsError(NOT_JSON, field=f"events.{name}", rule="whole numbers up to 2^53-1")


def _json_texts(texts: pa.Array) -> pa.Array:
    if needs_no_escape(texts):
        return pc.binary_join_element_wise('"', texts, '"', "")
    encoded = texts.dictionary_encode()
    written = pa.array([canonical_string(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return written.take(encoded.indices)
