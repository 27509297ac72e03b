"""What a Metro 2 record says of one loan without events, computed the slow and obvious way: day by day.

Shares nothing with the mapping; the state of a day is that of `oracle_money`.
"""

from tests.transforms.oracle_money import DAY, NOTHING, LoanMoney, is_month_end

STATUSES = ((180, "84"), (150, "83"), (120, "82"), (90, "80"), (60, "78"), (30, "71"), (0, "11"))
MARKS = ((180, "6"), (150, "5"), (120, "4"), (90, "3"), (60, "2"), (30, "1"), (0, "0"))


def first_at_least(table, days):
    return next(code for least, code in table if days >= least)


class Account:
    """One loan, to be asked about any day."""

    def __init__(self, rows, loan_id, allocation_order):
        own = {name: [row for row in rows[name] if row["loan_id"] == loan_id] for name in rows if name != "borrowers"}
        (self.loan,) = own["loans"]
        self.money = LoanMoney(self.loan, own["schedules"], own["instalments"], own["payments"], allocation_order)
        days = [row["due_on"] for row in own["instalments"]] + [
            row["schedule_effective_on"] for row in own["schedules"]
        ]
        self._first_day = min(days)

    def late_days(self, day):
        missed = self.money.missed(day)
        return (day - missed[0].due_on).days if missed else 0

    def is_paid_off(self, day):
        return self._total(day) > 0 and not any(part.owed for part in self.money.parts(day))

    def _total(self, day):
        rows = self.money._instalments.get(self.money.version(day), [])
        return sum(
            (row[f"{name}_due"] for row in rows for name in ("principal", "interest", "fee", "penalty")), NOTHING
        )

    def paid_off_on(self, day):
        """First day of the stretch that lasts until a day on which all of the version in force was paid."""
        if not self.is_paid_off(day):
            return None
        version = self.money.version(day)
        while self.money.version(day - DAY) == version and self.is_paid_off(day - DAY):
            day -= DAY
        return day

    def late_since(self, judged_on, as_of):
        """Walks forward and forgets a lateness on a day without arrears, and at a month end under 30 days."""
        day, since = self._first_day, None
        while day <= judged_on or (since is None and day <= as_of):
            is_late = self.late_days(day) >= 30
            if is_late and since is None:
                since = day
            if not is_late and day <= judged_on and (not self.money.missed(day) or is_month_end(day)):
                since = None
            day += DAY
        return since

    def record(self, as_of):
        paid_on = self.paid_off_on(as_of)
        judged_on = as_of if paid_on is None else paid_on - DAY
        days = self.late_days(judged_on)
        status = "13" if paid_on else first_at_least(STATUSES, days) if self._total(as_of) > 0 else None
        rating = first_at_least(MARKS, days) if paid_on else None
        is_bad = status not in (None, "11", "13") or rating in tuple("123456")
        return {
            "account_status": status,
            "payment_rating": rating,
            "first_delinquency_on": self.late_since(judged_on, as_of) if is_bad else None,
            "payment_history": self.history(as_of, paid_on, rating),
            "current_balance": 0 if paid_on else int(self.balance(as_of)) if self._total(as_of) > 0 else None,
            "past_due": 0 if status in (None, "11", "13") else int(self.past_due(as_of)),
            "closed_on": paid_on,
            "account_information_on": paid_on or as_of,
        }

    def history(self, as_of, paid_on, rating):
        marks, day = "", as_of - DAY
        while len(marks) < 24:
            if is_month_end(day):
                marks += self.mark(day, paid_on, rating)
            day -= DAY
        return marks

    def mark(self, day, paid_on, rating):
        if day < self.loan["disbursed_on"]:
            return "B"
        if paid_on is not None and day >= paid_on:
            return rating
        return first_at_least(MARKS, self.late_days(day)) if self._total(day) > 0 else "D"

    def balance(self, as_of):
        return sum(
            (part.owed if part.due_on <= as_of else part.unpaid["principal"] for part in self.money.parts(as_of)),
            NOTHING,
        )

    def past_due(self, as_of):
        return sum(
            (part.owed for part in self.money.parts(as_of) if (as_of - part.due_on).days >= 30),
            NOTHING,
        )
