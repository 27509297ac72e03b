"""Settings of a site that reports to the credit reference centre of the PBoC: the block `pboc` of the site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from delivery.seal.pboc_packing import MEMORY_FOLDER, ComponentTakes

OrganisationCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{14}$")]

STAND_IN: Literal["stand_in"] = "stand_in"
"""Packing that only the stand-in of the centre can open."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PbocComponent(_Strict):
    """The packing component that the centre gives to its members, see `delivery.seal.pboc_packing`.

    Attributes:
        pack_command: program and arguments, among them `{input}` and `{output}`.
        unpack_command: the same for answers.
        takes: what it is given and gives back, see `ComponentTakes`.
        folder: in memory; the component's files are in folders below it as long as it runs.
        environment: of the command, and nothing else; None for a plain search path.
        most_seconds: after which it is ended.
    """

    pack_command: tuple[str, ...] = Field(min_length=3)
    unpack_command: tuple[str, ...] = Field(min_length=3)
    takes: ComponentTakes = ComponentTakes.GZIP
    folder: Path = MEMORY_FOLDER
    environment: dict[str, str] | None = None
    most_seconds: float = Field(default=600.0, gt=0)


class PbocSettings(_Strict):
    """What the centre knows the lender by, and how files are packed for it.

    Attributes:
        segment_code: of the institution (数据提供机构区段码), 14 letters and digits.
        source_code: source of the basic information of persons, the segment code and 6 letters or digits.
        organisation_codes: of all branches that are registered with the centre.
        packing: the component, or in so many words the stand-in's; there is none by default.
        part_characters: most characters of a file with all line ends, where a portal has such a limit.
    """

    segment_code: OrganisationCode
    source_code: str = Field(pattern=r"^[A-Za-z0-9]{20}$")
    organisation_codes: tuple[OrganisationCode, ...] = Field(min_length=1)
    packing: PbocComponent | Literal["stand_in"]
    part_characters: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _source_is_of_segment(self) -> PbocSettings:
        if not self.source_code.startswith(self.segment_code):
            raise ValueError("source_code must begin with segment_code")
        return self
