"""A loop over records that prints each value with the module json, checked as the layout asks."""

import hashlib
import json
import re
from pathlib import Path

import pyarrow.parquet as pq

from schemas.bureaus.baihang import D3
from schemas.bureaus.json_lines import JsonKind

MOST_MONEY, MOST_INTEGER = 10**13, 10**9
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffd]")


def load(folder: Path, _engine: str):
    return pq.read_table(folder / "records.parquet"), folder / "by_hand.txt"


def run(loaded):
    table, path = loaded
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{D3.tag}\r\n")
        for batch in table.to_batches(max_chunksize=16_384):
            for record in batch.to_pylist():
                file.write(printed(record))
    return path


def printed(record):
    values = [f'"{field.name}":{value_text(field, record[field.name])}' for field in D3.fields]
    return f"{{{','.join(values)}}}\r\n"


def value_text(field, value):
    if value is None or value == "":
        if field.is_required:
            raise ValueError(f"{field.name} must be filled")
        return "null"
    match field.kind:
        case JsonKind.MONEY | JsonKind.INTEGER:
            if abs(value) >= (MOST_MONEY if field.kind is JsonKind.MONEY else MOST_INTEGER):
                raise ValueError(f"{field.name} is too large")
            return str(value)
        case JsonKind.DATE | JsonKind.TIME:
            return f'"{value.isoformat()}"'
    require_text(field, value)
    return value if field.kind is JsonKind.CODE else json.dumps(value, ensure_ascii=False)


def require_text(field, value):
    if field.codes:
        if value not in field.codes:
            raise ValueError(f"{field.name} is not in the code table")
    elif len(value) > field.max_length:
        raise ValueError(f"{field.name} is too long")
    elif FORBIDDEN.search(value):
        raise ValueError(f"{field.name} holds a character that is not allowed")


def answer(loaded, path):
    with path.open("rb") as file:
        return loaded[0].num_rows, {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
