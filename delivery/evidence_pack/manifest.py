"""The list of a pack's files: what it is about, and size and SHA-256 of each file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from schemas.errors import ArrearsError
from schemas.errors.evidence_pack import PACK_REFUSED

MANIFEST_NAME = "manifest.json"
PACK_KIND = "arrears-evidence-pack"
PACK_VERSION = 1

_WORD = r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}"
_NAME = re.compile(rf"{_WORD}(?:/{_WORD}){{0,2}}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PackedFile:
    """One file of a pack.

    Attributes:
        name: path within the pack; says keys and kinds, never a person.
        kind: summary, contacts, notice, notice_proof, or the kind of the evidence.
        size_bytes: of the file.
        sha256: of the file, hexadecimal.
    """

    name: str
    kind: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class PackManifest:
    """What a pack holds.

    Attributes:
        case_id: the case.
        bureau: where it goes.
        batch_id: newest batch that it was in, None when it was in none.
        as_of: business date of the figures, ISO.
        policy_name: policy that decided.
        policy_version: its version.
        book_id: books that were judged.
        assessment_id: the assessment.
        files: by name.
    """

    case_id: str
    bureau: str
    batch_id: str | None
    as_of: str
    policy_name: str
    policy_version: int
    book_id: str
    assessment_id: str
    files: tuple[PackedFile, ...]

    def to_bytes(self) -> bytes:
        """JSON in the canonical form of RFC 8785, which for text and whole numbers is: sorted keys, no blanks."""
        content = {"kind": PACK_KIND, "version": PACK_VERSION, **asdict(self)}
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def of_bytes(cls, data: bytes) -> PackManifest:
        """Reads a list that anybody may have written.

        Raises:
            ArrearsError: PACK_REFUSED.
        """
        try:
            content = json.loads(data)
            manifest = cls._of_content(content)
        except (ValueError, RecursionError):
            raise ArrearsError(PACK_REFUSED, file=MANIFEST_NAME, problem="is not the list of a pack") from None
        if manifest.to_bytes() != data:
            raise ArrearsError(PACK_REFUSED, file=MANIFEST_NAME, problem="is not in canonical form")
        return manifest

    @classmethod
    def _of_content(cls, content: Any) -> PackManifest:
        if not isinstance(content, dict) or content.pop("kind", None) != PACK_KIND:
            raise ValueError("kind")
        if content.pop("version", None) != PACK_VERSION:
            raise ValueError("version")
        files = content.pop("files", None)
        if not isinstance(files, list):
            raise ValueError("files")
        _require(content, dict.fromkeys(_TEXTS, str) | {"policy_version": int, "batch_id": str | None})
        found = tuple(_file(each) for each in files)
        if [each.name for each in found] != sorted({each.name for each in found}):
            raise ValueError("order")
        return cls(files=found, **content)


def is_pack_name(name: str) -> bool:
    """Whether a path may stand in a pack: up to three plain words, which lead nowhere but below."""
    return bool(_NAME.fullmatch(name))


_TEXTS = ("case_id", "bureau", "as_of", "policy_name", "book_id", "assessment_id")


def _require(content: Mapping[str, Any], types: Mapping[str, Any]) -> None:
    if set(content) != set(types) or any(
        not isinstance(content[name], kind) or isinstance(content[name], bool) for name, kind in types.items()
    ):
        raise ValueError("fields")


def _file(content: Any) -> PackedFile:
    if not isinstance(content, dict):
        raise ValueError("file")
    _require(content, {"name": str, "kind": str, "size_bytes": int, "sha256": str})
    file = PackedFile(**content)
    if not is_pack_name(file.name) or file.size_bytes < 0 or not _SHA256.fullmatch(file.sha256):
        raise ValueError("file")
    return file
