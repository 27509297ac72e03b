"""A lender with the simplest habits: headings are the names of the fields, dates are ISO, codes are the contract's."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.datasets import DATASETS, SOURCES
from schemas.sources import ColumnSource, DatasetSource, SourceBook

DISPUTES_ROW = "D1,L1,2026-01-05,,open"
DISPUTES_HEAD = "dispute_id,loan_id,opened_on,answered_on,dispute_outcome_code"


def plain_source(name: str, **changes: object) -> DatasetSource:
    dataset = DATASETS[name]
    columns = {field: ColumnSource(column=field) for field in dataset.field_names}
    columns.update(changes.pop("columns", {}))
    return DatasetSource(**{"files": f"{name}.csv", "columns": columns, **changes})


@pytest.fixture(scope="session")
def source_of() -> Callable[..., DatasetSource]:
    return plain_source


@pytest.fixture(scope="session")
def book() -> SourceBook:
    return SourceBook(
        time_zone="Asia/Shanghai", datasets={dataset.name: plain_source(dataset.name) for dataset in SOURCES}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "2026-06-30"
    path.mkdir()
    return path
