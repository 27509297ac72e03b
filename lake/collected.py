"""A lazy frame of any engine run to its end."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import polars as pl


def collected(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
    """The rows, in memory."""
    native = frame.to_native()
    if isinstance(native, pl.LazyFrame):
        return native.collect(engine="streaming")
    return pl.DataFrame(pl.from_arrow(frame.collect(backend="pyarrow").to_native()))
