"""A real OpenSSH server on loopback for tests: `sshd -D` with its own host key, one key for the log-in, SFTP only.

Runs as root and as a plain user; the account is the user that runs the tests. A session starts in `root`.
"""

import getpass
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
MISSING = "needs the OpenSSH server (Debian package openssh-server)"


@dataclass
class OpenSshServer:
    """One server. `folder` is a private folder for its keys, configuration and log, `root` what clients see."""

    folder: Path
    root: Path
    extra_configuration: str = ""
    sftp_options: str = ""
    host_key_type: str = "ed25519"
    host: str = "127.0.0.1"
    port: int = 0
    process: subprocess.Popen | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self.user = getpass.getuser()
        for name, kind in (("host_key", self.host_key_type), ("login_key", "ed25519")):
            if not (self.folder / name).exists():
                make_key(self.folder / name, kind)
        shutil.copy(self.folder / "login_key.pub", self.folder / "authorized_keys")

    @property
    def host_key(self) -> str:
        """The public host key as it stands in settings."""
        return (self.folder / "host_key.pub").read_text().strip()

    @property
    def login_key(self) -> str:
        """The private key that logs in."""
        return (self.folder / "login_key").read_text()

    def start(self) -> "OpenSshServer":
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        configuration = self.folder / "sshd_config"
        configuration.write_text(
            f"""
ListenAddress {self.host}
Port {self.port}
HostKey {self.folder / "host_key"}
AuthorizedKeysFile {self.folder / "authorized_keys"}
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d {self.root} {self.sftp_options}
{self.extra_configuration}
"""
        )
        log = self.folder / "sshd.log"
        self.process = subprocess.Popen([SSHD, "-D", "-f", str(configuration), "-E", str(log)])
        for _ in range(100):
            if self.process.poll() is not None:
                raise RuntimeError(f"sshd ended: {log.read_text()}")
            try:
                with socket.create_connection((self.host, self.port), timeout=1) as connection:
                    if connection.recv(4) == b"SSH-":
                        return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"sshd does not answer: {log.read_text()}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def __enter__(self) -> "OpenSshServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def make_key(path: Path, kind: str, passphrase: str = "") -> None:
    """Makes a key pair with ssh-keygen: `path` and `path.pub`."""
    bits = ["-b", "3072"] if kind == "rsa" else []
    command = ["ssh-keygen", "-q", "-t", kind, *bits, "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
