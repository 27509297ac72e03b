"""Checkpoints kept outside of the database: a folder, or an object store by its URL."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from upath import UPath

from schemas.errors.kind import ArrearsError
from schemas.errors.ledger import CHECKPOINT_PLACE_REFUSED

NEWEST = "checkpoint"
_SIZE_DIGITS = 12
_OF_SIZE = re.compile(rf"checkpoint-([0-9]{{{_SIZE_DIGITS}}})")


class CheckpointFiles:
    """A place with one file a checkpoint, `checkpoint-000000000056`, and the newest once more as `checkpoint`.

    A file of a size, once written, stays as it is: a witness may have added a signature to it.
    """

    def __init__(self, place: str) -> None:
        """Find the place.

        Args:
            place: path of a folder that exists, or a URL that fsspec knows, such as `s3://bucket/arrears`.

        Raises:
            ArrearsError: CHECKPOINT_PLACE_REFUSED.
        """
        self._place = place
        with self._translated():
            self._root = UPath(place)
            self._is_local = self._root.protocol in ("", "file", "local")
            if self._is_local and not self._root.is_dir():
                raise ArrearsError(CHECKPOINT_PLACE_REFUSED, place=place, reason="there is no such folder")

    def sizes(self) -> list[int]:
        """Sizes of the logs of which there is a checkpoint, in order."""
        with self._translated():
            names = [path.name for path in self._root.iterdir()] if self._root.exists() else []
        return sorted(int(match[1]) for name in names if (match := _OF_SIZE.fullmatch(name)))

    def read(self, size: int) -> str:
        """The checkpoint of that size, as it stands there."""
        with self._translated():
            return (self._root / _name(size)).read_bytes().decode("utf-8", errors="replace")

    def write(self, size: int, note: str) -> str:
        """Write a checkpoint, unless one of its size is there; gives back its place."""
        path = self._root / _name(size)
        with self._translated():
            if not path.exists():
                self._put(path, note)
            if size >= max(self.sizes(), default=0):
                self._put(self._root / NEWEST, note)
            return str(path)

    def _put(self, path: UPath, note: str) -> None:
        if not self._is_local:
            # An object is there as a whole or not at all.
            path.write_bytes(note.encode())
            return
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        with beside.open("wb") as file:
            file.write(note.encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ImportError, ValueError) as error:
            raise ArrearsError(CHECKPOINT_PLACE_REFUSED, place=self._place, reason=str(error)) from error


def _name(size: int) -> str:
    return f"checkpoint-{size:0{_SIZE_DIGITS}d}"
