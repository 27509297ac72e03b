"""The road to a bureau that is not the list's stand-in: its settings, its connection, an OpenSSH server as its desk."""

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from road import ROOT, Outside, Road, loan_of, new_road

from orchestration.deployment import policy_versions
from sandbox.bureau.keys import prepare_keys
from schemas.dataset import Dataset
from schemas.datasets import SOURCES


@dataclass
class BureauRoad(Road):
    """A site that reports to another bureau; `desk` is the OpenSSH server that takes its files in."""

    desk: Any = None

    @property
    def inbox(self) -> Path:
        """Where the bureau takes in."""
        return self.desk.root / self.account / "inbox"

    def environment(self) -> dict[str, str]:
        told = super().environment()
        settings = json.loads(told["AIRFLOW_VAR_ARREARS"])
        settings["desk"] |= {"inbox": str(self.inbox), "outbox": str(self.inbox.parent / "outbox")}
        name = f"AIRFLOW_CONN_ARREARS_BUREAU_{self.bureau.upper()}"
        connection = json.loads(told[name]) | {"port": self.desk.port, "login": self.desk.user}
        connection["extra"] |= {"host_key": self.desk.host_key, "private_key": self.desk.login_key}
        return {**told, "AIRFLOW_VAR_ARREARS": json.dumps(settings), name: json.dumps(connection)}

    def states_by_loan(self) -> dict[str, str]:
        """The state of each loan's case."""
        return {loan_of(case_id): state for case_id, state in self.states().items()}

    def assessed_on(self, as_of: date) -> None:
        """The site's clock plays the date, its extracts are ingested and assessed."""
        self.today = as_of
        self.ingest(as_of)
        self.assess(as_of)

    def send_all(self) -> None:
        """Re-check, seal, send and close."""
        self.recheck()
        self.parts = self.seal()
        self.close(self.send(self.parts))

    def events(self, kind: str) -> dict[str, dict[str, Any]]:
        """Loan to the detail of its newest event of a kind."""
        return {loan_of(event.case_id): event.detail for event in self.ledger.events(kinds=[kind])}


@dataclass
class PgpRoad(BureauRoad):
    """A site that agreed on OpenPGP with its bureau; `keys` are the connections' keys."""

    sealing: str = "openpgp"
    keys: dict[str, Any] = field(default_factory=dict)

    @property
    def answers(self) -> Path:
        return self.inbox.parent / "outbox"

    def environment(self) -> dict[str, str]:
        told = super().environment()
        settings = json.loads(told["AIRFLOW_VAR_ARREARS"])
        settings["desk"]["sealing"] = self.sealing
        told["AIRFLOW_VAR_ARREARS"] = json.dumps(settings)
        for name, key in self.keys.items():
            variable = f"AIRFLOW_CONN_{name.upper()}"
            connection = json.loads(told[variable])
            connection |= {part: key[part] for part in key if part == "password"}
            told[variable] = json.dumps({**connection, "extra": {**connection["extra"], **key["extra"]}})
        return told


def bureau_road(root: Path, outside: Outside, desk: Any, bureau: str, block: Mapping[str, Any], **extra: str) -> Any:
    """A site on which nothing has happened, with the settings of its bureau and what its connection holds besides."""
    road = new_road(root, outside)
    found = BureauRoad(
        road.folders, outside, road.today, settings={"bureau": bureau, bureau: dict(block)}, extra=extra, desk=desk
    )
    for folder in (found.inbox, found.inbox.parent / "outbox"):
        folder.mkdir(parents=True)
    return found


@contextmanager
def policy_of(folder: Path, name: str, **values: tuple[str, str]) -> Iterator[None]:
    """Runs under a policy in which some lines differ, as if somebody had edited its file; each is old and new text."""
    text = (ROOT / "policies" / f"{name}.toml").read_text("utf-8")
    for old, new in values.values():
        assert text.count(old) == 1
        text = text.replace(old, new)
    folder.mkdir()
    (folder / f"{name}.toml").write_text(text, "utf-8")
    shutil.copytree(ROOT / "policies" / "lexicons", folder / "lexicons")
    before = {key: os.environ.get(key) for key in ("ARREARS_POLICIES", "ARREARS_POLICY")}
    os.environ.update(ARREARS_POLICIES=str(folder), ARREARS_POLICY=name)
    policy_versions.cache_clear()
    try:
        yield
    finally:
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.update({key: value})
        policy_versions.cache_clear()


def write_sources(file: Path, time_zone: str, facts: Sequence[Dataset]) -> None:
    """A source book of a lender whose headings are the contract's own names, all in CSV."""
    lines = [f'time_zone = "{time_zone}"']
    for dataset in (*SOURCES, *facts):
        lines += [
            "",
            f"[datasets.{dataset.name}]",
            f'files = "{dataset.name}.csv"',
            f"[datasets.{dataset.name}.columns]",
        ]
        lines += [f'{name} = {{ column = "{name}" }}' for name in dataset.field_names]
    file.write_text("\n".join(lines) + "\n", "utf-8")


def write_extracts(folder: Path, rows: Mapping[str, Sequence[Mapping[str, Any]]], facts: Sequence[Dataset]) -> None:
    """One CSV file a dataset, empty where there are no rows."""
    folder.mkdir(parents=True)
    for dataset in (*SOURCES, *facts):
        with (folder / f"{dataset.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, dataset.field_names)
            writer.writeheader()
            writer.writerows(rows.get(dataset.name, ()))


def opened_by_openssl(path: Path, outside: Outside, folder: Path) -> bytes:
    """A sealed file in the clear, decrypted and its signature verified by the program `openssl`."""
    keys = prepare_keys(outside.bureau.root)
    signer = folder / "signer.pem"
    signer.write_text(outside.keys.signing_certificate)
    decrypt = ("cms", "-decrypt", "-binary", "-inform", "DER", "-in", path, "-inkey", keys.private_key_path)
    signed = subprocess.run(("openssl", *decrypt, "-recip", keys.certificate_path), capture_output=True, check=True)
    verify = ("cms", "-verify", "-binary", "-inform", "DER", "-nointern", "-noverify", "-certfile", signer)
    return subprocess.run(("openssl", *verify), input=signed.stdout, capture_output=True, check=True).stdout
