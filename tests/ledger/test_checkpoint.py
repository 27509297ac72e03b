"""Checkpoints of a ledger: published, kept, and held against the ledger and against one another."""

from __future__ import annotations

import stat
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger import merkle
from ledger.checkpoint import TreeHead, read_checkpoint
from ledger.checkpoint_files import CheckpointFiles
from ledger.ledger import Ledger
from ledger.note import SigningKey
from orchestration.ledger_checkpoint import new_checkpoint_key, publish_checkpoint, read_note, trusted_heads
from schemas.errors import ArrearsError
from schemas.errors.command import FILE_NOT_READABLE, PLACE_UNKNOWN, RESULT_NOT_WRITABLE
from schemas.errors.ledger import (
    CHECKPOINT_CONTRADICTED,
    CHECKPOINT_PLACE_REFUSED,
    LEDGER_NOT_INTACT,
    NOTE_NOT_SIGNED,
)

AT = datetime(2026, 9, 8, tzinfo=UTC)
KEY = SigningKey("lender.example/arrears", bytes(range(32)))
SECRET = KEY.as_text()
VERIFIER = str(KEY.verifier)


@pytest.fixture(params=["folder", "object store"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "object store":
        return f"memory://{uuid.uuid4().hex}/checkpoints"
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    return str(folder)


def write(ledger: Ledger, key: str) -> None:
    ledger.write_page(key=key, kind="x", actor="a", content={}, written_at=AT)


def kind_of(call: Any, *arguments: Any) -> object:
    with pytest.raises(ArrearsError) as caught:
        call(*arguments)
    return caught.value.kind


def test_checkpoints_of_a_growing_ledger_are_kept_and_hold(road: Ledger, place: str) -> None:
    first = publish_checkpoint(road, place, SECRET)
    assert (first.size, first.root_hash, first.verifier_key) == (7, road.root().root_hash, VERIFIER)
    assert Path(first.place).name == "checkpoint-000000000007"
    write(road, "eighth")
    second = publish_checkpoint(road, place, SECRET)
    files = CheckpointFiles(place)
    assert files.sizes() == [7, 8]
    assert (files._root / "checkpoint").read_text() == files.read(8)
    heads = trusted_heads(place, VERIFIER)
    assert heads == (TreeHead(7, first.root_hash), TreeHead(8, second.root_hash))
    assert road.verify(*heads).is_intact


def test_a_stranger_checks_that_one_checkpoint_continues_another(road: Ledger, place: str) -> None:
    publish_checkpoint(road, place, SECRET)
    for number in range(6):
        write(road, f"more {number}")
        publish_checkpoint(road, place, SECRET)
    heads = trusted_heads(place, VERIFIER)
    for old in heads:
        for new in heads[heads.index(old) :]:
            proof = road.consistency_proof(old, new)
            roots = bytes.fromhex(old.root_hash), bytes.fromhex(new.root_hash)
            assert merkle.verify_consistency(old.size, new.size, *roots, proof)
            assert not merkle.verify_consistency(old.size, new.size, bytes(32), roots[1], proof)
    assert road.consistency_proof(TreeHead(0, merkle.EMPTY_ROOT.hex()), heads[0]) == []
    assert kind_of(road.consistency_proof, heads[1], heads[0]) is CHECKPOINT_CONTRADICTED
    assert kind_of(road.consistency_proof, TreeHead(7, "00" * 32), heads[1]) is CHECKPOINT_CONTRADICTED
    assert kind_of(road.consistency_proof, TreeHead(70, heads[0].root_hash), heads[1]) is CHECKPOINT_CONTRADICTED


def test_the_same_checkpoint_twice_changes_nothing_that_a_witness_added(road: Ledger, place: str) -> None:
    published = publish_checkpoint(road, place, SECRET)
    witnessed = CheckpointFiles(place).read(7) + "— witness.example AAAAAAAAAAAA\n"
    (CheckpointFiles(place)._root / "checkpoint-000000000007").write_text(witnessed)
    assert publish_checkpoint(road, place, SECRET) == published
    assert CheckpointFiles(place).read(7) == witnessed
    assert trusted_heads(place, VERIFIER) == (TreeHead(7, published.root_hash),)


def test_a_ledger_that_was_written_anew_is_not_signed_and_is_found(tmp_path: Path, place: str) -> None:
    with Ledger.open(f"sqlite:///{tmp_path}/first.sqlite") as first:
        for number in range(5):
            write(first, f"page {number}")
        publish_checkpoint(first, place, SECRET)
    with Ledger.open(f"sqlite:///{tmp_path}/second.sqlite") as second:
        for number in range(6):
            write(second, f"another {number}")
        assert second.verify().is_intact
        assert kind_of(publish_checkpoint, second, place, SECRET) is CHECKPOINT_CONTRADICTED
        report = second.verify(*trusted_heads(place, VERIFIER))
        assert (report.is_intact, report.first_bad_page_no) == (False, 5)
    with Ledger.open(f"sqlite:///{tmp_path}/third.sqlite") as third:
        write(third, "page 0")
        assert kind_of(publish_checkpoint, third, place, SECRET) is CHECKPOINT_CONTRADICTED
        assert third.verify(*trusted_heads(place, VERIFIER)).first_bad_page_no == 2
    assert CheckpointFiles(place).sizes() == [5]


def test_every_checkpoint_of_a_chain_is_held_against_the_ledger(road: Ledger, place: str) -> None:
    publish_checkpoint(road, place, SECRET)
    write(road, "eighth")
    publish_checkpoint(road, place, SECRET)
    heads = trusted_heads(place, VERIFIER)
    for wrong in range(2):
        changed = [TreeHead(head.size, "ab" * 32) if number == wrong else head for number, head in enumerate(heads)]
        report = road.verify(*changed)
        assert (report.is_intact, report.first_bad_page_no) == (False, heads[wrong].size)
    twice = road.verify(heads[0], TreeHead(heads[0].size, "ab" * 32))
    assert (twice.is_intact, twice.first_bad_page_no) == (False, 7)
    assert not road.verify(TreeHead(0, "ab" * 32)).is_intact
    assert road.verify(TreeHead(0, merkle.EMPTY_ROOT.hex())).is_intact


def test_a_checkpoint_of_another_key_is_neither_trusted_nor_continued(road: Ledger, place: str) -> None:
    publish_checkpoint(road, place, SECRET)
    other = SigningKey(KEY.name, bytes(32))
    assert kind_of(trusted_heads, place, str(other.verifier)) is NOTE_NOT_SIGNED
    assert kind_of(publish_checkpoint, road, place, other.as_text()) is NOTE_NOT_SIGNED


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE pages SET leaf_hash = root_hash WHERE page_no = 3",
        "UPDATE pages SET leaf_hash = 'x' WHERE page_no = 3",
        "DELETE FROM pages WHERE page_no = 3",
        "UPDATE log_head SET root_hash = '00'",
        "DELETE FROM log_head",
    ],
)
def test_a_ledger_that_contradicts_itself_is_not_signed(road: Ledger, store: Any, place: str, damage: str) -> None:
    store.run(damage)
    assert kind_of(publish_checkpoint, road, place, SECRET) is LEDGER_NOT_INTACT
    assert CheckpointFiles(place).sizes() == []


