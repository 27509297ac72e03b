"""The two forms in which keys and certificates are kept as text, told apart by their first line."""

from __future__ import annotations

from enum import StrEnum

from schemas.errors import ArrearsError
from schemas.errors.seal import KEY_OF_OTHER_FORM

_OPENPGP_HEAD, _PEM_HEAD = "-----BEGIN PGP ", "-----BEGIN "


class KeyForm(StrEnum):
    """What a text holds: PEM for CMS, or OpenPGP's armour."""

    X509 = "X.509"
    OPENPGP = "OpenPGP"


def form_of_key(text: str) -> KeyForm | None:
    """The form of a key or certificate; None when it is neither."""
    if _OPENPGP_HEAD in text:
        return KeyForm.OPENPGP
    return KeyForm.X509 if _PEM_HEAD in text else None


def require_form(text: str, form: KeyForm, **where: object) -> str:
    """The text, when it is not of the other form. What is of neither is left to whoever reads it.

    Raises:
        ArrearsError: `KEY_OF_OTHER_FORM`.
    """
    found = form_of_key(text)
    if found is not None and found is not form:
        raise ArrearsError(KEY_OF_OTHER_FORM, holds=found.value, agreed=form.value, **where)
    return text
