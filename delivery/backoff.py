"""How long to wait before the next try: longer each time, and never at the same moment as all others that wait."""

from __future__ import annotations

import random
from collections.abc import Callable

_LEAST_SHARE = 0.1


def wait_seconds(
    tries: int, first_seconds: float, most_seconds: float, share: Callable[[], float] = random.random
) -> float:
    """A wait of any length up to a bound that doubles with each try.

    Several parts of a batch lose their line at the same moment; a bound alone would bring them back at the same moment.

    Args:
        tries: that failed, from 1.
        first_seconds: the bound after the first one.
        most_seconds: the bound never exceeds this.
        share: gives a number of [0, 1): which part of the bound is waited, but no less than a tenth of it.
    """
    bound = min(most_seconds, first_seconds * 2.0 ** min(tries - 1, 60))
    return float(bound * (_LEAST_SHARE + (1 - _LEAST_SHARE) * share()))
