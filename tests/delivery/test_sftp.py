"""SFTP against a real OpenSSH server, and what goes wrong on the way to one."""

import asyncio
import hashlib
import io
import os
import random
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from delivery import sftp_settings
from delivery.sftp import SftpSession, connected
from delivery.sftp_settings import SftpServer
from schemas.errors import ArrearsError
from schemas.errors.kind import ErrorKind
from schemas.errors.transport import (
    ALGORITHMS_REFUSED,
    CONNECTION_LOST,
    CREDENTIAL_NOT_READABLE,
    HOST_KEY_CHANGED,
    HOST_KEY_NOT_READABLE,
    LOGIN_REFUSED,
    REMOTE_FAILED,
    REMOTE_MISSING,
    REMOTE_NAME_UNREADABLE,
    REMOTE_PERMISSION,
    REMOTE_TOO_LARGE,
    SERVER_TOO_SLOW,
    SERVER_UNREACHABLE,
)

CONTENT = random.Random(3).randbytes(3_000_001)


def settings_of(server: object) -> SftpServer:
    return SftpServer(server.host, server.port, server.user, (server.host_key,), private_key=server.login_key)


@pytest.fixture(scope="module")
def session(openssh: object) -> Iterator[SftpSession]:
    (openssh.root / "files").mkdir(exist_ok=True)
    with connected(settings_of(openssh)) as opened:
        yield opened


def put(session: SftpSession, path: str, source: io.BytesIO) -> None:
    """Over what is there."""
    if session.size_of(path) is not None:
        session.remove(path)
    session.create(path, source)


def refusal(kind: ErrorKind, server: SftpServer, *, may_retry: bool) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught, connected(server):
        pytest.fail("a session was opened")
    assert caught.value.kind is kind
    assert caught.value.kind.may_retry is may_retry
    return caught.value


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that is no SSH server: does as told with the first connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(5)


