"""Every bureau that a site can report to."""

from __future__ import annotations

from orchestration.bureaus.form import BureauForm
from orchestration.bureaus.roster import RosterForm
from schemas.errors import ArrearsError
from schemas.errors.approval import SITE_INVALID

_FORMS: tuple[BureauForm, ...] = (RosterForm(),)


def form_of(bureau: str) -> BureauForm:
    """The form of the site's bureau.

    Raises:
        ArrearsError: `SITE_INVALID`.
    """
    for form in _FORMS:
        if form.name == bureau:
            return form
    known = ", ".join(form.name for form in _FORMS)
    raise ArrearsError(SITE_INVALID, origin="bureau", problems=f"{bureau} is none of {known}")
