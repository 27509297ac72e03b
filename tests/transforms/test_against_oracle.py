"""Arrears and effort of random portfolios beside a slow, obvious calculation for one loan, on every engine.

The oracle is written from the rules, in plain Python, and shares nothing with the transforms.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.arrears import arrears_as_of
from transforms.effort import effort_since_first_missed

LOANS_A_PORTFOLIO = 300
DAYS = (
    date(2024, 2, 29),
    date(2024, 8, 31),
    date(2025, 2, 28),
    date(2026, 3, 1),
    date(2026, 4, 30),
    date(2026, 6, 15),
    date(2026, 12, 31),
)
CHANNELS = ("call", "robot_call", "sms", "wechat", "visit", "letter", "email")
OUTCOMES = (
    "promised",
    "refused",
    "talked",
    "delivered",
    "no_answer",
    "power_off",
    "number_void",
    "moved",
    "message_left",
)


# the oracle


def months_after(day, months):
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    for last in range(day.day, 0, -1):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError


def arrears_of_one(instalments, payments, as_of, order):
    money = Decimal(0)
    for payment in payments:
        if payment["paid_on"] <= as_of:
            sign = -1 if payment["payment_kind"] == "reversal" else 1
            money += sign * payment["payment_amount"]
    money = max(money, Decimal(0))
    missed, balance, principal = [], Decimal(0), Decimal(0)
    for instalment in sorted(instalments, key=lambda row: (row["due_on"], row["instalment_no"])):
        unpaid = {}
        for component in order:
            due = instalment[f"{component}_due"]
            spent = min(due, money)
            money -= spent
            unpaid[component] = due - spent
        owed = sum(unpaid.values())
        balance += owed
        if owed > 0 and instalment["due_on"] < as_of:
            missed.append((instalment["due_on"], owed))
            principal += unpaid["principal"]
    balance -= money
    if not missed:
        return None
    first = missed[0][0]
    months = 0
    while months_after(first, months + 1) <= as_of:
        months += 1
    return {
        "first_missed_on": first,
        "overdue_days": (as_of - first).days,
        "overdue_months": months,
        "missed_instalments": len(missed),
        "overdue_amount": sum(owed for _, owed in missed),
        "overdue_principal": principal,
        "balance_amount": balance,
    }


def effort_of_one(contacts, first_missed_on, as_of, zone):
    begins = max(first_missed_on, months_after(as_of, -24))
    days, channels, sign_channels, by_channel = set(), set(), set(), dict.fromkeys(CHANNELS, 0)
    attempts = right = reached = signs = quiet = third = 0
    voice, visits, last = {}, {}, None
    for contact in contacts:
        shown = contact["contacted_at"].astimezone(ZoneInfo(zone))
        day, channel = shown.date(), contact["channel_code"]
        if not begins <= day <= as_of:
            continue
        if channel in ("call", "robot_call"):
            voice[day] = voice.get(day, 0) + 1
        if channel == "visit":
            visits[day] = visits.get(day, 0) + 1
        is_reached = contact["counterparty_code"] == "borrower" and contact["contact_outcome_code"] in OUTCOMES[:3]
        is_quiet = channel != "letter" and (shown.hour >= 22 or shown.hour < 8)
        is_third = contact["counterparty_code"] == "third_party"
        reached += is_reached
        quiet += is_quiet
        third += is_third
        if is_quiet or is_third:
            continue
        attempts += 1
        days.add(day)
        channels.add(channel)
        by_channel[channel] += 1
        right += is_reached
        if contact["contact_outcome_code"] in ("power_off", "number_void", "moved"):
            signs += 1
            sign_channels.add(channel)
        last = contact["contacted_at"] if last is None else max(last, contact["contacted_at"])
    over = {day for day, count in voice.items() if count > 3} | {day for day, count in visits.items() if count > 1}
    return {
        "attempts": attempts,
        "attempt_days": len(days),
        "channels_used": len(channels),
        **{f"{channel}_attempts": count for channel, count in by_channel.items()},
        "right_party_contacts": right,
        "unreachable_signs": signs,
        "is_lost_contact": reached == 0 and signs >= 3 and len(sign_channels) >= 2,
        "quiet_hour_contacts": quiet,
        "third_party_contacts": third,
        "over_frequency_days": len(over),
        "last_contacted_at": last,
    }


# the portfolios


def a_cent_amount(random, most):
    return Decimal(random.choice((0, 1, random.randint(0, most), random.randint(0, most)))) / 100


def a_day_near(random, as_of):
    return as_of + timedelta(days=random.choice((-1, 0, 1, random.randint(-500, 120), random.randint(-500, 0))))


def a_loan(random, number, as_of, zone):
    loan_id = f"L{number}"
    day = random.randint(1, 31)
    start = months_after(as_of.replace(day=1), -random.randint(0, 26))
    instalments, due_on = [], start
    for instalment_no in range(1, random.randint(1, 9)):
        month = months_after(start, instalment_no)
        due_on = random.choice(
            (month.replace(day=1) + timedelta(days=min(day, 28) - 1), months_after(month, 1) - timedelta(days=1), as_of)
        )
        instalments.append(
            {
                "loan_id": loan_id,
                "instalment_no": instalment_no,
                "due_on": due_on,
                "principal_due": a_cent_amount(random, 100_000),
                "interest_due": a_cent_amount(random, 10_000),
                "fee_due": a_cent_amount(random, 1_000),
                "penalty_due": a_cent_amount(random, 1_000),
            }
        )
    whole = sum(sum(row[f"{part}_due"] for part in ("principal", "interest", "fee", "penalty")) for row in instalments)
    payments = [
        {
            "payment_id": f"{loan_id}-P{payment_no}",
            "loan_id": loan_id,
            "payment_kind": random.choice(("payment", "payment", "payment", "reversal")),
            "payment_amount": random.choice(
                (a_cent_amount(random, 100_000), Decimal(whole), Decimal(whole) / 2)
            ).quantize(Decimal("0.01")),
            "paid_on": (paid_on := a_day_near(random, as_of)),
            "booked_on": paid_on + timedelta(days=1),
        }
        for payment_no in range(random.choice((0, 0, 1, 2, 5)))
    ]
    edges = ("21:59:59", "22:00:00", "22:00:01", "07:59:59", "08:00:00", "23:59:59", "00:00:00", "12:30:00", "15:00:00")
    same_day = a_day_near(random, as_of)
    contacts = [
        {
            "contact_id": f"{loan_id}-C{contact_no}",
            "loan_id": loan_id,
            "contacted_at": datetime.fromisoformat(
                f"{random.choice((same_day, a_day_near(random, as_of), due_on, as_of - timedelta(days=730)))}"
                f"T{random.choice(edges)}"
            )
            .replace(tzinfo=ZoneInfo(zone), fold=random.randint(0, 1))
            .astimezone(UTC),
            "channel_code": random.choice(CHANNELS),
            "counterparty_code": random.choice(("borrower", "nobody", "nobody", "third_party")),
            "contact_outcome_code": random.choice(OUTCOMES),
            "staff_id": None,
            "evidence_id": None,
            "transcript": None,
        }
        for contact_no in range(random.choice((0, 1, 4, 12)))
    ]
    loan = {
        "loan_id": loan_id,
        "borrower_id": f"B{number}",
        "product_code": "consumer",
        "principal_amount": Decimal("1.00"),
        "annual_rate": Decimal("0.10"),
        "disbursed_on": start,
        "matures_on": as_of,
    }
    return {"loans": [loan], "instalments": instalments, "payments": payments, "contacts": contacts}


def a_portfolio(seed, as_of, zone):
    random = Random(seed)
    loans = [a_loan(random, number, as_of, zone) for number in range(LOANS_A_PORTFOLIO)]
    return loans, {name: [row for loan in loans for row in loan[name]] for name in loans[0]}


def expected_rows(loans, as_of, zone, order):
    arrears, effort = {}, {}
    for loan in loans:
        loan_id, borrower_id = loan["loans"][0]["loan_id"], loan["loans"][0]["borrower_id"]
        found = arrears_of_one(loan["instalments"], loan["payments"], as_of, order)
        if found is not None:
            arrears[loan_id] = {"loan_id": loan_id, "borrower_id": borrower_id, "as_of": as_of} | found
            effort[loan_id] = {"loan_id": loan_id} | effort_of_one(
                loan["contacts"], found["first_missed_on"], as_of, zone
            )
    return arrears, effort


def by_loan(rows):
    keyed = {row["loan_id"]: row for row in rows}
    assert len(keyed) == len(rows)
    return keyed


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    as_of=st.sampled_from(DAYS),
    zone=st.sampled_from(("Asia/Shanghai", "Asia/Shanghai", "America/New_York", "Europe/London")),
    order=st.permutations(("fee", "interest", "penalty", "principal")),
)
def test_engines_and_oracle_agree(seed, as_of, zone, order, policy, engines, kit):
    allocation = policy.arrears.allocation_order.model_copy(update={"value": tuple(order)})
    policy = policy.model_copy(
        update={
            "time_zone": zone,
            "arrears": policy.arrears.model_copy(update={"allocation_order": allocation}),
        }
    )
    loans, rows = a_portfolio(seed, as_of, zone)
    expected_arrears, expected_effort = expected_rows(loans, as_of, zone, order)
    for engine in engines():
        books = engine.books(rows)
        arrears = arrears_as_of(books, as_of, policy)
        assert by_loan(kit.rows(arrears)) == expected_arrears, engine.name
        effort = effort_since_first_missed(books, arrears, as_of, policy)
        assert by_loan(kit.rows(effort)) == expected_effort, engine.name


def test_portfolios_reach_the_edges():
    loans, _ = a_portfolio(7, date(2026, 6, 15), "Asia/Shanghai")
    arrears, effort = expected_rows(
        loans, date(2026, 6, 15), "Asia/Shanghai", ("fee", "interest", "penalty", "principal")
    )
    assert 100 < len(arrears) < LOANS_A_PORTFOLIO
    assert any(row["overdue_amount"] != row["balance_amount"] for row in arrears.values())
    for figure in ("quiet_hour_contacts", "third_party_contacts", "over_frequency_days", "right_party_contacts"):
        assert sum(row[figure] > 0 for row in effort.values()) > 2, figure
    assert sum(row["attempts"] == 0 for row in effort.values()) > 20


def test_the_order_of_rows_changes_nothing(policy, engines, kit):
    as_of = date(2026, 6, 15)
    _, rows = a_portfolio(11, as_of, "Asia/Shanghai")
    shuffled = {name: Random(5).sample(dataset, len(dataset)) for name, dataset in rows.items()}
    for engine in engines():
        both = []
        for given_rows in (rows, shuffled):
            books = engine.books(given_rows)
            arrears = arrears_as_of(books, as_of, policy)
            effort = effort_since_first_missed(books, arrears, as_of, policy)
            both.append((by_loan(kit.rows(arrears)), by_loan(kit.rows(effort))))
        assert both[0] == both[1]
        assert len(both[0][0]) > 100


@settings(max_examples=4, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_paying_more_never_makes_a_loan_more_overdue(seed, policy, engines, kit):
    as_of = date(2026, 6, 15)
    _, rows = a_portfolio(seed, as_of, "Asia/Shanghai")
    random = Random(seed)
    more = [
        row | {"payment_id": row["payment_id"] + "+", "payment_kind": "payment", "payment_amount": Decimal("33.33")}
        for row in rows["payments"]
        if random.random() < 0.8
    ]
    engine = engines()[0]
    before = by_loan(kit.rows(arrears_as_of(engine.books(rows), as_of, policy)))
    after = by_loan(kit.rows(arrears_as_of(engine.books(rows | {"payments": rows["payments"] + more}), as_of, policy)))
    assert set(after) <= set(before)
    for loan_id, row in after.items():
        assert row["first_missed_on"] >= before[loan_id]["first_missed_on"]
        for figure in ("overdue_amount", "overdue_principal", "balance_amount", "missed_instalments", "overdue_days"):
            assert row[figure] <= before[loan_id][figure], figure
    assert any(after.get(loan_id) != row for loan_id, row in before.items())
