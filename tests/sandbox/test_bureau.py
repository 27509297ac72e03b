"""The running stand-in bureau: its door over real SFTP, its desk, and what it does when it is killed."""

import base64
import hashlib
import io
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import paramiko
import polars as pl
import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES128, AES256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from delivery.formats.delimited import read_delimited, write_delimited
from delivery.seal import certificates, cms, key_pairs
from sandbox.bureau import desk as desk_module
from sandbox.bureau.desk import Desk
from sandbox.bureau.envelope import decrypt
from sandbox.bureau.folders import Folders
from sandbox.bureau.journal import Journal, read_journal
from sandbox.bureau.keys import BureauKeys, prepare_keys
from sandbox.bureau.registry import register_lender
from schemas.bureaus.roster import LAYOUT

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "X6101_20260907_ROSTER-20260907-1a2b_001.csv.p7m"
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Party:
    signing: certificates.SigningIdentity
    opening: certificates.OpeningIdentity
    certificate_pem: str
    ssh_key: paramiko.PKey
    ssh_public: str


def make_party(name: str) -> Party:
    pair = key_pairs.generate_key_pair(name, valid_from=NOW - timedelta(days=1), valid_days=100)
    texts = (pair.private_key_pem, pair.certificate_pem)
    ssh_key = paramiko.RSAKey.generate(2048)
    return Party(
        certificates.signing_identity(*texts, checked_at=NOW),
        certificates.opening_identity(*texts, checked_at=NOW),
        pair.certificate_pem,
        ssh_key,
        f"ssh-rsa {ssh_key.get_base64()}",
    )


@pytest.fixture(scope="module")
def lender() -> Party:
    return make_party("Lender")


@pytest.fixture(scope="module")
def stranger() -> Party:
    return make_party("Stranger")


@pytest.fixture(scope="module")
def key_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bureau_keys")
    prepare_keys(root)
    return root


@pytest.fixture
def root(tmp_path: Path, key_root: Path, lender: Party) -> Path:
    """A bureau's folder with its keys made and one lender registered."""
    return make_root(tmp_path / "bureau", key_root, lender)


def make_root(root: Path, key_root: Path, lender: Party) -> Path:
    shutil.copytree(key_root, root)
    register_lender(root, "lender", lender.ssh_public, lender.certificate_pem)
    return root


def list_of(serials: range = range(1, 3)) -> bytes:
    """A list as the sender writes it."""
    count = len(serials)
    frame = pl.DataFrame(
        {
            "serial": list(serials),
            "name": ["=张三", "某某商贸有限公司"][:count],
            "id_type": ["居民身份证", "统一社会信用代码"][:count],
            "id_number": ["11010519491231002X", "91350100M000100Y43"][:count],
            "mobile": ["15412345678", None][:count],
            "platform_name": ["云陌小额贷款有限公司"] * count,
            "platform_uscc": ["91110000600037341L"] * count,
            "total_borrowed": pl.Series([Decimal("20000.00")] * count, dtype=pl.Decimal(18, 2)),
            "outstanding_amount": pl.Series([Decimal("12345.67")] * count, dtype=pl.Decimal(18, 2)),
            "default_start_date": [date(2025, 11, 3)] * count,
            "days_overdue": [308] * count,
            "is_lost_contact": [True, False][:count],
            "collection_status": ["电话5次，短信3次"] * count,
            "report_date": [date(2026, 9, 7)] * count,
        }
    )
    return write_delimited(frame, LAYOUT)


def seal(content: bytes, signer: Party, root: Path) -> bytes:
    pem = (root / "keys" / "bureau.cert.pem").read_text()
    return cms.seal(content, signer.signing, [certificates.recipient_certificate(pem, checked_at=NOW)])


def open_answer(sealed: bytes, reader: Party, root: Path) -> list[str]:
    pem = (root / "keys" / "bureau.cert.pem").read_text()
    opened = cms.open_sealed(sealed, reader.opening, certificates.signer_certificate(pem, checked_at=NOW))
    return opened.content.decode("utf-8-sig").split("\r\n")


