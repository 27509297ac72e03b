"""A pack, checked: every file is there as the list says, and nothing else. Nothing is unpacked to a disk."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from typing import BinaryIO, NoReturn

from delivery.evidence_pack.archive import MOST_PACK_BYTES
from delivery.evidence_pack.manifest import MANIFEST_NAME, PackedFile, PackManifest, is_pack_name
from delivery.zip_members import BROKEN, ENCRYPTED_FLAG, METHODS
from schemas.errors import ArrearsError
from schemas.errors.evidence_pack import PACK_REFUSED

_MOST_FILES = 10_000
_MOST_MANIFEST_BYTES = 8 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024


def verify_pack(file: BinaryIO, most_bytes: int = MOST_PACK_BYTES) -> PackManifest:
    """Checks a pack that anybody may have made and returns its list.

    Sizes are counted while files are read, so that what unpacks to more than the list says ends the check.

    Args:
        file: open for reading bytes, seekable.
        most_bytes: of all files together.

    Raises:
        ArrearsError: PACK_REFUSED, naming the file by its place or its name in the list, and what is wrong.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _verified(archive, most_bytes)
    except BROKEN:
        _refuse("the archive", "can't be read")


def _verified(archive: zipfile.ZipFile, most_bytes: int) -> PackManifest:
    entries = _entries_of(archive)
    if MANIFEST_NAME not in entries:
        _refuse(MANIFEST_NAME, "is missing")
    manifest = PackManifest.of_bytes(_bounded(archive, entries[MANIFEST_NAME]))
    listed = {each.name for each in manifest.files}
    if MANIFEST_NAME in listed:
        _refuse(MANIFEST_NAME, "lists itself")
    for name in sorted(listed - set(entries)):
        _refuse(name, "is missing")
    for name in sorted(set(entries) - listed - {MANIFEST_NAME}):
        _refuse(name, "is not in the list")
    if sum(each.size_bytes for each in manifest.files) > most_bytes:
        _refuse("the archive", f"has more than {most_bytes} bytes")
    for each in manifest.files:
        _verify_file(archive, entries[each.name], each)
    return manifest


def _entries_of(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    entries = archive.infolist()
    if len(entries) > _MOST_FILES:
        _refuse("the archive", f"has more than {_MOST_FILES} files")
    for place, entry in enumerate(entries, start=1):
        # What the archive calls a file is not told: a name that is not ours may say anything.
        if not is_pack_name(entry.filename) or entry.orig_filename != entry.filename:
            _refuse(f"number {place}", "has a name that leads elsewhere or is not plain")
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            _refuse(entry.filename, "is not a regular file")
        if entry.flag_bits & ENCRYPTED_FLAG or entry.compress_type not in METHODS:
            _refuse(entry.filename, "is encrypted or packed in an unknown way")
        if entry.filename in found:
            _refuse(entry.filename, "stands twice")
        found[entry.filename] = entry
    return found


def _bounded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as source:
        data = source.read(_MOST_MANIFEST_BYTES + 1)
    if len(data) > _MOST_MANIFEST_BYTES:
        _refuse(MANIFEST_NAME, "is too large")
    return data


def _verify_file(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, listed: PackedFile) -> None:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(entry) as source:
            while chunk := source.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > listed.size_bytes:
                    break
                digest.update(chunk)
    except BROKEN:
        _refuse(listed.name, "is damaged")
    if size != listed.size_bytes:
        _refuse(listed.name, "has another size")
    if digest.hexdigest() != listed.sha256:
        _refuse(listed.name, "has another SHA-256")


def _refuse(file: str, problem: str) -> NoReturn:
    raise ArrearsError(PACK_REFUSED, file=file, problem=problem)