class TestFiles:
    def test_what_is_written_is_there(self, session: SftpSession, openssh: object) -> None:
        put(session, "files/a.bin", io.BytesIO(CONTENT))
        assert (openssh.root / "files/a.bin").read_bytes() == CONTENT
        assert session.size_of("files/a.bin") == len(CONTENT)
        assert session.sha256_of("files/a.bin") == hashlib.sha256(CONTENT).hexdigest()
        assert session.read("files/a.bin", len(CONTENT)) == CONTENT

    def test_a_file_is_made_once(self, session: SftpSession, openssh: object) -> None:
        session.create("files/b.bin", io.BytesIO(b"first"))
        with pytest.raises(ArrearsError) as caught:
            session.create("files/b.bin", io.BytesIO(b"second"))
        assert caught.value.kind is REMOTE_FAILED
        assert (openssh.root / "files/b.bin").read_bytes() == b"first"

    def test_a_file_is_filled_from_a_byte_on_and_never_made(self, session: SftpSession, openssh: object) -> None:
        file = openssh.root / "files/f.bin"
        for start in (b"", CONTENT[:1_000_000], CONTENT, CONTENT + b"more"):
            file.write_bytes(start)
            offset = min(len(start), len(CONTENT))
            session.fill("files/f.bin", io.BytesIO(CONTENT[offset:]), offset, len(CONTENT))
            assert file.read_bytes() == CONTENT
        file.unlink()
        with pytest.raises(ArrearsError) as caught:
            session.fill("files/f.bin", io.BytesIO(CONTENT), 0, len(CONTENT))
        assert caught.value.kind is REMOTE_MISSING
        assert not file.exists()

    def test_an_empty_file(self, session: SftpSession) -> None:
        put(session, "files/empty", io.BytesIO(b""))
        assert session.size_of("files/empty") == 0
        assert session.sha256_of("files/empty") == hashlib.sha256(b"").hexdigest()
        assert session.read("files/empty", 10) == b""

    def test_rename(self, session: SftpSession, openssh: object) -> None:
        put(session, "files/.c.part", io.BytesIO(b"c"))
        session.rename("files/.c.part", "files/c")
        assert (openssh.root / "files/c").read_bytes() == b"c"
        assert session.size_of("files/.c.part") is None

    def test_rename_where_the_server_forbids_the_one_of_posix(self, start_openssh: Callable) -> None:
        server = start_openssh(sftp_options="-P posix-rename")
        (server.root / "old").write_bytes(b"new")
        (server.root / "kept").write_bytes(b"kept")
        with connected(settings_of(server)) as session:
            session.rename("old", "new")
            with pytest.raises(ArrearsError) as caught:
                session.rename("new", "kept")
        assert caught.value.kind is REMOTE_FAILED
        assert (server.root / "new").read_bytes() == b"new"
        assert (server.root / "kept").read_bytes() == b"kept"

    def test_a_server_that_only_lets_read(self, start_openssh: Callable) -> None:
        server = start_openssh(sftp_options="-R")
        (server.root / "a").write_bytes(b"a")
        with connected(settings_of(server)) as session:
            for call in (lambda: put(session, "b", io.BytesIO(b"b")), lambda: session.rename("a", "b")):
                with pytest.raises(ArrearsError) as caught:
                    call()
                assert caught.value.kind is REMOTE_PERMISSION
                assert not caught.value.kind.may_retry
            assert session.read("a", 1) == b"a"

    def test_a_file_that_is_not_there(self, session: SftpSession) -> None:
        assert session.size_of("files/none") is None
        for call in (
            lambda: session.sha256_of("files/none"),
            lambda: session.read("files/none", 10),
            lambda: session.rename("files/none", "files/other"),
            lambda: put(session, "nowhere/x", io.BytesIO(b"x")),
            lambda: session.files_in("nowhere"),
        ):
            with pytest.raises(ArrearsError) as caught:
                call()
            assert caught.value.kind is REMOTE_MISSING

    def test_a_failure_is_one_that_may_pass(self, session: SftpSession, openssh: object) -> None:
        (openssh.root / "files/folder").mkdir(exist_ok=True)
        (openssh.root / "files/folder/x").write_bytes(b"")
        put(session, "files/d", io.BytesIO(b"d"))
        with pytest.raises(ArrearsError) as caught:
            session.rename("files/d", "files/folder")
        assert caught.value.kind is REMOTE_FAILED
        assert caught.value.kind.may_retry

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_a_full_disk_at_the_bureau_is_told_while_sending(self, session: SftpSession, openssh: object) -> None:
        (openssh.root / "files/full").symlink_to("/dev/full")
        with pytest.raises(ArrearsError) as caught:
            session.fill("files/full", io.BytesIO(CONTENT), 0, len(CONTENT))
        assert caught.value.kind is REMOTE_FAILED
        assert caught.value.kind.may_retry

    def test_what_is_larger_than_allowed_is_not_read(self, session: SftpSession) -> None:
        put(session, "files/e", io.BytesIO(b"12345"))
        assert session.read("files/e", 5) == b"12345"
        with pytest.raises(ArrearsError) as caught:
            session.read("files/e", 4)
        assert caught.value.kind is REMOTE_TOO_LARGE

    def test_listing_gives_plain_files_by_name(self, session: SftpSession, openssh: object) -> None:
        folder = openssh.root / "listed"
        (folder / "sub").mkdir(parents=True)
        for name in ("b.fb", "a.fb"):
            (folder / name).write_bytes(b"123")
            os.utime(folder / name, (1_788_000_000, 1_788_000_000))
        (folder / "link").symlink_to("/etc/passwd")
        found = session.files_in("listed")
        assert [(file.name, file.size_bytes) for file in found] == [("a.fb", 3), ("b.fb", 3)]
        assert found[0].modified_at.timestamp() == 1_788_000_000

    def test_listing_is_bounded(self, openssh: object) -> None:
        folder = openssh.root / "many"
        folder.mkdir()
        for number in range(150):
            (folder / f"{number:03}").touch()
        with connected(settings_of(openssh)) as session:
            assert len(session.files_in("many", max_files=150)) == 150
            with pytest.raises(ArrearsError) as caught:
                session.files_in("many", max_files=149)
        assert caught.value.kind is REMOTE_TOO_LARGE

    def test_a_name_that_is_not_utf8_is_told(self, openssh: object) -> None:
        folder = openssh.root / "foreign"
        folder.mkdir()
        (Path(os.fsdecode(os.fsencode(folder) + b"/\xb7\xb4"))).touch()
        with connected(settings_of(openssh)) as session, pytest.raises(ArrearsError) as caught:
            session.files_in("foreign")
        assert caught.value.kind is REMOTE_NAME_UNREADABLE