LOADED_KEYS: dict[bytes, BureauKeys] = {}


def keys_of(root: Path) -> BureauKeys:
    """The keys of a bureau, loaded once for all its copies: loading checks the primes."""
    certificate = (root / "keys" / "bureau.cert.pem").read_bytes()
    if certificate not in LOADED_KEYS:
        LOADED_KEYS[certificate] = prepare_keys(root)
    return LOADED_KEYS[certificate]


def desk_of(root: Path, **settings: object) -> Desk:
    return Desk(root, keys_of(root), **{"unconfirmed_one_in": 0, **settings})


def deliver(root: Path, sealed: bytes, name: str = NAME) -> Path:
    path = Folders(root).inbox("lender") / name
    path.write_bytes(sealed)
    return path


def answer_path(root: Path, name: str = NAME) -> Path:
    return Folders(root).outbox("lender") / f"{name}.fb.p7m"


def test_headings_and_columns_are_those_of_the_sender(root: Path, lender: Party) -> None:
    """What the sender writes and seals is read by the bureau, and the bureau's records by the sender's reader."""
    deliver(root, seal(list_of(), lender, root))
    (arrival,) = desk_of(root).sweep()
    assert (arrival.file_code, arrival.records, arrival.accepted) == (None, 2, 2)
    assert read_delimited(list_of(), LAYOUT).is_clean


def test_the_answer_is_sealed_for_the_lender_and_names_the_file(root: Path, lender: Party) -> None:
    sealed = seal(list_of(), lender, root)
    deliver(root, sealed)
    desk_of(root).sweep()
    assert open_answer(answer_path(root).read_bytes(), lender, root) == [
        "序号,状态,代码,说明",
        "1,accepted,,",
        "2,accepted,,",
        f"#,file={NAME},sha256={hashlib.sha256(sealed).hexdigest()},records=2;accepted=2;rejected=0",
        "",
    ]


def test_unconfirmed_identities_are_rejected(root: Path, lender: Party) -> None:
    deliver(root, seal(list_of(), lender, root))
    (arrival,) = desk_of(root, unconfirmed_one_in=1).sweep()
    assert (arrival.accepted, arrival.rejected, arrival.codes) == (0, 2, {"R900": 2})


@pytest.mark.parametrize("sealed", [b"", b"no envelope", list_of()])
def test_what_is_no_envelope_is_refused(root: Path, lender: Party, sealed: bytes) -> None:
    deliver(root, sealed)
    (arrival,) = desk_of(root).sweep()
    assert arrival.file_code == "F001"
    assert open_answer(answer_path(root).read_bytes(), lender, root)[1].startswith("0,rejected,F001,")


def test_a_file_for_another_bureau_is_refused(root: Path, lender: Party, stranger: Party) -> None:
    deliver(root, cms.seal(list_of(), lender.signing, [stranger.opening.recipient]))
    assert desk_of(root).sweep()[0].file_code == "F001"


def test_a_file_of_another_signer_is_refused(root: Path, stranger: Party) -> None:
    deliver(root, seal(list_of(), stranger, root))
    assert desk_of(root).sweep()[0].file_code == "F002"


def test_an_expired_certificate_signs_nothing(root: Path, lender: Party) -> None:
    deliver(root, seal(list_of(), lender, root))
    (arrival,) = desk_of(root, clock=lambda: NOW + timedelta(days=200)).sweep()
    assert arrival.file_code == "F002"


def test_a_content_that_was_changed_after_signing_is_refused(root: Path, lender: Party) -> None:
    keys = keys_of(root)
    signed = decrypt(seal(list_of(), lender, root), keys)
    changed = signed.replace(b"12345.67", b"12345.68")
    assert changed != signed
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(changed).set_content_encryption_algorithm(AES256)
    deliver(root, builder.add_recipient(keys.certificate).encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary]))
    assert desk_of(root).sweep()[0].file_code == "F002"


