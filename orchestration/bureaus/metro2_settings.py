"""Settings of a furnisher of Metro 2: block `metro2` of the site."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, field_validator

from schemas.bureaus.metro2 import LAYOUT
from transforms.bureaus.metro2 import Furnisher

_PROGRAM_IDS = tuple(name for name in LAYOUT.header.names if name.endswith("_program_id"))


class Metro2Settings(BaseModel):
    """Who reports, as the bureaus know it; see `transforms.bureaus.metro2.Furnisher`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    identification_number: str = Field(pattern=r"^[A-Z0-9]{5,20}$")
    name: str = Field(pattern=r"^[ -~]{1,40}$")
    address: str = Field(pattern=r"^[ -~]{1,96}$")
    telephone: str | None = Field(default=None, pattern=r"^[0-9]{10}$")
    program_ids: dict[str, str] = Field(default_factory=dict)
    program_on: date | None = None
    program_revision_on: date | None = None

    @field_validator("program_ids")
    @classmethod
    def _names_slots_of_the_header(cls, given: dict[str, str]) -> dict[str, str]:
        if not set(given) <= set(_PROGRAM_IDS):
            raise ValueError(f"keys are among {', '.join(_PROGRAM_IDS)}")
        return given

    @property
    def furnisher(self) -> Furnisher:
        """As the mapping takes it."""
        return Furnisher(
            self.identification_number,
            self.name,
            self.address,
            self.telephone,
            tuple(sorted(self.program_ids.items())),
            self.program_on,
            self.program_revision_on,
        )
