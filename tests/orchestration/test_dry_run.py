"""A dry run shows what would go and leaves nothing behind; what would stop a report stops it first."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from road import SECOND_ON, borrower_of, people, refused, truth_of

from delivery.seal.key_pairs import generate_key_pair
from orchestration import dry_run
from orchestration.task_run import TaskRun
from schemas.errors.approval import CONNECTION_INVALID, SITE_NOT_READY
from schemas.errors.seal import CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID, KEY_CERTIFICATE_MISMATCH, KEY_WEAK


def trying(road: Any, is_dry: bool = True) -> tuple[TaskRun, dict[str, Any]]:
    """A try of the task, and what it pushes."""
    pushed: dict[str, Any] = {}
    run = road.run(SECOND_ON, "report-1", xcom_push=pushed.__setitem__)
    return replace(run, context={**run.context, "params": {**run.context["params"], "dry_run": is_dry}}), pushed


def files_of(road: Any) -> set[Path]:
    kept = {road.folders.root / "data_docs"}
    return {path for path in road.folders.root.rglob("*") if path.is_file() and not kept & set(path.parents)}


def test_what_would_go_is_shown_and_nothing_is_booked_stored_or_sent(second, caplog: pytest.LogCaptureFixture) -> None:
    pages, files, inbox = len(second.ledger.pages()), files_of(second), list(second.inbox.iterdir())
    run, pushed = trying(second)
    with caplog.at_level("INFO"):
        assert dry_run.look_ahead(run) is False
    plan = pushed["plan"]
    assert (plan["bureau"], plan["as_of"], plan["cases"]) == ("roster", "2026-09-07", 15)
    (part,) = plan["parts"]
    assert part["records"] == 15
    assert 0 < part["clear_bytes"] < part["sealed_bytes"]
    assert sum(reason["cases"] for reason in plan["left_out"]) == 5
    assert len(plan["sealed_with"]["recipients"]) == 1
    assert len(second.ledger.pages()) == pages
    assert files_of(second) == files
    assert list(second.inbox.iterdir()) == inbox
    told = json.dumps(plan, ensure_ascii=False) + caplog.text
    assert second.batch == {}
    lender = second.folders.lender
    everybody = people(lender, set(borrower_of(second, truth_of(lender)["loan_id"].to_list()).values()))
    assert len(everybody) > 15
    assert not [row["客户编号"] for row in everybody if row["证件号码"] in told or row["客户名称"] in told]


def test_the_report_itself_then_freezes_the_very_same_cases(second) -> None:
    run, pushed = trying(second)
    dry_run.look_ahead(run)
    second.freeze(SECOND_ON)
    assert second.batch["cases"] == pushed["plan"]["cases"]
    assert dry_run.look_ahead(trying(second, is_dry=False)[0]) is True


def with_connection(road: Any, name: str, **changes: Any) -> None:
    path = road.folders.secrets / "connections.json"
    connections = json.loads(path.read_text())
    extra = {**connections[name].get("extra", {}), **changes.pop("extra", {})}
    connections[name] = {**connections[name], **changes, "extra": extra}
    path.write_text(json.dumps(connections))


def signing(begins: int, days: int, **how: Any) -> dict[str, Any]:
    pair = generate_key_pair("L", valid_from=datetime.now(UTC) + timedelta(days=begins), valid_days=days, **how)
    return {"password": pair.private_key_pem, "extra": {"certificate": pair.certificate_pem}}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        (signing(-10, 5), CERTIFICATE_EXPIRED),
        (signing(5, 10), CERTIFICATE_NOT_YET_VALID),
        (signing(-1, 10, key_bits=2048), KEY_WEAK),
        ({"password": signing(-1, 10)["password"]}, KEY_CERTIFICATE_MISMATCH),
        ({"password": ""}, CONNECTION_INVALID),
    ],
)
def test_a_key_that_can_not_seal_stops_the_report_before_anything_is_built(second, changes: dict, kind: Any) -> None:
    with_connection(second, "arrears_signing", **changes)
    for is_dry in (True, False):
        with refused(kind):
            dry_run.look_ahead(trying(second, is_dry)[0])
    assert second.ledger.pages(kind="freeze") == []


def test_a_server_without_a_host_key_and_an_outbox_that_is_read_only_stop_it(second) -> None:
    run, _ = trying(second, is_dry=False)
    blocked = second.folders.root / "blocked"
    blocked.write_text("a file where a folder should be")
    site = run.site.model_copy(update={"outbox": blocked / "outbox"})
    with refused(SITE_NOT_READY):
        dry_run.look_ahead(replace(run, site=site))
    with_connection(second, "arrears_bureau_roster", extra={"host_key": ""})
    with refused(CONNECTION_INVALID):
        dry_run.look_ahead(trying(second, is_dry=False)[0])
