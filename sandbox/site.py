"""A made-up site: folders, keys, and the connections and settings that an operator would give to Airflow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncssh

from delivery.seal.key_pairs import generate_key_pair
from sandbox.bureau.folders import make_private_folder, write_private

LENDER = "demolender"
INSTITUTION_ID = "X6101010000246"
_KEY_DAYS = 730


@dataclass(frozen=True)
class SiteFolders:
    """Everything of a made-up site below one folder.

    Attributes:
        root: `var/` for the demo, a temporary folder for tests.
    """

    root: Path

    @property
    def lender(self) -> Path:
        """The made-up lender: extracts, evidence, `sources.toml`."""
        return self.root / "lender"

    @property
    def lake(self) -> Path:
        """Snapshots."""
        return self.root / "lake"

    @property
    def ledger_url(self) -> str:
        """The ledger's database."""
        return f"sqlite:///{self.root / 'ledger' / 'ledger.sqlite'}"

    @property
    def keys(self) -> Path:
        """The lender's keys."""
        return self.root / "keys"

    @property
    def secrets(self) -> Path:
        """Connections and variables of Airflow's local secrets backend."""
        return self.root / "secrets"

    @property
    def bureau(self) -> Path:
        """The stand-in bureau's own folder."""
        return self.root / "bureau"

    @property
    def mail(self) -> Path:
        """The mail sink's own folder."""
        return self.root / "mail"


@dataclass(frozen=True)
class LenderKeys:
    """The lender's keys as text: log-in at the bureau, signing, opening of answers."""

    ssh_private: str
    ssh_public: str
    signing_key: str
    signing_certificate: str
    opening_key: str
    opening_certificate: str


def prepare_lender_keys(folders: SiteFolders) -> LenderKeys:
    """The lender's keys, made when they are not there. Files have mode 0600."""
    make_private_folder(folders.root)
    make_private_folder(folders.keys)
    stored = folders.keys / "lender.json"
    if not stored.exists():
        write_private(stored, json.dumps(_new_keys()).encode())
    keys = LenderKeys(**json.loads(stored.read_text()))
    write_private(folders.keys / "signing.cert.pem", keys.signing_certificate.encode())
    return keys


def _new_keys() -> dict[str, str]:
    login = asyncssh.generate_private_key("ssh-ed25519")
    valid_from = datetime.now(UTC) - timedelta(days=1)
    signing = generate_key_pair("Demo lender, signing", valid_from=valid_from, valid_days=_KEY_DAYS)
    opening = generate_key_pair("Demo lender, opening", valid_from=valid_from, valid_days=_KEY_DAYS)
    return {
        "ssh_private": login.export_private_key().decode(),
        "ssh_public": login.export_public_key().decode().strip(),
        "signing_key": signing.private_key_pem,
        "signing_certificate": signing.certificate_pem,
        "opening_key": opening.private_key_pem,
        "opening_certificate": opening.certificate_pem,
    }


@dataclass(frozen=True)
class BureauAddress:
    """Where the bureau's SFTP server is, what it proves itself with, and how we log in.

    Attributes:
        port: on loopback.
        host_key: public key of the server, OpenSSH text.
        certificate: PEM, to seal for and to check answers with.
        user: our account.
        login_key: our private key when it is not the one of the lender's keys.
    """

    port: int
    host_key: str
    certificate: str
    user: str = LENDER
    login_key: str | None = None


def write_connections(folders: SiteFolders, keys: LenderKeys, bureau: BureauAddress, mail_port: int) -> Path:
    """The connections of the site, for Airflow's local secrets backend."""
    connections: dict[str, Any] = {
        "arrears_ledger": {"conn_type": "generic", "password": folders.ledger_url},
        "arrears_bureau_roster": {
            "conn_type": "sftp",
            "host": "127.0.0.1",
            "port": bureau.port,
            "login": bureau.user,
            "extra": {
                "host_key": bureau.host_key,
                "private_key": bureau.login_key or keys.ssh_private,
                "certificate": bureau.certificate,
            },
        },
        "arrears_signing": {
            "conn_type": "generic",
            "password": keys.signing_key,
            "extra": {"certificate": keys.signing_certificate},
        },
        "arrears_opening": {
            "conn_type": "generic",
            "password": keys.opening_key,
            "extra": {"certificate": keys.opening_certificate},
        },
        "arrears_smtp": {
            "conn_type": "smtp",
            "host": "127.0.0.1",
            "port": mail_port,
            "extra": {"tls": "when_offered"},
        },
    }
    return _write_secret(folders, "connections.json", connections)


def write_settings(
    folders: SiteFolders,
    approvers: Mapping[str, str],
    today_on: date,
    *,
    inbox: str = "/inbox",
    outbox: str = "/outbox",
) -> Path:
    """The variable `arrears` of the site.

    Args:
        folders: the site's.
        approvers: log-in name to id of those who may approve.
        today_on: the date that the sandbox plays.
        inbox: where the bureau takes files in, on its server.
        outbox: where the bureau puts its answers.
    """
    settings = {
        "lake": str(folders.lake),
        "extracts": str(folders.lender / "extracts"),
        "evidence": str(folders.lender / "evidence"),
        "sources": str(folders.lender / "sources.toml"),
        "outbox": str(folders.root / "outbox"),
        "data_docs": str(folders.root / "data_docs"),
        "notice_sender": "notices@lender.example",
        "institution": {
            "institution_id": INSTITUTION_ID,
            "platform_name": "示例消费金融平台",
            "platform_uscc": "91110000600037341L",
            "contact": "客服电话 400-000-0000, service@lender.example",
            "payment_advice": "登录平台APP「我的还款」页面还款, 或致电客服",
        },
        "desk": {
            "name": "示例征信机构",
            "contact": "异议电话 400-000-0001, desk@bureau.example",
            "inbox": inbox,
            "outbox": outbox,
        },
        "approvers": [{"id": user_id, "name": name} for name, user_id in sorted(approvers.items())],
        "sandbox_today_on": today_on.isoformat(),
    }
    return _write_secret(folders, "variables.json", {"arrears": json.dumps(settings, ensure_ascii=False)})


def _write_secret(folders: SiteFolders, name: str, content: Mapping[str, Any]) -> Path:
    make_private_folder(folders.secrets)
    make_private_folder(folders.root / "ledger")
    path = folders.secrets / name
    write_private(path, json.dumps(content, ensure_ascii=False, indent=1).encode())
    return path
