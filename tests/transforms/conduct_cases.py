"""Cases of conduct by hand: rows of one loan of its own borrower with the faults to be found, judged together."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from transforms.conduct import conduct_findings

AS_OF = date(2026, 6, 15)
FIRST_MISSED_ON = date(2025, 10, 31)


def contact(number, at, **changes):
    """A call by a registered collector that nobody answered, at a local time."""
    return {
        "contact_id": f"C{number}",
        "contacted_at": at,
        "channel_code": "call",
        "counterparty_code": "nobody",
        "contact_outcome_code": "no_answer",
        "staff_id": "S1",
        "evidence_id": None,
        "transcript": None,
    } | changes


def stop(at, *, kind="do_not_contact", lifted=None):
    return {"stop_kind_code": kind, "stopped_at": at, "lifted_at": lifted}


def evidence(evidence_id, *, kind="recording", loan_id=None):
    return {"evidence_id": evidence_id, "evidence_kind": kind} | ({"loan_id": loan_id} if loan_id else {})


def language(number, code, offset=0):
    return {"contact_id": f"C{number}", "language_code": code, "offset_characters": offset}


def case(*contacts, faults=(), stops=(), evidence=(), language=()):
    return {
        "contacts": contacts,
        "faults": [tuple(fault.split()) for fault in faults],
        "stops": stops,
        "evidence": evidence,
        "language": language,
    }


def on_day(day, count, first=1, **changes):
    """Contacts of one day, an hour apart from 9 o'clock on."""
    return [contact(first + step, f"{day}T{9 + step:02}:00:00", **changes) for step in range(count)]


TALK = {"counterparty_code": "borrower", "contact_outcome_code": "talked", "evidence_id": "V"}
RECORDED = (evidence("V"),)


def books_of(cases, zone):
    """Rows of all cases together, keys made the case's own, local times made instants."""

    def instant(text):
        return text and datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    rows = {"contacts": [], "stops": [], "evidence": [], "language": [], "arrears": []}
    for number, one in enumerate(cases.values()):
        keys = {"loan_id": f"L{number}", "borrower_id": f"B{number}"}
        rows["arrears"].append(keys | {"first_missed_on": FIRST_MISSED_ON})
        for row in one["contacts"]:
            named = {key: row[key] and f"{row[key]}-{number}" for key in ("contact_id", "evidence_id")}
            rows["contacts"].append(row | keys | named | {"contacted_at": instant(row["contacted_at"])})
        for position, row in enumerate(one["stops"]):
            times = {key: instant(row[key]) for key in ("stopped_at", "lifted_at")}
            rows["stops"].append(keys | row | times | {"stop_id": f"T{number}-{position}"})
        for row in one["evidence"]:
            rows["evidence"].append(keys | row | {"evidence_id": f"{row['evidence_id']}-{number}"})
        for row in one["language"]:
            rows["language"].append(keys | row | {"contact_id": f"{row['contact_id']}-{number}"})
    rows["staff"] = [
        {"staff_id": "S1", "registered_from_on": date(2020, 1, 1), "registered_until_on": None},
        {"staff_id": "S2", "registered_from_on": date(2026, 3, 1), "registered_until_on": date(2026, 3, 31)},
    ]
    return rows


def arrears_of(engine, rows):
    return engine.rows(rows, loan_id=pa.string(), borrower_id=pa.string(), first_missed_on=pa.date32())


def faults_of(engine, kit, cases, policy):
    """Faults by the name of the case, each as contact and rule, computed together."""
    rows = books_of(cases, policy.time_zone)
    arrears, language_findings = arrears_of(engine, rows["arrears"]), engine.language(rows["language"])
    found = {name: [] for name in cases}
    names = list(cases)
    for row in kit.rows(conduct_findings(engine.books(rows), arrears, language_findings, AS_OF, policy)):
        contact_id, number = row["contact_id"].split("-")
        assert row["loan_id"] == f"L{number}"
        found[names[int(number)]].append((contact_id, row["rule_id"]))
    return {name: sorted(faults) for name, faults in found.items()}
