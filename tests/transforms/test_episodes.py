"""When an episode began, by hand: what ends a stretch of days in arrears and what doesn't."""

from datetime import date

import pytest

from tests.transforms.arrears_cases import arrears_by_name, due, loan, monthly, paid, reversed_, version

AS_OF = date(2026, 6, 15)
COPIES = 8

# Name of the case: the loan, its `episode_began_on`, its `first_missed_on`. Instalments are of 100.00.
CASES = {
    "never paid: the due date": (
        loan(*monthly(3, 5)),
        "2026-03-10",
        "2026-03-10",
    ),
    "the only missed day is today": (
        loan(due("2026-06-14")),
        "2026-06-14",
        "2026-06-14",
    ),
    "the oldest instalment is paid while the next is missed": (
        loan(*monthly(3, 5), money=[paid("100", "2026-04-20")]),
        "2026-03-10",
        "2026-04-10",
    ),
    "paid on the last day before the next is missed: one day without arrears": (
        loan(*monthly(3, 4), money=[paid("100", "2026-04-10")]),
        "2026-04-10",
        "2026-04-10",
    ),
    "paid on the day on which the next is missed": (
        loan(*monthly(3, 4), money=[paid("100", "2026-04-11")]),
        "2026-03-10",
        "2026-04-10",
    ),
    "partial payments that never add up": (
        loan(*monthly(3, 5), money=[paid("99.99", "2026-03-20"), paid("100", "2026-04-20"), paid("100", "2026-05-20")]),
        "2026-03-10",
        "2026-05-10",
    ),
    "two payments of one day that cure together": (
        loan(*monthly(3, 3), due("2026-05-10"), money=[paid("60", "2026-04-01"), paid("40", "2026-04-01")]),
        "2026-05-10",
        "2026-05-10",
    ),
    "two payments of one day that miss it by a cent": (
        loan(*monthly(3, 3), due("2026-05-10"), money=[paid("60", "2026-04-01"), paid("39.99", "2026-04-01")]),
        "2026-03-10",
        "2026-03-10",
    ),
    "two episodes before this one": (
        loan(*monthly(2, 5), money=[paid("100", f"2026-{month:02}-25") for month in (2, 3, 4)]),
        "2026-05-10",
        "2026-05-10",
    ),
    "an overpayment that reaches into the second instalment": (
        loan(*monthly(3, 4), money=[paid("150", "2026-03-01")]),
        "2026-04-10",
        "2026-04-10",
    ),
    "an instalment of nothing is not missed": (
        loan(due("2026-03-10", "0"), due("2026-04-10")),
        "2026-04-10",
        "2026-04-10",
    ),
    "paid in time and taken back three weeks later": (
        loan(due("2026-03-10"), money=[paid("100", "2026-03-10"), reversed_("100", "2026-03-10", booked="2026-04-01")]),
        "2026-03-31",
        "2026-03-10",
    ),
    "paid late, and what came bounced": (
        loan(due("2026-03-10"), money=[paid("100", "2026-04-01"), reversed_("100", "2026-04-01", booked="2026-04-15")]),
        "2026-04-14",
        "2026-03-10",
    ),
    "paid late and bounced on the same day": (
        loan(due("2026-03-10"), money=[paid("100", "2026-04-01"), reversed_("100", "2026-04-01")]),
        "2026-03-10",
        "2026-03-10",
    ),
    "bounced before the due date": (
        loan(due("2026-03-10"), money=[paid("100", "2026-02-01"), reversed_("100", "2026-02-01", booked="2026-03-05")]),
        "2026-03-10",
        "2026-03-10",
    ),
    "a reversal with a value date after its booking counts from the value date": (
        loan(due("2026-03-10"), money=[paid("100", "2026-03-10"), reversed_("100", "2026-03-20", booked="2026-03-15")]),
        "2026-03-19",
        "2026-03-10",
    ),
    "a cent that bounces begins an episode": (
        loan(
            due("2026-03-10"), money=[paid("100", "2026-03-10"), reversed_("0.01", "2026-03-10", booked="2026-05-02")]
        ),
        "2026-05-01",
        "2026-03-10",
    ),
    "a bounce inside an overpayment begins none": (
        loan(
            *monthly(3, 4),
            money=[paid("150", "2026-03-10"), reversed_("50", "2026-03-10", booked="2026-03-20")],
        ),
        "2026-04-10",
        "2026-04-10",
    ),
    "a payment that was booked late counts from its value date": (
        loan(*monthly(3, 4), money=[paid("100", "2026-04-10", booked="2026-05-30")]),
        "2026-04-10",
        "2026-04-10",
    ),
    "restructured with nothing missed": (
        loan(due("2026-03-10"), versions=[version(2, "2026-04-20", due("2026-05-20"), due("2026-06-20"))]),
        "2026-05-20",
        "2026-05-20",
    ),
    "restructured, due on its first day: that day is without arrears": (
        loan(due("2026-03-10"), versions=[version(2, "2026-04-20", due("2026-04-20"))]),
        "2026-04-20",
        "2026-04-20",
    ),
    "restructured, due the day before: missed from the first day": (
        loan(due("2026-03-10"), versions=[version(2, "2026-04-20", due("2026-04-19"))]),
        "2026-03-10",
        "2026-04-19",
    ),
    "restructured with the old debt listed": (
        loan(due("2026-03-10"), versions=[version(2, "2026-04-20", due("2026-03-10"), due("2026-07-10"))]),
        "2026-03-10",
        "2026-03-10",
    ),
    "restructured, and the listed debt paid on the first day": (
        loan(
            due("2026-03-10"),
            versions=[version(2, "2026-04-20", due("2026-03-10"), due("2026-05-10"))],
            money=[paid("100", "2026-04-20")],
        ),
        "2026-05-10",
        "2026-05-10",
    ),
    "restructured with a due date before the episode: the days stay": (
        loan(due("2026-03-10"), versions=[version(2, "2026-04-20", due("2026-02-01"))]),
        "2026-03-10",
        "2026-02-01",
    ),
    "restructured out of good standing with something that fell due long ago": (
        loan(due("2026-09-10"), versions=[version(2, "2026-04-20", due("2026-02-01"))]),
        "2026-04-19",
        "2026-02-01",
    ),
    "restructured twice, cured by the first only": (
        loan(
            due("2026-03-10"),
            versions=[version(2, "2026-04-20", due("2026-09-10")), version(3, "2026-05-05", due("2026-03-10"))],
        ),
        "2026-05-04",
        "2026-03-10",
    ),
    "restructured twice on one day: the version between was never in force": (
        loan(
            due("2026-03-10"),
            versions=[version(2, "2026-04-20", due("2026-09-10")), version(3, "2026-04-20", due("2026-03-10"))],
        ),
        "2026-03-10",
        "2026-03-10",
    ),
    "restructured today with the old debt listed": (
        loan(due("2026-03-10"), versions=[version(2, "2026-06-15", due("2026-03-10"))]),
        "2026-03-10",
        "2026-03-10",
    ),
    "paid under the first version, bounced under the second": (
        loan(
            due("2026-03-10"),
            versions=[version(2, "2026-04-20", due("2026-05-10"))],
            money=[
                paid("100", "2026-03-10"),
                paid("100", "2026-05-10"),
                reversed_("100", "2026-03-10", booked="2026-05-20"),
            ],
        ),
        "2026-05-19",
        "2026-05-10",
    ),
    "due the day before the version that replaces it: never missed": (
        loan(due("2026-04-19"), versions=[version(2, "2026-04-20", due("2026-05-20"))]),
        "2026-05-20",
        "2026-05-20",
    ),
    "money of the first day of a version does not cure the one before": (
        loan(
            due("2026-03-10"),
            versions=[version(2, "2026-04-20", due("2026-03-10", "200"))],
            money=[paid("100", "2026-04-20")],
        ),
        "2026-03-10",
        "2026-03-10",
    ),
    "a reversal of what never came is no arrears before the due date": (
        loan(due("2026-03-10"), money=[reversed_("50", "2026-03-01")]),
        "2026-03-10",
        "2026-03-10",
    ),
    "over the end of February in a leap year": (
        loan(due("2024-02-28"), due("2024-03-01"), money=[paid("100", "2024-03-01")]),
        "2024-03-01",
        "2024-03-01",
    ),
    "over a leap day": (
        loan(due("2024-02-28"), due("2024-02-29"), money=[paid("100", "2024-03-01")]),
        "2024-02-28",
        "2024-02-29",
    ),
    "since the first day of a year": (
        loan(due("2025-12-31"), money=[paid("100", "2025-12-31"), reversed_("100", "2025-12-31", booked="2026-01-01")]),
        "2025-12-31",
        "2025-12-31",
    ),
}


