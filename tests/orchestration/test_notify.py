"""The borrower is told first: once each, with proof, and the grace period starts when the notice is delivered."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from road import (
    FIRST_ON,
    ROOT,
    SECOND_ON,
    borrower_of,
    borrowers_with,
    disputes,
    loan_of,
    newer_book,
    pays,
    people,
    refused,
    truth_of,
)

from delivery.notices.message import message_id_of
from orchestration import notify
from orchestration.case_heads import case_heads
from orchestration.clock import Clock
from sandbox.mail import recipient_hash
from schemas.errors.approval import NOTHING_ASSESSED
from schemas.errors.notice import MAIL_SERVER_DEFERS, MAIL_SERVER_UNREACHABLE


def reportable(road) -> set[str]:
    return set(truth_of(road.folders.lender).filter("is_reportable")["loan_id"])


def events_of(road, kind: str) -> dict:
    return {loan_of(event.case_id): event.detail for event in road.ledger.events(kinds=[kind])}


def accepted_since(road, count: int) -> list:
    return [line for line in road.mail()[count:] if line.status == "accepted"]


def message_ids(road) -> list[str]:
    """The Message-ID that each open case's first notice has to have."""
    return sorted(message_id_of(case_id, 1, "notices@lender.example") for case_id in road.states())


def test_every_reportable_loan_gets_a_case_and_every_borrower_one_notice(assessed) -> None:
    before = len(assessed.mail())
    opened = notify.open_cases(assessed.run(FIRST_ON))
    assert (opened["opened"], opened["cured"], opened["is_newest"]) == (20, 0, True)
    assert {loan_of(case_id) for case_id in assessed.states()} == reportable(assessed)
    assert set(assessed.states().values()) == {"found"}
    assert len(assessed.mail()) == before

    result = notify.send_notices(assessed.run(FIRST_ON), opened)
    assert result == {"as_of": "2026-06-30", "delivered": 20, "failed": 0}
    assert set(assessed.states().values()) == {"noticed"}
    told = accepted_since(assessed, before)
    assert sorted(line.message_id for line in told) == message_ids(assessed)
    addresses = people(assessed.folders.lender, set(borrower_of(assessed, reportable(assessed)).values()))
    root = assessed.outside.mail.root
    assert Counter(line.recipients[0] for line in told) == Counter(
        recipient_hash(root, person["电子邮箱"]) for person in addresses
    )
    proofs = events_of(assessed, "notice_delivered")
    assert {detail["message_sha256"] for detail in proofs.values()} == {line.sha256 for line in told}
    assert {detail["reply"].split()[0] for detail in proofs.values()} == {"250"}


@pytest.mark.parametrize(
    ("told_on", "ends_on"),
    [
        (date(2026, 6, 30), date(2026, 8, 30)),
        (date(2026, 7, 31), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2027, 2, 28)),
    ],
)
def test_the_grace_period_is_counted_in_calendar_months(assessed, told_on: date, ends_on: date) -> None:
    assessed.today = told_on
    assessed.notify(FIRST_ON)
    details = events_of(assessed, "notice_delivered").values()
    assert {(detail["delivered_on"], detail["grace_ends_on"]) for detail in details} == {(str(told_on), str(ends_on))}
    assert set(case_heads(assessed.ledger, "roster")["grace_ends_on"].to_pylist()) == {ends_on}


class LateInTheEvening(Clock):
    """17:30 UTC on the 30th of June: half past one on the 1st of July in Shanghai."""

    def wall_now(self) -> datetime:
        return datetime(2026, 6, 30, 17, 30, tzinfo=UTC)


def test_the_day_of_delivery_is_the_one_in_the_policys_time_zone(assessed) -> None:
    run = assessed.run(FIRST_ON)
    run = replace(run, clock=LateInTheEvening(run.clock.time_zone))
    notify.send_notices(run, notify.open_cases(run))
    details = events_of(assessed, "notice_delivered").values()
    assert {(d["delivered_on"], d["grace_ends_on"]) for d in details} == {("2026-07-01", "2026-09-01")}
    assert {d["answered_at"] for d in details} == {"2026-06-30T17:30:00+00:00"}


