from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256, shake_256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import canonical_instant, canonical_object, canonical_string
from ledger.entries import members_of, page_head
from ledger.page import Event, draft_leaf, draft_of, event_json, page_bytes
from schemas.errors import ArrearsError
from schemas.errors.ledger import NOT_JSON, PAGE_INVALID

A, B = "roster-L0000001-20251103", "roster-L0000002-20251103"
AT = datetime(2026, 9, 7, 1, 2, 3, 456789, tzinfo=UTC)

TEXT = st.text(max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=4)
NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


@given(TEXT)
def test_strings_are_written_as_rfc_8785_writes_them(text: str) -> None:
    assert canonical_string(text).encode() == rfc8785.dumps(text)


@given(OBJECTS)
def test_canonical_text_reads_back_to_the_same_object(value: dict[str, Any]) -> None:
    text = canonical_object(value, "content")
    assert json.loads(text) == value
    assert canonical_object(json.loads(text), "content") == text


def test_keys_are_in_order_of_utf_16_and_nothing_is_escaped_without_need() -> None:
    value = {"\ufb33": 1, "\U0001f600": 2, "b": {"z": [], "a": "名/\x7f"}, "a": "\u0001\n"}
    assert canonical_object(value, "content") == (
        '{"a":"\\u0001\\n","b":{"a":"名/\x7f","z":[]},"\U0001f600":2,"\ufb33":1}'
    )


@given(NAMES, NAMES, NAMES, OBJECTS, st.lists(OBJECTS, max_size=9), st.integers(1, 2**53 - 1))
def test_the_leaf_of_a_page_commits_to_all_that_stands_on_it(
    page_oracle: Any,
    key: str,
    kind: str,
    actor: str,
    content: dict[str, Any],
    details: list[dict[str, Any]],
    page_no: int,
) -> None:
    draft = draft_of(key, kind, actor, content, [Event(A, "found", detail) for detail in details], AT)
    page = {
        "page_no": page_no,
        "key": key,
        "kind": kind,
        "actor": actor,
        "written_at": "2026-09-07T01:02:03.456789Z",
        "content": content,
        "format": 2,
        "salt": draft.salt.hex(),
    }
    events = [{"case_id": A, "kind": "found", "detail": detail} for detail in details]
    assert draft_leaf(draft, page_no) == page_oracle.page_leaf(page, events)


@given(OBJECTS)
def test_the_entries_of_the_content_are_its_members_in_order(content: dict[str, Any]) -> None:
    entries = members_of(canonical_object(content, "content"))
    names = sorted(content, key=lambda name: name.encode("utf-16-be"))
    assert [entry.encode() for entry in entries] == [
        rfc8785.dumps({"name": name, "value": content[name]}) for name in names
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "}",
        "{}}",
        "[]",
        '{"a"}',
        '{"a":}',
        '{"a":1',
        '{"a":1,}',
        '{"a":1}{',
        '{"a":1},',
        "{1:1}",
        '["a":1]',
        '{"a" :1}',
        '{"a": 1 }',
        '{"a":1 ,"b":2}',
        ',"a":1}',
        '{"a":1,"b"',
        '{"a":1,"b":',
        " {}",
        "{} ",
    ],
)
def test_text_that_is_not_one_object_has_no_entries(text: str) -> None:
    with pytest.raises(ValueError, match="not"):
        members_of(text)


