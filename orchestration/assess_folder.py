"""The whole assessment of a folder of dataset files, without Airflow, lake or ledger."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lake.engine import Engine, collect_dataset
from lake.folder_books import FolderBooks, read_folder
from lake.judging import judge
from lake.snapshot import Lake
from orchestration.deployment import lexicons_of, policy_named
from orchestration.engines import deployed_engine
from schemas.dataset import Dataset
from schemas.errors import ArrearsError
from schemas.errors.command import RESULT_NOT_WRITABLE
from schemas.policy import Policy
from transforms.books import Frame
from transforms.decisions import decisions_dataset
from transforms.waterfall import WATERFALL, waterfall


@dataclass(frozen=True)
class FolderAssessment:
    """What an assessment of a folder found.

    Attributes:
        policy: that judged.
        loans_in_arrears: number of decisions.
        reportable_loans: of them.
        reportable_amount: their overdue amount.
        kept_out: rows that break a critical rule, by dataset.
        rules: one row a rule in order, columns of `WATERFALL`.
        files: what was written.
    """

    policy: Policy
    loans_in_arrears: int
    reportable_loans: int
    reportable_amount: Decimal
    kept_out: dict[str, int]
    rules: pa.Table
    files: tuple[Path, ...]


@contextmanager
def open_folder(data: Path, as_of: date, time_zone: str, engine: str) -> Iterator[tuple[Engine, FolderBooks]]:
    """Open a folder on an engine; what the engine puts aside is deleted at the end.

    Args:
        data: folder of the dataset files, see `lake.folder_books`.
        as_of: business date.
        time_zone: in which the business date ends.
        engine: polars, duckdb or spark.

    Raises:
        ArrearsError: see `lake.folder_books`, `ENGINE_UNKNOWN`.
    """
    with tempfile.TemporaryDirectory(prefix="arrears-") as aside:
        opened = deployed_engine(engine, Lake(Path(aside)), also_reads=(data,))
        yield opened, read_folder(opened, data, as_of, time_zone)


def assess_folder(
    data: Path,
    policy_name: str,
    as_of: date,
    *,
    engine: str,
    evidence: Path | None,
    out: Path,
    details: Path | None,
) -> FolderAssessment:
    """Judge every loan in arrears of a folder and write the decisions.

    Args:
        data: folder of the dataset files.
        policy_name: name of a policy, or path of its TOML file.
        as_of: business date.
        engine: polars, duckdb or spark.
        evidence: root of the evidence files; the folder itself when None.
        out: Parquet file for the decisions; written aside and then moved there.
        details: folder for what the decisions were derived from, a Parquet file a dataset; None for none.

    Raises:
        ArrearsError: `POLICY_UNKNOWN`, `RESULT_NOT_WRITABLE`, `EVIDENCE_ROOT_MISSING`, and as `open_folder`.
    """
    policy = policy_named(policy_name, as_of)
    with open_folder(data, as_of, policy.time_zone, engine) as (opened, read):
        judged = judge(opened, read.books, as_of, policy, lexicons_of(policy), evidence or data)
        decisions = collect_dataset(judged.decisions, decisions_dataset())
        rules = collect_dataset(waterfall(judged.decisions, policy), WATERFALL).sort_by("position")
        files = [_written(decisions, out)]
        if details is not None:
            files += _written_details(judged.named(), details)
        reportable = decisions.filter(decisions["is_reportable"])
        return FolderAssessment(
            policy=policy,
            loans_in_arrears=decisions.num_rows,
            reportable_loans=reportable.num_rows,
            reportable_amount=pc.sum(reportable["overdue_amount"]).as_py() or Decimal("0.00"),
            kept_out=read.kept_out,
            rules=rules,
            files=tuple(files),
        )


def _written_details(tables: Iterable[tuple[Dataset, Frame]], folder: Path) -> list[Path]:
    return [
        _written(collect_dataset(frame, dataset), folder / f"{dataset.name}.parquet")
        for dataset, frame in tables
        if dataset.name != "decisions"
    ]


def _written(table: pa.Table, out: Path) -> Path:
    aside = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, aside)
        aside.replace(out)
    except OSError as error:
        raise ArrearsError(RESULT_NOT_WRITABLE, file=out, reason=error.strerror) from error
    finally:
        aside.unlink(missing_ok=True)
    return out
