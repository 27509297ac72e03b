"""Books out of a folder of dataset files, judged row by row like extracts, without a lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import narwhals as nw
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from lake.collected import collected
from lake.engine import Engine
from lake.polars_types import polars_schema
from lake.quarantine import quarantine_rows
from schemas.dataset import Dataset
from schemas.datasets import LIABILITIES, QUARANTINE, REPORTED, SCHEDULES, SOURCES, STAFF, STOPS
from schemas.errors import ArrearsError
from schemas.errors.extract import (
    DATASET_FILE_COLUMNS,
    DATASET_FILE_UNREADABLE,
    DATASET_FILES_MISSING,
    DATASET_FOLDER_MISSING,
)
from transforms.books import Books, Frame
from transforms.quality import bad_rows, critical_rules_of, judge_rows, parents_of

_MAY_LACK = frozenset(dataset.name for dataset in (LIABILITIES, SCHEDULES, STAFF, STOPS, QUARANTINE, REPORTED))


@dataclass(frozen=True)
class FolderBooks:
    """Books of a folder.

    Attributes:
        books: on the engine that was given, without the rows that were kept out.
        kept_out: rows that break a critical rule, by dataset.
    """

    books: Books
    kept_out: dict[str, int]


def read_folder(engine: Engine, folder: Path, as_of: date, time_zone: str) -> FolderBooks:
    """Read the datasets of a folder and keep out the rows that break a critical rule.

    A dataset is `NAME.parquet`, or all `*.parquet` of the folder `NAME/`. `liabilities`, `schedules`, `staff`, `stops`,
    `quarantine` and `reported` may be missing. All rows with the key of a bad row are kept out with it.

    Args:
        engine: on which the books are opened; it may read the folder.
        folder: of the files.
        as_of: business date.
        time_zone: in which the business date ends.

    Raises:
        ArrearsError: `DATASET_FOLDER_MISSING`, `DATASET_FILES_MISSING`, `DATASET_FILE_UNREADABLE`,
            `DATASET_FILE_COLUMNS`.
    """
    if not folder.is_dir():
        raise ArrearsError(DATASET_FOLDER_MISSING, folder=folder)
    files = _files(folder)
    frames = engine.read({name: paths for name, paths in files.items() if paths})
    scans: dict[str, pl.LazyFrame] = {}
    quarantined = [pl.DataFrame(schema=polars_schema(QUARANTINE))]
    kept_out: dict[str, int] = {}
    for dataset in SOURCES:
        if not files[dataset.name]:
            frames[dataset.name] = engine.lazy(dataset.arrow_schema().empty_table())
            scans[dataset.name] = pl.LazyFrame(schema=polars_schema(dataset))
            continue
        scans[dataset.name] = _scan(files[dataset.name], dataset)
        bad = _bad_rows(scans, dataset, folder, files[dataset.name], as_of, time_zone)
        if bad.height:
            kept_out[dataset.name] = bad.height
            quarantined.append(quarantine_rows(bad, dataset, critical_rules_of(dataset)))
            keys = bad.select(dataset.primary_key).unique()
            scans[dataset.name] = scans[dataset.name].join(keys.lazy(), on=dataset.primary_key, how="anti")
            frames[dataset.name] = frames[dataset.name].join(
                engine.lazy(keys), on=list(dataset.primary_key), how="anti"
            )
    if files[QUARANTINE.name]:
        quarantined.append(_scan(files[QUARANTINE.name], QUARANTINE).collect())
    frames[QUARANTINE.name] = engine.lazy(pl.concat(quarantined))
    if not files[REPORTED.name]:
        frames[REPORTED.name] = engine.lazy(REPORTED.arrow_schema().empty_table())
    return FolderBooks(Books(**frames), kept_out)


def _files(folder: Path) -> dict[str, list[Path]]:
    """The files of each dataset, their columns checked."""
    found: dict[str, list[Path]] = {}
    for dataset in (*SOURCES, QUARANTINE, REPORTED):
        single, several = folder / f"{dataset.name}.parquet", folder / dataset.name
        paths = [single] if single.is_file() else sorted(several.glob("*.parquet")) if several.is_dir() else []
        for path in paths:
            _check_columns(path, dataset)
        found[dataset.name] = paths
    if missing := [name for name, paths in found.items() if not paths and name not in _MAY_LACK]:
        raise ArrearsError(DATASET_FILES_MISSING, folder=folder, datasets=missing)
    return found


def _check_columns(path: Path, dataset: Dataset) -> None:
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise ArrearsError(DATASET_FILE_UNREADABLE, file=path, dataset=dataset.name) from error
    expected = dataset.arrow_schema()
    missing = [name for name in expected.names if name not in schema.names]
    unexpected = [name for name in schema.names if name not in expected.names]
    wrong = {
        name: f"{schema.field(name).type} instead of {expected.field(name).type}"
        for name in expected.names
        if name in schema.names and not _is_same(schema.field(name).type, expected.field(name).type)
    }
    if missing or unexpected or wrong:
        raise ArrearsError(
            DATASET_FILE_COLUMNS,
            file=path,
            dataset=dataset.name,
            missing=missing,
            unexpected=unexpected,
            wrong_types=wrong,
        )


def _is_same(given: pa.DataType, expected: pa.DataType) -> bool:
    """Whether two types hold the same values: texts of any layout count as one, an empty column as any."""
    is_text = pa.types.is_string(given) or pa.types.is_large_string(given) or pa.types.is_string_view(given)
    return bool(given == expected or (is_text and pa.types.is_string(expected)))


def _scan(paths: Sequence[Path], dataset: Dataset) -> pl.LazyFrame:
    return pl.scan_parquet(list(paths), glob=False).select(dataset.field_names)


def _bad_rows(
    scans: Mapping[str, pl.LazyFrame],
    dataset: Dataset,
    folder: Path,
    paths: Sequence[Path],
    as_of: date,
    time_zone: str,
) -> pl.DataFrame:
    """The rows of a dataset that break a critical rule, with the file and the row where they stand."""
    numbered = pl.concat(
        [
            _scan([path], dataset)
            .with_row_index("source_row", offset=1)
            .with_columns(
                pl.col("source_row").cast(pl.Int64),
                pl.lit(path.relative_to(folder).as_posix()).alias("source_file"),
                pl.lit("").alias("unreadable_fields"),
                pl.lit("").alias("unreadable_values"),
            )
            for path in paths
        ]
    )
    parents: dict[str, Frame] = {name: nw.from_native(scans[name]) for name in parents_of(dataset)}
    judged = judge_rows(nw.from_native(numbered), dataset, parents=parents, as_of=as_of, time_zone=time_zone)
    return collected(bad_rows(judged, dataset))
