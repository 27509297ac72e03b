"""An SFTP server that does what bureaus' servers do, as a process of its own. One switch for each habit.

`python tests/misbehaving_server.py '{"root": ..., "takes_away": true}'` prints one line of JSON with its port and host
key once it listens. Each finished copy that a bureau would work on is one line in `<root>.arrivals.jsonl`.
"""

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.message import Message
from paramiko.sftp import CMD_EXTENDED, CMD_EXTENDED_REPLY, CMD_INIT, CMD_VERSION

USER, PASSWORD = "lender", "s3same"


@dataclass(frozen=True)
class Habits:
    """What the server does otherwise than a plain one.

    Attributes:
        root: what a client sees as `/`.
        takes_away: takes a file out of sight the instant it has a final name and is whole.
        stores_nothing: answers yes to every write, and the file is gone when it is closed.
        loses_tail: answers yes to every write, and keeps no byte after so many.
        loses_rename_answers: does so many renames and drops the line instead of answering.
        denies_renames: does so many renames and answers that they failed.
        ignores_renames: answers yes to so many renames and does nothing.
        forbids_rename: refuses every rename.
        forbids_overwrite: refuses to open a file that is there for writing, and to rename over one.
        forbids_listing: refuses to list folders.
        forbids_reading: refuses to open files for reading.
        forbids_removing: refuses to remove files.
        read_only: refuses everything that changes something.
        folds_names: keeps names in upper case and finds no others.
        zone_hours: its clock is so many hours off.
        most_handles: open files at once.
        quota_bytes: of all files together.
        bytes_per_second: of all that is written.
        cuts_after_bytes: drops the line each time so many more bytes were written.
        hangs_on_rename: never answers it.
        has_check_file: offers digests.
        wrong_check_file: offers digests that are wrong.
        most_request_bytes: says so by `limits@openssh.com`; 0 says nothing.
        whole_bytes: size at which a file that is written under its final name is whole; without one none ever is.
    """

    root: str
    takes_away: bool = False
    stores_nothing: bool = False
    loses_tail: int | None = None
    loses_rename_answers: int = 0
    denies_renames: int = 0
    ignores_renames: int = 0
    forbids_rename: bool = False
    forbids_overwrite: bool = False
    forbids_listing: bool = False
    forbids_reading: bool = False
    forbids_removing: bool = False
    read_only: bool = False
    folds_names: bool = False
    zone_hours: int = 0
    most_handles: int | None = None
    quota_bytes: int | None = None
    bytes_per_second: int | None = None
    cuts_after_bytes: int | None = None
    hangs_on_rename: bool = False
    has_check_file: bool = False
    wrong_check_file: bool = False
    most_request_bytes: int = 0
    whole_bytes: int | None = None


