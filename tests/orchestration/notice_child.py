"""Sends notices in a process of its own and kills itself with SIGKILL around the booking of the n-th of them."""

import os
import signal
import sys
from datetime import date

from road import context_of

from orchestration import notify
from orchestration.task_run import TaskRun


def main() -> None:
    as_of, moment, at = date.fromisoformat(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    book, calls = notify._book, []

    def booked_then_killed(*arguments: object) -> str:
        calls.append(arguments)
        if (moment, at) == ("before booking", len(calls)):
            os.kill(os.getpid(), signal.SIGKILL)
        kind = book(*arguments)
        if (moment, at) == ("after booking", len(calls)):
            os.kill(os.getpid(), signal.SIGKILL)
        return kind

    notify._book = booked_then_killed
    run = TaskRun.of(context_of(as_of))
    notify.send_notices(run, notify.open_cases(run))


if __name__ == "__main__":
    main()
