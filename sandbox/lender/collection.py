"""Contacts with borrowers in arrears: lawful by default, bent where the loan's profile wants a breach."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sandbox.lender.book import Book
from sandbox.lender.days import NEVER, Ints, Truths
from sandbox.lender.profiles import Conduct, Depth, Outcome, trait

CHANNELS = ("call", "robot_call", "sms", "wechat", "visit", "letter", "email")
COUNTERPARTIES = ("borrower", "third_party", "nobody")
OUTCOMES = (
    "promised",
    "refused",
    "talked",
    "delivered",
    "no_answer",
    "power_off",
    "number_void",
    "moved",
    "message_left",
)
COLLECTORS = 120
CALL, ROBOT_CALL, SMS, WECHAT, VISIT, LETTER, EMAIL = range(7)
BORROWER, THIRD_PARTY, NOBODY = range(3)
PROMISED, REFUSED, TALKED, DELIVERED, NO_ANSWER, POWER_OFF, NUMBER_VOID, MOVED, MESSAGE_LEFT = range(9)

_CHANNEL_SHARES = (0.38, 0.1, 0.2, 0.14, 0.05, 0.06, 0.07)
_ANSWERING = (0.5, 0.25, 0.0, 0.4, 0.45, 0.0, 0.0)
_UNHEARD = (NO_ANSWER, NO_ANSWER, DELIVERED, DELIVERED, NO_ANSWER, DELIVERED, DELIVERED)
_LOST_SIGNS = (NUMBER_VOID, POWER_OFF, DELIVERED, DELIVERED, MOVED, MOVED, DELIVERED)

_RECENT_DAYS = 160
_NEVER_AGAIN = (Conduct.FEW_ATTEMPTS, Conduct.FEW_DAYS)
_REACHED_TWICE = ((0, CALL, TALKED), (1, SMS, DELIVERED), (2, LETTER, DELIVERED), (3, CALL, REFUSED))
_LOST_FIXED = ((0, CALL, POWER_OFF), (1, VISIT, MOVED), (2, CALL, NUMBER_VOID), (3, LETTER, MOVED), (4, SMS, DELIVERED))


@dataclass(frozen=True)
class Contacts:
    """All contacts of a block over the whole time of the story, by loan and time; arrays of the same length.

    Attributes:
        loan: loan row.
        serial: number inside the loan, from 1; with the loan it makes the key.
        day: day number, Shanghai.
        second: of the day, Shanghai.
        channel: index into `CHANNELS`.
        counterparty: index into `COUNTERPARTIES`; a message that got no reply reached nobody.
        outcome: index into `OUTCOMES`.
        staff: number of the collector, 0 for machines.
    """

    loan: Ints
    serial: Ints
    day: Ints
    second: Ints
    channel: Ints
    counterparty: Ints
    outcome: Ints
    staff: Ints

    def at(self, rows: Ints | Truths) -> Contacts:
        """Some of the contacts."""
        return Contacts(**{name: values[rows] for name, values in vars(self).items()})


@dataclass(frozen=True)
class _Slots:
    """Contacts before their keys are given: `place` counts inside the loan's recent window and is -1 elsewhere."""

    loan: Ints
    place: Ints
    day: Ints
    second: Ints
    channel: Ints
    counterparty: Ints
    outcome: Ints

    def at(self, rows: Ints | Truths) -> _Slots:
        return _Slots(**{name: values[rows] for name, values in vars(self).items()})

    def and_more(self, *others: _Slots) -> _Slots:
        return _Slots(
            **{
                name: np.concatenate([values, *(vars(each)[name] for each in others)])
                for name, values in vars(self).items()
            }
        )


def make_contacts(rng: np.random.Generator, book: Book) -> Contacts:
    """Make up the contacts of all loans in arrears, until the grace period is over."""
    conduct = trait(book.profile, "conduct")
    slots = _place(rng, book, conduct)
    slots = _answered(rng, slots, conduct[slots.loan])
    slots = _fixed(slots, book, conduct[slots.loan])
    slots = _bent(rng, slots, conduct[slots.loan])
    return _numbered(rng, slots)


