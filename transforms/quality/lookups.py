"""What a row rule reads of other rows, put beside the fields before the rows are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import narwhals as nw

from schemas.dataset import Dataset
from transforms.books import Frame

OWN_BORROWER_ID = "__own_borrower_id"
LOAN_DISBURSED_ON = "__loan_disbursed_on"
EARLIER_EFFECTIVE_ON = "__earlier_effective_on"
HAS_SCHEDULE = "__has_schedule"

_VERSION = ("loan_id", "schedule_no")
_ALSO_READ = {"instalments": ("schedules",)}

Lookup = Callable[[Frame, Mapping[str, Frame]], Frame]


def parents_of(dataset: Dataset) -> tuple[str, ...]:
    """Names of the datasets whose accepted rows are needed to judge the rows of this one."""
    referred = tuple(reference.dataset for reference in dataset.references)
    return (*referred, *_ALSO_READ.get(dataset.name, ()))


def with_lookups(frame: Frame, dataset: Dataset, parents: Mapping[str, Frame]) -> Frame:
    """The rows with what the rules of their dataset read of other rows; as many as before, in no order."""
    for lookup in _LOOKUPS.get(dataset.name, ()):
        frame = lookup(frame, parents)
    return frame


def _with_own_borrower(liabilities: Frame, parents: Mapping[str, Frame]) -> Frame:
    owners = parents["loans"].select("loan_id", nw.col("borrower_id").alias(OWN_BORROWER_ID))
    return liabilities.join(owners, on="loan_id", how="left")


def _with_disbursement(schedules: Frame, parents: Mapping[str, Frame]) -> Frame:
    disbursed = parents["loans"].select("loan_id", nw.col("disbursed_on").alias(LOAN_DISBURSED_ON))
    return schedules.join(disbursed, on="loan_id", how="left")


def _with_earlier_versions(schedules: Frame, _parents: Mapping[str, Frame]) -> Frame:
    """The latest day on which a version with a lower number takes effect; empty for the lowest."""
    on = nw.col("schedule_effective_on")
    is_judged = ~nw.any_horizontal(nw.col(*_VERSION).is_null(), on.is_null(), ignore_nulls=False)
    versions = schedules.filter(is_judged).group_by(*_VERSION).agg(on.max().alias("latest_on"))
    before = versions.with_columns(
        nw.col("latest_on").shift(1).over("loan_id", order_by="schedule_no").alias("latest_on")
    ).with_columns(
        nw.col("latest_on").cum_max().over("loan_id", order_by="schedule_no").alias(EARLIER_EFFECTIVE_ON),
    )
    return schedules.join(before.select(*_VERSION, EARLIER_EFFECTIVE_ON), on=list(_VERSION), how="left")


def _with_schedule(instalments: Frame, parents: Mapping[str, Frame]) -> Frame:
    """Whether the version of each instalment is among the accepted rows of schedules; the first one never is."""
    known = parents["schedules"].select(*_VERSION).unique()
    return instalments.join(
        known.with_columns(nw.lit(True).alias(HAS_SCHEDULE)), on=list(_VERSION), how="left"
    ).with_columns(nw.col(HAS_SCHEDULE).fill_null(False))


_LOOKUPS: dict[str, tuple[Lookup, ...]] = {
    "liabilities": (_with_own_borrower,),
    "schedules": (_with_disbursement, _with_earlier_versions),
    "instalments": (_with_schedule,),
}