def with_addresses(road, addresses: dict[str, str | None]) -> None:
    """A book of the first date in which some loans' borrowers have other addresses, assessed."""
    borrowers = borrower_of(road, list(addresses))
    values = {borrowers[loan]: address for loan, address in addresses.items()}
    newer_book(road, FIRST_ON, {"borrowers": borrowers_with(values, "email")}, base=FIRST_ON)
    road.assess(FIRST_ON)


def test_a_bounce_starts_no_grace_period(assessed) -> None:
    bounced, without, strange = sorted(reportable(assessed))[:3]
    with_addresses(assessed, {bounced: "gone@bounce.example", without: None, strange: "a b@mail.example"})
    assert assessed.notify(FIRST_ON) == {"as_of": "2026-06-30", "delivered": 17, "failed": 3}
    failed = events_of(assessed, "notice_failed")
    assert {loan: detail["reason"] for loan, detail in failed.items()} == {
        bounced: "the mail server refused it for good",
        without: "no usable e-mail address",
        strange: "no usable e-mail address",
    }
    assert failed[bounced]["reply"].startswith("550 ")
    assert "grace_ends_on" not in failed[bounced]
    heads = {row["loan_id"]: row for row in case_heads(assessed.ledger, "roster").to_pylist()}
    assert {heads[loan]["state"] for loan in failed} == {"unnoticed"}
    assert {heads[loan]["grace_ends_on"] for loan in failed} == {None}
    # Two months and a day later all the others can be reported, and these three can't.
    newer_book(assessed, date(2026, 8, 31), {}, base=FIRST_ON)
    assessed.assess(assessed.today)
    assert assessed.freeze(assessed.today)["cases"] == 17
    assert set(assessed.frozen_list()["loan_id"]) == reportable(assessed) - set(failed)


def test_who_is_deferred_is_told_at_the_next_try_and_nobody_else_again(assessed) -> None:
    loan = min(reportable(assessed))
    with_addresses(assessed, {loan: f"slow.{assessed.account}@greylist.example"})
    before = len(assessed.mail())
    with refused(MAIL_SERVER_DEFERS, notices=1):
        assessed.notify(FIRST_ON)
    assert len(accepted_since(assessed, before)) == 19
    assert {loan_of(case_id) for case_id, state in assessed.states().items() if state == "found"} == {loan}
    assert assessed.notify(FIRST_ON) == {"as_of": "2026-06-30", "delivered": 1, "failed": 0}
    assert sorted(line.message_id for line in accepted_since(assessed, before)) == message_ids(assessed)


def test_a_mail_server_that_is_away_books_nothing(assessed) -> None:
    opened = notify.open_cases(assessed.run(FIRST_ON))
    pages = len(assessed.ledger.pages())
    connections = assessed.folders.secrets / "connections.json"
    changed = json.loads(connections.read_text())
    changed["arrears_smtp"]["port"] = 1
    connections.write_text(json.dumps(changed))
    with refused(MAIL_SERVER_UNREACHABLE):
        notify.send_notices(assessed.run(FIRST_ON), opened)
    assert len(assessed.ledger.pages()) == pages
    assert set(assessed.states().values()) == {"found"}


