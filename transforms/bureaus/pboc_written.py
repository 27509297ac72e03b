"""Values to frames in the shape of a layout: which tags stand in a record follows from the layout alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw

from schemas.bureaus.tagged import RECORD_NO, Group, Item, Presence, TaggedRecord
from transforms.books import Frame

_ABSENT = nw.lit(None, dtype=nw.String())
_EMPTY = nw.lit("")


def written(
    frame: Frame,
    layout: TaggedRecord,
    keys: Sequence[str],
    segments: Mapping[str, nw.Expr],
    values: Mapping[str, nw.Expr],
    account_type: str | None = None,
    only_when: Mapping[str, nw.Expr] | None = None,
) -> Frame:
    """The keys, RECORD_NO and the columns of the layout.

    A tag stands in a record when its segment does and the layout has it for the account type. What has no value then is
    empty.

    Args:
        frame: one row a record, with RECORD_NO.
        layout: of the record.
        keys: columns to keep in front.
        segments: element to whether the segment stands in the record; those that are not named never do.
        values: column of the layout to its text.
        account_type: column with the account type, where the layout depends on it.
        only_when: column of the layout to whether its tag stands there at all, where that hangs on another item.

    Raises:
        KeyError: a segment or column is not in the layout.
    """
    for named, known in ((segments, layout.segments), (values, layout.columns), (only_when or {}, layout.columns)):
        for name in named:
            known[name]
    never = nw.lit(False)
    stands = {element: segments.get(element, never).fill_null(False) for element in layout.segments}
    flags = frame.with_columns(**{_flag(element): truth for element, truth in stands.items()}) if stands else frame
    columns: list[nw.Expr] = []
    for column, item in layout.columns.items():
        segment = layout.segment_of[column]
        is_there = nw.col(_flag(segment)) if segment else nw.lit(True)
        if only_when and column in only_when:
            is_there = is_there & only_when[column].fill_null(False)
        text = values.get(column, _EMPTY).fill_null("")
        columns.append(_when_known(item, is_there, text, account_type).alias(column))
    truths = [nw.col(_flag(element)).alias(element) for element in layout.segments]
    return flags.select(*keys, RECORD_NO, *truths, *columns).sort(RECORD_NO)


def written_group(frame: Frame, group: Group, values: Mapping[str, nw.Expr]) -> Frame:
    """RECORD_NO and the items of the group, sorted.

    Args:
        frame: one row a group, with RECORD_NO.
        group: of the layout.
        values: tag to text. What has no value is empty.
    """
    tags = [item.tag for item in group.items]
    return frame.select(RECORD_NO, *(values.get(tag, _EMPTY).fill_null("").alias(tag) for tag in tags)).sort(
        RECORD_NO, *tags
    )


def _flag(element: str) -> str:
    return f"has {element}"


def _when_known(item: Item, is_there: nw.Expr, text: nw.Expr, account_type: str | None) -> nw.Expr:
    if isinstance(item.presence, Presence):
        return nw.when(is_there).then(text).otherwise(_ABSENT) if item.presence is not Presence.ABSENT else _ABSENT
    known = [kind for kind, presence in item.presence.items() if presence is not Presence.ABSENT]
    if account_type is None:
        raise KeyError(f"{item.tag} depends on the account type")
    return nw.when(is_there & nw.col(account_type).is_in(known)).then(text).otherwise(_ABSENT)
