"""Where the command line finds ledger and lake: what the person names, else what the demo left below the folder."""

from __future__ import annotations

import json
from pathlib import Path

from schemas.errors import ArrearsError
from schemas.errors.command import DEMO_FILE_INVALID, PLACE_MISSING, PLACE_UNKNOWN

LEDGER_VARIABLE = "ARREARS_LEDGER"
LAKE_VARIABLE = "ARREARS_LAKE"
DEMO_FILE = Path("var", "demo.json")


def ledger_url_of(given: str | None, folder: Path) -> str:
    """URL of a ledger that exists.

    Args:
        given: by option or environment variable.
        folder: below which `var/demo.json` is looked for when nothing is given.

    Raises:
        ArrearsError: `PLACE_UNKNOWN`, `DEMO_FILE_INVALID`, `PLACE_MISSING`.
    """
    url = given or _from_demo(folder, "ledger_url", "--ledger", LEDGER_VARIABLE)
    file = _sqlite_file(url)
    if file is not None and not file.is_file():
        raise ArrearsError(PLACE_MISSING, ledger=file)
    return url


def lake_of(given: Path | None, folder: Path) -> Path:
    """Root of a lake that exists; arguments and errors as `ledger_url_of`."""
    root = given or Path(_from_demo(folder, "lake", "--lake", LAKE_VARIABLE))
    if not root.is_dir():
        raise ArrearsError(PLACE_MISSING, lake=root)
    return root


def _from_demo(folder: Path, key: str, option: str, variable: str) -> str:
    file = folder / DEMO_FILE
    if not file.exists():
        raise ArrearsError(PLACE_UNKNOWN, option=option, variable=variable)
    try:
        value = json.loads(file.read_text(encoding="utf-8"))[key]
    except OSError as error:
        raise ArrearsError(DEMO_FILE_INVALID, file=file, reason=error.strerror) from None
    except (ValueError, KeyError, TypeError):
        raise ArrearsError(DEMO_FILE_INVALID, file=file, lacks=key) from None
    if not isinstance(value, str):
        raise ArrearsError(DEMO_FILE_INVALID, file=file, lacks=key)
    return value


def _sqlite_file(url: str) -> Path | None:
    """The file of an SQLite URL; None for other databases and for URLs that the ledger itself will refuse."""
    scheme, _, rest = url.partition(":///")
    path = rest.partition("?")[0]
    return Path(path) if scheme.partition("+")[0] == "sqlite" and path not in ("", ":memory:") else None
