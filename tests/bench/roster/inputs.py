"""Records of a roster, some with names that a spreadsheet would run or that need quotes."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from schemas.bureaus.roster import LAYOUT

NAMES = ("测试甲", "测试乙", "欧阳测试", '测试"商贸"有限公司', "=测试,公司")


def prepare(folder: Path, size: int) -> None:
    number = pl.int_range(1, size + 1, dtype=pl.Int64, eager=True)
    made = pl.DataFrame({"serial": number}).with_columns(
        pl.lit(pl.Series(NAMES)).gather(pl.col("serial") % len(NAMES)).alias("name"),
        pl.lit("居民身份证").alias("id_type"),
        ("1101051949" + (pl.col("serial") % 100_000_000).cast(pl.String).str.zfill(8)).alias("id_number"),
        pl.when(pl.col("serial") % 7 != 0)
        .then("138" + (pl.col("serial") % 100_000_000).cast(pl.String).str.zfill(8))
        .alias("mobile"),
        pl.lit("云陌测试贷款有限公司").alias("platform_name"),
        pl.lit("91350100M000100Y43").alias("platform_uscc"),
        (pl.col("serial") * Decimal("3.17") + 20_000).cast(pl.Decimal(18, 2)).alias("total_borrowed"),
        (pl.col("serial") * Decimal("1.09") + 9_000).cast(pl.Decimal(18, 2)).alias("outstanding_amount"),
        pl.lit(date(2025, 11, 3)).alias("default_start_date"),
        pl.lit(308, dtype=pl.Int64).alias("days_overdue"),
        (pl.col("serial") % 5 == 0).alias("is_lost_contact"),
        pl.format("催收{}次,最近2026-08-31", pl.col("serial") % 40 + 5).alias("collection_status"),
        pl.lit(date(2026, 9, 7)).alias("report_date"),
    )
    made.select(LAYOUT.names).write_parquet(folder / "records.parquet")
