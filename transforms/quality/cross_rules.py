"""Row rules that no field can say alone: fields that must agree with each other or with the business date."""

from __future__ import annotations

import narwhals as nw

from transforms.identifiers import is_resident_id, is_uscc
from transforms.quality import predicates
from transforms.quality.rule import RowRule, Severity

_CRITICAL, _WARNING = Severity.CRITICAL, Severity.WARNING

_ID_TYPE_OF_KIND = {"person": "resident_id", "enterprise": "uscc"}
_COUNTERPARTY_OF_OUTCOME = {
    "promised": "borrower",
    "refused": "borrower",
    "talked": "borrower",
    "no_answer": "nobody",
    "power_off": "nobody",
    "number_void": "nobody",
    "message_left": "third_party",
}
_CHANNELS_BY_PERSON = ("call", "visit")


def _has_right_check_digits() -> nw.Expr:
    number, id_type = nw.col("id_number"), nw.col("id_type")
    # A number of the wrong length breaks the rule on its form, once is enough.
    is_judged = number.str.contains(r"\A[0-9A-Z]{18}\z")
    is_right = ((id_type == "resident_id") & is_resident_id(number)) | ((id_type == "uscc") & is_uscc(number))
    is_known_type = id_type.is_in(("resident_id", "uscc"))
    return predicates.holds_or_empty(is_right | ~is_judged | ~is_known_type)


def _has_pair(field: str, other: str, pairs: dict[str, str]) -> nw.Expr:
    """Whether `other` has the value that the table pairs with that of `field`; values not in the table go with any."""
    is_judged = nw.col(other).is_in(tuple(sorted(set(pairs.values()))))
    clashes = [(nw.col(field) == value) & (nw.col(other) != expected) for value, expected in pairs.items()]
    is_clash = nw.any_horizontal(*[clash.fill_null(False) for clash in clashes], ignore_nulls=False)
    return predicates.holds_or_empty(~(is_judged & is_clash))


def _is_answered_when_closed() -> nw.Expr:
    is_open = nw.col("dispute_outcome_code") == "open"
    is_unanswered = nw.col("answered_on").is_null()
    return predicates.holds_or_empty(is_open == is_unanswered) | ~predicates.is_readable("answered_on")


def _has_collector_when_by_person() -> nw.Expr:
    is_by_person = nw.col("channel_code").is_in(_CHANNELS_BY_PERSON)
    is_named = ~nw.col("staff_id").is_null() | ~predicates.is_readable("staff_id")
    return predicates.holds_or_empty(~is_by_person | is_named)


CROSS_RULES: dict[str, tuple[RowRule, ...]] = {
    "borrowers": (
        RowRule(
            "borrowers.id_type.contradicts_kind",
            "id_type",
            _WARNING,
            "a person has a resident identity number, an enterprise a credit code",
            _has_pair("borrower_kind", "id_type", _ID_TYPE_OF_KIND),
        ),
        RowRule(
            "borrowers.id_number.check_digit",
            "id_number",
            _WARNING,
            "the check digits of id_number are right and its birth date is real",
            _has_right_check_digits(),
        ),
    ),
    "loans": (
        RowRule(
            "loans.annual_rate.above_one",
            "annual_rate",
            _WARNING,
            "annual_rate is a share, at most 1 for 100 %",
            predicates.holds_or_empty(nw.col("annual_rate") <= 1),
        ),
        RowRule(
            "loans.disbursed_on.after_as_of",
            "disbursed_on",
            _CRITICAL,
            "disbursed_on is not after the business date",
            predicates.is_on_or_before_as_of("disbursed_on"),
        ),
        RowRule(
            "loans.matures_on.before_disbursed_on",
            "matures_on",
            _CRITICAL,
            "matures_on is not before disbursed_on",
            predicates.is_on_or_after_field("matures_on", "disbursed_on"),
        ),
    ),
    "payments": (
        RowRule(
            "payments.payment_amount.zero",
            "payment_amount",
            _WARNING,
            "payment_amount is not zero",
            predicates.holds_or_empty(nw.col("payment_amount") != 0),
        ),
        RowRule(
            "payments.paid_on.after_booked_on",
            "paid_on",
            _WARNING,
            "paid_on is not after booked_on",
            predicates.is_on_or_after_field("booked_on", "paid_on"),
        ),
        RowRule(
            "payments.booked_on.after_as_of",
            "booked_on",
            _CRITICAL,
            "booked_on is not after the business date",
            predicates.is_on_or_before_as_of("booked_on"),
        ),
    ),
    "evidence": (
        RowRule(
            "evidence.file_bytes.zero",
            "file_bytes",
            _WARNING,
            "file_bytes is not zero",
            predicates.holds_or_empty(nw.col("file_bytes") != 0),
        ),
        RowRule(
            "evidence.obtained_on.after_as_of",
            "obtained_on",
            _CRITICAL,
            "obtained_on is not after the business date",
            predicates.is_on_or_before_as_of("obtained_on"),
        ),
    ),
    "contacts": (
        RowRule(
            "contacts.contacted_at.after_as_of",
            "contacted_at",
            _CRITICAL,
            "contacted_at is before the end of the business date",
            predicates.is_before_as_of_ends("contacted_at"),
        ),
        RowRule(
            "contacts.counterparty_code.contradicts_outcome",
            "counterparty_code",
            _WARNING,
            "who was reached agrees with what came of it",
            _has_pair("contact_outcome_code", "counterparty_code", _COUNTERPARTY_OF_OUTCOME),
        ),
        RowRule(
            "contacts.staff_id.missing_for_person",
            "staff_id",
            _WARNING,
            "a call or visit by a person names the collector",
            _has_collector_when_by_person(),
        ),
    ),
    "judgments": (
        RowRule(
            "judgments.effective_on.after_as_of",
            "effective_on",
            _WARNING,
            "the judgment has taken effect by the business date",
            predicates.is_on_or_before_as_of("effective_on"),
        ),
    ),
    "disputes": (
        RowRule(
            "disputes.opened_on.after_as_of",
            "opened_on",
            _CRITICAL,
            "opened_on is not after the business date",
            predicates.is_on_or_before_as_of("opened_on"),
        ),
        RowRule(
            "disputes.answered_on.before_opened_on",
            "answered_on",
            _CRITICAL,
            "answered_on is not before opened_on",
            predicates.is_on_or_after_field("answered_on", "opened_on"),
        ),
        RowRule(
            "disputes.answered_on.after_as_of",
            "answered_on",
            _CRITICAL,
            "answered_on is not after the business date",
            predicates.is_on_or_before_as_of("answered_on"),
        ),
        RowRule(
            "disputes.dispute_outcome_code.contradicts_answered_on",
            "dispute_outcome_code",
            _CRITICAL,
            "a dispute is open exactly when answered_on is empty",
            _is_answered_when_closed(),
        ),
    ),
    "agreements": (
        RowRule(
            "agreements.agreed_on.after_as_of",
            "agreed_on",
            _CRITICAL,
            "agreed_on is not after the business date",
            predicates.is_on_or_before_as_of("agreed_on"),
        ),
    ),
}