class TestHostKey:
    def test_each_kind_of_known_key_is_taken(self, start_openssh: Callable) -> None:
        for kind in ("ecdsa", "rsa"):
            with connected(settings_of(start_openssh(host_key_type=kind))) as session:
                assert session.size_of("nothing") is None

    def test_one_of_several_known_keys_is_enough(self, openssh: object, other_key: str) -> None:
        server = replace(settings_of(openssh), host_keys=(other_key, openssh.host_key))
        with connected(server) as session:
            assert session.size_of("nothing") is None

    def test_another_key_stops_before_the_log_in(self, start_openssh: Callable, other_key: str) -> None:
        server = start_openssh()
        refused = refusal(HOST_KEY_CHANGED, replace(settings_of(server), host_keys=(other_key,)), may_retry=False)
        assert "Accepted publickey" not in (server.folder / "sshd.log").read_text()
        assert refused.facts["shown"] == fingerprint_of(server.folder / "host_key.pub")
        assert refused.facts["known"] != [refused.facts["shown"]]

    def test_a_key_of_another_kind_is_another_key(self, start_openssh: Callable, other_key: str) -> None:
        server = start_openssh(host_key_type="ecdsa")
        refusal(HOST_KEY_CHANGED, replace(settings_of(server), host_keys=(other_key,)), may_retry=False)

    @pytest.mark.parametrize(
        "host_keys",
        [(), ("",), ("ssh-ed25519",), ("ssh-ed25519 AAAA",), ("ssh-ed25519 ???",), ("ssh-dss AAAAB3NzaC1kc3M=",)],
    )
    def test_without_a_readable_key_nothing_is_opened(self, openssh: object, host_keys: tuple[str, ...]) -> None:
        refusal(HOST_KEY_NOT_READABLE, replace(settings_of(openssh), host_keys=host_keys), may_retry=False)

    def test_a_short_rsa_key_is_no_host_key(self, openssh: object) -> None:
        short = asyncssh.generate_private_key("ssh-rsa", key_size=1024).export_public_key().decode()
        refusal(HOST_KEY_NOT_READABLE, replace(settings_of(openssh), host_keys=(short,)), may_retry=False)


class TestLogIn:
    def test_an_unknown_key_is_refused(self, openssh: object, tmp_path: Path) -> None:
        server = replace(settings_of(openssh), private_key=new_login_key(tmp_path))
        refused = refusal(LOGIN_REFUSED, server, may_retry=False)
        assert "PRIVATE KEY" not in str(refused)

    def test_a_key_with_passphrase(self, openssh: object, tmp_path: Path) -> None:
        text = new_login_key(tmp_path, "open sesame")
        authorized = openssh.folder / "authorized_keys"
        authorized.write_text(authorized.read_text() + (tmp_path / "key.pub").read_text())
        server = replace(settings_of(openssh), private_key=text, passphrase="open sesame")
        with connected(server) as session:
            assert session.size_of("nothing") is None
        refusal(CREDENTIAL_NOT_READABLE, replace(server, passphrase="wrong"), may_retry=False)
        refusal(CREDENTIAL_NOT_READABLE, replace(server, passphrase=None), may_retry=False)

    def test_neither_key_nor_password(self, openssh: object) -> None:
        refusal(CREDENTIAL_NOT_READABLE, replace(settings_of(openssh), private_key=None), may_retry=False)

    def test_password(self, password_server: SftpServer) -> None:
        with connected(password_server) as session:
            put(session, "x", io.BytesIO(b"by password"))
            session.rename("x", "y")
            assert session.read("y", 100) == b"by password"
        refusal(LOGIN_REFUSED, replace(password_server, password="wrong"), may_retry=False)

    def test_secrets_are_not_shown(self) -> None:
        server = SftpServer("h", 22, "u", (), private_key="K3Y", passphrase="PHRASE", password="W0RD")
        assert not {"K3Y", "PHRASE", "W0RD"} & set(repr(server).replace("'", " ").split())


class TestAlgorithms:
    @pytest.mark.parametrize(
        "outdated",
        [
            "Ciphers aes128-cbc,aes192-cbc,aes256-cbc,3des-cbc",
            "KexAlgorithms diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1",
            "Ciphers aes128-ctr\nMACs hmac-sha1,hmac-md5,hmac-sha1-etm@openssh.com,umac-64@openssh.com",
        ],
    )
    def test_outdated_ones_only_is_a_refusal(self, start_openssh: Callable, outdated: str) -> None:
        server = start_openssh(extra_configuration=outdated)
        refusal(ALGORITHMS_REFUSED, settings_of(server), may_retry=False)
        assert "Accepted publickey" not in (server.folder / "sshd.log").read_text()

    def test_a_signature_by_sha1_is_not_taken_from_a_known_key(self, start_openssh: Callable) -> None:
        server = start_openssh(host_key_type="rsa", extra_configuration="HostKeyAlgorithms ssh-rsa")
        refusal(HOST_KEY_CHANGED, settings_of(server), may_retry=False)

    @pytest.mark.parametrize(
        ("what", "name"),
        [
            *(("KexAlgorithms", name) for name in sftp_settings.KEY_EXCHANGES if not name.startswith("mlkem")),
            *(("Ciphers", name) for name in sftp_settings.CIPHERS),
        ],
    )
    def test_each_modern_one_is_enough(self, start_openssh: Callable, what: str, name: str) -> None:
        with connected(settings_of(start_openssh(extra_configuration=f"{what} {name}"))) as session:
            assert session.size_of("nothing") is None

    @pytest.mark.parametrize("name", sftp_settings.MACS)
    def test_each_modern_mac_is_enough(self, start_openssh: Callable, name: str) -> None:
        server = start_openssh(extra_configuration=f"Ciphers aes256-ctr\nMACs {name}")
        with connected(settings_of(server)) as session:
            assert session.size_of("nothing") is None

    def test_nothing_outdated_is_on_the_lists(self) -> None:
        listed = [
            *sftp_settings.KEY_EXCHANGES,
            *sftp_settings.CIPHERS,
            *sftp_settings.MACS,
            *(one for kinds in sftp_settings.HOST_KEY_SIGNATURES.values() for one in kinds),
        ]
        assert len(listed) == len(set(listed)) == 22
        assert not [
            name for name in listed if any(bad in name for bad in ("sha1", "md5", "cbc", "3des", "ssh-rsa", "dss"))
        ]


