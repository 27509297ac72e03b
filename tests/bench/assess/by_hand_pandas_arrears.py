"""Arrears by hand in pandas; what happened up to a month end is computed anew for every month end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tests.bench.assess.by_hand_pandas_books import AS_OF, read

MONTH_ENDS = pd.date_range(end=AS_OF, periods=24, freq="ME")
COMPONENTS = ["fee", "interest", "penalty", "principal"]
AGES = {"1_30": (1, 30), "31_60": (31, 60), "61_90": (61, 90), "91_180": (91, 180), "over_180": (181, 10**6)}


def arrears_of(folder: Path) -> pd.DataFrame:
    instalments = read(folder, "instalments").rename(columns={f"{name}_due": name for name in COMPONENTS})
    instalments["due"] = instalments[COMPONENTS].sum(axis=1)
    payments = payments_of(folder)
    schedules = read(folder, "schedules")
    missed = missed_on(AS_OF, instalments, payments, schedules)
    arrears = figures_of(missed, instalments, payments, schedules)

    # The past matters only for loans in arrears.
    instalments = instalments[instalments["loan_id"].isin(arrears["loan_id"])]
    payments = payments[payments["loan_id"].isin(arrears["loan_id"])]
    schedules = schedules[schedules["loan_id"].isin(arrears["loan_id"])]
    loans = read(folder, "loans", ["loan_id", "borrower_id", "product_code", "annual_rate", "disbursed_on"])
    arrears = arrears.merge(loans, on="loan_id")
    arrears = arrears.merge(history_of(arrears, instalments, payments, schedules), on="loan_id")
    return arrears.merge(episodes_of(instalments, payments, schedules), on="loan_id")


def payments_of(folder: Path) -> pd.DataFrame:
    payments = read(folder, "payments", ["loan_id", "payment_kind", "payment_amount", "paid_on", "booked_on"])
    is_reversal = payments["payment_kind"] == "reversal"
    payments["counts_on"] = payments["paid_on"].where(~is_reversal, payments[["paid_on", "booked_on"]].max(axis=1))
    payments["signed"] = payments["payment_amount"].where(~is_reversal, -payments["payment_amount"])
    return payments[["loan_id", "counts_on", "signed"]]


def in_force(day: pd.Timestamp, schedules: pd.DataFrame) -> pd.DataFrame:
    """The version of each loan's schedule that has another than the first on that day, and its first day."""
    known = schedules[schedules["schedule_effective_on"] <= day].sort_values("schedule_no")
    return known.drop_duplicates("loan_id", keep="last")


def of_loan(rows: pd.DataFrame, versions: pd.DataFrame, column: str) -> pd.Series:
    return versions.set_index("loan_id")[column].reindex(rows["loan_id"]).set_axis(rows.index)


def schedule_on(day: pd.Timestamp, instalments: pd.DataFrame, schedules: pd.DataFrame) -> pd.DataFrame:
    version = of_loan(instalments, in_force(day, schedules), "schedule_no")
    return instalments[instalments["schedule_no"] == version.fillna(1)]


def money_on(day: pd.Timestamp, payments: pd.DataFrame, schedules: pd.DataFrame) -> pd.Series:
    """What came in for the version in force, by loan."""
    begins = of_loan(payments, in_force(day, schedules), "schedule_effective_on")
    counting = payments[(payments["counts_on"] <= day) & ~(payments["counts_on"] < begins)]
    return counting.groupby("loan_id")["signed"].sum().clip(lower=0)


def spent_on(
    day: pd.Timestamp, instalments: pd.DataFrame, payments: pd.DataFrame, schedules: pd.DataFrame
) -> pd.DataFrame:
    """The instalments of that day with what is left for each of the loan's money."""
    due = schedule_on(day, instalments, schedules).sort_values(["loan_id", "due_on", "instalment_no"])
    money = due["loan_id"].map(money_on(day, payments, schedules)).fillna(0).astype("int64")
    until_here = due.groupby("loan_id")["due"].cumsum()
    left = (money - (until_here - due["due"])).clip(lower=0, upper=due["due"])
    return due.assign(money=money, until_here=until_here, left=left)


