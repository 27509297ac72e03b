"""The outbox holds whole, sealed files and nothing else."""

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pysequoia
import pytest

from delivery.outbox import Outbox
from delivery.seal import cms
from schemas.errors import ArrearsError
from schemas.errors.seal import (
    NOT_SEALED,
    OUTBOX_FILE_CHANGED,
    OUTBOX_FILE_MISSING,
    OUTBOX_NAME_REFUSED,
    OUTBOX_NOT_WRITTEN,
)

NAME = "LENDER1_20260907_B1_001.csv.p7m"


@pytest.fixture
def sealed(lender: object, bureau: object) -> bytes:
    return cms.seal("张三".encode(), lender.signing, [bureau.opening.recipient])


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def test_what_is_stored_is_found_and_read(outbox: Outbox, sealed: bytes, tmp_path: Path) -> None:
    stored = outbox.store(NAME, [sealed])
    assert stored.path == tmp_path / "outbox" / NAME
    assert (stored.size_bytes, stored.sha256) == (len(sealed), hashlib.sha256(sealed).hexdigest())
    assert outbox.find(NAME) == stored
    assert outbox.require(NAME, size_bytes=stored.size_bytes, sha256=stored.sha256) == stored
    with stored.open() as file:
        assert file.read() == sealed
    assert list((tmp_path / "outbox").iterdir()) == [stored.path]


def test_nobody_else_may_read_it(outbox: Outbox, sealed: bytes) -> None:
    path = outbox.store(NAME, [sealed]).path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_nothing_in_the_clear_gets_in(outbox: Outbox, tmp_path: Path) -> None:
    clear = "序号,姓名\r\n1,张三\r\n".encode()
    for data in ([], [b""], [clear], [clear, b"0"], [b"-----BEGIN PGP PUBLIC KEY BLOCK-----"]):
        with pytest.raises(ArrearsError) as caught:
            outbox.store(NAME, data)
        assert caught.value.kind is NOT_SEALED
    assert not (tmp_path / "outbox").exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "../a", "a\\b", "a b", "a\u202eb", "a\n", "x" * 201, "公" * 67]
)
def test_names_that_are_no_plain_names(outbox: Outbox, sealed: bytes, name: str) -> None:
    for call in (lambda: outbox.store(name, [sealed]), lambda: outbox.find(name)):
        with pytest.raises(ArrearsError) as caught:
            call()
        assert caught.value.kind is OUTBOX_NAME_REFUSED


def test_a_failed_write_leaves_the_older_file_and_nothing_aside(
    outbox: Outbox, sealed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = outbox.store(NAME, [sealed])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArrearsError) as caught:
        outbox.store(NAME, [sealed])
    assert (caught.value.kind, caught.value.facts["reason"]) == (OUTBOX_NOT_WRITTEN, "No space left on device")
    assert list((tmp_path / "outbox").iterdir()) == [stored.path]
    assert outbox.find(NAME) == stored


STORE = """
import os, resource, sys
from pathlib import Path
from delivery.outbox import Outbox
from schemas.errors import ArrearsError

# As a disk or a quota that ends here; the interpreter ignores the signal that comes with it.
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    Outbox(Path(sys.argv[1])).store(sys.argv[2], (bytes(10_000) for _ in range(int(sys.argv[3]))), lambda _: True)
except ArrearsError as problem:
    print(problem.code, problem.kind.may_retry, problem.facts["reason"])
"""


def test_a_disk_that_ends_in_the_middle_leaves_the_older_file_and_nothing_aside(
    outbox: Outbox, sealed: bytes, tmp_path: Path
) -> None:
    def stores(pieces: int) -> str:
        command = [sys.executable, "-c", STORE, str(tmp_path / "outbox"), NAME, str(pieces)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.run(command, check=True, env=environment, capture_output=True, text=True).stdout.strip()

    stored = outbox.store(NAME, [sealed])
    assert stores(11) == "ARR-4304 True File too large"
    assert list((tmp_path / "outbox").iterdir()) == [stored.path]
    assert outbox.find(NAME) == stored
    assert stores(10) == ""
    assert outbox.find(NAME).size_bytes == 100_000


def test_a_folder_that_may_not_be_made_is_told(sealed: bytes, tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(ArrearsError) as caught:
        Outbox(tmp_path / "taken" / "outbox").store(NAME, [sealed])
    assert (caught.value.kind, caught.value.facts["reason"]) == (OUTBOX_NOT_WRITTEN, "Not a directory")


def test_what_sealing_refuses_is_not_laid_to_the_disk(outbox: Outbox, sealed: bytes) -> None:
    def sealing() -> Iterator[bytes]:
        yield sealed
        raise FileNotFoundError("the packing component")

    with pytest.raises(FileNotFoundError):
        outbox.store(NAME, sealing())


def test_a_missing_and_a_changed_file_are_told(outbox: Outbox, sealed: bytes) -> None:
    assert outbox.find(NAME) is None
    with pytest.raises(ArrearsError) as caught:
        outbox.require(NAME, size_bytes=1, sha256="0" * 64)
    assert caught.value.kind is OUTBOX_FILE_MISSING
    stored = outbox.store(NAME, [sealed])
    stored.path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(ArrearsError) as caught:
        outbox.require(NAME, size_bytes=stored.size_bytes, sha256=stored.sha256)
    assert caught.value.kind is OUTBOX_FILE_CHANGED


def test_a_sealed_file_in_pieces_is_stored_whole(outbox: Outbox, lender: object, bureau: object) -> None:
    content = os.urandom(2_500_000)
    stored = outbox.store(NAME, cms.sealed_pieces([content], lender.signing, [bureau.opening.recipient]))
    assert stored == outbox.find(NAME)
    with stored.open() as file:
        assert cms.open_sealed(file.read(), bureau.opening, lender.signing.signer).content == content


def test_an_openpgp_message_is_taken_too(outbox: Outbox) -> None:
    key = pysequoia.Tsk.generate(user_id="bureau", profile=pysequoia.Profile.RFC4880)
    for is_armoured in (False, True):
        message = pysequoia.encrypt(b"x", recipients=[key.extract_certificate()], armor=is_armoured)
        assert outbox.store(NAME, [bytes(message)]).size_bytes == len(message)


def test_an_error_while_sealing_leaves_nothing(outbox: Outbox, sealed: bytes, tmp_path: Path) -> None:
    def breaking():
        yield sealed[:100]
        raise RuntimeError("out of records")

    with pytest.raises(RuntimeError, match="out of records"):
        outbox.store(NAME, breaking())
    assert list((tmp_path / "outbox").iterdir()) == []


def test_a_name_in_chinese_is_a_plain_name(outbox: Outbox, sealed: bytes) -> None:
    name = "示例消费金融有限公司_D3_20260907_0001.cry"
    assert outbox.store(name, [sealed]) == outbox.find(name)
