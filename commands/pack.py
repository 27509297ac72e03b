"""`arrears pack`: all that proves a case, in one file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.console import EvidenceOption, LakeOption, LedgerOption, errors_told, key_passphrase


def pack(
    case: Annotated[str, typer.Argument(help="A case like roster-L0001234-20251103, or the number of a loan.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.zip.p7m", help="Where the sealed pack goes; else it goes in the clear to a pipe."),
    ] = None,
    recipient: Annotated[
        list[Path] | None, typer.Option(metavar="PEM", help="Certificate that can open the pack; may be repeated.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="PEM of our signing key.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="PEM of our signing certificate.")] = None,
    evidence: EvidenceOption = None,
    site: Annotated[
        Path | None,
        typer.Option(
            metavar="JSON",
            help="Settings of the lender: say where evidence is, and make the notice again as it was sent.",
        ),
    ] = None,
    notice: Annotated[
        Path | None, typer.Option(metavar="FILE.eml", help="The notice as it was sent, when it was kept.")
    ] = None,
    ledger: LedgerOption = None,
    lake: LakeOption = None,
) -> None:
    """Pack all that proves a case: summary, contacts, notice, judgment, evidence; each file with its SHA-256.

    The pack is signed and sealed for the recipients; `arrears open` opens it. In the clear it only goes to a pipe.
    """
    with errors_told():
        from ledger.ledger import Ledger
        from orchestration import evidence_packs as packs
        from orchestration.case_story import cases_of
        from orchestration.places import lake_of, ledger_url_of

        packs.require_way_out(out, recipient or [], key, certificate, sys.stdout.buffer)
        settings = packs.site_of(site) if site else None
        with Ledger.open(ledger_url_of(ledger, Path.cwd())) as book:
            found = packs.one_case(cases_of(book, case), case)
            facts = packs.pack_facts(
                book,
                lake_of(lake, Path.cwd()),
                found,
                packs.evidence_root(evidence, settings),
                site=settings,
                notice_copy=packs.bytes_of(notice) if notice else None,
            )
        content = packs.open_pack(facts)
        if out is None or key is None or certificate is None:
            packs.write_to_pipe(content, sys.stdout.buffer)
            return
        signer = packs.signer_of(key, certificate, key_passphrase(key))
        packs.write_sealed(out, content, signer, packs.recipients_of(recipient or []))
