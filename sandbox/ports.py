"""Ports on loopback: read from the environment, checked before a service is started."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]  # psutil ships no types

from schemas.errors import ArrearsError
from schemas.errors.command import PORT_SETTING_INVALID, PORT_TAKEN

LOOPBACK = "127.0.0.1"

_LOWEST, _HIGHEST = 1024, 65535


@dataclass(frozen=True)
class Port:
    """A port on loopback.

    Attributes:
        number: of the port.
        purpose: what listens there, for people.
        variable: environment variable that moves it.
    """

    number: int
    purpose: str
    variable: str


def port_from(environment: Mapping[str, str], *, variable: str, default: int, purpose: str) -> Port:
    """A port as the environment sets it.

    Raises:
        ArrearsError: PORT_SETTING_INVALID.
    """
    text = environment.get(variable, "").strip()
    if not text:
        return Port(default, purpose, variable)
    if not text.isascii() or not text.isdigit() or not _LOWEST <= int(text) <= _HIGHEST:
        raise ArrearsError(PORT_SETTING_INVALID, variable=variable, value=text)
    return Port(int(text), purpose, variable)


def require_free(port: Port) -> None:
    """Raises when something listens on a port.

    Raises:
        ArrearsError: PORT_TAKEN with the port, who holds it where that can be seen, and the variable that moves it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port.number))
        except OSError:
            holder = _holder_of(port.number)
            raise ArrearsError(
                PORT_TAKEN, port=port.number, needed_by=port.purpose, held_by=holder, variable=port.variable
            ) from None


def free_port() -> int:
    """A port on loopback that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _holder_of(number: int) -> str:
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == number and connection.pid:
                return f"{psutil.Process(connection.pid).name()} pid {connection.pid}"
    return "unknown"
