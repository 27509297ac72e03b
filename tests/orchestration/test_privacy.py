"""After the whole road, no identity of a reported borrower lies anywhere but in the lake's own snapshots."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
from road import SECOND_ON, borrower_of, opened, people

BUREAUS = ("姓名", "证件号码", "手机号码")
IDENTITY = ("客户名称", "证件号码", "手机号码", "电子邮箱")
ENCODINGS = ("utf-8", "gb18030", "utf-16-le")


def values_of(persons: list[dict[str, str]]) -> set[str]:
    """What must not be found: short names are left out, because they are ordinary words too."""
    return {person[column] for person in persons for column in IDENTITY if len(person[column]) >= 3}


@pytest.fixture(scope="module")
def reported(answered) -> set[str]:
    """Identity of all whose case went into the batch, as the lender exports it and as the bureau gets it."""
    borrowers = borrower_of(answered, answered.frozen_list()["loan_id"].to_list())
    exported = values_of(people(answered.folders.lender, set(borrowers.values())))
    sent = {record[column] for record in answered.content_at_bureau() for column in BUREAUS if len(record[column]) >= 3}
    assert len(exported) >= 15 * 3
    assert len(sent) >= 15 * 2
    return exported | sent


def found_in(content: bytes, values: set[str]) -> set[str]:
    escaped = {value: json.dumps(value)[1:-1].encode() for value in values}
    return {
        value
        for value in values
        if escaped[value] in content or any(value.encode(encoding) in content for encoding in ENCODINGS)
    }


def files_outside_of_snapshots(root: Path) -> list[Path]:
    kept = {root / "lender", root / "lake" / "snapshots", root / "keys"}
    return [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink() and not any(each in kept for each in path.parents)
    ]


def test_the_search_finds_what_is_there(answered, reported) -> None:
    """In the lender's export, in what the bureau opens, and in text that JSON has escaped."""
    export = answered.folders.lender / "extracts" / str(SECOND_ON) / "borrowers.csv"
    assert len(found_in(export.read_bytes(), reported)) >= 15 * 3
    (sealed,) = answered.inbox.glob("*.p7m")
    records = json.dumps(opened(sealed, answered.outside)).encode()
    assert len(found_in(records, reported)) >= 15 * 2


def test_no_identity_in_ledger_reports_outbox_books_or_settings(answered, reported) -> None:
    files = files_outside_of_snapshots(answered.folders.root)
    places = {path.relative_to(answered.folders.root).parts[0] for path in files}
    assert places == {"ledger", "data_docs", "outbox", "lake", "secrets"}
    lake = {path.relative_to(answered.folders.lake).parts[0] for path in files if answered.folders.lake in path.parents}
    assert {"books", "assessments"} <= lake
    assert len(files) > 30
    assert {str(path): hits for path in files if (hits := found_in(path.read_bytes(), reported))} == {}


def numbers_in(content: bytes) -> set[str]:
    """All that could be a mobile or an identity number: pieces of 11 and of 18 characters of long runs of digits."""
    runs = re.findall(rb"[0-9]{11,}[0-9XA-Z]*", content)
    return {run[at : at + size].decode() for run in runs for size in (11, 18) for at in range(len(run) - size + 1)}


def test_no_number_of_any_borrower_either(answered) -> None:
    everybody = people(answered.folders.lender, {f"B{number:07d}" for number in range(1, 1001)})
    numbers = {person["证件号码"] for person in everybody} | {person["手机号码"][-11:] for person in everybody}
    assert len(numbers) > 1500
    export = answered.folders.lender / "extracts" / str(SECOND_ON) / "borrowers.csv"
    assert len(numbers & numbers_in(export.read_bytes())) > 1500
    files = files_outside_of_snapshots(answered.folders.root)
    assert {str(path): hits for path in files if (hits := numbers & numbers_in(path.read_bytes()))} == {}


def test_the_write_ahead_log_holds_none_while_the_ledger_is_open(answered, reported) -> None:
    with answered.run().ledger as ledger:
        assert ledger.pages()
        files = [path for path in (answered.folders.root / "ledger").iterdir() if path.is_file()]
        assert any(path.name.endswith("-wal") for path in files)
        assert [path.name for path in files if found_in(path.read_bytes(), reported)] == []


def test_the_mail_sink_and_the_bureaus_journal_keep_none(answered, reported) -> None:
    bureau, mail = answered.outside.bureau.root, answered.outside.mail.root
    files = [*mail.iterdir(), bureau / "journal.jsonl", bureau.parent / "bureau.log", bureau.parent / "mail.log"]
    assert any(path.stat().st_size > 1000 for path in files)
    assert {path.name: hits for path in files if (hits := found_in(path.read_bytes(), reported))} == {}


def test_derived_snapshots_and_the_quarantine_hold_no_identity(answered) -> None:
    """Of all borrowers, not only of the reported: identity stands in `borrowers` alone."""
    everybody = people(answered.folders.lender, {f"B{number:07d}" for number in range(1, 1001)})
    values = values_of(everybody)
    seen = set()
    for file in sorted((answered.folders.lake / "snapshots").glob("*/*/*/*.parquet")):
        dataset = file.relative_to(answered.folders.lake / "snapshots").parts[0]
        if dataset.removesuffix("_read") in ("borrowers", "contacts"):
            continue
        seen.add(dataset)
        rows = pl.read_parquet(file)
        texts = rows.select(pl.col(pl.String))
        for column in texts.columns:
            assert values.isdisjoint(texts[column].drop_nulls().to_list()), (dataset, column)
    assert {"quarantine", "arrears", "effort", "evidence_findings", "decisions", "frozen"} <= seen


def test_masked_values_show_no_whole_name_or_number(answered) -> None:
    everybody = people(answered.folders.lender, {f"B{number:07d}" for number in range(1, 1001)})
    values = values_of(everybody)
    rows = [pl.read_parquet(file) for file in (answered.folders.lake / "snapshots/quarantine").glob("*/*/*.parquet")]
    text = "\n".join(pl.concat(rows)["masked_value"].drop_nulls().to_list())
    assert len(text) > 100
    assert [value for value in values if value in text] == []


def test_what_the_steps_hand_to_airflow_and_log_holds_none(copy_of, stage_second, reported, caplog, capfd) -> None:
    """XComs and logs of the very steps that have identity in their hands."""
    from road import answer

    caplog.set_level("DEBUG")
    road = copy_of(stage_second)
    handed = [road.freeze(SECOND_ON), road.decide(answer("Release")), road.recheck()]
    parts = road.seal()
    receipts = road.send(parts)
    handed += [parts, receipts, road.close(receipts)]
    assert found_in(json.dumps(handed, ensure_ascii=False).encode(), reported) == set()
    printed = capfd.readouterr()
    said = caplog.text + printed.out + printed.err
    assert "paramiko" in said
    assert found_in(said.encode(), reported) == set()


def test_folders_and_files_are_for_their_owner_only(answered) -> None:
    loose = [
        str(path)
        for path in (answered.folders.lake, *answered.folders.lake.rglob("*"), answered.folders.root / "outbox")
        if path.stat().st_mode & 0o077
    ]
    assert loose == []
    ledger = answered.folders.root / "ledger" / "ledger.sqlite"
    assert ledger.stat().st_mode & 0o077 == 0
