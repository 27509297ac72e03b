"""What a ZIP archive of an unknown maker may hold, and how `zipfile` fails on what is no such archive."""

from __future__ import annotations

import zipfile
import zlib

METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Compressions that are unpacked piece by piece, so that their size can be watched."""

ENCRYPTED_FLAG = 0x1
"""Bit 0 of a member's general purpose flags, APPNOTE.TXT 4.4.4."""

# `zipfile` checks little before it acts: an unknown compression or version is a `NotImplementedError`, a bad date or
# offset a `ValueError`.
BROKEN = (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, EOFError, OSError)
"""What reading a damaged archive raises."""
