"""Evidence: small real files with their size and SHA-256, and the few that do not match what the lender declares."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sandbox.lender.book import Book
from sandbox.lender.collection import CALL, DELIVERED, LETTER, NOBODY, ROBOT_CALL, SMS, Contacts
from sandbox.lender.days import Ints, Truths
from sandbox.lender.events import Judgments
from sandbox.lender.profiles import Depth, Flaw, has_trait, trait

KINDS = ("identity", "ability_to_pay", "refusal", "judgment_document", "recording", "receipt")
IDENTITY, ABILITY, REFUSAL, JUDGMENT, RECORDING, RECEIPT = range(6)
_SUFFIXES = ("png", "pdf", "pdf", "pdf", "wav", "txt")
_FLAWED_KINDS = (IDENTITY, ABILITY, REFUSAL, IDENTITY, IDENTITY)  # by `Flaw`
_FIRST_OF_CONTACTS = 10
_RECEIPTS_A_LOAN = 2
_LOST_RECORDING_OF = 37


@dataclass(frozen=True)
class Evidence:
    """All evidence of a block over the whole time of the story; arrays of the same length.

    Attributes:
        loan: loan row.
        serial: number inside the loan; with the loan it makes the key.
        kind: index into `KINDS`.
        obtained: day number.
        flaw: `Flaw` of the file.
        of_contact: serial of the evidence of each contact, 0 for none; as long as the contacts.
    """

    loan: Ints
    serial: Ints
    kind: Ints
    obtained: Ints
    flaw: Ints
    of_contact: Ints


def make_evidence(rng: np.random.Generator, book: Book, contacts: Contacts, judgments: Judgments) -> Evidence:
    """Make up the evidence: recordings of nearly all calls that reached somebody, the rest of serious loans only."""
    serious = np.flatnonzero(trait(book.profile, "depth") == Depth.SERIOUS)
    able = serious[has_trait(book.profile, "has_ability")[serious]]
    refusing = serious[has_trait(book.profile, "has_refusal")[serious]]
    span = book.first_as_of - 5 - book.first_missed - 20
    recording = _recorded(book, contacts)
    is_posted = np.isin(contacts.channel, (SMS, LETTER)) & (contacts.outcome == DELIVERED)
    receipt = _first_of_each(book, contacts, is_posted, _RECEIPTS_A_LOAN)
    of_contact = np.zeros(len(contacts.loan), dtype=np.int64)
    heard = np.concatenate([recording, receipt])
    of_contact[heard] = contacts.serial[heard] + _FIRST_OF_CONTACTS - 1

    def some_day(loan: Ints) -> Ints:
        return book.first_missed[loan] + 20 + (rng.random(len(loan)) * span[loan]).astype(np.int64)

    parts = (
        (serious, 1, IDENTITY, book.disbursed[serious]),
        (able, 2, ABILITY, some_day(able)),
        (refusing, 3, REFUSAL, some_day(refusing)),
        (judgments.loan, 4, JUDGMENT, judgments.entered),
        (contacts.loan[recording], of_contact[recording], RECORDING, contacts.day[recording]),
        (contacts.loan[receipt], of_contact[receipt], RECEIPT, contacts.day[receipt]),
    )
    loan, obtained = (np.concatenate([part[place] for part in parts]) for place in (0, 3))
    serial, kind = (
        np.concatenate([np.broadcast_to(np.int64(part[place]), len(part[0])) for part in parts]) for place in (1, 2)
    )
    order = np.lexsort((serial, loan))
    loan, serial, kind, obtained = loan[order], serial[order], kind[order], obtained[order]
    wanted = trait(book.profile, "flaw")[loan]
    flaw = np.where(kind == np.array(_FLAWED_KINDS)[wanted], wanted, Flaw.NONE)
    return Evidence(loan, serial, kind, obtained, flaw, of_contact)


def is_recording_due(contacts: Contacts) -> Truths:
    """Calls that reached somebody."""
    is_due: Truths = np.isin(contacts.channel, (CALL, ROBOT_CALL)) & (contacts.counterparty != NOBODY)
    return is_due


def _recorded(book: Book, contacts: Contacts) -> Ints:
    """Rows of the calls whose recording is there; every so many loans have lost that of their first one."""
    rows = np.flatnonzero(is_recording_due(contacts))
    loan = contacts.loan[rows]
    is_first = np.concatenate([[True], loan[1:] != loan[:-1]])[: len(rows)]
    kept: Ints = rows[~(is_first & ((loan + book.first_number) % _LOST_RECORDING_OF == 0))]
    return kept


def _first_of_each(book: Book, contacts: Contacts, is_wanted: Truths, most: int) -> Ints:
    """Rows of the first few wanted contacts of each seriously overdue loan."""
    is_serious = trait(book.profile, "depth")[contacts.loan] == Depth.SERIOUS
    rows = np.flatnonzero(is_wanted & is_serious)
    loan = contacts.loan[rows]
    if not len(rows):
        return rows
    firsts = np.flatnonzero(np.concatenate([[True], loan[1:] != loan[:-1]]))
    rank = np.arange(len(rows)) - np.repeat(firsts, np.diff([*firsts, len(rows)]))
    return rows[rank < most]


def file_path(kind: int, key: str, loan_number: int, flaw: int) -> str:
    """Path below the evidence root, fanned out over 256 folders a kind; that of an outsider leads out of the root."""
    inside = f"{KINDS[kind]}/{loan_number % 256:02x}/{key}.{_SUFFIXES[kind]}"
    return f"../elsewhere/{key}.{_SUFFIXES[kind]}" if flaw == Flaw.OUTSIDE else inside


def file_content(kind: int, key: str) -> bytes:
    """The bytes of an evidence file: silence that plays, an image, a page or a text, each naming its key."""
    if kind == RECORDING:
        return _wav(key)
    if kind == IDENTITY:
        return _png(key)
    if kind == RECEIPT:
        return f"送达回执\r\n编号：{key}\r\n状态：已送达\r\n本回执由系统自动生成，仅供演示。\r\n".encode()
    return _pdf(f"{KINDS[kind]} {key}")


def write_file(root: Path, path: str, content: bytes, flaw: int) -> None:
    """Write a file below the evidence root as its flaw wants it: not at all, with one byte changed, or cut short."""
    if flaw in (Flaw.MISSING, Flaw.OUTSIDE):
        return
    if flaw == Flaw.ALTERED:
        content = content[:-1] + bytes([content[-1] ^ 1])
    if flaw == Flaw.WRONG_SIZE:
        content = content[: len(content) * 3 // 4]
    (root / path).write_bytes(content)


def sha256(content: bytes) -> str:
    """Lower-case hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def _wav(key: str) -> bytes:
    silence = b"\x80" * 800
    name = key.encode("ascii").ljust(24, b"\0")
    info = b"INFO" + b"INAM" + struct.pack("<I", len(name)) + name
    chunks = (
        b"WAVE"
        + b"fmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, 8_000, 8_000, 1, 8)
        + b"LIST"
        + struct.pack("<I", len(info))
        + info
        + b"data"
        + struct.pack("<I", len(silence))
        + silence
    )
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def _png(key: str) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + chunk(b"tEXt", b"Title\0" + key.encode("ascii"))
        + chunk(b"IDAT", zlib.compress(b"\0\xff"))
        + chunk(b"IEND", b"")
    )


def _pdf(line: str) -> bytes:
    stream = f"BT /F1 12 Tf 40 780 Td ({line}) Tj ET".encode("ascii")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        body
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    )
