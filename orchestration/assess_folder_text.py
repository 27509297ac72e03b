"""Assessments of folders as people read them on a terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType

from orchestration.assess_folder import FolderAssessment
from orchestration.console_parts import facts, heading, listing
from orchestration.what_if import WhatIf
from transforms.eligibility import RULES

_TITLES = {rule.rule_id: rule.title_en for rule in RULES}


def assessment_parts(found: FolderAssessment) -> Iterator[RenderableType]:
    """The figures, the rules in order, what was kept out, what was written."""
    yield heading(f"Assessment under {found.policy.name}, version {found.policy.version}")
    yield facts(
        {
            "loans in arrears": found.loans_in_arrears,
            "reportable": found.reportable_loans,
            f"overdue amount of these ({found.policy.currency})": found.reportable_amount,
        }
    )
    yield heading("Rules, in order")
    columns = ("rule_id", "is_blocking", "passed_loans", "failed_loans", "remaining_loans", "remaining_amount")
    yield listing(
        ("rule", "blocks", "passed", "failed", "remaining", "their overdue amount", "what must be so"),
        ([*(row[name] for name in columns), _TITLES[row["rule_id"]]] for row in found.rules.to_pylist()),
    )
    yield heading("Rows kept out of the books")
    yield listing(("dataset", "rows"), sorted(found.kept_out.items()))
    yield heading("Written")
    yield listing(("file",), ([str(file)] for file in found.files))


def what_if_parts(found: WhatIf) -> Iterator[RenderableType]:
    """What stays, leaves and enters, then the same by rule."""
    yield heading(f"{_named(found, 0)} against {_named(found, 1)}")
    columns = ("move_code", "moved_borrowers", "moved_loans", "moved_amount")
    yield listing(
        ("move", "borrowers", "loans", f"overdue amount ({found.first.currency})"),
        ([row[name] for name in columns] for row in found.by_code.to_pylist()),
    )
    yield heading("By rule; what moves by several rules is counted with each")
    yield listing(
        ("rule", "move", "borrowers", "loans", "overdue amount", "what must be so"),
        (
            [row["rule_id"], *(row[name] for name in columns), _TITLES[row["rule_id"]]]
            for row in found.by_rule.to_pylist()
        ),
    )


def assessment_json(found: FolderAssessment) -> str:
    """The same as JSON."""
    return _json(
        {
            "policy_name": found.policy.name,
            "policy_version": found.policy.version,
            "loans_in_arrears": found.loans_in_arrears,
            "reportable_loans": found.reportable_loans,
            "reportable_amount": found.reportable_amount,
            "rules": found.rules.to_pylist(),
            "kept_out_rows": found.kept_out,
            "files": [str(file) for file in found.files],
        }
    )


def what_if_json(found: WhatIf) -> str:
    """The same as JSON."""
    return _json(
        {
            "policies": [
                {"policy_name": policy.name, "policy_version": policy.version} for policy in (found.first, found.second)
            ],
            "by_move": found.by_code.to_pylist(),
            "by_rule": found.by_rule.to_pylist(),
        }
    )


def _named(found: WhatIf, place: int) -> str:
    policy = (found.first, found.second)[place]
    return f"{policy.name} version {policy.version}"


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
