"""OpenPGP keys out of the connections that hold the keys of CMS elsewhere: the same places, another form.

A secret key holds its own certificate, so `extra.certificate` beside our keys is for people and is not read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from delivery.seal.key_forms import KeyForm, require_form
from delivery.seal.openpgp import (
    PgpOpeningKey,
    PgpRecipient,
    PgpSigner,
    PgpSigningKey,
    pgp_opening_key,
    pgp_recipient,
    pgp_signer,
    pgp_signing_key,
)
from orchestration.connections import BUREAU_PREFIX, OPENING, SIGNING, Connections, still_good


@dataclass(frozen=True)
class PgpConnections:
    """The site's connections where OpenPGP is agreed with the bureau.

    Attributes:
        connections: the same, whatever the form of their keys.
    """

    connections: Connections

    def recipients(self, checked_at: datetime) -> list[PgpRecipient]:
        """Certificates to encrypt for: the bureau's, then those of `escrow_certificates` beside our signing key."""
        escrow = [_openpgp(text, SIGNING) for text in self.connections.escrow_certificates()]
        return [pgp_recipient(text, checked_at=checked_at) for text in (self._bureau_text(), *escrow)]

    def bureau_signer(self, checked_at: datetime) -> PgpSigner:
        """The bureau's certificate as one whose signatures are taken."""
        return pgp_signer(self._bureau_text(), checked_at=checked_at)

    def signing(self, checked_at: datetime) -> PgpSigningKey:
        """Our key for signing."""
        key = self.connections.key_text(SIGNING)
        return pgp_signing_key(_openpgp(key.text, SIGNING), checked_at=checked_at, passphrase=key.passphrase)

    def openings(self, checked_at: datetime) -> list[PgpOpeningKey]:
        """Our keys for opening the bureau's answers: the one in use, then those before it that are still good."""
        key = self.connections.key_text(OPENING)
        text = _openpgp(key.text, OPENING)
        current = pgp_opening_key(text, checked_at=checked_at, passphrase=key.passphrase)

        def read(pair: Mapping[str, Any]) -> PgpOpeningKey:
            return pgp_opening_key(
                str(pair.get("private_key")), checked_at=checked_at, passphrase=pair.get("passphrase")
            )

        return [current, *still_good(key.previous, read)]

    def _bureau_text(self) -> str:
        return _openpgp(self.connections.bureau_secret("certificate"), f"{BUREAU_PREFIX}{self.connections.bureau}")


def _openpgp(text: str, connection: str) -> str:
    return require_form(text, KeyForm.OPENPGP, connection=connection)
