"""What all tests share: the OpenSSH server, and how long an example may take."""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

# Speed is measured by `make bench`; a test that is slow on a busy machine has not failed.
settings.register_profile("arrears", deadline=None)
settings.load_profile("arrears")


def load_beside(file: Path, name: str) -> ModuleType:
    """Loads a module that lies beside the tests, which are no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, file.parent / f"{name}.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


openssh_server_module = load_beside(Path(__file__), "openssh_server")


@pytest.fixture(scope="session")
def start_openssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable]:
    """Starts OpenSSH servers, each with its own folder, and stops them at the end. Skips where sshd is missing."""
    if openssh_server_module.SSHD is None:
        if os.environ.get("CI") == "true":
            pytest.fail(openssh_server_module.MISSING)
        pytest.skip(openssh_server_module.MISSING)
    started = []

    def start(**settings: object) -> object:
        folder = tmp_path_factory.mktemp("openssh")
        server = openssh_server_module.OpenSshServer(folder / "server", folder / "root", **settings)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def openssh(start_openssh: Callable) -> object:
    """One OpenSSH server for all tests that only use it."""
    return start_openssh()
