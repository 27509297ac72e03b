"""How the forms of sealed files begin, so that a file in the clear is never taken for one."""

from __future__ import annotations

import re

_CMS_ENVELOPED = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x81.|\x82..|\x83...|\x84....|\x85.....|\x86......|\x80)"
    rb"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03",
    re.DOTALL,
)
"""RFC 5652: a SEQUENCE that begins with the object identifier of EnvelopedData."""
_OPENPGP_ENCRYPTED = re.compile(rb"[\xc1\x84\x85\x86]|-----BEGIN PGP MESSAGE-----")
"""RFC 9580: a session key packet in either form of packet heads, or armour around one."""


def begins_encrypted(data: bytes) -> bool:
    """Whether a file that begins so is encrypted, by CMS or OpenPGP."""
    return bool(_CMS_ENVELOPED.match(data) or _OPENPGP_ENCRYPTED.match(data))
