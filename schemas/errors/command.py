"""Errors of the command line and the sandbox (9xxx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

PORT_TAKEN = ErrorKind(
    code="ARR-9001",
    title="A port that a service needs is taken",
    cause="Another program on this machine listens on that port, often a second copy of Arrears or another Airflow.",
    remedy="Stop the program that holds the port, or set the named environment variable to a free port.",
)

PORT_SETTING_INVALID = ErrorKind(
    code="ARR-9002",
    title="A port setting is not a port number",
    cause="The environment variable holds something other than a whole number from 1024 to 65535.",
    remedy="Set it to a free port from 1024 to 65535, or unset it to use the default.",
)

SERVICE_DIED = ErrorKind(
    code="ARR-9003",
    title="A background service ended while it was starting",
    cause="The service met an error; its log holds the reason in its last lines.",
    remedy="Read the named log, mend the cause and start again.",
)

SERVICE_NOT_READY = ErrorKind(
    code="ARR-9004",
    title="A background service was not ready in time",
    cause="The machine is overloaded, or the service hangs; its log tells which.",
    remedy="Read the named log; on a busy machine start again.",
    may_retry=True,
)

SERVICE_WILL_NOT_STOP = ErrorKind(
    code="ARR-9005",
    title="A background service could not be stopped",
    cause="Its processes are owned by another user, or hang in the kernel.",
    remedy="End the named process by hand, as the user who started it.",
)

ALREADY_CHANGING = ErrorKind(
    code="ARR-9006",
    title="Another command is starting or stopping the services",
    cause="Two of `make demo`, `make up` and `make down` run at once for the same state folder.",
    remedy="Wait until the other command has ended, then run this one again.",
    may_retry=True,
)

AIRFLOW_SETUP_FAILED = ErrorKind(
    code="ARR-9007",
    title="Airflow's metadata database could not be set up",
    cause="Migration, roles or users failed; the log holds the reason.",
    remedy="Read the named log; `make clean` removes the half-made state folder.",
)

AIRFLOW_REFUSED = ErrorKind(
    code="ARR-9008",
    title="Airflow's REST API refused a request",
    cause="The user lacks the permission, or the request does not fit the state of the run.",
    remedy="Compare the status with the user's role in deploy/roles.json, then with the run in the Airflow UI.",
)

AIRFLOW_UNREACHABLE = ErrorKind(
    code="ARR-9009",
    title="Airflow's REST API does not answer",
    cause="The api-server is not running, still starting, or listens on another port.",
    remedy="Run `make status`, then `make up`.",
    may_retry=True,
)

DAG_NOT_IMPORTED = ErrorKind(
    code="ARR-9010",
    title="A DAG file can't be imported, or the DAG is missing",
    cause="The DAG file raises at import, or the bundle does not hold it.",
    remedy="Open the named file's error under Import Errors in the Airflow UI and mend it.",
)

RUN_NOT_FINISHED = ErrorKind(
    code="ARR-9011",
    title="A DAG run did not reach the state that was waited for in time",
    cause="A task waits for a person or for a retry, or the scheduler is busy or stopped.",
    remedy="Look at the run in the Airflow UI.",
    may_retry=True,
)

PLACE_UNKNOWN = ErrorKind(
    code="ARR-9101",
    title="It is not known where to look",
    cause="Neither the option nor the environment variable is given, and there is no var/demo.json below the current "
    "folder that says it.",
    remedy="Give the named option or set the named environment variable, or go to the folder in which `make demo` ran.",
)

PLACE_MISSING = ErrorKind(
    code="ARR-9102",
    title="There is no ledger or lake at the place that is named",
    cause="The path is mistyped, or its disk is not mounted. A command that reads never starts an empty ledger, which "
    "would look like one that never reported.",
    remedy="Correct the path.",
)

DEMO_FILE_INVALID = ErrorKind(
    code="ARR-9103",
    title="The file that says where ledger and lake are can't be used",
    cause="var/demo.json is not readable, or it is not the JSON that `make demo` writes.",
    remedy="Give the places by options or environment variables, or run `make demo` again.",
)

CASE_UNKNOWN = ErrorKind(
    code="ARR-9104",
    title="The ledger knows no such case or loan",
    cause="The id is mistyped, the ledger is another one, or the loan was never found reportable: only then a case is "
    "opened.",
    remedy="Give a case like roster-L0001234-20251103, or the number of a loan, from this ledger.",
)

STORY_INCOMPLETE = ErrorKind(
    code="ARR-9105",
    title="A page that a case refers to is not in the ledger, or does not say what it should",
    cause="The ledger was restored in part, or written by another program.",
    remedy="Run `arrears ledger verify`, and restore the ledger from a backup when it is not intact.",
)

POLICY_VERSION_MISSING = ErrorKind(
    code="ARR-9106",
    title="The version of the policy that judged a case is not here",
    cause="The folder of policies lacks it, or another one is configured. Old versions have to be kept.",
    remedy="Put the named version back, or set ARREARS_POLICIES and ARREARS_POLICY as the deployment has them.",
)

FILE_NOT_READABLE = ErrorKind(
    code="ARR-9107",
    title="A file that was named can't be read",
    cause="It does not exist, may not be read by this user, or is not the kind of file that was asked for.",
    remedy="Correct the path or the rights.",
)

CERTIFICATE_NOT_FOUND = ErrorKind(
    code="ARR-9108",
    title="No certificate was found that belongs to the key",
    cause="The recipient of a sealed file is named by certificate. It is looked for inside the key's file and among "
    "the *.pem, *.crt and *.cer files beside it.",
    remedy="Give it with --certificate.",
)

TREE_HEAD_INVALID = ErrorKind(
    code="ARR-9109",
    title="The trusted tree head can't be used",
    cause="A tree head is a number of pages with a root of 64 hexadecimal digits.",
    remedy="Give --trusted-size and --trusted-root as an earlier `arrears ledger verify` printed them.",
)

__all__ = ["ErrorKind"]

RUN_FAILED = ErrorKind(
    "ARR-9020",
    "A DAG run ended badly",
    "A task of the run failed; its log names an error of its own.",
    "Open the run in the UI, read the log of the task named, look up its code.",
)
LENDER_NOT_MADE = ErrorKind(
    "ARR-9021",
    "The made-up lender could not be made",
    "The folder holds something else, or the disk is full.",
    "Read the message above; `make clean` removes what the sandbox has made.",
)

RESULT_NOT_WRITABLE = ErrorKind(
    "ARR-9110",
    "The result can't be written",
    "The folder is missing, the disk is full, or this user may not write there.",
    "Give another path with --out, or mend the folder.",
)

BUREAU_UNKNOWN = ErrorKind(
    "ARR-9111",
    "There is no bureau of this name",
    "The name is mistyped, or this version knows no files of that bureau.",
    "Give one of the named bureaus with --bureau.",
)

NOT_COMPARED = ErrorKind(
    "ARR-9112",
    "Files of this bureau are not compared with an earlier one",
    "No rule on its records looks at the file before.",
    "Leave out --previous.",
)
