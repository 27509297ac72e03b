"""`arrears ledger`: is the ledger whole, and what does it prove of one case."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from commands.console import LakeOption, LedgerOption, errors_told

ledger_app = typer.Typer(help="The append-only ledger.", no_args_is_help=True)

VkeyOption = Annotated[
    str | None,
    typer.Option(
        "--vkey",
        metavar="KEY",
        envvar="ARREARS_CHECKPOINT_VKEY",
        help="The lender's verifier key name+hash+key, from where the lender published it.",
    ),
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option("--key-file", help="File with the signing key; else the variable ARREARS_CHECKPOINT_KEY holds it."),
]


@ledger_app.command()
def verify(
    trusted_size: Annotated[int | None, typer.Option(min=0, help="Pages of a tree head kept elsewhere.")] = None,
    trusted_root: Annotated[str | None, typer.Option(metavar="HEX", help="Root of that tree head.")] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE", help="A signed checkpoint, or the folder or object store that holds all of them."
        ),
    ] = None,
    vkey: VkeyOption = None,
    ledger: LedgerOption = None,
) -> None:
    """Read the whole ledger back and compute everything anew.

    Prints pages, events and root. Keep size and root elsewhere: given to a later check as --trusted-size and
    --trusted-root, or as signed checkpoints with --checkpoint and --vkey, they prove that nothing before was rewritten.
    Ends with 1 when the ledger is not intact, and names the first bad page.
    """
    with errors_told():
        from ledger.ledger import Ledger
        from orchestration.exit_codes import NOT_INTACT
        from orchestration.ledger_check import check_ledger, report_lines
        from orchestration.ledger_checkpoint import trusted_heads
        from orchestration.places import ledger_url_of

        heads = trusted_heads(checkpoint, vkey)
        with Ledger.open(ledger_url_of(ledger, Path.cwd())) as book:
            report = check_ledger(book, trusted_size, trusted_root, heads)
        for line in report_lines(report, trusted_size, heads):
            typer.echo(line, err=not report.is_intact)
        if not report.is_intact:
            raise typer.Exit(NOT_INTACT)


@ledger_app.command()
def migrate(
    to: Annotated[str, typer.Option(metavar="VERSION", help="A version like 0001; head is the newest.")] = "head",
    ledger: LedgerOption = None,
) -> None:
    """Bring the ledger's tables to another version, up or down, in one transaction. Nothing written is thrown away."""
    with errors_told():
        from ledger.migrate import migrate as migrate_ledger
        from orchestration.ledger_migration import migration_lines
        from orchestration.places import ledger_url_of

        for line in migration_lines(migrate_ledger(ledger_url_of(ledger, Path.cwd()), to)):
            typer.echo(line)


@ledger_app.command("checkpoint-key")
def checkpoint_key(
    name: Annotated[str, typer.Argument(help="Name of the log, as a URL without scheme: lender.example/arrears.")],
    key_file: Annotated[Path, typer.Option("--key-file", help="New file, mode 0600, for the signing key.")],
) -> None:
    """Make a key for checkpoints. Prints the verifier key, which the lender publishes."""
    with errors_told():
        from orchestration.ledger_checkpoint import new_checkpoint_key

        typer.echo(new_checkpoint_key(name, key_file))


@ledger_app.command()
def checkpoint(
    place: Annotated[str, typer.Argument(metavar="PLACE", help="A folder, or the URL of an object store.")],
    key_file: KeyFileOption = None,
    ledger: LedgerOption = None,
) -> None:
    """Sign the ledger's tree head and keep it outside of the database.

    Refuses to sign a ledger that does not continue the newest checkpoint that is kept there.
    """
    with errors_told():
        from ledger.ledger import Ledger
        from orchestration.ledger_checkpoint import KEY_VARIABLE, publish_checkpoint, published_lines, read_note
        from orchestration.places import ledger_url_of

        key = os.environ.get(KEY_VARIABLE) if key_file is None else read_note(key_file)
        with Ledger.open(ledger_url_of(ledger, Path.cwd())) as book:
            published = publish_checkpoint(book, place, key)
        for line in published_lines(published):
            typer.echo(line)


@ledger_app.command()
def prove(
    case: Annotated[str, typer.Argument(help="A case like roster-L0001234-20251103.")],
    out: Annotated[Path, typer.Option("--out", help="File for the proof.")],
    checkpoint: Annotated[Path, typer.Option("--checkpoint", help="A signed checkpoint that covers the case.")],
    vkey: VkeyOption = None,
    ledger: LedgerOption = None,
    lake: LakeOption = None,
) -> None:
    """Write a proof of what the ledger holds of one case, which shows nothing of the others.

    Who gets it checks it with `arrears ledger check-proof` and the lender's verifier key, without ledger and lake.
    """
    with errors_told():
        from lake.snapshot import Lake
        from ledger.ledger import Ledger
        from orchestration.ledger_checkpoint import read_note, verifier_key_of
        from orchestration.ledger_proof import prove_case, write_proof
        from orchestration.places import lake_of, ledger_url_of

        key = verifier_key_of(vkey)
        with Ledger.open(ledger_url_of(ledger, Path.cwd())) as book:
            proof = prove_case(book, Lake(lake_of(lake, Path.cwd())), case, read_note(checkpoint), key)
        write_proof(proof, out)


@ledger_app.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A proof that `arrears ledger prove` wrote.")],
    vkey: VkeyOption = None,
    record: Annotated[
        Path | None, typer.Option("--record", help="File with the record's line, as it stood in the bureau's file.")
    ] = None,
) -> None:
    """Check a proof of a case. Needs neither ledger nor lake, only the lender's verifier key."""
    with errors_told():
        from orchestration.ledger_checkpoint import verifier_key_of
        from orchestration.ledger_proof import check_proof_file, proof_lines

        for line in proof_lines(check_proof_file(file, verifier_key_of(vkey), record), record):
            typer.echo(line)
