"""The whole road without Airflow's processes: real steps, ledger, lake, mail sink, bureau; the context is made up."""

import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from cryptography import x509

from lake.book import latest_book, publish_book, read_book
from lake.engine import read_table
from ledger.ledger import Ledger
from orchestration import answers, assess, decide, freeze, ingest, notify, recheck, sealing, sending
from orchestration.deployment import policy_versions
from orchestration.frozen_rows import frozen_rows
from orchestration.task_run import TaskRun
from sandbox.bureau.envelope import decrypt, verified_content
from sandbox.bureau.folders import Folders
from sandbox.bureau.keys import prepare_keys
from sandbox.bureau.registry import register_lender
from sandbox.mail import read_answers
from sandbox.site import BureauAddress, LenderKeys, SiteFolders, write_connections, write_settings
from schemas.datasets import DATASETS
from schemas.errors import ArrearsError, ErrorKind
from schemas.facts import FACTS

ROOT = Path(__file__).resolve().parents[2]
FIRST_ON, SECOND_ON, THIRD_ON = date(2026, 6, 30), date(2026, 9, 7), date(2026, 9, 14)
LOANS, SEED = 1000, 20180808
APPROVERS = {"risk1": "3", "risk2": "4"}
RISK1 = {"id": "3", "name": "risk1"}


class Stand:
    """A stand-in of the outside world that runs as a process of its own, on a free port."""

    def __init__(self, module: str, root: Path, *arguments: str) -> None:
        self.root = root
        self._log = (root.parent / f"{root.name}.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, "--root", str(root), *arguments],
            cwd=ROOT,
            stderr=self._log,
        )
        wait_for(lambda: (root / "ready.json").exists(), f"{module} is ready")
        self.told = json.loads((root / "ready.json").read_text())

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


@dataclass(frozen=True)
class Outside:
    """The bureau, the mail sink, the sample lender and the lender's keys, made once for all tests."""

    bureau: Stand
    mail: Stand
    lender: Path
    keys_folder: Path
    keys: LenderKeys


@dataclass
class Road:
    """One site on its way, in a folder of its own, with an account of its own at the bureau.

    `today` is what the site's clock plays; `batch` is what the last freeze gave, `parts` what sealing gave. `settings`
    come on top of those of the made-up site, `extra` on top of what its connection to the bureau holds.
    """

    folders: SiteFolders
    outside: Outside
    today: date = FIRST_ON
    batch: dict[str, Any] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)
    settings: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        register_lender(
            self.outside.bureau.root,
            self.account,
            self.outside.keys.ssh_public,
            self.outside.keys.signing_certificate,
            self.outside.keys.opening_certificate,
        )
        told = self.outside.bureau.told
        address = BureauAddress(told["port"], told["host_key"], Path(told["certificate"]).read_text())
        path = write_connections(self.folders, self.outside.keys, address, self.outside.mail.told["port"])
        connections = json.loads(path.read_text())
        connection = connections.pop("arrears_bureau_roster")
        extra = {**connection["extra"], **self.extra}
        connections[f"arrears_bureau_{self.bureau}"] = {**connection, "login": self.account, "extra": extra}
        path.write_text(json.dumps(connections))
        self._settings: dict[date, str] = {}

    @property
    def bureau(self) -> str:
        """Whom the site reports to."""
        return self.settings.get("bureau", "roster")

    @property
    def account(self) -> str:
        """Its user name at the bureau."""
        return self.folders.root.name

    @property
    def inbox(self) -> Path:
        """Where the bureau takes in."""
        return Folders(self.outside.bureau.root).inbox(self.account)

    @property
    def answers(self) -> Path:
        """Where the bureau answers."""
        return Folders(self.outside.bureau.root).outbox(self.account)

    def environment(self) -> dict[str, str]:
        """Settings and connections of this site as Airflow reads them out of the environment."""
        if self.today not in self._settings:
            variables = json.loads(write_settings(self.folders, APPROVERS, self.today).read_text())
            site = {**json.loads(variables["arrears"]), **self.settings}
            self._settings[self.today] = json.dumps(site, ensure_ascii=False)
        connections = json.loads((self.folders.secrets / "connections.json").read_text())
        return {
            "AIRFLOW_VAR_ARREARS": self._settings[self.today],
            **{f"AIRFLOW_CONN_{name.upper()}": json.dumps(value) for name, value in connections.items()},
        }

    def run(
        self, as_of: date | None = None, run_id: str = "manual", started_by: str | None = "operator", **task: Any
    ) -> TaskRun:
        """One try of one task of a run; `task` is what the context's `ti` is asked for beside its id."""
        os.environ.update(self.environment())
        return TaskRun.of(context_of(as_of, run_id, started_by, **task))

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, opened beside those of the steps."""
        return Ledger.open(self.folders.ledger_url)

    def states(self) -> dict[str, str]:
        """The state of each case."""
        table = self.ledger.case_states(self.bureau)
        return dict(zip(table["case_id"].to_pylist(), table["state"].to_pylist(), strict=True))

    def ingest(self, as_of: date) -> dict[str, Any]:
        staged = [ingest.read_extract(self.run(as_of), name) for name in ingest.dataset_names(self.run(as_of))]
        return ingest.publish_book(self.run(as_of), staged)

    def assess(self, as_of: date) -> dict[str, Any]:
        return assess.assess_book(self.run(as_of), as_of)

    def notify(self, as_of: date) -> dict[str, Any]:
        return notify.send_notices(self.run(as_of), notify.open_cases(self.run(as_of)))

    def freeze(self, as_of: date, run_id: str = "report-1", **task: Any) -> dict[str, Any] | None:
        self.batch = freeze.freeze_batch(self.run(as_of, run_id, **task))
        return self.batch

    def decide(self, output: Mapping[str, Any] | None, batch: Any = None, **task: Any) -> bool:
        return decide.record_answer(self.run(SECOND_ON, "report-1", **task), batch or self.batch, output)

    def recheck(self) -> dict[str, Any] | None:
        return recheck.recheck_batch(self.run(), self.batch["batch_id"])

    def seal(self) -> list[dict[str, Any]]:
        return sealing.seal_batch(self.run(), self.batch["batch_id"])

    def send(self, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [sending.send_part(self.run(), part) for part in parts]

    def close(self, receipts: list[dict[str, Any]]) -> dict[str, Any]:
        return sending.close_batch(self.run(), receipts)

    def book_answers(self) -> dict[str, Any]:
        return answers.book_answers(self.run())

    def frozen_list(self) -> pl.DataFrame:
        """The frozen records by serial."""
        page = self.ledger.page(f"report/{self.batch['batch_id']}/freeze")
        return pl.DataFrame(pl.from_arrow(frozen_rows(self.run(), page.content)))

    def own_lender(self) -> Path:
        """A lender's folder that this test may change."""
        if self.folders.lender.is_symlink():
            self.folders.lender.unlink()
            shutil.copytree(self.outside.lender, self.folders.lender, symlinks=True)
        return self.folders.lender

    def mail(self) -> list[Any]:
        """What the mail sink has answered to anybody until now."""
        return list(read_answers(self.outside.mail.root))

    def content_at_bureau(self) -> list[dict[str, str]]:
        """The records of all files in the bureau's inbox, opened with the bureau's key and read with `csv` only."""
        return [record for path in sorted(self.inbox.glob("*.csv.p7m")) for record in opened(path, self.outside)]

    def copied_to(self, root: Path) -> "Road":
        """The same state under another folder and another account."""
        copy_state(self.folders.root, root)
        return replace(self, folders=SiteFolders(root), batch=dict(self.batch), parts=list(self.parts))


