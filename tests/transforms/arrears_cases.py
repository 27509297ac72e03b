"""Loans by hand: what fell due under each version of the schedule and what came in, judged together."""

from datetime import date
from decimal import Decimal

from transforms.arrears import arrears_as_of

COMPONENTS = ("principal", "interest", "fee", "penalty")


def due(day, principal="100", *, interest="0", fee="0", penalty="0"):
    amounts = zip(COMPONENTS, (principal, interest, fee, penalty), strict=True)
    return {"due_on": date.fromisoformat(day)} | {f"{name}_due": Decimal(amount) for name, amount in amounts}


def paid(amount, on, *, booked=None):
    return _came("payment", amount, on, booked)


def reversed_(amount, on, *, booked=None):
    return _came("reversal", amount, on, booked)


def version(number, effective_on, *dues):
    return number, date.fromisoformat(effective_on), dues


def loan(*dues, money=(), versions=(), disbursed="2020-01-01"):
    """A loan with the instalments of its first schedule; numbers follow the order in which they are written."""
    return {
        "disbursed_on": date.fromisoformat(disbursed),
        "money": money,
        "versions": [(1, None, dues), *versions],
    }


def monthly(first, last, *, year=2026, day=10, **amounts):
    """One instalment on the same day of each month."""
    return [due(f"{year}-{month:02}-{day:02}", **amounts) for month in range(first, last + 1)]


def arrears_by_name(engine, kit, loans, as_of, policy):
    """The row of each loan in arrears, by the loan's name."""
    rows = kit.rows(arrears_as_of(engine.books(books_of(loans)), as_of, policy, engine.settled))
    found = {row["loan_id"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def books_of(loans):
    rows = {"loans": [], "schedules": [], "instalments": [], "payments": []}
    for name, one in loans.items():
        key = {"loan_id": name}
        rows["loans"].append(
            key
            | {
                "borrower_id": f"borrower of {name}",
                "product_code": "consumer",
                "principal_amount": Decimal("1000"),
                "annual_rate": Decimal("0.1"),
                "disbursed_on": one["disbursed_on"],
                "matures_on": date(2030, 1, 1),
            }
        )
        for schedule_no, effective_on, dues in one["versions"]:
            version_key = key | {"schedule_no": schedule_no}
            if effective_on:
                rows["schedules"].append(version_key | {"schedule_effective_on": effective_on})
            rows["instalments"] += [
                version_key | {"instalment_no": number} | row for number, row in enumerate(dues, start=1)
            ]
        rows["payments"] += [key | {"payment_id": f"{name}-{place}"} | row for place, row in enumerate(one["money"])]
    return rows


def _came(kind, amount, on, booked):
    return {
        "payment_kind": kind,
        "payment_amount": Decimal(amount),
        "paid_on": date.fromisoformat(on),
        "booked_on": date.fromisoformat(booked or on),
    }
