"""A loop over lines that cuts each into its slots, with the same types and checks."""

from datetime import datetime
from pathlib import Path

from schemas.bureaus.fixed_width import SlotKind
from schemas.bureaus.metro2 import BASE


def load(folder: Path, _engine: str):
    return folder / "records.dat"


def run(path):
    counts = {"records": 0, "violations": 0, "balance": 0, "past_due": 0}
    with path.open(encoding="ascii", newline="\r\n") as file:
        for line in file:
            if line[4:10] == "HEADER" or line[4:11] == "TRAILER":
                continue
            record, wrong = parsed(line.rstrip("\r\n"))
            counts["records"] += 1
            counts["violations"] += wrong
            counts["balance"] += record["current_balance"]
            counts["past_due"] += record["past_due"]
    return counts


def parsed(line):
    record, wrong = {}, len(line) != BASE.length or int(line[:4]) != BASE.length
    for slot in BASE.slots:
        text = line[slot.first - 1 : slot.last]
        if slot.constant is not None:
            wrong += text != slot.constant
        elif slot.kind is SlotKind.RESERVED:
            wrong += not text.isspace()
        elif slot.is_column:
            record[slot.name], is_wrong = value_of(slot, text)
            wrong += is_wrong
    return record, wrong


def value_of(slot, text):
    match slot.kind:
        case SlotKind.DOLLARS:
            return int(text), not text.isdigit()
        case SlotKind.DATE | SlotKind.STAMP:
            if not text.strip("0"):
                return None, slot.is_required
            form = "%m%d%Y" if slot.kind is SlotKind.DATE else "%m%d%Y%H%M%S"
            return datetime.strptime(text, form), False  # noqa: DTZ007 - a day, or a wall-clock time
        case SlotKind.NUMBER:
            value = text if slot.is_required or text.strip("0") else None
            return value, not text.isdigit() or bool(slot.codes and value and value not in slot.codes)
    value = text.rstrip(" ") or None
    return value, bool(
        (slot.is_required and not value)
        or (value and (not text.isprintable() or text != text.upper() or text[0] == " "))
        or (slot.codes and value and value not in slot.codes)
    )


def answer(_path, counts):
    return counts["records"], counts
