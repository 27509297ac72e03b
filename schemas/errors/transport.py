"""Errors of delivery over SFTP (5xxx): reaching the server 50xx, its files 51xx, the exactly-once hand-over 52xx.

A dropped line may be tried again. A refusal needs a person.
"""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

SERVER_UNREACHABLE = ErrorKind(
    code="ARR-5001",
    title="The bureau's server can't be reached",
    cause="Its name is not resolved, or nobody answers at its address and port.",
    remedy="It is tried again; if it goes on, check host and port in the connection and ask the bureau.",
    may_retry=True,
)
CONNECTION_LOST = ErrorKind(
    code="ARR-5002",
    title="The connection to the bureau's server broke",
    cause="The network or the server dropped it, or it answered something that is not SSH.",
    remedy="It is tried again and nothing is sent twice.",
    may_retry=True,
)
SERVER_TOO_SLOW = ErrorKind(
    code="ARR-5003",
    title="The bureau's server did not answer in time",
    cause="It is overloaded or hangs.",
    remedy="It is tried again; if it goes on, ask the bureau or raise the timeout in the connection.",
    may_retry=True,
)
HOST_KEY_CHANGED = ErrorKind(
    code="ARR-5004",
    title="The bureau's server shows another host key than the known one",
    cause="The bureau changed its key, or somebody else answers in its place, or it signs by SHA-1 only.",
    remedy="Send nothing. Ask the bureau by another way for its host key, then put it into the connection.",
)
HOST_KEY_NOT_READABLE = ErrorKind(
    code="ARR-5005",
    title="The known host key can't be read",
    cause="The connection has no host key, or it is not of the form `ssh-ed25519 AAAA...`, or of an outdated kind.",
    remedy="Put the bureau's Ed25519, ECDSA or RSA host key into the connection.",
)
LOGIN_REFUSED = ErrorKind(
    code="ARR-5006",
    title="The bureau's server refused the log-in",
    cause="User, key or password is wrong or expired, or it wants another way of log-in.",
    remedy="Correct the log-in in the connection. It is not tried again, so that the account is not locked.",
)
CREDENTIAL_NOT_READABLE = ErrorKind(
    code="ARR-5007",
    title="The key for the log-in can't be read",
    cause="It is no private key in PEM or OpenSSH form, its passphrase is wrong, or key and password are missing.",
    remedy="Put a private key with its passphrase, or a password, into the connection.",
)
ALGORITHMS_REFUSED = ErrorKind(
    code="ARR-5008",
    title="The bureau's server offers outdated algorithms only",
    cause="It has no key exchange, cipher or MAC in common with the list of modern ones.",
    remedy="Ask the bureau to bring its server up to date.",
)

REMOTE_PERMISSION = ErrorKind(
    code="ARR-5101",
    title="The bureau's server denies the access",
    cause="The account may not read, write, rename or list there.",
    remedy="Ask the bureau for the rights, or correct the folders in the settings.",
)
REMOTE_MISSING = ErrorKind(
    code="ARR-5102",
    title="A file or folder is not on the bureau's server",
    cause="The folder in the settings is wrong, or the file was taken away meanwhile.",
    remedy="Correct the folders in the settings, or ask the bureau.",
)
REMOTE_FAILED = ErrorKind(
    code="ARR-5103",
    title="The bureau's server reported a failure",
    cause="Its disk is full, a quota is used up, or it does not say.",
    remedy="It is tried again; if it goes on, ask the bureau.",
    may_retry=True,
)
REMOTE_TOO_LARGE = ErrorKind(
    code="ARR-5104",
    title="A file or folder on the bureau's server is larger than allowed",
    cause="An answer has more bytes, or its folder more files, than the limit.",
    remedy="Look at what the bureau put there; raise the limit if it is right.",
)
REMOTE_NAME_UNREADABLE = ErrorKind(
    code="ARR-5105",
    title="A name on the bureau's server can't be read",
    cause="A file in the folder has a name that is not UTF-8.",
    remedy="Ask the bureau to rename or remove the file.",
)

UPLOAD_INCOMPLETE = ErrorKind(
    code="ARR-5201",
    title="The uploaded file is not what was sent",
    cause="Bytes were lost or changed on the way, or the server's disk is full. The file has its temporary name still.",
    remedy="It is sent again under the temporary name.",
    may_retry=True,
)
RENAME_NOT_DONE = ErrorKind(
    code="ARR-5202",
    title="The bureau's server did not rename the uploaded file",
    cause="It answered yes, but the file has its temporary name still.",
    remedy="It is tried again.",
    may_retry=True,
)
INTENT_DIFFERS = ErrorKind(
    code="ARR-5203",
    title="Another file was announced for this part",
    cause="The ledger has an intent with another name, size or SHA-256 for the same part of the same batch.",
    remedy="Send the file of the intent from the outbox, or find out why the part was sealed anew.",
)
OTHER_CONTENT = ErrorKind(
    code="ARR-5204",
    title="A file of this name with other content is at the bureau already",
    cause="Somebody else sent it, the bureau changed it, or it was damaged on the bureau's disk.",
    remedy="Compare with the bureau what it has. Nothing was overwritten.",
)
OUTCOME_UNKNOWN = ErrorKind(
    code="ARR-5205",
    title="Whether the bureau has the file can't be known from here",
    cause="The rename was begun, and now the file is under neither name: the bureau took it away, or it was removed.",
    remedy="Ask the bureau for the file by name and SHA-256, and book what it says. It is not sent again before.",
)
NOTHING_TO_SETTLE = ErrorKind(
    code="ARR-5206",
    title="There is nothing to ask the bureau about this file",
    cause="Its receipt is booked, or it was not sent yet, so that nothing about it is unknown.",
    remedy="Look at the part's pages in the ledger; let the task `send` run again when there is no receipt.",
)
SENDING_CLOSED = ErrorKind(
    code="ARR-5207",
    title="The bureau takes no files at this hour",
    cause="Its hours in the settings are over, or have not begun.",
    remedy="Nothing: it goes on where it stopped when the bureau opens.",
    may_retry=True,
)
