"""The hand-over against a server in memory that stops, lies and loses answers at any moment."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.handover import HandOver, Part, Place, Receipt, SeenUnder, Step
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.seal import OUTBOX_FILE_CHANGED
from schemas.errors.transport import (
    CONNECTION_LOST,
    INTENT_DIFFERS,
    OTHER_CONTENT,
    OUTCOME_UNKNOWN,
    REMOTE_FAILED,
    REMOTE_MISSING,
    REMOTE_PERMISSION,
    RENAME_NOT_DONE,
    UPLOAD_INCOMPLETE,
)

CONTENT = b"sealed bytes " * 50
NOW = datetime(2026, 9, 7, 2, 0, tzinfo=UTC)
NAME = "LENDER1_20260907_ROSTER-20260907-1a2b3c_001.csv.p7m"
FINAL = f"inbox/{NAME}"
TEMPORARY = f"inbox/.{NAME}.part"
INBOX = Place("inbox")
PART = Part("report/roster/B1/001", NAME, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


@dataclass(frozen=True)
class Page:
    content: dict
    written_at: datetime
    kind: str
    actor: str
    events: tuple


@dataclass
class MemoryBook:
    pages: dict = field(default_factory=dict)

    def page(self, key: str) -> Page | None:
        return self.pages.get(key)

    def write_page(self, *, key: str, kind: str, actor: str, content: dict, events: list, written_at: datetime) -> Page:
        page = Page(dict(content), written_at, kind, actor, tuple(events))
        booked = self.pages.setdefault(key, page)
        assert (booked.content, booked.events) == (page.content, page.events), f"{key} would conflict"
        return booked


@dataclass
class MemoryRemote:
    """A server that keeps its files in memory and counts what was done to it."""

    files: dict = field(default_factory=dict)
    uploads: int = 0
    renames: int = 0

    def size_of(self, path: str) -> int | None:
        return len(self.files[path]) if path in self.files else None

    def sha256_of(self, path: str) -> str:
        if path not in self.files:
            raise ArrearsError(REMOTE_MISSING)
        return hashlib.sha256(self.files[path]).hexdigest()

    def write(self, path: str, source: object) -> None:
        self.uploads += 1
        self.files[path] = b""
        while chunk := source.read(100):
            self.files[path] += chunk

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
        part, source, remote, place, book, actor="task:send", clock=lambda: NOW, sent_events=["sent L1", "sent L2"]
    ).run()


def refusal(kind: ErrorKind, *arguments: object, **settings: object) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught:
        hand_over(*arguments, **settings)
    assert caught.value.kind is kind
    return caught.value


def test_it_is_uploaded_renamed_and_booked_in_this_order() -> None:
    book, remote = MemoryBook(), MemoryRemote()
    receipt = hand_over(remote, book)
    assert receipt == Receipt(FINAL, PART.size_bytes, PART.sha256, True, SeenUnder.FINAL, NOW)
    assert remote.files == {FINAL: CONTENT}
    assert list(book.pages) == [f"{PART.key}/intent", f"{PART.key}/rename", f"{PART.key}/receipt"]
    assert book.pages[f"{PART.key}/intent"].content == PART.facts()
    assert book.pages[f"{PART.key}/receipt"].events == ("sent L1", "sent L2")
    assert book.pages[f"{PART.key}/rename"].events == ()


def test_the_intent_is_booked_before_the_server_is_touched() -> None:
    class UntouchedUntilIntent(MemoryRemote):
        def size_of(self, path: str) -> int | None:
            assert f"{PART.key}/intent" in book.pages
            return super().size_of(path)

    book = MemoryBook()
    hand_over(UntouchedUntilIntent(), book)
    assert len(book.pages) == 3


def test_with_a_receipt_the_server_is_not_even_asked() -> None:
    book = MemoryBook()
    first = hand_over(MemoryRemote(), book)
    assert hand_over(object(), book) == first


def test_the_same_file_under_its_final_name_gets_its_receipt() -> None:
    book, remote = MemoryBook(), MemoryRemote({FINAL: CONTENT})
    assert hand_over(remote, book).seen_under is SeenUnder.FINAL
    assert (remote.uploads, remote.renames) == (0, 0)


@pytest.mark.parametrize("other", [b"", b"x" * len(CONTENT), CONTENT + b"x"])
def test_other_content_under_the_final_name_is_left_alone(other: bytes) -> None:
    book, remote = MemoryBook(), MemoryRemote({FINAL: other})
    refused = refusal(OTHER_CONTENT, remote, book)
    assert not refused.kind.may_retry
    assert remote.files == {FINAL: other}
    assert f"{PART.key}/receipt" not in book.pages


def test_another_file_for_the_same_part_is_refused() -> None:
    book = MemoryBook()
    book.write_page(
        key=PART.step_key(Step.INTENT),
        kind="intent",
        actor="task:send",
        content={**PART.facts(), "sha256": "0" * 64},
        events=[],
        written_at=NOW,
    )
    remote = MemoryRemote()
    assert refusal(INTENT_DIFFERS, remote, book).facts["differs_in"] == ["sha256"]
    assert remote.files == {}


def test_a_receipt_of_another_file_is_no_receipt() -> None:
    book = MemoryBook()
    hand_over(MemoryRemote(), book)
    resealed = Part(PART.key, NAME, PART.size_bytes, "1" * 64)
    refusal(INTENT_DIFFERS, MemoryRemote(), book, part=resealed)


def test_a_changed_outbox_file_never_gets_its_final_name() -> None:
    book, remote = MemoryBook(), MemoryRemote()
    refusal(OUTBOX_FILE_CHANGED, remote, book, source=lambda: io.BytesIO(b"y" * len(CONTENT)))
    assert FINAL not in remote.files
    assert remote.renames == 0


def test_bytes_lost_on_the_way_are_found_and_sent_again() -> None:
    class Lossy(MemoryRemote):
        def write(self, path: str, source: object) -> None:
            super().write(path, source)
            if self.uploads == 1:
                self.files[path] = bytes([self.files[path][0] ^ 1]) + self.files[path][1:]

    book, remote = MemoryBook(), Lossy()
    assert refusal(UPLOAD_INCOMPLETE, remote, book).kind.may_retry
    hand_over(remote, book)
    assert remote.files == {FINAL: CONTENT}
    assert remote.renames == 1


def test_where_reading_is_forbidden_the_size_is_what_is_verified() -> None:
    class NoReading(MemoryRemote):
        def sha256_of(self, path: str) -> str:
            raise ArrearsError(REMOTE_PERMISSION)

    receipt = hand_over(NoReading(), MemoryBook(), place=Place("inbox", is_read_back=False))
    assert receipt.is_read_back is False
    refusal(REMOTE_PERMISSION, NoReading(), MemoryBook())


def test_taken_away_the_instant_it_is_renamed_is_a_receipt() -> None:
    class Greedy(MemoryRemote):
        def rename(self, old_path: str, new_path: str) -> None:
            super().rename(old_path, new_path)
            del self.files[new_path]

    book, remote = MemoryBook(), Greedy()
    assert hand_over(remote, book).seen_under is SeenUnder.TEMPORARY
    hand_over(remote, book)
    assert (remote.uploads, remote.renames) == (1, 1)


@pytest.mark.parametrize("answer", [REMOTE_FAILED, REMOTE_MISSING])
def test_a_rename_that_was_done_and_denied_is_seen(answer: ErrorKind) -> None:
    class Denying(MemoryRemote):
        def rename(self, old_path: str, new_path: str) -> None:
            super().rename(old_path, new_path)
            raise ArrearsError(answer)

    assert hand_over(Denying(), MemoryBook()).seen_under is SeenUnder.FINAL


def test_a_rename_that_was_confirmed_and_not_done_is_tried_again() -> None:
    class Lying(MemoryRemote):
        def rename(self, old_path: str, new_path: str) -> None:
            self.renames += 1
            if self.renames > 1:
                super().rename(old_path, new_path)

    book, remote = MemoryBook(), Lying()
    assert refusal(RENAME_NOT_DONE, remote, book).kind.may_retry
    hand_over(remote, book)
    assert remote.files == {FINAL: CONTENT}
    assert remote.uploads == 1


def test_a_refused_rename_is_told_as_it_is() -> None:
    class Refusing(MemoryRemote):
        def rename(self, old_path: str, new_path: str) -> None:
            raise ArrearsError(REMOTE_PERMISSION)

    book, remote = MemoryBook(), Refusing()
    refusal(REMOTE_PERMISSION, remote, book)
    assert remote.files == {TEMPORARY: CONTENT}


def test_begun_to_rename_and_gone_is_unknown_for_good() -> None:
    book, remote = MemoryBook(), MemoryRemote()
    hand_over(remote, book)
    del book.pages[f"{PART.key}/receipt"]
    remote.files.clear()
    for _ in range(2):
        assert not refusal(OUTCOME_UNKNOWN, remote, book).kind.may_retry
    assert (remote.uploads, remote.renames) == (1, 1)
    assert book.pages[f"{PART.key}/unknown"].content["remote_path"] == FINAL


def test_begun_to_rename_its_names_stand_when_the_settings_change() -> None:
    book, remote = MemoryBook(), MemoryRemote()
    hand_over(remote, book)
    del book.pages[f"{PART.key}/receipt"]
    moved = Place("elsewhere", temporary_name="{name}.tmp")
    assert hand_over(remote, book, place=moved).remote_path == FINAL
    assert remote.uploads == 1


def test_before_the_rename_a_corrected_folder_is_used() -> None:
    class NoSuchFolder(MemoryRemote):
        def write(self, path: str, source: object) -> None:
            if path.startswith("inbox/"):
                raise ArrearsError(REMOTE_MISSING)
            super().write(path, source)

    book, remote = MemoryBook(), NoSuchFolder()
    refusal(REMOTE_MISSING, remote, book)
    assert hand_over(remote, book, place=Place("in")).remote_path == f"in/{NAME}"


@pytest.mark.parametrize("stop_at", [None, 0])
def test_a_damaged_upload_is_repaired_in_place_when_the_rename_was_begun(stop_at: int | None) -> None:
    class Watching(MemoryRemote):
        def write(self, path: str, source: object) -> None:
            assert path in self.files, "a missing name would look like a file that was taken away"
            if stop_at is not None and self.uploads == stop_at:
                self.uploads += 1
                self.files[path] = source.read(10)
                raise ArrearsError(CONNECTION_LOST)
            super().write(path, source)

    book = MemoryBook()
    hand_over(MemoryRemote(), book)
    del book.pages[f"{PART.key}/receipt"]
    remote = Watching({TEMPORARY: CONTENT[:-1]})
    if stop_at == 0:
        refusal(CONNECTION_LOST, remote, book)
    hand_over(remote, book)
    assert remote.files == {FINAL: CONTENT}
    assert remote.renames == 1


class Stopped(BaseException):
    """Stands for a process that is no more."""


@dataclass
class Stopping:
    """Stops or loses the answer at chosen calls, before or after they take effect."""

    real: object
    faults: list
    calls: list

    def __getattr__(self, name: str) -> Callable:
        def call(*arguments: object, **named: object) -> object:
            fault = self.faults[len(self.calls)] if len(self.calls) < len(self.faults) else "none"
            self.calls.append(name)
            if fault == "stop before":
                raise Stopped
            if fault == "cut before" and isinstance(self.real, MemoryRemote):
                raise ArrearsError(CONNECTION_LOST)
            if name == "write" and fault == "cut within":
                path, source = arguments
                self.real.write(path, io.BytesIO(source.read(130)))
                raise ArrearsError(CONNECTION_LOST)
            result = getattr(self.real, name)(*arguments, **named)
            if fault == "stop after":
                raise Stopped
            if fault == "cut after" and isinstance(self.real, MemoryRemote):
                raise ArrearsError(CONNECTION_LOST)
            return result

        return call


FAULTS = st.sampled_from(["none", "none", "none", "stop before", "stop after", "cut before", "cut within", "cut after"])


@given(st.lists(st.lists(FAULTS, max_size=16), max_size=5))
def test_whatever_happens_one_intact_copy_and_one_receipt(runs: list[list[str]]) -> None:
    book, remote = MemoryBook(), MemoryRemote()
    for faults in [*runs, []]:
        calls: list = []
        try:
            hand_over(Stopping(remote, faults, calls), Stopping(book, faults, calls))
        except Stopped:
            pass
        except ArrearsError as problem:
            assert problem.kind.may_retry  # noqa: PT017 the loop goes on after it
        assert remote.renames <= 1
        assert remote.files.get(FINAL, CONTENT) == CONTENT
    assert remote.files == {FINAL: CONTENT}
    assert remote.renames == 1
    assert f"{PART.key}/receipt" in book.pages
    assert f"{PART.key}/unknown" not in book.pages


@given(st.lists(FAULTS, max_size=16), st.lists(FAULTS, max_size=16))
def test_a_bureau_that_takes_files_away_gets_it_once(first: list[str], second: list[str]) -> None:
    taken: list = []

    class Greedy(MemoryRemote):
        def rename(self, old_path: str, new_path: str) -> None:
            super().rename(old_path, new_path)
            taken.append(self.files.pop(new_path))

    book, remote = MemoryBook(), Greedy()
    for faults in [first, second, [], []]:
        calls: list = []
        try:
            hand_over(Stopping(remote, faults, calls), Stopping(book, faults, calls))
        except Stopped:
            pass
        except ArrearsError as problem:
            assert problem.kind.may_retry or problem.kind is OUTCOME_UNKNOWN  # noqa: PT017 the loop goes on after it
    assert taken == [CONTENT]
    assert (f"{PART.key}/receipt" in book.pages) != (f"{PART.key}/unknown" in book.pages)
