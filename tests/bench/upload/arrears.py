"""Our upload: the whole file over one connection, or its parts over four at once, each in a process of its own."""

import hashlib
import subprocess
import sys
from pathlib import Path

from tests.bench.upload import inputs

ROOT = Path(__file__).resolve().parents[3]
SENDER = Path(__file__).with_name("sender.py")


def load(folder: Path, engine: str):
    names = ["whole"] if engine == "arrears" else [f"part{number}" for number in range(inputs.PARTS)]
    for name in names:
        (folder / "root" / f"{engine}-{name}").unlink(missing_ok=True)
    senders = [
        subprocess.Popen(
            [sys.executable, str(SENDER), str(folder), name, f"{engine}-{name}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        for name in names
    ]
    for sender in senders:
        sender.stdout.readline()
    return folder, engine, names, senders


def run(loaded):
    _, _, _, senders = loaded
    for sender in senders:
        sender.stdin.write(b"go\n")
        sender.stdin.flush()
    for sender in senders:
        assert sender.stdout.readline() == b"done\n"


def answer(loaded, _result):
    folder, engine, names, senders = loaded
    for sender in senders:
        sender.stdin.close()
        sender.wait(10)
    files = [folder / "root" / f"{engine}-{name}" for name in names]
    content = b"".join(file.read_bytes() for file in files)
    return len(content) >> 20, {"sha256": hashlib.sha256(content).hexdigest()}
