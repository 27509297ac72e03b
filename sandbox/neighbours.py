"""What stands beside Airflow in the sandbox: the stand-in bureau and the mail sink, as background processes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.bureau.keys import prepare_keys
from sandbox.bureau.registry import register_lender
from sandbox.ports import Port, port_from
from sandbox.processes import ProcessTable, Service
from sandbox.site import LENDER, BureauAddress, LenderKeys, SiteFolders, prepare_lender_keys, write_connections
from schemas.errors import ArrearsError
from schemas.errors.command import SERVICE_NOT_READY

_POLL_SECONDS = 0.1
_READY_SECONDS = 60.0


@dataclass(frozen=True)
class Neighbours:
    """The two services of one site.

    Attributes:
        repository: root of this project.
        folders: of the site.
        bureau_port: of the bureau's SFTP server.
        mail_port: of the mail sink.
    """

    repository: Path
    folders: SiteFolders
    bureau_port: Port
    mail_port: Port

    def services(self) -> tuple[Service, ...]:
        """Bureau and mail sink, in the order in which to start them."""
        return (
            self._service("bureau", "sandbox.bureau", self.folders.bureau, self.bureau_port),
            self._service("mail", "sandbox.mail", self.folders.mail, self.mail_port),
        )

    def _service(self, name: str, module: str, root: Path, port: Port) -> Service:
        return Service(
            name=name,
            command=(sys.executable, "-m", module, "--root", str(root), "--port", str(port.number)),
            folder=self.repository,
            environment={"PYTHONPATH": str(self.repository)},
            ports=(port,),
        )


def neighbours(repository: Path, folders: SiteFolders, environment: Mapping[str, str]) -> Neighbours:
    """Bureau and mail sink as the environment sets their ports.

    Raises:
        ArrearsError: PORT_SETTING_INVALID.
    """
    return Neighbours(
        repository,
        folders,
        port_from(environment, variable="ARREARS_BUREAU_PORT", default=8022, purpose="the stand-in bureau"),
        port_from(environment, variable="ARREARS_MAIL_PORT", default=8025, purpose="the mail sink"),
    )


def introduce(around: Neighbours) -> LenderKeys:
    """Make all keys, register the lender at the bureau and write the connections of the site."""
    folders = around.folders
    keys, bureau = prepare_lender_keys(folders), prepare_keys(folders.bureau)
    register_lender(folders.bureau, LENDER, keys.ssh_public, keys.signing_certificate, keys.opening_certificate)
    address = BureauAddress(
        around.bureau_port.number, bureau.host_public_key, bureau.certificate_path.read_text(encoding="ascii")
    )
    write_connections(folders, keys, address, around.mail_port.number)
    return keys


def start_neighbours(around: Neighbours, processes: ProcessTable) -> None:
    """Start both and wait until they listen.

    Raises:
        ArrearsError: PORT_TAKEN, SERVICE_DIED, SERVICE_NOT_READY.
    """
    for service in around.services():
        processes.start(service)
    for service, root in zip(around.services(), (around.folders.bureau, around.folders.mail), strict=True):
        wait_for(service, root / "ready.json", processes)


def wait_for(service: Service, ready: Path, processes: ProcessTable) -> None:
    """Wait until a service has written that it listens.

    Raises:
        ArrearsError: SERVICE_DIED, SERVICE_NOT_READY.
    """
    until = time.monotonic() + _READY_SECONDS
    while not _is_ready(ready, processes.find(service.name).pid):
        processes.require_running(service.name)
        if time.monotonic() > until:
            log = processes.find(service.name).log
            raise ArrearsError(SERVICE_NOT_READY, services=[service.name], waited_seconds=_READY_SECONDS, logs=[log])
        time.sleep(_POLL_SECONDS)


def _is_ready(ready: Path, pid: int | None) -> bool:
    try:
        return bool(json.loads(ready.read_text(encoding="utf-8"))["pid"] == pid)
    except (FileNotFoundError, json.JSONDecodeError, KeyError):
        return False
