"""Trailer of Metro 2: what it counts, and where it says so. Positions as printed in the guide."""

from __future__ import annotations

from schemas.bureaus import metro2_codes as codes
from schemas.bureaus.fixed_width import Count, Segment, Slot, SlotKind

_CONSUMERS = ("base", "j1", "j2")


def _status(code: str) -> tuple[str, str, Count]:
    return (
        f"status_{code.lower()}_total",
        f"accounts with status {code}, {codes.ACCOUNT_STATUS[code]}",
        Count(("base",), "account_status", code),
    )


def _segments(key: str) -> tuple[str, str, Count]:
    return f"{key}_segments", f"segments {key.upper()}, empty ones left out", Count((key,))


def _filled(name: str, column: str, what: str, keys: tuple[str, ...]) -> tuple[str, str, Count]:
    return name, f"{what} in {', '.join(keys)}, those of zeros or nines left out", Count(keys, column)


_COUNTED: dict[int, tuple[str, str, Count]] = {
    12: ("base_records", "base segments", Count(("base",))),
    30: _status("DF"),
    39: _segments("j1"),
    48: _segments("j2"),
    57: ("block_count", "blocks of one record each, header and trailer included", Count(("base",), plus=2)),
    66: _status("DA"),
    75: _status("05"),
    84: _status("11"),
    93: _status("13"),
    102: _status("61"),
    111: _status("62"),
    120: _status("63"),
    129: _status("64"),
    138: _status("65"),
    147: _status("71"),
    156: _status("78"),
    165: _status("80"),
    174: _status("82"),
    183: _status("83"),
    192: _status("84"),
    201: _status("88"),
    210: _status("89"),
    219: _status("93"),
    228: _status("94"),
    237: _status("95"),
    246: _status("96"),
    255: _status("97"),
    264: ("ecoa_z_total", "consumers to be deleted, ECOA code Z", Count(_CONSUMERS, "ecoa_code", "Z")),
    273: _segments("n1"),
    282: _segments("k1"),
    291: _segments("k2"),
    300: _segments("k3"),
    309: _segments("k4"),
    318: _segments("l1"),
    327: _filled("ssns", "ssn", "social security numbers", _CONSUMERS),
    336: _filled("ssns_in_base", "ssn", "social security numbers", ("base",)),
    345: _filled("ssns_in_j1", "ssn", "social security numbers", ("j1",)),
    354: _filled("ssns_in_j2", "ssn", "social security numbers", ("j2",)),
    363: _filled("birth_dates", "born_on", "dates of birth", _CONSUMERS),
    372: _filled("birth_dates_in_base", "born_on", "dates of birth", ("base",)),
    381: _filled("birth_dates_in_j1", "born_on", "dates of birth", ("j1",)),
    390: _filled("birth_dates_in_j2", "born_on", "dates of birth", ("j2",)),
    399: _filled("telephones", "telephone", "telephones", _CONSUMERS),
}

TOTALS: dict[str, Count] = {name: count for name, _, count in _COUNTED.values()}

TRAILER = Segment(
    "trailer",
    426,
    tuple(
        sorted(
            (
                Slot("record_descriptor_word", 1, 4, SlotKind.LENGTH, "length of the record"),
                Slot("record_identifier", 5, 11, SlotKind.TEXT, "marks the trailer", constant="TRAILER"),
                Slot("reserved_4", 21, 29, SlotKind.RESERVED, "blank", packed_width=5),
                *(Slot(name, first, first + 8, SlotKind.COUNT, text) for first, (name, text, _) in _COUNTED.items()),
                Slot("reserved_47", 408, 426, SlotKind.RESERVED, "blank"),
            ),
            key=lambda slot: slot.first,
        )
    ),
    packed_length=366,
    packed_kinds=frozenset({SlotKind.COUNT}),
)
