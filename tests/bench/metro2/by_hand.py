"""A loop over records that prints each slot, checked as the layout asks, and counts the trailer's totals."""

import hashlib
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from schemas.bureaus.fixed_width import SlotKind
from schemas.bureaus.metro2 import BASE, HEADER, TRAILER
from tests.bench.metro2.inputs import HEADER as HEADER_VALUES

MOST_DOLLARS = 999_999_999


def load(folder: Path, _engine: str):
    return pq.read_table(folder / "base.parquet"), folder / "by_hand.dat"


def run(loaded):
    table, path = loaded
    counts = Counter()
    with path.open("wb") as file:
        file.write(printed(HEADER, HEADER_VALUES))
        for batch in table.to_batches(max_chunksize=16_384):
            for record in batch.to_pylist():
                count(record, counts)
                file.write(printed(BASE, record))
        counts["block_count"] = counts["base_records"] + 2
        file.write(printed(TRAILER, counts))
    return path


def printed(segment, record):
    return ("".join([_slot(slot, segment, record.get(slot.name)) for slot in segment.slots]) + "\r\n").encode("ascii")


def _slot(slot, segment, value):
    if slot.constant is not None:
        return slot.constant
    match slot.kind:
        case SlotKind.LENGTH:
            return f"{segment.length:04d}"
        case SlotKind.RESERVED:
            return " " * slot.width
        case SlotKind.DOLLARS | SlotKind.COUNT:
            return f"{min(max(value or 0, 0), MOST_DOLLARS):0{slot.width}d}"
        case SlotKind.DATE:
            return value.strftime("%m%d%Y") if value is not None else "0" * 8
        case SlotKind.STAMP:
            return value.strftime("%m%d%Y%H%M%S") if value is not None else "0" * 14
    return _text(slot, (value or "").strip().upper())


def _text(slot, text):
    if slot.is_required and not text:
        raise ValueError(f"{slot.name} must be filled")
    if len(text) > slot.width:
        raise ValueError(f"{slot.name} is too long")
    if slot.codes and text and text not in slot.codes:
        raise ValueError(f"{slot.name} is not in the code table")
    if not text.isascii() or not text.isprintable():
        raise ValueError(f"{slot.name} holds a character that is not allowed")
    if slot.kind is SlotKind.NUMBER:
        if text and not text.isdigit():
            raise ValueError(f"{slot.name} holds other than digits")
        return text.rjust(slot.width, "0")
    return text.ljust(slot.width)


def count(record, counts):
    counts["base_records"] += 1
    counts[f"status_{record['account_status'].lower()}_total"] += 1
    counts["ecoa_z_total"] += record["ecoa_code"] == "Z"
    has_ssn = bool((record["ssn"] or "").strip("0") and (record["ssn"] or "").strip("9"))
    counts["ssns"] += has_ssn
    counts["ssns_in_base"] += has_ssn
    counts["birth_dates"] += record["born_on"] is not None
    counts["birth_dates_in_base"] += record["born_on"] is not None
    counts["telephones"] += bool((record["telephone"] or "").strip("0"))


def answer(loaded, path):
    with path.open("rb") as file:
        return loaded[0].num_rows, {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
