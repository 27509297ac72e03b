"""`make demo`: a made-up lender's extracts become a signed, encrypted file at a bureau, after a person approved it."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from delivery.seal.cms import openssl_open_command
from sandbox import road, stage
from sandbox.airflow_home import write_private
from sandbox.bureau.folders import Folders
from sandbox.demo_counts import LABELS, demo_counts
from schemas.errors import ArrearsError
from schemas.errors.command import LENDER_NOT_MADE

REPOSITORY = Path(__file__).resolve().parent.parent
LOANS = 20_000
WAIT_FOR_PERSON_SECONDS = 48 * 3600.0


@dataclass
class Progress:
    """Lines on the terminal, each with the seconds since the start."""

    console: Console
    began: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """One line."""
        self.console.print(f"[dim]{time.monotonic() - self.began:6.1f} s[/dim]  {text}")


def main() -> int:
    """Run the demo; the exit code is 0 when every step went well."""
    console = Console(highlight=False)
    progress = Progress(console)
    try:
        site = stage.stage(REPOSITORY, REPOSITORY / "var", os.environ)
        with site.home.processes.changing():
            _set_up(site, progress)
        batch_id, parts = _walk(site, progress, is_person_asked=os.environ.get("APPROVE") == "me")
        _finish(site, progress, batch_id, parts)
    except ArrearsError as error:
        console.print(f"\n{error}", style="bold red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped. `make demo` starts anew, `make down` ends what still runs.")
        return 130
    return 0


def _set_up(site: stage.Stage, progress: Progress) -> None:
    progress.say("stopping what an earlier run left, starting clean")
    stage.stop(site)
    stage.wipe(site)
    lender = stage.make_lender(site, loans=LOANS, as_of_dates=(stage.FIRST_ON, stage.SECOND_ON))
    progress.say("keys, connections, Airflow's database with users and roles")
    stage.prepare(site, stage.FIRST_ON)
    progress.say("starting Airflow, the stand-in bureau and the mail sink")
    stage.start(site)
    if lender.wait() != 0:
        raise ArrearsError(LENDER_NOT_MADE, folder=site.folders.lender)
    progress.say(f"everything runs; the lender has {LOANS:,} loans; UI at {site.home.base_url}")


def _walk(site: stage.Stage, progress: Progress, *, is_person_asked: bool) -> tuple[str, list[Path]]:
    with site.api("operator") as operator:
        road.take_books(site, operator, stage.FIRST_ON, progress.say)
        road.take_books(site, operator, stage.SECOND_ON, progress.say)
        run_id, question = road.begin_report(operator, stage.SECOND_ON)
        progress.say(f"report  {stage.SECOND_ON}  frozen, and stopped: risk staff are asked")
        progress.console.print(Markdown(question.body))
        _approve(site, question, progress, is_person_asked=is_person_asked)
        road.wait_for_success(operator, "report", run_id, wait_seconds=WAIT_FOR_PERSON_SECONDS)
        progress.say(f"report  {stage.SECOND_ON}  approved, re-checked, sealed and sent")
        parts = road.wait_for_answers(site, question.batch_id)
        run_id = operator.trigger("feedback")
        road.wait_for_success(operator, "feedback", run_id)
        progress.say("feedback  the bureau's answer is booked, record by record")
    return question.batch_id, parts


def _approve(site: stage.Stage, question: road.Question, progress: Progress, *, is_person_asked: bool) -> None:
    if is_person_asked:
        risk1 = site.users["risk1"]
        address = f"{site.home.base_url}/dags/report/runs/{question.task.run_id}/tasks/ask/required_actions"
        progress.say(
            f"log in as [bold]risk1[/bold] with password [bold]{risk1.password}[/bold] and answer at\n  {address}"
        )
        return
    with site.api("risk1") as risk:
        risk.answer(question.task, "Release", {"reason": "Demo: checked against the waterfall and the last batch."})
    progress.say("risk1 answered [bold]Release[/bold] through the REST API")


def _finish(site: stage.Stage, progress: Progress, batch_id: str, parts: list[Path]) -> None:
    folders = Folders(site.folders.bureau)
    key, certificate = folders.keys / "bureau.key.pem", folders.keys / "bureau.cert.pem"
    with road.open_ledger(site) as ledger:
        counts = demo_counts(ledger, batch_id, stage.FIRST_ON.isoformat())
        sent_case_id = ledger.events(kinds=["sent"])[0].case_id
    facts = {
        "base_url": site.home.base_url,
        "users": {user.name: user.password for user in site.users.values()},
        "batch_id": batch_id,
        "counts": counts,
        "sealed_files": [str(part) for part in parts],
        "bureau_key": str(key),
        "bureau_certificate": str(certificate),
        "lender_certificate": str(site.folders.keys / "signing.cert.pem"),
        "ledger_url": site.folders.ledger_url,
        "lake": str(site.folders.lake),
    }
    write_private(site.folders.root / "demo.json", json.dumps(facts, indent=2) + "\n")
    table = Table(title=f"Batch {batch_id}")
    table.add_column("what")
    table.add_column("cases", justify="right")
    for name, label in LABELS.items():
        table.add_row(label, f"{counts[name]:,}")
    progress.console.print(table)
    for part in parts:
        command = openssl_open_command(part, key, certificate, site.folders.keys / "signing.cert.pem")
        progress.console.print(f"\nThe sealed file in the bureau's inbox:\n  {part}", markup=False, soft_wrap=True)
        progress.console.print(f"\nOpen it with the bureau's key:\n  {command}", markup=False, soft_wrap=True)
    progress.console.print(
        f"\nUI: {site.home.base_url} (users and passwords in var/demo.json); `make down` stops everything."
        f"\nWhy was this borrower reported?  .venv/bin/arrears explain {sent_case_id}"
        "\nWas the ledger changed?          .venv/bin/arrears ledger verify",
        markup=False,
        soft_wrap=True,
    )
    progress.say("done")


if __name__ == "__main__":
    sys.exit(main())
