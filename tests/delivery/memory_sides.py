"""Book and server in memory, for tests of the hand-over that stop, lie and lose answers at any moment."""

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from delivery.handover import HandOver
from delivery.handover_book import PartBook, Step
from delivery.handover_terms import Part, Place, Receipt, VerifiedBy
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.ledger import PAGE_CONFLICT
from schemas.errors.transport import REMOTE_FAILED, REMOTE_MISSING

CONTENT = b"sealed bytes " * 50
NOW = datetime(2026, 9, 7, 2, 0, tzinfo=UTC)
NAME = "LENDER1_20260907_ROSTER-20260907-1a2b3c_001.csv.p7m"
FINAL = f"inbox/{NAME}"
TEMPORARY = f"inbox/.{NAME}.0a1b2c3d.part"
INBOX = Place("inbox")
MARK = re.compile(r"(?<=[./])[0-9a-f]{8}(?=\.|$)")
PART = Part("report/roster/B1/001", NAME, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


@dataclass(frozen=True)
class Page:
    """A booked page."""

    key: str
    content: dict
    written_at: datetime
    kind: str
    actor: str
    events: tuple


@dataclass
class MemoryBook:
    """A book that keeps its pages in memory."""

    pages_by_key: dict = field(default_factory=dict)

    def page(self, key: str) -> Page | None:
        return self.pages_by_key.get(key)

    def pages(self, *, key_prefix: str) -> list[Page]:
        return [page for key, page in self.pages_by_key.items() if key.startswith(key_prefix)]

    def write_page(self, *, key: str, kind: str, actor: str, content: dict, events: list, written_at: datetime) -> Page:
        page = Page(key, dict(content), written_at, kind, actor, tuple(events))
        booked = self.pages_by_key.setdefault(key, page)
        if (booked.content, booked.events) != (page.content, page.events):
            raise ArrearsError(PAGE_CONFLICT, key=key)
        return booked

    def short_keys(self) -> list[str]:
        """What stands below the part's key, marks left out."""
        return [MARK.sub("<mark>", key.removeprefix(f"{PART.key}/")) for key in self.pages_by_key]

    def drop(self, step: str) -> None:
        del self.pages_by_key[f"{PART.key}/{step}"]


@dataclass
class MemoryRemote:
    """A server that keeps its files in memory and counts what was done to it."""

    files: dict = field(default_factory=dict)
    uploads: int = 0
    renames: int = 0
    sent_bytes: int = 0

    def __post_init__(self) -> None:
        self.files = {path: bytearray(content) for path, content in self.files.items()}

    def only_file(self) -> tuple[str, bytes]:
        """Its only file, marks left out of the name."""
        ((path, content),) = self.files.items()
        return MARK.sub("<mark>", path), content

    def size_of(self, path: str) -> int | None:
        return len(self.files[path]) if path in self.files else None

    def told_sha256_of(self, path: str, size_bytes: int) -> str | None:
        return None

    def sha256_of(self, path: str) -> str:
        if path not in self.files:
            raise ArrearsError(REMOTE_MISSING)
        return hashlib.sha256(self.files[path]).hexdigest()

    def create(self, path: str, source: object) -> None:
        if path in self.files:
            raise ArrearsError(REMOTE_FAILED)
        self.files[path] = bytearray()
        self._write(path, source, 0)

    def fill(self, path: str, source: object, offset: int, size_bytes: int) -> None:
        if path not in self.files:
            raise ArrearsError(REMOTE_MISSING)
        self._write(path, source, offset)
        if path in self.files:
            del self.files[path][size_bytes:]

    def _write(self, path: str, source: object, offset: int) -> None:
        """Into the file itself, which may lose its name meanwhile, as an open one does."""
        self.uploads += 1
        file = self.files[path]
        while piece := source.read(100):
            self.sent_bytes += len(piece)
            file[offset : offset + len(piece)] = piece
            offset += len(piece)

    def remove(self, path: str) -> None:
        if path not in self.files:
            raise ArrearsError(REMOTE_MISSING)
        del self.files[path]

    def rename(self, old_path: str, new_path: str) -> None:
        if old_path not in self.files:
            raise ArrearsError(REMOTE_MISSING)
        self.renames += 1
        self.files[new_path] = self.files.pop(old_path)


def hand_over(
    remote: object,
    book: object,
    *,
    part: Part = PART,
    place: Place = INBOX,
    source: Callable = lambda: io.BytesIO(CONTENT),
) -> Receipt:
    return HandOver(
        part,
        source,
        remote,
        place,
        book,
        actor="task:send",
        clock=lambda: NOW,
        sent_events=["sent L1", "sent L2"],
        sleep=lambda _: None,
    ).run()


def refusal(kind: ErrorKind, *arguments: object, **settings: object) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught:
        hand_over(*arguments, **settings)
    assert caught.value.kind is kind
    return caught.value


def begun(temporary: str = TEMPORARY) -> MemoryBook:
    """A book in which the rename of an upload is begun."""
    book = MemoryBook()
    pages = PartBook(PART, book, "task:send", lambda: NOW)
    pages.write(Step.INTENT)
    pages.write(Step.UPLOAD, "0a1b2c3d", content={"temporary_path": temporary})
    pages.write(
        Step.RENAME,
        content={"remote_path": FINAL, "temporary_path": temporary, "verified_by": str(VerifiedBy.READ_BACK)},
    )
    return book
