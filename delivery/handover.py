"""The exactly-once hand-over of one sealed file to a bureau.

    intent booked -> upload to a temporary name -> verified -> rename booked -> renamed -> verified -> receipt booked

Killed at any instruction, the next call looks in the book and at the bureau's server and goes on from there:

| receipt | final name       | rename | temporary name | what is done                                      |
|---------|------------------|--------|----------------|---------------------------------------------------|
| booked  |                  |        |                | nothing                                           |
| -       | the same content |        |                | receipt                                           |
| -       | other content    |        |                | refused, a person compares                        |
| -       | -                | -      | any            | upload from the start                             |
| -       | -                | booked | the same       | rename                                            |
| -       | -                | booked | other content  | upload over it in place, the name never goes away |
| -       | -                | booked | -              | booked as unknown, a person asks the bureau       |

The last row is the bureau taking the file away after the rename and before the receipt. Sending again could report a
borrower twice, so it is never guessed.

One hand-over of a part runs at a time; the caller sees to that.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO, Protocol

from schemas.errors import ArrearsError
from schemas.errors.seal import OUTBOX_FILE_CHANGED
from schemas.errors.transport import (
    INTENT_DIFFERS,
    OTHER_CONTENT,
    OUTCOME_UNKNOWN,
    REMOTE_FAILED,
    REMOTE_MISSING,
    RENAME_NOT_DONE,
    UPLOAD_INCOMPLETE,
)


class Step(StrEnum):
    """Steps of a hand-over that are booked: last word of the page's key and the page's kind."""

    INTENT = "intent"
    RENAME = "rename"
    RECEIPT = "receipt"
    UNKNOWN = "unknown"


class BookedPage(Protocol):
    """A page as it is read back from the book."""

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
        """Books a page, durably, before it returns. The same page again is no second page."""


class Readable(Protocol):
    """Where bytes are read from."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most `size` of them; none at the end."""


class Remote(Protocol):
    """What a hand-over needs of the bureau's server. Raises ArrearsError of `schemas.errors.transport`."""

    def size_of(self, path: str) -> int | None:
        """Bytes of the file, None when there is none."""

    def sha256_of(self, path: str) -> str:
        """SHA-256 over the bytes of the file as they are on the server, hexadecimal."""

    def write(self, path: str, source: Readable) -> None:
        """Writes all of the source to the file, over what is there."""

    def rename(self, old_path: str, new_path: str) -> None:
        """Gives the file another name in one step."""


@dataclass(frozen=True)
class Place:
    """Where a bureau takes files in, and how.

    Attributes:
        folder: its inbox on the server.
        temporary_name: pattern of the name during the upload, `{name}` stands for the final name.
        is_read_back: whether the upload is verified by reading it back; where the bureau forbids reading, by its
            size only.
    """

    folder: str
    temporary_name: str = ".{name}.part"
    is_read_back: bool = True

    def final_path(self, file_name: str) -> str:
        """Path of the finished file."""
        return posixpath.join(self.folder, file_name)

    def temporary_path(self, file_name: str) -> str:
        """Path of the file during the upload."""
        return posixpath.join(self.folder, self.temporary_name.format(name=file_name))


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

    def step_key(self, step: Step) -> str:
        """Key of a step's page."""
        return f"{self.key}/{step}"

    def facts(self) -> dict[str, object]:
        """What every page of the hand-over says about the file."""
        return {"file_name": self.file_name, "size_bytes": self.size_bytes, "sha256": self.sha256}


class SeenUnder(StrEnum):
    """Under which name the file was last seen on the bureau's server, intact."""

    FINAL = "final name"
    TEMPORARY = "temporary name"


@dataclass(frozen=True)
class Receipt:
    """Proof that the bureau's server has the file.

    Attributes:
        remote_path: where it was put.
        size_bytes: its size on the server.
        sha256: over its bytes; read back from the server when `is_read_back`.
        is_read_back: whether the digest was computed from the server's bytes.
        seen_under: TEMPORARY when the server confirmed the rename and the bureau took the file before it could be
            looked at.
        booked_at: when the receipt was booked, UTC.
    """

    remote_path: str
    size_bytes: int
    sha256: str
    is_read_back: bool
    seen_under: SeenUnder
    booked_at: datetime


@dataclass(frozen=True)
class _Names:
    final: str
    temporary: str


class _Sighting(StrEnum):
    ABSENT = "absent"
    SAME = "same"
    OTHER = "other"