class TestOnTheWay:
    def test_nobody_listens(self, openssh: object) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        refusal(SERVER_UNREACHABLE, replace(settings_of(openssh), port=port), may_retry=True)

    def test_a_name_that_is_not_resolved(self, openssh: object) -> None:
        refusal(SERVER_UNREACHABLE, replace(settings_of(openssh), host="bureau.invalid"), may_retry=True)

    def test_something_else_answers(self, openssh: object) -> None:
        with answering(lambda connection: connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n" * 200)) as port:
            refusal(CONNECTION_LOST, replace(settings_of(openssh), port=port), may_retry=True)

    def test_nobody_says_a_word(self, openssh: object) -> None:
        ended = threading.Event()
        with answering(lambda _: ended.wait(10)) as port:
            server = replace(settings_of(openssh), port=port, connect_timeout_seconds=0.3)
            refused = refusal_of_any(server)
            ended.set()
        assert refused.kind in (CONNECTION_LOST, SERVER_TOO_SLOW)
        assert refused.kind.may_retry

    @pytest.mark.parametrize("cut_after_bytes", [100, 2_000, 500_000])
    def test_a_line_that_is_cut(self, openssh: object, cut_after_bytes: int) -> None:
        def send_over(port: int) -> None:
            with connected(replace(settings_of(openssh), port=port)) as session:
                put(session, "files/cut.part", io.BytesIO(CONTENT))
                session.sha256_of("files/cut.part")

        with cut_line(openssh, cut_after_bytes) as port, pytest.raises(ArrearsError) as caught:
            send_over(port)
        assert caught.value.kind is CONNECTION_LOST
        assert caught.value.kind.may_retry


def refusal_of_any(server: SftpServer) -> ArrearsError:
    with pytest.raises(ArrearsError) as caught, connected(server):
        pytest.fail("a session was opened")
    return caught.value


@contextmanager
def cut_line(openssh: object, cut_after_bytes: int) -> Iterator[int]:
    """Passes bytes on to the server and cuts the line after so many of them."""

    def relay(connection: socket.socket) -> None:
        with socket.create_connection((openssh.host, openssh.port)) as server:

            def back() -> None:
                try:
                    while data := server.recv(65536):
                        connection.sendall(data)
                except OSError:
                    return

            threading.Thread(target=back, daemon=True).start()
            left = cut_after_bytes
            while left > 0 and (data := connection.recv(min(65536, left))):
                server.sendall(data)
                left -= len(data)
            server.shutdown(socket.SHUT_RDWR)
            connection.shutdown(socket.SHUT_RDWR)

    with answering(relay) as port:
        yield port


@pytest.fixture(scope="module")
def other_key(openssh: object) -> str:
    path = openssh.folder / "other_key"
    new_login_key(openssh.folder, name="other_key")
    return path.with_suffix(".pub").read_text().strip()


def fingerprint_of(public_key: Path) -> str:
    told = subprocess.run(["ssh-keygen", "-l", "-f", str(public_key)], check=True, capture_output=True, text=True)
    return told.stdout.split()[1]


def new_login_key(folder: Path, passphrase: str = "", name: str = "key") -> str:
    key = asyncssh.generate_private_key("ssh-ed25519")
    (folder / name).write_bytes(key.export_private_key(passphrase=passphrase or None, rounds=16))
    (folder / f"{name}.pub").write_bytes(key.export_public_key())
    return (folder / name).read_text()


@pytest.fixture(scope="module")
def password_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    """An SFTP server of another make (asyncssh) that wants a password."""
    root = tmp_path_factory.mktemp("password")
    host_key = asyncssh.generate_private_key("ssh-ed25519")

    class Door(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("lender", "s3same")

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Door,
            server_host_keys=[host_key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root)),
        )

    listening = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    public = host_key.export_public_key().decode()
    yield SftpServer("127.0.0.1", listening.get_port(), "lender", (public,), password="s3same")
    loop.call_soon_threadsafe(listening.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
