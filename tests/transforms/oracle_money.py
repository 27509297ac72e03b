"""Arrears of one loan, computed the slow and obvious way: day by day, straight from the definitions.

Shares nothing with the transforms. Figures and words are those of docs/definitions.md.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

DAY = timedelta(days=1)
NOTHING = Decimal("0.00")
MONTH_ENDS = 24
AGES = (("1_30", 1, 30), ("31_60", 31, 60), ("61_90", 61, 90), ("91_180", 91, 180), ("over_180", 181, 10**6))
ARREARS_CODES = ((30, "1"), (60, "2"), (90, "3"), (120, "4"), (150, "5"), (180, "6"), (10**6, "7"))


def add_months(day, months):
    """The day that many calendar months later, or the last day of that month when it is shorter."""
    month_number = day.year * 12 + (day.month - 1) + months
    last = day.day
    while True:
        try:
            return date(month_number // 12, month_number % 12 + 1, last)
        except ValueError:
            last -= 1


def is_month_end(day):
    return (day + DAY).day == 1


@cache
def month_ends_until(as_of):
    """The last month ends up to and including a day, oldest first."""
    ends, day = [], as_of
    while len(ends) < MONTH_ENDS:
        if is_month_end(day):
            ends.insert(0, day)
        day -= DAY
    return ends


@dataclass(frozen=True)
class Part:
    """One instalment on a day: when it fell due, what of each component is unpaid, whether it is covered."""

    due_on: date
    unpaid: dict
    owed: Decimal
    is_covered: bool


class LoanMoney:
    """The books of one loan, to be asked about any day."""

    def __init__(self, loan, schedules, instalments, payments, allocation_order):
        self._disbursed_on = loan["disbursed_on"]
        self._order = allocation_order
        self._effective_on = {row["schedule_no"]: row["schedule_effective_on"] for row in schedules}
        self._instalments = {}
        for row in sorted(instalments, key=lambda row: (row["due_on"], row["instalment_no"])):
            self._instalments.setdefault(row["schedule_no"], []).append(row)
        self._moves = []
        for row in payments:
            is_payment = row["payment_kind"] == "payment"
            on = row["paid_on"] if is_payment else max(row["paid_on"], row["booked_on"])
            value = row["payment_amount"] if is_payment else -row["payment_amount"]
            self._moves.append((on, self.version(on), value))
        self._eventful = {
            *self._effective_on.values(),
            *(on for on, _, _ in self._moves),
            *(row["due_on"] + DAY for row in instalments),
        }
        self._spent = {}

    def version(self, day):
        """The schedule in force."""
        return max((number for number, effective_on in self._effective_on.items() if effective_on <= day), default=1)

    def money(self, version, day):
        """What counts for a version up to and including a day."""
        counted = [value for on, in_force, value in self._moves if on <= day and in_force == version]
        return max(sum(counted), NOTHING) if counted else NOTHING

    def parts(self, day, version=None):
        """The instalments of a version on a day, after the money was spent on them one after the other."""
        version = version or self.version(day)
        money = self.money(version, day)
        if (version, money) not in self._spent:
            self._spent[version, money] = self._spend(version, money)
        return self._spent[version, money]

    def _spend(self, version, money):
        parts, is_all_covered = [], True
        for row in self._instalments.get(version, []):
            unpaid = {}
            for component in self._order:
                spent = min(row[f"{component}_due"], money)
                money -= spent
                unpaid[component] = row[f"{component}_due"] - spent
            owed = sum(unpaid.values(), NOTHING)
            is_all_covered = is_all_covered and owed == 0
            parts.append(Part(row["due_on"], unpaid, owed, is_all_covered))
        return parts

    def balance(self, day):
        version = self.version(day)
        rows = self._instalments.get(version, [])
        owed = sum((row[f"{component}_due"] for row in rows for component in self._order), NOTHING)
        return owed - self.money(version, day)

    def missed(self, day):
        return [part for part in self.parts(day) if part.due_on < day and part.owed > 0]

    def is_in_arrears(self, day):
        return any(part.owed > 0 and part.due_on < day for part in self.parts(day))

    def episode_began_on(self, day):
        """Walks back to the first day of the unbroken stretch of arrears; the day before it.

        A day on which nothing happens ends as the day before it did, and is not looked at again.
        """
        while self.is_in_arrears(day):
            while day not in self._eventful:
                day -= DAY
            day -= DAY
        return day

    def status(self, day):
        if self._disbursed_on > day:
            return "/"
        parts, missed = self.parts(day), self.missed(day)
        if missed:
            days = (day - missed[0].due_on).days
            return next(code for most, code in ARREARS_CODES if days <= most)
        if all(part.is_covered for part in parts):
            return "C"
        if self._has_late_payment_in_month(day, parts):
            return "M"
        first_of_month = day.replace(day=1)
        is_quiet_month = not any(first_of_month <= part.due_on <= day for part in parts)
        if is_quiet_month and not self.is_in_arrears(first_of_month - DAY):
            return "*"
        return "N"

    def _has_late_payment_in_month(self, day, parts):
        version = self.version(day)
        for place, part in enumerate(parts):
            if day.replace(day=1) <= part.due_on < day and part.is_covered:
                looked_on = part.due_on
                if version != 1:
                    looked_on = max(looked_on, self._effective_on[version])
                if not self.parts(looked_on, version)[place].is_covered:
                    return True
        return False


def arrears_of(loan, schedules, instalments, payments, as_of, policy):
    """The row of `arrears` of one loan, None when it is not in arrears."""
    books = LoanMoney(loan, schedules, instalments, payments, policy.arrears.allocation_order.value)
    missed = books.missed(as_of)
    if not missed:
        return None
    ends = month_ends_until(as_of)
    history = "".join(books.status(end) for end in ends)
    first_missed_on = missed[0].due_on
    months = 0
    while add_months(first_missed_on, months + 1) <= as_of:
        months += 1
    in_arrears_at_end = len(history) - len(history.rstrip("1234567"))
    return {
        "loan_id": loan["loan_id"],
        "borrower_id": loan["borrower_id"],
        "as_of": as_of,
        "episode_began_on": books.episode_began_on(as_of),
        "first_missed_on": first_missed_on,
        "overdue_days": (as_of - first_missed_on).days,
        "overdue_months": months,
        "missed_instalments": len(missed),
        "consecutive_missed_periods": in_arrears_at_end,
        "highest_missed_periods": max(len(books.missed(day)) for day in (*ends, as_of)),
        "overdue_amount": sum((part.owed for part in missed), NOTHING),
        **{
            f"overdue_{component}": sum((part.unpaid[component] for part in missed), NOTHING)
            for component in ("principal", "interest", "fee", "penalty")
        },
        **{
            f"overdue_principal_{age}": sum(
                (part.unpaid["principal"] for part in missed if least <= (as_of - part.due_on).days <= most), NOTHING
            )
            for age, least, most in AGES
        },
        "balance_amount": books.balance(as_of),
        "repayment_status_code": books.status(as_of),
        "repayment_history": history,
    }
