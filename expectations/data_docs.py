"""Data Docs of one run: pages that the library renders, in a frame of ours that needs no network and no script.

The library's own page loads style sheets and scripts from seven hosts, a logo that reports each look at it, and shows
dialogs about its vendor. So its sections stand in `templates/page.html` and take `templates/style.css` with them.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import expectations.library  # noqa: F401 # must come before the library itself

# isort: split
from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView

from expectations.outcome import SuiteOutcome

_TEMPLATES = Path(__file__).parent / "templates"
_INDEX = "index.html"


def write_docs(folder: Path, title: str, outcome: SuiteOutcome, result: ExpectationSuiteValidationResult) -> Path:
    """Write `<suite>.html` and `<suite>.json`, and `index.html` over all suites that the folder has.

    Each file appears whole or not at all; writing again gives the same bytes. Suites of one run may write at the same
    time.

    Args:
        folder: of the run; its name is shown as the name of the run.
        title: what was validated, for people.
        outcome: what was found.
        result: the library's result of the same validation.

    Returns:
        The suite's page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    view = DefaultJinjaPageView(custom_views_directory=str(_TEMPLATES), custom_styles_directory=str(_TEMPLATES))
    summary = {"title": title, **outcome.as_json()}
    page = folder / f"{outcome.suite}.html"
    document = ValidationResultsPageRenderer().render(result).to_json_dict()
    html = view.env.get_template("page.html").render(
        run=folder.name,
        summary=summary,
        # The first section counts a warning as a failure, links into the library's own site and says when it ran.
        sections=document["sections"][1:],
        statistics=result.statistics,
        library_version=result.meta["great_expectations_version"],
    )
    _write(page, html)
    _write(folder / f"{outcome.suite}.json", json.dumps(summary, ensure_ascii=False, indent=1) + "\n")
    _write_index(folder, view)
    return page


def _write_index(folder: Path, view: DefaultJinjaPageView) -> None:
    template = view.env.get_template("index.html")
    written: list[Path] = []
    # Another suite may have written its own meanwhile and its index before ours: look again until nothing is new.
    while (found := sorted(folder.glob("*.json"))) != written:
        written = found
        summaries = [json.loads(file.read_text(encoding="utf-8")) for file in found]
        _write(folder / _INDEX, template.render(run=folder.name, summaries=summaries))


def _write(file: Path, text: str) -> None:
    aside = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(file)
