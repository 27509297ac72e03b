"""Forbidden language as a data team would find it with pandas: one expression over all transcripts, and a look at hits.

What a hit means (who speaks, whether it is denied or quoted) is told by the plain loop of the suite `language`.
"""

from __future__ import annotations

import re

import pandas as pd

from tests.bench.assess.by_hand_language import lexicons
from tests.bench.language.by_hand import HAN, Screen

SPACED = re.compile(f"(?<={HAN.pattern}) +(?={HAN.pattern})")


def contacts_at_fault(spoken: pd.DataFrame) -> list[str]:
    """Ids of contacts in which the collector, or nobody known, used forbidden language in earnest.

    Args:
        spoken: `contact_id`, `transcript`.
    """
    screen = Screen(lexicons())
    listed = [re.escape(phrase) for phrase, *_ in screen.phrases] + [pattern.pattern for pattern, *_ in screen.patterns]
    any_of_all = re.compile("|".join(listed), re.MULTILINE)
    # Line ends are blanks to the table, and lines are looked at one by one.
    letters = {code: standing for code, standing in screen.table.items() if code != ord("\n")}
    text = spoken["transcript"].str.translate(letters).str.replace(SPACED, "", regex=True)
    hits = spoken[text.str.contains(any_of_all)]
    return [
        contact_id
        for contact_id, transcript in zip(hits["contact_id"], hits["transcript"], strict=True)
        if any(not is_negated and not is_quoted for *_, is_negated, is_quoted in screen.found_in(transcript))
    ]
