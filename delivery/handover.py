"""The exactly-once hand-over of one sealed file to a bureau.

    intent booked -> temporary name booked -> upload -> verified -> rename booked -> renamed -> seen -> receipt booked

Killed at any instruction, the next call looks in the book and at the bureau's server and goes on from there:

| receipt | final name       | rename | temporary name | what is done                                      |
|---------|------------------|--------|----------------|---------------------------------------------------|
| booked  |                  |        |                | nothing                                           |
| -       | the same content |        |                | receipt                                           |
| -       | other content    |        |                | refused, a person compares                        |
| -       | -                | -      | a part of it   | the upload goes on                                |
| -       | -                | -      | -              | upload from the start, under a new temporary name |
| -       | -                | booked | the same       | rename; refused and known as forbidden: see below |
| -       | -                | booked | other content  | written over in place, the name never goes away   |
| -       | -                | booked | -              | booked as unknown, a person asks the bureau       |

The last row is the bureau taking the file away after the rename and before the receipt. Sending again could report a
borrower twice, so it is never guessed: `PartBook.settle` books what the bureau said.

Two calls at once for the same part give one file and one receipt, on whatever machines they run: a temporary name is
made once only, the first that books the rename says which one is renamed, and what was renamed can't be renamed again.

Where the bureau forbids renaming, the file is made under its final name. Its being there is the mark of the delivery,
its size and, where that is possible, its digest say whether it is whole. Whoever books `direct` first makes it, once;
one that is gone is booked as unknown, as nobody saw it whole.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, NoReturn

from delivery.handover_book import PartBook, Step
from delivery.handover_terms import Book, BookedPage, Part, Place, Receipt, Remote, SeenUnder, VerifiedBy
from delivery.upload import Sighting, Upload
from schemas.errors import ArrearsError
from schemas.errors.transport import (
    OTHER_CONTENT,
    OUTCOME_UNKNOWN,
    REMOTE_FAILED,
    REMOTE_MISSING,
    REMOTE_PERMISSION,
    RENAME_NOT_DONE,
    UPLOAD_INCOMPLETE,
)

_OTHER_RUN_SECONDS = (0.2, 0.8, 2.0, 0.0)


@dataclass(frozen=True)
class _Names:
    final: str
    temporary: str

    @classmethod
    def of(cls, begun: BookedPage) -> _Names:
        """Once the rename is begun its names stand, whatever the settings say by now."""
        return cls(begun.content["remote_path"], begun.content["temporary_path"])


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
        pace: told of each number of bytes before they are sent; it waits, or raises, as the bureau wants it.
        sleep: waits so many seconds for a receipt that another run is about to book.
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
        pace: Callable[[int], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._part = part
        self._remote = remote
        self._place = place
        self._book = PartBook(part, book, actor, clock)
        self._upload = Upload(part, source, remote, place, self._book, pace)
        self._sent_events = tuple(sent_events)
        self._sleep = sleep

    def run(self) -> Receipt:
        """Sees to it that the bureau has the file once, and that the receipt is booked.

        Raises:
            ArrearsError: `kind.may_retry` tells whether calling again can help: dropped lines and incomplete uploads
                yes; INTENT_DIFFERS, OTHER_CONTENT, OUTCOME_UNKNOWN, OUTBOX_FILE_CHANGED and the server's refusals no.
        """
        receipt = self._book.page(Step.RECEIPT)
        if receipt is not None:
            return Receipt.of(receipt)
        if self._book.page(Step.INTENT) is None:
            self._book.write(Step.INTENT)
        begun, direct = self._book.page(Step.RENAME), self._book.direct()
        settled = self._book.page(Step.SETTLED)
        if settled is not None:
            return self._settled(settled, begun)
        if begun is not None and direct is None:
            return self._finished(begun)
        if direct is not None or not self._place.may_rename:
            return self._directly(direct, self._place.final_path(self._part.file_name))
        return self._by_renaming()

    def _by_renaming(self) -> Receipt:
        final = self._place.final_path(self._part.file_name)
        verified_by = self._seen_whole(final)
        if verified_by is not None:
            return self._book_receipt(final, verified_by, SeenUnder.FINAL)
        temporary, verified_by = self._upload.verified()
        content = {"remote_path": final, "temporary_path": temporary, "verified_by": str(verified_by)}
        begun = self._book.write(Step.RENAME, content=content)
        if _Names.of(begun) != _Names(final, temporary):
            return self._finished(begun)
        return self._renamed(begun, verified_by)

    def _finished(self, begun: BookedPage) -> Receipt:
        """What an earlier run, or another one, began."""
        names = _Names.of(begun)
        verified_by = self._seen_whole(names.final)
        if verified_by is not None:
            return self._book_receipt(names.final, verified_by, SeenUnder.FINAL, names.temporary)
        seen = self._upload.look(names.temporary)
        if seen.sighting is Sighting.OTHER:
            self._upload.fill(names.temporary, 0)
            seen = self._upload.look(names.temporary)
        match seen.sighting:
            case Sighting.ABSENT:
                return self._unknown(begun)
            case Sighting.OTHER:
                raise ArrearsError(UPLOAD_INCOMPLETE, part=self._part.key, path=names.temporary)
            case Sighting.SAME:
                return self._renamed(begun, seen.verified_by)

    def _renamed(self, begun: BookedPage, verified_by: VerifiedBy) -> Receipt:
        """The receipt after the rename of a file that was just verified, so that its size says enough by then."""
        names = _Names.of(begun)
        try:
            self._remote.rename(names.temporary, names.final)
        except ArrearsError as problem:
            # A server that did the rename and answered no is believed by what it shows, not by what it said.
            if problem.kind not in (REMOTE_FAILED, REMOTE_MISSING, REMOTE_PERMISSION):
                raise
            if self._seen_whole(names.final) is None:
                if problem.kind is not REMOTE_MISSING and not self._place.may_rename:
                    # Somebody has found out since the rename was begun that the bureau forbids it.
                    return self._directly(None, names.final)
                if problem.kind is REMOTE_MISSING and self._remote.size_of(names.temporary) is None:
                    return self._unknown(begun)
                raise
        size_bytes = self._remote.size_of(names.final)
        if size_bytes is None:
            if self._remote.size_of(names.temporary) is not None:
                raise ArrearsError(RENAME_NOT_DONE, part=self._part.key, path=names.temporary)
            return self._book_receipt(names.final, verified_by, SeenUnder.TEMPORARY, names.temporary)
        if size_bytes != self._part.size_bytes:
            self._refuse_other(names.final)
        return self._book_receipt(names.final, verified_by, SeenUnder.FINAL, names.temporary)

    def _directly(self, begun: BookedPage | None, final: str) -> Receipt:
        """The file under its final name, where the bureau forbids renaming."""
        if begun is None:
            verified_by = self._seen_whole(final)
            if verified_by is not None:
                return self._book_receipt(final, verified_by, SeenUnder.FINAL)
            self._upload.require_source()
            mark = secrets.token_hex(4)
            begun = self._book.write_direct({"remote_path": final, "mark": mark})
            if begun.content["mark"] == mark:
                self._make(final)
        final = begun.content["remote_path"]
        seen = self._upload.look(final)
        if seen.sighting is Sighting.OTHER:
            self._upload.resume(final)
            seen = self._upload.look(final)
        match seen.sighting:
            case Sighting.ABSENT:
                return self._unknown(begun)
            case Sighting.OTHER:
                raise ArrearsError(UPLOAD_INCOMPLETE, part=self._part.key, path=final)
            case Sighting.SAME:
                return self._book_receipt(final, seen.verified_by, SeenUnder.FINAL)

    def _make(self, final: str) -> None:
        try:
            self._upload.create(final)
        except ArrearsError as problem:
            # Refused when it was to be opened: there is nothing, and it may be begun again.
            if problem.kind in (REMOTE_PERMISSION, REMOTE_MISSING) and problem.facts.get("action") == "create":
                self._book.write_refused()
            raise

    def _seen_whole(self, final: str) -> VerifiedBy | None:
        """How the file under its final name was verified; None when there is none."""
        seen = self._upload.look(final)
        if seen.sighting is Sighting.OTHER:
            self._refuse_other(final)
        return seen.verified_by if seen.sighting is Sighting.SAME else None

    def _refuse_other(self, final: str) -> NoReturn:
        raise ArrearsError(OTHER_CONTENT, part=self._part.key, path=final, sent_sha256=self._part.sha256)

    def _unknown(self, begun: BookedPage) -> Receipt:
        """The receipt after all, or it is booked that nothing can be known.

        Another run may be about to book the receipt, and the server may still be about to do what a run asked for that
        is no more: both are waited for.
        """
        final = begun.content["remote_path"]
        for seconds in _OTHER_RUN_SECONDS:
            receipt = self._book.page(Step.RECEIPT)
            if receipt is not None:
                return Receipt.of(receipt)
            verified_by = self._seen_whole(final)
            if verified_by is not None:
                temporary = begun.content.get("temporary_path", "")
                return self._book_receipt(final, verified_by, SeenUnder.FINAL, temporary)
            if self._book.page(Step.UNKNOWN) is not None:
                break
            self._sleep(seconds)
        known = {
            "remote_path": final,
            "temporary_path": begun.content.get("temporary_path"),
            "verified_by": begun.content.get("verified_by"),
            "begun_at": begun.written_at.isoformat(),
        }
        self._book.write(Step.UNKNOWN, content=known)
        raise ArrearsError(
            OUTCOME_UNKNOWN,
            part=self._part.key,
            path=final,
            size_bytes=self._part.size_bytes,
            sha256=self._part.sha256,
            begun_at=known["begun_at"],
            verified_before_by=known["verified_by"],
        )

    def _settled(self, settled: BookedPage, begun: BookedPage | None) -> Receipt:
        verified_by = VerifiedBy.WORD if begun is None else VerifiedBy(begun.content.get("verified_by", "size"))
        return self._book_receipt(settled.content["remote_path"], verified_by, SeenUnder.WORD)

    def _book_receipt(
        self, remote_path: str, verified_by: VerifiedBy, seen_under: SeenUnder, temporary_path: str = ""
    ) -> Receipt:
        self._upload.remove_others(temporary_path)
        content = {
            "remote_path": remote_path,
            "is_read_back": verified_by in (VerifiedBy.READ_BACK, VerifiedBy.CHECK_FILE),
            "verified_by": str(verified_by),
            "seen_under": str(seen_under),
        }
        return Receipt.of(self._book.write(Step.RECEIPT, content=content, events=self._sent_events))
