"""Where the commands look for ledger and lake, and that they start at once and without Airflow."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def demo_file(folder: Path, content: object) -> None:
    (folder / "var").mkdir()
    (folder / "var" / "demo.json").write_text(content if isinstance(content, str) else json.dumps(content))


def test_the_demo_file_below_the_folder_is_found(arrears, reported_site, tmp_path):
    demo_file(tmp_path, {"ledger_url": reported_site.ledger_url, "lake": str(reported_site.lake)})
    assert arrears("ledger", "verify").exit_code == 0
    assert arrears("explain", reported_site.case_in("accepted")).exit_code == 0


def test_option_comes_before_environment_and_environment_before_demo_file(arrears, reported_site, tmp_path):
    demo_file(tmp_path, {"ledger_url": "sqlite:////nowhere/demo.sqlite", "lake": "/nowhere"})
    elsewhere = "sqlite:////nowhere/environment.sqlite"
    assert "demo.sqlite" in arrears("ledger", "verify").stderr
    assert "environment.sqlite" in arrears("ledger", "verify", ARREARS_LEDGER=elsewhere).stderr
    named = arrears("ledger", "verify", "--ledger", reported_site.ledger_url, ARREARS_LEDGER=elsewhere)
    assert named.exit_code == 0


def test_nothing_named_is_a_clear_error(arrears, reported_site):
    result = arrears("ledger", "verify")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("ARR-9101")
    assert "--ledger" in result.stderr
    assert "ARREARS_LEDGER" in result.stderr
    case_id = reported_site.case_in("accepted")
    assert "ARREARS_LAKE" in arrears("explain", case_id, "--ledger", reported_site.ledger_url).stderr


def test_a_missing_ledger_is_not_made(arrears, tmp_path):
    file = tmp_path / "mistyped.sqlite"
    result = arrears("ledger", "verify", "--ledger", f"sqlite:///{file}")
    assert result.exit_code == 2
    assert result.stderr.startswith("ARR-9102")
    assert not file.exists()


def test_a_missing_lake_is_named(arrears, reported_site, tmp_path):
    lake = tmp_path / "mistyped"
    case_id = reported_site.case_in("accepted")
    result = arrears("explain", case_id, "--ledger", reported_site.ledger_url, "--lake", lake)
    assert result.exit_code == 2
    assert f"ARR-9102 There is no ledger or lake at the place that is named (lake={lake})" in result.stderr


@pytest.mark.parametrize("content", ["{half", "[]", {"lake": "x"}, {"ledger_url": 7}])
def test_a_broken_demo_file_is_named(arrears, tmp_path, content):
    demo_file(tmp_path, content)
    result = arrears("ledger", "verify")
    assert result.exit_code == 2
    assert result.stderr.startswith("ARR-9103")
    assert str(tmp_path / "var" / "demo.json") in result.stderr


def test_the_installed_command_explains_a_case(reported_site, tmp_path):
    script = shutil.which("arrears", path=str(Path(sys.executable).parent))
    command = [script] if script else [sys.executable, "-m", "cli"]
    run = subprocess.run(
        [*command, "explain", reported_site.case_in("rework"), "--ledger", reported_site.ledger_url],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "ARREARS_LAKE": str(reported_site.lake), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "reported and rejected by the bureau" in run.stdout


def test_no_command_imports_airflow_and_help_imports_nothing_heavy(reported_site):
    program = (
        "import sys; from cli import app\n"
        "heavy = {'polars', 'pyarrow', 'sqlalchemy', 'narwhals', 'pydantic', 'cryptography', 'airflow'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "app(sys.argv[1:], standalone_mode=False)\n"
        "import orchestration.sealed_records, orchestration.sealed_records_text, orchestration.ledger_check\n"
        "assert 'airflow' not in sys.modules and 'great_expectations' not in sys.modules"
    )
    arguments = ["explain", reported_site.case_in("accepted"), "--ledger", reported_site.ledger_url, "--lake"]
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments, str(reported_site.lake)], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
