"""Hands one part over in a process of its own and, when told so, kills itself with SIGKILL at a chosen moment.

Every call to the book and to the server is a moment before and a moment after. Within the upload a moment is a number
of bytes. `hand_over_child.py JOB` runs one job; `hand_over_child.py --fork` reads jobs line by line and forks for each,
so that many can be killed in a short time; it tells the process of each job, and its end.
"""

import json
import os
import resource
import select
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from delivery.handover import HandOver
from delivery.handover_terms import Part, Place
from delivery.sftp import connected
from delivery.sftp_settings import SftpServer
from ledger.ledger import Ledger
from ledger.page import Event


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """Passes calls on to the real thing and counts the moments."""

    moments: list = []  # noqa: RUF012 shared by book and server on purpose

    def __init__(self, real: object, kill_at: int | None) -> None:
        self._real = real
        self._kill_at = kill_at

    def __getattr__(self, name: str) -> object:
        def call(*arguments: object, **named: object) -> object:
            self._pass(f"before {name}")
            result = getattr(self._real, name)(*arguments, **named)
            self._pass(f"after {name}")
            return result

        return call

    def _pass(self, moment: str) -> None:
        if len(self.moments) == self._kill_at:
            die()
        self.moments.append(moment)


class KillingSource:
    """Kills the process after so many bytes were read from it."""

    def __init__(self, file: object, kill_after_bytes: int) -> None:
        self._file = file
        self._left = kill_after_bytes

    def read(self, size: int = -1) -> bytes:
        if self._left <= 0:
            die()
        chunk = self._file.read(min(size, self._left))
        self._left -= len(chunk)
        return chunk

    def __enter__(self) -> "KillingSource":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def run(job: dict) -> object:
    file = Path(job["file"])
    part = Part(job["key"], file.name, job["size_bytes"], job["sha256"])
    place = Place("inbox", **job.get("place", {}))
    kill_after_bytes = job.get("kill_after_bytes")
    if "most_file_bytes" in job:
        # As a disk or a quota that ends here; the interpreter ignores the signal that comes with it.
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["most_file_bytes"], job["most_file_bytes"]))
    jump = timedelta(seconds=job.get("clock_jump_seconds", 0))

    def source() -> object:
        opened = file.open("rb")
        return opened if kill_after_bytes is None else KillingSource(opened, kill_after_bytes)

    server = SftpServer(**{**job["server"], "host_keys": tuple(job["server"]["host_keys"])})
    with Ledger.open(job["ledger_url"]) as ledger, connected(server) as session:
        return HandOver(
            part,
            source,
            Watched(session, job.get("kill_at")),
            place,
            Watched(ledger, job.get("kill_at")),
            actor="task:report.send",
            clock=lambda: datetime.now(UTC) + jump,
            sent_events=[Event(case_id, "sent", {"part": part.key}) for case_id in job["case_ids"]],
        ).run()


def fork_for_each_job() -> None:
    running: set[int] = set()
    buffer = b""
    while True:
        if select.select([0], [], [], 0.005)[0]:
            told = os.read(0, 1 << 16)
            if not told:
                return
            *lines, buffer = (buffer + told).split(b"\n")
            for line in lines:
                job = json.loads(line)
                if "kill" not in job:
                    running.add(child := _fork(job))
                    _tell(pid=child)
                elif job["kill"] in running:
                    os.kill(job["kill"], signal.SIGKILL)
        while running and (ended := os.waitpid(-1, os.WNOHANG))[0]:
            running.remove(ended[0])
            _tell(ended=ended[0], code=os.waitstatus_to_exitcode(ended[1]))


def _fork(job: dict) -> int:
    child = os.fork()
    if child:
        return child
    os.close(0)
    try:
        run(job)
    except BaseException as problem:
        sys.stderr.write(f"{problem}\n")
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _tell(**facts: int) -> None:
    os.write(1, json.dumps(facts).encode() + b"\n")


if __name__ == "__main__":
    if sys.argv[1] == "--fork":
        fork_for_each_job()
    else:
        run(json.loads(sys.argv[1]))
