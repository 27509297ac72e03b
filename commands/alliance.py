"""`arrears alliance`: the list without identity, for members of an alliance who match it against their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.console import errors_told

alliance_app = typer.Typer(
    help="Lists without identity for an alliance. The key is hexadecimal, in the variable ARREARS_ALLIANCE_KEY.",
    no_args_is_help=True,
)

KeyOption = Annotated[str, typer.Option("--key-id", metavar="NUMBER", help="Number of the alliance's key.")]
OwnList = Annotated[
    Path, typer.Argument(metavar="LIST", help="A list of the roster in the clear; - reads it.", allow_dash=True)
]


@alliance_app.command("hash")
def hash_list(own: OwnList, key_id: KeyOption) -> None:
    """Print the hashed list: one line a person overdue for more than three months, a keyed hash in place of identity.

    Whoever has the key finds every person by trying all numbers: nothing protects but its secrecy.
    """
    with errors_told():
        from orchestration.alliance import alliance_key, hashed_file

        sys.stdout.buffer.write(hashed_file(own, alliance_key(key_id)))


@alliance_app.command()
def match(
    shared: Annotated[Path, typer.Argument(metavar="HASHED", help="The hashed list of another member.")],
    own: OwnList,
    key_id: KeyOption,
) -> None:
    """Print which persons of our own list stand on another member's hashed list, by serial number."""
    with errors_told():
        from orchestration.alliance import alliance_key, match_lines, matches_in

        for line in match_lines(matches_in(shared, own, alliance_key(key_id))):
            typer.echo(line)
