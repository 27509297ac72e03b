"""Conditions against the same account in the previous period. Without one there, none of them fires.

Readings. The previous period is the file before, whatever its distance. An account is the same when its number is,
letter by letter; only PROG-AccountChange-3 follows a change that L1 announced. Portfolio and account type are those
of this period. A value has changed also when it appeared or went. Any code but T and U (about locating the
consumer) is an indicator of bankruptcy, of the borrower or of any associated consumer. Statuses that no longer are
among the paid ones, DA and DF and another paid one included, count as having left. A history that is not filled
begins with no code, which is not the expected one. The same name is the same surname, first name and generation, of
any consumer of the account, now with a code other than Z.
"""

from __future__ import annotations

import narwhals as nw

from transforms.bureaus.metro2_checks.code_sets import (
    ACCOUNT_NUMBER_CHANGES,
    DEROGATORY,
    HISTORY_OF_LATE,
    HISTORY_OF_OTHERS,
    IDENTIFICATION_CHANGES,
    JUMPS,
    PAID,
    RATED,
    Codes,
)
from transforms.bureaus.metro2_checks.condition import Condition
from transforms.bureaus.metro2_checks.facts import (
    DELINQUENT_ON,
    HAS_PREVIOUS,
    HAS_RETURNED_CONSUMER,
    HISTORY,
    INFORMATION,
    IS_CURRENT,
    IS_DEROGATORY,
    IS_LINE,
    IS_LOAN,
    IS_OPEN,
    IS_RENAMED,
    IS_REVOLVING,
    NEW_ACCOUNT_KEY,
    NEW_IDENTIFICATION_KEY,
    STATUS,
    any_of,
    before,
    has_changed,
    is_status,
    was_status,
)

_WAS_FREE = HAS_PREVIOUS & ~before("__speaks_of_bankruptcy")
_WAS = before("account_status")


def _condition(condition_id: str, field_names: tuple[str, ...], text: str, fires: nw.Expr) -> Condition:
    return Condition(condition_id, field_names, text, fires, needs_previous=True)


def _latest() -> nw.Expr:
    """First code of the history."""
    return HISTORY.str.slice(0, 1)


def _history_differs(expected: dict[str, Codes]) -> nw.Expr:
    return any_of(
        *(before("account_status").is_in(statuses) & (_latest() != mark) for mark, statuses in expected.items())
    )


CONDITIONS = (
    _condition(
        "PHP-Status-1",
        ("payment_history", "account_status"),
        "the history does not begin with the lateness reported last period",
        _WAS_FREE & _history_differs(HISTORY_OF_LATE),
    ),
    _condition(
        "PHP-Status-2",
        ("payment_history", "account_status", "current_balance", "portfolio_type"),
        "a line of credit, open or revolving account was current with a balance, and the history does not begin with 0",
        _WAS_FREE
        & (_WAS == "11")
        & (before("current_balance") > 0)
        & any_of(IS_LINE, IS_OPEN, IS_REVOLVING)
        & (_latest() != "0"),
    ),
    _condition(
        "PHP-Status-3",
        ("payment_history", "account_status"),
        "the history does not begin with last period's collection, foreclosure, surrender, repossession or charge-off",
        _WAS_FREE & _history_differs(HISTORY_OF_OTHERS),
    ),
    _condition(
        "PROG-AccountChange-1",
        ("l1.new_account_number",),
        "the change of the account number announced last period is announced again",
        HAS_PREVIOUS
        & before("__change_indicator").is_in(ACCOUNT_NUMBER_CHANGES)
        & (NEW_ACCOUNT_KEY != "")
        & (before("__new_account_key") == NEW_ACCOUNT_KEY),
    ),
    _condition(
        "PROG-AccountChange-2",
        ("l1.new_identification_number",),
        "the change of the identification number announced last period is announced again",
        HAS_PREVIOUS
        & before("__change_indicator").is_in(IDENTIFICATION_CHANGES)
        & (NEW_IDENTIFICATION_KEY != "")
        & (before("__new_identification_key") == NEW_IDENTIFICATION_KEY),
    ),
    _condition(
        "PROG-AccountChange-3",
        ("account_number",),
        "the account has the number announced last period: look whether both were merged",
        IS_RENAMED,
    ),
    _condition(
        "PROG-Bankruptcy-1",
        ("consumer_information",),
        "a rescinded reaffirmation (V) became a reaffirmation (R)",
        HAS_PREVIOUS & (before("consumer_information") == "V") & (INFORMATION == "R"),
    ),
    _condition(
        "PROG-ChargeOff-1",
        ("original_charge_off",),
        "the amount charged off changed after a charge-off (64, 97)",
        was_status("64", "97") & has_changed("original_charge_off"),
    ),
    _condition(
        "PROG-DateClosed-1",
        ("closed_on", "portfolio_type"),
        "the close date of an instalment loan or mortgage changed after it was set",
        IS_LOAN & ~before("closed_on").is_null() & has_changed("closed_on"),
    ),
    _condition("PROG-DateOpen-1", ("opened_on",), "the date opened changed", has_changed("opened_on")),
    _condition(
        "PROG-DOFD-1",
        ("first_delinquency_on", "account_status"),
        "the date of first delinquency changed while the account stayed derogatory",
        was_status(*DEROGATORY) & IS_DEROGATORY & has_changed("first_delinquency_on"),
    ),
    _condition(
        "PROG-DOFD-2",
        ("first_delinquency_on", "account_status", "payment_rating"),
        "the date of first delinquency of an account paid late (13, rating not 0) changed",
        was_status("13") & is_status("13") & (before("payment_rating") != "0") & has_changed("first_delinquency_on"),
    ),
    _condition(
        "PROG-DOFD-3",
        ("first_delinquency_on", "account_status"),
        "a derogatory account became current, and its date of first delinquency was not cleared",
        was_status(*DEROGATORY) & IS_CURRENT & ~DELINQUENT_ON.is_null(),
    ),
    _condition(
        "PROG-ECOA-1",
        ("surname", "first_name", "ecoa_code"),
        "a consumer deleted (Z) last period is reported again",
        HAS_RETURNED_CONSUMER,
    ),
    _condition("PROG-Portfolio-1", ("portfolio_type",), "the portfolio type changed", has_changed("portfolio_type")),
    _condition("PROG-Type-1", ("account_type",), "the account type changed", has_changed("account_type")),
    _condition(
        "PROG-Rating-1",
        ("payment_rating", "account_status", "portfolio_type"),
        "the rating of an instalment loan or mortgage changed while its status (one with a rating) stayed",
        IS_LOAN & was_status(*RATED) & (STATUS == _WAS) & has_changed("payment_rating"),
    ),
    _condition(
        "PROG-Status-1",
        ("account_status",),
        "the lateness rose by more than one status in a period",
        any_of(*(was_status(status) & is_status(*later) for status, later in JUMPS.items())),
    ),
    _condition(
        "PROG-Status-2",
        ("account_status",),
        "deed in lieu or foreclosure completed (89, 94) became a charge-off (97)",
        was_status("89", "94") & is_status("97"),
    ),
    _condition(
        "PROG-Status-3",
        ("account_status",),
        "the account left a paid status (13, 61 to 65) for another one",
        was_status(*PAID) & (STATUS != _WAS),
    ),
)
