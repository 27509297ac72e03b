"""What an error is: a stable code with its cause and its remedy, and the exception that carries the facts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorKind:
    """One error a person can meet.

    Attributes:
        code: stable, never reused, `ARR-1234`.
        title: what happened, one sentence without the full stop.
        cause: why it happens, for `docs/errors.md`.
        remedy: what the person does next, an imperative sentence.
        may_retry: whether the same call can succeed later without a person (a dropped line), or never does (a refusal).
    """

    code: str
    title: str
    cause: str
    remedy: str
    may_retry: bool = False


class ArrearsError(Exception):
    """An error with a stable code, the facts that locate it and what to do about it.

    Facts are keys, counts, paths and names of rules or fields. Personal data never goes into them.
    """

    def __init__(self, kind: ErrorKind, **facts: object) -> None:
        self.kind = kind
        self.facts = facts
        super().__init__(self._message())

    @property
    def code(self) -> str:
        """The stable code."""
        return self.kind.code

    def _message(self) -> str:
        located = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        where = f" ({located})" if located else ""
        return f"{self.kind.code} {self.kind.title}{where}. {self.kind.remedy}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.kind, self.facts))


def _rebuild(kind: ErrorKind, facts: dict[str, object]) -> ArrearsError:
    return ArrearsError(kind, **facts)


def kinds_of(namespace: dict[str, object]) -> tuple[ErrorKind, ...]:
    """All error kinds that a module declares."""
    return tuple(value for value in namespace.values() if isinstance(value, ErrorKind))
