"""DuckDB: bounded memory; reads nothing outside the lake and loads no extension."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
import narwhals as nw
import polars as pl
import pyarrow as pa

from lake.collected import collected
from lake.conform import conform
from lake.evidence import check_evidence
from lake.files import staging_folder
from lake.local_files import LocalFiles, RowGroup
from lake.phrases import SCREENED_TOGETHER, find_phrases_in
from lake.snapshot import Lake, SnapshotRef
from schemas.dataset import Dataset
from schemas.lexicon import Lexicon
from transforms.books import Frame


class DuckDbEngine:
    """Frames are relations of one connection."""

    def __init__(
        self, lake: Lake, loans_together: int, *, threads: int, memory_mb: int, also_reads: Sequence[Path]
    ) -> None:
        self.loans_together = loans_together
        self._lake = lake
        self._files = LocalFiles(lake)
        self._kept: list[str] = []
        self._kept_ever = 0
        # Frames outlive this object, so the folder for spilling lives as long as the process.
        stack = ExitStack()
        atexit.register(stack.close)
        spill = stack.enter_context(staging_folder(lake.staging))
        folders = ", ".join(_quoted(folder.resolve()) for folder in (lake.root, *also_reads))
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "threads": threads,
                "memory_limit": f"{memory_mb}MB",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        for statement in (
            "SET TimeZone = 'UTC'",
            f"SET temp_directory = {_quoted(spill.resolve())}",
            f"SET allowed_directories = [{folders}]",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            self._connection.execute(statement)

    def scan(self, refs: Mapping[str, SnapshotRef]) -> dict[str, Frame]:
        """Lazy frames over snapshots, by the same names."""
        return self.read({name: self._lake.files(ref) for name, ref in refs.items()})

    def read(self, files: Mapping[str, Sequence[Path]]) -> dict[str, Frame]:
        """Lazy frames over Parquet files, by the same names."""
        self._files.remember(files)
        return {
            name: nw.from_native(self._connection.read_parquet([str(path.resolve()) for path in paths]))
            for name, paths in files.items()
        }

    def lazy(self, table: pa.Table | pl.DataFrame) -> Frame:
        """A lazy frame over a table in memory."""
        return nw.from_native(self._connection.from_arrow(table if isinstance(table, pa.Table) else table.to_arrow()))

    def settle(self, frame: Frame, dataset: Dataset) -> Frame:
        """Compute a frame of a contract once; what follows reads the result."""
        return self.lazy(conform(collected(frame), dataset))

    def keep(self, frame: Frame) -> Frame:
        """Compute a frame that is no contract once, into a table that can be spilled."""
        self._kept_ever += 1
        name = f"kept_{self._kept_ever}"
        frame.to_native().create(name)
        self._kept.append(name)
        return nw.from_native(self._connection.table(name))

    def phrases(self, transcripts: Frame, lexicons: Sequence[Lexicon]) -> Frame:
        """Where the entries of lexicons occur; see `lake.phrases`."""
        return self.lazy(find_phrases_in(self.batches(transcripts, SCREENED_TOGETHER), lexicons))

    def evidence(self, evidence: Frame, root: Path) -> Frame:
        """What the look at each file found; see `lake.evidence`."""
        return self.lazy(check_evidence(root, collected(evidence)))

    def batches(self, frame: Frame, rows: int) -> Iterator[pl.DataFrame]:
        """A frame batch after batch, in any order."""
        reader: pa.RecordBatchReader = frame.to_native().to_arrow_reader(rows)
        yield pl.DataFrame(pl.from_arrow(reader.schema.empty_table()))
        yield from map(_frame_of, reader)

    def row_groups(self, name: str, column: str) -> list[RowGroup]:
        """What the files that were read under a name say of a column of text."""
        return self._files.row_groups(name, column)

    def new_folder(self, name: str) -> Path:
        """A folder for files of this opening, gone when the process ends."""
        return self._files.new_folder(name)

    @contextmanager
    def letting_go(self) -> Iterator[None]:
        """A context at whose end the tables go that were kept in it."""
        outside, self._kept = self._kept, []
        try:
            yield
        finally:
            for name in self._kept:
                self._connection.execute(f"DROP TABLE {name}")
            self._kept = outside


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "/'"


def _frame_of(batch: pa.RecordBatch) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(batch))
