"""All pages for people, written by hand or made: links lead somewhere, names of errors and files are right."""

import re
from pathlib import Path

import pytest

from schemas.errors import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TEXTS = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in PAGES}
MACHINE_PATH = re.compile(r"(?<![\w.<])/(?:work|home|root|tmp|Users)/")


def test_the_pages_that_people_are_sent_to_are_there() -> None:
    wanted = {"CONTRIBUTING.md", "CHANGELOG.md", "docs/glossary.md", "docs/errors.md", "docs/data-dictionary.md"}
    wanted |= {"docs/rules.md", "docs/risk.md", "docs/auditors.md", "docs/operators.md", "README.md"}
    assert wanted - set(TEXTS) == set()


@pytest.mark.parametrize("page", TEXTS)
def test_a_page_stands_alone(page: str) -> None:
    assert MACHINE_PATH.findall(TEXTS[page]) == []
    assert "shared/" not in TEXTS[page]


@pytest.mark.parametrize("page", TEXTS)
def test_links_within_the_repository_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", TEXTS[page]):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target


@pytest.mark.parametrize("page", TEXTS)
def test_errors_that_are_named_exist(page: str) -> None:
    named = set(re.findall(r"ARR-[0-9]{4}", TEXTS[page]))
    assert named - {kind.code for kind in CATALOGUE} == set()


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(page.stem[:4]) for page in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
