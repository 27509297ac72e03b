"""The settings of one site, read once per task into one frozen object."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from orchestration.bureau_habits import BureauHabits
from orchestration.bureaus.baihang_settings import BaihangSettings
from orchestration.bureaus.metro2_settings import Metro2Settings
from orchestration.bureaus.pboc_settings import PbocSettings
from orchestration.clock import Clock
from orchestration.deployment import newest_policy, text_of
from schemas.bureaus import metro2, roster
from schemas.errors import ArrearsError
from schemas.errors.approval import SITE_INVALID
from schemas.sealing import Sealing
from schemas.sources import SourceBook, parse_source_book

_SEALED_AS_AGREED = (roster.BUREAU, metro2.BUREAU)
"""Bureaus that have no container of their own."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Institution(_Strict):
    """The lender as the bureau and the borrower know it."""

    institution_id: str = Field(pattern=r"^[A-Za-z0-9]{4,20}$")
    platform_name: str = Field(min_length=2, max_length=100)
    platform_uscc: str = Field(pattern=r"^[0-9A-Z]{18}$")
    contact: str = Field(min_length=5, max_length=200)
    payment_advice: str = Field(min_length=5, max_length=300)


class BureauDesk(_Strict):
    """The bureau as the borrower and the SFTP account know it.

    Attributes:
        name: as borrowers know it.
        contact: for borrowers.
        inbox: folder into which it takes files.
        outbox: folder in which it leaves answers.
        habits: what its server is like.
        sealing: how it wants its files sealed, and seals its answers; the keys in the connections are of that form.
        certificates: fingerprints of the certificates that were agreed with it, hexadecimal, ours and its own: SHA-256
            of X.509, OpenPGP's own of OpenPGP; empty when those in the connections are the agreement.
    """

    name: str = Field(min_length=2, max_length=100)
    contact: str = Field(min_length=5, max_length=200)
    inbox: str = Field(pattern=r"^/")
    outbox: str = Field(pattern=r"^/")
    habits: BureauHabits = BureauHabits()
    sealing: Sealing = Sealing.CMS
    certificates: tuple[Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")], ...] = ()


class Approver(_Strict):
    """One of the risk staff, by the id that the auth manager gives (FAB: the number of the user)."""

    id: str
    name: str


class Site(_Strict):
    """Everything that differs per site and is no secret. Secrets come from connections, see `connections.py`.

    Attributes:
        lake: root of snapshots.
        extracts: folder with a folder per business date.
        evidence: root of evidence files.
        sources: the lender's `sources.toml`.
        outbox: sealed parts, before and after they are sent.
        data_docs: validation reports.
        engine: polars, duckdb or spark; see `orchestration.engines`.
        notice_sender: address in the From header of notices.
        approvers: who may answer approvals.
        sandbox_today_on: see `Clock`.
        metro2: needed by the bureau of this name only, as is each of the following.
        baihang: as said.
        pboc: as said.
    """

    lake: Path
    extracts: Path
    evidence: Path
    sources: Path
    outbox: Path
    data_docs: Path
    bureau: str = "roster"
    engine: str = "polars"
    notice_sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    institution: Institution
    desk: BureauDesk
    approvers: tuple[Approver, ...] = Field(min_length=1)
    sandbox_today_on: date | None = None
    metro2: Metro2Settings | None = None
    baihang: BaihangSettings | None = None
    pboc: PbocSettings | None = None

    @model_validator(mode="after")
    def _has_the_choice(self) -> Self:
        if self.desk.sealing is not Sealing.CMS and self.bureau not in _SEALED_AS_AGREED:
            raise ValueError(f"desk.sealing: {self.bureau} seals as its own rules say, leave it out")
        return self

    def source_book(self) -> SourceBook:
        """How the lender's extracts map to the contract."""
        return parse_source_book(text_of(self.sources), file=self.sources.name)

    def clock(self) -> Clock:
        """The site's clock, in the policy's time zone."""
        return Clock(ZoneInfo(newest_policy().time_zone), self.sandbox_today_on)


def parse_site(value: object, *, origin: str) -> Site:
    """Check the settings of a site.

    Raises:
        ArrearsError: `SITE_INVALID`, naming origin, field and what is wrong.
    """
    try:
        return Site.model_validate(value)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise ArrearsError(SITE_INVALID, origin=origin, problems=problems) from error
