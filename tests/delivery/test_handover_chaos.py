"""Thirty random kills, other faults among them; `make chaos` plays three hundred."""

from collections.abc import Callable
from pathlib import Path

from tests.chaos.rounds import Chaos, play_until
from tests.delivery.handover_job import forks


def test_after_thirty_kills_every_file_is_there_once(
    start_openssh: Callable, released_ledger: Path, tmp_path: Path
) -> None:
    with forks() as started:
        chaos = Chaos(started, start_openssh(), released_ledger, tmp_path / "rounds")
        rounds = play_until(chaos, 30, first_seed=1)
    assert chaos.kills >= 30
    assert rounds >= 10
