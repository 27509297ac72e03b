"""What all commands share: options, and errors told without a traceback.

Modules are imported inside the functions, so that `arrears --help` answers at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Group

LedgerOption = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        metavar="URL",
        envvar="ARREARS_LEDGER",
        help="URL of the ledger's database; else var/demo.json says it. One with a password belongs in the variable.",
    ),
]
LakeOption = Annotated[
    Path | None,
    typer.Option("--lake", metavar="DIR", envvar="ARREARS_LAKE", help="Root of the lake; else var/demo.json says it."),
]
UnmaskOption = Annotated[bool, typer.Option("--unmask", help="Show identity and transcripts as they are.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
EvidenceOption = Annotated[
    Path | None, typer.Option("--evidence", metavar="DIR", help="Root of the evidence files; else the data's folder.")
]


def key_passphrase(key: Path) -> str | None:
    """Passphrase of a key's file: from ARREARS_KEY_PASSPHRASE, else asked for when the key is locked."""
    from orchestration.sealed_records import is_locked

    passphrase = os.environ.get("ARREARS_KEY_PASSPHRASE")
    if passphrase is None and is_locked(key):
        passphrase = typer.prompt("Passphrase of the key", hide_input=True, err=True)
    return passphrase


def show(content: str | Group) -> None:
    """Print text as it is, and parts for the terminal."""
    from orchestration.console_parts import console

    if isinstance(content, str):
        typer.echo(content)
    else:
        console().print(content)


@contextmanager
def errors_told() -> Iterator[None]:
    """Errors that a person can meet, with code and remedy and without a traceback."""
    from schemas.errors import ArrearsError

    try:
        yield
    except ArrearsError as error:
        from orchestration.console_parts import printable
        from orchestration.exit_codes import exit_code_of

        typer.secho(printable(str(error)), err=True, fg=typer.colors.RED)
        raise typer.Exit(exit_code_of(error)) from None
