"""Words that conditions are made of: values and truths of one prepared record.

Texts and amounts are never null in a prepared frame: what is not filled is an empty text or zero, as in the file.
Dates are null when not filled. Names that begin with `PREVIOUS_` or the function `before` are of the same account
in the previous period; they are null where there is none, and `HAS_PREVIOUS` is false.
"""

from __future__ import annotations

import narwhals as nw

from transforms.bureaus.metro2_checks import code_sets as codes

PERIOD_ON = nw.col("__period_on")
"""Day that the file describes: activity date of its header."""

STATUS = nw.col("account_status")
PORTFOLIO = nw.col("portfolio_type")
TYPE = nw.col("account_type")
RATING = nw.col("payment_rating")
COMMENT = nw.col("special_comment")
COMPLIANCE = nw.col("compliance_condition")
HISTORY = nw.col("payment_history")
TERMS = nw.col("terms_duration")
BALANCE = nw.col("current_balance")
PAST_DUE = nw.col("past_due")
CHARGE_OFF = nw.col("original_charge_off")
SCHEDULED = nw.col("scheduled_payment")
PAID_AMOUNT = nw.col("actual_payment")
CREDIT_LIMIT = nw.col("credit_limit")
HIGHEST_CREDIT = nw.col("highest_credit")
INFORMATION_ON = nw.col("account_information_on")
DELINQUENT_ON = nw.col("first_delinquency_on")
OPENED_ON = nw.col("opened_on")
CLOSED_ON = nw.col("closed_on")
LAST_PAID_ON = nw.col("last_payment_on")
ACCOUNT_KEY = nw.col("__account_key")
"""Account number in lower case."""
IDENTIFICATION_KEY = nw.col("__identification_key")
"""Identification number in lower case."""

CHANGE = nw.col("__change_indicator")
NEW_ACCOUNT_KEY = nw.col("__new_account_key")
NEW_IDENTIFICATION_KEY = nw.col("__new_identification_key")
HAS_K1 = nw.col("__has_k1")
HAS_K2 = nw.col("__has_k2")
SOLD_INDICATOR = nw.col("__sold_indicator")
SOLD_NAME = nw.col("__sold_name")
BALLOON = nw.col("__balloon_amount")
"""Null without a K4 segment."""

ASSOCIATED = {
    "__associated_is_deceased": nw.col("ecoa_code") == "X",
    "__associated_is_authorised": nw.col("ecoa_code") == "3",
    "__associated_is_discharged": nw.col("consumer_information").is_in(codes.DISCHARGED),
    "__associated_is_bankrupt": nw.col("consumer_information").is_in((*codes.BANKRUPT, codes.REAFFIRMED)),
    "__associated_speaks_of_bankruptcy": ~nw.col("consumer_information").is_in(codes.NOT_ABOUT_BANKRUPTCY),
}
"""Column to what it asks of each associated consumer (J1, J2); it is true when it holds for any."""

INFORMATION = nw.col("consumer_information")
HAS_PREVIOUS = nw.col("__has_previous")
IS_RENAMED = nw.col("__is_renamed")
HAS_RETURNED_CONSUMER = nw.col("__has_returned_consumer")

BEFORE = (
    "record_no",
    "account_status",
    "payment_rating",
    "payment_history",
    "portfolio_type",
    "account_type",
    "current_balance",
    "original_charge_off",
    "opened_on",
    "closed_on",
    "first_delinquency_on",
    "consumer_information",
    "__change_indicator",
    "__new_account_key",
    "__new_identification_key",
    "__speaks_of_bankruptcy",
)
"""Columns of the previous period that conditions look at."""


def before_name(name: str) -> str:
    """Name of the column that holds a value of the previous period."""
    return f"__before_{name}"


def before(name: str) -> nw.Expr:
    """A value of the same account in the previous period."""
    return nw.col(before_name(name))


def has_changed(name: str) -> nw.Expr:
    """Whether a value differs from the previous period. A date that appears or goes has changed."""
    now, then = nw.col(name), before(name)
    is_changed = (now != then).fill_null(False) | (now.is_null() != then.is_null())
    return HAS_PREVIOUS & is_changed


def any_of(*truths: nw.Expr) -> nw.Expr:
    """Whether one of them holds."""
    found, *others = truths
    for other in others:
        found = found | other
    return found


