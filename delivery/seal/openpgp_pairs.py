"""New OpenPGP keys: for the first exchange with a bureau, for rotation, for sandboxes."""

from __future__ import annotations

from datetime import timedelta

import pysequoia

from delivery.seal.key_pairs import KeyPair

_SUITES = {
    "secp256r1": pysequoia.CipherSuite.P256,
    "secp384r1": pysequoia.CipherSuite.P384,
    "secp521r1": pysequoia.CipherSuite.P521,
}


def generate_pgp_pair(user_id: str, *, valid_days: int, curve: str | None = None) -> KeyPair:
    """Makes a key that signs and decrypts, RSA 3072 or of a curve; in the form of RFC 4880, which every program reads.

    Args:
        user_id: whose key it is, as a rule with a mail address.
        valid_days: length of the validity, which begins a minute ago.
        curve: one of `CURVES`; None for RSA.
    """
    key = pysequoia.Tsk.generate(
        user_id=user_id,
        profile=pysequoia.Profile.RFC4880,
        cipher_suite=pysequoia.CipherSuite.RSA3k if curve is None else _SUITES[curve],
        validity_seconds=int(timedelta(days=valid_days).total_seconds()),
    )
    return KeyPair(str(key), str(key.extract_certificate()))
