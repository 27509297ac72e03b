"""Rounds of chaos: processes that hand a part over are killed with SIGKILL at random, among other faults.

A round is known by its seed. After its faults the job is run again as Airflow would, and then there is one intact copy
at the bureau, one receipt, and a ledger that holds.
"""

import os
import random
import shutil
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.delivery.cutting_proxy import CuttingProxy
from tests.delivery.handover_job import Forks, Job, make_job

_LOG_IN_BYTES = 5_000
_MOMENTS = 60
_DAY_SECONDS = 86_400
_KILLED = -9


@dataclass
class Chaos:
    """What all rounds share.

    Attributes:
        forks: starts the processes.
        server: an OpenSSH server that may be stopped and started.
        released_ledger: copied for each round.
        folder: for the rounds.
        faults: how often each fault took effect.
    """

    forks: Forks
    server: Any
    released_ledger: Path
    folder: Path
    faults: Counter = field(default_factory=Counter)

    @property
    def kills(self) -> int:
        """Processes that were killed while they handed over."""
        return self.faults["killed"]

    def play(self, seed: int) -> None:
        """One round: a kill, up to two more faults, and the end that must come after them."""
        chance = random.Random(seed)
        content = chance.randbytes(chance.choice((0, 1, 40_000, 300_000, 2_000_000)))
        job = make_job(self.folder / str(seed), self.released_ledger, self.server, self.server.root / "inbox", content)
        faults = [chance.choice(KILLS), *chance.choices(FAULTS, k=chance.randint(0, 2))]
        chance.shuffle(faults)
        for fault in faults:
            fault(self, job, chance)
        job.finish(most_runs=5)
        job.finish()
        job.assert_delivered_once(content)
        shutil.rmtree(self.folder / str(seed))

    def run(self, job: Job, **more: Any) -> None:
        """One process until it ends by itself or by its own hand."""
        self.count(self.forks.wait(self.forks.start(job, **more)))

    def count(self, code: int) -> None:
        """Book how a process ended."""
        self.faults[{_KILLED: "killed", 0: "done"}.get(code, "failed")] += 1


def kill_server(server: Any) -> None:
    """The server and all its sessions, as when a machine loses its power."""
    for pid in _below(server.process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.process.kill()
    server.process.wait(10)
    server.process = None


def _below(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    own = [int(child) for each in listed for child in each.read_text().split()]
    return own + [below for child in own for below in _below(child)]


def kill_at_a_moment(chaos: Chaos, job: Job, chance: random.Random) -> None:
    """Before or after one of the calls to the book and to the server."""
    chaos.run(job, kill_at=chance.randrange(_MOMENTS))


def kill_within_the_upload(chaos: Chaos, job: Job, chance: random.Random) -> None:
    """After so many bytes."""
    chaos.run(job, kill_after_bytes=chance.randint(1, max(1, job.facts["size_bytes"])))


def kill_at_any_time(chaos: Chaos, job: Job, chance: random.Random) -> None:
    """From outside, wherever it is."""
    chaos.count(chaos.forks.kill(chaos.forks.start(job), chance.uniform(0, 0.35)))


def kill_one_of_two(chaos: Chaos, job: Job, chance: random.Random) -> None:
    """Two processes hand over at once; one of them is killed."""
    first, second = chaos.forks.start(job), chaos.forks.start(job, kill_at=chance.randrange(2 * _MOMENTS))
    chaos.count(chaos.forks.wait(second))
    chaos.count(chaos.forks.wait(first))


def cut_the_line(chaos: Chaos, job: Job, chance: random.Random) -> None:
    """After a number of bytes, this way or that."""
    size_bytes = job.facts["size_bytes"]
    cut_after = chance.randint(0, 2 * size_bytes + _LOG_IN_BYTES)
    with CuttingProxy(chaos.server.port, [cut_after], is_upward=chance.random() < 0.5) as proxy:
        chaos.run(job, server={**job.facts["server"], "port": proxy.port})
    chaos.faults["cut"] += 1


def stop_the_server(chaos: Chaos, job: Job, chance: random.Random) -> None:
    """It and all its sessions are killed at any time, and it comes back."""
    pid = chaos.forks.start(job)
    time.sleep(chance.uniform(0, 0.3))
    kill_server(chaos.server)
    chaos.count(chaos.forks.wait(pid))
    chaos.server.start()
    chaos.faults["server dead"] += 1


def stay_away(chaos: Chaos, job: Job, chance: random.Random) -> None:
    """The server is not there at all, and comes back."""
    kill_server(chaos.server)
    chaos.run(job)
    chaos.server.start()
    chaos.faults["server away"] += 1


def lock_the_ledger(chaos: Chaos, job: Job, chance: random.Random) -> None:
    """Its database is held by somebody else for a while."""
    with closing(sqlite3.connect(job.ledger_file, isolation_level=None)) as held:
        held.execute("BEGIN EXCLUSIVE")
        release = threading.Event()
        waiting = threading.Timer(chance.uniform(0.05, 0.4), release.set)
        waiting.start()
        pid = chaos.forks.start(job)
        release.wait()
        held.execute("ROLLBACK")
        chaos.count(chaos.forks.wait(pid))
    chaos.faults["ledger locked"] += 1


def end_our_disk(chaos: Chaos, job: Job, chance: random.Random) -> None:
    """No file of ours may become larger, those of the ledger least of all."""
    chaos.run(job, most_file_bytes=chance.randrange(100_000))
    chaos.faults["disk ended"] += 1


def move_the_clock(chaos: Chaos, job: Job, chance: random.Random) -> None:
    """It jumps a day forth or back, and the process is killed some moments later."""
    jump = chance.choice((-_DAY_SECONDS, _DAY_SECONDS))
    chaos.run(job, kill_at=chance.randrange(_MOMENTS), clock_jump_seconds=jump)
    chaos.faults["clock moved"] += 1


Fault = Callable[[Chaos, Job, random.Random], None]
KILLS: tuple[Fault, ...] = (kill_at_a_moment, kill_within_the_upload, kill_at_any_time, kill_one_of_two)
FAULTS: tuple[Fault, ...] = (
    *KILLS,
    cut_the_line,
    stop_the_server,
    stay_away,
    lock_the_ledger,
    end_our_disk,
    move_the_clock,
)


def play_until(chaos: Chaos, kills: int, first_seed: int) -> int:
    """Rounds until so many processes were killed; how many rounds it took."""
    seed = first_seed
    while chaos.kills < kills:
        try:
            chaos.play(seed)
        except BaseException as problem:
            problem.add_note(f"round with seed {seed}")
            raise
        seed += 1
    return seed - first_seed
