"""The hand-over against a server in memory that lies, denies and takes files away."""

import hashlib
import io

import pytest

from delivery.handover_terms import Part, Place, Receipt, SeenUnder, VerifiedBy
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
from tests.delivery.memory_sides import (
    CONTENT,
    FINAL,
    NAME,
    NOW,
    PART,
    TEMPORARY,
    MemoryBook,
    MemoryRemote,
    begun,
    hand_over,
    refusal,
)


def test_it_is_uploaded_renamed_and_booked_in_this_order() -> None:
    book, remote = MemoryBook(), MemoryRemote()
    receipt = hand_over(remote, book)
    assert receipt == Receipt(FINAL, PART.size_bytes, PART.sha256, True, VerifiedBy.READ_BACK, SeenUnder.FINAL, NOW)
    assert remote.files == {FINAL: CONTENT}
    assert book.short_keys() == ["intent", "upload/<mark>", "rename", "receipt"]
    assert book.page(f"{PART.key}/intent").content == PART.facts()
    assert book.page(f"{PART.key}/receipt").events == ("sent L1", "sent L2")
    assert book.page(f"{PART.key}/rename").events == ()


def test_the_intent_and_the_temporary_name_are_booked_before_the_first_byte_leaves() -> None:
    class UntouchedUntilIntent(MemoryRemote):
        def size_of(self, path: str) -> int | None:
            assert book.short_keys()[:1] == ["intent"]
            return super().size_of(path)

        def create(self, path: str, source: object) -> None:
            assert [page.content["temporary_path"] for page in book.pages(key_prefix=f"{PART.key}/upload/")] == [path]
            super().create(path, source)

    book = MemoryBook()
    hand_over(UntouchedUntilIntent(), book)
    assert len(book.pages_by_key) == 4


def test_with_a_receipt_the_server_is_not_even_asked() -> None:
    book = MemoryBook()
    first = hand_over(MemoryRemote(), book)
    assert hand_over(object(), book) == first


def test_a_receipt_of_the_first_version_is_still_one() -> None:
    book = MemoryBook()
    content = {**PART.facts(), "remote_path": FINAL, "is_read_back": True, "seen_under": "final name"}
    book.write_page(
        key=f"{PART.key}/receipt", kind="receipt", actor="task:send", content=content, events=[], written_at=NOW
    )
    assert hand_over(object(), book).verified_by is VerifiedBy.READ_BACK


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
    assert "receipt" not in book.short_keys()


