"""Polars: all cores, streaming. The default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import narwhals as nw
import polars as pl
import pyarrow as pa

from lake.collected import collected
from lake.conform import conform
from lake.evidence import check_evidence
from lake.local_files import LocalFiles, RowGroup
from lake.phrases import SCREENED_TOGETHER, find_phrases_in
from lake.snapshot import Lake, SnapshotRef
from schemas.dataset import Dataset
from schemas.lexicon import Lexicon
from transforms.books import Frame


class PolarsEngine:
    """Frames are Polars lazy frames."""

    def __init__(self, lake: Lake, loans_together: int) -> None:
        self.loans_together = loans_together
        self._lake = lake
        self._files = LocalFiles(lake)

    def scan(self, refs: Mapping[str, SnapshotRef]) -> dict[str, Frame]:
        """Lazy frames over snapshots, by the same names."""
        return self.read({name: self._lake.files(ref) for name, ref in refs.items()})

    def read(self, files: Mapping[str, Sequence[Path]]) -> dict[str, Frame]:
        """Lazy frames over Parquet files, by the same names."""
        self._files.remember(files)
        return {name: nw.from_native(pl.scan_parquet(list(paths), glob=False)) for name, paths in files.items()}

    def lazy(self, table: pa.Table | pl.DataFrame) -> Frame:
        """A lazy frame over a table in memory."""
        return nw.from_native(_frame_of(table).lazy())

    def settle(self, frame: Frame, dataset: Dataset) -> Frame:
        """Compute a frame of a contract once; what follows reads the result."""
        return nw.from_native(conform(collected(frame), dataset).lazy())

    def keep(self, frame: Frame) -> Frame:
        """Compute a frame that is no contract once."""
        return nw.from_native(collected(frame).lazy())

    def phrases(self, transcripts: Frame, lexicons: Sequence[Lexicon]) -> Frame:
        """Where the entries of lexicons occur; see `lake.phrases`."""
        return nw.from_native(find_phrases_in(self.batches(transcripts, SCREENED_TOGETHER), lexicons).lazy())

    def evidence(self, evidence: Frame, root: Path) -> Frame:
        """What the look at each file found; see `lake.evidence`."""
        return self.lazy(check_evidence(root, collected(evidence)))

    def batches(self, frame: Frame, rows: int) -> Iterator[pl.DataFrame]:
        """A frame batch after batch, in any order."""
        native: pl.LazyFrame = frame.to_native()
        yield pl.DataFrame(schema=native.collect_schema())
        yield from native.collect_batches(chunk_size=rows, maintain_order=False)

    def row_groups(self, name: str, column: str) -> list[RowGroup]:
        """What the files that were read under a name say of a column of text."""
        return self._files.row_groups(name, column)

    def new_folder(self, name: str) -> Path:
        """A folder for files of this opening, gone when the process ends."""
        return self._files.new_folder(name)

    def letting_go(self) -> AbstractContextManager[None]:
        """Nothing to drop: what was kept goes with the last frame that was made of it."""
        return nullcontext()


def _frame_of(table: pa.Table | pl.DataFrame) -> pl.DataFrame:
    return table if isinstance(table, pl.DataFrame) else pl.DataFrame(pl.from_arrow(table))
