"""Sends notices in a process of its own and kills itself with SIGKILL when the n-th is sent and not booked yet."""

import os
import signal
import sys
from datetime import date

from road import context_of

from orchestration import notify
from orchestration.task_run import TaskRun


def main() -> None:
    as_of, at = date.fromisoformat(sys.argv[1]), int(sys.argv[2])
    book, calls = notify._book, []

    def killed_or_booked(*arguments: object) -> str:
        calls.append(arguments)
        if len(calls) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return book(*arguments)

    notify._book = killed_or_booked
    run = TaskRun.of(context_of(as_of))
    notify.send_notices(run, notify.open_cases(run))


if __name__ == "__main__":
    main()
