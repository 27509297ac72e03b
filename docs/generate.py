"""Writes the pages that are made from the code: errors, data dictionary, rules.

`python docs/generate.py` writes them, `python docs/generate.py --check` fails when one differs from the code.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pydantic import BaseModel

from schemas.bureaus import roster
from schemas.bureaus.layout import Column, DelimitedLayout
from schemas.dataset import Dataset
from schemas.datasets import DATASETS, SOURCES
from schemas.errors import CATALOGUE, ErrorKind
from schemas.facts import FACTS
from schemas.field import Field, FieldType
from schemas.policy import FrequencyLimit, Policy, parse_policy
from schemas.policy_values import Sourced
from transforms.bureaus.roster_checks import record_rules
from transforms.decisions import decisions_dataset
from transforms.eligibility import RULES
from transforms.parties import party_decisions_dataset
from transforms.quality import RowRule, rules_of
from transforms.rule import Rule

DOCS = Path(__file__).resolve().parent

AREAS = {
    "1": "Extracts, snapshots, engines and evidence",
    "2": "Policies and rules",
    "3": "Ledger",
    "4": "Bureau files, seal and keys",
    "5": "Delivery over SFTP",
    "6": "Notices",
    "7": "Approval and orchestration",
    "8": "The bureau's answers",
    "9": "Command line and sandbox",
}

_MARKS = (
    "Marks say how well a source was verified: **A** primary text read, **B** secondary source read, **C** not "
    "verified, or a choice of the lender."
)
_UNITS = {
    FieldType.MONEY: "yuan",
    FieldType.RATE: "share, 0.24 is 24 %",
    FieldType.DATE: "calendar day",
    FieldType.INSTANT: "UTC",
}
_UNIT_OF_SUFFIX = {
    "_days": "days",
    "_months": "months",
    "_bytes": "bytes",
    "_attempts": "contacts",
    "_contacts": "contacts",
}


def documents() -> dict[str, str]:
    """File name to text of every generated page."""
    pages = {"errors.md": _errors(), "data-dictionary.md": _data_dictionary(), "rules.md": _rules()}
    return {name: "\n".join(lines).rstrip() + "\n" for name, lines in pages.items()}


def differing(folder: Path) -> list[str]:
    """Names of the pages in a folder that are missing or differ from the code."""
    return [
        name
        for name, text in documents().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(prog="python docs/generate.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")
    if parser.parse_args().check:
        stale = differing(DOCS)
        for name in stale:
            sys.stderr.write(f"docs/{name} differs from the code: run python docs/generate.py\n")
        return 1 if stale else 0
    for name, text in documents().items():
        (DOCS / name).write_text(text, encoding="utf-8")
    return 0


def _made_from(what: str) -> str:
    return f"<!-- Made by docs/generate.py from {what}. Change that, then run it again. -->"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(headings)
    yield _row(["---"] * len(headings))
    yield from (_row(row) for row in rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Text for a table cell, in which no character means anything to Markdown."""
    return "".join(f"\\{character}" if character in "\\`*[]<|" else character for character in text)


def _code(text: str) -> str:
    """Text in the typeface of code, for a table cell."""
    return f"`{text.replace('|', chr(92) + '|')}`"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(_code(name) for name in names)


def _errors() -> Iterator[str]:
    yield from ("# Errors", "", _made_from("schemas/errors"), "")
    yield (
        "Every error that a person can meet. The message shows the code, the title, the facts that locate it, and "
        "what to do. *Retried* means that the same call may succeed later without a person: Airflow then tries "
        "it again."
    )
    yield ""
    for digit, area in AREAS.items():
        yield from (f"## {digit}xxx: {area}", "")
        for kind in CATALOGUE:
            if kind.code.startswith(f"ARR-{digit}"):
                yield from _error(kind)


def _error(kind: ErrorKind) -> Iterator[str]:
    yield from (f"### {kind.code}", "", f"**{kind.title}.**", "")
    yield f"* Why: {kind.cause}"
    yield f"* What to do: {kind.remedy}"
    yield f"* Retried: {'yes' if kind.may_retry else 'no'}"
    yield ""


