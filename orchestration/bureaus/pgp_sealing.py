"""Sealing by OpenPGP, for bureaus that want it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from delivery.seal import openpgp
from delivery.seal.openpgp import PgpRecipient, PgpSigningKey
from orchestration.bureaus.certificate_sealer import CertificateSealer
from orchestration.bureaus.form import PartFile
from orchestration.pgp_connections import PgpConnections
from orchestration.task_run import TaskRun
from schemas.sealing import Sealing


@dataclass(frozen=True)
class PgpSealer(CertificateSealer):
    """Signs with our key and encrypts for the bureau and for escrow, as `gpg --sign --encrypt` does."""

    signer: PgpSigningKey
    recipients: Sequence[PgpRecipient]
    sealing: Sealing

    def sealed(self, part: PartFile) -> Iterable[bytes]:
        """One message, binary or armoured."""
        message = openpgp.seal(b"".join(part.content), self.signer, self.recipients)
        yield openpgp.armoured(message) if self.sealing is Sealing.OPENPGP_ARMOURED else message

    def begins_sealed(self, first: bytes) -> bool:
        """Whether it is an encrypted message: the first piece is the whole of it."""
        return openpgp.is_encrypted(first)


def pgp_sealer(run: TaskRun) -> PgpSealer:
    """With the keys of the site's connections.

    Raises:
        ArrearsError: those of keys and certificates.
    """
    now = run.clock.wall_now()
    keys = PgpConnections(run.connections)
    return PgpSealer(keys.signing(now), keys.recipients(now), run.site.desk.sealing)
