"""Errors of files for the credit reference centre of the PBoC (44xx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

LINE_TOO_LONG = ErrorKind(
    code="ARR-4401",
    title="A record is longer than the bureau takes",
    cause="The record has more characters than a line may have; it can't be cut.",
    remedy="Find the record by its number and send it with fewer repeated entries.",
)
TOO_MANY_RECORDS = ErrorKind(
    code="ARR-4402",
    title="There are more records than a file may hold",
    cause="The bureau limits the records of a file.",
    remedy="Write them into several files.",
)
PACKING_FAILED = ErrorKind(
    code="ARR-4403",
    title="The bureau's packing component did not do its work",
    cause="The command of the component can't be started, ended with an error, took too long, or left no output or too "
    "much of it.",
    remedy="Run the component by hand with a test file, and correct the command in the settings.",
)
NOT_UNPACKED = ErrorKind(
    code="ARR-4404",
    title="A packed file can't be unpacked",
    cause="It was damaged on the way, packed for another key or in another way, or is larger than allowed.",
    remedy="Ask the sender for the file again.",
)
