"""Makes the lender: its folder of extracts, its evidence, the description of both, and the truth to compare with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from sandbox.lender.broken import with_broken_rows
from sandbox.lender.days import NEVER, day_of
from sandbox.lender.export import Exporter, as_exported
from sandbox.lender.extracts import frames
from sandbox.lender.meant import meant_failures
from sandbox.lender.profiles import NAMES, PROFILES, Depth, Outcome, trait
from sandbox.lender.story import MAILBOXES, STORY_DAYS, EvidenceStore, Story, keys, make_story
from schemas.datasets import SOURCES
from schemas.sources import SourceBook, parse_source_book

SOURCES_FILE = Path(__file__).with_name("sources.toml")
LEAST_LOANS = 200
BROKEN_SHARE = 0.003
MOST_FILES = 12_000
_BLOCK_LOANS = 25_000
_MARKER = ".made-up-lender"


@dataclass(frozen=True)
class LenderFacts:
    """What was made.

    Attributes:
        root: the lender's folder.
        extracts: folder of extracts by business date.
        evidence: the evidence root.
        sources: `sources.toml`.
        loans: number of loans.
        rows: rows by business date and dataset, broken ones included.
        broken: broken rows by business date, dataset and kind; of two rows with one key one counts.
        profiles: loans by profile.
        outcomes: reportable loans by what becomes of them in the grace period.
        evidence_files: files below the evidence root.
    """

    root: Path
    extracts: dict[date, Path]
    evidence: Path
    sources: Path
    loans: int
    rows: dict[date, dict[str, int]]
    broken: dict[date, dict[str, dict[str, int]]]
    profiles: dict[str, int]
    outcomes: dict[str, int]
    evidence_files: int


def make_lender(
    root: Path,
    *,
    loans: int,
    seed: int,
    as_of_dates: Sequence[date],
    broken_share: float = BROKEN_SHARE,
    most_files: int = MOST_FILES,
) -> LenderFacts:
    """Make a lender below `root`; the same arguments give the same bytes.

    Written are `extracts/<as_of>/` (the same book at each date), `evidence/`, `sources.toml`, and the truth that no
    reader of extracts needs: `truth.parquet` (what each loan is meant to be), `broken.parquet` (each broken row) and,
    last, `truth.json` (counts).

    Args:
        root: folder; a lender made there before is replaced.
        loans: at least `LEAST_LOANS`.
        seed: of all that chance decides.
        as_of_dates: business dates in rising order. Notices are meant to be delivered at the first; what becomes of
            the reportable loans falls within the 55 days after it. The story ends 180 days after the first.
        broken_share: broken rows as a share of the sound ones of each dataset.
        most_files: how many evidence files are written; further pieces of evidence share them.

    Raises:
        FileExistsError: `root` holds something that is not a lender made by this function.
        ValueError: too few loans, or dates that don't rise or lie outside the story.
    """
    _check(loans, as_of_dates)
    _clear(root)
    shutil.copyfile(SOURCES_FILE, root / SOURCES_FILE.name)
    sources = parse_source_book(SOURCES_FILE.read_text(encoding="utf-8"), file=SOURCES_FILE.name)
    exporters = {as_of: Exporter(root / "extracts" / as_of.isoformat(), sources) for as_of in as_of_dates}
    store = EvidenceStore(root / "evidence", most_files)
    truths = []
    for block, size in enumerate(_block_sizes(loans)):
        story = make_story(
            np.random.default_rng([seed, block]),
            loans=size,
            first_number=1 + sum(_block_sizes(loans)[:block]),
            first_as_of=day_of(as_of_dates[0]),
            store=store,
        )
        for as_of, exporter in exporters.items():
            _export(story, exporter, sources, day_of(as_of), seed=seed, block=block, broken_share=broken_share)
        truths.append(_truth(story))
    return _finish(root, exporters, pl.concat(truths), store, seed=seed)


def _check(loans: int, as_of_dates: Sequence[date]) -> None:
    if loans < LEAST_LOANS:
        raise ValueError(f"a lender has at least {LEAST_LOANS} loans, not {loans}")
    if not as_of_dates or list(as_of_dates) != sorted(set(as_of_dates)):
        raise ValueError("give business dates in rising order")
    if (as_of_dates[-1] - as_of_dates[0]).days > STORY_DAYS:
        raise ValueError(f"the story ends {STORY_DAYS} days after {as_of_dates[0]}")


def _clear(root: Path) -> None:
    """Leave an empty folder with our marker; refuse to empty a folder that isn't ours."""
    if root.exists() and any(root.iterdir()):
        if not (root / _MARKER).exists():
            raise FileExistsError(f"{root} is not empty and holds no made-up lender")
        shutil.rmtree(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / _MARKER).touch()


