"""Schedules, instalments and payments of one made-up loan."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
COMPONENTS = ("principal", "interest", "fee", "penalty")


def months_from(day, months):
    """The same day of another month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_from(day, days):
    return day + timedelta(days=days)


def amount(random, least, most):
    """Money between two whole numbers, cents included."""
    return random.randint(least * 100, most * 100) * CENT


@dataclass
class Money:
    """The money side of one loan, filled step by step."""

    loan_id: str
    as_of: date
    schedules: list = field(default_factory=list)
    instalments: list = field(default_factory=list)
    payments: list = field(default_factory=list)

    def pay(self, value, paid_on, booked_on=None, kind="payment"):
        self.payments.append(
            {
                "payment_id": f"{self.loan_id}-P{len(self.payments)}",
                "loan_id": self.loan_id,
                "payment_kind": kind,
                "payment_amount": value,
                "paid_on": paid_on,
                "booked_on": booked_on or paid_on,
            }
        )

    def owe(self, version, number, due_on, parts):
        row = {"loan_id": self.loan_id, "schedule_no": version, "instalment_no": number, "due_on": due_on}
        self.instalments.append(row | {f"{name}_due": part for name, part in zip(COMPONENTS, parts, strict=True)})


def late_loan(random, loan_id, as_of, first_missed_on, overdue_amount):
    """A loan whose oldest missed instalment at `as_of` fell due on `first_missed_on`, with that much overdue.

    Its version of the schedule is the first, or a later one that lists what came before or doesn't.
    """
    money = Money(loan_id, as_of)
    version, took_effect_on = _earlier_versions(random, money, first_missed_on)
    due_dates = _due_dates(random, first_missed_on)
    position = due_dates.index(first_missed_on)
    parts = [_parts(random) for _ in due_dates]
    parts[position] = [part + CENT for part in parts[position]]
    late = range(position, sum(due_on < as_of for due_on in due_dates))
    first_total = sum(parts[position])
    part_payment = random.choice((NOTHING, NOTHING, CENT, first_total - CENT, amount(random, 0, 9)))
    part_payment = min(part_payment, first_total - CENT)
    missing = overdue_amount + part_payment - sum(sum(parts[index]) for index in late)
    parts[position][0] = max(parts[position][0] + missing, part_payment + CENT)
    numbers = list(range(1, len(due_dates) + 1))
    if random.random() < 0.05 and len(set(due_dates)) == len(due_dates):
        random.shuffle(numbers)
    for number, due_on, part in zip(numbers, due_dates, parts, strict=True):
        money.owe(version, number, due_on, part)
    for due_on, part in zip(due_dates[:position], parts[:position], strict=True):
        _pay_sometime(random, money, due_on, sum(part), took_effect_on)
    if part_payment:
        paid_on = days_from(first_missed_on, random.choice((-40, 0, 1, 30, 90)))
        paid_on = max(paid_on, took_effect_on) if took_effect_on else paid_on
        money.pay(part_payment, min(paid_on, as_of))
    _cured_once(random, money, first_missed_on)
    _later_versions(random, money, version)
    return money


def wild_loan(random, loan_id, as_of):
    """A loan of which nothing is certain: versions in any order, money at any time, reversals of what never came."""
    money = Money(loan_id, as_of)
    start = days_from(as_of, -random.randint(10, 1200))
    versions = [1]
    for number in random.sample(range(2, 6), random.choice((0, 0, 0, 1, 2, 3))):
        versions.append(number)
        money.schedules.append(_version(loan_id, number, days_from(start, random.randint(0, 1300))))
    if money.schedules and random.random() < 0.3:
        money.schedules[-1]["schedule_effective_on"] = random.choice(
            (as_of, money.schedules[0]["schedule_effective_on"])
        )
    for version in versions:
        due_on = days_from(start, random.randint(0, 200))
        for number in range(1, random.randint(2, 12)):
            money.owe(version, number, due_on, _parts(random))
            due_on = days_from(due_on, random.choice((0, 1, 14, 28, 30, 31, 31, 31, 61)))
    for _ in range(random.choice((0, 1, 3, 8))):
        paid_on = days_from(start, random.randint(-20, 1250))
        kind = random.choice(("payment", "payment", "payment", "payment", "reversal"))
        value = random.choice((NOTHING, amount(random, 0, 900), amount(random, 500, 9000), amount(random, 0, 60000)))
        money.pay(value, paid_on, days_from(paid_on, random.choice((-2, 0, 0, 1, 45, 400))), kind)
    return money