FLAGS = {
    "__is_late": STATUS.is_in(codes.LATE),
    "__is_late_or_collection": STATUS.is_in(codes.LATE_OR_COLLECTION),
    "__is_overdue": STATUS.is_in(codes.OVERDUE),
    "__is_paid": STATUS.is_in(codes.PAID),
    "__is_deleted": STATUS.is_in(codes.DELETED),
    "__is_derogatory": STATUS.is_in(codes.DEROGATORY),
    "__is_current": STATUS == "11",
    "__has_bad_rating": RATING.is_in(codes.BAD_RATINGS),
    "__is_instalment": PORTFOLIO == "I",
    "__is_mortgage": PORTFOLIO == "M",
    "__is_line": PORTFOLIO == "C",
    "__is_open": PORTFOLIO == "O",
    "__is_revolving": PORTFOLIO == "R",
    "__is_transferred": COMMENT.is_in(codes.TRANSFERRED),
    "__is_transferred_or_pending": COMMENT.is_in(codes.TRANSFERRED_OR_PENDING),
    "__is_closed_by_consumer": COMPLIANCE == "XA",
    "__is_deferred": nw.col("terms_frequency") == "D",
    "__changes_account_number": CHANGE.is_in(codes.ACCOUNT_NUMBER_CHANGES),
    "__changes_identification": CHANGE.is_in(codes.IDENTIFICATION_CHANGES),
    "__is_line_type": TYPE.is_in(codes.LINE_TYPES),
    "__is_card_type": TYPE.is_in(codes.CARD_TYPES),
    "__is_anybody_discharged": INFORMATION.is_in(codes.DISCHARGED) | nw.col("__associated_is_discharged"),
    "__is_anybody_bankrupt": INFORMATION.is_in((*codes.BANKRUPT, codes.REAFFIRMED))
    | nw.col("__associated_is_bankrupt"),
}
"""Truths that many conditions share: column to its expression."""

IS_LATE = nw.col("__is_late")
IS_LATE_OR_COLLECTION = nw.col("__is_late_or_collection")
IS_OVERDUE = nw.col("__is_overdue")
IS_PAID = nw.col("__is_paid")
IS_DELETED = nw.col("__is_deleted")
IS_DEROGATORY = nw.col("__is_derogatory")
IS_CURRENT = nw.col("__is_current")
HAS_BAD_RATING = nw.col("__has_bad_rating")
IS_INSTALMENT = nw.col("__is_instalment")
IS_MORTGAGE = nw.col("__is_mortgage")
IS_LINE = nw.col("__is_line")
IS_OPEN = nw.col("__is_open")
IS_REVOLVING = nw.col("__is_revolving")
IS_TRANSFERRED = nw.col("__is_transferred")
IS_TRANSFERRED_OR_PENDING = nw.col("__is_transferred_or_pending")
IS_CLOSED_BY_CONSUMER = nw.col("__is_closed_by_consumer")
IS_DEFERRED = nw.col("__is_deferred")
CHANGES_ACCOUNT_NUMBER = nw.col("__changes_account_number")
CHANGES_IDENTIFICATION = nw.col("__changes_identification")
IS_ANYBODY_DISCHARGED = nw.col("__is_anybody_discharged")
IS_ANYBODY_BANKRUPT = nw.col("__is_anybody_bankrupt")

IS_LOAN = IS_INSTALMENT | IS_MORTGAGE
IS_LINE_OF_CREDIT = IS_LINE & nw.col("__is_line_type")
IS_CARD = (IS_OPEN | IS_REVOLVING) & nw.col("__is_card_type")
IS_LINE_OR_CARD = IS_LINE_OF_CREDIT | IS_CARD
HAS_NO_CHANGE = ~CHANGES_ACCOUNT_NUMBER
"""No account-number change in the record: no L1 segment, or one that changes the identification number alone."""
HAS_NO_CLOSE_DATE = CLOSED_ON.is_null()
HAS_CLOSE_DATE = ~CLOSED_ON.is_null()


def is_status(*statuses: str) -> nw.Expr:
    """Whether the account status is one of these."""
    return STATUS.is_in(statuses)


def was_status(*statuses: str) -> nw.Expr:
    """Whether the account status of the previous period was one of these."""
    return HAS_PREVIOUS & before("account_status").is_in(statuses)
