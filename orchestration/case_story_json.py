"""A case's story for programs: amounts, dates and instants as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, time
from decimal import Decimal

from orchestration.case_story import CaseLine, CaseStory


def story_json(story: CaseStory) -> str:
    """One object with the fields of `CaseStory`, and `is_proved`."""
    return _text({**asdict(story), "is_proved": story.is_proved})


def list_json(cases: Sequence[CaseLine]) -> str:
    """The cases of a loan that has several: a list of objects with `case_id` and `state`."""
    return _text([asdict(case) for case in cases])


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