def test_content_under_a_short_key_is_refused(root: Path, lender: Party) -> None:
    keys = keys_of(root)
    signed = decrypt(seal(list_of(), lender, root), keys)
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(signed).set_content_encryption_algorithm(AES128)
    deliver(root, builder.add_recipient(keys.certificate).encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary]))
    assert desk_of(root).sweep()[0].file_code == "F001"


def test_a_wrong_name_and_a_large_file_are_refused(root: Path, lender: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "MOST_FILE_BYTES", 100_000)
    deliver(root, seal(list_of(), lender, root), "wrong.csv.p7m")
    deliver(root, bytes(100_001))
    assert [arrival.file_code for arrival in desk_of(root).sweep()] == ["F009", "F003"]


def test_uploads_that_are_not_finished_are_left_alone(root: Path, lender: Party) -> None:
    deliver(root, seal(list_of(), lender, root), f".{NAME}.part")
    (Folders(root).inbox("lender") / "x_20260907_b_001.csv.p7m").symlink_to("/etc/passwd")
    assert desk_of(root).sweep() == ()
    assert read_journal(root / "journal.jsonl") == ()


def test_nothing_in_the_clear_is_on_disk(root: Path, lender: Party) -> None:
    deliver(root, seal(list_of(), lender, root))
    desk_of(root).sweep()
    files = [path for path in root.rglob("*") if path.is_file()]
    assert answer_path(root) in files
    for secret in ("张三", "11010519491231002X", "15412345678", "91350100M000100Y43"):
        assert [path.name for path in files if secret.encode() in path.read_bytes()] == []
    assert {oct(path.stat().st_mode & 0o077) for path in files if path.parent != Folders(root).inbox("lender")} == {
        "0o0"
    }


def test_a_file_is_answered_once(root: Path, lender: Party) -> None:
    deliver(root, seal(list_of(), lender, root))
    desk = desk_of(root)
    assert len(desk.sweep()) == 1
    answer = answer_path(root).read_bytes()
    assert desk.sweep() == ()
    assert desk_of(root).sweep() == ()
    answer_path(root).unlink()
    assert desk_of(root).sweep() == ()
    assert not answer_path(root).exists()
    assert len(answer) > 0
    assert len(read_journal(root / "journal.jsonl")) == 1


def test_a_used_name_with_other_content_is_journalled_and_not_answered(root: Path, lender: Party) -> None:
    deliver(root, seal(list_of(), lender, root))
    desk = desk_of(root)
    desk.sweep()
    answer = answer_path(root).read_bytes()
    deliver(root, seal(list_of(), lender, root) + b"\0")
    (arrival,) = desk.sweep()
    assert (arrival.file_code, arrival.feedback_name) == ("F010", None)
    assert desk_of(root).sweep() == ()
    assert answer_path(root).read_bytes() == answer


def test_killed_before_the_journal_it_starts_again(root: Path, lender: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(root, seal(list_of(), lender, root))
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "append", raise_interrupt)
        with pytest.raises(KeyboardInterrupt):
            desk_of(root).sweep()
    assert not answer_path(root).exists()
    (root / "journal.jsonl").write_bytes(b'{"lender":"len')
    assert len(desk_of(root).sweep()) == 1
    assert len(read_journal(root / "journal.jsonl")) == 1
    assert answer_path(root).exists()


def test_killed_after_the_journal_it_gives_out_the_same_answer(
    root: Path, lender: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(root, seal(list_of(), lender, root))
    with monkeypatch.context() as patched:
        patched.setattr(Desk, "_give_out", raise_interrupt)
        with pytest.raises(KeyboardInterrupt):
            desk_of(root).sweep()
    (line,) = read_journal(root / "journal.jsonl")
    assert not answer_path(root).exists()
    assert desk_of(root).sweep() == ()
    assert hashlib.sha256(answer_path(root).read_bytes()).hexdigest() == line.feedback_sha256
    assert read_journal(root / "journal.jsonl") == (line,)


def raise_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class RunningBureau:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.bureau", "--root", str(root), "--unconfirmed-one-in", "0"],
            cwd=REPOSITORY,
            stderr=subprocess.PIPE,
        )
        wait_until(lambda: (root / "ready.json").exists() and self.told["pid"] == self.process.pid)

    @property
    def told(self) -> dict:
        return json.loads((self.root / "ready.json").read_text())

    def connect(self, user: str, key: paramiko.PKey | None, password: str | None = None) -> paramiko.SSHClient:
        client = paramiko.SSHClient()
        kind, text = self.told["host_key"].split()[:2]
        host = f"[127.0.0.1]:{self.told['port']}"
        host_key = paramiko.Ed25519Key(data=base64.b64decode(text))
        client.get_host_keys().add(host, kind, host_key)
        client.connect(
            "127.0.0.1", self.told["port"], user, password, key, allow_agent=False, look_for_keys=False, timeout=10
        )
        return client

    def stop(self, signal_number: int = signal.SIGTERM) -> str:
        self.process.send_signal(signal_number)
        return self.process.communicate(timeout=10)[1].decode()


