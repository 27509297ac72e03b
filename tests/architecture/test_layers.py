"""Imports point down the list of layers only, and each library stays where it belongs."""

import ast
import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MAY_IMPORT = {
    "schemas": set(),
    "transforms": {"schemas"},
    "lake": {"transforms", "schemas"},
    "ledger": {"transforms", "schemas"},
    "delivery": {"transforms", "schemas"},
    "expectations": {"transforms", "schemas"},
    "orchestration": {"expectations", "delivery", "ledger", "lake", "transforms", "schemas"},
    "dags": {"orchestration", "schemas"},
    "plugins": {"orchestration", "schemas"},
    "commands": {"orchestration", "expectations", "delivery", "ledger", "lake", "transforms", "schemas"},
    "cli": {"commands", "orchestration", "expectations", "delivery", "ledger", "lake", "transforms", "schemas"},
    "sandbox": {"delivery", "ledger", "lake", "transforms", "schemas"},
}
OURS = set(MAY_IMPORT)

LIBRARY_HOMES = {
    "airflow": {"dags", "orchestration", "plugins", "sandbox/airflow_users.py"},
    "great_expectations": {"expectations"},
    "pandas": {"expectations"},
    "paramiko": {"delivery/sftp.py", "delivery/sftp_client.py"},
    "cryptography": {"delivery/seal", "ledger", "lake", "sandbox"},
    "asn1crypto": {"delivery/seal", "sandbox/bureau"},
    "sqlalchemy": {"ledger"},
    "polars": {"lake", "delivery/formats", "sandbox/lender"},
    "duckdb": {"lake"},
    "pyspark": {"lake"},
    "asyncssh": {"sandbox"},
    "aiosmtpd": {"sandbox"},
    "typer": {"cli.py", "commands"},
    "pysequoia": {"delivery/seal"},
    "fpdf": {"delivery/evidence_pack"},
    "pylopdf_fonts_zh_cn": {"delivery/evidence_pack"},
    "alembic": {"ledger"},
    "psycopg": {"ledger"},
    "adbc_driver_manager": {"ledger"},
    "adbc_driver_postgresql": {"ledger"},
}

EDGES = {"orchestration", "cli.py", "commands", "sandbox", "dags", "plugins"}


def product_files() -> list[Path]:
    packages = [path for name in OURS if (path := ROOT / name).is_dir()]
    return sorted([file for package in packages for file in package.rglob("*.py")] + [ROOT / "cli.py"])


def imported_modules(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found.add(node.module or "")
    return found


def layer_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", product_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_down(file: Path) -> None:
    layer = layer_of(file)
    ours = {module.split(".")[0] for module in imported_modules(file)} & (OURS | {"tests"})
    assert ours - {layer} <= MAY_IMPORT[layer]


@pytest.mark.parametrize("file", product_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_libraries_stay_at_home(file: Path) -> None:
    where = file.relative_to(ROOT).as_posix()
    for module in imported_modules(file):
        homes = LIBRARY_HOMES.get(module.split(".")[0])
        if homes is not None:
            assert any(where == home or where.startswith(f"{home}/") for home in homes), f"{where} imports {module}"


def test_the_stand_in_bureau_shares_no_code_with_the_sender() -> None:
    for file in (ROOT / "sandbox" / "bureau").rglob("*.py"):
        ours = {module for module in imported_modules(file) if module.split(".")[0] in OURS}
        assert all(module.startswith("sandbox") for module in ours), f"{file.name} imports {ours}"


def clock_calls(file: Path) -> list[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    forbidden = {"now", "utcnow", "today"}
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in forbidden
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    ]


@pytest.mark.parametrize("file", product_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_only_the_edges_read_clock_and_environment(file: Path) -> None:
    where = file.relative_to(ROOT).as_posix()
    if any(where == edge or where.startswith(f"{edge}/") for edge in EDGES):
        return
    assert clock_calls(file) == []
    assert "os.environ" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(OURS - {"cli"}))
def test_our_packages_resolve_inside_the_repository(name: str) -> None:
    if name in {"dags", "plugins"}:
        return
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    assert [Path(place).resolve() for place in spec.submodule_search_locations] == [ROOT / name]


def test_no_package_hides_a_standard_module() -> None:
    assert not OURS & set(sys.stdlib_module_names)


@pytest.mark.parametrize("file", product_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_holds_one_idea(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400
    assert file.stem not in {"utils", "helpers", "common", "manager", "misc"}
