"""The generated pages say what the code says."""

import importlib.util
import re
from functools import partial, reduce
from pathlib import Path
from types import ModuleType

import pytest

from schemas.bureaus.roster import FEEDBACK_LAYOUT, LAYOUT
from schemas.datasets import DATASETS, SOURCES
from schemas.errors import CATALOGUE
from schemas.policy import Policy, parse_policy
from transforms.bureaus.roster_checks import record_rules
from transforms.decisions import decisions_dataset
from transforms.eligibility import RULES
from transforms.quality import rules_of

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(generate: ModuleType) -> dict[str, str]:
    return generate.documents()


def policies() -> list[Policy]:
    return [
        parse_policy(file.read_text(encoding="utf-8"), file=file.name) for file in (ROOT / "policies").glob("*.toml")
    ]


def rows_below(page: str, title: str) -> list[list[str]]:
    """Cells of the rows of the first table below a heading."""
    section = re.split(rf"^#+ {re.escape(title)}$", page, flags=re.MULTILINE)[1]
    table = re.search(r"(?:^\|.*\n)+", section, flags=re.MULTILINE).group()
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines()[2:]]


def first_cells(page: str, title: str) -> list[str]:
    return [row[0].strip().strip("`") for row in rows_below(page, title)]


def test_the_pages_on_disk_are_current(generate: ModuleType) -> None:
    assert generate.differing(DOCS) == []


def test_a_stale_or_missing_page_is_found(generate: ModuleType, pages: dict[str, str], tmp_path: Path) -> None:
    for name, text in pages.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert generate.differing(tmp_path) == []
    (tmp_path / "errors.md").write_text(pages["errors.md"] + "\n", encoding="utf-8")
    (tmp_path / "rules.md").unlink()
    assert generate.differing(tmp_path) == ["errors.md", "rules.md"]


def test_the_pages_are_the_same_each_time(generate: ModuleType, pages: dict[str, str]) -> None:
    assert generate.documents() == pages


def test_every_error_stands_on_the_page_once_below_its_area(generate: ModuleType, pages: dict[str, str]) -> None:
    headings = re.findall(r"^##+ (.+)$", pages["errors.md"], flags=re.MULTILINE)
    expected = []
    for digit, area in generate.AREAS.items():
        expected += [f"{digit}xxx: {area}", *(kind.code for kind in CATALOGUE if kind.code[4] == digit)]
    assert headings == expected
    assert len(headings) - len(generate.AREAS) == len(CATALOGUE)


def test_an_error_is_told_in_full(pages: dict[str, str]) -> None:
    (section,) = re.findall(r"^### ARR-1021\n(.*?)(?=^##)", pages["errors.md"], flags=re.MULTILINE | re.DOTALL)
    assert section.strip().splitlines() == [
        "**A file of the extract can't be opened or read.**",
        "",
        "* Why: Rights are missing, or the disk or share failed.",
        "* What to do: Give the worker the right to read the file, or repair the disk, then run again.",
        "* Retried: yes",
    ]


@pytest.mark.parametrize("dataset", [*DATASETS.values(), decisions_dataset()], ids=lambda dataset: dataset.name)
def test_every_field_of_every_dataset_is_told(pages: dict[str, str], dataset: object) -> None:
    assert first_cells(pages["data-dictionary.md"], dataset.name) == list(dataset.field_names)


@pytest.mark.parametrize("layout", [LAYOUT, FEEDBACK_LAYOUT], ids=lambda layout: layout.name)
def test_every_column_of_the_bureau_is_told(pages: dict[str, str], layout: object) -> None:
    told = [row[2].strip().strip("`") for row in rows_below(pages["data-dictionary.md"], layout.name)]
    assert told == list(layout.names)


def test_every_code_table_is_told(pages: dict[str, str]) -> None:
    fields = [field for dataset in (*DATASETS.values(), decisions_dataset()) for field in dataset.fields]
    tables = {item.name: list(item.codes) for item in (*fields, *LAYOUT, *FEEDBACK_LAYOUT) if item.codes}
    codes = pages["data-dictionary.md"].split("\n## Codes\n")[1]
    assert {name: first_cells(codes, name) for name in re.findall(r"^### (.+)$", codes, re.MULTILINE)} == tables


def test_no_field_has_two_code_tables() -> None:
    tables: dict[str, dict[str, str]] = {}
    fields = [field for dataset in (*DATASETS.values(), decisions_dataset()) for field in dataset.fields]
    for item in (*fields, *LAYOUT, *FEEDBACK_LAYOUT):
        if item.codes and item.name != "id_type":
            assert tables.setdefault(item.name, item.codes) == item.codes


def test_every_rule_is_told(pages: dict[str, str]) -> None:
    assert first_cells(pages["rules.md"], "Eligibility") == [rule.rule_id for rule in RULES]
    for dataset in SOURCES:
        told = first_cells(pages["rules.md"], f"Rows of {dataset.name}")
        assert told == [rule.rule_id for rule in rules_of(dataset)]
    for policy in policies():
        title = f"Records of the bureau roster, under {policy.name}, version {policy.version}"
        wanted = [rule.rule_id for rule in record_rules(overdue_months=policy.overdue_months)]
        assert first_cells(pages["rules.md"], title) == wanted


def test_every_number_of_the_policy_is_told_with_its_source(pages: dict[str, str]) -> None:
    for policy in policies():
        rows = rows_below(pages["rules.md"], f"Numbers of the policy {policy.name}, version {policy.version}")
        told = {row[0].strip().strip("`"): (row[3].strip(), row[4].strip()) for row in rows}
        assert told == {key: (policy.sourced(key).source, policy.sourced(key).mark) for key in told}
        file = next((ROOT / "policies").glob(f"{policy.name}.toml")).read_text(encoding="utf-8")
        assert len(told) == len(re.findall(r"\{ value = ", file))


def is_given(policy: Policy, number: str) -> bool:
    """Whether the policy has the number, or leaves it out as it may."""
    return reduce(getattr, number.split("."), policy) is not None


def test_every_number_that_a_rule_names_points_back_to_it(pages: dict[str, str]) -> None:
    for policy in policies():
        rows = rows_below(pages["rules.md"], f"Numbers of the policy {policy.name}, version {policy.version}")
        users = {row[0].strip().strip("`"): row[2].strip() for row in rows}
        for rule in RULES:
            for number in filter(partial(is_given, policy), rule.numbers):
                keys = [key for key in users if key == number or key.startswith(f"{number}.")]
                assert keys, f"{rule.rule_id} names {number}"
                assert all(rule.rule_id in users[key].split(", ") for key in keys)


@pytest.mark.parametrize("name", ["errors.md", "data-dictionary.md", "rules.md"])
def test_every_row_has_as_many_cells_as_its_headings(pages: dict[str, str], name: str) -> None:
    tables = re.findall(r"(?:^\|.*\n)+", pages[name], flags=re.MULTILINE)
    for table in tables:
        widths = {len(re.split(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table.splitlines()[0]
