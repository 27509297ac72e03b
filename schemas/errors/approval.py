"""Errors of approval and orchestration (7xxx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

SITE_INVALID = ErrorKind(
    "ARR-7001",
    "The settings of this site are not valid",
    "The Airflow variable `arrears` is missing, is no JSON object, or a value in it is missing, unknown or wrong.",
    "Correct the variable as `docs/operators.md` shows and clear the task.",
)
CONNECTION_INVALID = ErrorKind(
    "ARR-7002",
    "A connection is missing or incomplete",
    "The Airflow connection does not exist or lacks a part that is needed.",
    "Complete the connection as `docs/operators.md` shows and clear the task.",
)
CONNECTION_KEPT_ELSEWHERE = ErrorKind(
    "ARR-7040",
    "A connection is kept by another secrets backend",
    "Airflow finds it outside of its own database, where it can't be written from here.",
    "Make the key with `arrears keys make --print-secret` and put what it prints into that backend.",
)
KEY_ROTATION_REFUSED = ErrorKind(
    "ARR-7041",
    "The keys are not in a state for this step",
    "A first key is made where one stands already, or a waiting key is activated where none waits.",
    "Look at `arrears keys list`, then make, rotate or activate.",
)
NO_BUSINESS_DATE = ErrorKind(
    "ARR-7003",
    "The run has no business date",
    "A run by hand was started without `as_of`, and no asset event or schedule names one.",
    "Start the run again with the parameter as_of, for example 2026-06-30.",
)
BUSINESS_DATE_INVALID = ErrorKind(
    "ARR-7004",
    "The business date is no date",
    "`as_of` is not written as YYYY-MM-DD.",
    "Start the run again with the parameter as_of, for example 2026-06-30.",
)
BUSINESS_DATE_IN_FUTURE = ErrorKind(
    "ARR-7005",
    "The business date lies in the future",
    "A later date than today would cut short grace periods that are still running.",
    "Start the run again with today or an earlier date.",
)
NOTHING_ASSESSED = ErrorKind(
    "ARR-7006",
    "There is no assessment of this business date",
    "`assess` has not run for it, or not under this policy.",
    "Run `ingest` and `assess` for the date first.",
)
NO_BOOK = ErrorKind(
    "ARR-7007",
    "There is no book of this business date",
    "`ingest` has not published one for it.",
    "Run `ingest` for the date first.",
)
BATCH_UNKNOWN = ErrorKind(
    "ARR-7010",
    "The ledger knows no such batch",
    "No freeze page stands under this batch: it was never frozen, or the ledger is another one.",
    "Check the batch and the connection arrears_ledger.",
)
NO_HUMAN_ANSWER = ErrorKind(
    "ARR-7011",
    "No person answered the approval",
    "The approval task was marked as done by hand, or its answer carries no user. A task state is no approval.",
    "Clear the approval task so that risk staff are asked again.",
)
WRONG_PERSON = ErrorKind(
    "ARR-7012",
    "The person who answered may not approve this batch",
    "The user is not among the approvers of this site.",
    "Let one of the approvers answer: clear the approval task.",
)
OWN_WORK = ErrorKind(
    "ARR-7013",
    "The person who started the run may not approve it",
    "Preparation and approval are separate duties.",
    "Let another approver answer: clear the approval task.",
)
NO_REASON = ErrorKind(
    "ARR-7014",
    "The decision has no reason",
    "A Hold needs a reason: it is what the next person and the auditor will read.",
    "Clear the approval task and answer again with a reason.",
)
UNKNOWN_OPTION = ErrorKind(
    "ARR-7015",
    "The answer is neither Release nor Hold",
    "The answer has no option, several, or an unknown one.",
    "Clear the approval task and answer again.",
)
OTHER_ROOT = ErrorKind(
    "ARR-7016",
    "What was shown for approval is not what is frozen",
    "The Merkle root in the request differs from the root of the frozen records.",
    "Hold the batch and freeze again; find out who changed what.",
)
LATE_ANSWER = ErrorKind(
    "ARR-7017",
    "The answer came after the deadline",
    "The batch lapsed before the answer; its cases were given back.",
    "Start a new run of `report`.",
)
ALREADY_DECIDED = ErrorKind(
    "ARR-7018",
    "The batch is already decided otherwise",
    "A decision stands in the ledger; a second and different one can't replace it.",
    "Start a new run of `report` when the cases are to be looked at again.",
)
NOT_RELEASED = ErrorKind(
    "ARR-7019",
    "The ledger holds no release of this batch",
    "Sending believes the ledger only; the state of an Airflow task releases nothing.",
    "Let risk staff answer the approval; never mark it as done by hand.",
)
RECORD_CHANGED = ErrorKind(
    "ARR-7020",
    "A record differs from what was approved",
    "A snapshot, the frozen list or the code that builds records has changed since the freeze.",
    "Nothing was sent. Hold the batch, find the change, freeze again.",
)
NOT_SEALED = ErrorKind(
    "ARR-7021",
    "The ledger holds no seal page of this part",
    "The part was never sealed, or the batch is another one.",
    "Clear the task `seal`.",
)
NOT_SENT = ErrorKind(
    "ARR-7022",
    "A part of the batch has no receipt",
    "The task `send` of that part has not ended well.",
    "Clear the task `send` of the part named; what is sent already is not sent again.",
)
NOBODY_ANSWERED = ErrorKind(
    "ARR-7023",
    "Nobody answered the approval in time",
    "The time that the policy gives to risk staff is over, or the approval task was failed by hand.",
    "Nothing was sent and the cases were given back. Start a new run of `report`.",
)
NOTHING_FROZEN = ErrorKind(
    "ARR-7024",
    "Nothing is frozen in this run",
    "The task `freeze` has failed or left no batch.",
    "Clear the task `freeze`.",
)
NOT_RECHECKED = ErrorKind(
    "ARR-7025",
    "The batch was not re-checked by the newest book",
    "No re-check stands in the ledger, or a newer book was published since: who paid meanwhile must not be reported.",
    "Clear the task `recheck`.",
)
VALIDATION_FAILED = ErrorKind(
    "ARR-7030",
    "The validation found critical failures",
    "More rows than the policy allows break a critical rule.",
    "Open the validation report named, correct the extract and run `ingest` again.",
)
ROWS_LOST = ErrorKind(
    "ARR-7031",
    "Rows read, published and kept out do not add up",
    "A fault in Arrears, not in the extract: no row may be lost or doubled between file and snapshot.",
    "Nothing was published. Report the message with the versions of file and program.",
)
FACTS_MISSING = ErrorKind(
    "ARR-7032",
    "The lender does not give what its bureau asks for",
    "The bureau's records need datasets beside the books, and the book does not have all of them.",
    "Describe the datasets named in sources.toml, then run `ingest` and `assess` again.",
)
SITE_NOT_READY = ErrorKind(
    "ARR-7033",
    "The site is not ready for a report",
    "Something that sealing or sending needs is not as it must be; nothing was built.",
    "Mend what is named and clear the task.",
)