def new_road(root: Path, outside: Outside, **more: Any) -> Road:
    """A site on which nothing has happened; `more` are `settings` and `extra` of the road."""
    root.mkdir(mode=0o700)
    (root / "lender").symlink_to(outside.lender)
    shutil.copytree(outside.keys_folder, root / "keys")
    return Road(SiteFolders(root), outside, **more)


def copy_state(source: Path, target: Path) -> None:
    """Files of the lake are never written twice, so a second name is as good as a copy; `rewrite` gives a file anew."""
    target.mkdir(mode=0o700)
    for each in source.iterdir():
        if each.is_symlink():
            (target / each.name).symlink_to(each.readlink())
        elif each.name == "ledger":
            copy_ledger(each / "ledger.sqlite", target / each.name / "ledger.sqlite")
        else:
            linked = each.name in ("lake", "data_docs")
            shutil.copytree(each, target / each.name, symlinks=True, copy_function=os.link if linked else shutil.copy2)


def copy_ledger(source: Path, target: Path) -> None:
    """Through SQLite: to open and close the file beside it would drop the locks that this process holds on it."""
    target.parent.mkdir(mode=0o700)
    target.touch(mode=0o600)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def rewrite(file: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Change a Parquet file, in this copy of the lake alone."""
    rows = pl.read_parquet(file)
    changed = change(rows)
    assert not changed.equals(rows)
    file.unlink()
    changed.write_parquet(file)


def context_of(as_of: date | None, run_id: str = "manual", started_by: str | None = "operator", **task: Any) -> dict:
    """What Airflow hands to a task, as far as the steps read it."""
    return {
        "params": {"as_of": None if as_of is None else str(as_of)},
        "dag_run": SimpleNamespace(
            run_id=run_id, triggering_user_name=started_by, data_interval_start=None, logical_date=None
        ),
        "ti": SimpleNamespace(**{"id": f"{run_id}-{time.monotonic_ns()}", "dag_id": "report", **task}),
    }


def answer(option: str, reason: str | None = None, person: Mapping[str, str] | None = RISK1) -> dict[str, Any]:
    """What `HITLOperator` gives back."""
    return {
        "chosen_options": [option],
        "params_input": {"reason": reason},
        "responded_at": datetime(2026, 9, 7, 3, 0, tzinfo=UTC),
        "responded_by_user": person,
    }


def opened(path: Path, outside: Outside) -> list[dict[str, str]]:
    """A sealed file's records, by heading."""
    keys = prepare_keys(outside.bureau.root)
    certificate = x509.load_pem_x509_certificate(outside.keys.signing_certificate.encode())
    content = verified_content(decrypt(path.read_bytes(), keys), certificate, datetime.now(UTC))
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    """Poll until it holds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.02)
    raise TimeoutError(f"not within {seconds} seconds: {what}")


@contextmanager
def refused(kind: ErrorKind, **facts: Any) -> Iterator[None]:
    """Expects the error of this kind with these facts among its own."""
    with pytest.raises(ArrearsError) as caught:
        yield
    assert caught.value.code == kind.code, str(caught.value)
    assert {name: caught.value.facts.get(name) for name in facts} == facts


def newer_book(
    road: Road, as_of: date, changes: Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]], base: date = SECOND_ON
) -> None:
    """Publish a book that differs from the one of `base` in what is given; the site's clock plays its date then."""
    lake = road.run().lake
    book = read_book(lake, latest_book(lake, base))
    snapshots = {}
    contracts = {**DATASETS, **{dataset.name: dataset for dataset in FACTS}}
    for name, ref in book.snapshots.items():
        rows = pl.DataFrame(pl.from_arrow(read_table(lake, ref)))
        changed = changes[name](rows) if name in changes else rows
        snapshots[name] = lake.publish(contracts[name], changed, as_of=as_of, made_by="test")
    publish_book(lake, as_of, snapshots, {**book.facts, "docs_url": f"/arrears/validation/{as_of}/index.html"})
    road.today = as_of


def _appended(rows: pl.DataFrame, new: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.concat([rows, pl.DataFrame(new, schema=rows.schema)]) if new else rows


def pays(loans: Sequence[str], on: date) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Payments that settle these loans."""
    return lambda rows: _appended(
        rows,
        [
            {
                "payment_id": f"PX-{loan}",
                "loan_id": loan,
                "payment_kind": "payment",
                "payment_amount": Decimal("9000000.00"),
                "paid_on": on - timedelta(days=1),
                "booked_on": on - timedelta(days=1),
            }
            for loan in loans
        ],
    )


def disputes(loans: Sequence[str], on: date) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Open disputes on these loans."""
    return lambda rows: _appended(
        rows,
        [
            {
                "dispute_id": f"DX-{loan}",
                "loan_id": loan,
                "opened_on": on - timedelta(days=1),
                "answered_on": None,
                "dispute_outcome_code": "open",
            }
            for loan in loans
        ],
    )


def agrees(loans: Sequence[str], on: date) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Agreements on these loans that are being kept."""
    return lambda rows: _appended(
        rows,
        [
            {
                "agreement_id": f"AX-{loan}",
                "loan_id": loan,
                "agreed_on": on - timedelta(days=1),
                "agreement_status_code": "kept",
            }
            for loan in loans
        ],
    )


def borrowers_with(values: Mapping[str, Any], column: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Another value in one column for these borrowers."""
    return lambda rows: rows.with_columns(
        pl.col("borrower_id").replace_strict(dict(values), default=pl.col(column), return_dtype=pl.String).alias(column)
    )


def loan_of(case_id: str) -> str:
    return case_id.split("-")[1]


def borrower_of(road: Road, loans: Sequence[str]) -> dict[str, str]:
    """Loan to borrower, from the lender's own list."""
    text = (road.folders.lender / "extracts" / str(FIRST_ON) / "loans.csv").read_text("utf-8-sig")
    return {row["借据号"]: row["客户编号"] for row in csv.DictReader(io.StringIO(text)) if row["借据号"] in set(loans)}


def people(lender: Path, borrowers: set[str]) -> list[dict[str, str]]:
    """These borrowers as the lender exports them."""
    text = (lender / "extracts" / str(SECOND_ON) / "borrowers.csv").read_text("gb18030")
    return [row for row in csv.DictReader(io.StringIO(text)) if row["客户编号"] in borrowers]


def truth_of(lender: Path) -> pl.DataFrame:
    """What the sample lender meant each loan to be."""
    return pl.read_parquet(lender / "truth.parquet")


@contextmanager
def policy_with(folder: Path, old: str, new: str) -> Iterator[None]:
    """Runs under a policy in which one value differs, as if somebody had edited its file."""
    text = (ROOT / "policies" / "cn-2018.toml").read_text("utf-8")
    assert text.count(old) == 1
    folder.mkdir()
    (folder / "cn-2018.toml").write_text(text.replace(old, new), "utf-8")
    shutil.copytree(ROOT / "policies" / "lexicons", folder / "lexicons")
    os.environ["ARREARS_POLICIES"] = str(folder)
    policy_versions.cache_clear()
    try:
        yield
    finally:
        del os.environ["ARREARS_POLICIES"]
        policy_versions.cache_clear()
