"""The check of a case's proof: from the entries that it shows up to a signed checkpoint, without any database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.canonical import canonical_object
from ledger.checkpoint import TreeHead, read_checkpoint
from ledger.entries import ENTRY_SALT_BYTES, FORMAT, entry_leaf
from ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from ledger.note import VerifierKey
from ledger.states import CaseState, state_of
from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import PROOF_MALFORMED, PROOF_WRONG

NAME_OF_FORM = "arrears case proof 1"
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_HEAD = {"actor", "entries", "format", "key", "kind", "page_no", "salt_hash", "written_at"}


@dataclass(frozen=True)
class ProvedEvent:
    """An event that the log holds.

    Attributes:
        kind: what happened.
        detail: how.
    """

    kind: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class ProvedPage:
    """A page that the log holds, as far as it is shown.

    Attributes:
        page_no: counted from 1.
        key: identity of the piece of work.
        kind: what sort of work.
        actor: who did it.
        written_at: when, by the writer's clock, UTC.
        members: of the content, by name; others may be there and are not shown.
        events: of the case, in order.
    """

    page_no: int
    key: str
    kind: str
    actor: str
    written_at: str
    members: dict[str, Any]
    events: tuple[ProvedEvent, ...]


@dataclass(frozen=True)
class ProvedRecord:
    """A record that stands in the list that was frozen and put before the approvers.

    Attributes:
        batch_id: whose list.
        page_no: of the freeze.
        serial: number of the record, from 1.
        records: in the list.
        root: of the list, hexadecimal.
        leaf: of the record, hexadecimal.
        salt: of the leaf, hexadecimal; with it the record's line gives the leaf.
    """

    batch_id: str
    page_no: int
    serial: int
    records: int
    root: str
    leaf: str
    salt: str


@dataclass(frozen=True)
class ProvedCase:
    """What a proof proves.

    Attributes:
        case_id: whose proof it is.
        signer: name of the key that signed the checkpoint.
        head: what the checkpoint commits to.
        state: that follows from the events.
        pages: on which the case stands, oldest first.
        records: of the case, in the batches that the proof goes into.
    """

    case_id: str
    signer: str
    head: TreeHead
    state: CaseState
    pages: tuple[ProvedPage, ...]
    records: tuple[ProvedRecord, ...]


def check_case_proof(proof: object, key: VerifierKey) -> ProvedCase:
    """Check everything that a proof shows.

    Args:
        proof: the JSON of the proof.
        key: of the lender, from where the lender published it, not from whom the proof came.

    Raises:
        ArrearsError: PROOF_MALFORMED, PROOF_WRONG, NOTE_MALFORMED, NOTE_NOT_SIGNED.
    """
    shown = _object(proof, {"proof", "case_id", "checkpoint", "pages", "records"})
    if shown["proof"] != NAME_OF_FORM:
        raise ArrearsError(PROOF_MALFORMED, rule=NAME_OF_FORM)
    case_id, note = _text(shown["case_id"]), _text(shown["checkpoint"])
    head = read_checkpoint(note, key)
    pages = tuple(_page(page, case_id, head) for page in _list(shown["pages"]))
    numbers = [page.page_no for page in pages]
    if numbers != sorted(set(numbers)):
        raise ArrearsError(PROOF_WRONG, rule="pages in order, each once")
    try:
        state = state_of(case_id, [event.kind for page in pages for event in page.events])
    except ArrearsError as error:
        raise ArrearsError(PROOF_WRONG, rule=f"events that follow one another: {error}") from None
    if state is None:
        raise ArrearsError(PROOF_WRONG, rule="an event of the case")
    records = tuple(_record(record, pages) for record in _list(shown["records"]))
    return ProvedCase(case_id, key.name, head, state, pages, records)


def _page(value: object, case_id: str, tree: TreeHead) -> ProvedPage:
    page = _object(value, {"head", "path", "shown"})
    head = _object(page["head"], _HEAD)
    entries = _object(head["entries"], {"events", "members", "root"})
    page_no, members, events = _count(head["page_no"]), _count(entries["members"]), _count(entries["events"])
    root = _hash(entries["root"])
    if head["format"] != FORMAT or type(head["format"]) is not int:
        raise ArrearsError(PROOF_MALFORMED, page_no=page_no, rule=f"format {FORMAT}")
    leaf = leaf_hash(_canonical(head).encode())
    if not verify_inclusion(leaf, page_no - 1, tree.size, _path(page["path"]), bytes.fromhex(tree.root_hash)):
        raise ArrearsError(PROOF_WRONG, page_no=page_no, rule="the page is a leaf of the log of the checkpoint")
    entered = _entries(page["shown"], page_no, members + events, root)
    found = {}
    happened = []
    for number, entry in entered.items():
        if number < members:
            member = _object(entry, {"name", "value"})
            found[_text(member["name"])] = member["value"]
        else:
            happened.append(_event(entry, case_id, page_no))
    return ProvedPage(
        page_no=page_no,
        key=_text(head["key"]),
        kind=_text(head["kind"]),
        actor=_text(head["actor"]),
        written_at=_text(head["written_at"]),
        members=found,
        events=tuple(happened),
    )


def _entries(value: object, page_no: int, size: int, root: bytes) -> dict[int, Any]:
    """The entries that are shown, by number, each with a way up to the root."""
    entered: dict[int, Any] = {}
    for each in _list(value):
        shown = _object(each, {"entry_no", "salt", "entry", "path"})
        number, entry = _count(shown["entry_no"]), shown["entry"]
        leaf = entry_leaf(_hex(shown["salt"], ENTRY_SALT_BYTES), _canonical(entry))
        if not verify_inclusion(leaf, number, size, _path(shown["path"]), root):
            raise ArrearsError(PROOF_WRONG, page_no=page_no, entry_no=number, rule="the entry stands on the page")
        if entered and number <= max(entered):
            raise ArrearsError(PROOF_WRONG, page_no=page_no, rule="entries in order, each once")
        entered[number] = entry
    return entered


def _event(value: object, case_id: str, page_no: int) -> ProvedEvent:
    event = _object(value, {"case_id", "detail", "kind"})
    if event["case_id"] != case_id:
        raise ArrearsError(PROOF_WRONG, page_no=page_no, rule="events of the one case")
    if not isinstance(event["detail"], dict):
        raise ArrearsError(PROOF_MALFORMED, page_no=page_no, rule="a detail is an object")
    return ProvedEvent(_text(event["kind"]), event["detail"])


def _record(value: object, pages: tuple[ProvedPage, ...]) -> ProvedRecord:
    record = _object(value, {"batch_id", "salt", "path"})
    batch_id = _text(record["batch_id"])
    for page in pages:
        for event in page.events:
            if event.kind == "frozen" and event.detail.get("batch_id") == batch_id:
                proved = _frozen_record(record, batch_id, page, event)
                _require_one_root(proved, pages)
                return proved
    raise ArrearsError(PROOF_WRONG, batch_id=batch_id, rule="a freeze of the case in that batch")


def _frozen_record(record: Mapping[str, Any], batch_id: str, page: ProvedPage, event: ProvedEvent) -> ProvedRecord:
    root, records = _hash(page.members.get("root")), _count(page.members.get("cases"))
    leaf, serial = _hash(event.detail.get("leaf")), _count(event.detail.get("serial"))
    salt = _hex(record["salt"], ENTRY_SALT_BYTES)
    if not verify_inclusion(leaf, serial - 1, records, _path(record["path"]), root):
        raise ArrearsError(PROOF_WRONG, batch_id=batch_id, rule="the record stands under the root that was frozen")
    return ProvedRecord(batch_id, page.page_no, serial, records, root.hex(), leaf.hex(), salt.hex())


def _require_one_root(record: ProvedRecord, pages: tuple[ProvedPage, ...]) -> None:
    """What was decided on is what was frozen."""
    for page in pages:
        of_batch = page.members.get("batch_id") == record.batch_id
        if of_batch and page.members.get("root", record.root) != record.root:
            raise ArrearsError(PROOF_WRONG, page_no=page.page_no, rule="the root that was frozen")


def _canonical(value: Any) -> str:
    try:
        return canonical_object(value, "proof")
    except ArrearsError as error:
        raise ArrearsError(PROOF_MALFORMED, rule=f"canonical JSON: {error}") from None


def _object(value: object, names: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != names:
        raise ArrearsError(PROOF_MALFORMED, rule=f"an object of {', '.join(sorted(names))}")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ArrearsError(PROOF_MALFORMED, rule="a list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ArrearsError(PROOF_MALFORMED, rule="text")
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ArrearsError(PROOF_MALFORMED, rule="a count")
    return value


def _hash(value: object) -> bytes:
    return _hex(value, HASH_BYTES)


def _hex(value: object, size: int) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) != 2 * size:
        raise ArrearsError(PROOF_MALFORMED, rule=f"{size} bytes in hexadecimal")
    return bytes.fromhex(value)


def _path(value: object) -> list[bytes]:
    return [_hash(node) for node in _list(value)]
