"""An Airflow home as an operator would write it: one `airflow.cfg`, keys of its own, everything on loopback."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

from sandbox.ports import LOOPBACK, Port, port_from
from sandbox.processes import ProcessTable

PORT_VARIABLE = "ARREARS_AIRFLOW_PORT"
DEFAULT_PORT = 8080
BUNDLE_NAME = "arrears"

_LOCAL_BUNDLE = "airflow.dag_processing.bundles.local.LocalDagBundle"
_FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
_LOCAL_SECRETS = "airflow.secrets.local_filesystem.LocalFilesystemBackend"

# Importing Airflow and building its API makes some millions of objects that stay: collecting garbage less often makes
# the api-server ready with a third less work.
_LOCAL_SETTINGS = '''"""Read by every Airflow process when it starts."""

import gc

gc.set_threshold(50_000, 20, 100)
'''


@dataclass(frozen=True)
class AirflowHome:
    """Where one Airflow of the sandbox lives.

    Attributes:
        repository: root of this project; the DAG bundle, the plugins and the roles are taken from it.
        state: folder of all that this Airflow and its neighbours write; `var` for the demo, a temporary one for tests.
        port: of the api-server, the only port that Airflow listens on here.
        bundle: root of the DAG bundle; None for the repository.
        cache: folder of the prepared metadata database, which several homes may share; None for `state/cache`.
        has_lineage: whether OpenLineage events are written to `state/lineage`.
    """

    repository: Path
    state: Path
    port: Port
    bundle: Path | None = None
    cache: Path | None = None
    has_lineage: bool = False

    @property
    def folder(self) -> Path:
        """AIRFLOW_HOME."""
        return self.state / "airflow"

    @property
    def base_url(self) -> str:
        """Address of the UI and of the API."""
        return f"http://{LOOPBACK}:{self.port.number}"

    @property
    def database(self) -> Path:
        """Airflow's metadata database."""
        return self.folder / "airflow.db"

    @property
    def users_file(self) -> Path:
        """Ids and passwords of the users."""
        return self.folder / "users.json"

    @property
    def connections_file(self) -> Path:
        """Connections, for the local secrets backend."""
        return self.state / "secrets" / "connections.json"

    @property
    def variables_file(self) -> Path:
        """Variables, for the local secrets backend."""
        return self.state / "secrets" / "variables.json"

    @property
    def lineage_folder(self) -> Path:
        """OpenLineage events."""
        return self.state / "lineage"

    @property
    def cache_folder(self) -> Path:
        """Prepared metadata databases."""
        return self.cache or self.state / "cache"

    @property
    def roles_file(self) -> Path:
        """The custom roles, in the form of `[fab] custom_roles`."""
        return self.repository / "deploy" / "roles.json"

    @property
    def processes(self) -> ProcessTable:
        """The background processes of this state folder."""
        return ProcessTable(self.state / "run", self.state / "logs")

    @property
    def environment(self) -> dict[str, str]:
        """What every Airflow process needs in its environment, to be added to `base_environment()`."""
        return {
            "AIRFLOW_HOME": str(self.folder),
            "PYTHONPATH": str(self.repository),
            "GX_ANALYTICS_ENABLED": "false",
        }


def airflow_home(repository: Path, state: Path, environment: Mapping[str, str]) -> AirflowHome:
    """The home as the environment sets it.

    Raises:
        ArrearsError: PORT_SETTING_INVALID.
    """
    port = port_from(environment, variable=PORT_VARIABLE, default=DEFAULT_PORT, purpose="Airflow's api-server")
    return AirflowHome(repository, state, port, has_lineage=environment.get("ARREARS_LINEAGE") == "1")


def write_home(home: AirflowHome) -> None:
    """Writes the configuration; keys that are there already are kept, so that sessions and secrets stay valid."""
    for folder in (home.folder, home.folder / "config", home.connections_file.parent, home.lineage_folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    for file in (home.connections_file, home.variables_file):
        if not file.exists():
            write_private(file, "{}\n")
    write_private(home.folder / "config" / "airflow_local_settings.py", _LOCAL_SETTINGS)
    write_private(home.folder / "airflow.cfg", _as_text(_settings(home, _keys(home.folder / "keys.json"))))


def write_private(file: Path, text: str) -> None:
    """Writes a file for its owner only, whole or not at all."""
    aside = file.with_name(f".{file.name}.aside")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    aside.write_text(text, encoding="utf-8")
    aside.replace(file)


def _keys(file: Path) -> dict[str, str]:
    if not file.exists():
        made = {
            "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"),
            "session": secrets.token_urlsafe(48),
            "token": secrets.token_urlsafe(48),
        }
        write_private(file, json.dumps(made))
    keys: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return keys


