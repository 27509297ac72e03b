"""`arrears read`, `arrears check`: files of a bureau in the clear."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.console import UnmaskOption, errors_told

BureauOption = Annotated[str, typer.Option(metavar="NAME", help="baihang, metro2, pboc or roster.")]
BureauFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A file in the clear; - reads the standard input.", allow_dash=True)
]


def read(bureau: BureauOption, file: BureauFile, unmask: UnmaskOption = False) -> None:
    """Print any file of a bureau as JSON lines.

    Identity is masked unless --unmask is given. What is wrong in the form of the file goes to the standard error;
    records that can't be read are left out. Ends with 1 when anything was wrong.
    """
    with errors_told():
        from orchestration.bureau_files import read_file
        from orchestration.bureau_files_text import print_records
        from orchestration.exit_codes import NOT_INTACT

        if not print_records(read_file(bureau, file, unmask), sys.stdout, sys.stderr):
            raise typer.Exit(NOT_INTACT)


def check(
    bureau: BureauOption,
    file: BureauFile,
    previous: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The last accepted file, to compare with (metro2).")
    ] = None,
    is_json: Annotated[
        bool, typer.Option("--json", help="FILE holds records as JSON lines, as `read --unmask` prints them.")
    ] = False,
    output: Annotated[str, typer.Option("--format", metavar="text|jsonl", help="How violations are printed.")] = "text",
    most: Annotated[int, typer.Option(min=1, max=1_000_000, help="Violations that are listed.")] = 1_000,
) -> None:
    """List what is wrong in a file of a bureau: its form, and what its records say.

    Each violation with line (or number of the record), field, code and message, never with a value. Ends with 1 when
    there are any. Doubts, which may be right, are listed and don't count.
    """
    if output not in ("text", "jsonl"):
        raise typer.BadParameter("--format is text or jsonl")
    with errors_told():
        from orchestration.bureau_files import check_file
        from orchestration.bureau_files_text import checked_json_lines, checked_lines, count_line
        from orchestration.exit_codes import NOT_INTACT

        found = check_file(bureau, file, previous=previous, is_json=is_json, most=most)
        for line in checked_lines(found) if output == "text" else checked_json_lines(found):
            typer.echo(line)
        if output == "jsonl":
            typer.echo(count_line(found), err=True)
        if found.violations:
            raise typer.Exit(NOT_INTACT)