def _due_dates(random, first_missed_on):
    before, after = random.randint(0, 6), random.randint(0, 8)
    months, days = random.choice(((1, 0), (1, 0), (1, 0), (1, 0), (2, 0), (3, 0), (0, 30), (0, 14), (0, 1)))
    places = range(-before, after + 1)
    dates = [days_from(months_from(first_missed_on, place * months), place * days) for place in places]
    if random.random() < 0.1:
        dates.append(random.choice(dates))
    return sorted(dates)


def _parts(random):
    if random.random() < 0.06:
        return [NOTHING] * 4
    return [
        amount(random, 0, 2000),
        random.choice((NOTHING, amount(random, 0, 90))),
        random.choice((NOTHING, amount(random, 0, 20))),
        random.choice((NOTHING, amount(random, 0, 9))),
    ]


def _pay_sometime(random, money, due_on, value, not_before):
    paid_on = days_from(due_on, random.choice((0, 0, 0, 0, -3, -1, 1, 5, 20, 40)))
    if not_before:
        paid_on = max(paid_on, not_before)
    paid_on = min(paid_on, money.as_of)
    booked_on = min(days_from(paid_on, random.choice((0, 0, 1, 3))), money.as_of)
    if random.random() < 0.2:
        share = random.randint(0, int(value * 100)) * CENT
        money.pay(share, paid_on, booked_on)
        value -= share
    money.pay(value, paid_on, booked_on)


def _cured_once(random, money, first_missed_on):
    """Sometimes all was paid in the arrears, and the payment was taken back: at once, later, or booked later."""
    if random.random() > 0.25 or first_missed_on >= money.as_of:
        return
    between = (money.as_of - first_missed_on).days
    paid_on = days_from(first_missed_on, random.randint(0, between))
    value = random.choice((amount(random, 0, 300), amount(random, 50_000, 90_000)))
    money.pay(value, paid_on, paid_on)
    taken_on = min(days_from(paid_on, random.choice((0, 1, 20, 60))), money.as_of)
    value_on = random.choice((paid_on, taken_on))
    money.pay(value, value_on, taken_on, kind="reversal")


def _version(loan_id, number, effective_on):
    return {"loan_id": loan_id, "schedule_no": number, "schedule_effective_on": effective_on}


def _earlier_versions(random, money, first_missed_on):
    """Sometimes the loan was restructured: the number of the version that counts, and since when."""
    if random.random() > 0.2:
        return 1, None
    number = random.choice((2, 2, 3))
    took_effect_on = days_from(first_missed_on, random.choice((-200, -31, -1, 0, 1, 2, 40)))
    took_effect_on = min(took_effect_on, money.as_of)
    money.schedules.append(_version(money.loan_id, number, took_effect_on))
    if number == 3 and random.random() < 0.6:
        money.schedules.append(_version(money.loan_id, 2, days_from(took_effect_on, random.choice((-60, -1, 0, 5)))))
        _old_version(random, money, 2, took_effect_on)
    _old_version(random, money, 1, took_effect_on)
    return number, took_effect_on


def _old_version(random, money, version, replaced_on):
    start = random.randint(1, 14)
    for number in range(1, random.randint(2, 10)):
        due_on, parts = months_from(replaced_on, number - start), _parts(random)
        money.owe(version, number, due_on, parts)
        paid_on = days_from(due_on, random.choice((0, 0, 9)))
        if paid_on < replaced_on and random.random() < 0.7:
            money.pay(sum(parts), paid_on)


def _later_versions(random, money, version):
    """Sometimes a restructuring is booked already that takes effect after the business date."""
    if random.random() > 0.08:
        return
    money.schedules.append(_version(money.loan_id, version + 1, days_from(money.as_of, random.choice((1, 30)))))
    for number in range(1, 4):
        money.owe(version + 1, number, months_from(money.as_of, number - 2), _parts(random))
