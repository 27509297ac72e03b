"""A file that doesn't compress, four parts of it, and an OpenSSH server on loopback that lasts as long as the suite."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

PARTS = 4
# By themselves the two sides would agree on different ciphers with the server, and those would be compared.
CIPHER = "aes128-gcm@openssh.com"
SERVER = Path(__file__).with_name("server.py")


def prepare(folder: Path, size: int) -> None:
    chance = random.Random(2018)
    mebibytes = [chance.randbytes(1 << 20) for _ in range(size)]
    (folder / "whole").write_bytes(b"".join(mebibytes))
    for number in range(PARTS):
        part = mebibytes[number * size // PARTS : (number + 1) * size // PARTS]
        (folder / f"part{number}").write_bytes(b"".join(part))
    # It ends by itself when its folder is gone, as nothing here runs at the end of a suite.
    subprocess.Popen(
        [sys.executable, str(SERVER), str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    )
    for _ in range(400):
        if (folder / "server.json").exists():
            return
        time.sleep(0.05)
    raise RuntimeError("the server does not start")


def server_of(folder: Path) -> dict:
    return json.loads((folder / "server.json").read_text())
