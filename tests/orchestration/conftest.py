"""A road of a thousand loans, built once up to several points; each test goes on from its own copy."""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if "AIRFLOW_HOME" not in os.environ:
    os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="arrears-airflow-")
    atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
sys.path.insert(0, str(Path(__file__).parent))

from road import (
    FIRST_ON,
    LOANS,
    SECOND_ON,
    SEED,
    Outside,
    Road,
    Stand,
    answer,
    new_road,
    policy_with,
    wait_for,
)

from sandbox.lender import make_lender
from sandbox.site import SiteFolders, prepare_lender_keys


@pytest.fixture(scope="session")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    root = tmp_path_factory.mktemp("outside")
    make_lender(root / "lender", loans=LOANS, seed=SEED, as_of_dates=[FIRST_ON, SECOND_ON])
    keys = prepare_lender_keys(SiteFolders(root))
    bureau = Stand("sandbox.bureau", root / "bureau", "--unconfirmed-one-in", "3")
    mail = Stand("sandbox.mail", root / "mail")
    before = dict(os.environ)
    yield Outside(bureau, mail, root / "lender", root / "keys", keys)
    for name in set(os.environ) - set(before):
        del os.environ[name]
    bureau.stop()
    mail.stop()


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stages")


@pytest.fixture(scope="session")
def stage_assessed(stages: Path, outside: Outside) -> Road:
    """The first business date is ingested and assessed."""
    road = new_road(stages / "assessed", outside)
    road.ingest(FIRST_ON)
    road.assess(FIRST_ON)
    return road


@pytest.fixture(scope="session")
def stage_noticed(stages: Path, stage_assessed: Road) -> Road:
    """All notices of the first business date are delivered."""
    road = stage_assessed.copied_to(stages / "noticed")
    road.notify(FIRST_ON)
    return road


@pytest.fixture(scope="session")
def stage_second(stages: Path, stage_noticed: Road) -> Road:
    """The second business date, after the grace period, is ingested and assessed."""
    road = stage_noticed.copied_to(stages / "second")
    road.today = SECOND_ON
    road.ingest(SECOND_ON)
    road.assess(SECOND_ON)
    return road


@pytest.fixture(scope="session")
def stage_frozen(stages: Path, stage_second: Road) -> Road:
    """A batch is frozen and nobody has answered."""
    road = stage_second.copied_to(stages / "frozen")
    road.freeze(SECOND_ON)
    return road


@pytest.fixture(scope="session")
def stage_released(stages: Path, stage_frozen: Road) -> Road:
    """The batch is released."""
    road = stage_frozen.copied_to(stages / "released")
    road.decide(answer("Release"))
    return road


@pytest.fixture(scope="session")
def stage_sent(stages: Path, stage_released: Road) -> Road:
    """The batch is at the bureau and its receipt is booked."""
    road = stage_released.copied_to(stages / "sent")
    road.recheck()
    road.close(road.send(road.seal()))
    return road


@pytest.fixture(scope="session")
def answered(stages: Path, stage_released: Road) -> Road:
    """The whole road: the bureau has answered by itself and the answer is booked. Only for looking at."""
    road = stage_released.copied_to(stages / "answered")
    road.recheck()
    road.close(road.send(road.seal()))
    wait_for(lambda: list(road.answers.glob("*.fb.p7m")), "the bureau has answered")
    road.book_answers()
    return road


@pytest.fixture(scope="session")
def stage_in_parts(stages: Path, stage_second: Road) -> Road:
    """A batch of three parts, released, re-checked and sealed; nothing is sent."""
    road = stage_second.copied_to(stages / "inparts")
    with policy_with(stages / "policies", "part_records = { value = 10000", "part_records = { value = 6"):
        road.freeze(SECOND_ON)
    road.decide(answer("Release"))
    road.recheck()
    road.parts = road.seal()
    return road


@pytest.fixture(scope="session")
def stage_parts_sent(stages: Path, stage_in_parts: Road) -> Road:
    """All three parts are at the bureau."""
    road = stage_in_parts.copied_to(stages / "partssent")
    road.close(road.send(road.parts))
    return road


@pytest.fixture
def copy_of(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[Road], Road]:
    """Copies a stage for this test alone."""

    def copied(stage: Road) -> Road:
        number = len(list(tmp_path.iterdir()))
        return stage.copied_to(tmp_path / f"t{abs(hash(request.node.nodeid)) % 10**9}n{number}")

    return copied


@pytest.fixture
def assessed(copy_of: Callable, stage_assessed: Road) -> Road:
    return copy_of(stage_assessed)


@pytest.fixture
def noticed(copy_of: Callable, stage_noticed: Road) -> Road:
    return copy_of(stage_noticed)


@pytest.fixture
def second(copy_of: Callable, stage_second: Road) -> Road:
    return copy_of(stage_second)


@pytest.fixture
def frozen(copy_of: Callable, stage_frozen: Road) -> Road:
    return copy_of(stage_frozen)


@pytest.fixture
def released(copy_of: Callable, stage_released: Road) -> Road:
    return copy_of(stage_released)


@pytest.fixture
def sent(copy_of: Callable, stage_sent: Road) -> Road:
    return copy_of(stage_sent)


@pytest.fixture
def in_parts(copy_of: Callable, stage_in_parts: Road) -> Road:
    return copy_of(stage_in_parts)


@pytest.fixture
def parts_sent(copy_of: Callable, stage_parts_sent: Road) -> Road:
    return copy_of(stage_parts_sent)