def missed_on(
    day: pd.Timestamp, instalments: pd.DataFrame, payments: pd.DataFrame, schedules: pd.DataFrame
) -> pd.DataFrame:
    spent = spent_on(day, instalments, payments, schedules)
    return spent[(spent["due_on"] < day) & (spent["left"] < spent["due"])]


def figures_of(
    missed: pd.DataFrame, instalments: pd.DataFrame, payments: pd.DataFrame, schedules: pd.DataFrame
) -> pd.DataFrame:
    missed = missed.copy()
    left, age = missed["left"], (AS_OF - missed["due_on"]).dt.days
    for name in COMPONENTS:
        spent = np.minimum(left, missed[name])
        missed[f"overdue_{name}"] = missed[name] - spent
        left = left - spent
    for name, (least, most) in AGES.items():
        missed[f"overdue_principal_{name}"] = missed["overdue_principal"].where(age.between(least, most), 0)
    sums = [name for name in missed.columns if name.startswith("overdue_")]
    grouped = missed.groupby("loan_id")
    arrears = grouped[sums].sum()
    arrears["first_missed_on"] = grouped["due_on"].min()
    arrears["missed_instalments"] = grouped.size()
    arrears["overdue_amount"] = arrears[[f"overdue_{name}" for name in COMPONENTS]].sum(axis=1)
    scheduled = schedule_on(AS_OF, instalments[instalments["loan_id"].isin(arrears.index)], schedules)
    arrears["balance_amount"] = scheduled.groupby("loan_id")["due"].sum() - grouped["money"].first()
    arrears["overdue_days"] = (AS_OF - arrears["first_missed_on"]).dt.days
    first = arrears["first_missed_on"].dt
    # The business date ends its month, so every day of the month of the first missed date reaches it.
    arrears["overdue_months"] = (AS_OF.year - first.year) * 12 + AS_OF.month - first.month
    arrears["E0101"] = arrears["first_missed_on"] + pd.DateOffset(months=6) < AS_OF
    return arrears.reset_index()