def _data_dictionary() -> Iterator[str]:
    yield from ("# Data dictionary", "", _made_from("schemas/datasets.py, schemas/facts.py and schemas/bureaus"), "")
    yield (
        "Money is decimal(18, 2), a rate decimal(9, 6), an instant UTC in microseconds. Sensitivity says who may see a "
        "value: keys and figures travel, *identity* never leaves snapshots, notices and bureau records, and is masked "
        "wherever people or logs see it."
    )
    derived = [dataset for dataset in DATASETS.values() if dataset not in SOURCES]
    for title, datasets in (
        ("What the lender gives", SOURCES),
        ("What the lender gives for its bureau beside the books", FACTS),
        ("What Arrears derives", (*derived, decisions_dataset(), party_decisions_dataset())),
    ):
        yield from ("", f"## {title}", "")
        for dataset in datasets:
            yield from _dataset(dataset)
    yield from ("## What the bureau `roster` gets and gives", "")
    yield from _layout(roster.LAYOUT, "One line a record.")
    yield from _layout(roster.FEEDBACK_LAYOUT, "The bureau's answer, one line a record.")
    yield from _code_tables()


def _dataset(dataset: Dataset) -> Iterator[str]:
    yield from (f"### {dataset.name}", "", f"Version {dataset.version}: {dataset.description}.", "")
    yield f"* Primary key: {_codes(dataset.primary_key)}"
    for reference in dataset.references:
        yield f"* {_code(reference.field)} is a row of {_code(reference.dataset)}"
    yield ""
    yield from _table(
        ("field", "type", "unit", "sensitivity", "may be empty", "allowed", "what it says"),
        (_field_row(field, is_optional=field.name in dataset.optional) for field in dataset.fields),
    )


def _field_row(field: Field, *, is_optional: bool) -> tuple[str, ...]:
    return (
        _code(field.name),
        field.type.value,
        _unit(field),
        field.sensitivity.value,
        "yes" if is_optional else "no",
        _allowed(field),
        _plain(field.description),
    )


def _unit(field: Field) -> str:
    by_name = (unit for suffix, unit in _UNIT_OF_SUFFIX.items() if field.name.endswith(suffix))
    if field.type is FieldType.INTEGER:
        return next(by_name, "")
    return _UNITS.get(field.type, "")


def _allowed(field: Field) -> str:
    allowed = []
    if field.codes:
        allowed.append(_codes(field.codes))
    if field.pattern is not None:
        allowed.append(_code(field.pattern))
    if field.minimum is not None:
        allowed.append(f"from {field.minimum}")
    if field.not_before is not None:
        allowed.append(f"from {field.not_before}")
    return "; ".join(allowed)


def _layout(layout: DelimitedLayout, description: str) -> Iterator[str]:
    yield from (f"### {layout.name}", "", f"Version {layout.version}. {description}", "")
    mark = "with" if layout.has_byte_order_mark else "without"
    line_end = layout.line_end.encode("unicode_escape").decode()
    yield f"* UTF-8 {mark} byte order mark, one line of headings"
    yield f"* Delimiter {_code(layout.delimiter)}, lines end with {_code(line_end)}"
    yield f"* True is {_code(layout.true_text)}, false is {_code(layout.false_text)}"
    yield ""
    yield from _table(
        ("no.", "heading", "column", "type", "at most", "must be filled", "sensitivity", "allowed", "what it says"),
        (_column_row(number, column) for number, column in enumerate(layout, start=1)),
    )


def _column_row(number: int, column: Column) -> tuple[str, ...]:
    return (
        str(number),
        column.heading,
        _code(column.name),
        column.type.value,
        str(column.max_length),
        "yes" if column.is_required else "no",
        column.sensitivity.value,
        _codes(column.codes),
        _plain(column.description),
    )


def _code_tables() -> Iterator[str]:
    yield from ("## Codes", "")
    every_field = (
        field
        for dataset in (*DATASETS.values(), decisions_dataset(), party_decisions_dataset())
        for field in dataset.fields
    )
    tables = {item.name: item.codes for item in (*every_field, *roster.LAYOUT, *roster.FEEDBACK_LAYOUT) if item.codes}
    for name, codes in sorted(tables.items()):
        yield from (f"### {name}", "")
        yield from _table(("code", "meaning"), ((_code(code), _plain(meaning)) for code, meaning in codes.items()))


