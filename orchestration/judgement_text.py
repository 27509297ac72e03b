"""The judgement of one loan for people: figures, rules with their sources, contacts, evidence."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orchestration.case_judgement import Judgement, Row
from orchestration.console_parts import BAD, GOOD, QUIET, cell, facts, heading, listing, local_minute
from orchestration.rule_outcomes import FAILED, MET, Number, RuleOutcome
from schemas.codes import CHANNEL

_MARKS = "marks: A primary text read, B secondary source, C not verified or a choice of the lender"
_KEYS_SHOWN_ABOVE = ("loan_id", "borrower_id", "as_of")


def judgement_parts(judgement: Judgement) -> Iterator[RenderableType]:
    """All parts in order."""
    yield heading("Borrower and loan", [judgement.ingest_page_no])
    yield _named({**judgement.borrower, **judgement.loan})
    yield heading(f"Arrears on {judgement.as_of}", [judgement.assess_page_no])
    yield _named({name: value for name, value in judgement.arrears.items() if name not in _KEYS_SHOWN_ABOVE})
    yield facts(
        {
            "policy": f"{judgement.policy_name} version {judgement.policy_version}",
            "books": judgement.book_id,
            "assessment": judgement.assessment_id,
        }
    )
    yield heading(f"Rules: {_verdict(judgement)}", [judgement.assess_page_no])
    yield _rules(judgement.rules)
    yield heading("Collection effort", [judgement.ingest_page_no, judgement.assess_page_no])
    yield _effort(judgement)
    yield _contacts(judgement)
    yield heading("Evidence", [judgement.ingest_page_no, judgement.assess_page_no])
    yield _named(judgement.documented)
    yield _evidence(judgement.evidence)
    for title, rows in (
        ("Forbidden language", judgement.language),
        ("Co-borrowers and guarantors", judgement.parties),
        ("Judgments", judgement.judgments),
        ("Disputes", judgement.disputes),
        ("Repayment agreements", judgement.agreements),
    ):
        yield heading(title, [judgement.ingest_page_no])
        yield listing(_words(list(rows[0])) if rows else [], [list(row.values()) for row in rows])


def _verdict(judgement: Judgement) -> str:
    return "reportable" if judgement.is_reportable else "not reportable"


def _words(names: list[str]) -> list[str]:
    return [_word(name) for name in names]


def _word(name: str) -> str:
    return name.replace("_code", "").replace("_", " ")


def _named(row: Row) -> RenderableType:
    return facts({_word(name): value for name, value in row.items()})


def _rules(outcomes: tuple[RuleOutcome, ...]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for outcome in outcomes:
        grid.add_row(cell(outcome.rule_id), _outcome(outcome), _explained(outcome))
    grid.add_row("", "", Text(_MARKS, style=QUIET))
    return Padding(grid, (0, 0, 0, 2))


def _outcome(rule: RuleOutcome) -> Text:
    if rule.outcome == FAILED:
        return cell(FAILED, BAD) if rule.is_blocking else cell(f"{FAILED} (shown only)", "yellow")
    return cell(rule.outcome, GOOD if rule.outcome == MET else QUIET)


def _explained(rule: RuleOutcome) -> Text:
    text = cell(f"{rule.title_en}\n{rule.title_zh}\n")
    text.append_text(cell(f"[{rule.mark}] {rule.source}", QUIET))
    for number in rule.numbers:
        text.append_text(cell(f"\n{_number_name(number)} = "))
        text.append_text(cell(number.value))
        text.append_text(cell(f"  [{number.mark}] {number.source}", QUIET))
    return text


def _number_name(number: Number) -> str:
    return f"{number.key} ({', '.join(number.applies_to)})" if number.applies_to else number.key


def _effort(judgement: Judgement) -> RenderableType:
    effort = judgement.effort
    by_channel = [f"{channel} {effort[f'{channel}_attempts']}" for channel in CHANNEL if effort[f"{channel}_attempts"]]
    last_at = effort["last_contacted_at"]
    shown = {
        name: value
        for name, value in effort.items()
        if name not in ("loan_id", "last_contacted_at") and name.removesuffix("_attempts") not in CHANNEL
    }
    return facts(
        {
            **{_word(name): value for name, value in shown.items()},
            "attempts by channel": tuple(by_channel),
            "last attempt": None if last_at is None else local_minute(last_at, judgement.time_zone),
        }
    )


def _contacts(judgement: Judgement) -> RenderableType:
    columns = (
        "contact",
        f"at ({judgement.time_zone})",
        "channel",
        "with",
        "outcome",
        "by",
        "evidence",
        "breaks",
        "transcript",
    )
    return listing(
        columns,
        [
            (
                contact["contact_id"],
                local_minute(contact["contacted_at"], judgement.time_zone),
                contact["channel_code"],
                contact["counterparty_code"],
                contact["contact_outcome_code"],
                contact["staff_id"],
                contact["evidence_id"],
                cell(contact["breaches"], BAD),
                contact["transcript"],
            )
            for contact in judgement.contacts
        ],
    )


def _evidence(pieces: tuple[Row, ...]) -> RenderableType:
    return listing(
        ("evidence", "kind", "obtained", "finding", "file, size and SHA-256"),
        [
            (
                piece["evidence_id"],
                piece["evidence_kind"],
                piece["obtained_on"],
                _finding(piece["finding_code"]),
                f"{piece['file_path']} {piece['file_bytes']} bytes\n{piece['file_sha256']}",
            )
            for piece in pieces
        ],
    )


def _finding(code: str | None) -> Text:
    if code is None:
        return cell("not looked at", QUIET)
    return cell(code, GOOD if code == "intact" else BAD)
