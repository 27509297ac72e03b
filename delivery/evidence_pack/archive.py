"""The archive of a pack, written: same facts and files, same bytes (with the same zlib).

Files of evidence are copied piece by piece, and their size and SHA-256 are compared with the books while they are
copied. One that differs ends the pack; what was written until then must be thrown away.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from typing import BinaryIO

from delivery.evidence_pack.contact_log import contact_log
from delivery.evidence_pack.facts import Notice, PackFacts, Piece
from delivery.evidence_pack.manifest import MANIFEST_NAME, PackedFile, PackManifest, is_pack_name
from delivery.evidence_pack.summary import summary_of
from delivery.evidence_pack.summary_pdf import summary_pdf
from schemas.errors import ArrearsError
from schemas.errors.evidence_pack import EVIDENCE_DIFFERS, PACK_NAME_REFUSED, PACK_TOO_LARGE

MOST_PACK_BYTES = 512 * 1024 * 1024
SUMMARY, CONTACTS, NOTICE, NOTICE_PROOF = "summary.pdf", "contacts.csv", "notice.eml", "notice-proof.json"

_MADE_AT = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100600 << 16
_CHUNK_BYTES = 1024 * 1024


def write_pack(file: BinaryIO, facts: PackFacts, most_bytes: int = MOST_PACK_BYTES) -> PackManifest:
    """Writes the pack of a case and returns its list.

    Args:
        file: open for writing bytes.
        facts: of the case.
        most_bytes: of all files of evidence.

    Raises:
        ArrearsError: EVIDENCE_DIFFERS, PACK_NAME_REFUSED, PACK_TOO_LARGE.
    """
    names = _names_of(facts)
    if sum(piece.size_bytes for piece in facts.pieces) > most_bytes:
        raise ArrearsError(PACK_TOO_LARGE, case=facts.basis.case_id, most_bytes=most_bytes)
    packed = []
    with zipfile.ZipFile(file, "w") as archive:
        for name, kind, content in _own_files(facts, names):
            archive.writestr(_entry(name, zipfile.ZIP_DEFLATED), content)
            packed.append(PackedFile(name, kind, len(content), hashlib.sha256(content).hexdigest()))
        for piece in sorted(facts.pieces, key=lambda each: names[each.evidence_id]):
            name = names[piece.evidence_id]
            _copy(archive, name, piece, facts.basis.case_id)
            packed.append(PackedFile(name, piece.evidence_kind, piece.size_bytes, piece.sha256))
        manifest = _manifest(facts, packed)
        archive.writestr(_entry(MANIFEST_NAME, zipfile.ZIP_DEFLATED), manifest.to_bytes())
    return manifest


def _names_of(facts: PackFacts) -> dict[str, str]:
    """Evidence to its path in the pack: made of kind and key, as the lender's paths may name persons."""
    names: dict[str, str] = {}
    for piece in facts.pieces:
        name = f"evidence/{piece.evidence_kind}/{piece.evidence_id}{piece.suffix}"
        if not is_pack_name(name) or piece.evidence_id in names:
            raise ArrearsError(PACK_NAME_REFUSED, case=facts.basis.case_id, evidence=piece.evidence_id)
        names[piece.evidence_id] = name
    return names


def _own_files(facts: PackFacts, names: dict[str, str]) -> Iterator[tuple[str, str, bytes]]:
    """Name, kind and content of what is made here."""
    notice = NOTICE if facts.notice_copy is not None else None
    yield SUMMARY, "summary", summary_pdf(summary_of(facts, names, CONTACTS, notice))
    yield CONTACTS, "contacts", contact_log(facts)
    if facts.notice_copy is not None:
        yield NOTICE, "notice", facts.notice_copy
    yield NOTICE_PROOF, "notice_proof", _proof(facts.notices)


def _proof(notices: tuple[Notice, ...]) -> bytes:
    """What the ledger says of each try."""
    tries = [{**asdict(notice), "written_at": notice.written_at.isoformat()} for notice in notices]
    return json.dumps(tries, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _copy(archive: zipfile.ZipFile, name: str, piece: Piece, case_id: str) -> None:
    digest, size = hashlib.sha256(), 0
    entry = _entry(name, zipfile.ZIP_STORED)
    entry.file_size = piece.size_bytes
    try:
        with piece.open() as source, archive.open(entry, "w") as target:
            while chunk := source.read(min(_CHUNK_BYTES, piece.size_bytes + 1 - size)):
                size += len(chunk)
                if size > piece.size_bytes:
                    break
                digest.update(chunk)
                target.write(chunk)
    except OSError as error:
        raise _differs(case_id, piece, f"can't be read: {error.strerror}") from None
    if size != piece.size_bytes:
        raise _differs(case_id, piece, "has another size")
    if digest.hexdigest() != piece.sha256:
        raise _differs(case_id, piece, "has another SHA-256")


def _differs(case_id: str, piece: Piece, problem: str) -> ArrearsError:
    return ArrearsError(EVIDENCE_DIFFERS, case=case_id, evidence=piece.evidence_id, problem=problem)


def _manifest(facts: PackFacts, packed: list[PackedFile]) -> PackManifest:
    basis = facts.basis
    return PackManifest(
        case_id=basis.case_id,
        bureau=basis.bureau,
        batch_id=basis.batch_id,
        as_of=basis.as_of.isoformat(),
        policy_name=basis.policy_name,
        policy_version=basis.policy_version,
        book_id=basis.book_id,
        assessment_id=basis.assessment_id,
        files=tuple(sorted(packed, key=lambda each: each.name)),
    )


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MADE_AT)
    entry.compress_type = method
    entry.create_system = 3
    entry.external_attr = _REGULAR_FILE
    return entry
