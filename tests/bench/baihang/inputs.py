"""Repayment records (D3) of Baihang: overdue terms and paid ones."""

from datetime import date, datetime
from pathlib import Path

import polars as pl

from schemas.bureaus.baihang import D3

NUMBER = pl.col("number")
IS_PAID = NUMBER % 5 == 0
AMOUNT = pl.Decimal(18, 2)


def prepare(folder: Path, size: int) -> None:
    number = pl.int_range(0, size, dtype=pl.Int64, eager=True).alias("number")
    made = pl.DataFrame({"number": number}).select(*[column.alias(name) for name, column in columns().items()])
    made.select(*D3.names).write_parquet(folder / "records.parquet")


def columns() -> dict[str, pl.Expr]:
    planned = (NUMBER % 90_000 + 10_000) * 37
    overdue = pl.when(IS_PAID).then(0).otherwise(planned)
    return {
        "reqID": pl.format("LENDER20260615D3{}", (NUMBER + 10**8).cast(pl.String)),
        "opCode": one_of("A", "A", "M"),
        "uploadTs": pl.lit(datetime.fromisoformat("2026-06-16T08:00:00")),
        "loanId": pl.format("L{}", NUMBER + 10**6),
        "name": one_of("王小明", "阿卜杜拉·买买提", "李四", "欧阳修"),
        "pid": one_of("11010519491231002X", "110101199003071233"),
        "mobile": (NUMBER % 10**8 + 13_800_000_000).cast(pl.String),
        "termNo": NUMBER % 36 + 1,
        "termStatus": pl.when(IS_PAID).then(pl.lit("normal")).otherwise(pl.lit("overdue")),
        "targetRepaymentDate": pl.lit(date(2026, 5, 31)) - pl.duration(days=NUMBER % 300),
        "realRepaymentDate": pl.when(IS_PAID).then(pl.lit(datetime.fromisoformat("2026-06-15T12:34:56"))),
        "plannedPayment": cents(planned),
        "targetRepayment": cents(overdue),
        "realRepayment": cents(planned - overdue),
        "overdueStatus": pl.when(~IS_PAID).then(pl.format("D{}", NUMBER % 300 + 15)),
        "statusConfirmAt": pl.lit(datetime.fromisoformat("2026-06-15T23:59:59")),
        "overdueAmount": cents(overdue),
        "remainingAmount": cents(overdue * 3),
        "loanStatus": pl.when(IS_PAID).then(pl.lit("3")).otherwise(pl.lit("2")),
    }


def cents(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.Decimal(18, 2)) / pl.lit(100).cast(pl.Decimal(18, 0))


def one_of(*values: str) -> pl.Expr:
    return pl.lit(pl.Series(values)).gather(NUMBER % len(values))
