"""Airflow's database as the sandbox makes it: whole or absent, its passwords known, however it was stopped."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from werkzeug.security import check_password_hash

from sandbox.airflow_home import AirflowHome
from sandbox.airflow_services import ROLE_OF_USER, airflow_services, prepare_airflow, users
from sandbox.ports import Port

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "var" / "cache"

PREPARE = """
import sys
from pathlib import Path
from sandbox.airflow_home import AirflowHome
from sandbox.airflow_services import prepare_airflow
from sandbox.ports import Port
root, state, cache = map(Path, sys.argv[1:])
print("go", flush=True)
prepare_airflow(AirflowHome(root, state, Port(18999, "Airflow", "-"), cache=cache))
"""

ROLES_OF_USERS = """
SELECT ab_user.username, ab_role.name FROM ab_user
JOIN ab_user_role ON ab_user_role.user_id = ab_user.id JOIN ab_role ON ab_role.id = ab_user_role.role_id
"""
PERMISSIONS_OF_ROLES = """
SELECT ab_role.name, ab_permission.name, ab_view_menu.name FROM ab_role
JOIN ab_permission_view_role ON ab_permission_view_role.role_id = ab_role.id
JOIN ab_permission_view ON ab_permission_view.id = ab_permission_view_role.permission_view_id
JOIN ab_permission ON ab_permission.id = ab_permission_view.permission_id
JOIN ab_view_menu ON ab_view_menu.id = ab_permission_view.view_menu_id
"""


def home_in(state: Path, cache: Path = CACHE) -> AirflowHome:
    return AirflowHome(ROOT, state, Port(18999, "Airflow", "-"), cache=cache)


def rows(home: AirflowHome, query: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(home.database)) as connection:
        return connection.execute(query).fetchall()


def assert_usable(home: AirflowHome) -> None:
    assert rows(home, "PRAGMA integrity_check") == [("ok",)]
    hashes = {
        name: (user_id, digest) for user_id, name, digest in rows(home, "SELECT id, username, password FROM ab_user")
    }
    assert set(hashes) == set(users(home)) == set(ROLE_OF_USER)
    for user in users(home).values():
        user_id, digest = hashes[user.name]
        assert user_id == user.id
        assert check_password_hash(digest, user.password)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> AirflowHome:
    made = home_in(tmp_path_factory.mktemp("airflow"))
    prepare_airflow(made)
    return made


def test_users_have_their_roles_and_passwords(home) -> None:
    assert_usable(home)
    assert dict(rows(home, ROLES_OF_USERS)) == dict(ROLE_OF_USER)
    assert {user.name: user.role for user in users(home).values()} == dict(ROLE_OF_USER)


def test_roles_hold_exactly_what_the_file_says(home) -> None:
    declared = json.loads((ROOT / "deploy" / "roles.json").read_text(encoding="utf-8"))
    found = {row for row in rows(home, PERMISSIONS_OF_ROLES) if row[0] in declared}
    wanted = {(role, item["action"], item["resource"]) for role, items in declared.items() for item in items}
    assert found == wanted


def test_preparing_again_changes_nothing(home) -> None:
    before = (users(home), home.database.stat().st_mtime_ns)
    prepare_airflow(home)
    assert (users(home), home.database.stat().st_mtime_ns) == before


def test_two_homes_share_no_password(home, tmp_path) -> None:
    other = home_in(tmp_path)
    prepare_airflow(other)
    assert_usable(other)
    assert not {user.password for user in users(home).values()} & {user.password for user in users(other).values()}


def test_a_lost_password_file_means_a_new_database(tmp_path) -> None:
    home = home_in(tmp_path)
    prepare_airflow(home)
    home.users_file.unlink()
    prepare_airflow(home)
    assert_usable(home)


@pytest.mark.parametrize("after_seconds", [0.0, 0.1, 0.25, 0.4, 0.6])
def test_a_preparation_killed_at_any_moment_is_made_good_by_the_next(home, tmp_path, after_seconds) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-c", PREPARE, str(ROOT), str(tmp_path), str(home.cache_folder)]
    with subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "go\n"
        time.sleep(after_seconds)
        child.send_signal(signal.SIGKILL)
    interrupted = home_in(tmp_path, home.cache_folder)
    prepare_airflow(interrupted)
    assert_usable(interrupted)


def test_only_the_api_server_listens(home) -> None:
    services = airflow_services(home)
    assert [service.name for service in services] == [
        "airflow-api-server",
        "airflow-scheduler",
        "airflow-dag-processor",
        "airflow-triggerer",
    ]
    assert [len(service.ports) for service in services] == [1, 0, 0, 0]
    # Scheduler and triggerer would each start a log server on all addresses.
    assert [service.command[-1] for service in services[1::2]] == ["--skip-serve-logs", "--skip-serve-logs"]
