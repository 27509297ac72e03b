"""Baihang's packing as the seal of a part: nothing is signed, and only Baihang's RSA key opens it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from delivery.bureaus import baihang
from delivery.seal.baihang_cry import BureauKey, bureau_key
from orchestration.bureaus.form import PartFile
from orchestration.task_run import TaskRun
from schemas.bureaus.baihang import FileName
from schemas.errors import ArrearsError
from schemas.errors.seal import OUTBOX_NAME_REFUSED

KEY = "baihang_key"
PASSPHRASE = "baihang_passphrase"  # noqa: S105 - the name of a secret
_MARK = "-----"


@dataclass(frozen=True)
class CrySealer:
    """Packs with Baihang's key and our passphrase.

    Attributes:
        key_text: Baihang's key as the connection has it.
        key: the same.
        passphrase: ours.
    """

    key_text: str
    key: BureauKey
    passphrase: str = field(repr=False)

    @property
    def facts(self) -> dict[str, Any]:
        """SHA-256 of Baihang's key in DER. No signer: the form has no signature."""
        body = "".join(line for line in self.key_text.splitlines() if not line.startswith(_MARK))
        return {"signer": "", "recipients": [hashlib.sha256(base64.b64decode(body)).hexdigest()]}

    def sealed(self, part: PartFile) -> Iterable[bytes]:
        """The packed file. Its name in the clear stands in the archive."""
        name = FileName.of(part.file_name)
        if name is None:
            raise ArrearsError(OUTBOX_NAME_REFUSED, length=len(part.file_name))
        packed = io.BytesIO()
        baihang.pack(io.BytesIO(b"".join(part.content)), name, packed, self.passphrase, self.key)
        yield packed.getvalue()

    def begins_sealed(self, first: bytes) -> bool:
        """Whether the first line is Base64 of as many bytes as an RSA encryption with this key has."""
        line, end, _ = first.partition(b"\r\n")
        try:
            return bool(end) and len(base64.b64decode(line, validate=True)) == (self.key.key_size + 7) // 8
        except binascii.Error:
            return False


def cry_sealer(run: TaskRun) -> CrySealer:
    """With what the bureau's connection has.

    Raises:
        ArrearsError: `CONNECTION_INVALID`; those of the key. `KEY_WEAK` when the passphrase does not fit the key.
    """
    text = run.connections.bureau_secret(KEY)
    sealer = CrySealer(text, bureau_key(text), run.connections.bureau_secret(PASSPHRASE))
    baihang.pack(io.BytesIO(), FileName("x", "D2", date(2000, 1, 1), 1), io.BytesIO(), sealer.passphrase, sealer.key)
    return sealer
