"""Records 211 to 215: how an account that the credit reference centre of the PBoC holds is corrected or withdrawn.

A report that turns out to be wrong is put right by one of these: what is false in a segment is replaced (212), false
months are deleted (213), an account that should not have been reported at all is deleted as a whole (214).
"""

from __future__ import annotations

from datetime import date

import narwhals as nw

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.pboc import RECORDS
from schemas.bureaus.tagged import RECORD_NO, Group
from transforms.books import Frame
from transforms.bureaus.pboc import Institution, PbocFacts, PbocRecords
from transforms.bureaus.pboc_account import BASE, KEYS, in_segment, numbered
from transforms.bureaus.pboc_text import own_code
from transforms.bureaus.pboc_written import written

_HEAD, _BODY = "BsSgmt", "MdfcSgmt"


def segment_corrected(right: PbocRecords, mark: str) -> PbocRecords:
    """Records 212: one segment of accounts as it should have been, whole.

    Only a segment that was already told can be corrected, and of a month only the record with its newest date: the
    records must be those of that date, made again from right books and facts. Those without the segment give none.

    Args:
        right: records 210 of the date that is corrected, as they should have been.
        mark: of the segment, B to K: H is the performance of a month.

    Raises:
        KeyError: there is no such mark.
    """
    layout, source = RECORDS["212"], RECORDS["210"]
    element = codes.SEGMENT_MARK[mark]
    head = {
        "InfRecType": nw.lit("212"),
        "ModRecCode": nw.col(f"{BASE}.AcctCode"),
        "RptDate": nw.col(f"{BASE}.RptDate"),
        "AcctType": nw.col(f"{BASE}.AcctType"),
        "MdfcSgmtCode": nw.lit(mark),
    }
    content = [column for column in layout.columns if layout.segment_of[column] == element]
    corrected = right.records.filter(nw.col(element)).with_columns(
        nw.col(f"{BASE}.AcctType").alias("type of account"), nw.lit(True).alias("all")
    )
    records = written(
        corrected,
        layout,
        KEYS,
        dict.fromkeys((_HEAD, _BODY, element), nw.col("all")),
        {**in_segment(_HEAD, head), **{column: nw.col(column) for column in content}},
        "type of account",
        {column: ~nw.col(column).is_null() for column in content},
    )
    numbers = corrected.select(RECORD_NO)
    groups = {
        path: rows.join(numbers, on=RECORD_NO, how="semi").sort(RECORD_NO, *_tags(source.groups[path]))
        for path, rows in right.groups.items()
        if source.segment_of[path] == element
    }
    return PbocRecords(records, groups)


def _tags(group: Group) -> list[str]:
    return [item.tag for item in group.items]


def segment_deleted(
    cases: Frame, known: PbocFacts, institution: Institution, mark: str, first_on: date | None, last_on: date | None
) -> PbocRecords:
    """Records 213: one segment of accounts is deleted from the records of a stretch of days, both ends included.

    Args:
        cases: `case_id`, `loan_id`, each loan once.
        known: the facts that say the accounts' numbers.
        institution: who reports.
        mark: of the segment: C, H, I, J or K.
        first_on: first RptDate from which it is deleted; None leaves the stretch open.
        last_on: last RptDate; None leaves the stretch open.

    Raises:
        ValueError: the segment can't be deleted on its own, both ends are open, or the last day comes before the first.
    """
    if mark not in codes.DELETABLE_MARK:
        raise ValueError(f"segment mark is not one of {', '.join(codes.DELETABLE_MARK)}")
    if first_on is None and last_on is None:
        raise ValueError("first_on and last_on are both open")
    if first_on and last_on and first_on > last_on:
        raise ValueError("last_on comes before first_on")
    values = {
        "InfRecType": nw.lit("213"),
        "DelRecCode": own_code(institution, "account_number"),
        "DelSgmtCode": nw.lit(mark),
        "DelStartDate": nw.lit(first_on.isoformat() if first_on else ""),
        "DelEndDate": nw.lit(last_on.isoformat() if last_on else ""),
    }
    return _requests("213", cases, known, values)


def account_deleted(cases: Frame, known: PbocFacts, institution: Institution) -> PbocRecords:
    """Records 214: accounts are deleted with everything that was told of them.

    Args:
        cases: `case_id`, `loan_id`, each loan once.
        known: the facts that say the accounts' numbers.
        institution: who reports.
    """
    values = {"InfRecType": nw.lit("214"), "DelRecCode": own_code(institution, "account_number")}
    return _requests("214", cases, known, values)


def code_changed(cases: Frame, known: PbocFacts, institution: Institution) -> PbocRecords:
    """Records 211: accounts go by another number from now on.

    Args:
        cases: `case_id`, `loan_id`, each loan once, and `old_account_number`, the one that the bureau knows.
        known: the facts that say the accounts' new numbers.
        institution: who reports.
    """
    values = {
        "InfRecType": nw.lit("211"),
        "OdBnesCode": own_code(institution, "old_account_number"),
        "NwBnesCode": own_code(institution, "account_number"),
    }
    return _requests("211", cases, known, values)


def special_event(
    cases: Frame, known: PbocFacts, institution: Institution, event: str, flag: str, as_of: date
) -> PbocRecords:
    """Records 215: something special happened to accounts in the month of `as_of`.

    Args:
        cases: `case_id`, `loan_id`, each loan once.
        known: the facts that say the accounts' numbers.
        institution: who reports.
        event: code of SPECIAL_EVENT: 21 the loan was transferred out.
        flag: code of EVENT_FLAG: 1 valid, 0 when an event told before is void.
        as_of: business date.

    Raises:
        KeyError: the bureau knows no such event or flag.
    """
    codes.SPECIAL_EVENT[event], codes.EVENT_FLAG[flag]
    values = {
        "InfRecType": nw.lit("215"),
        "AcctCode": own_code(institution, "account_number"),
        "OpetnType": nw.lit(event),
        "Month": nw.lit(f"{as_of:%Y-%m}"),
        "Flag": nw.lit(flag),
        "RptDate": nw.lit(as_of.isoformat()),
    }
    return _requests("215", cases, known, values)


def _requests(record_type: str, cases: Frame, known: PbocFacts, values: dict[str, nw.Expr]) -> PbocRecords:
    accounts = cases.join(known.accounts.select("loan_id", "account_number"), on="loan_id", how="left")
    return PbocRecords(written(numbered(accounts, "case_id"), RECORDS[record_type], KEYS, {}, values))
