"""How a bureau wants its files signed and encrypted, where its own rules leave the choice."""

from __future__ import annotations

from enum import StrEnum


class Sealing(StrEnum):
    """The form of sealed files, ours and the bureau's answers."""

    CMS = "cms"
    OPENPGP = "openpgp"
    OPENPGP_ARMOURED = "openpgp_armoured"

    @property
    def suffix(self) -> str:
        """How the names of such files end."""
        return _SUFFIXES[self]

    @property
    def is_openpgp(self) -> bool:
        """Whether its keys are OpenPGP keys; those of CMS have X.509 certificates."""
        return self is not Sealing.CMS


_SUFFIXES = {Sealing.CMS: ".p7m", Sealing.OPENPGP: ".pgp", Sealing.OPENPGP_ARMOURED: ".asc"}
