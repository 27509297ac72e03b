"""Records of Metro 2 that the tests start from, and Hypothesis strategies for every segment of the layout."""

from __future__ import annotations

import io
from datetime import date, datetime

import polars as pl
from hypothesis import strategies as st

from delivery.bureaus import metro2
from delivery.formats.segmented_reader import ReadPart, SegmentedLimits
from delivery.formats.segmented_records import SegmentedRecords, concatenated, records_schema
from schemas.bureaus.fixed_width import RECORD_NO, Segment, Slot, SlotKind, WireForm
from schemas.bureaus.metro2 import LAYOUT

HEADER = {
    "equifax_program_id": "EFX0000001",
    "activity_on": date(2026, 8, 31),
    "created_on": date(2026, 9, 7),
    "reporter_name": "TEST LENDER",
    "reporter_address": "1 MAIN STREET SPRINGFIELD IL 62701",
    "reporter_telephone": "2175550100",
}
BASE = {
    "time_stamp": datetime.fromisoformat("2026-09-07T01:02:03"),
    "correction_indicator": "0",
    "identification_number": "LENDER001",
    "account_number": "A1000000001",
    "portfolio_type": "I",
    "account_type": "01",
    "opened_on": date(2023, 1, 15),
    "credit_limit": 0,
    "highest_credit": 12000,
    "terms_duration": "036",
    "terms_frequency": "M",
    "scheduled_payment": 381,
    "actual_payment": 0,
    "account_status": "84",
    "payment_history": "654321" + "0" * 18,
    "current_balance": 7421,
    "past_due": 2667,
    "original_charge_off": 0,
    "account_information_on": date(2026, 8, 31),
    "first_delinquency_on": date(2026, 2, 14),
    "last_payment_on": date(2026, 1, 12),
    "interest_type": "F",
    "surname": "SMITH-JONES",
    "first_name": "ANNA",
    "ssn": "123456789",
    "born_on": date(1975, 5, 31),
    "telephone": "2175550123",
    "ecoa_code": "1",
    "country_code": "US",
    "address_line_1": "5 ELM STREET",
    "city": "SPRINGFIELD",
    "state": "IL",
    "zip": "62701",
    "address_indicator": "C",
    "residence_code": "R",
}
J1 = {"surname": "SMITH", "first_name": "BEN", "born_on": date(1980, 2, 29), "ecoa_code": "2"}
J2 = {
    **J1,
    "ssn": "999999999",
    "telephone": "3125550199",
    "ecoa_code": "Z",
    "address_line_1": "7 OAK AVENUE",
    "city": "CHICAGO",
    "state": "IL",
    "zip": "606010001",
}
K1 = {"original_creditor_name": "FIRST TEST BANK", "creditor_classification": "08"}
K2 = {"purchased_sold_indicator": "2", "purchased_sold_name": "TEST DEBT BUYER"}
K3 = {"agency_id": "00", "mortgage_identification_number": "100012345678901234"}
K4 = {"specialized_payment_indicator": "01", "balloon_due_on": date(2027, 6, 1), "balloon_amount": 5000}
L1 = {"change_indicator": "1", "new_account_number": "A2000000001"}
N1 = {"employer_name": "TEST WORKS", "employer_city": "SPRINGFIELD", "employer_state": "IL", "occupation": "CLERK"}
EVERY_SEGMENT = {"j1": [J1, J1], "j2": [J2], "k1": [K1], "k2": [K2], "k3": [K3], "k4": [K4], "l1": [L1], "n1": [N1]}


def frame(segment: Segment, rows: list[dict]) -> pl.DataFrame:
    return pl.DataFrame(
        [{name: row.get(name) for name in records_schema(segment)} for row in rows], schema=records_schema(segment)
    )


def records(*given: dict) -> SegmentedRecords:
    """Records numbered from 2 on; each is `{"base": {...}, "j1": [{...}, ...], "k1": [{...}], ...}`."""
    rows: dict[str, list[dict]] = {segment.key: [] for segment in LAYOUT.segments}
    for number, record in enumerate(given, start=2):
        rows["base"].append({RECORD_NO: number, **record["base"]})
        for key in set(record) - {"base"}:
            rows[key] += [{RECORD_NO: number, **values} for values in record[key]]
    frames = {segment.key: frame(segment, rows[segment.key]) for segment in LAYOUT.segments if rows[segment.key]}
    return SegmentedRecords(frames.pop("base", frame(LAYOUT.base, [])), frames)


def written(*given: dict, form: WireForm = WireForm.CHARACTER, header: dict = HEADER) -> bytes:
    buffer = io.BytesIO()
    metro2.write(buffer, header, [records(*given)], form)
    return buffer.getvalue()


def read_parts(data: bytes, **limits: int) -> list[ReadPart]:
    return list(metro2.read(io.BytesIO(data), SegmentedLimits(**limits)))


def read_records(data: bytes, **limits: int) -> SegmentedRecords:
    return concatenated([part.records for part in read_parts(data, **limits)], LAYOUT)


def found(data: bytes, **limits: int) -> list[tuple[int, str | None, str]]:
    return [(each.line, each.field, each.code) for part in read_parts(data, **limits) for each in part.violations]


def same(left: SegmentedRecords, right: SegmentedRecords) -> bool:
    return (
        left.base.equals(right.base)
        and set(left.appended) == set(right.appended)
        and all(left.appended[key].equals(right.appended[key]) for key in left.appended)
    )


TEXTS = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
DATES = st.dates(date(1, 1, 1), date(9999, 12, 31))


def slot_values(slot: Slot) -> st.SearchStrategy:
    """Values of a slot that come back as they were written."""
    if slot.codes:
        values = st.sampled_from(sorted(slot.codes))
    elif slot.kind is SlotKind.TEXT:
        values = st.text(TEXTS, min_size=1, max_size=slot.width).map(lambda text: text.strip(" ").upper()).filter(bool)
    elif slot.kind is SlotKind.NUMBER:
        values = st.text("0123456789", min_size=slot.width, max_size=slot.width).filter(lambda text: text.strip("0"))
    elif slot.kind is SlotKind.DATE:
        values = DATES
    elif slot.kind is SlotKind.STAMP:
        values = st.datetimes().map(lambda value: value.replace(microsecond=0))
    else:
        return st.integers(0, 10**slot.width - 1)
    return values if slot.is_required else st.none() | values


def segment_rows(segment: Segment) -> st.SearchStrategy:
    rows = st.fixed_dictionaries({slot.name: slot_values(slot) for slot in segment.columns})
    # A segment of blanks or nines stands for none, so one that is written holds something else.
    return rows.filter(lambda row: any(value and str(value).strip("9") for value in row.values()))


RECORDS = st.fixed_dictionaries(
    {"base": segment_rows(LAYOUT.base)},
    optional={
        segment.key: st.lists(segment_rows(segment), min_size=1, max_size=3 if segment.key in LAYOUT.repeating else 1)
        for segment in LAYOUT.appended
    },
)
