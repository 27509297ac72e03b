"""Makes a metadata database with the roles of `deploy/roles.json` and one user a name, in one process.

Run by `airflow_services` as `python -m sandbox.airflow_users ROLES USERS`, with AIRFLOW_HOME set: the one module of the
sandbox that imports Airflow. The same through Airflow's command line is a process of some seconds for each user.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from airflow.utils.db import initdb
from airflow.utils.providers_configuration_loader import providers_configuration_loaded

Permission = Mapping[str, str]


def apply_roles(security: Any, roles: Mapping[str, Sequence[Permission]]) -> None:
    """Gives each role exactly its permissions; `DAG:report` is made here, before that DAG is first parsed."""
    for name, wanted in roles.items():
        role = security.find_role(name) or security.add_role(name)
        role.permissions = [security.create_permission(item["action"], item["resource"]) for item in wanted]
    security.session.commit()


def apply_users(security: Any, users: Mapping[str, Mapping[str, str]]) -> dict[str, int]:
    """Makes each user with its role and password; returns the ids."""
    ids: dict[str, int] = {}
    for name, user in users.items():
        role = security.find_role(user["role"])
        made = security.find_user(name) or security.add_user(
            name, name, "demo", f"{name}@arrears.example", role, password=user["password"]
        )
        ids[name] = made.id
    return ids


@providers_configuration_loaded
def main(roles_file: Path, users_file: Path) -> None:
    """Migrates the database, applies roles and users, and writes the users' ids to `users_file`."""
    initdb()
    users = json.loads(users_file.read_text(encoding="utf-8"))
    with get_application_builder() as builder:
        apply_roles(builder.sm, json.loads(roles_file.read_text(encoding="utf-8")))
        ids = apply_users(builder.sm, users)
    users_file.write_text(
        json.dumps({name: {**user, "id": ids[name]} for name, user in users.items()}), encoding="utf-8"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
