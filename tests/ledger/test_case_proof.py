"""The proof of one case: made from ledger and lake, checked by a stranger and by a second checker written here."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import rfc8785

from lake.snapshot import Lake
from ledger.case_proof_check import check_case_proof
from ledger.ledger import Ledger
from ledger.merkle import leaf_hash, root_of
from ledger.note import SigningKey, VerifierKey
from ledger.page import Event
from orchestration.ledger_checkpoint import publish_checkpoint
from orchestration.ledger_proof import check_proof_file, proof_lines, prove_case, write_proof
from schemas.datasets import FROZEN
from schemas.errors import ArrearsError
from schemas.errors.command import FILE_NOT_READABLE, RESULT_NOT_WRITABLE
from schemas.errors.ledger import (
    CHECKPOINT_CONTRADICTED,
    NOTE_NOT_SIGNED,
    PROOF_MALFORMED,
    PROOF_NOT_POSSIBLE,
    PROOF_WRONG,
)

AT = datetime(2026, 9, 7, 1, 2, 3, tzinfo=UTC)
CASES = [f"roster-L000000{number}-20251103" for number in range(7)]
MINE = CASES[4]
BATCH = "ROSTER-20260907-abcdef"
LINES = [f"{number}|name {number}|id {number}".encode() for number in range(7)]
SALTS = [hashlib.sha256(b"salt" + line).digest()[:16] for line in LINES]
LEAVES = [leaf_hash(salt + line) for salt, line in zip(SALTS, LINES, strict=True)]
ROOT = root_of(LEAVES).hex()
KEY = SigningKey("lender.example/arrears", bytes(range(32)))


def frozen_list() -> pa.Table:
    return pa.table(
        {
            "case_id": CASES,
            "loan_id": [case_id.split("-")[1] for case_id in CASES],
            "borrower_kind": ["person"] * 7,
            "has_judgment": [False] * 7,
            "overdue_days": pa.array([200] * 7, pa.int64()),
            "overdue_amount": [Decimal("10.00")] * 7,
            "balance_amount": [Decimal("99.00")] * 7,
            "serial_no": pa.array(range(1, 8), pa.int64()),
            "salt_hex": [salt.hex() for salt in SALTS],
            "leaf_hex": [leaf.hex() for leaf in LEAVES],
        }
    ).cast(FROZEN.arrow_schema())


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def told(ledger: Ledger, lake: Lake) -> Ledger:
    """Seven cases from the finding to the bureau."""
    snapshot = lake.publish(FROZEN, frozen_list(), as_of=date(2026, 9, 7), source=[], made_by="test").to_json()
    named = {"batch_id": BATCH, "root": ROOT, "cases": 7}
    pages: list[tuple[str, str, dict[str, Any], list[Event]]] = [
        ("cases/1", "cases", {"opened": 7}, [Event(case, "found", {"n": n}) for n, case in enumerate(CASES)]),
        *((f"notice/{case}/1", "notice", {"as_of": "2026-07-01"}, [Event(case, "notice_delivered")]) for case in CASES),
        (
            f"report/{BATCH}/freeze",
            "freeze",
            {**named, "frozen_snapshot": snapshot, "examples": [CASES[0], CASES[6]], "prepared_by": "someone"},
            [
                Event(case, "frozen", {"batch_id": BATCH, "serial": n + 1, "leaf": LEAVES[n].hex()})
                for n, case in enumerate(CASES)
            ],
        ),
        (
            f"report/{BATCH}/decision",
            "decision",
            {"batch_id": BATCH, "root": ROOT, "option": "Release", "reason": "see L0000000"},
            [Event(case, "released", {"batch_id": BATCH}) for case in CASES],
        ),
        (f"report/{BATCH}/001/receipt", "receipt", {"sha256": "ab" * 32}, []),
    ]
    for key, kind, content, events in pages:
        actor = "user:risk1" if kind == "decision" else "task:test"
        ledger.write_page(key=key, kind=kind, actor=actor, content=content, events=events, written_at=AT)
    return ledger


@pytest.fixture
def note(told: Ledger, tmp_path: Path) -> str:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    return Path(publish_checkpoint(told, str(folder), KEY.as_text()).place).read_text()


@pytest.fixture
def proof(told: Ledger, lake: Lake, note: str) -> dict[str, Any]:
    return prove_case(told, lake, MINE, note, KEY.verifier)


def kind_of(call: Any, *arguments: Any) -> object:
    with pytest.raises(ArrearsError) as caught:
        call(*arguments)
    return caught.value.kind


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def root_from(leaf: bytes, index: int, size: int, path: list[str]) -> bytes:
    """The root that a path leads to, by the recursive definition of PATH in RFC 9162 section 2.1.3.1."""
    if size == 1:
        assert path == []
        return leaf
    split = 1
    while split * 2 < size:
        split *= 2
    sibling = bytes.fromhex(path[-1])
    if index < split:
        return sha256(b"\x01" + root_from(leaf, index, split, path[:-1]) + sibling)
    return sha256(b"\x01" + sibling + root_from(leaf, index - split, size - split, path[:-1]))


def test_a_second_checker_written_from_the_decision_comes_to_the_same(proof: dict[str, Any]) -> None:
    """No code of Arrears: hashlib, rfc8785, and what docs/decisions/0015 says."""
    origin, size, root = proof["checkpoint"].split("\n")[:3]
    assert (origin, size) == (KEY.name, "11")
    kinds = []
    for page in proof["pages"]:
        head = page["head"]
        leaf = sha256(b"\x00" + rfc8785.dumps(head))
        assert root_from(leaf, head["page_no"] - 1, int(size), page["path"]) == base64.b64decode(root)
        entries = head["entries"]
        for shown in page["shown"]:
            leaf = sha256(b"\x00" + bytes.fromhex(shown["salt"]) + rfc8785.dumps(shown["entry"]))
            count = entries["members"] + entries["events"]
            assert root_from(leaf, shown["entry_no"], count, shown["path"]).hex() == entries["root"]
            kinds += [shown["entry"]["kind"]] if shown["entry_no"] >= entries["members"] else []
    assert kinds == ["found", "notice_delivered", "frozen", "released"]
    (record,) = proof["records"]
    leaf = sha256(b"\x00" + bytes.fromhex(record["salt"]) + LINES[4])
    assert root_from(leaf, 4, 7, record["path"]).hex() == ROOT


def test_a_stranger_reads_the_road_of_the_case_and_its_record(proof: dict[str, Any]) -> None:
    proved = check_case_proof(json.loads(json.dumps(proof)), VerifierKey.parse(str(KEY.verifier)))
    assert (proved.case_id, proved.state, proved.signer, proved.head.size) == (MINE, "released", KEY.name, 11)
    assert [(page.page_no, page.actor) for page in proved.pages] == [
        (1, "task:test"),
        (6, "task:test"),
        (9, "task:test"),
        (10, "user:risk1"),
    ]
    assert proved.pages[0].events[0].detail == {"n": 4}
    assert proved.pages[2].members == {"batch_id": BATCH, "cases": 7, "root": ROOT}
    assert proved.pages[3].members == {"batch_id": BATCH, "option": "Release", "root": ROOT}
    (record,) = proved.records
    assert (record.serial, record.records, record.root, record.page_no) == (5, 7, ROOT, 9)


def test_nothing_of_other_cases_and_of_persons_is_in_the_proof(proof: dict[str, Any]) -> None:
    text = json.dumps(proof)
    for case_id in CASES:
        assert (case_id in text) == (case_id == MINE)
        assert (case_id.split("-")[1] in text) == (case_id == MINE)
    for hidden in ("someone", "see L", "examples", "prepared_by", "frozen_snapshot"):
        assert hidden not in text


def test_a_guess_at_a_hidden_entry_is_not_confirmed_by_the_proof(proof: dict[str, Any]) -> None:
    text = json.dumps(proof)
    salts = [bytes.fromhex(shown["salt"]) for page in proof["pages"] for shown in page["shown"]]
    assert len(set(salts)) == len(salts)
    for number, case_id in enumerate(CASES):
        guess = rfc8785.dumps({"case_id": case_id, "kind": "found", "detail": {"n": number}})
        for salt in [b"", bytes(16), *salts]:
            assert sha256(b"\x00" + salt + guess).hex() not in text


def places_in(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places_in(item, (*place, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places_in(item, (*place, number))
    else:
        yield place


def changed(value: Any) -> list[Any]:
    others: list[Any] = [None, [], {}, 1.5, True]
    if isinstance(value, int):
        return [*others, value + 1, value - 1, str(value)]
    end = "0" if value[-1:] != "0" else "1"
    return [*others, value[:-1] + end, value + "0", value[:-1], value.upper() + " ", 7]


def test_every_value_that_is_changed_is_found(proof: dict[str, Any]) -> None:
    """But the salt of a record, which is there to be held against the record's line."""
    places = [place for place in places_in(proof) if place != ("records", 0, "salt")]
    assert len(places) > 60
    for place in places:
        *way, last = place
        for other in changed(get(proof, place)):
            copied = copy.deepcopy(proof)
            get(copied, tuple(way))[last] = other
            kind = kind_of(check_case_proof, copied, KEY.verifier)
            assert kind is not None, place


