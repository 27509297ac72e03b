"""Conduct: each contact that breaks a rule of collection, named with the rule."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import narwhals as nw

from schemas.datasets import CONDUCT_FINDINGS
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.contact_predicates import (
    is_in_quiet_hours,
    is_one_of,
    is_recorded,
    is_recording_due,
    is_registered,
    is_staff_due,
    is_stopped,
    is_with_third_party,
)
from transforms.contacts import contacts_that_count
from transforms.contract import select_dataset
from transforms.frequency import with_over_frequency

_NAMED = tuple(name for name in CONDUCT_FINDINGS.field_names if name != "rule_id")


def conduct_findings(books: Books, arrears: Frame, language: Frame, as_of: date, policy: Policy) -> Frame:
    """One row a contact at fault and rule; contract `CONDUCT_FINDINGS`.

    Args:
        books: of the business date.
        arrears: contract `ARREARS`.
        language: what was found in the transcripts; contract `LANGUAGE_FINDINGS`.
        as_of: business date.
        policy: whose limits hold.

    Raises:
        ValueError: the engine was opened with another time zone than UTC.
    """
    contacts = contacts_that_count(books, arrears, as_of, policy)
    judged = with_over_frequency(contacts, policy)
    judged = _with_registration(judged, books, policy)
    judged = _with_recording(judged, books, policy)
    # From here on a contact has several rows when several findings or several stops of the borrower meet it.
    judged = judged.join(_blocking(language, policy), on="contact_id", how="left")
    judged = judged.join(_stops(books), on="borrower_id", how="left")
    faults = _faults(policy)
    at_fault = judged.select(*_NAMED, **faults).filter(nw.any_horizontal(*faults, ignore_nulls=False))
    found = at_fault.join(_rules(arrears, faults), how="cross").filter(_is_found(faults))
    return select_dataset(found.group_by(*CONDUCT_FINDINGS.field_names).agg(nw.len().alias("rows")), CONDUCT_FINDINGS)


def _faults(policy: Policy) -> dict[str, nw.Expr]:
    """Whether a contact is at fault, by the id of the rule."""
    return {
        "E0301": is_in_quiet_hours(policy),
        "E0302": nw.col("is_over_frequency"),
        "E0303": is_with_third_party(),
        "E0304": is_stopped(policy, "do_not_contact"),
        "E0305": is_stopped(policy, "lawyer"),
        "E0306": nw.col("is_unregistered"),
        "E0307": nw.col("is_unrecorded"),
        "E0308": ~nw.col("language_code").is_null(),
    }


def _with_registration(contacts: Frame, books: Books, policy: Policy) -> Frame:
    if not policy.conduct.staffed_channels.value:
        return contacts.with_columns(nw.lit(False).alias("is_unregistered"))
    staff = books.staff.select("staff_id", "registered_from_on", "registered_until_on")
    is_unregistered = is_staff_due(policy) & ~is_registered()
    return contacts.join(staff, on="staff_id", how="left").with_columns(is_unregistered.alias("is_unregistered"))


def _with_recording(contacts: Frame, books: Books, policy: Policy) -> Frame:
    if not policy.conduct.recorded_channels.value:
        return contacts.with_columns(nw.lit(False).alias("is_unrecorded"))
    recordings = books.evidence.filter(nw.col("evidence_kind") == "recording")
    named = recordings.select("evidence_id", nw.col("loan_id").alias("recorded_loan_id"))
    is_unrecorded = is_recording_due(policy) & ~is_recorded()
    return contacts.join(named, on="evidence_id", how="left").with_columns(is_unrecorded.alias("is_unrecorded"))


def _blocking(language: Frame, policy: Policy) -> Frame:
    blocking = is_one_of("language_code", policy.language.blocking.value)
    return language.filter(blocking).select("contact_id", "language_code")


def _stops(books: Books) -> Frame:
    return books.stops.select("borrower_id", "stop_kind_code", "stopped_at", "lifted_at")


def _rules(arrears: Frame, rule_ids: Iterable[str]) -> Frame:
    """One row a rule, made by the engine of the arrears; where there are none, nobody is at fault."""
    one = arrears.head(1)
    return nw.concat([one.select(nw.lit(rule_id).alias("rule_id")) for rule_id in rule_ids])


def _is_found(rule_ids: Iterable[str]) -> nw.Expr:
    found = nw.lit(False)
    for rule_id in rule_ids:
        found = found | ((nw.col("rule_id") == rule_id) & nw.col(rule_id))
    return found
