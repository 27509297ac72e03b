"""Small JSON records that are published once and in an order: books and assessments.

A record is `<folder>/<sequence>-<id>.json`. The id is made from the content, so that publishing the same again changes
nothing. The sequence is the order of publication and does not hang on clocks.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lake.files import lake_writes, locked, make_folder, publish_file, staging_folder, write_file
from lake.snapshot import Lake, SnapshotRef
from schemas.errors import ArrearsError
from schemas.errors.extract import RECORD_ALTERED, RECORD_MISSING, RECORD_MIXES_DATES

_NAME = re.compile(r"(?P<sequence>[0-9]{6})-(?P<id>[0-9a-f]{32})\.json")
_ID_DIGITS = 32


def publish_record(lake: Lake, folder: str, content: dict[str, Any]) -> str:
    """Publish a record below the lake's root and return its id.

    A record that is there already keeps its place in the order, so that a task of yesterday that is run again does not
    come before what was published since.

    Raises:
        ArrearsError: `LAKE_NOT_WRITABLE`.
    """
    data = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    record_id = hashlib.sha256(data).hexdigest()[:_ID_DIGITS]
    target = lake.root / folder
    with lake_writes(lake.root), staging_folder(lake.staging) as staging:
        make_folder(target)
        with locked(target / ".lock"):
            published = _published(target)
            if record_id not in published.values():
                write_file(staging / "record.json", data)
                sequence = max(published, default=0) + 1
                publish_file(staging / "record.json", target / f"{sequence:06d}-{record_id}.json")
    return record_id


def latest_record(lake: Lake, folder: str) -> str | None:
    """Id of the record that was published last, None when there is none."""
    published = _published(lake.root / folder)
    return published[max(published)] if published else None


def read_record(lake: Lake, folder: str, record_id: str) -> dict[str, Any]:
    """The content of a record.

    Raises:
        ArrearsError: `RECORD_MISSING`, `RECORD_ALTERED`.
    """
    for sequence, each in _published(lake.root / folder).items():
        if each == record_id:
            name = f"{sequence:06d}-{record_id}.json"
            data = (lake.root / folder / name).read_bytes()
            if hashlib.sha256(data).hexdigest()[:_ID_DIGITS] != record_id:
                raise ArrearsError(RECORD_ALTERED, file=f"{folder}/{name}")
            content: dict[str, Any] = json.loads(data)
            return content
    raise ArrearsError(RECORD_MISSING, folder=folder, id=record_id)


def check_snapshots(lake: Lake, snapshots: Mapping[str, SnapshotRef], as_of: str) -> None:
    """Make sure that snapshots are in the lake and of one business date.

    Raises:
        ArrearsError: `SNAPSHOT_MISSING`, `SNAPSHOT_ALTERED`, `RECORD_MIXES_DATES`.
    """
    for name, ref in snapshots.items():
        manifest = lake.read_manifest(ref)
        if manifest.as_of.isoformat() != as_of or manifest.dataset != name:
            raise ArrearsError(
                RECORD_MIXES_DATES, as_of=as_of, dataset=name, found=manifest.dataset, found_as_of=manifest.as_of
            )


def _published(folder: Path) -> dict[int, str]:
    if not folder.is_dir():
        return {}
    names = (_NAME.fullmatch(path.name) for path in folder.iterdir())
    return {int(name["sequence"]): name["id"] for name in names if name is not None}