def history_of(
    arrears: pd.DataFrame, instalments: pd.DataFrame, payments: pd.DataFrame, schedules: pd.DataFrame
) -> pd.DataFrame:
    disbursed_on = arrears.set_index("loan_id")["disbursed_on"]
    codes, counts = [], []
    was_missed = (
        state_on(MONTH_ENDS[0] - pd.offsets.MonthEnd(), disbursed_on, instalments, payments, schedules)["count"] > 0
    )
    for day in MONTH_ENDS:
        state = state_on(day, disbursed_on, instalments, payments, schedules)
        is_missed = state["count"] > 0
        months = ((day - state["first_missed_on"]).dt.days.sub(1) // 30 + 1).clip(1, 7)
        code = np.select(
            [disbursed_on > day, is_missed, state["is_paid_off"], state["is_late"], ~state["is_due"] & ~was_missed],
            ["/", months.fillna(0).astype("int64").astype(str), "C", "M", "*"],
            "N",
        )
        codes.append(pd.Series(code, index=disbursed_on.index))
        counts.append(state["count"])
        was_missed = is_missed
    history = codes[0].str.cat(codes[1:])
    stripped = history.str.rstrip("1234567").str.len()
    return pd.DataFrame(
        {
            "repayment_history": history,
            "repayment_status_code": history.str[-1],
            "consecutive_missed_periods": len(MONTH_ENDS) - stripped,
            "highest_missed_periods": pd.concat(counts, axis=1).max(axis=1),
        }
    ).reset_index()


def state_on(
    day: pd.Timestamp,
    disbursed_on: pd.Series,
    instalments: pd.DataFrame,
    payments: pd.DataFrame,
    schedules: pd.DataFrame,
) -> pd.DataFrame:
    """How each loan stood at the end of a month."""
    spent = spent_on(day, instalments, payments, schedules)
    missed = spent[(spent["due_on"] < day) & (spent["left"] < spent["due"])].groupby("loan_id")
    state = pd.DataFrame(index=disbursed_on.index)
    state["count"] = missed.size().reindex(state.index).fillna(0).astype("int64")
    state["first_missed_on"] = missed["due_on"].min().reindex(state.index)
    by_loan = spent.groupby("loan_id")
    state["is_paid_off"] = by_loan["money"].first() >= by_loan["due"].sum()
    month = spent[(spent["due_on"] > day - pd.offsets.MonthEnd()) & (spent["due_on"] <= day)]
    state["is_due"] = state.index.isin(month["loan_id"])
    month = month[month["due_on"] < day]
    state["is_late"] = state.index.isin(late_of(day, month, payments, schedules))
    return state


def late_of(day: pd.Timestamp, month: pd.DataFrame, payments: pd.DataFrame, schedules: pd.DataFrame) -> pd.Series:
    """Loans with an instalment of the month that was not covered at the end of its due date."""
    begins = of_loan(month, in_force(day, schedules), "schedule_effective_on")
    tested = month.assign(begins=begins, tested_on=month["due_on"].where(~(begins > month["due_on"]), begins))
    paid = payments[payments["loan_id"].isin(month["loan_id"])]
    paired = tested[["loan_id", "instalment_no", "begins", "tested_on", "until_here"]].merge(
        paid, on="loan_id", how="left"
    )
    counts = (paired["counts_on"] <= paired["tested_on"]) & ~(paired["counts_on"] < paired["begins"])
    paired["signed"] = paired["signed"].where(counts, 0).fillna(0)
    known = paired.groupby(["loan_id", "instalment_no"]).agg(
        money=("signed", "sum"), until_here=("until_here", "first")
    )
    return known[known["money"].clip(lower=0) < known["until_here"]].index.get_level_values("loan_id")


def episodes_of(instalments: pd.DataFrame, payments: pd.DataFrame, schedules: pd.DataFrame) -> pd.DataFrame:
    """The last day without arrears: every day on which something changes is looked at."""
    spans = spans_of(instalments["loan_id"].drop_duplicates(), schedules)
    due = instalments.merge(spans, on=["loan_id", "schedule_no"])
    due["day"] = (due["due_on"] + pd.Timedelta(days=1)).where(due["due_on"] >= due["from_on"], due["from_on"])
    due = due[due["day"] <= due["until_on"]]
    paid = payments.merge(spans, on="loan_id")
    paid = paid[paid["counts_on"].between(paid["from_on"], paid["until_on"])]
    events = pd.concat(
        [
            spans.assign(day=spans["from_on"], due=0, paid=0),
            due.assign(paid=0),
            paid.assign(due=0).rename(columns={"counts_on": "day", "signed": "paid"}),
        ]
    )[["loan_id", "schedule_no", "day", "due", "paid"]]
    days = events.groupby(["loan_id", "schedule_no", "day"])[["due", "paid"]].sum().reset_index()
    days = days.sort_values(["loan_id", "day"])
    sums = days.groupby(["loan_id", "schedule_no"])[["due", "paid"]].cumsum()
    days["is_clear"] = sums["due"] <= sums["paid"].clip(lower=0)
    days["next_on"] = days.groupby("loan_id")["day"].shift(-1)
    last = days[days["is_clear"]].groupby("loan_id")["next_on"].last()
    return (last - pd.Timedelta(days=1)).rename("episode_began_on").reset_index()


def spans_of(loan_ids: pd.Series, schedules: pd.DataFrame) -> pd.DataFrame:
    """The days on which each version is in force."""
    first = pd.DataFrame({"loan_id": loan_ids, "schedule_no": 1, "from_on": pd.Timestamp("1900-01-01")})
    later = schedules[schedules["schedule_effective_on"] <= AS_OF].rename(columns={"schedule_effective_on": "from_on"})
    spans = pd.concat([first, later]).sort_values(["loan_id", "from_on", "schedule_no"])
    spans = spans[spans["schedule_no"] >= spans.groupby("loan_id")["schedule_no"].cummax()]
    until = spans.groupby("loan_id")["from_on"].shift(-1) - pd.Timedelta(days=1)
    spans["until_on"] = until.fillna(AS_OF)
    return spans[spans["until_on"] >= spans["from_on"]]
