"""The program `gpg` with a keyring of its own, as a bureau would use it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class GpgHome:
    """One keyring; the path of its socket must be short, so it lies in the system's temporary folder."""

    def __init__(self, folder: Path) -> None:
        self._environment = {**os.environ, "GNUPGHOME": str(folder), "LC_ALL": "C"}

    def run(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess:
        command = ["gpg", "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""]
        return subprocess.run(
            [*command, "--trust-model", "always", *arguments],
            input=given,
            env=self._environment,
            capture_output=True,
            timeout=60,
            check=True,
        )

    def key(self, address: str, kind: str = "future-default", until: str = "1y") -> str:
        """Makes a key; its public part as text."""
        self.run("--quick-generate-key", address, kind, "default", until)
        return self.run("--armor", "--export", address).stdout.decode()

    def secret(self, address: str) -> str:
        """A key with its secret part as text."""
        return self.run("--armor", "--export-secret-keys", address).stdout.decode()

    def opened(self, sealed: bytes) -> tuple[bytes, str]:
        """What is in a sealed file, and the fingerprint of the certificate with which its signature is good."""
        done = self.run("--status-fd", "2", "--decrypt", given=sealed)
        valid = next(
            line for line in done.stderr.decode(errors="replace").splitlines() if line.startswith("[GNUPG:] VALIDSIG ")
        )
        return done.stdout, valid.split()[-1].lower()

    def sealed(self, content: bytes, signer: str, recipient: str, *how: str) -> bytes:
        """Signed and encrypted."""
        sides = ("--local-user", signer, "--recipient", recipient)
        return self.run("--sign", "--encrypt", "--compress-algo", "none", *sides, *how, given=content).stdout

    def stop(self) -> None:
        """End the agent."""
        subprocess.run(["gpgconf", "--kill", "all"], env=self._environment, check=False, timeout=30)


@contextmanager
def gpg_home() -> Iterator[GpgHome]:
    """A keyring that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="gpg"))
    home = GpgHome(folder)
    try:
        yield home
    finally:
        home.stop()
        shutil.rmtree(folder, ignore_errors=True)