def _settings(home: AirflowHome, keys: Mapping[str, str]) -> dict[str, dict[str, object]]:
    return {
        "core": _core(home, keys),
        "database": {"sql_alchemy_conn": f"sqlite:///{home.database}"},
        "api": {
            "host": LOOPBACK,
            "port": home.port.number,
            "workers": 1,
            "base_url": home.base_url,
            "secret_key": keys["session"],
        },
        "api_auth": {"jwt_secret": keys["token"]},
        "fab": {
            "session_lifetime_minutes": 60,
            "session_max_lifetime_minutes": 600,
        },
        "secrets": {
            "backend": _LOCAL_SECRETS,
            "backend_kwargs": json.dumps(
                {
                    "connections_file_path": str(home.connections_file),
                    "variables_file_path": str(home.variables_file),
                }
            ),
        },
        "dag_processor": {
            "dag_bundle_config_list": json.dumps(
                [
                    {
                        "name": BUNDLE_NAME,
                        "classpath": _LOCAL_BUNDLE,
                        "kwargs": {"path": str(home.bundle or home.repository)},
                    }
                ]
            ),
            "parsing_processes": 1,
            "refresh_interval": 60,
            "min_file_process_interval": 60,
        },
        "scheduler": _scheduler(),
        # A worker notices at once or after this many seconds that its task has ended; until then its slot is taken.
        "workers": {"min_heartbeat_interval": 1},
        "logging": {
            "base_log_folder": str(home.folder / "logs"),
            "dag_processor_child_process_log_directory": str(home.folder / "logs" / "dag_processor"),
            "colored_console_log": False,
            # It tells at every import of 150 things that it did not do.
            "namespace_levels": "great_expectations=WARNING",
            "file_task_handler_new_folder_permissions": "0o700",
            "file_task_handler_new_file_permissions": "0o600",
        },
        "openlineage": _openlineage(home),
    }


def _core(home: AirflowHome, keys: Mapping[str, str]) -> dict[str, object]:
    return {
        "executor": "LocalExecutor",
        "parallelism": 8,
        "auth_manager": _FAB,
        "fernet_key": keys["fernet"],
        "load_examples": False,
        "dags_folder": str((home.bundle or home.repository) / "dags"),
        "plugins_folder": str(home.repository / "plugins"),
        "execution_api_server_url": f"{home.base_url}/execution/",
        # The default asks a name server.
        "hostname_callable": "socket.gethostname",
    }


def _scheduler() -> dict[str, object]:
    """Faster than the defaults, which spare a shared database: four loops a second, the dead found in a minute."""
    return {
        "scheduler_idle_sleep_time": 0.25,
        "scheduler_health_check_threshold": 20,
        "orphaned_tasks_check_interval": 20,
        "task_instance_heartbeat_timeout": 60,
        "task_instance_heartbeat_timeout_detection_interval": 5,
    }


def _openlineage(home: AirflowHome) -> dict[str, object]:
    if not home.has_lineage:
        return {"disabled": True}
    transport = {"type": "file", "log_file_path": str(home.lineage_folder / "events.jsonl"), "append": True}
    return {
        "disabled": False,
        "namespace": BUNDLE_NAME,
        "transport": json.dumps(transport),
        "disable_source_code": True,
    }


def _as_text(settings: Mapping[str, Mapping[str, object]]) -> str:
    parser = ConfigParser(interpolation=None)
    for section, options in settings.items():
        parser[section] = {option: str(value).replace("%", "%%") for option, value in options.items()}
    lines: list[str] = []
    for section in parser.sections():
        lines += [f"[{section}]", *(f"{option} = {value}" for option, value in parser[section].items()), ""]
    return "\n".join(lines)
