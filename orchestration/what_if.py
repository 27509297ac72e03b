"""What another policy would change in the books of a business date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from lake.assessment import latest_assessment, read_assessment
from lake.book import latest_book, read_book
from lake.engine import Engine, collect_dataset
from lake.judging import judge_unseen
from lake.snapshot import Lake
from orchestration.assess_folder import open_folder
from orchestration.deployment import lexicons_of, policy_named
from orchestration.engines import deployed_engine
from schemas.datasets import REPORTED
from schemas.errors import ArrearsError
from schemas.errors.approval import NO_BOOK
from schemas.facts import FACT_NAMES
from schemas.policy import Policy
from transforms.books import Books
from transforms.what_if import MOVES, MOVES_BY_CODE, MOVES_BY_RULE, moves, moves_by_code, moves_by_rule


@dataclass(frozen=True)
class WhatIf:
    """What the second of two policies would change.

    Attributes:
        first: policy that is compared with.
        second: policy that is tried.
        by_code: columns of `MOVES_BY_CODE`.
        by_rule: columns of `MOVES_BY_RULE`.
    """

    first: Policy
    second: Policy
    by_code: pa.Table
    by_rule: pa.Table


def compare_on_folder(data: Path, policy_names: tuple[str, str], as_of: date, engine: str) -> WhatIf:
    """Judge the loans of a folder under two policies and count what moves. Evidence files count as intact.

    Args:
        data: folder of the dataset files.
        policy_names: names or paths, the policy in use and then the one to try.
        as_of: business date.
        engine: polars, duckdb or spark.

    Raises:
        ArrearsError: `POLICY_UNKNOWN`, and as `open_folder`.
    """
    first, second = (policy_named(name, as_of) for name in policy_names)
    with open_folder(data, as_of, first.time_zone, engine) as (opened, read):
        return _compared(opened, read.books, as_of, first, second)


def compare_on_lake(root: Path, policy_names: tuple[str, str], as_of: date, engine: str) -> WhatIf:
    """The same for the newest book of a business date in a lake.

    Episodes count as reported that the newest assessment of the date, under the first policy, knew of.

    Raises:
        ArrearsError: `NO_BOOK`, `POLICY_UNKNOWN`, and as `lake.book` and `lake.engine`.
    """
    lake = Lake(root)
    first, second = (policy_named(name, as_of) for name in policy_names)
    ref = latest_book(lake, as_of)
    if ref is None:
        raise ArrearsError(NO_BOOK, as_of=as_of)
    opened = deployed_engine(engine, lake)
    snapshots = read_book(lake, ref).snapshots
    frames = opened.scan({name: snapshot for name, snapshot in snapshots.items() if name not in FACT_NAMES})
    assessed = latest_assessment(lake, as_of, first.name)
    if assessed is None:
        reported = opened.lazy(REPORTED.arrow_schema().empty_table())
    else:
        derived = read_assessment(lake, assessed).snapshots
        reported = opened.scan({REPORTED.name: derived[REPORTED.name]})[REPORTED.name]
    return _compared(opened, Books(**frames, reported=reported), as_of, first, second)


def _compared(engine: Engine, books: Books, as_of: date, first: Policy, second: Policy) -> WhatIf:
    before, after = (
        judge_unseen(engine, books, as_of, policy, lexicons_of(policy)).decisions for policy in (first, second)
    )
    moved = engine.settle(moves(before, after, first, second), MOVES)
    return WhatIf(
        first,
        second,
        collect_dataset(moves_by_code(moved), MOVES_BY_CODE),
        collect_dataset(moves_by_rule(moved), MOVES_BY_RULE),
    )
