"""Ids of the rules of eligibility, so that a policy can name them. An id is never reused or renumbered."""

from __future__ import annotations

RULE_IDS: tuple[str, ...] = (
    "E0101",
    "E0102",
    "E0103",
    "E0201",
    "E0202",
    "E0301",
    "E0302",
    "E0303",
    "E0304",
    "E0305",
    "E0306",
    "E0307",
    "E0308",
    "E0501",
    "E0502",
    "E0601",
    "E0602",
    "E0603",
    "E0604",
    "E0605",
    "E0701",
    "W0702",
    "E0401",
    "E0402",
)