def wait_until(is_so: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, key_root: Path, lender: Party) -> Iterator[RunningBureau]:
    """One bureau for all tests that only talk to it, each under file names of its own."""
    bureau = RunningBureau(make_root(tmp_path_factory.mktemp("running") / "bureau", key_root, lender))
    yield bureau
    said = bureau.stop()
    assert "2 accepted" in said
    assert "张三" not in said
    assert not (bureau.root / "ready.json").exists()


def name_of(batch: str) -> str:
    return f"X6101_20260907_{batch}_001.csv.p7m"


def upload(sftp: paramiko.SFTPClient, content: bytes, name: str) -> None:
    sftp.putfo(io.BytesIO(content), f"/inbox/.{name}.part")
    sftp.posix_rename(f"/inbox/.{name}.part", f"/inbox/{name}")


def test_a_lender_delivers_and_fetches_the_answer(running: RunningBureau, lender: Party) -> None:
    name = name_of("delivers")
    sealed = seal(list_of(), lender, running.root)
    with running.connect("lender", lender.ssh_key) as client, client.open_sftp() as sftp:
        assert sorted(sftp.listdir("/")) == ["inbox", "outbox"]
        upload(sftp, sealed, name)
        wait_until(lambda: f"{name}.fb.p7m" in sftp.listdir("/outbox"))
        with sftp.open(f"/outbox/{name}.fb.p7m") as file:
            answer = file.read()
        assert "1,accepted,," in open_answer(answer, lender, running.root)
        with sftp.open(f"/inbox/{name}") as file:
            assert file.read() == sealed


def test_the_door(running: RunningBureau, lender: Party) -> None:
    name = name_of("door")
    with running.connect("lender", lender.ssh_key) as client, client.open_sftp() as sftp:
        upload(sftp, b"no envelope", name)
        wait_until(lambda: f"{name}.fb.p7m" in sftp.listdir("/outbox"))
        sftp.putfo(io.BytesIO(b"x"), "/inbox/.again.part")
        refused = {
            "write over a delivered file": lambda: sftp.putfo(io.BytesIO(b"x"), f"/inbox/{name}"),
            "write under a final name": lambda: sftp.putfo(io.BytesIO(b"x"), f"/inbox/{name_of('new')}"),
            "write into the outbox": lambda: sftp.putfo(io.BytesIO(b"x"), "/outbox/x"),
            "write into the root": lambda: sftp.putfo(io.BytesIO(b"x"), "/x"),
            "replace by renaming": lambda: sftp.posix_rename("/inbox/.again.part", f"/inbox/{name}"),
            "replace by plain renaming": lambda: sftp.rename("/inbox/.again.part", f"/inbox/{name}"),
            "rename into the outbox": lambda: sftp.posix_rename("/inbox/.again.part", "/outbox/x"),
            "rename a delivered file": lambda: sftp.rename(f"/inbox/{name}", "/inbox/.x.part"),
            "remove a delivered file": lambda: sftp.remove(f"/inbox/{name}"),
            "remove an answer": lambda: sftp.remove(f"/outbox/{name}.fb.p7m"),
            "cut a delivered file": lambda: sftp.truncate(f"/inbox/{name}", 0),
            "open a delivered file up": lambda: sftp.chmod(f"/inbox/{name}", 0o777),
            "make a folder": lambda: sftp.mkdir("/inbox/x"),
            "remove a folder": lambda: sftp.rmdir("/outbox"),
            "make a link": lambda: sftp.symlink("/etc/passwd", "/inbox/link"),
            "read outside": lambda: sftp.open("/etc/passwd"),
            "read above": lambda: sftp.open("/../../keys/bureau.key.pem"),
        }
        assert [what for what, act in refused.items() if not is_refused(act)] == []
        sftp.remove("/inbox/.again.part")
        assert ".again.part" not in sftp.listdir("/inbox")
        assert sftp.stat(f"/inbox/{name}").st_size == len(b"no envelope")
        assert sftp.stat(f"/inbox/{name}").st_mode & 0o777 == 0o600


