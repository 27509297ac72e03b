"""Metro 2 records on which no condition fires, and how to ask the conditions of changed ones on each engine."""

from datetime import date, datetime

import duckdb
import narwhals as nw
import polars as pl
import pyarrow as pa

from schemas.bureaus.metro2 import LAYOUT
from transforms.bureaus.metro2_checks import RecordFrames, findings_of, judge_records, previous_period
from transforms.bureaus.metro2_checks.frames import PreviousPeriod

ENGINES = ("polars", "duckdb")
PERIOD_ON = date(2026, 8, 31)
PAID_ON = date(2026, 8, 10)
FIRST_LATE_ON = date(2026, 2, 14)

CURRENT = {
    "time_stamp": datetime.fromisoformat("2026-09-07T01:02:03"),
    "correction_indicator": "0",
    "identification_number": "LENDER001",
    "account_number": "A1",
    "portfolio_type": "I",
    "account_type": "01",
    "opened_on": date(2015, 1, 15),
    "credit_limit": 0,
    "highest_credit": 12000,
    "terms_duration": "240",
    "terms_frequency": "M",
    "scheduled_payment": 300,
    "actual_payment": 300,
    "account_status": "11",
    "payment_history": "0" * 24,
    "current_balance": 5000,
    "past_due": 0,
    "original_charge_off": 0,
    "account_information_on": PERIOD_ON,
    "last_payment_on": PAID_ON,
    "surname": "SMITH-JONES",
    "first_name": "ANNA",
    "ssn": "123456789",
    "born_on": date(1975, 5, 31),
    "telephone": "2175550123",
    "ecoa_code": "1",
    "country_code": "US",
    "zip": "62701",
}
LATE = {**CURRENT, "account_status": "84", "past_due": 2667, "first_delinquency_on": FIRST_LATE_ON}
CHARGED_OFF = {**LATE, "account_status": "97", "scheduled_payment": 0, "original_charge_off": 4000}
SURRENDERED = {**LATE, "account_status": "95", "account_type": "00", "payment_rating": "6"}
PAID = {
    **CURRENT,
    "account_status": "13",
    "payment_rating": "0",
    "current_balance": 0,
    "scheduled_payment": 0,
    "closed_on": PAID_ON,
}
PAID_SURRENDER = {**PAID, "account_status": "61", "payment_rating": None, "first_delinquency_on": FIRST_LATE_ON}
MORTGAGE = {**CURRENT, "portfolio_type": "M", "account_type": "26", "terms_duration": "030"}
FORECLOSED = {
    **PAID_SURRENDER,
    "portfolio_type": "M",
    "account_type": "26",
    "account_status": "94",
    "payment_rating": "0",
}
LINE = {
    **CURRENT,
    "portfolio_type": "C",
    "account_type": "15",
    "terms_duration": "LOC",
    "credit_limit": 8000,
    "highest_credit": 6000,
}
CARD = {**LINE, "portfolio_type": "R", "account_type": "18", "terms_duration": "REV"}
CLAIM = {**LATE, **{name: LINE[name] for name in ("credit_limit", "highest_credit")}, "account_type": "18"}
CLAIM |= {"portfolio_type": "O", "terms_duration": "001", "account_status": "88", "payment_rating": "6"}
DELETED = {**CURRENT, "account_status": "DA", "current_balance": 0, "closed_on": PAID_ON}
COLLECTION = {**LATE, "account_status": "93", "portfolio_type": "O", "account_type": "48", "terms_duration": "001"}

RENAMED = {"change_indicator": "1", "new_account_number": "A2"}
DEED = {**FORECLOSED, "account_status": "89", "current_balance": 100, "l1": RENAMED}
"""Condition Balance-DateClosed-1 leaves no deed in lieu alone but one whose account number changes."""

CONSUMER = {"surname": "SMITH", "first_name": "BEN", "born_on": date(1980, 2, 29), "ecoa_code": "2"}
SILENT = {
    "CURRENT": CURRENT,
    "LATE": LATE,
    "CHARGED_OFF": CHARGED_OFF,
    "SURRENDERED": SURRENDERED,
    "PAID": PAID,
    "PAID_SURRENDER": PAID_SURRENDER,
    "MORTGAGE": MORTGAGE,
    "FORECLOSED": FORECLOSED,
    "LINE": LINE,
    "CARD": CARD,
    "CLAIM": CLAIM,
    "DELETED": DELETED,
    "COLLECTION": {**COLLECTION, "k1": {"original_creditor_name": "FIRST BANK", "creditor_classification": "08"}},
    "DEED": DEED,
    "CONSUMERS": {**LATE, "j1": [CONSUMER, CONSUMER], "j2": [CONSUMER]},
}


def fired(records, engine, previous=None, period_on=PERIOD_ON):
    """The ids that fire on each record; records are dicts of the base segment, with segments under their keys."""
    before = None if previous is None else previous_of(previous, engine)
    judged = judge_records(frames(records, engine), period_on, before)
    found = [set() for _ in records]
    for row in rows(findings_of(in_memory(judged))):
        assert row["condition_id"] not in found[row["record_no"]]
        found[row["record_no"]].add(row["condition_id"])
    return found


def hits(given):
    """Condition, record and what must fire, from condition to changes that make it fire and what fires with it."""
    return [
        (name, {**start, **change}, {name, *also}) for name, cases in given.items() for start, change, also in cases
    ]


def misses(given):
    """Condition, record and what must fire, from condition to changes that do not make it fire and what fires then."""
    cases = [(name, {**start, **change}, fires) for name, found in given.items() for start, change, fires in found]
    assert all(name not in fires for name, _, fires in cases)
    return cases


def assert_fires(cases, engine):
    found = fired([record for _, record, _ in cases], engine)
    assert [(name, ids) for (name, _, _), ids in zip(cases, found, strict=True)] == [
        (name, fires) for name, _, fires in cases
    ]


def frames(records, engine):
    held = {segment.key: [] for segment in LAYOUT.segments}
    for number, record in enumerate(records):
        held["base"].append({"record_no": number, **{name: record.get(name) for name in LAYOUT.base.names}})
        for segment in LAYOUT.appended:
            given = record.get(segment.key, [])
            given = given if isinstance(given, list) else [given]
            held[segment.key] += [
                {"record_no": number, **{name: values.get(name) for name in segment.names}} for values in given
            ]
        unknown = set(record) - set(LAYOUT.base.names) - set(held)
        assert not unknown, unknown
    made = {
        segment.key: frame(held[segment.key], segment.arrow_schema(), engine)
        for segment in LAYOUT.segments
        if held[segment.key] or segment is LAYOUT.base
    }
    return RecordFrames(made.pop("base"), made)


CONNECTION = duckdb.connect()


def frame(given, schema, engine):
    return lazy(pa.Table.from_pylist(given, schema=schema.insert(0, pa.field("record_no", pa.int64()))), engine)


def lazy(table, engine):
    return nw.from_native(pl.from_arrow(table).lazy() if engine == "polars" else CONNECTION.from_arrow(table))


def previous_of(records, engine):
    """The file before, computed once as a caller would keep it."""
    made = previous_period(frames(records, engine))
    native = [part.collect("pyarrow").to_native() for part in (made.accounts, made.renamed, made.deleted)]
    return PreviousPeriod(*(lazy(table, engine) for table in native))


def in_memory(judged):
    return lazy(judged.collect("pyarrow").to_native(), "polars")


def rows(found):
    return found.collect("pyarrow").to_native().to_pylist()
