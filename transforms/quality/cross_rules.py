"""Row rules that no field can say alone: fields that must agree with each other or with the business date."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from schemas.fields import FIELDS
from transforms.identifiers import ID_TYPES_OF_KIND, IS_RIGHT_NUMBER
from transforms.quality import lookups, predicates
from transforms.quality.rule import RowRule, Severity

_CRITICAL, _WARNING = Severity.CRITICAL, Severity.WARNING

_FORM_OF_ID_TYPE = {
    "resident_id": r"[0-9A-Z]{18}",
    "uscc": r"[0-9A-Z]{18}",
    "ssn": r"[0-9]{9}",
    "ein": r"[0-9]{9}",
}
_COUNTERPARTIES_OF_OUTCOME = {
    "promised": ("borrower",),
    "refused": ("borrower",),
    "talked": ("borrower",),
    "no_answer": ("nobody",),
    "power_off": ("nobody",),
    "number_void": ("nobody",),
    "message_left": ("third_party",),
}
_CHANNELS_BY_PERSON = ("call", "visit")


def _has_form(id_type: str) -> nw.Expr:
    return nw.col("id_number").str.contains(rf"\A(?:{_FORM_OF_ID_TYPE[id_type]})\z")


def _has_form_of_its_type() -> nw.Expr:
    # What is no identity number at all breaks the rule on the pattern, once is enough.
    is_judged = nw.col("id_number").str.contains(rf"\A(?:{FIELDS['id_number'].pattern})\z")
    return _is_none([is_judged & (nw.col("id_type") == each) & ~_has_form(each) for each in _FORM_OF_ID_TYPE])


def _can_exist() -> nw.Expr:
    number, id_type = nw.col("id_number"), nw.col("id_type")
    return _is_none(
        [(id_type == each) & _has_form(each) & ~is_right(number) for each, is_right in IS_RIGHT_NUMBER.items()]
    )


def _agrees(field: str, other: str, expected: Mapping[str, tuple[str, ...]]) -> nw.Expr:
    """Whether `other` has a value that the table names for that of `field`; values not in the table go with any."""
    is_judged = nw.col(other).is_in(tuple(sorted({each for values in expected.values() for each in values})))
    clashes = [(nw.col(field) == value) & ~nw.col(other).is_in(values) for value, values in expected.items()]
    return _is_none([is_judged & clash for clash in clashes])


def _is_none(faults: list[nw.Expr]) -> nw.Expr:
    """Whether no fault is certain; a fault whose operand is empty is none."""
    return ~nw.any_horizontal(*[fault.fill_null(False) for fault in faults], ignore_nulls=False)


def _is_answered_when_closed() -> nw.Expr:
    is_open = nw.col("dispute_outcome_code") == "open"
    is_unanswered = nw.col("answered_on").is_null()
    return predicates.holds_or_empty(is_open == is_unanswered) | ~predicates.is_readable("answered_on")


def _has_known_schedule() -> nw.Expr:
    is_first = nw.col("schedule_no") <= 1
    return predicates.holds_or_empty(is_first | nw.col(lookups.HAS_SCHEDULE) | nw.col("loan_id").is_null())


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
            "a person has a resident identity or social security number, an enterprise a credit code or an employer's",
            _agrees("borrower_kind", "id_type", ID_TYPES_OF_KIND),
        ),
        RowRule(
            "borrowers.id_number.contradicts_type",
            "id_number",
            _CRITICAL,
            "id_number has 18 letters and digits in China, 9 digits in the United States, as id_type says",
            _has_form_of_its_type(),
        ),
        RowRule(
            "borrowers.id_number.check_digit",
            "id_number",
            _WARNING,
            "id_number can exist: its check digits are right, its birth date is real, its parts are given out",
            _can_exist(),
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
    "liabilities": (
        RowRule(
            "liabilities.borrower_id.own_loan",
            "borrower_id",
            _CRITICAL,
            "borrower_id is not the borrower of the loan",
            predicates.holds_or_empty(nw.col("borrower_id") != nw.col(lookups.OWN_BORROWER_ID)),
        ),
    ),
    "schedules": (
        RowRule(
            "schedules.schedule_no.first_version",
            "schedule_no",
            _CRITICAL,
            "schedule_no is 2 or more: the first version is in force from the start",
            predicates.holds_or_empty(nw.col("schedule_no") >= 2),
        ),
        RowRule(
            "schedules.schedule_effective_on.before_disbursed_on",
            "schedule_effective_on",
            _CRITICAL,
            "schedule_effective_on is not before the loan was paid out",
            predicates.is_on_or_after_field("schedule_effective_on", lookups.LOAN_DISBURSED_ON),
        ),
        RowRule(
            "schedules.schedule_effective_on.before_earlier_version",
            "schedule_effective_on",
            _CRITICAL,
            "schedule_effective_on is not before that of a version with a lower number",
            predicates.is_on_or_after_field("schedule_effective_on", lookups.EARLIER_EFFECTIVE_ON),
        ),
    ),
    "instalments": (
        RowRule(
            "instalments.schedule_no.orphan",
            "schedule_no",
            _CRITICAL,
            "schedule_no is 1 or a version of the loan among the accepted rows of schedules",
            _has_known_schedule(),
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
            _agrees("contact_outcome_code", "counterparty_code", _COUNTERPARTIES_OF_OUTCOME),
        ),
        RowRule(
            "contacts.staff_id.missing_for_person",
            "staff_id",
            _WARNING,
            "a call or visit by a person names the collector",
            _has_collector_when_by_person(),
        ),
    ),
    "staff": (
        RowRule(
            "staff.registered_until_on.before_registered_from_on",
            "registered_until_on",
            _CRITICAL,
            "registered_until_on is not before registered_from_on",
            predicates.is_on_or_after_field("registered_until_on", "registered_from_on"),
        ),
    ),
    "stops": (
        RowRule(
            "stops.lifted_at.before_stopped_at",
            "lifted_at",
            _CRITICAL,
            "lifted_at is not before stopped_at",
            predicates.is_on_or_after_field("lifted_at", "stopped_at"),
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
