"""The command `sftp` of OpenSSH: one connection, one `put`."""

import hashlib
import subprocess
from pathlib import Path

from tests.bench.upload import inputs


def load(folder: Path, _engine: str):
    told = inputs.server_of(folder)
    (folder / "root" / "by_hand").unlink(missing_ok=True)
    options = [f"UserKnownHostsFile={told['known_hosts']}", "BatchMode=yes", f"Ciphers={inputs.CIPHER}"]
    command = ["sftp", "-q", "-P", str(told["port"]), "-i", told["login_key"]]
    command += [word for option in options for word in ("-o", option)]
    return folder, [*command, "-b", "-", f"{told['user']}@{told['host']}"]


def run(loaded):
    folder, command = loaded
    put = f"put {folder / 'whole'} by_hand\n".encode()
    subprocess.run(command, input=put, check=True, capture_output=True)


def answer(loaded, _result):
    folder, _ = loaded
    content = (folder / "root" / "by_hand").read_bytes()
    return len(content) >> 20, {"sha256": hashlib.sha256(content).hexdigest()}
