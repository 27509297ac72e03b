"""One site for the end-to-end tests: real Airflow processes, a real OpenSSH server as the bureau, a real mail sink."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from delivery.seal.key_pairs import generate_key_pair
from ledger.ledger import Ledger
from sandbox import road
from sandbox.airflow_api import AirflowApi
from sandbox.airflow_home import AirflowHome, write_private
from sandbox.airflow_services import (
    AirflowUser,
    prepare_airflow,
    start_airflow,
    stop_airflow,
    users,
    wait_until_healthy,
)
from sandbox.lender import make_lender
from sandbox.neighbours import Neighbours, wait_for
from sandbox.ports import Port, free_port
from sandbox.site import (
    BureauAddress,
    LenderKeys,
    SiteFolders,
    prepare_lender_keys,
    write_connections,
    write_settings,
)
from sandbox.stage import DAG_IDS, make_pool

ROOT = Path(__file__).resolve().parents[2]
FIRST_ON, SECOND_ON = date(2026, 6, 30), date(2026, 9, 7)
LOANS = 1_500


@dataclass
class Site:
    """What the tests reach for.

    `desk` holds the bureau's keys, which only the openssl command uses here. Only Airflow's processes run under
    `policies`, not the other tests of this process.
    """

    folders: SiteFolders
    home: AirflowHome
    around: Neighbours
    keys: LenderKeys
    inbox: Path
    outbox: Path
    desk: Path
    policies: Path

    @property
    def users(self) -> dict[str, AirflowUser]:
        return users(self.home)

    def api(self, name: str) -> AirflowApi:
        return AirflowApi(self.home.base_url, name, self.users[name].password)

    def play(self, today_on: date) -> None:
        approvers = {user.name: str(user.id) for user in self.users.values() if user.role == "risk"}
        write_settings(self.folders, approvers, today_on, inbox=str(self.inbox), outbox=str(self.outbox))

    def set_pace(self, most_bytes_per_second: int) -> None:
        """How fast the bureau takes files, from the next task on."""
        variables = json.loads(self.home.variables_file.read_text(encoding="utf-8"))
        settings = json.loads(variables["arrears"])
        settings["desk"]["habits"] = {"most_bytes_per_second": most_bytes_per_second}
        write_private(self.home.variables_file, json.dumps({"arrears": json.dumps(settings, ensure_ascii=False)}))

    @contextmanager
    def own_policies(self) -> Iterator[None]:
        """For processes that are started within."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ARREARS_POLICIES", str(self.policies))
            yield

    def start_airflow(self) -> None:
        """Those of its processes that don't run."""
        with self.own_policies():
            start_airflow(self.home)

    def ledger(self) -> Ledger:
        return Ledger.open(self.folders.ledger_url)

    def delivered(self) -> list[str]:
        """Everything that lies in the bureau's inbox, under whatever name."""
        return sorted(path.name for path in self.inbox.iterdir())


@pytest.fixture(scope="session")
def site(tmp_path_factory, start_openssh) -> Iterator[Site]:
    """A site whose books of both dates are taken and whose grace period is over."""
    state = tmp_path_factory.mktemp("site")
    made = build(state, start_openssh(), quick_policies(state / "policies"))
    try:
        start(made)
        with made.api("operator") as operator:
            for as_of in (FIRST_ON, SECOND_ON):
                road.take_books(made, operator, as_of, lambda _: None)
        yield made
    finally:
        stop_airflow(made.home)
        made.home.processes.stop("mail")


def quick_policies(folder: Path) -> Path:
    """The policy with one minute to answer, so that a late answer can be shown."""
    folder.mkdir()
    text = (ROOT / "policies" / "cn-2018.toml").read_text(encoding="utf-8")
    quick, count = re.subn(r"(approval_minutes = \{ value = )\d+", r"\g<1>1", text)
    assert count == 1
    (folder / "cn-2018.toml").write_text(quick, encoding="utf-8")
    shutil.copytree(ROOT / "policies" / "lexicons", folder / "lexicons")
    return folder


def build(state: Path, server, policies: Path) -> Site:
    folders = SiteFolders(state)
    home = AirflowHome(ROOT, state, Port(free_port(), "Airflow", "-"), cache=ROOT / "var" / "cache")
    around = Neighbours(ROOT, folders, Port(free_port(), "bureau", "-"), Port(free_port(), "mail", "-"))
    keys = prepare_lender_keys(folders)
    desk = state / "desk"
    desk.mkdir()
    bureau = generate_key_pair("Bureau", valid_from=datetime.now(UTC) - timedelta(days=1), valid_days=30)
    (desk / "bureau.key.pem").write_text(bureau.private_key_pem)
    (desk / "bureau.cert.pem").write_text(bureau.certificate_pem)
    (desk / "opening.cert.pem").write_text(keys.opening_certificate)
    inbox, outbox = server.root / "inbox", server.root / "outbox"
    inbox.mkdir()
    outbox.mkdir()
    address = BureauAddress(server.port, server.host_key, bureau.certificate_pem, server.user, server.login_key)
    write_connections(folders, keys, address, around.mail_port.number)
    return Site(folders, home, around, keys, inbox, outbox, desk, policies)


def start(made: Site) -> None:
    prepare_airflow(made.home)
    made.play(FIRST_ON)
    made.start_airflow()
    make_lender(made.folders.lender, loans=LOANS, seed=20180808, as_of_dates=[FIRST_ON, SECOND_ON])
    mail = made.around.services()[1]
    made.home.processes.start(mail)
    wait_for(mail, made.folders.mail / "ready.json", made.home.processes)
    wait_until_healthy(made.home)
    with made.api("operator") as operator:
        operator.wait_for_dags(DAG_IDS)
        make_pool(operator)
        operator.unpause(DAG_IDS)