def test_one_file_is_enough(road: Ledger, tmp_path: Path) -> None:
    published = publish_checkpoint(road, str(tmp_path), SECRET)
    copy = tmp_path / "sent by mail.txt"
    copy.write_text(Path(published.place).read_text())
    assert trusted_heads(str(copy), VERIFIER) == (TreeHead(7, published.root_hash),)
    assert read_checkpoint(copy.read_text(), KEY.verifier).size == 7


def test_what_is_missing_is_named(sqlite_road: Ledger, tmp_path: Path) -> None:
    assert trusted_heads(None, None) == ()
    assert kind_of(trusted_heads, str(tmp_path), None) is PLACE_UNKNOWN
    assert kind_of(trusted_heads, str(tmp_path), VERIFIER) is FILE_NOT_READABLE
    assert kind_of(trusted_heads, str(tmp_path / "typo"), VERIFIER) is CHECKPOINT_PLACE_REFUSED
    assert kind_of(publish_checkpoint, sqlite_road, str(tmp_path), None) is PLACE_UNKNOWN
    assert kind_of(publish_checkpoint, sqlite_road, str(tmp_path / "typo"), SECRET) is CHECKPOINT_PLACE_REFUSED
    assert kind_of(publish_checkpoint, sqlite_road, "nonsense://x/y", SECRET) is CHECKPOINT_PLACE_REFUSED
    assert list(tmp_path.glob("checkpoint*")) == []


def test_a_new_key_is_private_and_never_overwrites_one(sqlite_road: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "key"
    verifier = new_checkpoint_key("lender.example/arrears", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    published = publish_checkpoint(sqlite_road, str(tmp_path), read_note(file))
    assert published.verifier_key == verifier
    assert trusted_heads(published.place, verifier) == (TreeHead(7, published.root_hash),)
    before = file.read_text()
    assert kind_of(new_checkpoint_key, "lender.example/arrears", file) is RESULT_NOT_WRITABLE
    assert file.read_text() == before
    assert kind_of(read_note, tmp_path / "typo") is FILE_NOT_READABLE
