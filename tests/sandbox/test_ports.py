"""Ports from the environment."""

import socket

import pytest

from sandbox.ports import Port, free_port, port_from, require_free
from schemas.errors import ArrearsError
from schemas.errors.command import PORT_SETTING_INVALID, PORT_TAKEN


def read(environment: dict[str, str]) -> Port:
    return port_from(environment, variable="ARREARS_THING_PORT", default=8123, purpose="the thing")


@pytest.mark.parametrize(
    ("environment", "number"),
    [
        ({}, 8123),
        ({"ARREARS_THING_PORT": ""}, 8123),
        ({"ARREARS_THING_PORT": " 9000 "}, 9000),
        ({"ARREARS_THING_PORT": "1024"}, 1024),
        ({"ARREARS_THING_PORT": "65535"}, 65535),
    ],
)
def test_a_port_is_read_or_defaulted(environment, number) -> None:
    assert read(environment) == Port(number, "the thing", "ARREARS_THING_PORT")


@pytest.mark.parametrize("text", ["80", "1023", "65536", "-1", "8080x", "８０８０", "²", "1e4"])
def test_what_is_no_port_is_refused_by_name(text) -> None:
    with pytest.raises(ArrearsError) as raised:
        read({"ARREARS_THING_PORT": text})
    assert raised.value.kind is PORT_SETTING_INVALID
    assert raised.value.facts == {"variable": "ARREARS_THING_PORT", "value": text}


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_port_is_taken_whoever_listens_on_it(address) -> None:
    with socket.create_server((address, 0)) as server, pytest.raises(ArrearsError) as raised:
        require_free(Port(server.getsockname()[1], "the thing", "ARREARS_THING_PORT"))
    assert raised.value.kind is PORT_TAKEN


def test_a_free_port_is_free() -> None:
    require_free(Port(free_port(), "the thing", "ARREARS_THING_PORT"))