def is_refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except OSError:
        return True
    return False


def test_a_name_is_used_for_ever_even_when_the_file_is_gone(running: RunningBureau, lender: Party) -> None:
    name = name_of("for-ever")
    with running.connect("lender", lender.ssh_key) as client, client.open_sftp() as sftp:
        upload(sftp, b"no envelope", name)
        wait_until(lambda: f"{name}.fb.p7m" in sftp.listdir("/outbox"))
        (Folders(running.root).inbox("lender") / name).unlink()
        assert is_refused(lambda: upload(sftp, b"something else", name))
        assert name not in sftp.listdir("/inbox")


def test_only_the_registered_key_opens_the_door(running: RunningBureau, lender: Party, stranger: Party) -> None:
    for user, key, password in (
        ("lender", stranger.ssh_key, None),
        ("nobody", lender.ssh_key, None),
        ("../lender", lender.ssh_key, None),
        ("lender", None, "guess"),
    ):
        with pytest.raises(paramiko.SSHException):
            running.connect(user, key, password)


def test_there_is_no_shell_and_no_tunnel(running: RunningBureau, lender: Party) -> None:
    with running.connect("lender", lender.ssh_key) as client:
        transport = client.get_transport()
        with pytest.raises(paramiko.SSHException):
            transport.open_session().invoke_shell()
        with pytest.raises(paramiko.SSHException):
            transport.open_session().exec_command("id")
        with pytest.raises(paramiko.ChannelException):
            transport.open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 1))


def test_killed_hard_it_goes_on(root: Path, lender: Party) -> None:
    killed = RunningBureau(root)
    host_key = killed.told["host_key"]
    killed.stop(signal.SIGKILL)
    deliver(root, seal(list_of(), lender, root))
    again = RunningBureau(root)
    try:
        assert again.told["host_key"] == host_key
        wait_until(answer_path(root).exists)
    finally:
        again.stop()
    assert len(read_journal(root / "journal.jsonl")) == 1


def test_two_bureaus_do_not_share_a_root(running: RunningBureau) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "sandbox.bureau", "--root", str(running.root)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert second.returncode == 1
    assert "stop it first" in second.stderr


def test_the_command_line_registers_a_lender_with_other_keys_for_answers(
    tmp_path: Path, lender: Party, stranger: Party
) -> None:
    files = {"key": lender.ssh_public, "signing": lender.certificate_pem, "sealing": stranger.certificate_pem}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    root = tmp_path / "bureau"
    command = [sys.executable, "-m", "sandbox.bureau", "--root", str(root), "--prepare-only", "--lender", "lender"]
    options = ["--lender-key", "key", "--lender-certificate", "signing", "--lender-sealing-certificate", "sealing"]
    places = [str(tmp_path / option) if option in files else option for option in options]
    subprocess.run([*command, *places], cwd=REPOSITORY, check=True, timeout=20)
    deliver(root, seal(list_of(), lender, root))
    assert desk_of(root).sweep()[0].accepted == 2
    assert "1,accepted,," in open_answer(answer_path(root).read_bytes(), stranger, root)
    assert oct((root / "keys" / "bureau.key.pem").stat().st_mode & 0o777) == "0o600"
    assert [path.name for path in (root / "accounts").iterdir()] == ["lender"]
