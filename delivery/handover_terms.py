"""What a hand-over is about: the file, the place it goes to, what it needs of book and server, and the receipt."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class BookedPage(Protocol):
    """A page as it is read back from the book."""

    @property
    def key(self) -> str:
        """What it is about."""

    @property
    def content(self) -> Mapping[str, Any]:
        """What was booked."""

    @property
    def written_at(self) -> datetime:
        """When it was booked, UTC."""


class Book(Protocol):
    """What a hand-over needs of the ledger."""

    def page(self, key: str) -> BookedPage | None:
        """The page with this key, None when there is none."""

    def pages(self, *, key_prefix: str) -> Sequence[BookedPage]:
        """The pages whose key begins so, oldest first."""

    def write_page(
        self,
        *,
        key: str,
        kind: str,
        actor: str,
        content: Mapping[str, object],
        events: Iterable[Any],
        written_at: datetime,
    ) -> BookedPage:
        """Books a page, durably, before it returns. The same page again is no second page.

        Raises:
            ArrearsError: PAGE_CONFLICT when another page stands under the key.
        """


class Readable(Protocol):
    """Where bytes are read from."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most `size` of them; none at the end."""


class Remote(Protocol):
    """What a hand-over needs of the bureau's server. Raises ArrearsError of `schemas.errors.transport`."""

    def size_of(self, path: str) -> int | None:
        """Bytes of the file, None when there is none."""

    def told_sha256_of(self, path: str, size_bytes: int) -> str | None:
        """SHA-256 over the first bytes of the file as the server says, None where it says nothing."""

    def sha256_of(self, path: str) -> str:
        """SHA-256 over the bytes of the file as they are read from the server, hexadecimal."""

    def create(self, path: str, source: Readable) -> None:
        """Makes a file that is not there yet and writes all of the source to it."""

    def fill(self, path: str, source: Readable, offset: int, size_bytes: int) -> None:
        """Writes the source from `offset` on into a file that is there, and never makes one."""

    def rename(self, old_path: str, new_path: str) -> None:
        """Gives the file another name in one step."""

    def remove(self, path: str) -> None:
        """Removes the file."""


@dataclass(frozen=True)
class Place:
    """Where a bureau takes files in, and what its server is like.

    Attributes:
        folder: its inbox on the server.
        temporary_name: pattern of the name during the upload: `{name}` stands for the final name, `{mark}` for what
            is new in every upload, so that no two uploads ever have the same name.
        is_read_back: whether the upload may be verified by reading it back; where the bureau forbids reading and its
            server computes no digest, by its size only.
        may_rename: whether the server renames; where it does not, the file is uploaded under its final name.
        folds_names: whether the server turns names into upper case.
    """

    folder: str
    temporary_name: str = ".{name}.{mark}.part"
    is_read_back: bool = True
    may_rename: bool = True
    folds_names: bool = False

    def final_path(self, file_name: str) -> str:
        """Path of the finished file."""
        return posixpath.join(self.folder, self.stored(file_name))

    def temporary_path(self, file_name: str, mark: str) -> str:
        """Path of the file during one upload."""
        return posixpath.join(self.folder, self.stored(self.temporary_name.format(name=file_name, mark=mark)))

    def stored(self, name: str) -> str:
        """A name as the server keeps it."""
        return name.upper() if self.folds_names else name


@dataclass(frozen=True)
class Part:
    """One sealed file to hand over.

    Attributes:
        key: key of the part in the book, `report/<bureau>/<batch>/<part>`; the steps' pages stand below it.
        file_name: its name at the bureau.
        size_bytes: its size.
        sha256: over its bytes, hexadecimal.
    """

    key: str
    file_name: str
    size_bytes: int
    sha256: str

    def facts(self) -> dict[str, object]:
        """What every page of the hand-over says about the file."""
        return {"file_name": self.file_name, "size_bytes": self.size_bytes, "sha256": self.sha256}


class SeenUnder(StrEnum):
    """Under which name the file was last seen on the bureau's server, intact."""

    FINAL = "final name"
    TEMPORARY = "temporary name"
    WORD = "the bureau's word"


class VerifiedBy(StrEnum):
    """How the bytes on the server were compared with ours."""

    CHECK_FILE = "check-file"
    READ_BACK = "read back"
    SIZE = "size"
    WORD = "the bureau's word"


@dataclass(frozen=True)
class Receipt:
    """Proof that the bureau's server has the file.

    Attributes:
        remote_path: where it was put.
        size_bytes: its size on the server.
        sha256: over its bytes; taken from the server's bytes when `is_read_back`.
        is_read_back: whether the digest was computed from the server's bytes, by us or by the server.
        verified_by: how.
        seen_under: TEMPORARY when the server confirmed the rename and the bureau took the file before it could be
            looked at; WORD when a person asked the bureau.
        booked_at: when the receipt was booked, UTC.
    """

    remote_path: str
    size_bytes: int
    sha256: str
    is_read_back: bool
    verified_by: VerifiedBy
    seen_under: SeenUnder
    booked_at: datetime

    @classmethod
    def of(cls, page: BookedPage) -> Receipt:
        """From the book. One that does not say how was written when all was read back or sized."""
        content = page.content
        how = content.get("verified_by") or (VerifiedBy.READ_BACK if content["is_read_back"] else VerifiedBy.SIZE)
        return cls(
            remote_path=content["remote_path"],
            size_bytes=content["size_bytes"],
            sha256=content["sha256"],
            is_read_back=content["is_read_back"],
            verified_by=VerifiedBy(how),
            seen_under=SeenUnder(content["seen_under"]),
            booked_at=page.written_at,
        )
