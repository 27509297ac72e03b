"""What a borrower is told, typed and checked before it is written into a text."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal

from schemas.errors import ArrearsError
from schemas.errors.notice import NOTICE_FACT_INVALID, NOTICE_FACT_MISSING

_MOST_CHARACTERS = 300
_NOT_PRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True)
class NoticeFacts:
    """The facts of one notice.

    Attributes:
        case_id: the case that the notice belongs to; not in the text.
        borrower_name: whom it is addressed to.
        loan_id: the lender's number of the loan.
        platform_name: the lender.
        platform_uscc: the lender's unified social credit code.
        platform_contact: where the borrower asks, objects and complains.
        payment_advice: how to pay.
        bureau_name: to whom it will be reported.
        bureau_contact: how the bureau is reached.
        first_missed_on: due date of the oldest instalment not fully paid.
        overdue_amount: due and unpaid, CNY; paying it within the grace period ends the matter.
        balance_amount: everything still owed, CNY.
        amounts_as_of: business date of both amounts.
        grace_until_on: last day of the grace period, counted from the day on which the notice is sent.
        written_on: day of the notice, in the policy's time zone.
    """

    case_id: str
    borrower_name: str = field(repr=False)
    loan_id: str
    platform_name: str
    platform_uscc: str
    platform_contact: str
    payment_advice: str
    bureau_name: str
    bureau_contact: str
    first_missed_on: date
    overdue_amount: Decimal
    balance_amount: Decimal
    amounts_as_of: date
    grace_until_on: date
    written_on: date

    def __post_init__(self) -> None:
        for name in (one.name for one in fields(self)):
            value = getattr(self, name)
            if value is None or (isinstance(value, str) and not value.strip()):
                raise ArrearsError(NOTICE_FACT_MISSING, case_id=self.case_id, field=name)
            if (problem := _problem_of(value)) is not None:
                raise ArrearsError(NOTICE_FACT_INVALID, case_id=self.case_id, field=name, problem=problem)
        for earlier, later in (
            ("first_missed_on", "amounts_as_of"),
            ("amounts_as_of", "written_on"),
            ("written_on", "grace_until_on"),
        ):
            if getattr(self, earlier) > getattr(self, later):
                raise ArrearsError(
                    NOTICE_FACT_INVALID, case_id=self.case_id, field=later, problem=f"is before {earlier}"
                )

    def printed(self) -> dict[str, str]:
        """Every fact as the borrower reads it: dates as yyyy-mm-dd, amounts with two decimals and grouped thousands."""
        return {one.name: _printed(getattr(self, one.name)) for one in fields(self)}


def _problem_of(value: object) -> str | None:
    """What is wrong with a value, never naming it."""
    if isinstance(value, Decimal):
        if not value.is_finite() or value <= 0 or value != value.quantize(Decimal("0.01")):
            return "is no amount above zero with at most two decimals"
    elif isinstance(value, str):
        if len(value) > _MOST_CHARACTERS:
            return f"has more than {_MOST_CHARACTERS} characters"
        if any(unicodedata.category(letter) in _NOT_PRINTABLE for letter in value):
            return "holds line breaks or other control characters"
    return None


def _printed(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
