"""The road on real parts, and every way around the approval that we know: nothing leaves unless a person released it.

The tests run in the order of the file: each takes the site as the one before left it.
"""

import csv
import hashlib
import io
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sandbox import road
from sandbox.airflow_access import try_to_answer, try_to_clear, try_to_mark_success
from sandbox.airflow_api import TaskAddress
from tests.end_to_end.sent_once import assert_booked_once

SECOND_ON = date(2026, 9, 7)
SLOW_BYTES_PER_SECOND, FAST_BYTES_PER_SECOND = 1_024, 1_000_000


def openssl(*arguments: str, stdin: bytes | None = None) -> bytes:
    """What the openssl command prints; it has to end well."""
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def asked(site):
    """A run of `report` that waits for risk staff."""
    with site.api("operator") as operator:
        return road.begin_report(operator, SECOND_ON)


def task_of(run_id: str, task_id: str, map_index: int = -1) -> TaskAddress:
    return TaskAddress("report", run_id, task_id, map_index)


def ended(site, run_id: str) -> dict[str, str]:
    """State of each task once the run has ended."""
    with site.api("auditor") as auditor:
        auditor.wait_for_run("report", run_id)
        return {task["task_id"]: task["state"] for task in auditor.task_instances("report", run_id)}


def clear(operator, run_id: str, task_id: str) -> None:
    """The operator has a task and all that comes after it run again."""
    body = {
        "dry_run": False,
        "dag_run_id": run_id,
        "task_ids": [task_id],
        "only_failed": False,
        "include_downstream": True,
        "reset_dag_runs": True,
    }
    operator.call("POST", "/dags/report/clearTaskInstances", body)


def ask_again(site, run_id: str) -> None:
    """The same batch is asked about anew."""
    with site.api("operator") as operator:
        clear(operator, run_id, "ask")
        operator.wait_for_question("report", run_id)


def answer(site, name: str, run_id: str, option: str, reason: str | None) -> int:
    with site.api(name) as api:
        return try_to_answer(api, task_of(run_id, "ask"), option, {"reason": reason})


def refusal_codes(site) -> list[str]:
    with site.ledger() as ledger:
        return [page.content["code"] for page in ledger.pages(kind="refusal")]


def test_the_question_shows_figures_and_nobody(site, asked) -> None:
    _, question = asked
    with site.ledger() as ledger:
        frozen = ledger.page(f"report/{question.batch_id}/freeze")
    assert frozen.content["root"] in question.body
    assert frozen.content["root"][:16] in question.subject
    assert f"**{frozen.content['cases']}**" in question.body
    assert frozen.content["cases"] > 10
    borrowers = newest_borrowers(site)
    for column in ("name", "id_number", "mobile"):
        assert not [value for value in borrowers[column].drop_nulls() if value in question.body]


@pytest.mark.parametrize("name", ["operator", "auditor"])
def test_who_is_no_approver_is_refused(site, asked, name: str) -> None:
    run_id, _ = asked
    assert answer(site, name, run_id, "Release", "mine") == 403
    assert site.delivered() == []


@pytest.mark.parametrize("name", ["risk1", "risk2", "auditor"])
def test_only_the_operator_may_mark_or_clear_tasks(site, asked, name: str) -> None:
    run_id, _ = asked
    with site.api(name) as api:
        assert try_to_mark_success(api, task_of(run_id, "ask")) == 403
        assert try_to_clear(api, task_of(run_id, "ask")) == 403


def test_a_gate_marked_success_by_hand_releases_nothing(site, asked) -> None:
    run_id, _ = asked
    with site.api("operator") as operator:
        assert try_to_mark_success(operator, task_of(run_id, "ask")) == 200
    states = ended(site, run_id)
    assert states["record_decision"] == "failed"
    assert states["send"] == "upstream_failed"
    assert refusal_codes(site) == ["ARR-7011"]
    assert site.delivered() == []


def test_every_later_task_marked_success_by_hand_sends_nothing_either(site, asked) -> None:
    run_id, question = asked
    with site.api("operator") as operator:
        assert try_to_mark_success(operator, task_of(run_id, "record_decision")) == 200
        clear(operator, run_id, "recheck")
    states = ended(site, run_id)
    assert states["recheck"] == "failed"
    assert site.delivered() == []
    with site.ledger() as ledger:
        assert ledger.page(f"report/{question.batch_id}/decision") is None
        assert ledger.page(f"report/{question.batch_id}/seal") is None


