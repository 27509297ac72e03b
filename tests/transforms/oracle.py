"""A slow, obvious judge of one loan: every figure and rule in plain Python, from the definitions and the policy.

Shares nothing with the transforms, so that a portfolio through both says whether the transforms are right.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from tests.transforms.oracle_contacts import Contacts
from tests.transforms.oracle_identity import is_identified
from tests.transforms.oracle_money import add_months, arrears_of

BREACH_OF_RULE = {
    "E0301": "quiet_hours",
    "E0302": "frequency",
    "E0303": "third_parties",
    "E0304": "stopped",
    "E0305": "represented",
    "E0306": "unregistered",
    "E0307": "unrecorded",
    "E0308": "language",
}
COUNT_OF_RULE = {
    "E0301": "quiet_hour_contacts",
    "E0302": "over_frequency_contacts",
    "E0304": "stopped_contacts",
    "E0305": "represented_contacts",
    "E0306": "unregistered_contacts",
    "E0307": "unrecorded_contacts",
    "E0308": "language_breaches",
}


@dataclass
class Judged:
    """What is to be found of one loan in arrears: rows of the datasets of these names."""

    arrears: dict
    effort: dict
    decision: dict
    conduct_findings: list = field(default_factory=list)
    party_decisions: list = field(default_factory=list)


@dataclass
class Tables:
    """The rows of a portfolio, found by loan so that judging one loan does not read all of them."""

    rows: dict
    findings: list
    language: list

    def __post_init__(self):
        self._by_loan = {name: _by(rows, "loan_id") for name, rows in self.rows.items() if name not in WITHOUT_LOAN}
        self._stops = _by(self.rows["stops"], "borrower_id")
        self._borrowers = {row["borrower_id"]: row for row in self.rows["borrowers"]}
        self._language = _by(self.language, "loan_id")
        self.finding_codes = {row["evidence_id"]: row["finding_code"] for row in self.findings}

    def borrower(self, borrower_id):
        return self._borrowers[borrower_id]

    def language_of(self, loan):
        return self._language.get(loan["loan_id"], [])

    def of(self, loan):
        own = {name: rows.get(loan["loan_id"], []) for name, rows in self._by_loan.items()}
        shared = {name: self.rows[name] for name in ("staff", "quarantine")}
        return own | shared | {"stops": self._stops.get(loan["borrower_id"], [])}


WITHOUT_LOAN = ("borrowers", "staff", "stops", "quarantine")


def judge(tables, loan, as_of, policy):
    """All that is to be found of one loan, None when it is not in arrears."""
    own = tables.of(loan)
    arrears = arrears_of(loan, own["schedules"], own["instalments"], own["payments"], as_of, policy)
    if arrears is None:
        return None
    language = tables.language_of(loan)
    contacts = Contacts(own, language, loan, arrears["first_missed_on"], as_of, policy)
    effort = contacts.effort(loan["loan_id"])
    decision = _decision(tables, own, loan, arrears, effort, as_of, policy)
    parties = [_party(tables, row, decision, policy) for row in own["liabilities"]]
    return Judged(arrears, effort, decision, contacts.findings(), parties)


def is_blocking(rule_id, policy):
    if rule_id.startswith("W") or rule_id in policy.exclusions.shown_rules.value:
        return False
    return rule_id not in BREACH_OF_RULE or BREACH_OF_RULE[rule_id] in policy.conduct.blocking_breaches.value


def _by(rows, key):
    found = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    return found


def _decision(tables, own, loan, arrears, effort, as_of, policy):
    borrower = tables.borrower(loan["borrower_id"])
    evidence = _evidence_flags(tables, own, arrears, as_of, policy)
    outcomes = {
        **_arrears_rules(arrears, borrower, as_of, policy),
        **_collection_rules(effort, policy),
        **_loan_rules(own, loan, arrears, as_of, policy),
        **_borrower_rules(borrower, policy),
        **_books_rules(own, loan),
        "E0401": evidence.pop("is_all_intact"),
        "E0402": evidence["has_judgment"] or (evidence["is_ability_documented"] and evidence["is_refusal_documented"]),
    }
    return {
        **arrears,
        "borrower_kind": borrower["borrower_kind"],
        **effort,
        **evidence,
        **outcomes,
        "is_reportable": all(is_met for rule_id, is_met in outcomes.items() if is_blocking(rule_id, policy)),
        "policy_name": policy.name,
        "policy_version": policy.version,
    }


def _arrears_rules(arrears, borrower, as_of, policy):
    numbers, first_on = policy.arrears, arrears["first_missed_on"]
    is_overdue = True
    if numbers.over_months is not None:
        is_overdue = add_months(first_on, numbers.over_months.value) < as_of
    if numbers.min_days is not None:
        is_overdue = is_overdue and (as_of - first_on).days >= numbers.min_days.value
    is_recent = True
    if numbers.max_age_months is not None:
        last_on = add_months(first_on, numbers.max_age_months.value)
        if numbers.max_age_days is not None:
            last_on += timedelta(days=numbers.max_age_days.value)
        is_recent = as_of <= last_on
    floors = {"person": policy.amounts.person_floor, "enterprise": policy.amounts.enterprise_floor}
    return {
        "E0101": is_overdue,
        "E0102": arrears["overdue_amount"] >= floors[borrower["borrower_kind"]].value,
        "E0103": is_recent,
    }


def _collection_rules(effort, policy):
    numbers = policy.effort
    return {
        "E0201": effort["attempts"] >= numbers.min_attempts.value
        and effort["attempt_days"] >= numbers.min_days.value
        and effort["channels_used"] >= numbers.min_channels.value,
        "E0202": effort["right_party_contacts"] > 0 or effort["is_lost_contact"],
        "E0303": effort["third_party_contacts"] <= policy.conduct.max_third_party_contacts.value,
        **{rule_id: effort[count] == 0 for rule_id, count in COUNT_OF_RULE.items()},
    }


def _loan_rules(own, loan, arrears, as_of, policy):
    numbers = policy.exclusions
    is_disputed = any(
        row["opened_on"] <= as_of
        and (row["answered_on"] is None or row["answered_on"] > as_of or row["dispute_outcome_code"] == "open")
        for row in own["disputes"]
    )
    is_agreed = any(row["agreed_on"] <= as_of and row["agreement_status_code"] == "kept" for row in own["agreements"])
    is_reported = any(row["episode_began_on"] == arrears["episode_began_on"] for row in own["reported"])
    return {
        "E0501": loan["product_code"] in numbers.allowed_products.value,
        "E0502": numbers.max_annual_rate is None or loan["annual_rate"] <= numbers.max_annual_rate.value,
        "E0601": not is_disputed,
        "E0602": not is_agreed,
        "E0605": not is_reported,
    }


def _borrower_rules(borrower, policy):
    return {
        "E0603": borrower["protection_code"] not in policy.exclusions.protections.value,
        "E0604": is_identified(borrower),
    }


def _books_rules(own, loan):
    is_named, is_anybodys = False, False
    for row in own["quarantine"]:
        names_borrower = row["borrower_id"] == loan["borrower_id"]
        is_named = is_named or names_borrower or row["loan_id"] == loan["loan_id"]
        is_anybodys = is_anybodys or (row["loan_id"] is None and row["borrower_id"] is None)
    return {"E0701": not is_named, "W0702": not is_anybodys}


def _evidence_flags(tables, own, arrears, as_of, policy):
    """What is documented; only evidence that was obtained by the business date and is intact documents anything."""
    obtained = [row for row in own["evidence"] if row["obtained_on"] <= as_of]
    intact = [row for row in obtained if tables.finding_codes.get(row["evidence_id"]) == "intact"]
    oldest_on = add_months(as_of, -policy.evidence.max_ability_age_months.value)
    intact_ids = {row["evidence_id"] for row in intact}
    return {
        "has_judgment": any(
            row["effective_on"] <= as_of and (row["evidence_id"] is None or row["evidence_id"] in intact_ids)
            for row in own["judgments"]
        ),
        "is_ability_documented": any(
            row["evidence_kind"] == "ability_to_pay" and row["obtained_on"] >= oldest_on for row in intact
        ),
        "is_refusal_documented": any(
            row["evidence_kind"] == "refusal" and row["obtained_on"] >= arrears["first_missed_on"] for row in intact
        ),
        "is_all_intact": len(intact) == len(obtained),
    }


def _party(tables, liability, decision, policy):
    party = tables.borrower(liability["borrower_id"])
    outcomes = _borrower_rules(party, policy)
    blocking = [is_met for rule_id, is_met in outcomes.items() if is_blocking(rule_id, policy)]
    return {
        **{name: liability[name] for name in ("loan_id", "borrower_id", "liability_code", "liable_amount")},
        "borrower_kind": party["borrower_kind"],
        **outcomes,
        "is_reportable": decision["is_reportable"] and all(blocking),
        "policy_name": policy.name,
        "policy_version": policy.version,
    }
