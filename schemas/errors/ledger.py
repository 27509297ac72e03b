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

__all__ = [
    "ILLEGAL_TRANSITION",
    "LEDGER_BUSY",
    "LEDGER_FOLDER_MISSING",
    "LEDGER_NEWER",
    "LEDGER_NOT_INTACT",
    "LEDGER_UNAVAILABLE",
    "LEDGER_UNREADABLE",
    "LEDGER_URL_REFUSED",
    "NOT_JSON",
    "PAGE_CONFLICT",
    "PAGE_INVALID",
    "UNKNOWN_EVENT",
    "ErrorKind",
]
