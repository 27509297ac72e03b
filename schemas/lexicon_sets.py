"""Patterns of a lexicon as read: names of sets replaced by the words of the set, variants by what they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from schemas.folding import folded

SET_NAME = re.compile("<([a-z_]+)>")

Sets = Mapping[str, list[str]]
Variants = dict[str, str]


def expanded_groups(data: Mapping[str, Any]) -> dict[str, Any]:
    """The groups of a lexicon with their patterns in full; what has the wrong type stays for the model to refuse."""
    sets = {name: words for name, words in _table(data, "sets").items() if _is_texts(words)}
    variants = {one: other for one, other in _table(data, "variants").items() if len(one) == 1 and _is_texts([other])}
    return {name: _expanded_group(group, sets, variants) for name, group in _table(data, "groups").items()}


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = data.get(name)
    return table if isinstance(table, Mapping) else {}


def _is_texts(words: object) -> bool:
    return isinstance(words, list) and all(isinstance(word, str) for word in words)


def _expanded_group(group: Any, sets: Sets, variants: Variants) -> Any:
    if not isinstance(group, dict) or not isinstance(group.get("patterns"), list):
        return group
    return group | {"patterns": [_expanded_pattern(pattern, sets, variants) for pattern in group["patterns"]]}


def _expanded_pattern(pattern: Any, sets: Sets, variants: Variants) -> Any:
    if not isinstance(pattern, dict):
        return pattern
    expanded = dict(pattern)
    if isinstance(regex := pattern.get("regex"), str):
        in_full = SET_NAME.sub(lambda found: _any_of(sets[found[1]]) if found[1] in sets else found[0], regex)
        expanded["regex"] = folded(in_full, variants)
    if isinstance(example := pattern.get("example"), str):
        expanded["example"] = folded(example, variants)
    return expanded


def _any_of(words: list[str]) -> str:
    """The words as an expression, the longest first, so that none is hidden by its own beginning."""
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"
