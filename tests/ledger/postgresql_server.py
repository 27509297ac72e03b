"""A real PostgreSQL server for tests, in a folder of its own, reached over a socket in that folder and nowhere else.

PostgreSQL refuses to run as root; then it runs as the account `postgres`, which Debian's package makes, else `nobody`.
"""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

MISSING = "needs the PostgreSQL server (Debian package postgresql)"
START_SECONDS = 60
_DURABLE_ENOUGH = {"fsync": "off", "full_page_writes": "off"}


def programs() -> Path | None:
    """The folder of the newest server's programs, None when there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    initdb = shutil.which("initdb")
    return None if initdb is None else Path(initdb).resolve().parent


@dataclass
class PostgresqlServer:
    """One server. What it writes outlives its processes, not the machine: it does not wait for the disk."""

    bin: Path
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pg")))
    process: subprocess.Popen | None = field(default=None, repr=False)
    databases: int = 0

    def start(self) -> "PostgresqlServer":
        self.account = None
        if os.geteuid() == 0:
            self.account = account_that_is_not_root()
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        self._run("initdb", "-D", self.data, "-U", "arrears", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        return self.start_again()

    def start_again(self) -> "PostgresqlServer":
        """On the data that are there."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": self.folder,
            "max_connections": 100,
            **_DURABLE_ENOUGH,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, *options], stdout=log, stderr=log, **self._as_account()
            )
        self._wait()
        return self

    def kill(self) -> None:
        """The server and all its sessions, as when a machine loses its power."""
        server = psutil.Process(self.process.pid)
        everything = [server, *server.children(recursive=True)]
        for each in everything:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.wait(20)
        psutil.wait_procs(everything[1:], timeout=20)
        self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self) -> str:
        """URL of a fresh database, empty."""
        self.databases += 1
        name = f"ledger_{self.databases}"
        self._run("createdb", "-h", self.folder, "-U", "arrears", name)
        return self.url(name)

    def url(self, database: str, user: str = "arrears") -> str:
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *arguments: object) -> None:
        done = subprocess.run(
            [self.bin / program, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            **self._as_account(),
        )
        assert done.returncode == 0, f"{program}: {done.stderr[-2000:]}"

    def _as_account(self) -> dict:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        as_account: dict = {"cwd": self.folder, "env": environment}
        if self.account is not None:
            as_account |= {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        return as_account

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            ready = subprocess.run(
                [self.bin / "pg_isready", "-q", "-h", self.folder, "-U", "arrears", "-d", "postgres"], check=False
            )
            if ready.returncode == 0:
                return
            assert self.process is not None
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())


def account_that_is_not_root() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("no account but root to run PostgreSQL")
