"""Sends one file when it is told to: connects, uploads, closes. Modules are loaded before, as in a worker."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from delivery.sftp import connected
from delivery.sftp_settings import SftpServer


def main(folder: Path, name: str, remote_name: str) -> None:
    told = json.loads((folder / "server.json").read_text())
    key = Path(told["login_key"]).read_text()
    server = SftpServer(told["host"], told["port"], told["user"], (told["host_key"],), private_key=key)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with connected(server) as session, (folder / name).open("rb") as file:
        session.create(remote_name, file)
    sys.stdout.write("done\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