def test_a_hold_without_a_reason_is_refused(site, asked) -> None:
    run_id, question = asked
    ask_again(site, run_id)
    assert answer(site, "risk1", run_id, "Hold", "  ") == 200
    states = ended(site, run_id)
    assert states["record_decision"] == "failed"
    assert refusal_codes(site) == ["ARR-7011", "ARR-7014"]
    with site.ledger() as ledger:
        assert ledger.page(f"report/{question.batch_id}/decision") is None
    assert site.delivered() == []


def test_a_hold_ends_the_batch_and_gives_the_cases_back(site, asked) -> None:
    run_id, question = asked
    ask_again(site, run_id)
    assert answer(site, "risk2", run_id, "Hold", "two amounts look odd") == 200
    states = ended(site, run_id)
    assert states["record_decision"] == "success"
    assert {states[task] for task in ("recheck", "seal", "close")} == {"skipped"}
    with site.ledger() as ledger:
        decision = ledger.page(f"report/{question.batch_id}/decision")
        given_back = [event.case_id for event in ledger.events(kinds=["given_back"])]
        frozen = [event.case_id for event in ledger.events(kinds=["frozen"])]
        assert {ledger.case_state(case_id) for case_id in given_back} == {"noticed"}
    assert (decision.content["option"], decision.content["reason"]) == ("Hold", "two amounts look odd")
    assert decision.actor == "user:risk2"
    assert sorted(given_back) == sorted(frozen)
    assert site.delivered() == []


def test_an_answer_after_the_deadline_releases_nothing(site) -> None:
    with site.api("operator") as operator:
        run_id, question = road.begin_report(operator, SECOND_ON)
        operator.wait_for_run("report", run_id, wait_seconds=180)
    assert answer(site, "risk1", run_id, "Release", "late") in (200, 404, 409)
    time.sleep(3)
    states = ended(site, run_id)
    assert states["ask"] == "failed"
    assert states["record_decision"] == "failed"
    with site.ledger() as ledger:
        decision = ledger.page(f"report/{question.batch_id}/decision")
        assert decision.content["option"] == "Lapsed"
        assert not ledger.events(kinds=["released"])
    assert site.delivered() == []


@pytest.fixture(scope="module")
def released(site):
    """A run that risk1 released after somebody had changed a record: it stopped at `seal`."""
    with site.api("operator") as operator:
        run_id, question = road.begin_report(operator, SECOND_ON)
    changed = change_a_borrower(site)
    assert answer(site, "risk1", run_id, "Release", None) == 200
    states = ended(site, run_id)
    assert states["record_decision"] == "success"
    return run_id, question, changed, states


def test_a_record_changed_after_the_freeze_stops_the_batch(site, released) -> None:
    _, question, _, states = released
    assert "failed" in {states["recheck"], states["seal"]}
    assert states["close"] == "upstream_failed"
    assert site.delivered() == []
    with site.ledger() as ledger:
        assert ledger.page(f"report/{question.batch_id}/seal") is None


def test_with_the_record_restored_it_is_sent_once_though_the_scheduler_is_killed_meanwhile(site, released) -> None:
    run_id, question, (file, original), _ = released
    file.write_bytes(original)
    site.set_pace(SLOW_BYTES_PER_SECOND)
    with site.api("operator") as operator:
        clear(operator, run_id, "recheck")
        (begun,) = wait_until(site.delivered, "the upload has begun")
        assert begun.endswith(".part")
        # With every task that runs: no process is left to tidy up.
        site.home.processes.stop("airflow-scheduler", stop_seconds=0)
        assert site.delivered() == [begun]
        with site.ledger() as ledger:
            assert ledger.pages(kind="receipt") == []
        site.set_pace(FAST_BYTES_PER_SECOND)
        site.start_airflow()
        road.wait_for_success(operator, "report", run_id, wait_seconds=400)
    (name,) = site.delivered()
    assert name.endswith(f"_{question.batch_id}_001.csv.p7m")
    assert_booked_once(site, name)


def test_cleared_again_nothing_is_sent_twice(site, released) -> None:
    run_id = released[0]
    (name,) = site.delivered()
    sent = (site.inbox / name).read_bytes()
    with site.api("operator") as operator:
        clear(operator, run_id, "seal")
        road.wait_for_success(operator, "report", run_id)
    assert site.delivered() == [name]
    assert (site.inbox / name).read_bytes() == sent
    assert_booked_once(site, name)


def wait_until(told: Callable, what: str, seconds: float = 120):
    """What it tells once that is something."""
    until = time.monotonic() + seconds
    while not (found := told()):
        assert time.monotonic() < until, what
        time.sleep(0.05)
    return found


