"""Starts the stand-in bureau: `python -m sandbox.bureau --root var/bureau --port 2222`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from sandbox.bureau.desk import DEFAULT_UNCONFIRMED_ONE_IN
from sandbox.bureau.keys import prepare_keys
from sandbox.bureau.registry import register_lender
from sandbox.bureau.server import BureauBusyError, BureauSettings, serve


def main() -> int:
    """Registers a lender when one is given, then serves until it is told to stop."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s bureau %(message)s", stream=sys.stderr)
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    root = Path(arguments.root).resolve()
    try:
        prepare_keys(root)
        if arguments.lender is not None:
            _register(root, arguments)
        if not arguments.prepare_only:
            asyncio.run(serve(BureauSettings(root, arguments.port, arguments.unconfirmed_one_in)))
    except (BureauBusyError, ValueError, OSError) as problem:
        sys.stderr.write(f"The bureau can't work: {problem}\n")
        return 1
    return 0


def _register(root: Path, arguments: argparse.Namespace) -> None:
    if arguments.lender_key is None or arguments.lender_certificate is None:
        raise ValueError("--lender needs --lender-key and --lender-certificate")
    sealing = arguments.lender_sealing_certificate
    register_lender(
        root,
        arguments.lender,
        arguments.lender_key.read_text(),
        arguments.lender_certificate.read_text(),
        sealing.read_text() if sealing is not None else None,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.bureau", description="A stand-in credit bureau on loopback."
    )
    parser.add_argument("--root", type=Path, required=True, help="the bureau's folder, made when it is not there")
    parser.add_argument("--port", type=int, default=0, help="port on loopback, any free one by default")
    parser.add_argument("--lender", help="account to open, or to give new keys")
    parser.add_argument("--lender-key", type=Path, help="file with the lender's SSH public key")
    parser.add_argument("--lender-certificate", type=Path, help="PEM file with the lender's signing certificate")
    parser.add_argument(
        "--lender-sealing-certificate", type=Path, help="PEM file, when answers are sealed for another certificate"
    )
    parser.add_argument(
        "--unconfirmed-one-in",
        type=int,
        default=DEFAULT_UNCONFIRMED_ONE_IN,
        help="one identity number in so many is rejected as unknown (R900), 0 for none",
    )
    parser.add_argument("--prepare-only", action="store_true", help="make keys and account, don't serve")
    return parser


if __name__ == "__main__":
    sys.exit(main())
