"""`arrears sending`: files of which only the bureau knows whether it has them, and what it said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.console import LedgerOption, errors_told

sending_app = typer.Typer(help="Files on their way to the bureau.", no_args_is_help=True)


@sending_app.command()
def unknown(ledger: LedgerOption = None) -> None:
    """List the files of which the bureau must be asked whether it has them.

    Ends with 2 when there are any.
    """
    with errors_told():
        from ledger.ledger import Ledger
        from orchestration.exit_codes import USER_FIXABLE
        from orchestration.places import ledger_url_of
        from orchestration.settling import unknown_lines, unknown_parts

        with Ledger.open(ledger_url_of(ledger, Path.cwd())) as book:
            found = unknown_parts(book)
        for line in unknown_lines(found):
            typer.echo(line)
        if found:
            raise typer.Exit(USER_FIXABLE)


@sending_app.command()
def settle(
    batch: Annotated[str, typer.Argument(help="The batch, as `unknown` prints it.")],
    part: Annotated[int, typer.Argument(min=1, help="The number of the part.")],
    is_there: Annotated[
        bool, typer.Option("--there/--not-there", help="Whether the bureau has the whole file.", show_default=False)
    ],
    reason: Annotated[str, typer.Option(help="Who of the bureau said so, when and how.")],
    by: Annotated[str, typer.Option(metavar="USER", help="Who asked.")],
    ledger: LedgerOption = None,
) -> None:
    """Book what the bureau said about a file. Nothing is sent before the task `send` runs again.

    With --there it books the receipt, with --not-there it sends the file once more. What is booked stays.
    """
    with errors_told():
        from ledger.ledger import Ledger
        from orchestration.places import ledger_url_of
        from orchestration.settling import settle_part

        with Ledger.open(ledger_url_of(ledger, Path.cwd())) as book:
            settle_part(book, batch, part, is_there=is_there, reason=reason, user=by, settled_at=datetime.now(UTC))
        typer.echo("booked; now clear the task `send` of that run")