def _place(rng: np.random.Generator, book: Book, conduct: Ints) -> _Slots:
    """Days and channels: an old, a recent and a later window, each cut into as many cells as it has contacts."""
    depth, loans, now = trait(book.profile, "depth"), book.loans, book.first_as_of
    is_serious, is_mild = depth == Depth.SERIOUS, depth == Depth.MILD
    missed = np.minimum(book.first_missed, now)
    recent_start = np.maximum(missed + 3, now - _RECENT_DAYS)
    recent = np.where(is_serious, rng.integers(7, 13, loans), 0)
    recent = np.where(
        is_mild, np.minimum(rng.integers(0, 7, loans), np.maximum(now - 1 - recent_start, 0) // 4), recent
    )
    recent = np.where(conduct == Conduct.FEW_ATTEMPTS, rng.integers(3, 5, loans), recent)
    recent = np.where(conduct == Conduct.FEW_DAYS, 6, recent)
    is_over = np.isin(conduct, _NEVER_AGAIN)
    old_end = recent_start - 1
    old = np.where(is_serious & ~is_over, np.clip((old_end - missed) // 20, 0, 5), 0)
    later = np.where(is_serious & ~is_over, rng.integers(2, 5, loans), np.where(is_mild, rng.integers(0, 3, loans), 0))
    stops = np.isin(book.outcome, (Outcome.PAID, Outcome.DIED)) | (is_mild & (book.event_day != NEVER))
    later_end = np.where(stops, book.event_day - 1, now + 66)
    later = np.where(later_end - now < 14, 0, later)

    windows = [
        (missed + 3, old_end, old),
        (recent_start, np.full(loans, now - 2), recent),
        (np.full(loans, now + 8), later_end, later),
    ]
    parts = [_spread(rng, *window) for window in windows]
    loan, place, day = (np.concatenate([part[index] for part in parts]) for index in range(3))
    place[: len(parts[0][0])] = -1
    place[len(place) - len(parts[2][0]) :] = -1
    few = conduct[loan] == Conduct.FEW_DAYS
    day = np.where(few, now - 40 + place % 2 * 9, day)
    count = len(loan)
    channel = rng.choice(len(CHANNELS), count, p=_CHANNEL_SHARES).astype(np.int64)
    channel[conduct[loan] == Conduct.ONE_CHANNEL] = CALL
    second = rng.integers(9 * 3600, 19 * 3600, count)
    second = np.where(few, (9 + place) * 3600 + second % 1800, second)
    nothing = np.zeros(count, dtype=np.int64)
    return _Slots(loan, place, day, second, channel, nothing, nothing)


def _spread(rng: np.random.Generator, start: Ints, end: Ints, counts: Ints) -> tuple[Ints, Ints, Ints]:
    """Loan row, place inside the window and day of `counts` contacts from `start` to `end`, no two on one day."""
    loan = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    place = np.arange(len(loan), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
    cell = np.maximum((end - start + 1) // np.maximum(counts, 1), 1)[loan]
    return loan, place, start[loan] + place * cell + (rng.random(len(loan)) * cell).astype(np.int64)


def _answered(rng: np.random.Generator, slots: _Slots, conduct: Ints) -> _Slots:
    """Who was reached and what came of it."""
    count = len(slots.loan)
    can_answer = ~np.isin(conduct, (Conduct.LOST, Conduct.NOT_REACHED))
    is_answered = can_answer & (rng.random(count) < np.array(_ANSWERING)[slots.channel])
    said = rng.choice([PROMISED, REFUSED, TALKED], count, p=[0.25, 0.35, 0.4])
    unheard = np.array(_UNHEARD)[slots.channel]
    is_call = slots.channel == CALL
    unheard = np.where(is_call & (conduct == Conduct.LAWFUL) & (rng.random(count) < 0.2), POWER_OFF, unheard)
    has_sign = (conduct == Conduct.LOST) & (rng.random(count) < 0.7)
    unheard = np.where(has_sign, np.array(_LOST_SIGNS)[slots.channel], unheard)
    return replace(
        slots,
        counterparty=np.where(is_answered, BORROWER, NOBODY),
        outcome=np.where(is_answered, said, unheard),
    )


def _fixed(slots: _Slots, book: Book, conduct: Ints) -> _Slots:
    """Set the contacts that a serious case needs whatever chance did: reached twice, or signs of a lost contact."""
    channel, counterparty, outcome = slots.channel.copy(), slots.counterparty.copy(), slots.outcome.copy()
    is_serious = trait(book.profile, "depth")[slots.loan] == Depth.SERIOUS
    is_lost = conduct == Conduct.LOST
    is_reached = is_serious & ~is_lost & (conduct != Conduct.NOT_REACHED)
    for who, plan in ((is_reached, _REACHED_TWICE), (is_lost, _LOST_FIXED)):
        for place, by, what in plan:
            here = who & (slots.place == place)
            channel[here] = np.where(conduct[here] == Conduct.ONE_CHANNEL, CALL, by)
            outcome[here] = np.where((what == DELIVERED) & (channel[here] == CALL), NO_ANSWER, what)
            counterparty[here] = BORROWER if what in (TALKED, REFUSED) else NOBODY
    return replace(slots, channel=channel, counterparty=counterparty, outcome=outcome)


def _bent(rng: np.random.Generator, slots: _Slots, conduct: Ints) -> _Slots:
    """Break the rules where the profile wants it, and call again on the same day where that is lawful."""
    chance = rng.random(len(slots.loan))
    is_fifth = (slots.place == 4) | ((slots.place == 5) & (chance < 0.5))
    is_quiet = (conduct == Conduct.QUIET_HOURS) & is_fifth
    late, early = rng.integers(79_200, 86_100, len(chance)), rng.integers(18_000, 28_800, len(chance))
    second = np.where(is_quiet, np.where(chance < 0.35, late, early), slots.second)
    is_other = (conduct == Conduct.THIRD_PARTY) & is_fifth
    is_answered = slots.counterparty == BORROWER
    bent = replace(
        slots,
        second=second,
        channel=np.where(is_other | is_quiet, CALL, slots.channel),
        counterparty=np.where(is_other, THIRD_PARTY, slots.counterparty),
        outcome=np.where(is_other, MESSAGE_LEFT, np.where(is_quiet & ~is_answered, NO_ANSWER, slots.outcome)),
    )
    crowded = np.repeat(np.flatnonzero((conduct == Conduct.OVER_FREQUENCY) & is_fifth), 9)
    crowd = bent.at(crowded)
    crowd = replace(
        crowd,
        place=np.full(len(crowded), -1, dtype=np.int64),
        second=9 * 3600 + np.arange(len(crowded), dtype=np.int64) % 9 * 3_000 + rng.integers(0, 2_000, len(crowded)),
        channel=np.full(len(crowded), CALL, dtype=np.int64),
        counterparty=np.full(len(crowded), NOBODY, dtype=np.int64),
        outcome=np.full(len(crowded), NO_ANSWER, dtype=np.int64),
    )
    is_lawful = np.isin(conduct, (Conduct.LAWFUL, Conduct.LOST))
    again = bent.at(is_lawful & (bent.channel == CALL) & (bent.counterparty == NOBODY) & (chance < 0.25))
    again = replace(again, second=again.second + 5_400, place=np.full(len(again.loan), -1, dtype=np.int64))
    return bent.and_more(crowd, again)


def _numbered(rng: np.random.Generator, slots: _Slots) -> Contacts:
    order = np.lexsort((slots.second, slots.day, slots.loan))
    slots = slots.at(order)
    is_first = np.concatenate([[True], slots.loan[1:] != slots.loan[:-1]])
    firsts = np.flatnonzero(is_first)
    serial = np.arange(len(order), dtype=np.int64) - np.repeat(firsts, np.diff([*firsts, len(order)])) + 1
    by_machine = np.isin(slots.channel, (ROBOT_CALL, SMS, EMAIL, LETTER))
    staff = np.where(by_machine, 0, rng.integers(1, COLLECTORS + 1, len(order)))
    return Contacts(
        slots.loan, serial, slots.day, slots.second, slots.channel, slots.counterparty, slots.outcome, staff
    )
