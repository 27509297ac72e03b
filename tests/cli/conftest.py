"""A site that reported, made once, and the commands run on it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli import app

ROOT = Path(__file__).resolve().parents[2]
MAKE_SITE = Path(__file__).with_name("make_site.py")


@dataclass(frozen=True)
class ReportedSite:
    """Where things of the made site are."""

    root: Path
    ledger_url: str
    lake: Path
    borrowers: Path
    sealed_file: Path
    answer: Path
    bureau_keys: Path
    states: dict[str, str]

    def case_in(self, state: str) -> str:
        """The first case that stands there."""
        return min(case_id for case_id, each in self.states.items() if each == state)

    @property
    def ledger_file(self) -> Path:
        return Path(self.ledger_url.removeprefix("sqlite:///"))


@pytest.fixture(scope="session")
def reported_site(tmp_path_factory: pytest.TempPathFactory) -> ReportedSite:
    root = tmp_path_factory.mktemp("reported")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ARREARS"))}
    made = subprocess.run(
        [sys.executable, MAKE_SITE, root],
        env={
            **environment,
            "AIRFLOW_HOME": str(root / "airflow"),
            "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'orchestration'}",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert made.returncode == 0, made.stderr[-4000:]
    told = json.loads((root / "site.json").read_text())
    paths = {name: Path(told[name]) for name in ("lake", "borrowers", "sealed_file", "answer", "bureau_keys")}
    return ReportedSite(root=root, ledger_url=told["ledger_url"], states=told["states"], **paths)


@pytest.fixture
def arrears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command in an empty folder, with what is given as keywords in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ARREARS_")]:
        monkeypatch.delenv(name)

    def run(*arguments: object, **environment: str) -> Result:
        return CliRunner().invoke(app, [str(each) for each in arguments], env=environment)

    return run


@pytest.fixture
def on_site(reported_site: ReportedSite, arrears: Callable[..., Result]) -> Callable[..., Result]:
    """Runs a command that finds the made site by the environment."""

    def run(*arguments: object) -> Result:
        return arrears(*arguments, ARREARS_LEDGER=reported_site.ledger_url, ARREARS_LAKE=str(reported_site.lake))

    return run
