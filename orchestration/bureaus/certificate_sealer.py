"""What sealers have in common that sign with our key and encrypt for certificates, whatever the form of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class UsedCertificate(Protocol):
    """A certificate that was checked."""

    @property
    def fingerprint(self) -> str:
        """Of the certificate, hexadecimal."""

    @property
    def expires_at(self) -> datetime | None:
        """Last instant of its validity, UTC; None when it has no end."""


class UsedSigningKey(Protocol):
    """Our key for signing."""

    @property
    def signer(self) -> UsedCertificate:
        """Its certificate."""


@dataclass(frozen=True)
class CertificateSealer:
    """Signs with our key and encrypts for the bureau and for escrow.

    Attributes:
        signer: our key.
        recipients: certificates that can open what it seals.
    """

    signer: UsedSigningKey
    recipients: Sequence[UsedCertificate]

    @property
    def facts(self) -> dict[str, Any]:
        """Fingerprints of the certificates."""
        return {
            "signer": self.signer.signer.fingerprint,
            "recipients": [recipient.fingerprint for recipient in self.recipients],
        }

    @property
    def certificate_ends(self) -> dict[str, str]:
        """When each certificate ends, ISO, by fingerprint; without those that have no end."""
        used = [(each.fingerprint, each.expires_at) for each in (self.signer.signer, *self.recipients)]
        return {fingerprint: end.isoformat() for fingerprint, end in used if end is not None}
