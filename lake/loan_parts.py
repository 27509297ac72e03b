"""Loans in parts, by ranges of their ids, so that what is in memory at once does not grow with the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import polars as pl

from lake.engine import LocalEngine
from lake.part_files import PartFiles
from transforms.books import Frame

_TOGETHER = 1 << 18
# Ids of a part that are looked at to tell where it ends.
_SAMPLED = 1_000
# Files are written again by part when the row groups that the parts need hold more than so many times their rows.
_MOST_READS = 2


@dataclass(frozen=True)
class LoanRange:
    """Some loans.

    Attributes:
        least: id from which on, None for all from the first.
        below: id before which, None for all up to the last.
    """

    least: str | None
    below: str | None

    def of(self, frame: Frame) -> Frame:
        """The rows of these loans."""
        loan_id = nw.col("loan_id")
        if self.least is not None:
            frame = frame.filter(loan_id >= self.least)
        return frame if self.below is None else frame.filter(loan_id < self.below)

    def meets(self, least: str, most: str) -> bool:
        """Whether a loan between two ids, inclusive, can be one of these."""
        return (self.least is None or most >= self.least) and (self.below is None or least < self.below)


def loan_ranges(engine: LocalEngine, loans: Frame) -> list[LoanRange]:
    """As few ranges, of about as many loans each, as the engine takes together.

    Args:
        engine: on which the loans are open.
        loans: with `loan_id`.
    """
    count, sampled, every = 0, [], max(1, engine.loans_together // _SAMPLED)
    for batch in engine.batches(loans.select("loan_id"), _TOGETHER):
        count += batch.height
        sampled.append(batch["loan_id"].gather_every(every))
    parts = -(-count // engine.loans_together)
    sample = pl.concat(sampled).sort()
    bounds = sorted({sample[number * len(sample) // parts] for number in range(1, parts)})
    return [LoanRange(*ends) for ends in zip([None, *bounds], [*bounds, None], strict=True)]


def is_in_order(engine: LocalEngine, name: str, ranges: Sequence[LoanRange]) -> bool:
    """Whether each part can be read out of the files of a dataset without reading much of the others.

    Args:
        engine: that read them.
        name: under which.
        ranges: of the parts.
    """
    groups = engine.row_groups(name, "loan_id")
    rows = sum(group.rows for group in groups)
    read = sum(group.rows for group in groups for each in ranges if each.meets(group.least, group.most))
    return rows <= engine.loans_together or read <= _MOST_READS * rows


def divided(engine: LocalEngine, name: str, frame: Frame, ranges: Sequence[LoanRange]) -> list[Frame]:
    """The rows by part, computed once and written into a file a part.

    Args:
        engine: on which the frame is open.
        name: of the folder for the files.
        frame: with `loan_id`.
        ranges: of the parts.
    """
    folder = engine.new_folder(name)
    bounds = pl.Series([each.least for each in ranges[1:]], dtype=pl.String)
    paths = [folder / f"{number:05d}.parquet" for number in range(len(ranges))]
    with PartFiles(paths) as files:
        for batch in engine.batches(frame, _TOGETHER):
            files.add(batch, bounds.search_sorted(batch["loan_id"], side="right"))
    return [engine.read({folder.name: [path]})[folder.name] for path in paths]
