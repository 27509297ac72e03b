"""`make chaos`: three hundred random kills, each followed by a look at what became of the file.

ARREARS_CHAOS_KILLS and ARREARS_CHAOS_SEED in the environment say how many, and where to begin.
"""

import os
from collections.abc import Callable
from pathlib import Path

from tests.chaos.rounds import Chaos, play_until
from tests.delivery.handover_job import forks, make_released_ledger

KILLS = int(os.environ.get("ARREARS_CHAOS_KILLS", "300"))
FIRST_SEED = int(os.environ.get("ARREARS_CHAOS_SEED", "1000"))


def test_after_hundreds_of_kills_every_file_is_there_once(start_openssh: Callable, tmp_path: Path) -> None:
    ledger = make_released_ledger(tmp_path / "ledger.sqlite")
    with forks() as started:
        chaos = Chaos(started, start_openssh(), ledger, tmp_path / "rounds")
        rounds = play_until(chaos, KILLS, FIRST_SEED)
    print(f"{rounds} rounds: {dict(chaos.faults)}")  # noqa: T201 what was played is what one wants to know
    assert chaos.kills >= KILLS
