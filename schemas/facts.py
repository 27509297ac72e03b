"""What a bureau asks of a loan or a person and the books don't say: datasets that the lender gives beside its books.

A lender names those of its bureau in `sources.toml`; the others are not read.
"""

from __future__ import annotations

from schemas.bureaus.baihang_facts import BAIHANG_ACCOUNTS
from schemas.bureaus.metro2_facts import METRO2_FACTS
from schemas.bureaus.pboc_facts import PBOC_FACTS
from schemas.dataset import Dataset

FACTS: tuple[Dataset, ...] = (*PBOC_FACTS, BAIHANG_ACCOUNTS, *METRO2_FACTS)
FACT_NAMES = frozenset(dataset.name for dataset in FACTS)
"""Datasets of a book that no rule reads."""
