"""Records of loan accounts (210) with 42 tagged fields, as an instalment lender has them at a settlement."""

from datetime import datetime
from pathlib import Path

import polars as pl

from delivery.formats.tagged_records import records_schema
from schemas.bureaus.pboc import RECORDS, FileName
from schemas.bureaus.tagged import RECORD_NO

LAYOUT = RECORDS["210"]
MADE_AT = datetime.fromisoformat("2024-02-29T20:30:00")
NAME = FileName("X6101010000246", MADE_AT.date(), "210", 1)
NUMBER = pl.col("number")


def prepare(folder: Path, size: int) -> None:
    number = pl.int_range(2, size + 2, dtype=pl.Int64, eager=True).alias("number")
    made = {f"{segment}.{tag}": value for segment, held in columns().items() for tag, value in held.items()}
    frame = pl.DataFrame({"number": number}).select(
        NUMBER.alias(RECORD_NO),
        *(pl.lit(element in columns()).alias(element) for element in LAYOUT.segments),
        *(made.get(column, pl.lit(None)).cast(pl.String).alias(column) for column in LAYOUT.columns),
    )
    frame.select(records_schema(LAYOUT).names()).write_parquet(folder / "records.parquet")


def columns() -> dict[str, dict[str, pl.Expr]]:
    return {
        "AcctBsSgmt": {
            "InfRecType": pl.lit("210"),
            "AcctType": pl.lit("D1"),
            "AcctCode": pl.format("X6101010000246LN{}", NUMBER + 10**9),
            "RptDate": pl.lit("2024-02-29"),
            "RptDateCode": pl.lit("31"),
            "Name": pl.when(NUMBER % 5_000 == 0).then(pl.lit("A & B")).otherwise(one_of("测试甲", "测试乙丙", "丁")),
            "IDType": pl.lit("10"),
            "IDNum": pl.format("110105194912{}", NUMBER % 900_000 + 100_000),
            "MngmtOrgCode": pl.lit("X6101010000246"),
        },
        "AcctBsInfSgmt": {
            "BusiLines": pl.lit("1"),
            "BusiDtlLines": one_of("91", "21", "41"),
            "OpenDate": one_of("2022-03-04", "2023-01-31"),
            "Cy": pl.lit("CNY"),
            "LoanAmt": NUMBER * 13 % 200_000,
            "Flag": pl.lit("0"),
            "DueDate": pl.lit("2026-03-04"),
            "RepayMode": one_of("11", "12"),
            "RepayFreqcy": pl.lit("03"),
            "RepayPrd": NUMBER % 60,
            "ApplyBusiDist": pl.lit("110105"),
            "GuarMode": pl.lit("4"),
            "OthRepyGuarWay": pl.lit("0"),
            "AssetTrandFlag": pl.lit("0"),
            "FundSou": pl.lit("1"),
            "LoanForm": pl.lit("1"),
        },
        "AcctMthlyBlgInfSgmt": {
            "Month": pl.lit("2024-02"),
            "SettDate": pl.lit("2024-02-25"),
            "AcctStatus": one_of("2", "1"),
            "AcctBal": NUMBER * 7 % 90_000,
            "RemRepPrd": NUMBER % 36,
            "FiveCate": one_of("2", "3", "1"),
            "FiveCateAdjDate": pl.lit("2024-02-29"),
            "RpyStatus": one_of("2", "3", "N"),
            "OverdPrd": NUMBER % 7,
            "TotOverd": NUMBER % 9_000,
            "OverdPrinc": NUMBER % 8_000,
            "Oved31_60Princ": NUMBER % 4_000,
            "Oved61_90Princ": NUMBER % 2,
            "Oved91_180Princ": pl.lit("0"),
            "OvedPrinc180": pl.lit("0"),
            "CurRpyAmt": NUMBER % 4_500,
            "ActRpyAmt": pl.lit("0"),
        },
    }


def one_of(*values: str) -> pl.Expr:
    return pl.lit(pl.Series(values)).gather(NUMBER % len(values))