class Bureau:
    """What all sessions share."""

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self.root = Path(habits.root)
        self.lock = threading.Lock()
        self.left = {name: getattr(habits, name) for name in LIMITED}
        self.written = 0
        self.handles = 0
        self.taken = self.root.with_name(f"{self.root.name}.taken")
        self.arrivals = self.root.with_name(f"{self.root.name}.arrivals.jsonl")

    def still(self, habit: str) -> bool:
        """Whether it does so this time too."""
        with self.lock:
            self.left[habit] -= 1
            return self.left[habit] >= 0

    def place(self, path: str) -> Path:
        folder, _, name = path.rpartition("/")
        return self.root / folder.lstrip("/") / (name.upper() if self.habits.folds_names else name)

    def arrived(self, path: Path) -> None:
        content = path.read_bytes()
        told = {"name": path.name, "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        with self.arrivals.open("a") as file:
            file.write(json.dumps(told) + "\n")
        if self.habits.takes_away:
            self.taken.mkdir(exist_ok=True)
            path.rename(self.taken / path.name)


LIMITED = ("loses_rename_answers", "denies_renames", "ignores_renames")


class Handle(paramiko.SFTPHandle):
    """One open file."""

    def __init__(self, bureau: Bureau, session: "Session", path: Path, flags: int) -> None:
        super().__init__(flags)
        self._bureau = bureau
        self._session = session
        self._path = path
        self._descriptor = os.open(path, flags, 0o600)
        self._may_write = bool(flags & (os.O_WRONLY | os.O_RDWR))

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._descriptor)
        with self._bureau.lock:
            self._bureau.handles -= 1
        if not self._may_write or not self._path.exists():
            return
        if self._bureau.habits.stores_nothing:
            self._path.unlink()
        elif not is_temporary(self._path) and self._path.stat().st_size == self._bureau.habits.whole_bytes:
            self._bureau.arrived(self._path)

    def read(self, offset: int, length: int) -> bytes | int:
        return os.pread(self._descriptor, length, offset)

    def write(self, offset: int, data: bytes) -> int:
        bureau, habits = self._bureau, self._bureau.habits
        if self._session.is_cut:
            return paramiko.SFTP_FAILURE
        if habits.bytes_per_second:
            time.sleep(len(data) / habits.bytes_per_second)
        with bureau.lock:
            bureau.written += len(data)
            is_cut = habits.cuts_after_bytes is not None and bureau.written > habits.cuts_after_bytes
            if is_cut:
                bureau.written = 0
        if is_cut:
            os.pwrite(self._descriptor, data[: len(data) // 2], offset)
            return self._session.cut()
        if habits.loses_tail is not None:
            data = data[: max(0, habits.loses_tail - offset)]
        if habits.quota_bytes is not None:
            used = sum(file.stat().st_size for file in bureau.root.rglob("*") if file.is_file())
            if max(used, used - self._path.stat().st_size + offset + len(data)) > habits.quota_bytes:
                return paramiko.SFTP_FAILURE
        os.pwrite(self._descriptor, data, offset)
        return paramiko.SFTP_OK

    def stat(self) -> paramiko.SFTPAttributes:
        return told_attributes(os.fstat(self._descriptor), self._bureau.habits)

    def chattr(self, attr: paramiko.SFTPAttributes) -> int:
        if attr.st_size is not None:
            os.ftruncate(self._descriptor, attr.st_size)
        return paramiko.SFTP_OK


class Session(paramiko.SFTPServerInterface):
    """What one client may do."""

    def __init__(self, door: "Door", bureau: Bureau) -> None:
        super().__init__(door)
        self._door = door
        self._bureau = bureau
        self.is_cut = False

    def cut(self) -> int:
        self.is_cut = True
        self._door.transport.sock.shutdown(socket.SHUT_RDWR)
        return paramiko.SFTP_FAILURE

    def open(self, path: str, flags: int, attr: object) -> Handle | int:
        habits, place = self._bureau.habits, self._bureau.place(path)
        may_write = bool(flags & (os.O_WRONLY | os.O_RDWR))
        if may_write and (habits.read_only or (habits.forbids_overwrite and place.exists())):
            return paramiko.SFTP_PERMISSION_DENIED
        if not may_write and habits.forbids_reading:
            return paramiko.SFTP_PERMISSION_DENIED
        with self._bureau.lock:
            if habits.most_handles is not None and self._bureau.handles >= habits.most_handles:
                return paramiko.SFTP_FAILURE
            self._bureau.handles += 1
        try:
            return Handle(self._bureau, self, place, flags)
        except OSError as problem:
            with self._bureau.lock:
                self._bureau.handles -= 1
            return paramiko.SFTPServer.convert_errno(problem.errno)

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        return self._told(lambda: told_attributes(self._bureau.place(path).stat(), self._bureau.habits))

    def lstat(self, path: str) -> paramiko.SFTPAttributes | int:
        return self.stat(path)

    def list_folder(self, path: str) -> list | int:
        if self._bureau.habits.forbids_listing:
            return paramiko.SFTP_PERMISSION_DENIED
        found = []
        for each in sorted(self._bureau.place(path).iterdir()):
            attributes = told_attributes(each.stat(), self._bureau.habits)
            attributes.filename = each.name
            found.append(attributes)
        return found

    def remove(self, path: str) -> int:
        if self._bureau.habits.read_only or self._bureau.habits.forbids_removing:
            return paramiko.SFTP_PERMISSION_DENIED
        return self._told(lambda: self._bureau.place(path).unlink())

    def rename(self, oldpath: str, newpath: str) -> int:
        return self._renamed(oldpath, newpath)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        return self._renamed(oldpath, newpath)

    def _renamed(self, old_path: str, new_path: str) -> int:
        bureau, habits = self._bureau, self._bureau.habits
        old, new = bureau.place(old_path), bureau.place(new_path)
        if habits.hangs_on_rename:
            time.sleep(60)
        if habits.forbids_rename or habits.read_only or (habits.forbids_overwrite and new.exists()):
            return paramiko.SFTP_PERMISSION_DENIED
        if bureau.still("ignores_renames"):
            return paramiko.SFTP_OK
        with bureau.lock:
            if not old.exists():
                return paramiko.SFTP_NO_SUCH_FILE
            if new.exists():
                return paramiko.SFTP_FAILURE
            old.rename(new)
            if not is_temporary(new):
                bureau.arrived(new)
        if bureau.still("loses_rename_answers"):
            return self.cut()
        return paramiko.SFTP_FAILURE if bureau.still("denies_renames") else paramiko.SFTP_OK

    def _told(self, what: Callable) -> object:
        try:
            return what() or paramiko.SFTP_OK
        except OSError as problem:
            return paramiko.SFTPServer.convert_errno(problem.errno)


class Server(paramiko.SFTPServer):
    """The protocol itself, with the extensions that the habits ask for."""

    def __init__(self, channel: object, name: str, server: object, si: type, bureau: Bureau) -> None:
        super().__init__(channel, name, server, si, bureau)
        self._bureau = bureau

    def _send_server_version(self) -> int:
        kind, _ = self._read_packet()
        assert kind == CMD_INIT
        answer = Message()
        answer.add_int(3)
        habits = self._bureau.habits
        if habits.has_check_file or habits.wrong_check_file:
            answer.add_string("check-file")
            answer.add_string("sha256,sha512")
        if habits.most_request_bytes:
            answer.add_string("limits@openssh.com")
            answer.add_string("1")
        self._send_packet(CMD_VERSION, answer)
        return 3

    def _process(self, t: int, request_number: int, msg: Message) -> None:
        if t == CMD_EXTENDED:
            tag = msg.get_text()
            if tag == "limits@openssh.com":
                return self._reply(request_number, *(paramiko.sftp.int64(self._bureau.habits.most_request_bytes),) * 4)
            if tag == "check-file-handle":
                return self._checked(request_number, msg)
            msg.rewind()
            msg.get_int()
        return super()._process(t, request_number, msg)

    def _checked(self, request_number: int, msg: Message) -> None:
        file, algorithms = self.file_table[msg.get_binary()], msg.get_list()
        assert "sha256" in algorithms
        offset, length = msg.get_int64(), msg.get_int64()
        digest = hashlib.sha256(b"wrong" if self._bureau.habits.wrong_check_file else b"")
        while length > 0 and (piece := file.read(offset, min(length, 65536))):
            digest.update(piece)
            offset, length = offset + len(piece), length - len(piece)
        answer = Message()
        answer.add_int(request_number)
        answer.add_string("sha256")
        answer.add_bytes(digest.digest())
        self._send_packet(CMD_EXTENDED_REPLY, answer)

    def _reply(self, request_number: int, *numbers: int) -> None:
        answer = Message()
        answer.add_int(request_number)
        for number in numbers:
            answer.add_int64(number)
        self._send_packet(CMD_EXTENDED_REPLY, answer)


class Door(paramiko.ServerInterface):
    """Lets the one lender in."""

    def __init__(self, transport: paramiko.Transport) -> None:
        self.transport = transport

    def check_auth_password(self, username: str, password: str) -> int:
        return AUTH_SUCCESSFUL if (username, password) == (USER, PASSWORD) else AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED


def is_temporary(path: Path) -> bool:
    return path.suffix.lower() in (".part", ".tmp")


def told_attributes(found: os.stat_result, habits: Habits) -> paramiko.SFTPAttributes:
    attributes = paramiko.SFTPAttributes.from_stat(found)
    attributes.st_mtime = int(found.st_mtime) + habits.zone_hours * 3600
    return attributes


def serve(habits: Habits) -> None:
    """Until the process is ended."""
    bureau = Bureau(habits)
    host_key = paramiko.ECDSAKey.generate()
    listener = socket.create_server(("127.0.0.1", 0))
    public = f"{host_key.get_name()} {host_key.get_base64()}"
    sys.stdout.write(json.dumps({"port": listener.getsockname()[1], "host_key": public}) + "\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve_one, args=(connection, bureau, host_key), daemon=True).start()


def _serve_one(connection: socket.socket, bureau: Bureau, host_key: paramiko.PKey) -> None:
    transport = paramiko.Transport(connection)
    transport.add_server_key(host_key)
    transport.set_subsystem_handler("sftp", Server, Session, bureau)
    with suppress(Exception):
        transport.start_server(server=Door(transport))


@dataclass
class MisbehavingServer:
    """The server as tests start it. `inbox` is the folder into which it takes files, at `inbox` for a client."""

    root: Path
    habits: dict = field(default_factory=dict)
    process: subprocess.Popen | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    user: str = USER
    password: str = PASSWORD
    port: int = 0
    host_key: str = ""

    def start(self) -> "MisbehavingServer":
        self.inbox.mkdir(parents=True, exist_ok=True)
        told = json.dumps(asdict(Habits(root=str(self.root), **self.habits)))
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__)), told], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        ready = json.loads(self.process.stdout.readline())
        self.port, self.host_key = ready["port"], ready["host_key"]
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process.stdout.close()
            self.process = None

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    def arrivals(self) -> list[dict]:
        """Every finished copy that the bureau got."""
        path = self.root.with_name(f"{self.root.name}.arrivals.jsonl")
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def __enter__(self) -> "MisbehavingServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


if __name__ == "__main__":
    serve(Habits(**json.loads(sys.argv[1])))
