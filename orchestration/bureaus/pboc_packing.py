"""How files are packed for the PBoC's centre at this site: by its component, or for its stand-in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from delivery.bureaus import pboc
from delivery.seal.pboc_packing import (
    STAND_IN_MARK,
    OfficialComponent,
    Packing,
    PackingLimits,
    StandInPacking,
)
from orchestration.bureaus.form import PartFile
from orchestration.bureaus.needed_settings import needed_settings
from orchestration.bureaus.pboc_settings import STAND_IN, PbocComponent, PbocSettings
from orchestration.task_run import TaskRun
from schemas.bureaus.pboc import BUREAU, FileName

_LIMITS = PackingLimits(packed_bytes=1024**3, text_bytes=2 * 1024**3)
_IN_THE_CLEAR = (b"\x1f\x8b", b"PK", b"A050", b"A072", b"<", b"\xef\xbb\xbf")
"""How a GZIP stream, a ZIP archive, a data file, an answer, a record and a file with a byte order mark begin."""


@dataclass(frozen=True)
class PackingSealer:
    """Packs parts. The centre knows no signature; who sent a file it knows by the account.

    Attributes:
        packing: of the site.
        is_stand_in: whether only the stand-in of the centre can open what it makes.
    """

    packing: Packing
    is_stand_in: bool

    @property
    def facts(self) -> dict[str, Any]:
        """No certificates are used; `packing` says what was."""
        return {"signer": "", "recipients": [], "packing": "stand_in" if self.is_stand_in else "component"}

    def sealed(self, part: PartFile) -> Iterable[bytes]:
        """As the packing makes it.

        Raises:
            ArrearsError: `PACKING_FAILED`.
        """
        packed = BytesIO()
        pboc.pack(BytesIO(b"".join(part.content)), _name_of(part.file_name), packed, self.packing)
        return [packed.getvalue()]

    def begins_sealed(self, first: bytes) -> bool:
        """The stand-in's mark; of the component, whose form is not public, anything but what is in the clear."""
        if self.is_stand_in:
            return first.startswith(STAND_IN_MARK)
        return bool(first) and not first.startswith((*_IN_THE_CLEAR, STAND_IN_MARK))


def settings_of(run: TaskRun) -> PbocSettings:
    """The site's settings for the centre.

    Raises:
        ArrearsError: `SITE_INVALID` when there are none.
    """
    return needed_settings(run.site.pboc, BUREAU)


def packing_of(run: TaskRun) -> Packing:
    """How this site packs and unpacks.

    Raises:
        ArrearsError: `SITE_INVALID` without settings, `CONNECTION_INVALID` without the stand-in's key.
    """
    packing = settings_of(run).packing
    if packing == STAND_IN:
        return StandInPacking(run.connections.stand_in_key(), _LIMITS)
    return _component(packing)


def packing_sealer(run: TaskRun) -> PackingSealer:
    """What packs the parts of a batch.

    Raises:
        ArrearsError: as `packing_of`.
    """
    return PackingSealer(packing_of(run), settings_of(run).packing == STAND_IN)


def _component(settings: PbocComponent) -> OfficialComponent:
    component = OfficialComponent(
        settings.pack_command,
        settings.unpack_command,
        settings.takes,
        settings.folder,
        most_seconds=settings.most_seconds,
        limits=_LIMITS,
    )
    return component if settings.environment is None else replace(component, environment=settings.environment)


def _name_of(file_name: str) -> FileName:
    name = FileName.of(file_name)
    if name is None:
        raise ValueError("the name of a part is none of the centre's")
    return name
