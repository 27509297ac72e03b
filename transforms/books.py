"""The lender's books of one business date, as lazy frames of one engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import narwhals as nw

Frame: TypeAlias = nw.LazyFrame[Any]


@dataclass(frozen=True)
class Books:
    """The source datasets and what was kept out of them; contracts in `schemas.datasets`."""

    borrowers: Frame
    loans: Frame
    liabilities: Frame
    schedules: Frame
    instalments: Frame
    payments: Frame
    evidence: Frame
    contacts: Frame
    staff: Frame
    stops: Frame
    judgments: Frame
    disputes: Frame
    agreements: Frame
    quarantine: Frame
    reported: Frame
