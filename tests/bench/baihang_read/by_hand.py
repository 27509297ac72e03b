"""A loop over lines with the module json, with the same types and checks."""

import json
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from schemas.bureaus.baihang import D3
from schemas.bureaus.json_lines import JsonKind

MOST_MONEY, MOST_INTEGER = 10**13, 10**9
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffd]")
FORMS = {JsonKind.DATE: "%Y-%m-%d", JsonKind.TIME: "%Y-%m-%dT%H:%M:%S"}


def load(folder: Path, _engine: str):
    return folder / "records.txt"


def run(path):
    counts = {"records": 0, "violations": 0, "overdue": 0, "terms": 0}
    with path.open(encoding="utf-8", newline="\r\n") as file:
        if next(file).strip() != D3.tag:
            raise ValueError("another kind of record")
        for line in file:
            given = json.loads(line, parse_float=Decimal, object_pairs_hook=no_key_twice)
            counts["violations"] += set(given) != set(D3.record_keys)
            record = {}
            for field in D3.fields:
                record[field.name], is_wrong = parsed(field, given.get(field.name))
                counts["violations"] += is_wrong
            counts["records"] += 1
            counts["overdue"] += int(record["overdueAmount"] * 100)
            counts["terms"] += record["termNo"]
    return counts


def no_key_twice(pairs):
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError("a key stands twice")
    return held


def parsed(field, value):
    if value is None or value == "":
        return None, field.is_required
    match field.kind:
        case JsonKind.MONEY:
            amount = Decimal(value)
            return amount, abs(amount) >= MOST_MONEY or amount.as_tuple().exponent < -2
        case JsonKind.INTEGER:
            return value, type(value) is not int or abs(value) >= MOST_INTEGER
        case JsonKind.DATE | JsonKind.TIME:
            return datetime.strptime(value, FORMS[field.kind]), False  # noqa: DTZ007 - a day, or a wall-clock time
        case JsonKind.CODE:
            return str(value), str(value) not in field.codes
    if field.codes:
        return value, value not in field.codes
    return value, len(value) > field.max_length or bool(FORBIDDEN.search(value))


def answer(_path, counts):
    return counts["records"], counts
