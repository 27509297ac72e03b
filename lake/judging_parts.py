"""An assessment in parts of loans: one part after the other is in memory, and what was derived of it goes to files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import narwhals as nw

from lake.collected import collected
from lake.engine import LocalEngine
from lake.judged import Judged
from lake.judging_steps import Collection, Look, Steps
from lake.loan_parts import LoanRange, divided, is_in_order
from schemas.datasets import EVIDENCE_FINDINGS
from transforms.books import Books, Frame

# Arrears ask for these; what is not in the order of loans is written again by part at once.
_FOR_ARREARS = ("loans", "schedules", "instalments", "payments")
# Of these only what belongs to loans in arrears is written again.
_FOR_COLLECTION = ("contacts", "evidence", "liabilities")


class _Aside:
    """Frames of parts in files, by name."""

    def __init__(self, engine: LocalEngine) -> None:
        self._engine = engine
        self._paths: dict[str, list[Path]] = {}
        self._folders: dict[str, Path] = {}

    def put(self, name: str, frame: Frame) -> None:
        """The frame of the next part."""
        folder = self._folders.get(name) or self._folders.setdefault(name, self._engine.new_folder(name))
        paths = self._paths.setdefault(name, [])
        paths.append(folder / f"{len(paths):05d}.parquet")
        collected(frame).write_parquet(paths[-1], compression="lz4")

    def part(self, name: str, part_no: int) -> Frame:
        """The frame of one part."""
        return self._read(name, [self._paths[name][part_no]])

    def whole(self, name: str) -> Frame:
        """The frames of all parts."""
        return self._read(name, self._paths[name])

    def _read(self, name: str, paths: list[Path]) -> Frame:
        aside = f"aside_{name}"
        return self._engine.read({aside: paths})[aside]


def judge_in_parts(
    engine: LocalEngine, steps: Steps, books: Books, ranges: Sequence[LoanRange], look: Look | None
) -> Judged:
    """Judge loans range by range; the same rows as all at once.

    Args:
        engine: on which the books are open.
        steps: on the same engine.
        books: of the business date.
        ranges: of all loans.
        look: at files of evidence, all at once so that each is read once; None takes all as intact.

    Raises:
        ArrearsError: see `Look`.
    """
    aside = _Aside(engine)
    parts = _by_loan(engine, [books for _ in ranges], {name: getattr(books, name) for name in _FOR_ARREARS}, ranges)
    for part in parts:
        with engine.letting_go():
            aside.put("arrears", steps.arrears(part))
    parts = _with_facts_of_loans_in_arrears(engine, parts, books, aside.whole("arrears"), ranges)
    for part_no, part in enumerate(parts):
        with engine.letting_go():
            _put_collection(aside, steps.collection(part, aside.part("arrears", part_no)))
    if look is not None:
        aside.put("looked_at", look(aside.whole("evidence")))
    for part_no, (part, loans) in enumerate(zip(parts, ranges, strict=True)):
        if look is None:
            evidence = steps.taken_as_intact(part, aside.part("arrears", part_no))
        else:
            evidence = engine.settle(loans.of(aside.whole("looked_at")), EVIDENCE_FINDINGS)
        decisions = steps.decisions(part, aside.part("judged", part_no), evidence)
        aside.put("evidence_findings", evidence)
        aside.put("decisions", decisions)
        aside.put("party_decisions", steps.parties(part, decisions))
    return Judged(**{field.name: aside.whole(field.name) for field in fields(Judged)})


def _put_collection(aside: _Aside, found: Collection) -> None:
    for field in fields(found):
        aside.put(field.name, getattr(found, field.name))


def _with_facts_of_loans_in_arrears(
    engine: LocalEngine, parts: Sequence[Books], books: Books, arrears: Frame, ranges: Sequence[LoanRange]
) -> list[Books]:
    loans = arrears.select("loan_id")
    frames = {name: getattr(books, name).join(loans, on="loan_id", how="semi") for name in _FOR_COLLECTION}
    in_order = {name: getattr(books, name) for name in _FOR_COLLECTION if is_in_order(engine, name, ranges)}
    named = nw.concat(
        [
            arrears.select("loan_id", "borrower_id"),
            books.liabilities.join(loans, on="loan_id", how="semi").select("loan_id", "borrower_id"),
        ]
    )
    borrowers = books.borrowers.join(named, on="borrower_id", how="inner")
    return [
        replace(part, borrowers=some.drop("loan_id").unique("borrower_id"))
        for part, some in zip(
            _by_loan(engine, parts, frames | in_order, ranges),
            divided(engine, "borrowers", borrowers, ranges),
            strict=True,
        )
    ]


def _by_loan(
    engine: LocalEngine, parts: Sequence[Books], frames: dict[str, Frame], ranges: Sequence[LoanRange]
) -> list[Books]:
    """The parts with some of their frames replaced by the rows of their loans."""
    by_name = {
        name: [loans.of(frame) for loans in ranges]
        if is_in_order(engine, name, ranges)
        else divided(engine, name, frame, ranges)
        for name, frame in frames.items()
    }
    return [
        replace(part, **{name: by_part[part_no] for name, by_part in by_name.items()})
        for part_no, part in enumerate(parts)
    ]