def _rules() -> Iterator[str]:
    yield from ("# Rules", "", _made_from("transforms/ and policies/"), "")
    yield (
        "Which loans may be reported, which rows of an extract go on, and what a record must be. An id is never "
        "reused, so that an old decision stays readable."
    )
    yield from ("", _MARKS, "")
    policies = [parse_policy(file.read_text(encoding="utf-8"), file=file.name) for file in _policy_files()]
    yield from ("## Eligibility", "")
    yield (
        "Each rule is evaluated for every loan in arrears. *Blocks*: a loan that fails it is not reported. *Warns*: "
        "the approver is shown it. Evidence is looked at only for loans that pass all other rules."
    )
    yield ""
    yield from _table(
        ("rule", "name", "what must be so", "规则", "severity", "scope", "source", "mark"),
        (_rule_row(rule) for rule in RULES),
    )
    for policy in policies:
        yield from _policy(policy)
    yield from _row_rules()
    for policy in policies:
        yield from _record_rules(policy)


def _policy_files() -> list[Path]:
    return sorted((DOCS.parent / "policies").glob("*.toml"))


def _rule_row(rule: Rule) -> tuple[str, ...]:
    return (
        rule.rule_id,
        _code(rule.name),
        _plain(rule.title_en),
        _plain(rule.title_zh),
        rule.severity,
        rule.scope,
        _plain(rule.source),
        rule.mark,
    )


def _policy(policy: Policy) -> Iterator[str]:
    until = policy.effective_until or "further notice"
    yield from (f"## Numbers of the policy {policy.name}, version {policy.version}", "")
    yield f"{policy.title_en} ({policy.title_zh}). In force from {policy.effective_from} until {until}."
    shown = [rule.rule_id for rule in RULES if not rule.is_blocking(policy)]
    yield f"Rules that are only shown to the approver under it: {', '.join(shown)}."
    yield ""
    yield from _table(
        ("number", "value", "used by", "source", "mark"),
        (
            (_code(key), _plain(value), ", ".join(_users(key)), _plain(sourced.source), sourced.mark)
            for key, value, sourced in _numbers(policy, "")
        ),
    )


def _users(key: str) -> list[str]:
    return [rule.rule_id for rule in RULES if _uses(rule, key)]


def _uses(rule: Rule, key: str) -> bool:
    if key == "conduct.blocking_breaches":
        return rule.breach is not None
    return any(key == used or key.startswith(f"{used}.") for used in rule.numbers)


def _numbers(node: BaseModel, prefix: str) -> Iterator[tuple[str, str, Sourced[object]]]:
    """Dotted key, value as people read it, and the value with its source, of all numbers below a model."""
    for name in type(node).model_fields:
        value = getattr(node, name)
        if isinstance(value, Sourced):
            yield f"{prefix}{name}", _readable(value.value), value
        elif isinstance(value, BaseModel):
            yield from _numbers(value, f"{prefix}{name}.")
        elif name == "frequency":
            for number, limit in enumerate(value):
                yield f"{prefix}{name}.{number}.at_most", _limit(limit), limit.at_most


def _limit(limit: FrequencyLimit) -> str:
    days = "1 day" if limit.within_days == 1 else f"{limit.within_days} days"
    return f"{limit.at_most.value} in {days} ({_readable(limit.channels)})"


def _readable(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return value.isoformat("minutes") if isinstance(value, time) else str(value)


def _row_rules() -> Iterator[str]:
    yield from ("## Rows of the extracts", "")
    yield (
        "A *critical* rule keeps the row out of the books: it stands in quarantine with file, row, column and rule. A "
        "row that breaks a *warning* goes on; it is counted and shown to the approver."
    )
    yield ""
    for dataset in (*SOURCES, *FACTS):
        yield from (f"### Rows of {dataset.name}", "")
        yield from _row_rule_table(rules_of(dataset))


def _record_rules(policy: Policy) -> Iterator[str]:
    yield from (f"## Records of the bureau roster, under {policy.name}, version {policy.version}", "")
    yield "A record that breaks a *critical* rule stops the batch before it reaches an approver."
    yield ""
    yield from _row_rule_table(record_rules(overdue_months=policy.overdue_months))


def _row_rule_table(rules: Sequence[RowRule]) -> Iterator[str]:
    yield from _table(
        ("rule", "severity", "what must be so"),
        ((_code(rule.rule_id), rule.severity.value, _plain(rule.text)) for rule in rules),
    )


if __name__ == "__main__":
    sys.exit(main())
