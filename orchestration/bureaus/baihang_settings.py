"""Settings of an institution that reports to Baihang: block `baihang` of the site."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, field_validator

from schemas.bureaus.baihang import FileName


class BaihangSettings(BaseModel):
    """Who reports. The key of Baihang and our passphrase are secrets: they stand in the connection of the bureau.

    Attributes:
        institution: as file names begin with it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    institution: str

    @field_validator("institution")
    @classmethod
    def _fits_into_a_name(cls, given: str) -> str:
        FileName(given, "D2", date(2000, 1, 1), 1)
        return given
