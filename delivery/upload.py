"""The upload of one file under temporary names: resumed, verified, and never cut short while another run writes it.

Every upload has a name of its own that is booked before it is made, and made once. A later run goes on in the file
that it finds: it writes the right bytes at the right places and cuts nothing, so that two runs that write the same file
at once do each other no harm. What is there already is compared by the server's digest where it offers one; else the
whole file is verified at the end, and is sent anew when it is not ours.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from delivery.handover_book import PartBook, Step
from delivery.handover_terms import Part, Place, Remote, VerifiedBy
from schemas.errors import ArrearsError
from schemas.errors.seal import OUTBOX_FILE_CHANGED
from schemas.errors.transport import REMOTE_FAILED, REMOTE_MISSING, REMOTE_PERMISSION, UPLOAD_INCOMPLETE


class Sighting(StrEnum):
    """What is seen under a name."""

    ABSENT = "absent"
    SAME = "same"
    OTHER = "other"


@dataclass(frozen=True)
class Seen:
    """What was seen under a name, and how the bytes were compared."""

    sighting: Sighting
    verified_by: VerifiedBy


class Upload:
    """Brings one file to the server.

    Args:
        part: the file.
        source: opens the file's bytes.
        remote: the bureau's server.
        place: where the bureau takes files in.
        book: the pages of the part.
        pace: told of each number of bytes before they are sent; it waits, or raises, as the bureau wants it.
    """

    def __init__(
        self,
        part: Part,
        source: Callable[[], BinaryIO],
        remote: Remote,
        place: Place,
        book: PartBook,
        pace: Callable[[int], None],
    ) -> None:
        self._part = part
        self._source = source
        self._remote = remote
        self._place = place
        self._book = book
        self._pace = pace

    def verified(self) -> tuple[str, VerifiedBy]:
        """Path of a temporary file that is whole and verified, and how it was.

        Raises:
            ArrearsError: UPLOAD_INCOMPLETE, OUTBOX_FILE_CHANGED, and those of server and ledger.
        """
        for page in reversed(self._book.uploads()):
            path = page.content["temporary_path"]
            size_bytes = self._remote.size_of(path)
            if size_bytes is None:
                # Another run may be about to make it.
                continue
            found = self._finished(path, size_bytes)
            if found is not None:
                return path, found
            if self._book.page(Step.RENAME) is None:
                self.remove(path)
        path = self._place.temporary_path(self._part.file_name, mark := secrets.token_hex(4))
        self._book.write(Step.UPLOAD, mark, content={"temporary_path": path})
        self.create(path)
        seen = self.look(path)
        if seen.sighting is not Sighting.SAME:
            raise ArrearsError(UPLOAD_INCOMPLETE, part=self._part.key, path=path)
        return path, seen.verified_by

    def create(self, path: str) -> None:
        """Make the file and send all of it.

        Raises:
            ArrearsError: OUTBOX_FILE_CHANGED, and those of the server.
        """
        with self._source() as file:
            source = _Source(file, self._pace)
            self._remote.create(path, source)
        self._require_unchanged(source)

    def fill(self, path: str, offset: int) -> None:
        """Send what comes after the first `offset` bytes into a file that is there.

        Raises:
            ArrearsError: OUTBOX_FILE_CHANGED, and those of the server.
        """
        with self._source() as file:
            source = _Source(file, self._pace)
            source.skip(offset)
            self._remote.fill(path, source, offset, self._part.size_bytes)
        self._require_unchanged(source)

    def resume(self, path: str) -> None:
        """Send what the file on the server lacks; where what it has can't be compared, all of it once more.

        Raises:
            ArrearsError: OUTBOX_FILE_CHANGED, and those of the server.
        """
        self.fill(path, self._good_bytes(path))

    def require_source(self) -> None:
        """Read the file through, before anything of it is sent under its final name.

        Raises:
            ArrearsError: OUTBOX_FILE_CHANGED.
        """
        with self._source() as file:
            source = _Source(file, self._pace)
            source.skip(self._part.size_bytes + 1)
        self._require_unchanged(source)

    def look(self, path: str) -> Seen:
        """Compare the file under a name with ours: by size, then by digest where that is possible."""
        try:
            size_bytes = self._remote.size_of(path)
            if size_bytes is None:
                return Seen(Sighting.ABSENT, VerifiedBy.SIZE)
            if size_bytes != self._part.size_bytes:
                return Seen(Sighting.OTHER, VerifiedBy.SIZE)
            return self._compared(path)
        except ArrearsError as problem:
            if problem.kind is REMOTE_MISSING:
                return Seen(Sighting.ABSENT, VerifiedBy.SIZE)
            raise

    def remove_others(self, path: str) -> None:
        """Remove what earlier uploads left behind."""
        for page in self._book.uploads():
            if page.content["temporary_path"] != path:
                self.remove(page.content["temporary_path"])

    def remove(self, path: str) -> None:
        """Remove a temporary file where the server lets us."""
        with suppress(ArrearsError):
            if self._remote.size_of(path) is not None:
                self._remote.remove(path)

    def _finished(self, path: str, size_bytes: int) -> VerifiedBy | None:
        """How the temporary file was verified once it was whole, None when it is of no use."""
        if size_bytes > self._part.size_bytes:
            return None
        try:
            if size_bytes < self._part.size_bytes:
                self.resume(path)
            seen = self.look(path)
        except ArrearsError as problem:
            if problem.kind in (REMOTE_MISSING, REMOTE_PERMISSION, REMOTE_FAILED):
                return None
            raise
        return seen.verified_by if seen.sighting is Sighting.SAME else None

    def _good_bytes(self, path: str) -> int:
        size_bytes = min(self._remote.size_of(path) or 0, self._part.size_bytes)
        told = self._told(path, size_bytes)
        if told is None:
            return size_bytes if self._place.is_read_back else 0
        with self._source() as file:
            source = _Source(file, self._pace)
            source.skip(size_bytes)
        return size_bytes if told == source.sha256 else 0

    def _compared(self, path: str) -> Seen:
        told = self._told(path, self._part.size_bytes)
        if told == self._part.sha256:
            return Seen(Sighting.SAME, VerifiedBy.CHECK_FILE)
        if self._place.is_read_back:
            is_same = self._remote.sha256_of(path) == self._part.sha256
            return Seen(Sighting.SAME if is_same else Sighting.OTHER, VerifiedBy.READ_BACK)
        return Seen(Sighting.SAME if told is None else Sighting.OTHER, VerifiedBy.SIZE)

    def _told(self, path: str, size_bytes: int) -> str | None:
        try:
            return self._remote.told_sha256_of(path, size_bytes)
        except ArrearsError as problem:
            if problem.kind in (REMOTE_PERMISSION, REMOTE_FAILED):
                return None
            raise

    def _require_unchanged(self, source: _Source) -> None:
        if (source.size_bytes, source.sha256) != (self._part.size_bytes, self._part.sha256):
            raise ArrearsError(OUTBOX_FILE_CHANGED, file=self._part.file_name, sealed_sha256=self._part.sha256)


class _Source:
    """Digests what is read through it and keeps to the pace."""

    def __init__(self, file: BinaryIO, pace: Callable[[int], None]) -> None:
        self._file = file
        self._pace = pace
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def read(self, size: int = -1, /) -> bytes:
        piece = self._take(size)
        self._pace(len(piece))
        return piece

    def skip(self, size_bytes: int) -> None:
        """Read on without sending."""
        while size_bytes > 0 and (piece := self._take(min(size_bytes, 1 << 20))):
            size_bytes -= len(piece)

    def _take(self, size: int) -> bytes:
        piece = self._file.read(size)
        self._digest.update(piece)
        self.size_bytes += len(piece)
        return piece

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()