def get(value: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        value = value[step]
    return value


def test_every_member_that_is_left_out_or_added_is_found(proof: dict[str, Any]) -> None:
    objects = {place[:depth] for place in places_in(proof) for depth in range(len(place))}
    for place in objects:
        inner = get(proof, place)
        if isinstance(inner, dict):
            for name in inner:
                copied = copy.deepcopy(proof)
                del get(copied, place)[name]
                assert kind_of(check_case_proof, copied, KEY.verifier) in (PROOF_MALFORMED, PROOF_WRONG), (place, name)
            copied = copy.deepcopy(proof)
            get(copied, place)["more"] = "x"
            assert kind_of(check_case_proof, copied, KEY.verifier) in (PROOF_MALFORMED, PROOF_WRONG), place


def test_pages_and_entries_out_of_order_twice_or_of_another_page_are_found(proof: dict[str, Any]) -> None:
    def refused(change: Any) -> bool:
        copied = copy.deepcopy(proof)
        change(copied)
        return kind_of(check_case_proof, copied, KEY.verifier) is PROOF_WRONG

    assert refused(lambda p: p["pages"].reverse())
    assert refused(lambda p: p["pages"].append(p["pages"][-1]))
    assert refused(lambda p: p["pages"].pop(1))
    assert refused(lambda p: p["pages"].clear())
    assert refused(lambda p: p["pages"][2]["shown"].reverse())
    assert refused(lambda p: p["pages"][2]["shown"].append(p["pages"][2]["shown"][-1]))
    assert refused(lambda p: p["pages"][3]["shown"].append(p["pages"][2]["shown"][-1]))
    assert refused(lambda p: p["records"].append({**p["records"][0], "batch_id": "another"}))


def test_the_event_of_another_case_in_the_proof_is_found(told: Ledger, note: str, proof: dict[str, Any]) -> None:
    other = prove_case(told, None, CASES[0], note, KEY.verifier)
    copied = copy.deepcopy(proof)
    copied["pages"][0] = other["pages"][0]
    assert kind_of(check_case_proof, copied, KEY.verifier) is PROOF_WRONG
    copied["case_id"] = CASES[0]
    assert kind_of(check_case_proof, copied, KEY.verifier) is PROOF_WRONG


def test_a_decision_on_another_root_is_found(told: Ledger, lake: Lake, tmp_path: Path) -> None:
    case = CASES[6]
    told.write_page(key="r", kind="x", actor="a", content={}, events=[Event(case, "removed")], written_at=AT)
    leaf = {"batch_id": "B2", "serial": 1, "leaf": LEAVES[6].hex()}
    facts = {"batch_id": "B2", "cases": 1, "root": LEAVES[6].hex()}
    told.write_page(
        key="f", kind="freeze", actor="a", content=facts, events=[Event(case, "frozen", leaf)], written_at=AT
    )
    facts = {"batch_id": "B2", "root": "ab" * 32, "option": "Release"}
    told.write_page(key="d", kind="decision", actor="a", content=facts, events=[Event(case, "released")], written_at=AT)
    note = told.checkpoint(KEY)
    proof = prove_case(told, None, case, note, KEY.verifier)
    assert check_case_proof(proof, KEY.verifier).records == ()
    proof["records"] = [{"batch_id": "B2", "salt": SALTS[6].hex(), "path": []}]
    assert kind_of(check_case_proof, proof, KEY.verifier) is PROOF_WRONG


@pytest.mark.parametrize(
    "value",
    [None, [], "x", 1, {}, {"proof": 1}, {"proof": "x", "case_id": "", "checkpoint": "", "pages": [], "records": []}],
)
def test_what_is_no_proof_is_refused(value: object) -> None:
    assert kind_of(check_case_proof, value, KEY.verifier) is PROOF_MALFORMED


def test_another_key_proves_nothing(proof: dict[str, Any]) -> None:
    other = SigningKey(KEY.name, bytes(32)).verifier
    assert kind_of(check_case_proof, proof, other) is NOTE_NOT_SIGNED


def test_a_proof_needs_a_case_and_a_checkpoint_of_this_ledger_that_covers_it(
    told: Ledger, lake: Lake, note: str
) -> None:
    assert kind_of(prove_case, told, lake, "roster-L9-20251103", note, KEY.verifier) is PROOF_NOT_POSSIBLE
    told.write_page(key="later", kind="x", actor="a", content={}, events=[Event(MINE, "sent")], written_at=AT)
    assert kind_of(prove_case, told, lake, MINE, note, KEY.verifier) is PROOF_NOT_POSSIBLE
    assert len(prove_case(told, lake, CASES[0], note, KEY.verifier)["pages"]) == 4
    elsewhere = KEY.sign(f"{KEY.name}\n11\n{base64.b64encode(bytes(32)).decode()}\n")
    assert kind_of(prove_case, told, lake, CASES[0], elsewhere, KEY.verifier) is CHECKPOINT_CONTRADICTED


def test_a_ledger_that_was_meddled_with_writes_no_proof(told: Ledger, lake: Lake, note: str, store: Any) -> None:
    store.run("UPDATE events SET detail_json = '{}' WHERE page_no = 1 AND event_no = 0")
    assert kind_of(prove_case, told, lake, MINE, note, KEY.verifier) is PROOF_WRONG


def test_a_list_that_retention_deleted_is_left_out(told: Ledger, tmp_path: Path, note: str) -> None:
    proof = prove_case(told, Lake(tmp_path / "emptied"), MINE, note, KEY.verifier)
    assert proof["records"] == []
    assert check_case_proof(proof, KEY.verifier).state == "released"


def test_a_proof_is_a_file_and_its_check_prints_what_is_proved(proof: dict[str, Any], tmp_path: Path) -> None:
    file, line = tmp_path / "proof.json", tmp_path / "line.txt"
    write_proof(proof, file)
    line.write_bytes(LINES[4] + b"\r\n")
    proved = check_proof_file(file, KEY.verifier, line)
    assert proof_lines(proved, line) == [
        "proved by the checkpoint of 11 pages that lender.example/arrears signed:",
        f"case    {MINE}",
        "state   released",
        "page    1 2026-09-07T01:02:03.000000Z found by task:test",
        "page    6 2026-09-07T01:02:03.000000Z notice_delivered by task:test",
        "page    9 2026-09-07T01:02:03.000000Z frozen by task:test",
        "page    10 2026-09-07T01:02:03.000000Z released by user:risk1",
        f"record  5 of 7 in batch {BATCH}, root {ROOT}",
        "line    line.txt is the line of such a record",
    ]
    line.write_bytes(LINES[3])
    assert kind_of(check_proof_file, file, KEY.verifier, line) is PROOF_WRONG
    assert kind_of(check_proof_file, tmp_path / "typo", KEY.verifier, None) is FILE_NOT_READABLE
    assert kind_of(write_proof, proof, tmp_path / "typo" / "proof.json") is RESULT_NOT_WRITABLE
    line.write_bytes(LINES[4])
    write_proof({**proof, "records": [{**proof["records"][0], "salt": "00" * 16}]}, file)
    assert kind_of(check_proof_file, file, KEY.verifier, line) is PROOF_WRONG
    for text in ("", "{", "[" * 100_000, "\xff"):
        file.write_bytes(text.encode("latin-1"))
        assert kind_of(check_proof_file, file, KEY.verifier, None) is PROOF_MALFORMED
