"""`arrears explain`: why a borrower was reported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.console import JsonOption, LakeOption, LedgerOption, UnmaskOption, errors_told, show


def explain(
    case: Annotated[str, typer.Argument(help="A case like roster-L0001234-20251103, or the number of a loan.")],
    unmask: UnmaskOption = False,
    is_json: JsonOption = False,
    ledger: LedgerOption = None,
    lake: LakeOption = None,
) -> None:
    """Say why a borrower was reported: rules, figures, contacts, notice, approval, file, answer.

    Identity is masked unless --unmask is given. Each part names the pages of the ledger on which it stands. Ends with
    1 when a check of the case fails.
    """
    with errors_told():
        from ledger.ledger import Ledger
        from orchestration.case_story import SHOW_MASKED, cases_of, show_plain, story_of
        from orchestration.case_story_json import list_json, story_json
        from orchestration.case_story_text import list_parts, story_parts
        from orchestration.console_parts import together
        from orchestration.exit_codes import NOT_INTACT
        from orchestration.places import lake_of, ledger_url_of

        with Ledger.open(ledger_url_of(ledger, Path.cwd())) as book:
            found = cases_of(book, case)
            if len(found) > 1:
                show(list_json(found) if is_json else together(list_parts(found)))
                return
            shown = show_plain if unmask else SHOW_MASKED
            story = story_of(book, lake_of(lake, Path.cwd()), found[0].case_id, shown)
        show(story_json(story) if is_json else together(story_parts(story)))
        if not story.is_proved:
            raise typer.Exit(NOT_INTACT)
