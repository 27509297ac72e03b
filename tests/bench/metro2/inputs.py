"""Base records of Metro 2 as an instalment lender, a card issuer and a collector have them."""

from datetime import date, datetime
from pathlib import Path

import polars as pl

from schemas.bureaus.fixed_width import RECORD_NO
from schemas.bureaus.metro2 import BASE

HEADER = {
    "activity_on": date(2026, 8, 31),
    "created_on": date(2026, 9, 7),
    "reporter_name": "TEST LENDER",
    "reporter_address": "1 MAIN STREET SPRINGFIELD IL 62701",
}
NUMBER = pl.col("number")


def prepare(folder: Path, size: int) -> None:
    number = pl.int_range(2, size + 2, dtype=pl.Int64, eager=True).alias("number")
    made = pl.DataFrame({"number": number}).select(
        NUMBER.alias(RECORD_NO), *[column.alias(name) for name, column in columns().items()]
    )
    made.select(RECORD_NO, *BASE.names).write_parquet(folder / "base.parquet")


def columns() -> dict[str, pl.Expr]:
    return {
        "time_stamp": pl.lit(datetime.fromisoformat("2026-09-07T01:02:03")),
        "correction_indicator": pl.lit("0"),
        "identification_number": pl.lit("LENDER001"),
        "cycle_identifier": pl.lit(None, pl.String),
        "account_number": pl.format("A{}", NUMBER + 10**9),
        "portfolio_type": one_of("I", "R", "O"),
        "account_type": one_of("01", "18", "48"),
        "opened_on": some_day(2023),
        "credit_limit": NUMBER % 5000,
        "highest_credit": NUMBER % 90_000,
        "terms_duration": one_of("036", "REV", "001"),
        "terms_frequency": pl.lit("M"),
        "scheduled_payment": NUMBER % 700,
        "actual_payment": NUMBER % 600,
        "account_status": one_of("11", "71", "78", "84", "93", "97"),
        "payment_rating": pl.lit(None, pl.String),
        "payment_history": one_of("0" * 24, "1" + "0" * 20 + "BBB", "654321" + "0" * 18),
        "special_comment": one_of(None, None, "AU"),
        "compliance_condition": one_of(None, None, None, "XB"),
        "current_balance": NUMBER * 7 % 40_000,
        "past_due": NUMBER % 900,
        "original_charge_off": NUMBER % 3,
        "account_information_on": pl.lit(date(2026, 8, 31)),
        "first_delinquency_on": pl.when(NUMBER % 2 == 0).then(some_day(2025)),
        "closed_on": pl.lit(None, pl.Date),
        "last_payment_on": some_day(2024),
        "interest_type": pl.lit("F"),
        "surname": one_of("SMITH", "JOHNSON-MILLER", "O", "WILLIAMSON"),
        "first_name": one_of("ANNA", "BARTHOLOMEW", "MAX"),
        "middle_name": one_of(None, "LEE"),
        "generation_code": one_of(None, "J", None),
        "ssn": (NUMBER % 800_000_000 + 100_000_000).cast(pl.String),
        "born_on": some_day(1970),
        "telephone": (NUMBER % 10_000_000 + 2_175_000_000).cast(pl.String),
        "ecoa_code": one_of("1", "2"),
        "consumer_information": pl.lit(None, pl.String),
        "country_code": pl.lit("US"),
        "address_line_1": pl.format("{} MAIN STREET", NUMBER % 9999),
        "address_line_2": one_of(None, None, "APT 5"),
        "city": one_of("SPRINGFIELD", "LANSING"),
        "state": one_of("IL", "MI"),
        "zip": (NUMBER % 90_000 + 10_000).cast(pl.String),
        "address_indicator": pl.lit("C"),
        "residence_code": pl.lit("O"),
    }


def one_of(*values: str | None) -> pl.Expr:
    return pl.lit(pl.Series(values)).gather(NUMBER % len(values))


def some_day(year: int) -> pl.Expr:
    return pl.lit(date(year, 1, 1)) + pl.duration(days=NUMBER % 365)
