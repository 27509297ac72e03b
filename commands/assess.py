"""`arrears assess` and `arrears what-if`: a folder of datasets judged without Airflow."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.console import EvidenceOption, JsonOption, LakeOption, errors_told, show

DataOption = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="Folder of the datasets: NAME.parquet, or NAME/*.parquet.")
]
AsOfOption = Annotated[
    datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="Business date, as 2026-06-30.")
]
EngineOption = Annotated[str, typer.Option(help="polars, duckdb or spark.")]


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
    with errors_told():
        from orchestration.assess_folder import assess_folder
        from orchestration.assess_folder_text import assessment_json, assessment_parts
        from orchestration.console_parts import together

        found = assess_folder(data, policy, as_of.date(), engine=engine, evidence=evidence, out=out, details=details)
        show(assessment_json(found) if is_json else together(assessment_parts(found)))


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
    with errors_told():
        from orchestration.assess_folder_text import what_if_json, what_if_parts
        from orchestration.console_parts import together
        from orchestration.places import lake_of
        from orchestration.what_if import compare_on_folder, compare_on_lake

        names, day = (policy[0], policy[1]), as_of.date()
        if data is not None:
            found = compare_on_folder(data, names, day, engine)
        else:
            found = compare_on_lake(lake_of(lake, Path.cwd()), names, day, engine)
        show(what_if_json(found) if is_json else together(what_if_parts(found)))
