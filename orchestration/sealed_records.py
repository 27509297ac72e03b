"""A sealed file opened for a person: ours with the bureau's key, or the bureau's answer with ours."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from delivery.formats.delimited import read_delimited
from delivery.seal.archived import archived_identity, archived_signer, open_unverified, open_verified, opened_message
from delivery.seal.certificates import OpeningIdentity, SignerCertificate
from delivery.seal.cms import opened_by_recipient
from delivery.seal.key_forms import KeyForm, form_of_key, require_form
from delivery.seal.openpgp import PgpSigner, is_locked_key
from lake.masked_table import masked_table
from schemas.bureaus.layout import DelimitedLayout
from schemas.bureaus.roster import FEEDBACK_LAYOUT, LAYOUT
from schemas.errors import ArrearsError
from schemas.errors.command import CERTIFICATE_NOT_FOUND, FILE_NOT_READABLE
from schemas.errors.seal import KEY_NOT_READABLE
from schemas.field import Field, FieldType, Sensitivity

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)
_CERTIFICATE_FILES = (".pem", ".crt", ".cer")


@dataclass(frozen=True)
class OpenedFile:
    """What was in a sealed file.

    Attributes:
        content: the bytes inside.
        sha256: of the sealed file, to compare with the ledger.
        size_bytes: of the sealed file.
        signer: certificate with which the signature was verified, None when nobody asked for it.
    """

    content: bytes
    sha256: str
    size_bytes: int
    signer: SignerCertificate | PgpSigner | None


@dataclass(frozen=True)
class MaskedRecords:
    """Records as people may see them.

    Attributes:
        headings: as printed in the file.
        table: one row a record, identity masked.
        lines: lines of the file below its headings.
        bad_lines: lines that are no record of the layout, not in the table.
    """

    headings: tuple[str, ...]
    table: pa.Table
    lines: int
    bad_lines: int


def is_locked(key: Path) -> bool:
    """Whether the private key's file needs a passphrase.

    Raises:
        ArrearsError: `FILE_NOT_READABLE`, `KEY_NOT_READABLE`.
    """
    text = _text_of(key)
    return is_locked_key(text) if form_of_key(text) is KeyForm.OPENPGP else "ENCRYPTED" in text


def open_file(
    file: Path, key: Path, certificate: Path | None, signer: Path | None, passphrase: str | None
) -> OpenedFile:
    """Open a sealed file; certificates that have expired since are taken, see `delivery.seal.archived`.

    Args:
        file: the sealed file.
        key: the recipient's private key, PEM or an armoured OpenPGP key; its form says how the file is sealed.
        certificate: PEM of the recipient's certificate; None looks for it in the key's file and beside it. An OpenPGP
            key needs none.
        signer: the certificate that must have signed, of the form of the key; None does not look at the signature.
        passphrase: of the key.

    Raises:
        ArrearsError: `FILE_NOT_READABLE`, `CERTIFICATE_NOT_FOUND`, `KEY_OF_OTHER_FORM`, and those of `delivery.seal`.
    """
    sealed, key_text = _bytes_of(file), _text_of(key)
    signer_text = None if signer is None else require_form(_text_of(signer), _form_of(key_text), file=signer)
    content: bytes
    pinned: SignerCertificate | PgpSigner | None
    if _form_of(key_text) is KeyForm.OPENPGP:
        content, pinned = opened_message(sealed, key_text, signer_text, passphrase)
    else:
        pinned = None if signer_text is None else archived_signer(signer_text)
        content = _content(sealed, _readers(key, certificate, passphrase), pinned)
    return OpenedFile(content, hashlib.sha256(sealed).hexdigest(), len(sealed), pinned)


def masked_records(content: bytes) -> MaskedRecords | None:
    """The records of a bureau's file or answer with identity masked; None when it has neither layout."""
    for layout in (LAYOUT, FEEDBACK_LAYOUT):
        found = read_delimited(content, layout)
        if found.lines:
            masked = masked_table(found.records, _masked_fields(layout))
            return MaskedRecords(layout.headings, masked, found.lines, found.lines - found.records.num_rows)
    return None


def _form_of(key_text: str) -> KeyForm:
    """What is of no form is left to the reader of PEM, who says so."""
    return form_of_key(key_text) or KeyForm.X509


def _content(sealed: bytes, readers: list[OpeningIdentity], signer: SignerCertificate | None) -> bytes:
    """Opened with the first certificate that is among the recipients: a key may have several certificates."""
    if signer is None:
        return opened_by_recipient(readers, lambda reader: open_unverified(sealed, reader).content)
    return opened_by_recipient(readers, lambda reader: open_verified(sealed, reader, signer))


def _readers(key: Path, certificate: Path | None, passphrase: str | None) -> list[OpeningIdentity]:
    key_pem = _text_of(key)
    if certificate is not None:
        return [archived_identity(key_pem, _text_of(certificate), passphrase=passphrase)]
    readers = []
    for pem in _certificates_near(key):
        try:
            readers.append(archived_identity(key_pem, pem, passphrase=passphrase))
        except ArrearsError as error:
            if error.kind is KEY_NOT_READABLE:
                raise
    if not readers:
        raise ArrearsError(CERTIFICATE_NOT_FOUND, key=key)
    return readers


def _certificates_near(key: Path) -> Iterator[str]:
    beside = sorted(each for each in key.resolve().parent.iterdir() if each.suffix in _CERTIFICATE_FILES)
    for file in dict.fromkeys([key.resolve(), *beside]):
        try:
            yield from _CERTIFICATE.findall(_text_of(file))
        except ArrearsError:
            continue


def _masked_fields(layout: DelimitedLayout) -> list[Field]:
    """Identity, and in the bureau's answer all free text, because somebody else wrote it."""
    return [
        Field(column.name, column.type, column.description, column.sensitivity)
        for column in layout.columns
        if column.sensitivity is Sensitivity.IDENTITY or (layout is FEEDBACK_LAYOUT and column.type is FieldType.TEXT)
    ]


def _text_of(file: Path) -> str:
    return _bytes_of(file).decode("utf-8", errors="replace")


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ArrearsError(FILE_NOT_READABLE, file=file, reason=error.strerror) from None
