"""Loan accounts as in the suite `pboc`, of a lender that keeps its books: one identity number in a hundred is wrong."""

from pathlib import Path

import numpy as np
import polars as pl

from tests.bench.assess.portfolio_identity import identity_numbers
from tests.bench.pboc import inputs

NUMBER = pl.col("record_no")
TRUE = {
    "AcctMthlyBlgInfSgmt.CloseDate": pl.lit(""),
    "AcctMthlyBlgInfSgmt.LatRpyDate": pl.lit("2023-11-25"),
    "AcctMthlyBlgInfSgmt.AcctStatus": pl.lit("2"),
    "AcctMthlyBlgInfSgmt.RpyStatus": pl.lit("3"),
    "AcctMthlyBlgInfSgmt.OverdPrd": pl.lit("3"),
    "AcctMthlyBlgInfSgmt.TotOverd": NUMBER % 9_000 + 1_000,
    "AcctMthlyBlgInfSgmt.OverdPrinc": NUMBER % 900 + 100,
    "AcctMthlyBlgInfSgmt.Oved31_60Princ": pl.lit("50"),
    "AcctMthlyBlgInfSgmt.Oved61_90Princ": pl.lit("30"),
}


def prepare(folder: Path, size: int) -> None:
    inputs.prepare(folder, size)
    file = folder / "records.parquet"
    numbers = identity_numbers(np.random.default_rng(1), np.ones(size, dtype=bool))
    true = [value.cast(pl.String).alias(column) for column, value in TRUE.items()]
    pl.read_parquet(file).with_columns(*true, numbers.alias("AcctBsSgmt.IDNum")).write_parquet(file)