def test_the_leaf_of_a_page_of_either_format_never_changes() -> None:
    event_jsons = [event_json(A, "found", '{"x":null}'), event_json(B, "found", "{}")]
    facts = ("freeze/1", "freeze", "task:t", "2026-09-07T01:02:03.456789Z", '{"n":2}', event_jsons)
    old = (
        b'{"actor":"task:t","content":{"n":2},"events":['
        b'{"case_id":"roster-L0000001-20251103","detail":{"x":null},"kind":"found"},'
        b'{"case_id":"roster-L0000002-20251103","detail":{},"kind":"found"}],'
        b'"key":"freeze/1","kind":"freeze","page_no":7,"written_at":"2026-09-07T01:02:03.456789Z"}'
    )
    assert page_bytes(7, *facts) == old
    entries = [
        b'{"name":"n","value":2}',
        b'{"case_id":"roster-L0000001-20251103","detail":{"x":null},"kind":"found"}',
        b'{"case_id":"roster-L0000002-20251103","detail":{},"kind":"found"}',
    ]
    salts = shake_256(bytes(range(32))).digest(48)
    one, two, three = (
        sha256(b"\x00" + salts[16 * n : 16 * n + 16] + entry).digest() for n, entry in enumerate(entries)
    )
    root = sha256(b"\x01" + sha256(b"\x01" + one + two).digest() + three).hexdigest().encode()
    new = (
        b'{"actor":"task:t","entries":{"events":2,"members":1,"root":"' + root + b'"},"format":2,'
        b'"key":"freeze/1","kind":"freeze","page_no":7,"salt_hash":"'
        + sha256(bytes(range(32))).hexdigest().encode()
        + b'","written_at":"2026-09-07T01:02:03.456789Z"}'
    )
    assert page_head(7, *facts, bytes(range(32))).leaf() == sha256(b"\x00" + new).digest()


def test_every_page_has_a_salt_of_its_own() -> None:
    salts = {draft_of("k", "x", "a", {}, [], AT).salt for _ in range(100)}
    assert len(salts) == 100
    assert {len(salt) for salt in salts} == {32}
    assert salts.pop().hex() not in repr(draft_of("k", "x", "a", {}, [], AT))


@pytest.mark.parametrize(
    ("value", "where", "rule"),
    [
        ({"amount": 1.0}, "content.amount", "float"),
        ({"rows": [1, {"at": AT}]}, "content.rows[1].at", "datetime"),
        ({"rows": [date(2026, 9, 7)]}, "content.rows[0]", "date"),
        ({"amount": Decimal("1.00")}, "content.amount", "Decimal"),
        ({"amounts": (1, 2)}, "content.amounts", "tuple"),
        ({"raw": b"x"}, "content.raw", "bytes"),
        ({"set": {1}}, "content.set", "set"),
        ({"by_number": {1: "x"}}, "content.by_number", "int"),
        ({"large": 2**53}, "content", "IntegerDomainError"),
        ({"text": "\ud800"}, "content", "CanonicalizationError"),
        ([1], "content", "list"),
    ],
)
def test_what_is_no_json_is_refused_by_place(value: Any, where: str, rule: str) -> None:
    with pytest.raises(ArrearsError) as caught:
        canonical_object(value, "content")
    assert caught.value.kind is NOT_JSON
    assert caught.value.facts["field"] == where
    assert rule in str(caught.value.facts["rule"])


def test_a_refused_value_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ArrearsError) as caught:
        canonical_object({"phone": b"13800000000"}, "detail")
    assert "13800000000" not in str(caught.value)


@given(st.datetimes(AT.replace(year=1990, tzinfo=None)), st.integers(-14 * 60, 14 * 60))
def test_instants_are_utc_of_fixed_length_and_read_back(naive: datetime, offset_minutes: int) -> None:
    instant = naive.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    text = canonical_instant(instant, "written_at")
    assert len(text) == 27
    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == instant
    assert datetime.fromisoformat(text).tzinfo == UTC


@pytest.mark.parametrize("instant", [AT.replace(tzinfo=None), "2026-09-07T00:00:00Z", None])
def test_an_instant_without_a_time_zone_is_refused(instant: Any) -> None:
    with pytest.raises(ArrearsError) as caught:
        canonical_instant(instant, "written_at")
    assert caught.value.kind is PAGE_INVALID
    assert caught.value.facts["field"] == "written_at"
