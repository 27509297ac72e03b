"""Where the bureau forbids renaming, where nothing can be known, and what follows when the bureau was asked."""

import io

import pytest

from delivery.handover_book import PartBook
from delivery.handover_terms import Place, Receipt, SeenUnder, VerifiedBy
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.seal import OUTBOX_FILE_CHANGED
from schemas.errors.transport import (
    CONNECTION_LOST,
    NOTHING_TO_SETTLE,
    OTHER_CONTENT,
    OUTCOME_UNKNOWN,
    REMOTE_FAILED,
    REMOTE_PERMISSION,
    UPLOAD_INCOMPLETE,
)
from tests.delivery.memory_sides import (
    CONTENT,
    FINAL,
    NOW,
    PART,
    MemoryBook,
    MemoryRemote,
    begun,
    hand_over,
    refusal,
)

NO_RENAME = Place("inbox", may_rename=False)


class NoRename(MemoryRemote):
    """Renames nothing; the line is cut after so many bytes of the first uploads."""

    def __init__(self, *cuts: int, **settings: object) -> None:
        super().__init__(**settings)
        self.cuts = list(cuts)

    def rename(self, old_path: str, new_path: str) -> None:
        raise ArrearsError(REMOTE_PERMISSION)

    def _write(self, path: str, source: object, offset: int) -> None:
        if self.cuts:
            super()._write(path, io.BytesIO(source.read(self.cuts.pop(0))), offset)
            raise ArrearsError(CONNECTION_LOST)
        super()._write(path, source, offset)


def bureau_said(book: MemoryBook, *, is_there: bool) -> None:
    PartBook(PART, book, "user:1", lambda: NOW).settle(is_there=is_there, reason="Ms Li of the bureau, by telephone")


class TestWithoutRename:
    def test_it_is_made_under_its_final_name(self) -> None:
        book, remote = MemoryBook(), NoRename()
        receipt = hand_over(remote, book, place=NO_RENAME)
        assert receipt == Receipt(FINAL, PART.size_bytes, PART.sha256, True, VerifiedBy.READ_BACK, SeenUnder.FINAL, NOW)
        assert remote.files == {FINAL: CONTENT}
        assert book.short_keys() == ["intent", "direct/1", "receipt"]

    @pytest.mark.parametrize("is_read_back", [True, False])
    def test_a_cut_upload_goes_on_under_the_final_name(self, is_read_back: bool) -> None:
        book, remote = MemoryBook(), NoRename(130, 200)
        place = Place("inbox", may_rename=False, is_read_back=is_read_back)
        for _ in range(2):
            refusal(CONNECTION_LOST, remote, book, place=place)
        assert hand_over(remote, book, place=place).is_read_back is is_read_back
        assert remote.files == {FINAL: CONTENT}
        # What can't be compared is sent once more.
        assert remote.sent_bytes == len(CONTENT) if is_read_back else 130 + 200 + len(CONTENT)

    def test_what_was_there_before_is_left_alone(self) -> None:
        remote = NoRename(files={FINAL: b"another"})
        refusal(OTHER_CONTENT, remote, MemoryBook(), place=NO_RENAME)
        assert remote.files == {FINAL: b"another"}

    def test_one_that_is_gone_is_unknown_and_never_made_again(self) -> None:
        book, remote = MemoryBook(), NoRename(130)
        refusal(CONNECTION_LOST, remote, book, place=NO_RENAME)
        remote.files.clear()
        for _ in range(2):
            refusal(OUTCOME_UNKNOWN, remote, book, place=NO_RENAME)
        assert remote.files == {}

    def test_a_server_that_stores_nothing_is_found_out(self) -> None:
        class Storing(NoRename):
            def _write(self, path: str, source: object, offset: int) -> None:
                super()._write(path, source, offset)
                del self.files[path]

        refusal(OUTCOME_UNKNOWN, Storing(), MemoryBook(), place=NO_RENAME)

    def test_a_refusal_to_make_it_is_no_beginning(self) -> None:
        class Closed(NoRename):
            def create(self, path: str, source: object) -> None:
                raise ArrearsError(REMOTE_PERMISSION, action="create")

        book = MemoryBook()
        for _ in range(2):
            refusal(REMOTE_PERMISSION, Closed(), book, place=NO_RENAME)
        assert hand_over(NoRename(), book, place=NO_RENAME).seen_under is SeenUnder.FINAL
        assert book.short_keys() == [
            "intent",
            "direct/1",
            "direct/1/refused",
            "direct/2",
            "direct/2/refused",
            "direct/3",
            "receipt",
        ]

    @pytest.mark.parametrize("answer", [REMOTE_PERMISSION, REMOTE_FAILED])
    def test_forbidden_since_the_rename_was_begun_and_cut_it_goes_on_under_the_final_name(
        self, answer: ErrorKind
    ) -> None:
        class Refusing(NoRename):
            def rename(self, old_path: str, new_path: str) -> None:
                raise ArrearsError(answer)

        book, remote = MemoryBook(), Refusing()
        refusal(answer, remote, book)
        (temporary,) = remote.files
        remote.cuts = [130]
        refusal(CONNECTION_LOST, remote, book, place=NO_RENAME)
        assert sorted(remote.files) == sorted([temporary, FINAL])
        hand_over(remote, book, place=NO_RENAME)
        assert remote.files == {FINAL: CONTENT}
        assert book.short_keys()[-3:] == ["rename", "direct/1", "receipt"]

    def test_forbidden_since_the_rename_was_begun_and_gone_it_is_unknown(self) -> None:
        book, remote = MemoryBook(), NoRename()
        refusal(REMOTE_PERMISSION, remote, book)
        remote.files.clear()
        refusal(OUTCOME_UNKNOWN, remote, book, place=NO_RENAME)
        assert remote.files == {}

    def test_one_that_another_run_begins_at_the_same_time_is_not_made_twice(self) -> None:
        class Slow(NoRename):
            def size_of(self, path: str) -> int | None:
                if not other_has_run:
                    other_has_run.append(True)
                    hand_over(other, book, place=NO_RENAME)
                return super().size_of(path)

        other_has_run: list = []
        book, other = MemoryBook(), NoRename()
        remote = Slow()
        remote.files = other.files
        hand_over(remote, book, place=NO_RENAME)
        assert (other.uploads, remote.uploads) == (1, 0)

    def test_a_changed_outbox_file_is_found_before_anything_is_made(self) -> None:
        remote = NoRename()
        wrong = b"y" * len(CONTENT)
        refusal(OUTBOX_FILE_CHANGED, remote, MemoryBook(), place=NO_RENAME, source=lambda: io.BytesIO(wrong))
        assert remote.files == {}

    def test_bytes_that_arrive_wrong_are_no_receipt(self) -> None:
        class Wrong(NoRename):
            def _write(self, path: str, source: object, offset: int) -> None:
                super()._write(path, source, offset)
                self.files[path][:] = bytes(len(self.files[path]))

        book = MemoryBook()
        refusal(UPLOAD_INCOMPLETE, Wrong(), book, place=NO_RENAME)
        assert "receipt" not in book.short_keys()


