"""Conditions on portfolio and account type: limits, amounts and terms that belong to them.

Readings. "Not deferred" asks for the terms frequency only. A number of months is digits with one that is not zero.
Terms of a mortgage and of unknown portfolios are not judged. Type 47 has no fixed place: it stands among loans and
among lines. The public text of Type-Balance-1 lists its types; they are `PREPAID_LEASE_TYPES`, and Type-SMPA-1 has
no such list.
"""

from __future__ import annotations

from transforms.bureaus.metro2_checks.code_sets import (
    LIMITED_TYPES,
    LIMITLESS_TYPES,
    LINE_TYPES,
    LOAN_TYPES,
    PREPAID_LEASE_TYPES,
)
from transforms.bureaus.metro2_checks.condition import Condition
from transforms.bureaus.metro2_checks.facts import (
    BALANCE,
    COMMENT,
    CREDIT_LIMIT,
    HIGHEST_CREDIT,
    IS_CURRENT,
    IS_DEFERRED,
    IS_INSTALMENT,
    IS_LINE,
    IS_OPEN,
    IS_REVOLVING,
    SCHEDULED,
    TERMS,
    TYPE,
    any_of,
)

_IS_CURRENT_PREPAID_LEASE = IS_INSTALMENT & IS_CURRENT & (COMMENT == "BS")

CONDITIONS = (
    Condition(
        "Type-Balance-1",
        ("current_balance", "account_type", "portfolio_type", "account_status", "special_comment"),
        "a current prepaid lease (BS, portfolio I) of an instalment or lease type with a balance",
        _IS_CURRENT_PREPAID_LEASE & TYPE.is_in(PREPAID_LEASE_TYPES) & (BALANCE > 0),
    ),
    Condition(
        "Type-SMPA-1",
        ("scheduled_payment", "portfolio_type", "account_status", "special_comment"),
        "a current prepaid lease (BS, portfolio I) with a scheduled payment",
        _IS_CURRENT_PREPAID_LEASE & (SCHEDULED > 0),
    ),
    Condition(
        "Type-CreditLimit-1",
        ("credit_limit", "account_type", "terms_frequency"),
        "a loan, not deferred, with a credit limit",
        TYPE.is_in(LIMITLESS_TYPES) & ~IS_DEFERRED & (CREDIT_LIMIT > 0),
    ),
    Condition(
        "Type-CreditLimit-2",
        ("credit_limit", "account_type", "terms_frequency"),
        "a line or card, not deferred, without a credit limit",
        TYPE.is_in(LIMITED_TYPES) & ~IS_DEFERRED & (CREDIT_LIMIT == 0),
    ),
    Condition(
        "Type-HCOLA-1",
        ("highest_credit", "account_type", "terms_frequency"),
        "a loan, not deferred, without an original amount",
        TYPE.is_in(LOAN_TYPES) & ~IS_DEFERRED & (HIGHEST_CREDIT <= 0),
    ),
    Condition(
        "Type-HCOLA-2",
        ("highest_credit", "account_type", "terms_frequency"),
        "a line or card, not deferred, without a highest credit",
        TYPE.is_in(LIMITED_TYPES) & ~IS_DEFERRED & (HIGHEST_CREDIT == 0),
    ),
    Condition(
        "Type-TermsDuration-1",
        ("terms_duration", "portfolio_type", "terms_frequency"),
        "terms, not deferred, other than LOC for C, 001 for O, REV for R, or a number above zero for I",
        ~IS_DEFERRED
        & any_of(
            IS_LINE & (TERMS != "LOC"),
            IS_OPEN & (TERMS != "001"),
            IS_REVOLVING & (TERMS != "REV"),
            IS_INSTALMENT & ~TERMS.str.contains("^[0-9]*[1-9][0-9]*$"),
        ),
    ),
    Condition(
        "Portfolio-Type-1",
        ("account_type", "portfolio_type"),
        "a line of credit (C) of a type that is none",
        IS_LINE & ~TYPE.is_in(LINE_TYPES),
    ),
)
