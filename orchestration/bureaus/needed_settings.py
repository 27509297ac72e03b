"""The block of settings that a bureau needs of its site."""

from __future__ import annotations

from typing import TypeVar

from schemas.errors import ArrearsError
from schemas.errors.approval import SITE_INVALID

_Block = TypeVar("_Block")


def needed_settings(block: _Block | None, bureau: str) -> _Block:
    """The block, when the site has it.

    Raises:
        ArrearsError: `SITE_INVALID`.
    """
    if block is None:
        raise ArrearsError(SITE_INVALID, origin=bureau, problems=f"the bureau {bureau} needs this block of settings")
    return block