def test_killed_in_the_middle_a_rerun_tells_everybody_and_doubles_one_at_most(assessed) -> None:
    """At the worst instant: the seventh notice is delivered and not booked yet."""
    before = len(assessed.mail())
    child = Path(__file__).with_name("notice_child.py")
    done = subprocess.run(
        [sys.executable, str(child), str(FIRST_ON), "7"],
        env={**os.environ, **assessed.environment(), "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert len(accepted_since(assessed, before)) == 7
    assert Counter(assessed.states().values()) == {"noticed": 6, "found": 14}

    assert assessed.notify(FIRST_ON) == {"as_of": "2026-06-30", "delivered": 14, "failed": 0}
    told = Counter(line.message_id for line in accepted_since(assessed, before))
    assert sorted(told) == message_ids(assessed)
    assert sorted(told.values()) == [1] * 19 + [2]
    assert len(assessed.ledger.events(kinds=["notice_delivered"])) == 20
    assert assessed.ledger.verify().is_intact


def test_an_older_date_after_a_newer_one_changes_nothing(second, stage_assessed) -> None:
    second.notify(SECOND_ON)
    states, pages, told = second.states(), len(second.ledger.pages()), len(second.mail())
    # Another assessment of the first date, so that its page does not stand yet.
    newer_book(second, FIRST_ON, {"payments": lambda rows: rows.head(0)}, base=FIRST_ON)
    second.today = SECOND_ON
    second.assess(FIRST_ON)
    opened = notify.open_cases(second.run(FIRST_ON))
    assert (opened["is_newest"], opened["opened"], opened["cured"]) == (False, 0, 0)
    assert notify.send_notices(second.run(FIRST_ON), opened)["delivered"] == 0
    assert second.states() == states
    assert len(second.ledger.pages()) == pages + 1  # the assessment's own
    assert len(second.mail()) == told


def test_clearing_an_old_run_does_not_send_what_a_newer_date_no_longer_wants(assessed) -> None:
    """The old run was the newest once; its page says so for ever."""
    loan = min(reportable(assessed))
    old = notify.open_cases(assessed.run(FIRST_ON))
    newer_book(assessed, SECOND_ON, {"disputes": disputes([loan], SECOND_ON)}, base=FIRST_ON)
    assessed.assess(SECOND_ON)
    notify.open_cases(assessed.run(SECOND_ON))
    told = len(assessed.mail())
    again = notify.open_cases(assessed.run(FIRST_ON))
    assert again == old
    assert notify.send_notices(assessed.run(FIRST_ON), again) == {"as_of": "2026-06-30", "delivered": 0, "failed": 0}
    assert len(assessed.mail()) == told


def test_a_case_that_is_not_reportable_any_more_is_not_noticed(assessed) -> None:
    loan = min(reportable(assessed))
    opened = notify.open_cases(assessed.run(FIRST_ON))
    newer_book(assessed, FIRST_ON, {"disputes": disputes([loan], FIRST_ON)}, base=FIRST_ON)
    assessed.assess(FIRST_ON)
    before = len(assessed.mail())
    assert notify.send_notices(assessed.run(FIRST_ON), opened)["delivered"] == 19
    assert {loan_of(case_id) for case_id, state in assessed.states().items() if state == "found"} == {loan}
    person = people(assessed.folders.lender, set(borrower_of(assessed, [loan]).values()))[0]
    hashed = recipient_hash(assessed.outside.mail.root, person["电子邮箱"])
    assert hashed not in {line.recipients[0] for line in accepted_since(assessed, before)}


def test_who_has_paid_before_the_notice_is_cured_and_not_told(assessed) -> None:
    notify.open_cases(assessed.run(FIRST_ON))
    loan = min(reportable(assessed))
    newer_book(assessed, SECOND_ON, {"payments": pays([loan], SECOND_ON)}, base=FIRST_ON)
    assessed.assess(SECOND_ON)
    before = len(assessed.mail())
    opened = notify.open_cases(assessed.run(SECOND_ON))
    assert opened["cured"] == 1
    assert notify.send_notices(assessed.run(SECOND_ON), opened)["delivered"] == 19 + opened["opened"]
    states = {loan_of(case_id): state for case_id, state in assessed.states().items()}
    assert states.pop(loan) == "cured"
    assert set(states.values()) == {"noticed"}
    assert len(accepted_since(assessed, before)) == len(states)


def test_without_an_assessment_there_is_nothing_to_notify(assessed) -> None:
    assessed.today = SECOND_ON
    with refused(NOTHING_ASSESSED, as_of=SECOND_ON):
        notify.open_cases(assessed.run(SECOND_ON))
    assert pl.DataFrame(pl.from_arrow(assessed.ledger.case_states("roster"))).is_empty()
