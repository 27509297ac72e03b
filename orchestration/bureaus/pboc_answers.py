"""Answers of the PBoC's centre: an answer is matched by its name and the lines it names, and must foot.

Nothing is guessed. The lines of an answer are those of the data file with its header as line 1. Programs differ on
that, and an answer that counts otherwise would put one borrower's refusal on the next. So each record that comes back
is compared with the one on its line, by the code of the account.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import narwhals as nw

from delivery.bureaus import pboc, pboc_feedback
from delivery.formats.tagged_faults import Fault
from delivery.formats.tagged_records import TaggedRecords
from delivery.formats.violation import Violation
from delivery.seal.pboc_packing import Packing
from orchestration.assessed import assessed_as_frozen
from orchestration.batch_pages import freeze_page
from orchestration.bureaus.form import Answer, Part
from orchestration.bureaus.pboc_settings import PbocSettings
from orchestration.frozen_rows import kept_rows
from orchestration.task_run import TaskRun
from schemas.bureaus.pboc import ALL_LOADED, DATA, FILE_REFUSED, FileName
from schemas.bureaus.pboc_facts import PBOC_ACCOUNTS, PBOC_ENTERPRISE_ACCOUNTS
from schemas.bureaus.pboc_feedback import AnswerHeader
from schemas.bureaus.tagged import RECORD_NO
from schemas.errors import ArrearsError
from schemas.errors.feedback import ANSWER_MALFORMED, ANSWER_TOTALS_DIFFER, ANSWER_UNKNOWN_FILE

_FIRST_LINE = 2
_ACCOUNT_CODE = "AcctBsSgmt.AcctCode"
_REFUSED_WHOLE = "file_refused"
"""What is booked in place of a code when the centre refuses a file and names none."""
_CODE = re.compile(r"[A-Z0-9]{6}")
_CODE_TAG = "FbCode"
_COUNT_CODE = pboc.CODES[Fault.FEEDBACK_COUNT]


@dataclass
class _Read:
    """What an answer says.

    Attributes:
        header: its first line.
        codes: line of the data file to the codes, each once, in the order of the answer. None stands for no line.
        returned: line of the data file to the code of the account in the record that came back.
        violations: what is wrong with the answer's form.
    """

    header: AnswerHeader
    codes: dict[int | None, list[str]] = field(default_factory=dict)
    returned: dict[int, str | None] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)


def answered_file(answer_name: str) -> str | None:
    """Name of the data file that an answer is about: its first 29 characters are those of the answer."""
    name = FileName.of(answer_name)
    if name is None or name.flag == DATA or name.packed != answer_name:
        return None
    return name.answered(DATA).packed


def read_answer(
    run: TaskRun, name: str, content: bytes, part: Part, packing: Packing, settings: PbocSettings
) -> Answer:
    """Open, read and foot an answer.

    Args:
        run: this try.
        name: of the answer's file.
        content: its bytes, packed.
        part: what it must be about.
        packing: of the site.
        settings: of the site.

    Raises:
        ArrearsError: `PACKING_FAILED`, `NOT_UNPACKED`, `ANSWER_UNKNOWN_FILE`, `ANSWER_MALFORMED`,
            `ANSWER_TOTALS_DIFFER`.
    """
    named, sent = FileName.of(name), FileName.of(part.file_name)
    # A centre whose server folds names knows the file by the folded one.
    if named is None or sent is None or (answered_file(name) or "").upper() != part.file_name.upper():
        raise ArrearsError(ANSWER_UNKNOWN_FILE, answer=name)
    file_name = sent.answered(named.flag)
    text = BytesIO()
    pboc.unpack(BytesIO(content), file_name, text, packing)
    read = _read(text, file_name, name)
    header, records = read.header, len(part.serials)
    if file_name.flag == FILE_REFUSED:
        if header.loaded:
            raise ArrearsError(ANSWER_TOTALS_DIFFER, answer=name, loaded=header.loaded, refused=header.refused)
        codes = sorted({code for found in read.codes.values() for code in found})
        return Answer(frozenset(), {}, ",".join(codes) or _REFUSED_WHOLE)
    _require_footing(read, records, name, file_name.flag == ALL_LOADED)
    rejected = {part.serials[line - _FIRST_LINE]: ",".join(codes) for line, codes in read.codes.items() if line}
    _require_same_accounts(run, read, part, settings, name)
    return Answer(frozenset(part.serials) - rejected.keys(), dict(rejected))


def _read(text: BytesIO, file_name: FileName, name: str) -> _Read:
    text.seek(0)
    header = pboc_feedback.read_header(text)
    if header is None:
        raise ArrearsError(ANSWER_MALFORMED, answer=name, row=1)
    read = _Read(header)
    text.seek(0)
    for piece in pboc_feedback.read_answer(text, file_name.record_type):
        read.violations += piece.violations
        refusals: nw.DataFrame[Any] = nw.from_native(piece.refusals, eager_only=True)
        for line, code in zip(refusals[RECORD_NO].to_list(), refusals["code"].to_list(), strict=True):
            codes = read.codes.setdefault(line, [])
            if code not in codes:
                codes.append(code)
        if piece.records is not None:
            read.returned |= _account_codes(piece.records)
    _require_form(read, file_name, name)
    return read


def _account_codes(records: TaggedRecords) -> dict[int, str | None]:
    rows: nw.DataFrame[Any] = nw.from_native(records.records, eager_only=True)
    return dict(zip(rows[RECORD_NO].to_list(), rows[_ACCOUNT_CODE].to_list(), strict=True))


def _require_form(read: _Read, file_name: FileName, name: str) -> None:
    """What refuses a whole file need not count its records: no source tells whether it does."""
    uncounted = (1, _COUNT_CODE) if file_name.flag == FILE_REFUSED else None
    wrong = [each for each in read.violations if (each.line, each.code) != uncounted]
    if wrong:
        raise ArrearsError(ANSWER_MALFORMED, answer=name, row=wrong[0].line, field=wrong[0].field, rule=wrong[0].code)
    if not all(code is not None and _CODE.fullmatch(code) for codes in read.codes.values() for code in codes):
        raise ArrearsError(ANSWER_MALFORMED, answer=name, field=_CODE_TAG)


def _require_footing(read: _Read, records: int, name: str, is_all_loaded: bool) -> None:
    header = read.header
    unknown = [line for line in read.codes if line is None or not _FIRST_LINE <= line < records + _FIRST_LINE]
    counts = {"records": records, "loaded": header.loaded, "refused": header.refused}
    if (
        unknown
        or header.loaded + header.refused != records
        or header.refused != len(read.codes)
        or is_all_loaded != (header.refused == 0)
    ):
        raise ArrearsError(ANSWER_TOTALS_DIFFER, answer=name, unknown=len(unknown), named=len(read.codes), **counts)


def _require_same_accounts(run: TaskRun, read: _Read, part: Part, settings: PbocSettings, name: str) -> None:
    if not read.returned:
        return
    sent = _sent_codes(run, part, settings)
    others = [line for line, code in read.returned.items() if code != sent[part.serials[line - _FIRST_LINE]]]
    if others:
        raise ArrearsError(ANSWER_TOTALS_DIFFER, answer=name, other_records=len(others), row=min(others))


def _sent_codes(run: TaskRun, part: Part, settings: PbocSettings) -> Mapping[int, str]:
    """The code of the account of each serial, from the facts that the batch was frozen from."""
    assessed = assessed_as_frozen(run, freeze_page(run.ledger, part.batch_id).content)
    rows = kept_rows(run, part.batch_id)
    loans = rows.select(["loan_id"])
    numbers: dict[str, str] = {}
    for facts in assessed.facts_of([PBOC_ACCOUNTS, PBOC_ENTERPRISE_ACCOUNTS]):
        mine = facts.join(assessed.lazy(loans), on="loan_id", how="semi").select("loan_id", "account_number")
        table = assessed.collect(mine)
        numbers |= dict(zip(table["loan_id"].to_pylist(), table["account_number"].to_pylist(), strict=True))
    return {
        serial: f"{settings.segment_code}{numbers.get(loan_id, '')}"
        for serial, loan_id in zip(rows["serial_no"].to_pylist(), rows["loan_id"].to_pylist(), strict=True)
    }
