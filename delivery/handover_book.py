"""The pages of one hand-over in the book.

| below the part's key | says                                                                        | how often     |
|----------------------|-----------------------------------------------------------------------------|---------------|
| `intent`             | this very file is about to be sent                                          | once          |
| `upload/<mark>`      | a temporary name, before its first byte leaves                              | once a file   |
| `rename`             | this temporary name, verified, is about to get the final name               | once a round  |
| `direct/<n>`         | the final name is about to be made, where the bureau forbids renaming       | until taken   |
| `direct/<n>/refused` | the server refused to make it, so there is nothing                          |               |
| `unknown`            | whether the bureau has the file can't be known                              | once a round  |
| `settled`            | what the bureau said when a person asked                                    | once a round  |
| `receipt`            | the bureau has it                                                           | once          |

When the bureau says that it has nothing, a new round begins under `2/`, then `3/`. The first run that books `rename` or
`direct` decides for all that run at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from delivery.handover_terms import Book, BookedPage, Part
from schemas.errors import ArrearsError
from schemas.errors.ledger import PAGE_CONFLICT
from schemas.errors.transport import INTENT_DIFFERS, NOTHING_TO_SETTLE


class Step(StrEnum):
    """Steps of a hand-over that are booked: a word of the page's key, and the page's kind."""

    INTENT = "intent"
    UPLOAD = "upload"
    RENAME = "rename"
    DIRECT = "direct"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    SETTLED = "settled"
    RECEIPT = "receipt"


_ONCE = (Step.INTENT, Step.RECEIPT)


class PartBook:
    """Reads and writes the pages of one part.

    Args:
        part: the file.
        book: the ledger.
        actor: who does it.
        clock: gives the instant at which a page is written, UTC.
    """

    def __init__(self, part: Part, book: Book, actor: str, clock: Callable[[], datetime]) -> None:
        self._part = part
        self._book = book
        self._actor = actor
        self._clock = clock

    def page(self, step: Step, *more: str) -> BookedPage | None:
        """The page of a step in the present round; it must be about this very file.

        Raises:
            ArrearsError: INTENT_DIFFERS.
        """
        page = self._book.page(self._key(step, *more))
        if page is not None:
            self._require_same_file(page)
        return page

    def uploads(self) -> list[BookedPage]:
        """All temporary names of the present round, oldest first."""
        return list(self._book.pages(key_prefix=f"{self._key(Step.UPLOAD)}/"))

    def direct(self) -> BookedPage | None:
        """The last page of making the final name that the server did not refuse."""
        number = self._directs()
        if number == 0 or self.page(Step.DIRECT, str(number), Step.REFUSED) is not None:
            return None
        return self.page(Step.DIRECT, str(number))

    def write_direct(self, content: Mapping[str, object]) -> BookedPage:
        """Book that the final name is about to be made; gives back what another run booked before."""
        return self.write(Step.DIRECT, str(self._directs() + 1), content=content)

    def write_refused(self) -> None:
        """Book that the server refused to make the final name."""
        self.write(Step.DIRECT, str(self._directs()), Step.REFUSED, kind=Step.REFUSED)

    def write(
        self,
        step: Step,
        *more: str,
        kind: Step | None = None,
        content: Mapping[str, object] | None = None,
        events: Iterable[Any] = (),
    ) -> BookedPage:
        """Book a step; when another page of this step stands already, that one is given back.

        Raises:
            ArrearsError: INTENT_DIFFERS when the other is about another file, and those of the ledger.
        """
        key = self._key(step, *more)
        try:
            return self._book.write_page(
                key=key,
                kind=str(kind or step),
                actor=self._actor,
                content={**self._part.facts(), **(content or {})},
                events=events,
                written_at=self._clock(),
            )
        except ArrearsError as problem:
            standing = self._book.page(key) if problem.kind is PAGE_CONFLICT else None
            if standing is None:
                raise
            self._require_same_file(standing)
            return standing

    def settle(self, *, is_there: bool, reason: str) -> BookedPage:
        """Book what the bureau said about a file of which nothing could be known.

        Args:
            is_there: whether the bureau has it, whole.
            reason: who said so, and how.

        Raises:
            ArrearsError: NOTHING_TO_SETTLE.
        """
        unknown = self.page(Step.UNKNOWN)
        if unknown is None or self.page(Step.RECEIPT) is not None:
            raise ArrearsError(NOTHING_TO_SETTLE, part=self._part.key)
        content = {"is_there": is_there, "reason": reason, "remote_path": unknown.content["remote_path"]}
        return self.write(Step.SETTLED, content=content)

    def _directs(self) -> int:
        prefix = f"{self._key(Step.DIRECT)}/"
        return sum("/" not in page.key[len(prefix) :] for page in self._book.pages(key_prefix=prefix))

    def _key(self, step: Step, *more: str) -> str:
        return "/".join((self._part.key if step in _ONCE else self._round(), step, *more))

    def _round(self) -> str:
        """The part's key; after each answer of the bureau that it has nothing, with the next number below it."""
        prefix, number = self._part.key, 1
        while (settled := self._book.page(f"{prefix}/{Step.SETTLED}")) and not settled.content["is_there"]:
            number += 1
            prefix = f"{self._part.key}/{number}"
        return prefix

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
