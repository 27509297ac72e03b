"""How a transform asks the engine to compute a frame once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from transforms.books import Frame

Keep: TypeAlias = Callable[[Frame], Frame]
"""What an engine offers for a frame that is used several times: the same rows, computed once."""


def as_it_is(frame: Frame) -> Frame:
    """Keeps nothing: every use of the frame computes it."""
    return frame
