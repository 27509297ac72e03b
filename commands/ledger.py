"""`arrears ledger`: is the ledger whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.console import LedgerOption, errors_told

ledger_app = typer.Typer(help="The append-only ledger.", no_args_is_help=True)


@ledger_app.command()
def verify(
    trusted_size: Annotated[int | None, typer.Option(min=0, help="Pages of a tree head kept elsewhere.")] = None,
    trusted_root: Annotated[str | None, typer.Option(metavar="HEX", help="Root of that tree head.")] = None,
    ledger: LedgerOption = None,
) -> None:
    """Read the whole ledger back and compute everything anew.

    Prints pages, events and root. Keep size and root elsewhere: given to a later check as --trusted-size and
    --trusted-root, they prove that nothing before was rewritten. Ends with 1 when the ledger is not intact, and names
    the first bad page.
    """
    with errors_told():
        from ledger.ledger import Ledger
        from orchestration.exit_codes import NOT_INTACT
        from orchestration.ledger_check import check_ledger, report_lines
        from orchestration.places import ledger_url_of

        with Ledger.open(ledger_url_of(ledger, Path.cwd())) as book:
            report = check_ledger(book, trusted_size, trusted_root)
        for line in report_lines(report, trusted_size):
            typer.echo(line, err=not report.is_intact)
        if not report.is_intact:
            raise typer.Exit(NOT_INTACT)