class TestAsked:
    def test_the_bureau_has_it(self) -> None:
        book, remote = begun(), MemoryRemote()
        refusal(OUTCOME_UNKNOWN, remote, book)
        bureau_said(book, is_there=True)
        receipt = hand_over(remote, book)
        assert (receipt.seen_under, receipt.remote_path) == (SeenUnder.WORD, FINAL)
        assert book.page(f"{PART.key}/settled").actor == "user:1"
        assert book.page(f"{PART.key}/receipt").events == ("sent L1", "sent L2")
        assert (remote.uploads, remote.renames) == (0, 0)

    def test_the_bureau_has_nothing_so_it_is_sent_once_more(self) -> None:
        book, remote = begun(), MemoryRemote()
        for round_no in (2, 3):
            refusal(OUTCOME_UNKNOWN, remote, book)
            bureau_said(book, is_there=False)
            remote.files.clear()
            remote.renames = 0
            hand_over(remote, book)
            assert remote.files == {FINAL: CONTENT}
            assert remote.renames == 1
            assert f"{round_no}/rename" in book.short_keys()
            book.drop("receipt")
            remote.files.clear()

    def test_without_rename_too(self) -> None:
        book, remote = MemoryBook(), NoRename(130)
        refusal(CONNECTION_LOST, remote, book, place=NO_RENAME)
        remote.files.clear()
        refusal(OUTCOME_UNKNOWN, remote, book, place=NO_RENAME)
        bureau_said(book, is_there=False)
        assert hand_over(remote, book, place=NO_RENAME).seen_under is SeenUnder.FINAL
        assert book.short_keys()[-2:] == ["2/direct/1", "receipt"]

    def test_what_is_known_is_not_asked(self) -> None:
        book = MemoryBook()
        for _ in range(2):
            with pytest.raises(ArrearsError) as caught:
                bureau_said(book, is_there=False)
            assert caught.value.kind is NOTHING_TO_SETTLE
            hand_over(MemoryRemote(), book)

    def test_two_answers_are_one(self) -> None:
        book = begun()
        refusal(OUTCOME_UNKNOWN, MemoryRemote(), book)
        bureau_said(book, is_there=True)
        bureau_said(book, is_there=False)
        assert hand_over(MemoryRemote(), book).seen_under is SeenUnder.WORD


def test_a_receipt_that_comes_late_ends_what_was_unknown() -> None:
    book = begun()
    refusal(OUTCOME_UNKNOWN, MemoryRemote(), book)
    remote = MemoryRemote({FINAL: CONTENT})
    assert hand_over(remote, book).seen_under is SeenUnder.FINAL
    with pytest.raises(ArrearsError) as caught:
        bureau_said(book, is_there=False)
    assert caught.value.kind is NOTHING_TO_SETTLE
