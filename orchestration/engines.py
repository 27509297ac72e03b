"""Engines as the deployment has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lake.engine import Engine, open_engine
from lake.snapshot import Lake
from orchestration.deployment import spark_master


def deployed_engine(name: str, lake: Lake, *, also_reads: Sequence[Path] = ()) -> Engine:
    """Open an engine on a lake; Spark on the master that `ARREARS_SPARK_MASTER` names, two local threads when unset.

    Args:
        name: polars, duckdb or spark.
        lake: whose snapshots it reads.
        also_reads: folders outside the lake that it reads.

    Raises:
        ArrearsError: see `lake.engine.open_engine`.
    """
    return open_engine(name, lake, also_reads=also_reads, master=spark_master())
