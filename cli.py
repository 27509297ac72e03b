"""The command line `arrears`: for people who audit. Arguments are read here, all else is below `orchestration`.

Modules are imported inside the commands, so that `arrears --help` answers at once; none of them imports Airflow.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.keys import keys_app

if TYPE_CHECKING:
    from rich.console import Group

    from orchestration.sealed_records import OpenedFile

_HELP = """Why a borrower was reported, and whether the records of it are whole.

Exit codes: 0 well; 1 something is not as it was written or signed; 2 a person can mend it, the message says how.
"""

app = typer.Typer(
    name="arrears", help=_HELP, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
ledger_app = typer.Typer(help="The append-only ledger.", no_args_is_help=True)
app.add_typer(ledger_app, name="ledger")
app.add_typer(keys_app, name="keys")

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


@app.command()
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
    with _errors_told():
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
                _print(list_json(found) if is_json else together(list_parts(found)))
                return
            shown = show_plain if unmask else SHOW_MASKED
            story = story_of(book, lake_of(lake, Path.cwd()), found[0].case_id, shown)
        _print(story_json(story) if is_json else together(story_parts(story)))
        if not story.is_proved:
            raise typer.Exit(NOT_INTACT)


DataOption = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="Folder of the datasets: NAME.parquet, or NAME/*.parquet.")
]
AsOfOption = Annotated[
    datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="Business date, as 2026-06-30.")
]
EngineOption = Annotated[str, typer.Option(help="polars, duckdb or spark.")]
EvidenceOption = Annotated[
    Path | None, typer.Option("--evidence", metavar="DIR", help="Root of the evidence files; else the data's folder.")
]


@app.command()
def assess(
    data: DataOption,
    policy: Annotated[str, typer.Option(metavar="NAME", help="Name of a policy, or path of its TOML file.")],
    as_of: AsOfOption,
    out: Annotated[Path, typer.Option(metavar="FILE.parquet", help="Where the decisions go.")],
    engine: EngineOption = "polars",
    evidence: EvidenceOption = None,
    details: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where arrears, effort and findings go, a file each; else they are dropped."),
    ] = None,
    is_json: JsonOption = False,
) -> None:
    """Judge every loan in arrears of a folder of dataset files, without Airflow.

    Writes a decision a loan with the outcome of every rule, and prints how loans fall out rule by rule. Rows that break
    a critical rule are kept out, and no loan that they name is reportable.
    """
    with _errors_told():
        from orchestration.assess_folder import assess_folder
        from orchestration.assess_folder_text import assessment_json, assessment_parts
        from orchestration.console_parts import together

        found = assess_folder(data, policy, as_of.date(), engine=engine, evidence=evidence, out=out, details=details)
        _print(assessment_json(found) if is_json else together(assessment_parts(found)))


@app.command("what-if")
def what_if(
    policy: Annotated[
        list[str], typer.Option(metavar="NAME", help="Given twice: the policy in use, then the one to try.")
    ],
    as_of: AsOfOption,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Folder of the datasets, as for assess; else the lake's book."),
    ] = None,
    engine: EngineOption = "polars",
    lake: LakeOption = None,
    is_json: JsonOption = False,
) -> None:
    """Say how many borrowers and how much money enter or leave the report under another policy, by rule.

    Evidence files are not looked at: each counts as intact.
    """
    if len(policy) != 2:
        raise typer.BadParameter("give --policy twice: the policy in use, then the one to try")
    with _errors_told():
        from orchestration.assess_folder_text import what_if_json, what_if_parts
        from orchestration.console_parts import together
        from orchestration.places import lake_of
        from orchestration.what_if import compare_on_folder, compare_on_lake

        names, day = (policy[0], policy[1]), as_of.date()
        if data is not None:
            found = compare_on_folder(data, names, day, engine)
        else:
            found = compare_on_lake(lake_of(lake, Path.cwd()), names, day, engine)
        _print(what_if_json(found) if is_json else together(what_if_parts(found)))


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
    with _errors_told():
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


@app.command("open")
def open_sealed_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A sealed file: ours, or the bureau's answer.")],
    key: Annotated[Path, typer.Option(help="PEM of the recipient's private key.")],
    certificate: Annotated[
        Path | None,
        typer.Option(help="PEM of the recipient's certificate; else it is looked for in and beside the key's file."),
    ] = None,
    signer: Annotated[
        Path | None, typer.Option(help="PEM of the certificate that must have signed. Without it nothing is verified.")
    ] = None,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show the content on the terminal as it is.")] = False,
) -> None:
    """Open a sealed file with the recipient's key.

    The content goes to the standard output as it is when that is a pipe or a file; on a terminal identity is masked
    unless --unmask is given. Certificates that have expired since are taken, so that old files stay readable. The
    passphrase of a locked key comes from the variable ARREARS_KEY_PASSPHRASE, or is asked for.
    """
    with _errors_told():
        from orchestration.sealed_records import is_locked, open_file

        passphrase = os.environ.get("ARREARS_KEY_PASSPHRASE")
        if passphrase is None and is_locked(key):
            passphrase = typer.prompt("Passphrase of the key", hide_input=True, err=True)
        opened = open_file(file, key, certificate, signer, passphrase)
        _tell_of(opened)
        _show(opened.content, unmask)


BureauOption = Annotated[str, typer.Option(metavar="NAME", help="baihang, metro2, pboc or roster.")]
BureauFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A file in the clear; - reads the standard input.", allow_dash=True)
]


@app.command()
def read(bureau: BureauOption, file: BureauFile, unmask: UnmaskOption = False) -> None:
    """Print any file of a bureau as JSON lines.

    Identity is masked unless --unmask is given. What is wrong in the form of the file goes to the standard error;
    records that can't be read are left out. Ends with 1 when anything was wrong.
    """
    with _errors_told():
        from orchestration.bureau_files import read_file
        from orchestration.bureau_files_text import print_records
        from orchestration.exit_codes import NOT_INTACT

        if not print_records(read_file(bureau, file, unmask), sys.stdout, sys.stderr):
            raise typer.Exit(NOT_INTACT)


@app.command()
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
    with _errors_told():
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


def _print(content: str | Group) -> None:
    from orchestration.console_parts import console

    if isinstance(content, str):
        typer.echo(content)
    else:
        console().print(content)


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
    typer.echo(
        f"signature verified with certificate {opened.signer.fingerprint}, valid until {opened.signer.expires_at}",
        err=True,
    )


def _show(content: bytes, unmask: bool) -> None:
    from orchestration.console_parts import printable, together
    from orchestration.sealed_records import masked_records
    from orchestration.sealed_records_text import records_parts

    if not sys.stdout.isatty():
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    elif unmask:
        typer.echo(printable(content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")), nl=False)
    else:
        _print(together(records_parts(masked_records(content), len(content))))


@contextmanager
def _errors_told() -> Iterator[None]:
    """Errors that a person can meet, with code and remedy and without a traceback."""
    from schemas.errors import ArrearsError

    try:
        yield
    except ArrearsError as error:
        from orchestration.console_parts import printable
        from orchestration.exit_codes import exit_code_of

        typer.secho(printable(str(error)), err=True, fg=typer.colors.RED)
        raise typer.Exit(exit_code_of(error)) from None


if __name__ == "__main__":
    app()
