"""`arrears open`: sealed files of ours and the bureau's answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.console import errors_told, key_passphrase, show

if TYPE_CHECKING:
    from orchestration.sealed_records import OpenedFile


def open_sealed_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A sealed file: ours, or the bureau's answer.")],
    key: Annotated[Path, typer.Option(help="The recipient's private key: PEM, or an armoured OpenPGP key.")],
    certificate: Annotated[
        Path | None,
        typer.Option(
            help="PEM of the recipient's certificate; else it is looked for in and beside the key's file. "
            "OpenPGP needs none."
        ),
    ] = None,
    signer: Annotated[
        Path | None,
        typer.Option(help="The certificate that must have signed, of the key's form. Without it nothing is verified."),
    ] = None,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show the content on the terminal as it is.")] = False,
) -> None:
    """Open a sealed file with the recipient's key.

    The content goes to the standard output as it is when that is a pipe or a file; on a terminal identity is masked
    unless --unmask is given. Certificates that have expired since are taken, so that old files stay readable. The
    passphrase of a locked key comes from the variable ARREARS_KEY_PASSPHRASE, or is asked for.
    """
    with errors_told():
        from orchestration.sealed_records import open_file

        opened = open_file(file, key, certificate, signer, key_passphrase(key))
        _tell_of(opened)
        _show_content(opened.content, unmask)


def _tell_of(opened: OpenedFile) -> None:
    typer.echo(f"sealed file: {opened.size_bytes} bytes, SHA-256 {opened.sha256}", err=True)
    if opened.signer is None:
        typer.secho(
            "SIGNATURE NOT VERIFIED: anybody can have written this. Give the sender's certificate with --signer.",
            err=True,
            bold=True,
            fg=typer.colors.RED,
        )
        return
    end = opened.signer.expires_at or "its owner takes it back"
    typer.echo(f"signature verified with certificate {opened.signer.fingerprint}, valid until {end}", err=True)


def _show_content(content: bytes, unmask: bool) -> None:
    from orchestration.console_parts import printable, together
    from orchestration.sealed_records import masked_records
    from orchestration.sealed_records_text import records_parts

    if not sys.stdout.isatty():
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    elif unmask:
        typer.echo(printable(content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")), nl=False)
    else:
        show(together(records_parts(masked_records(content), len(content))))
