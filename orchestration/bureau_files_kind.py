"""What the commands need of the files of a bureau, whatever they look like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from typing import Any

from delivery.formats.violation import Violation
from transforms.quality.rule import Severity


@dataclass(frozen=True)
class Finding:
    """What a check finds.

    Attributes:
        violation: where, and what.
        is_doubt: whether it only needs a look, as it may be right.
    """

    violation: Violation
    is_doubt: bool = False


@dataclass(frozen=True)
class Asked:
    """What a check is told beside the file.

    Attributes:
        now: time of the check on the wall clock of the bureau's country, without a zone.
        most: violations that are wanted.
        previous: the last accepted file as `BureauFiles.previous_of` read it, None when it is not compared with.
        name: of the file, without folders; None when it has none.
    """

    now: datetime
    most: int
    previous: Any = None
    name: str | None = None


@dataclass(frozen=True)
class BureauFiles:
    """What can be done with the files of one bureau. No function raises because of what is in a file.

    Attributes:
        time_zone: of the bureau's country.
        read: a file, piece after piece; each piece has `violations` and `violation_count`. The number is how many
            violations are listed; all are counted.
        printed: a piece as JSON lines, identity masked.
        printed_unmasked: a piece as JSON lines.
        judged: what is wrong in a file, in its form and its sense.
        judged_given: what is wrong in records as JSON lines.
        previous_of: the last accepted file as `Asked` wants it, or None when it holds no record; None itself where
            files are not compared.
    """

    time_zone: str
    read: Callable[[BufferedReader, int], Iterator[Any]]
    printed: Callable[[Any], Iterator[str]]
    printed_unmasked: Callable[[Any], Iterator[str]]
    judged: Callable[[BufferedReader, Asked], Iterable[Finding]]
    judged_given: Callable[[Sequence[str], Asked], Iterable[Finding]]
    previous_of: Callable[[BufferedReader], Any] | None = None


def by_severity(judged: Iterable[tuple[Severity, Violation]]) -> Iterator[Finding]:
    """Findings of rules that are critical, and doubts of those that warn."""
    return (Finding(violation, severity is Severity.WARNING) for severity, violation in judged)