class HandOver:
    """Hands one part over. Calling it again after a kill or an error goes on where it stopped.

    Args:
        part: the file.
        source: opens the file's bytes; they are digested again while they are sent.
        remote: the bureau's server.
        place: where the bureau takes files in.
        book: the ledger.
        actor: who does it, for the pages.
        clock: gives the instant at which a page is written, UTC.
        sent_events: events of the part's cases; they are booked with the receipt, in one transaction.
    """

    def __init__(
        self,
        part: Part,
        source: Callable[[], BinaryIO],
        remote: Remote,
        place: Place,
        book: Book,
        *,
        actor: str,
        clock: Callable[[], datetime],
        sent_events: Iterable[Any] = (),
    ) -> None:
        self._part = part
        self._source = source
        self._remote = remote
        self._place = place
        self._book = book
        self._actor = actor
        self._clock = clock
        self._sent_events = tuple(sent_events)

    def run(self) -> Receipt:
        """Sees to it that the bureau has the file once, and that the receipt is booked.

        Raises:
            ArrearsError: `kind.may_retry` tells whether calling again can help: dropped lines and incomplete uploads
                yes; INTENT_DIFFERS, OTHER_CONTENT, OUTCOME_UNKNOWN, OUTBOX_FILE_CHANGED and the server's refusals no.
        """
        receipt = self._book.page(self._part.step_key(Step.RECEIPT))
        if receipt is not None:
            self._require_same_file(receipt)
            return _receipt_of(receipt)
        self._book_intent()
        begun = self._book.page(self._part.step_key(Step.RENAME))
        names = self._names(begun)
        if self._final_is_there(names):
            return self._book_receipt(names, SeenUnder.FINAL)
        if begun is None:
            self._upload(names)
            self._write(Step.RENAME, {"remote_path": names.final, "temporary_path": names.temporary})
        else:
            self._repair(names)
        return self._book_receipt(names, self._rename(names))

    def _book_intent(self) -> None:
        booked = self._book.page(self._part.step_key(Step.INTENT))
        if booked is None:
            booked = self._write(Step.INTENT, {})
        self._require_same_file(booked)

    def _require_same_file(self, booked: BookedPage) -> None:
        wanted = self._part.facts()
        different = [name for name, value in wanted.items() if booked.content.get(name) != value]
        if different:
            raise ArrearsError(
                INTENT_DIFFERS,
                part=self._part.key,
                differs_in=different,
                announced_sha256=booked.content.get("sha256"),
                this_sha256=self._part.sha256,
            )

    def _names(self, begun: BookedPage | None) -> _Names:
        """Once the rename is begun its names stand, whatever the settings say by now."""
        if begun is not None:
            self._require_same_file(begun)
            return _Names(begun.content["remote_path"], begun.content["temporary_path"])
        name = self._part.file_name
        return _Names(self._place.final_path(name), self._place.temporary_path(name))

    def _final_is_there(self, names: _Names) -> bool:
        sighting = self._look(names.final)
        if sighting is _Sighting.OTHER:
            raise ArrearsError(OTHER_CONTENT, part=self._part.key, path=names.final, sent_sha256=self._part.sha256)
        return sighting is _Sighting.SAME

    def _upload(self, names: _Names) -> None:
        with self._source() as file:
            source = _DigestingSource(file)
            self._remote.write(names.temporary, source)
        if (source.size_bytes, source.sha256) != (self._part.size_bytes, self._part.sha256):
            raise ArrearsError(OUTBOX_FILE_CHANGED, file=self._part.file_name, sealed_sha256=self._part.sha256)
        if self._look(names.temporary) is not _Sighting.SAME:
            raise ArrearsError(UPLOAD_INCOMPLETE, part=self._part.key, path=names.temporary)

    def _repair(self, names: _Names) -> None:
        match self._look(names.temporary):
            case _Sighting.OTHER:
                self._upload(names)
            case _Sighting.ABSENT:
                self._write(Step.UNKNOWN, {"remote_path": names.final, "temporary_path": names.temporary})
                raise ArrearsError(OUTCOME_UNKNOWN, part=self._part.key, path=names.final, sha256=self._part.sha256)
            case _Sighting.SAME:
                pass

    def _rename(self, names: _Names) -> SeenUnder:
        try:
            self._remote.rename(names.temporary, names.final)
        except ArrearsError as problem:
            # A server that did the rename and answered no is believed by what it shows, not by what it said.
            if problem.kind not in (REMOTE_FAILED, REMOTE_MISSING) or not self._final_is_there(names):
                raise
        if self._final_is_there(names):
            return SeenUnder.FINAL
        if self._look(names.temporary) is not _Sighting.ABSENT:
            raise ArrearsError(RENAME_NOT_DONE, part=self._part.key, path=names.temporary)
        return SeenUnder.TEMPORARY

    def _look(self, path: str) -> _Sighting:
        try:
            size_bytes = self._remote.size_of(path)
            if size_bytes is None:
                return _Sighting.ABSENT
            if size_bytes != self._part.size_bytes:
                return _Sighting.OTHER
            if self._place.is_read_back and self._remote.sha256_of(path) != self._part.sha256:
                return _Sighting.OTHER
        except ArrearsError as problem:
            if problem.kind is REMOTE_MISSING:
                return _Sighting.ABSENT
            raise
        return _Sighting.SAME

    def _book_receipt(self, names: _Names, seen_under: SeenUnder) -> Receipt:
        content = {
            "remote_path": names.final,
            "is_read_back": self._place.is_read_back,
            "seen_under": str(seen_under),
        }
        return _receipt_of(self._write(Step.RECEIPT, content, self._sent_events))

    def _write(self, step: Step, content: Mapping[str, object], events: Iterable[Any] = ()) -> BookedPage:
        return self._book.write_page(
            key=self._part.step_key(step),
            kind=str(step),
            actor=self._actor,
            content={**self._part.facts(), **content},
            events=events,
            written_at=self._clock(),
        )


class _DigestingSource:
    """Digests what is read through it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._file.read(size)
        self._digest.update(chunk)
        self.size_bytes += len(chunk)
        return chunk

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _receipt_of(page: BookedPage) -> Receipt:
    content = page.content
    return Receipt(
        remote_path=content["remote_path"],
        size_bytes=content["size_bytes"],
        sha256=content["sha256"],
        is_read_back=content["is_read_back"],
        seen_under=SeenUnder(content["seen_under"]),
        booked_at=page.written_at,
    )
