"""`arrears keys`: what keys a site has and until when, new ones, and rotation. Needs Airflow's own settings."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from commands.console import JsonOption, errors_told, show

keys_app = typer.Typer(
    help="Keys and certificates of the site, in Airflow's connections, of the form that `desk.sealing` names.",
    no_args_is_help=True,
)


class _Use(StrEnum):
    SIGNING = "signing"
    OPENING = "opening"


class _Curve(StrEnum):
    P256 = "secp256r1"
    P384 = "secp384r1"
    P521 = "secp521r1"


UseArgument = Annotated[_Use, typer.Argument(help="Which of our keys.")]
NameOption = Annotated[
    str, typer.Option("--name", metavar="NAME", help="Common name in the certificate, or user id of the OpenPGP key.")
]
DaysOption = Annotated[int, typer.Option(min=1, max=3650, help="Days that the certificate is valid.")]
CurveOption = Annotated[_Curve | None, typer.Option(help="Key of a curve; else RSA of 3072 bits.")]


@keys_app.command("list")
def list_all(
    bureau: Annotated[str, typer.Option(metavar="NAME", help="The bureau of the site.")] = "roster",
    warn_days: Annotated[int, typer.Option(min=0, help="Days before its end from which a key is marked.")] = 30,
    is_json: JsonOption = False,
) -> None:
    """Show every key and certificate that a report needs, and until when it is good.

    Ends with 1 when one can't be used, or ends within the days given.
    """
    with errors_told():
        from orchestration.console_parts import together
        from orchestration.exit_codes import NOT_INTACT
        from orchestration.key_store import agreed_form
        from orchestration.keys import list_keys
        from orchestration.keys_text import key_parts, keys_json

        lines = list_keys(bureau, datetime.now(UTC), agreed_form())
        show(keys_json(lines) if is_json else together(key_parts(lines, warn_days)))
        if any(line.is_due(warn_days) for line in lines):
            raise typer.Exit(NOT_INTACT)


@keys_app.command()
def make(
    use: UseArgument,
    name: NameOption,
    days: DaysOption = 730,
    curve: CurveOption = None,
    is_printed: Annotated[
        bool, typer.Option("--print-secret", help="Print the connection for a secrets backend, into a pipe only.")
    ] = False,
) -> None:
    """Make a first key, keep it in its connection and print the certificate, which the bureau needs."""
    with errors_told():
        from orchestration.key_store import agreed_form
        from orchestration.keys import Use, make_key, new_pair
        from orchestration.keys_text import secret_json

        pair = new_pair(name, form=agreed_form(), valid_from=datetime.now(UTC), valid_days=days, curve=curve)
        if is_printed:
            if sys.stdout.isatty():
                raise typer.BadParameter("a private key is not printed on a terminal: pipe it into the secrets backend")
            show(secret_json(pair))
            return
        make_key(Use(use), pair)
        show(pair.certificate_pem)


@keys_app.command()
def rotate(use: UseArgument, name: NameOption, days: DaysOption = 730, curve: CurveOption = None) -> None:
    """Bring in a new key and print its certificate, which the bureau needs.

    A new key for opening is used at once, the old one still opens what is on its way. A new key for signing waits until
    the bureau has its certificate: then `arrears keys activate`.
    """
    with errors_told():
        from orchestration.key_store import agreed_form
        from orchestration.keys import Use, new_pair, rotate_key

        pair = new_pair(name, form=agreed_form(), valid_from=datetime.now(UTC), valid_days=days, curve=curve)
        rotate_key(Use(use), pair)
        show(pair.certificate_pem)


@keys_app.command()
def activate() -> None:
    """Sign with the new key from now on, once the bureau has its certificate."""
    with errors_told():
        from orchestration.keys import activate_signing

        show(f"signing with {activate_signing()}")
