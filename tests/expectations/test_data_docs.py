"""Pages of Data Docs: complete, the same every time, without the network, without a borrower's data."""

import json
import re
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import narwhals as nw
import polars as pl
import pytest

from expectations.datasets import validate_dataset
from schemas.datasets import DATASETS
from transforms.quality import good_rows, judge_rows, rules_of

BORROWERS = DATASETS["borrowers"]
VALUES = {
    "borrower_id": ["KEYONE", "KEYTWO", "KEYTHREE"],
    "borrower_kind": ["person"] * 3,
    "name": ["欧阳晓晓", "司马甲乙", "王"],
    "id_type": ["resident_id"] * 3,
    "id_number": ["11010519491231002X", "110101199003071234", "110101199003071233"],
    "mobile": ["13812345678", "02087654321", None],
    "email": ["someone@example.org", "not an address", None],
    "protection_code": ["none"] * 3,
}


def write(folder, share="0.5"):
    frame = pl.LazyFrame(
        {**VALUES, "source_file": ["secret.csv"] * 3, "source_row": [1, 2, 3], "unreadable_fields": [""] * 3}
    )
    judged = judge_rows(
        nw.from_native(frame), BORROWERS, parents={}, as_of=date(2026, 6, 30), time_zone="Asia/Shanghai"
    )
    good = good_rows(judged, BORROWERS).collect("pyarrow").to_native()
    return validate_dataset(
        judged,
        BORROWERS,
        published=good.schema,
        published_rows=good.num_rows,
        max_quarantine_share=Decimal(share),
        docs_folder=folder,
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs") / "ingest-2026-06-30"
    outcome = write(folder)
    return folder, outcome, {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


class Words(HTMLParser):
    """Collects tags, attributes and text; knows when a tag is closed that was not opened."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data.strip())


def test_names_of_the_files(written):
    folder, outcome, files = written
    assert set(files) == {"borrowers.html", "borrowers.json", "index.html"}
    assert outcome.docs_path == folder / "borrowers.html"


def test_writing_again_gives_the_same_bytes(written):
    folder, _, files = written
    write(folder)
    assert {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()} == files


def test_the_page_says_what_was_found(written):
    _, outcome, files = written
    page = Words(files["borrowers.html"])
    assert page.open == []
    assert {finding.rule_id for finding in outcome.warnings} == {
        "borrowers.name.pattern",
        "borrowers.id_number.check_digit",
        "borrowers.mobile.pattern",
        "borrowers.email.pattern",
    }
    assert "33.333%" in page.words
    for finding in outcome.warnings:
        assert page.words.count(finding.rule_id) == 2
        assert finding.text in page.words
    assert {rule.rule_id for rule in rules_of(BORROWERS)} <= set(page.words)


def test_pages_need_no_network_and_run_no_script(written):
    for html in (text for name, text in written[2].items() if name.endswith(".html")):
        page = Words(html)
        assert not set(page.tags) & {"script", "link", "img", "iframe", "object"}
        assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src"]
        assert {value for name, value in page.attributes if name == "href"} <= {"index.html", "borrowers.html"}
        assert not re.search(r"https?:|url\(|@import", html)


def test_no_value_of_the_data_is_in_any_file(written):
    secrets = {value for column in ("borrower_id", "name", "id_number", "mobile", "email") for value in VALUES[column]}
    secrets = {value for value in secrets if value and len(value) > 1} | {"secret.csv"}
    assert len(secrets) == 13
    for text in written[2].values():
        assert [secret for secret in secrets if secret in text] == []


def test_the_index_lists_every_suite_of_the_run(written, tmp_path):
    assert json.loads(written[2]["borrowers.json"])["is_success"] is True
    assert {"passed", "borrowers: persons and enterprises that owe"} <= set(Words(written[2]["index.html"]).words)
    folder = tmp_path / "run"
    outcome = write(folder, share="0")
    (folder / "loans.json").write_text(
        json.dumps(
            {"suite": "loans", "title": "loans <b>", "is_success": True, "rows": 1234, "critical": [], "warnings": []}
        )
    )
    write(folder, share="0")
    index = Words((folder / "index.html").read_text(encoding="utf-8"))
    assert not outcome.is_success
    assert {"stopped", "passed", "loans <b>", "1,234"} <= set(index.words)
    assert ("href", "loans.html") in index.attributes
