"""Errors of evidence packs (45xx) and of the alliance's key for hashed lists (46xx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

EVIDENCE_DIFFERS = ErrorKind(
    code="ARR-4501",
    title="A file of evidence is not the one in the books",
    cause="It is missing, can't be read, lies outside the evidence root, or its size or SHA-256 differs from what the "
    "lender declared.",
    remedy="Restore the file from the lender's archive. No pack was made.",
)
PACK_NAME_REFUSED = ErrorKind(
    code="ARR-4502",
    title="A name can't be used within an evidence pack",
    cause="It is empty, too long, used twice, or has other than letters, digits, dot, hyphen and underscore.",
    remedy="Correct the key of the evidence in the lender's extract.",
)
PACK_TOO_LARGE = ErrorKind(
    code="ARR-4503",
    title="An evidence pack is larger than it may be",
    cause="It is sealed in memory, as nothing of it may lie on a disk in the clear.",
    remedy="Raise the limit on a machine with more memory, or hand over the largest files by another way.",
)
PACK_REFUSED = ErrorKind(
    code="ARR-4504",
    title="An evidence pack is not whole",
    cause="The file is no pack, or a file in it is missing, extra, of another size or SHA-256, or badly named.",
    remedy="Don't use it. Make the pack again, or ask the sender for it again.",
)
PACK_OPEN_REFUSED = ErrorKind(
    code="ARR-4505",
    title="An evidence pack in the clear is only written to a pipe",
    cause="It holds names, identity numbers and transcripts, which never lie on a disk in the clear.",
    remedy="Give --out with --recipient, --key and --certificate to seal it, or send the output to another program.",
)
BOOKS_DELETED = ErrorKind(
    code="ARR-4506",
    title="There is nothing to make an evidence pack of",
    cause="Retention has deleted the books on which the case rests.",
    remedy="Restore the named snapshot from a backup.",
)
NOTICE_COPY_DIFFERS = ErrorKind(
    code="ARR-4507",
    title="The copy of a notice is not the message that was sent",
    cause="Its SHA-256 differs from the one that was booked when the mail server took the message.",
    remedy="Give the message as it was sent, byte for byte, or none.",
)
SEVERAL_CASES = ErrorKind(
    code="ARR-4508",
    title="A loan has several cases",
    cause="An evidence pack is made of one case; this loan was in arrears more than once.",
    remedy="Give one of the named cases.",
)

ALLIANCE_KEY_INVALID = ErrorKind(
    code="ARR-4601",
    title="The alliance's key can't be used",
    cause="It is not 32 bytes or more in hexadecimal, all its bytes are the same, or its number is not 1 to 20 "
    "letters, digits and hyphens.",
    remedy="Put the key and its number into the connection as the alliance handed them out.",
)
ALLIANCE_LIST_UNFIT = ErrorKind(
    code="ARR-4602",
    title="A list can't be hashed or matched",
    cause="The file is not a list of the kind that is wanted, or some record of it can't be read.",
    remedy="Look at it with `arrears check --bureau roster`. Nobody is hashed while a record is in doubt.",
)
