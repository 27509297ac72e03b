"""Checks of the PBoC's centre on the records of a batch, and their pages in the validation report.

Every check blocks: a record with any finding is set aside, for the centre would refuse it. The checks that compare
with what the centre has already are not asked. What it has came from other programs of the lender too, of which ledger
and lake know nothing, and a partial list would set aside good records and pass bad ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa

from delivery.bureaus import pboc
from delivery.formats.tagged_admission import REFUSED_CHARACTERS
from delivery.formats.tagged_faults import Fault
from expectations.outcome import SuiteOutcome
from expectations.suites import RowExpectation, Suite
from orchestration.bureaus.pboc_records import RecordsOfType
from orchestration.bureaus.pboc_settings import PbocSettings
from orchestration.bureaus.record_findings import CaseFinding
from schemas.bureaus.pboc import RECORDS
from schemas.bureaus.tagged import RECORD_NO
from transforms.books import Frame
from transforms.bureaus.pboc_checks import CHECKS, PbocFrames, judge
from transforms.bureaus.pboc_checks.check import Needs
from transforms.quality import Severity

_UNREADABLE = pboc.CODES[Fault.NOT_XML]
_UNREADABLE_TEXT = "a value holds a character that no file can hold"
_KEPT = "records.set_aside"


def findings_of(of_type: RecordsOfType, file_at: datetime, settings: PbocSettings) -> list[CaseFinding]:
    """What the checks find that need nothing but the records and the settings.

    Args:
        of_type: the records.
        file_at: when the file is made, wall-clock time without a zone.
        settings: of the site.
    """
    case_of = dict(zip(of_type.records.records[RECORD_NO], of_type.case_ids, strict=True))
    found = [
        *((number, code, CHECKS[code].message) for number, code in _findings(of_type, file_at, settings)),
        *((number, _UNREADABLE, _UNREADABLE_TEXT) for number in _unreadable(of_type)),
    ]
    return [CaseFinding(case_of[number], code, Severity.CRITICAL, text) for number, code, text in found]


def _findings(of_type: RecordsOfType, file_at: datetime, settings: PbocSettings) -> Iterator[tuple[int, str]]:
    records = of_type.records
    frames = PbocFrames(_lazy(records.records), {path: _lazy(rows) for path, rows in records.groups.items()})
    registered = set(settings.organisation_codes)
    found = judge(frames, of_type.record_type, file_at, registered=registered, provider=settings.segment_code)
    rows = found.select(RECORD_NO, "code").unique().collect("polars")
    yield from zip(rows[RECORD_NO].to_list(), rows["code"].to_list(), strict=True)


def _unreadable(of_type: RecordsOfType) -> Iterator[int]:
    """Records that can't be written. The checks are about what was read, which holds no such characters."""
    for native in (of_type.records.records, *of_type.records.groups.values()):
        frame = _lazy(native)
        texts = [name for name, kind in frame.collect_schema().items() if kind == nw.String]
        marked = frame.select(RECORD_NO, nw.col(*texts).str.contains(REFUSED_CHARACTERS).fill_null(False))
        rows = marked.filter(nw.any_horizontal(*texts, ignore_nulls=False)).select(RECORD_NO).collect("polars")
        yield from rows[RECORD_NO].to_list()


def _lazy(native: Any) -> Frame:
    frame: nw.DataFrame[Any] = nw.from_native(native, eager_only=True)
    return frame.lazy()


def write_report(
    of_type: RecordsOfType, findings: Iterable[CaseFinding], max_set_aside_share: Decimal, docs_folder: Path
) -> SuiteOutcome:
    """Validate the outcomes of the checks and write the page of the type.

    A check that fails is a warning, for its records are set aside already.

    Args:
        of_type: the records, at least one.
        findings: about them.
        max_set_aside_share: of the policy.
        docs_folder: of the batch.

    Returns:
        The outcome, without personal data.
    """
    from expectations.runner import validate  # imports Great Expectations

    cases_of: dict[str, set[str]] = {}
    for found in findings:
        cases_of.setdefault(found.rule_id, set()).add(found.case_id)
        cases_of.setdefault(_KEPT, set()).add(found.case_id)
    kept = len(of_type.case_ids) - len(cases_of.get(_KEPT, ()))
    suite = _suite(of_type.record_type, max_set_aside_share)
    outcomes = {rule_id: _passes(of_type.case_ids, cases_of.get(rule_id, ())) for rule_id in suite.rule_ids}
    judged: Frame = nw.from_native(pa.table(outcomes), eager_only=True).lazy()
    published = of_type.records.records.select(list(of_type.layout.columns)).to_arrow().schema
    return validate(suite, judged, published, kept, docs_folder)


def _passes(case_ids: Collection[str], failing: Collection[str]) -> pa.Array:
    return pa.array([case_id not in failing for case_id in case_ids], pa.bool_())


def _suite(record_type: str, max_set_aside_share: Decimal) -> Suite:
    percent = f"{(max_set_aside_share * 100).normalize():f}"
    checks = {
        check.code: check.message
        for check in CHECKS.values()
        if record_type in check.records and check.needs is not Needs.KNOWN
    }
    texts = {_UNREADABLE: _UNREADABLE_TEXT, **checks}
    return Suite(
        name=f"pboc-{record_type}",
        title=f"pboc: records {record_type} of the batch",
        contract=pa.schema([pa.field(column, pa.string()) for column in RECORDS[record_type].columns]),
        min_rows=1,
        accepted=_KEPT,
        rows=(
            RowExpectation(
                _KEPT, f"at most {percent} % of the records are set aside", Severity.WARNING, max_set_aside_share
            ),
            *(
                RowExpectation(code, f"set aside where {text}", Severity.WARNING)
                for code, text in sorted(texts.items())
            ),
        ),
    )