def opened_records(site) -> list[dict[str, str]]:
    (name,) = site.delivered()
    signed = openssl(
        "cms", "-decrypt", "-binary", "-inform", "DER", "-in", str(site.inbox / name),
        "-inkey", str(site.desk / "bureau.key.pem"), "-recip", str(site.desk / "bureau.cert.pem"),
    )  # fmt: skip
    content = openssl(
        "cms", "-verify", "-binary", "-inform", "DER", "-nointern", "-noverify",
        "-certfile", str(site.folders.keys / "signing.cert.pem"), stdin=signed,
    )  # fmt: skip
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_openssl_opens_the_file_and_it_holds_the_approved_borrowers(site, released) -> None:
    _, question, _, _ = released
    records = opened_records(site)
    with site.ledger() as ledger:
        frozen = ledger.page(f"report/{question.batch_id}/freeze").content
    truth = pl.read_parquet(site.folders.lender / "truth.parquet")
    borrowers = newest_borrowers(site)
    unpaid = truth.filter(
        pl.col("is_reportable") & (pl.col("grace_outcome") == "unpaid") & (pl.col("mailbox") == "good")
    )
    expected = borrowers.filter(pl.col("borrower_id").is_in(unpaid["borrower_id"].implode()))
    assert {record["证件号码"] for record in records} == set(expected["id_number"])
    assert len(records) == frozen["cases"] == unpaid.height
    assert sum(float(record["剩余欠款金额"]) for record in records) == pytest.approx(float(frozen["balance_amount"]))


@pytest.mark.usefixtures("released")
def test_the_bureaus_answer_is_booked(site) -> None:
    records = opened_records(site)
    (name,) = site.delivered()
    rejected = records[0]["序号"]
    write_answer(
        site, name, [(record["序号"], "rejected" if record["序号"] == rejected else "accepted") for record in records]
    )
    with site.api("operator") as operator:
        road.wait_for_success(operator, "feedback", operator.trigger("feedback"))
        road.wait_for_success(operator, "feedback", operator.trigger("feedback"))
    with site.ledger() as ledger:
        assert len(ledger.events(kinds=["accepted"])) == len(records) - 1
        (one,) = ledger.events(kinds=["rejected"])
        assert one.detail["code"] == "R001"
        assert ledger.case_state(one.case_id) == "rework"
        assert ledger.verify().is_intact


def test_nothing_that_was_left_behind_holds_a_borrower(site, released) -> None:
    borrowers = newest_borrowers(site)
    needles = {
        value.encode()
        for column in ("name", "id_number", "mobile", "email")
        for value in borrowers[column].drop_nulls()
        if len(value) >= 3
    }
    kept_apart = {"lender", "lake/snapshots"}
    found = []
    for file in sorted(site.folders.root.rglob("*")):
        where = file.relative_to(site.folders.root).as_posix()
        if file.is_file() and not any(where.startswith(f"{place}/") for place in kept_apart):
            content = file.read_bytes()
            found += [where for needle in needles if needle in content]
    assert found == []


def newest_borrowers(site) -> pl.DataFrame:
    """The good rows of the second date's book."""
    return pl.read_parquet(sorted((site.folders.lake / "snapshots" / "borrowers" / str(SECOND_ON)).rglob("*.parquet")))


def change_a_borrower(site) -> tuple[Path, bytes]:
    """Somebody with access to the lake gives one borrower another name."""
    (file,) = (site.folders.lake / "snapshots" / "borrowers" / str(SECOND_ON)).rglob("*.parquet")
    original = file.read_bytes()
    frame = pl.read_parquet(file)
    frame.with_columns(pl.lit("改名").alias("name")).write_parquet(file)
    return file, original


def write_answer(site, name: str, verdicts: list[tuple[str, str]]) -> None:
    """The bureau's answer, signed and encrypted by the openssl command."""
    digest = hashlib.sha256((site.inbox / name).read_bytes()).hexdigest()
    accepted = sum(status == "accepted" for _, status in verdicts)
    lines = ["序号,状态,代码,说明"]
    lines += [f"{serial},{status},{'R001,not found' if status == 'rejected' else ','}" for serial, status in verdicts]
    lines.append(
        f"#,file={name},sha256={digest},records={len(verdicts)};accepted={accepted};rejected={len(verdicts) - accepted}"
    )
    content = ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()
    signed = openssl(
        "cms", "-sign", "-binary", "-nodetach", "-md", "sha256", "-outform", "DER",
        "-signer", str(site.desk / "bureau.cert.pem"), "-inkey", str(site.desk / "bureau.key.pem"), stdin=content,
    )  # fmt: skip
    sealed = openssl(
        "cms", "-encrypt", "-binary", "-aes256", "-outform", "DER", str(site.desk / "opening.cert.pem"), stdin=signed
    )
    (site.outbox / f"{name}.fb.p7m").write_bytes(sealed)