def _block_sizes(loans: int) -> list[int]:
    blocks = -(-loans // _BLOCK_LOANS)
    return [loans // blocks + (block < loans % blocks) for block in range(blocks)]


def _export(
    story: Story, exporter: Exporter, sources: SourceBook, as_of: int, *, seed: int, block: int, broken_share: float
) -> None:
    book, numbers = story.book, story.book.first_number
    is_first_of_borrower = book.borrower == np.arange(book.loans)
    is_healthy = trait(book.profile, "depth") == Depth.HEALTHY
    healthy = keys("L", np.flatnonzero(is_healthy & is_first_of_borrower) + numbers)
    broken_payments = keys("L", book.rows("broken_payment") + numbers)
    for index, (dataset, frame) in enumerate(frames(story, as_of).items()):
        exported = with_broken_rows(
            np.random.default_rng([seed, block, index]),
            as_exported(frame, sources.datasets[dataset]),
            dataset,
            share=broken_share,
            block=block,
            healthy=healthy,
            broken_payments=broken_payments,
        )
        exporter.write(dataset, exported, block)


def _truth(story: Story) -> pl.DataFrame:
    book = story.book
    is_late = book.first_missed < NEVER
    names = [each.name.lower() for each in Outcome]
    return pl.DataFrame(
        {
            "loan_id": keys("L", np.arange(book.loans, dtype=np.int64) + book.first_number),
            "borrower_id": keys("B", book.borrower + book.first_number),
            "is_enterprise": book.is_enterprise,
            "profile": pl.Series(NAMES)[book.profile],
            "is_reportable": trait(book.profile, "is_reportable") == 1,
            "grace_outcome": pl.Series(names)[book.outcome],
            "first_missed_on": pl.Series(np.where(is_late, book.first_missed, 0)).cast(pl.Int32).cast(pl.Date),
            "mailbox": pl.Series(MAILBOXES)[story.mailbox],
            "has_threat": story.is_threatened,
            "is_restructured": np.isin(np.arange(book.loans), story.restructuring.loan),
            "fails": meant_failures(story),
        }
    ).with_columns(pl.when(pl.Series(is_late)).then("first_missed_on").alias("first_missed_on"))


def _finish(
    root: Path, exporters: dict[date, Exporter], truth: pl.DataFrame, store: EvidenceStore, *, seed: int
) -> LenderFacts:
    truth.write_parquet(root / "truth.parquet")
    broken = pl.concat(
        exporter.broken().with_columns(pl.lit(as_of).alias("as_of")) for as_of, exporter in exporters.items()
    )
    broken.write_parquet(root / "broken.parquet")
    facts = LenderFacts(
        root=root,
        extracts={as_of: exporter.folder for as_of, exporter in exporters.items()},
        evidence=store.root,
        sources=root / SOURCES_FILE.name,
        loans=len(truth),
        rows={as_of: exporter.rows for as_of, exporter in exporters.items()},
        broken={as_of: _counts(exporter.broken()) for as_of, exporter in exporters.items()},
        profiles={each.name: int((truth["profile"] == each.name).sum()) for each in PROFILES},
        outcomes=dict(truth.filter("is_reportable")["grace_outcome"].value_counts().sort("grace_outcome").iter_rows()),
        evidence_files=store.written,
    )
    (root / "truth.json").write_text(json.dumps(_as_json(facts, seed), ensure_ascii=False, indent=2), encoding="utf-8")
    return facts


def _counts(broken: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Broken rows by dataset and kind of rule; both kinds of duplicates count as `duplicate`."""
    kinds = broken.with_columns(pl.col("kind").str.replace("^duplicate_.*", "duplicate"))
    counted = kinds.group_by("dataset_name", "kind").len().sort("dataset_name", "kind")
    tree: dict[str, dict[str, int]] = {dataset.name: {} for dataset in SOURCES}
    for dataset, kind, count in counted.iter_rows():
        tree[dataset][kind] = count
    return tree


def _as_json(facts: LenderFacts, seed: int) -> dict[str, object]:
    return {
        "loans": facts.loans,
        "seed": seed,
        "evidence_files": facts.evidence_files,
        "profiles": facts.profiles,
        "outcomes": facts.outcomes,
        "extracts": {
            as_of.isoformat(): {"rows": facts.rows[as_of], "broken": facts.broken[as_of]} for as_of in facts.rows
        },
    }