def test_another_file_for_the_same_part_is_refused() -> None:
    book = MemoryBook()
    book.write_page(
        key=f"{PART.key}/intent",
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
        def create(self, path: str, source: object) -> None:
            super().create(path, source)
            if self.uploads == 1:
                self.files[path][0] ^= 1

    book, remote = MemoryBook(), Lossy()
    assert refusal(UPLOAD_INCOMPLETE, remote, book).kind.may_retry
    hand_over(remote, book)
    assert remote.files == {FINAL: CONTENT}
    assert remote.renames == 1


class Checking(MemoryRemote):
    """Computes digests, and forbids reading."""

    def told_sha256_of(self, path: str, size_bytes: int) -> str | None:
        return hashlib.sha256(self.files[path][:size_bytes]).hexdigest()

    def sha256_of(self, path: str) -> str:
        raise ArrearsError(REMOTE_PERMISSION)


def test_where_the_server_computes_the_digest_nothing_is_read_back() -> None:
    receipt = hand_over(Checking(), MemoryBook())
    assert (receipt.verified_by, receipt.is_read_back) == (VerifiedBy.CHECK_FILE, True)
    assert hand_over(Checking(), MemoryBook(), place=Place("inbox", is_read_back=False)).is_read_back


def test_a_digest_of_the_server_that_differs_is_looked_into_by_reading() -> None:
    class WrongDigest(MemoryRemote):
        def told_sha256_of(self, path: str, size_bytes: int) -> str | None:
            return "0" * 64

    assert hand_over(WrongDigest(), MemoryBook()).verified_by is VerifiedBy.READ_BACK
    blind = Place("inbox", is_read_back=False)
    refusal(UPLOAD_INCOMPLETE, WrongDigest(), MemoryBook(), place=blind)


def test_where_reading_is_forbidden_the_size_is_what_is_verified() -> None:
    class NoReading(MemoryRemote):
        def sha256_of(self, path: str) -> str:
            raise ArrearsError(REMOTE_PERMISSION)

    receipt = hand_over(NoReading(), MemoryBook(), place=Place("inbox", is_read_back=False))
    assert (receipt.is_read_back, receipt.verified_by) == (False, VerifiedBy.SIZE)
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


@pytest.mark.parametrize("answer", [REMOTE_FAILED, REMOTE_MISSING, REMOTE_PERMISSION])
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


def test_a_rename_that_cut_the_file_is_no_receipt() -> None:
    class Cutting(MemoryRemote):
        def rename(self, old_path: str, new_path: str) -> None:
            super().rename(old_path, new_path)
            self.files[new_path] = self.files[new_path][:-1]

    book = MemoryBook()
    refusal(OTHER_CONTENT, Cutting(), book)
    assert "receipt" not in book.short_keys()


def test_a_refused_rename_is_told_as_it_is() -> None:
    class Refusing(MemoryRemote):
        def rename(self, old_path: str, new_path: str) -> None:
            raise ArrearsError(REMOTE_PERMISSION)

    book, remote = MemoryBook(), Refusing()
    refusal(REMOTE_PERMISSION, remote, book)
    assert remote.only_file() == (f"inbox/.{NAME}.<mark>.part", CONTENT)


def test_begun_to_rename_and_gone_is_unknown_for_good_and_says_what_is_known() -> None:
    book, remote = begun(), MemoryRemote()
    for _ in range(2):
        refused = refusal(OUTCOME_UNKNOWN, remote, book)
        assert not refused.kind.may_retry
        assert refused.facts["begun_at"] == NOW.isoformat()
        assert (refused.facts["size_bytes"], refused.facts["sha256"]) == (PART.size_bytes, PART.sha256)
    assert (remote.uploads, remote.renames) == (0, 0)
    unknown = book.page(f"{PART.key}/unknown").content
    assert (unknown["remote_path"], unknown["temporary_path"]) == (FINAL, TEMPORARY)


def test_begun_to_rename_its_names_stand_when_the_settings_change() -> None:
    moved = Place("elsewhere", temporary_name="{name}.{mark}.tmp", may_rename=False)
    remote = MemoryRemote({TEMPORARY: CONTENT})
    assert hand_over(remote, begun(), place=moved).remote_path == FINAL
    assert (remote.uploads, remote.renames) == (0, 1)


def test_before_the_rename_a_corrected_folder_is_used() -> None:
    class NoSuchFolder(MemoryRemote):
        def create(self, path: str, source: object) -> None:
            if path.startswith("inbox/"):
                raise ArrearsError(REMOTE_MISSING)
            super().create(path, source)

    book, remote = MemoryBook(), NoSuchFolder()
    refusal(REMOTE_MISSING, remote, book)
    assert hand_over(remote, book, place=Place("in")).remote_path == f"in/{NAME}"


@pytest.mark.parametrize("damaged", [CONTENT[:-1], b"", CONTENT + b"more", b"x" * len(CONTENT)])
@pytest.mark.parametrize("is_cut", [False, True])
def test_a_damaged_upload_is_repaired_in_place_when_the_rename_was_begun(damaged: bytes, is_cut: bool) -> None:
    class Cutting(MemoryRemote):
        def fill(self, path: str, source: object, offset: int, size_bytes: int) -> None:
            assert path in self.files, "a missing name would look like a file that was taken away"
            if is_cut and self.uploads == 0:
                super().fill(path, io.BytesIO(source.read(10)), offset, size_bytes)
                raise ArrearsError(CONNECTION_LOST)
            super().fill(path, source, offset, size_bytes)

    book, remote = begun(), Cutting({TEMPORARY: damaged})
    if is_cut:
        refusal(CONNECTION_LOST, remote, book)
    hand_over(remote, book)
    assert remote.files == {FINAL: CONTENT}
    assert remote.renames == 1


def test_names_that_the_server_folds_are_folded_before() -> None:
    class Folding(MemoryRemote):
        def create(self, path: str, source: object) -> None:
            super().create(self._stored(path), source)

        def rename(self, old_path: str, new_path: str) -> None:
            super().rename(old_path, self._stored(new_path))

        def _stored(self, path: str) -> str:
            folder, name = path.split("/")
            return f"{folder}/{name.upper()}"

    remote = Folding()
    receipt = hand_over(remote, MemoryBook(), place=Place("inbox", folds_names=True))
    assert receipt.seen_under is SeenUnder.FINAL
    assert remote.files == {f"inbox/{NAME.upper()}": CONTENT}
    unaware = refusal(UPLOAD_INCOMPLETE, Folding(), MemoryBook())
    assert "receipt" not in unaware.facts


def test_a_rename_that_a_dead_run_asked_for_and_that_comes_late_is_seen() -> None:
    class Late(MemoryRemote):
        def size_of(self, path: str) -> int | None:
            if path == TEMPORARY and path in self.files:
                self.rename(TEMPORARY, FINAL)
            return super().size_of(path)

    book, remote = begun(), Late({TEMPORARY: CONTENT})
    assert hand_over(remote, book).seen_under is SeenUnder.FINAL
    assert (remote.uploads, remote.renames) == (0, 1)
    assert "unknown" not in book.short_keys()


def test_a_file_that_another_run_is_about_to_make_is_not_removed() -> None:
    class Making(MemoryRemote):
        def size_of(self, path: str) -> int | None:
            size_bytes = super().size_of(path)
            if path == TEMPORARY and size_bytes is None and self.uploads == 0:
                self.files[TEMPORARY] = bytearray(CONTENT)
            return size_bytes

        def remove(self, path: str) -> None:
            assert path != TEMPORARY or FINAL in self.files
            super().remove(path)

    book = begun()
    book.drop("rename")
    remote = Making()
    hand_over(remote, book)
    assert remote.files == {FINAL: CONTENT}
