"""How to ask the checks of the PBoC's credit reference centre about made-up records, on each engine."""

import dataclasses

import duckdb
import narwhals as nw
import polars as pl

from schemas.bureaus.pboc import RECORDS
from tests.transforms.pboc_records import CODE, FILE_AT, PROVIDER, REGISTERED, changed
from transforms.bureaus.pboc_checks import PbocFrames, judge_part, known_accounts, known_after

ENGINES = ("polars", "duckdb")


def tables(records, type_):
    """One row a record, `record_no` from 2 on, and the rows of groups: plain Polars frames."""
    layout = RECORDS[type_]
    rows, groups = [], {path: [] for path in layout.groups}
    for number, record in enumerate(records, start=2):
        unknown = set(record) - set(layout.columns) - set(layout.groups) - set(layout.segments)
        assert not unknown, unknown
        elements = {column.partition(".")[0] for column in record}
        row = {"record_no": number, **{element: element in elements for element in layout.segments}}
        rows.append(row | {column: record.get(column) for column in layout.columns})
        for path, found in groups.items():
            found += [{"record_no": number, **group} for group in record.get(path, [])]
    schema = {"record_no": pl.Int64, **dict.fromkeys(layout.segments, pl.Boolean)}
    schema |= dict.fromkeys(layout.columns, pl.String)
    shapes = {
        path: {"record_no": pl.Int64, **{item.tag: pl.String for item in group.items}}
        for path, group in layout.groups.items()
    }
    return pl.DataFrame(rows, schema=schema), {
        path: pl.DataFrame(found, schema=shapes[path]) for path, found in groups.items()
    }


def lazy(frame, engine):
    if engine == "duckdb":
        return nw.from_native(duckdb.from_arrow(frame.to_arrow())).lazy()
    return nw.from_native(frame.lazy())


def frames(records, type_, engine):
    rows, groups = tables(records, type_)
    return PbocFrames(lazy(rows, engine), {path: lazy(group, engine) for path, group in groups.items()})


def rows_of(findings):
    return findings.collect("pyarrow").to_native().to_pylist()


def findings(records, type_, engine, known=None):
    """For each record, its set of (code, field)."""
    judged = judge_part(frames(records, type_, engine), type_, FILE_AT, known, REGISTERED, provider=PROVIDER)
    found = {number: set() for number in range(2, len(records) + 2)}
    for row in rows_of(judged):
        assert (row["code"], row["field"]) not in found[row["record_no"]]
        found[row["record_no"]].add((row["code"], row["field"]))
    return list(found.values())


def known_of(history, engine):
    """What the bureau has after records of these types, in the order of the types, kept in memory between them."""
    known = kept(known_accounts(frames(history.get("210", []), "210", engine)), engine)
    for type_ in ("215", "211", "212", "213", "214"):
        if history.get(type_):
            known = kept(known_after(known, type_, frames(history[type_], type_, engine)), engine)
    return known


def kept(known, engine):
    """The same, in memory: what a bureau has is kept from one file to the next."""
    parts = {part.name: getattr(known, part.name).collect("pyarrow").to_native() for part in dataclasses.fields(known)}
    return type(known)(**{name: lazy(pl.from_arrow(table), engine) for name, table in parts.items()})


class Cases:
    """Records that were changed, with the findings that they then have, judged all at once on each engine."""

    def __init__(self, hits):
        """Take code -> list of (type, record, changes, fields, other findings)."""
        self.items = [
            (code, type_, changed(record, changes), {(code, field) for field in fields} | set(others))
            for code, cases in hits.items()
            for type_, record, changes, fields, others in cases
        ]
        self.ids = [f"{code}-{number}" for number, (code, *_) in enumerate(self.items)]
        self._found = {}

    def expected(self, number):
        return self.items[number][3]

    def found(self, number, engine):
        if engine not in self._found:
            self._found[engine] = self._judged(engine)
        return self._found[engine][number]

    def _judged(self, engine):
        found = {}
        for type_ in {type_ for _, type_, *_ in self.items}:
            numbers = [number for number, (_, each, *_) in enumerate(self.items) if each == type_]
            outcomes = findings([self.items[number][2] for number in numbers], type_, engine)
            found |= dict(zip(numbers, outcomes, strict=True))
        return found


class KnownCases(Cases):
    """As `Cases`, with records that the bureau has already: each case has an account of its own."""

    def __init__(self, hits):
        """Take code -> list of (history: type -> records, type, record, fields, other findings)."""
        self.items, self.history = [], {}
        for code, cases in hits.items():
            for history, type_, record, fields, others in cases:
                number = f"{PROVIDER}K{len(self.items):09d}"
                for past_type, records in history.items():
                    self.history.setdefault(past_type, []).extend(_renumbered(each, number) for each in records)
                expected = {(code, field) for field in fields} | set(others)
                self.items.append((code, type_, _renumbered(record, number), expected))
        self.ids = [f"{code}-{number}" for number, (code, *_) in enumerate(self.items)]
        self._found = {}

    def _judged(self, engine):
        known, found = known_of(self.history, engine), {}
        for type_ in {type_ for _, type_, *_ in self.items}:
            numbers = [number for number, (_, each, *_) in enumerate(self.items) if each == type_]
            outcomes = findings([self.items[number][2] for number in numbers], type_, engine, known)
            found |= dict(zip(numbers, outcomes, strict=True))
        return found


def _renumbered(record, number):
    """The record with an account's code in the place of CODE, others derived from it too."""
    return {
        column: value.replace(CODE, number) if isinstance(value, str) else value for column, value in record.items()
    }
