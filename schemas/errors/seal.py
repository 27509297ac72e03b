"""Errors of bureau files (40xx), keys and certificates (41xx), sealing (42xx) and the outbox (43xx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

RECORDS_LACK_COLUMNS = ErrorKind(
    code="ARR-4001",
    title="The records don't have the columns of the bureau's layout",
    cause="The mapping to bureau records and the layout differ: a column is missing, extra or of another type.",
    remedy="Bring the mapping and the layout of this bureau to the same columns.",
)
RECORDS_BREAK_LAYOUT = ErrorKind(
    code="ARR-4002",
    title="A record does not fit the bureau's layout",
    cause="A value is missing, too long, not in the code table, or holds control characters.",
    remedy="Find the record by its row in the batch and correct it at its source.",
)

KEY_NOT_READABLE = ErrorKind(
    code="ARR-4101",
    title="A private key can't be read",
    cause="The text is not a private key in PEM or OpenPGP armour, or the passphrase is missing or wrong.",
    remedy="Put the text of the key and its passphrase into the connection.",
)
CERTIFICATE_NOT_READABLE = ErrorKind(
    code="ARR-4102",
    title="A certificate can't be read",
    cause="The text is not exactly one certificate in PEM or OpenPGP armour.",
    remedy="Put the text of one certificate into the connection.",
)
CERTIFICATE_EXPIRED = ErrorKind(
    code="ARR-4103",
    title="A certificate has expired",
    cause="Its last day is over.",
    remedy="Rotate the key: put a certificate that is in force into the connection and tell the bureau.",
)
CERTIFICATE_NOT_YET_VALID = ErrorKind(
    code="ARR-4104",
    title="A certificate is not valid yet",
    cause="Its first day lies ahead, or the clock of this machine is wrong.",
    remedy="Check the clock, or use the certificate that is in force today.",
)
KEY_WEAK = ErrorKind(
    code="ARR-4105",
    title="A key or a certificate is too weak",
    cause="RSA below 3072 bits for signing or 2048 for encryption, or a certificate signed with MD5 or SHA-1.",
    remedy="Make a stronger key and exchange certificates with the bureau.",
)
KEY_KIND_UNSUPPORTED = ErrorKind(
    code="ARR-4106",
    title="A key is of a kind that can't be used here",
    cause="Only RSA keys and the curves P-256, P-384 and P-521 are used, in OpenPGP also Curve25519 and Curve448, and "
    "the certificate must allow the use.",
    remedy="Use a certificate of such a key whose key usage allows digital signature, key encipherment (RSA) or key "
    "agreement (curves), as it is needed.",
)
CERTIFICATE_UNKNOWN = ErrorKind(
    code="ARR-4107",
    title="A certificate is not one of the known ones",
    cause="Its SHA-256 fingerprint is not in the list that was agreed with the bureau.",
    remedy="Ask the bureau by another way than the file transfer, then add the fingerprint to the settings.",
)
KEY_CERTIFICATE_MISMATCH = ErrorKind(
    code="ARR-4108",
    title="A private key does not belong to its certificate",
    cause="Key and certificate in the connection are of different pairs.",
    remedy="Put the key and the certificate of the same pair into the connection.",
)
KEY_REVOKED = ErrorKind(
    code="ARR-4109",
    title="A key has been revoked",
    cause="Its owner took the OpenPGP certificate back.",
    remedy="Ask the owner by another way than the file transfer for the new key.",
)
KEY_OF_OTHER_FORM = ErrorKind(
    code="ARR-4110",
    title="A key or a certificate is of another form than the one agreed on",
    cause="CMS needs keys and certificates in PEM, OpenPGP needs its own in armour. The settings (`desk.sealing`) or "
    "the key that belongs to it name the one, and this is of the other.",
    remedy="Put a key or certificate of the agreed form in its place, or correct `desk.sealing`.",
)

NOT_SEALED = ErrorKind(
    code="ARR-4201",
    title="The bytes are not a sealed file",
    cause="The file is not CMS EnvelopedData in DER, or not an encrypted OpenPGP message where that is agreed: it is "
    "empty, cut short, of another format, or in the clear.",
    remedy="Ask the sender for the file again.",
)
NOT_FOR_US = ErrorKind(
    code="ARR-4202",
    title="A file is sealed for somebody else",
    cause="None of its recipients is our certificate.",
    remedy="Send the sender our certificate that is in force and ask for the file again.",
)
SEAL_ALGORITHM_REFUSED = ErrorKind(
    code="ARR-4203",
    title="A sealed file uses an algorithm that is refused",
    cause="It has other than AES-256-CBC for content, RSA or ECDH for the key, RSA or ECDSA for the signature, and "
    "SHA-256, SHA-384 or SHA-512.",
    remedy="Ask the sender to seal with AES-256 and SHA-256, and with RSA or ECDH and ECDSA.",
)
NOT_OPENED = ErrorKind(
    code="ARR-4204",
    title="A sealed file can't be decrypted",
    cause="It was damaged on the way, or sealed with another key than its recipient says.",
    remedy="Ask the sender for the file again.",
)
SIGNATURE_MALFORMED = ErrorKind(
    code="ARR-4205",
    title="A sealed file is not signed as agreed",
    cause="There is no signature, more than one, no content, or the signed attributes are missing or doubled.",
    remedy="Ask the sender to sign with one certificate, content included, with signed attributes, then to encrypt.",
)
SIGNER_UNKNOWN = ErrorKind(
    code="ARR-4206",
    title="A sealed file is signed by somebody else",
    cause="Its signer is not the certificate that was agreed; in OpenPGP also when it is not signed at all.",
    remedy="Don't use the file. Ask the bureau by another way who signed it.",
)
SIGNATURE_WRONG = ErrorKind(
    code="ARR-4207",
    title="The signature of a sealed file is wrong",
    cause="The content was changed after it was signed, or the signature was made with another key.",
    remedy="Don't use the file. Tell the bureau.",
)

OUTBOX_NAME_REFUSED = ErrorKind(
    code="ARR-4301",
    title="A file name can't be used in the outbox",
    cause="It is empty, longer than 200 bytes, hidden, or has other characters than letters, digits, dot, hyphen and "
    "underscore.",
    remedy="Correct the institution id or batch id that the name is made of.",
)
OUTBOX_FILE_MISSING = ErrorKind(
    code="ARR-4302",
    title="A sealed file is not in the outbox",
    cause="It was removed between sealing and sending, or the outbox is not shared by all workers.",
    remedy="Let all workers see the same outbox, then look at what the bureau has before sending again.",
)
OUTBOX_FILE_CHANGED = ErrorKind(
    code="ARR-4303",
    title="A sealed file in the outbox is not the one that was sealed",
    cause="Its size or SHA-256 differs from what the ledger says.",
    remedy="Find out who changed it. Nothing was sent.",
)
OUTBOX_NOT_WRITTEN = ErrorKind(
    code="ARR-4304",
    title="The outbox can't be written",
    cause="Its disk is full, a quota is used up, or the user of the workers may not write there.",
    remedy="Follow the reason given, then run the task again: nothing was sent, and no half of a file is left.",
    may_retry=True,
)

FILE_NAMES_EXHAUSTED = ErrorKind(
    code="ARR-4310",
    title="A bureau's file name has no number left",
    cause="The name of a file numbers the files of one kind and day, and a name is never used twice. All numbers are "
    "taken, or more files are wanted than are left.",
    remedy="Put more records into a file, or report the rest under the next day.",
)
