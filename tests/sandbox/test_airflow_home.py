"""The configuration that the sandbox writes for Airflow."""

import json
from configparser import ConfigParser
from pathlib import Path

import pytest

from sandbox.airflow_home import AirflowHome, airflow_home, write_home
from sandbox.ports import Port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path) -> AirflowHome:
    return AirflowHome(ROOT, tmp_path / "100% ours", Port(18123, "Airflow", "ARREARS_AIRFLOW_PORT"))


def settings(home: AirflowHome) -> ConfigParser:
    parser = ConfigParser()
    parser.read(home.folder / "airflow.cfg", encoding="utf-8")
    return parser


def test_everything_is_on_loopback_and_below_the_state_folder(home) -> None:
    write_home(home)
    written = settings(home)
    assert written["api"]["host"] == "127.0.0.1"
    assert written["api"]["port"] == "18123"
    assert written["core"]["execution_api_server_url"] == "http://127.0.0.1:18123/execution/"
    assert written["database"]["sql_alchemy_conn"] == f"sqlite:///{home.state}/airflow/airflow.db"
    bundles = json.loads(written["dag_processor"]["dag_bundle_config_list"])
    assert [bundle["kwargs"] for bundle in bundles] == [{"path": str(ROOT)}]
    backend = json.loads(written["secrets"]["backend_kwargs"])
    assert backend["connections_file_path"] == str(home.state / "secrets" / "connections.json")


def test_nobody_else_can_read_keys_or_configuration(home) -> None:
    write_home(home)
    files = [path for path in home.state.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"airflow.cfg", "keys.json", "connections.json", "variables.json"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (home.folder, home.state / "secrets")} == {0o700}


def test_keys_stay_and_differ_between_homes(home, tmp_path) -> None:
    write_home(home)
    first = settings(home)
    write_home(home)
    other = AirflowHome(ROOT, tmp_path / "other", home.port)
    write_home(other)
    for section, option in (("core", "fernet_key"), ("api", "secret_key"), ("api_auth", "jwt_secret")):
        assert settings(home)[section][option] == first[section][option]
        assert settings(other)[section][option] != first[section][option]


def test_what_the_site_wrote_as_connections_is_kept(home) -> None:
    write_home(home)
    home.connections_file.write_text('{"one": "sftp://x"}')
    write_home(home)
    assert home.connections_file.read_text() == '{"one": "sftp://x"}'


def test_port_and_lineage_come_from_the_environment(tmp_path) -> None:
    home = airflow_home(ROOT, tmp_path, {"ARREARS_AIRFLOW_PORT": "9999", "ARREARS_LINEAGE": "1"})
    write_home(home)
    assert home.base_url == "http://127.0.0.1:9999"
    transport = json.loads(settings(home)["openlineage"]["transport"])
    assert transport["log_file_path"] == str(tmp_path / "lineage" / "events.jsonl")
    assert settings(home)["openlineage"]["disable_source_code"] == "True"


def test_without_lineage_nothing_is_emitted(home) -> None:
    write_home(home)
    assert settings(home)["openlineage"]["disabled"] == "True"


def roles() -> dict[str, set[tuple[str, str]]]:
    content = json.loads((ROOT / "deploy" / "roles.json").read_text(encoding="utf-8"))
    return {name: {(item["action"], item["resource"]) for item in items} for name, items in content.items()}


def test_only_risk_staff_may_answer_and_only_the_operator_may_touch_tasks() -> None:
    may = roles()
    assert set(may) == {"operator", "risk", "auditor"}
    assert {name for name, items in may.items() if ("can_edit", "HITL Detail") in items} == {"risk"}
    assert {name for name, items in may.items() if ("can_edit", "Task Instances") in items} == {"operator"}
    assert {name for name, items in may.items() if ("can_create", "DAG Runs") in items} == {"operator"}


def test_nobody_may_forge_xcoms_or_see_secrets() -> None:
    changes = {"can_create", "can_edit", "can_delete"}
    for items in roles().values():
        assert not {(action, resource) for action, resource in items if resource == "XComs" and action in changes}
        assert not {resource for _, resource in items} & {
            "Connections",
            "Variables",
            "Configurations",
            "Users",
            "Roles",
        }


def test_an_auditor_changes_nothing_but_the_own_password() -> None:
    changes = {item for item in roles()["auditor"] if item[0] not in {"can_read", "menu_access"}}
    assert changes == {("can_edit", "My Password")}
