"""A TCP proxy on loopback that cuts the line after a number of bytes."""

import socket
import threading
from contextlib import suppress
from types import TracebackType


class CuttingProxy:
    """Passes connections on to a server, the first ones only until so many bytes went one way.

    Args:
        port: of the server on loopback.
        cuts: for each of the first connections, after how many bytes it is cut.
        is_upward: whether bytes to the server are counted, or those from it.
    """

    def __init__(self, port: int, cuts: list[int], *, is_upward: bool = True) -> None:
        self._to = port
        self._cuts = list(cuts)
        self._is_upward = is_upward
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            most = self._cuts.pop(0) if self._cuts else None
            threading.Thread(target=self._relay, args=(client, most), daemon=True).start()

    def _relay(self, client: socket.socket, most: int | None) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._to))
        except OSError:
            client.close()
            return
        ways = (
            (client, server, most if self._is_upward else None),
            (server, client, None if self._is_upward else most),
        )
        for way in ways:
            threading.Thread(target=self._pass, args=way, daemon=True).start()

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while (left is None or left > 0) and (data := source.recv(65536 if left is None else min(left, 65536))):
                target.sendall(data)
                left = None if left is None else left - len(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def __enter__(self) -> "CuttingProxy":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
