"""Nothing is declared in vain: errors are raised, fields are used, both within their range."""

import ast
import re
from pathlib import Path

import pytest

from schemas import errors
from schemas.datasets import DATASETS
from schemas.errors import (
    CATALOGUE,
    approval,
    command,
    evidence_pack,
    extract,
    feedback,
    ledger,
    notice,
    pboc,
    policy,
    seal,
    transport,
)
from schemas.errors.kind import ErrorKind, kinds_of
from schemas.fields import FIELDS
from transforms.decisions import decisions_dataset

ROOT = Path(__file__).resolve().parents[2]
AREAS = {
    "1": (extract,),
    "2": (policy,),
    "3": (ledger,),
    "4": (seal, pboc, evidence_pack),
    "5": (transport,),
    "6": (notice,),
    "7": (approval,),
    "8": (feedback,),
    "9": (command,),
}
DECLARED = {
    f"{area.__name__}.{name}": kind
    for areas in AREAS.values()
    for area in areas
    for name, kind in vars(area).items()
    if isinstance(kind, ErrorKind)
}


def product_trees() -> dict[str, ast.Module]:
    packages = (
        "commands",
        "dags",
        "delivery",
        "expectations",
        "lake",
        "ledger",
        "orchestration",
        "plugins",
        "sandbox",
        "transforms",
    )
    files = [file for package in packages for file in (ROOT / package).rglob("*.py")]
    files += [file for file in (ROOT / "schemas").rglob("*.py") if file.parent.name != "errors"]
    files += [file for file in (ROOT / "cli.py",) if file.exists()]
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8")) for file in sorted(files)}


TREES = product_trees()


def kinds_in_reach(tree: ast.Module) -> dict[str, str]:
    """What the module calls its imported error kinds (`KIND`, `area.KIND`) to the full name of each."""
    reach = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        for alias in node.names:
            full, local = f"{node.module}.{alias.name}", alias.asname or alias.name
            if full in DECLARED:
                reach[local] = full
            kinds = [kind for kind in DECLARED if kind.rpartition(".")[0] == full]
            reach |= {f"{local}.{kind.rpartition('.')[2]}": kind for kind in kinds}
    return reach


def kinds_used(tree: ast.Module) -> set[str]:
    """Full names of the error kinds that the code uses; an import alone is no use."""
    reach = kinds_in_reach(tree)
    written = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute)}
    return {full for local, full in reach.items() if local in written}


def errors_made(tree: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ArrearsError"
    ]


def test_every_error_kind_has_one_name_and_stands_in_the_catalogue() -> None:
    assert sorted(DECLARED.values(), key=lambda kind: kind.code) == list(CATALOGUE)


def test_every_area_is_looked_at() -> None:
    modules = {file.stem for file in (ROOT / "schemas" / "errors").glob("*.py")} - {"__init__", "kind"}
    assert {area.__name__.rpartition(".")[2] for areas in AREAS.values() for area in areas} == modules
    assert set(errors.__all__) == {"CATALOGUE", "ArrearsError", "ErrorKind"}


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in CATALOGUE]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("digit", AREAS)
def test_codes_lie_in_the_range_of_their_area(digit: str) -> None:
    kinds = [kind for area in AREAS[digit] for kind in kinds_of(vars(area))]
    assert all(kinds_of(vars(area)) for area in AREAS[digit])
    assert [kind.code for kind in kinds if not re.fullmatch(rf"ARR-{digit}[0-9]{{3}}", kind.code)] == []


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.code)
def test_an_error_says_what_why_and_what_to_do(kind: ErrorKind) -> None:
    assert kind.title[0].isupper()
    assert kind.title[-1] not in ".!"
    assert kind.cause[-1] == "."
    assert kind.remedy[-1] == "."


def test_every_declared_kind_is_used_by_the_product() -> None:
    used = set().union(*map(kinds_used, TREES.values()))
    assert sorted(used) == sorted(DECLARED)


def test_every_error_made_is_of_a_declared_kind() -> None:
    """A name in capitals is an imported kind; any other stands for one that the module or its caller chose."""
    unknown = []
    for where, tree in TREES.items():
        reach = kinds_in_reach(tree)
        kinds = [ast.unparse(call.args[0]) for call in errors_made(tree)]
        unknown += [(where, kind) for kind in kinds if kind.rpartition(".")[2].isupper() and kind not in reach]
    assert unknown == []


def test_the_search_sees_the_errors_of_the_lower_layers() -> None:
    layers = {where.split("/")[0] for where, tree in TREES.items() if errors_made(tree)}
    assert layers >= {"delivery", "lake", "ledger", "orchestration", "schemas"}


def test_every_field_is_used_by_a_dataset() -> None:
    datasets = (*DATASETS.values(), decisions_dataset())
    own = {field.name for dataset in datasets for field in dataset.own_fields}
    assert {name for dataset in datasets for name in dataset.field_names} - own == set(FIELDS)


def test_no_dataset_describes_a_field_that_is_described_already() -> None:
    datasets = (*DATASETS.values(), decisions_dataset())
    assert [field.name for dataset in datasets for field in dataset.own_fields if field.name in FIELDS] == []
