"""Sealing by CMS, for bureaus that have no container of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from delivery.seal.certificates import RecipientCertificate, SigningIdentity
from delivery.seal.cms import sealed_pieces
from delivery.seal.sealed_forms import begins_encrypted
from orchestration.bureaus.certificate_sealer import CertificateSealer
from orchestration.bureaus.form import PartFile
from orchestration.task_run import TaskRun


@dataclass(frozen=True)
class CmsSealer(CertificateSealer):
    """Signs with our key, then encrypts for the bureau and for escrow."""

    signer: SigningIdentity
    recipients: Sequence[RecipientCertificate]
    signed_at: datetime

    def sealed(self, part: PartFile) -> Iterable[bytes]:
        """CMS in DER."""
        return sealed_pieces(part.content, self.signer, self.recipients, self.signed_at)

    def begins_sealed(self, first: bytes) -> bool:
        """Whether it begins as CMS does."""
        return begins_encrypted(first)


def cms_sealer(run: TaskRun) -> CmsSealer:
    """With the keys of the site's connections.

    Raises:
        ArrearsError: those of keys and certificates.
    """
    now = run.clock.wall_now()
    return CmsSealer(run.connections.signing(now), run.connections.recipients(now), now)