@pytest.fixture(scope="module")
def judged(engines, kit, policy):
    # Several of each, as what two versions say of one day may come in any order.
    loans = {f"{name} {copy}": one for name, (one, *_) in CASES.items() for copy in range(COPIES)}
    return [arrears_by_name(engine, kit, loans, AS_OF, policy) for engine in engines()]


@pytest.mark.parametrize("name", CASES)
def test_the_episode_began_the_day_before_its_first_day(judged, name):
    _, began_on, first_missed_on = CASES[name]
    expected = (date.fromisoformat(began_on), date.fromisoformat(first_missed_on))
    for rows in judged:
        copies = [rows[f"{name} {copy}"] for copy in range(COPIES)]
        assert [(row["episode_began_on"], row["first_missed_on"]) for row in copies] == [expected] * COPIES


def test_the_episode_has_one_date_on_every_day_of_it(polars_engine, kit, policy):
    one = loan(*monthly(3, 5), money=[paid("100", "2026-04-20"), paid("150", "2026-05-20"), paid("50", "2026-06-01")])
    days = [date(2026, 3, 11), date(2026, 4, 19), date(2026, 4, 20), date(2026, 5, 11), date(2026, 5, 31)]
    began = [arrears_by_name(polars_engine, kit, {"one": one}, day, policy)["one"]["episode_began_on"] for day in days]
    assert began == [date(2026, 3, 10)] * 5
    assert arrears_by_name(polars_engine, kit, {"one": one}, date(2026, 6, 1), policy) == {}
