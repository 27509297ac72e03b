"""Which rules each loan is meant to fail, told from the story and from nothing that reads the extracts."""

from __future__ import annotations

import numpy as np
import polars as pl

from sandbox.lender.collection import CALL, VISIT
from sandbox.lender.days import Truths
from sandbox.lender.evidence import is_recording_due
from sandbox.lender.profiles import PROFILES, Depth, trait
from sandbox.lender.stops import STOPS
from sandbox.lender.story import Story

_RULE_OF_STOP = dict(zip(STOPS, ("E0304", "E0305"), strict=True))


def meant_failures(story: Story) -> pl.Series:
    """The rules that each seriously overdue loan is meant to fail at the first business date, in order.

    Null for the others: the story does not say which of the rules they fail beside being paid or young.
    """
    profile = story.book.profile
    frame = pl.DataFrame(
        {
            "of_profile": pl.Series([list(each.fails) for each in PROFILES], dtype=pl.List(pl.String))[profile],
            **{rule: pl.Series(failing) for rule, failing in _of_collection(story).items()},
            "is_serious": trait(profile, "depth") == Depth.SERIOUS,
        }
    )
    rules = [name for name in frame.columns if name.startswith("E")]
    others = pl.concat_list(pl.when(rule).then(pl.lit(rule)) for rule in rules).list.drop_nulls()
    return frame.select(
        pl.when("is_serious").then(pl.concat_list("of_profile", others).list.sort()).alias("fails")
    ).to_series()


def _of_collection(story: Story) -> dict[str, Truths]:
    """Loans at whose collection something went wrong that no profile asks for."""
    book, contacts, stops = story.book, story.contacts, story.stops
    is_known = contacts.day <= book.first_as_of
    is_staffed = np.isin(contacts.channel, (CALL, VISIT))
    is_unrecorded = is_recording_due(contacts) & (story.evidence.of_contact == 0)

    def loans_of(is_fault: Truths) -> Truths:
        return np.bincount(contacts.loan[is_fault & is_known], minlength=book.loans) > 0

    failing = {"E0306": loans_of(is_staffed & ~story.register.covers(contacts.staff, contacts.day))}
    failing["E0307"] = loans_of(is_unrecorded)
    failing["E0308"] = story.is_threatened
    for index, stop in enumerate(STOPS):
        broken = np.zeros(book.loans, dtype=np.bool_)
        broken[stops.loan[stops.is_broken & (stops.kind == index)]] = True
        failing[_RULE_OF_STOP[stop]] = broken
    return failing
