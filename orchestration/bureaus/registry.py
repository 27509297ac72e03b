"""Every bureau that a site can report to. Its code is read when it is asked for, so that names alone cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from schemas.errors import ArrearsError
from schemas.errors.approval import SITE_INVALID

if TYPE_CHECKING:
    from orchestration.bureaus.form import BureauForm


def _roster() -> BureauForm:
    from orchestration.bureaus.roster import RosterForm

    return RosterForm()


def _pboc() -> BureauForm:
    from orchestration.bureaus.pboc import PbocForm

    return PbocForm()


def _baihang() -> BureauForm:
    from orchestration.bureaus.baihang import BaihangForm

    return BaihangForm()


def _metro2() -> BureauForm:
    from orchestration.bureaus.metro2 import Metro2Form

    return Metro2Form()


_FORMS: dict[str, Callable[[], BureauForm]] = {
    "roster": _roster,
    "pboc": _pboc,
    "baihang": _baihang,
    "metro2": _metro2,
}

BUREAUS: tuple[str, ...] = tuple(_FORMS)
"""Identities of all bureaus: the first part of the identity of their cases."""


def form_of(bureau: str) -> BureauForm:
    """The form of the site's bureau.

    Raises:
        ArrearsError: `SITE_INVALID`.
    """
    if bureau not in _FORMS:
        raise ArrearsError(SITE_INVALID, origin="bureau", problems=f"{bureau} is none of {', '.join(BUREAUS)}")
    return _FORMS[bureau]()
