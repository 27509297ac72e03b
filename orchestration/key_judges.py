"""Keys and certificates judged for people, in the form that was agreed with the bureau."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

from delivery.seal import openpgp
from delivery.seal.certificates import (
    CertificateFacts,
    certificate_facts,
    opening_identity,
    recipient_certificate,
    signer_certificate,
    signing_identity,
)
from delivery.seal.key_forms import KeyForm, form_of_key, require_form
from delivery.seal.key_pairs import KeyPair, generate_curve_key_pair, generate_key_pair
from delivery.seal.openpgp_pairs import generate_pgp_pair

Pair: TypeAlias = Mapping[str, Any]
"""`private_key`, `certificate` and `passphrase` of one of our keys, as a connection has them."""
Facts: TypeAlias = CertificateFacts | openpgp.PgpFacts

_CLOCK_LEEWAY = timedelta(hours=1)


class KeyJudge(Protocol):
    """What is asked of keys of one form. What can't be used raises an `ArrearsError`."""

    def signing(self, pair: Pair, at: datetime) -> None:
        """Our key for signing."""

    def opening(self, pair: Pair, at: datetime) -> None:
        """Our key for opening."""

    def signer(self, text: str, at: datetime) -> None:
        """A certificate whose signatures we take."""

    def recipient(self, text: str, at: datetime) -> None:
        """A certificate that we encrypt for."""

    def new_pair(self, name: str, valid_from: datetime, valid_days: int, curve: str | None) -> KeyPair:
        """A new key with its certificate: RSA 3072, or of a curve when one is named."""


class X509Judge:
    """Keys of CMS."""

    def signing(self, pair: Pair, at: datetime) -> None:
        """Key and certificate, which must belong together."""
        signing_identity(*_key_and_certificate(pair), checked_at=at, passphrase=pair.get("passphrase"))

    def opening(self, pair: Pair, at: datetime) -> None:
        """Key and certificate, which must belong together."""
        opening_identity(*_key_and_certificate(pair), checked_at=at, passphrase=pair.get("passphrase"))

    def signer(self, text: str, at: datetime) -> None:
        """As in `signer_certificate`."""
        signer_certificate(require_form(text, KeyForm.X509), checked_at=at)

    def recipient(self, text: str, at: datetime) -> None:
        """As in `recipient_certificate`."""
        recipient_certificate(require_form(text, KeyForm.X509), checked_at=at)

    def new_pair(self, name: str, valid_from: datetime, valid_days: int, curve: str | None) -> KeyPair:
        """Valid from an hour before, for the sake of clocks that are slow."""
        begins_at = valid_from - _CLOCK_LEEWAY
        if curve is None:
            return generate_key_pair(name, valid_from=begins_at, valid_days=valid_days)
        return generate_curve_key_pair(name, valid_from=begins_at, valid_days=valid_days, curve=curve)


class PgpJudge:
    """Keys of OpenPGP; a secret key holds its certificate."""

    def signing(self, pair: Pair, at: datetime) -> None:
        """The secret key."""
        openpgp.pgp_signing_key(_secret_key(pair), checked_at=at, passphrase=pair.get("passphrase"))

    def opening(self, pair: Pair, at: datetime) -> None:
        """The secret key."""
        openpgp.pgp_opening_key(_secret_key(pair), checked_at=at, passphrase=pair.get("passphrase"))

    def signer(self, text: str, at: datetime) -> None:
        """As in `pgp_signer`."""
        openpgp.pgp_signer(require_form(text, KeyForm.OPENPGP), checked_at=at)

    def recipient(self, text: str, at: datetime) -> None:
        """As in `pgp_recipient`."""
        openpgp.pgp_recipient(require_form(text, KeyForm.OPENPGP), checked_at=at)

    def new_pair(
        self,
        name: str,
        valid_from: datetime,  # noqa: ARG002 -- a new OpenPGP key is valid from now on
        valid_days: int,
        curve: str | None,
    ) -> KeyPair:
        """The name becomes the key's user id."""
        return generate_pgp_pair(name, valid_days=valid_days, curve=curve)


JUDGES: Mapping[KeyForm, KeyJudge] = {KeyForm.X509: X509Judge(), KeyForm.OPENPGP: PgpJudge()}


def facts_of(text: str, *uses: str) -> Facts:
    """What stands in a certificate of either form; nothing is checked.

    Args:
        text: the certificate; the secret key where it is OpenPGP's.
        uses: in OpenPGP, for which its end is told, see `pgp_facts`.

    Raises:
        ArrearsError: `CERTIFICATE_NOT_READABLE`.
    """
    return openpgp.pgp_facts(text, *uses) if form_of_key(text) is KeyForm.OPENPGP else certificate_facts(text)


def certificate_text(pair: Pair) -> str:
    """Where the facts about one of our keys stand."""
    key, certificate = str(pair.get("private_key") or ""), str(pair.get("certificate") or "")
    return key if form_of_key(key) is KeyForm.OPENPGP else certificate


def _key_and_certificate(pair: Pair) -> tuple[str, str]:
    key, certificate = str(pair.get("private_key") or ""), str(pair.get("certificate") or "")
    return require_form(key, KeyForm.X509), require_form(certificate, KeyForm.X509)


def _secret_key(pair: Pair) -> str:
    return require_form(str(pair.get("private_key") or ""), KeyForm.OPENPGP)
