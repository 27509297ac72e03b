"""Read the lexicons that a policy names from their folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from schemas.errors import ArrearsError
from schemas.errors.policy import LEXICON_INVALID, LEXICON_MISSING
from schemas.lexicon import Lexicon, parse_lexicon


def read_lexicons(folder: Path, names: Iterable[str]) -> tuple[Lexicon, ...]:
    """The lexicons of these names, in their order, from `NAME.toml` in the folder.

    Raises:
        ArrearsError: `LEXICON_MISSING`, `LEXICON_INVALID`.
    """
    return tuple(_read(folder, name) for name in names)


def _read(folder: Path, name: str) -> Lexicon:
    file = folder / f"{name}.toml"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ArrearsError(LEXICON_MISSING, lexicon=name, file=str(file), reason=error.strerror) from error
    except UnicodeDecodeError as error:
        raise ArrearsError(LEXICON_INVALID, file=str(file), problems="is not UTF-8") from error
    lexicon = parse_lexicon(text, file=file.name)
    if lexicon.name != name:
        raise ArrearsError(LEXICON_MISSING, lexicon=name, file=str(file), reason=f"is the lexicon {lexicon.name}")
    return lexicon
