"""Opening as a shell script would: openssl decrypts into a pipe, openssl verifies and writes the content to a file."""

import hashlib
import shlex
import subprocess
from pathlib import Path

from delivery.seal.cms import openssl_open_command


def load(folder: Path, _engine: str) -> Path:
    return folder


def run(folder: Path) -> Path:
    paths = (folder / name for name in ("sealed.p7m", "bureau.key", "bureau.crt", "lender.crt"))
    opened = folder / "by_hand"
    command = f"{openssl_open_command(*paths)} > {shlex.quote(str(opened))}"
    subprocess.run(["bash", "-o", "pipefail", "-c", command], check=True, capture_output=True)
    return opened


def answer(_folder: Path, opened: Path):
    content = opened.read_bytes()
    opened.unlink()
    return len(content) >> 20, {"opened_sha256": hashlib.sha256(content).hexdigest()}
