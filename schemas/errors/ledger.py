"""Errors of the ledger (3xxx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

LEDGER_FOLDER_MISSING = ErrorKind(
    code="ARR-3001",
    title="The folder of the ledger does not exist",
    cause="The ledger's URL names a file in a folder that is missing, often a mistyped path or an unmounted disk. "
    "A ledger is never started in a new place on its own, because an empty one looks like one that never reported.",
    remedy="Create the folder, or correct the URL of the connection to the ledger.",
)
LEDGER_URL_REFUSED = ErrorKind(
    code="ARR-3002",
    title="The URL of the ledger cannot be used",
    cause="The URL is malformed, names a database other than SQLite and PostgreSQL, or an SQLite database in memory, "
    "which would forget everything with the process.",
    remedy="Give a URL like sqlite:////var/lib/arrears/ledger.sqlite or postgresql+psycopg://user@host/arrears.",
)
LEDGER_NEWER = ErrorKind(
    code="ARR-3003",
    title="The ledger was written by a newer version of Arrears",
    cause="The schema version in the database is not one that this version of Arrears knows.",
    remedy="Upgrade Arrears on this machine to the version that wrote the ledger.",
)
LEDGER_UNREADABLE = ErrorKind(
    code="ARR-3004",
    title="The database is not a readable ledger",
    cause="The file is no SQLite database or is damaged, or tables and columns of the ledger are missing.",
    remedy="Check that the URL names the ledger, and restore it from a backup if it is damaged.",
)
LEDGER_UNAVAILABLE = ErrorKind(
    code="ARR-3005",
    title="The database of the ledger cannot be reached or written",
    cause="The server is down, the login is refused, the disk is full, or the file may not be written.",
    remedy="Follow the reason given, then run the task again; a page that was written all the same is recognised.",
    may_retry=True,
)
LEDGER_BUSY = ErrorKind(
    code="ARR-3006",
    title="The ledger is held by another writer for too long",
    cause="Another process kept a write transaction open for longer than this one waits.",
    remedy="Run the task again; if it comes back, look for a program that holds the database.",
    may_retry=True,
)
LEDGER_NOT_INTACT = ErrorKind(
    code="ARR-3007",
    title="The ledger was changed from outside",
    cause="Rows of the ledger contradict each other, which the ledger's own writes never do.",
    remedy="Run `arrears ledger verify`, stop all reporting, and restore the ledger from a backup.",
)
LEDGER_OLDER = ErrorKind(
    code="ARR-3008",
    title="The ledger was written by an older version of Arrears",
    cause="Its tables lack what this version needs. A ledger is never migrated by opening it, so that one upgraded "
    "machine does not shut out the others.",
    remedy="Make a backup, stop what writes to the ledger, then run `arrears ledger migrate`.",
)
MIGRATION_REFUSED = ErrorKind(
    code="ARR-3009",
    title="The ledger cannot be brought to that version",
    cause="There is no such version, or it has no place for what the ledger holds already. What is written is never "
    "thrown away.",
    remedy="Choose another version with --to; to go back further, restore the backup that was made before the upgrade.",
)
PAGE_INVALID = ErrorKind(
    code="ARR-3010",
    title="The page cannot be written as given",
    cause="A part of the page is missing, too long, of the wrong type, or not in the form that the ledger requires.",
    remedy="Correct the named field where the page is made.",
)
NOT_JSON = ErrorKind(
    code="ARR-3011",
    title="A value is not exact JSON",
    cause="Content and details hold text, whole numbers up to 2^53-1, booleans, null, lists and objects only. "
    "Floating point numbers, decimals and dates have no single canonical form.",
    remedy="Pass amounts, dates and instants as text.",
)
PAGE_CONFLICT = ErrorKind(
    code="ARR-3012",
    title="A page with this key is already written, with something else on it",
    cause="Two pieces of work claim the same identity, or a task was run again and came to another result.",
    remedy="Compare the page in the ledger with the new result; what is written stands.",
)
ILLEGAL_TRANSITION = ErrorKind(
    code="ARR-3020",
    title="The case cannot take this event in its state",
    cause="The road of a case is fixed; an event that does not follow from the state means that two runs worked on "
    "the same case, or that a step was skipped.",
    remedy="Look at the history of the case and run again the step that read an older state.",
)
UNKNOWN_EVENT = ErrorKind(
    code="ARR-3021",
    title="The ledger knows no such event",
    cause="The kind of the event is not in the declared table of transitions.",
    remedy="Use one of the kinds declared for cases.",
)
NOTE_MALFORMED = ErrorKind(
    code="ARR-3030",
    title="A checkpoint is not in the form of a signed note",
    cause="The file was cut, edited or is something else. A checkpoint has origin, size and root, a blank line, and "
    "signature lines.",
    remedy="Take the checkpoint again from where it was published.",
)
NOTE_NOT_SIGNED = ErrorKind(
    code="ARR-3031",
    title="A checkpoint is not signed by the key that was given",
    cause="Another key signed it, it was changed after it was signed, or it is of another log.",
    remedy="Compare the verifier key with the one that the lender published; if it is right, the checkpoint is false.",
)
NOTE_KEY_INVALID = ErrorKind(
    code="ARR-3032",
    title="A key for checkpoints can't be used",
    cause="The text is not a verifier key `name+hash+key`, or not a signing key `PRIVATE+KEY+name+hash+key`, of "
    "Ed25519.",
    remedy="Give the key as `arrears ledger checkpoint-key` printed it.",
)
CHECKPOINT_CONTRADICTED = ErrorKind(
    code="ARR-3033",
    title="The ledger does not continue what a checkpoint committed to",
    cause="Pages that a published checkpoint covers were changed, removed or replaced, or the checkpoint is of another "
    "ledger.",
    remedy="Stop all reporting, run `arrears ledger verify` with the checkpoint, and restore the ledger from a backup.",
)
CHECKPOINT_PLACE_REFUSED = ErrorKind(
    code="ARR-3034",
    title="Checkpoints can't be kept or found at that place",
    cause="The folder is missing or may not be written, the object store refuses, or its protocol needs a package that "
    "is not installed.",
    remedy="Give a folder that exists, or the URL of an object store for which the fsspec package is installed.",
    may_retry=True,
)
PROOF_NOT_POSSIBLE = ErrorKind(
    code="ARR-3040",
    title="The case can't be proved with this ledger and this checkpoint",
    cause="The ledger does not have the case, the checkpoint is older than one of its events, or one of its pages was "
    "written in format 1, which can't be shown without other borrowers' events.",
    remedy="Publish a checkpoint with `arrears ledger checkpoint` and prove with that; for a page of format 1 let the "
    "auditor verify the whole ledger.",
)
PROOF_MALFORMED = ErrorKind(
    code="ARR-3041",
    title="The file is not a proof of a case",
    cause="It was cut or edited, is another file, or comes from a version of Arrears that writes another form.",
    remedy="Ask for the file again.",
)
PROOF_WRONG = ErrorKind(
    code="ARR-3042",
    title="The proof does not prove what it shows",
    cause="Something in it was changed after it was made, or its parts do not belong together.",
    remedy="Do not believe what the file shows; ask for it again, and for the reason.",
)

__all__ = [
    "CHECKPOINT_CONTRADICTED",
    "CHECKPOINT_PLACE_REFUSED",
    "ILLEGAL_TRANSITION",
    "LEDGER_BUSY",
    "LEDGER_FOLDER_MISSING",
    "LEDGER_NEWER",
    "LEDGER_NOT_INTACT",
    "LEDGER_OLDER",
    "LEDGER_UNAVAILABLE",
    "LEDGER_UNREADABLE",
    "LEDGER_URL_REFUSED",
    "MIGRATION_REFUSED",
    "NOTE_KEY_INVALID",
    "NOTE_MALFORMED",
    "NOTE_NOT_SIGNED",
    "NOT_JSON",
    "PAGE_CONFLICT",
    "PAGE_INVALID",
    "PROOF_MALFORMED",
    "PROOF_NOT_POSSIBLE",
    "PROOF_WRONG",
    "UNKNOWN_EVENT",
    "ErrorKind",
]
