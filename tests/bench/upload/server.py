"""Keeps an OpenSSH server running for one folder: `server.py FOLDER` until the folder is gone."""

import importlib.util
import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve()


def main(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("openssh_server", HERE.parents[2] / "openssh_server.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["openssh_server"] = module
    spec.loader.exec_module(module)
    with module.OpenSshServer(folder / "server", folder / "root") as server:
        login_key = server.folder / "login_key"
        known_hosts = server.folder / "known_hosts"
        known_hosts.write_text(f"[{server.host}]:{server.port} {server.host_key}\n")
        told = {
            "host": server.host,
            "port": server.port,
            "user": server.user,
            "host_key": server.host_key,
            "login_key": str(login_key),
            "known_hosts": str(known_hosts),
        }
        aside = folder / "server.part"
        aside.write_text(json.dumps(told))
        aside.rename(folder / "server.json")
        while folder.exists():
            time.sleep(0.2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
