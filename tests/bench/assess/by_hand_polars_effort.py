"""Collection effort by hand in Polars: contacts sorted by loan and time, each fault one column."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from tests.bench.assess.by_hand_language import contacts_at_fault

CHANNELS = ("call", "robot_call", "sms", "wechat", "visit", "letter", "email")
QUIET = ("call", "robot_call", "sms", "wechat", "visit", "email")


def effort_of(books, arrears: pl.DataFrame, known) -> pl.DataFrame:
    contacts = contacts_of(books, arrears)
    faults = contacts.with_columns(
        over_frequency(contacts).alias("over_frequency"),
        *stopped(books, contacts),
        unregistered(books, contacts).alias("unregistered"),
        unrecorded(books, contacts).alias("unrecorded"),
        pl.col("contact_id").is_in(rude(contacts, known).implode()).alias("language"),
    )
    channel, outcome = pl.col("channel_code"), pl.col("contact_outcome_code")
    reached = (pl.col("counterparty_code") == "borrower") & outcome.is_in(["promised", "refused", "talked"])
    unlawful = pl.any_horizontal("quiet_hour", "over_frequency", "stopped", "represented", "language")
    third = pl.col("counterparty_code") == "third_party"
    rows = faults.lazy().with_columns(
        third.alias("third_party"), reached.alias("reached"), (~unlawful & ~third).alias("attempt")
    )
    rows = rows.with_columns((pl.col("attempt") & outcome.is_in(["power_off", "number_void", "moved"])).alias("sign"))
    attempt = pl.col("attempt")
    sums = (
        rows.group_by("loan")
        .agg(
            attempt.sum().alias("attempts"),
            pl.col("local_on").filter(attempt).n_unique().alias("attempt_days"),
            *((attempt & (channel == name)).sum().alias(f"{name}_attempts") for name in CHANNELS),
            channel.filter("sign").n_unique().alias("sign_channels"),
            (attempt & pl.col("reached")).sum().alias("right_party_contacts"),
            pl.col("reached").sum(),
            pl.col("sign").sum().alias("unreachable_signs"),
            pl.col("quiet_hour").sum().alias("quiet_hour_contacts"),
            pl.col("third_party").sum().alias("third_party_contacts"),
            pl.col("over_frequency").sum().alias("over_frequency_contacts"),
            pl.col("stopped").sum().alias("stopped_contacts"),
            pl.col("represented").sum().alias("represented_contacts"),
            pl.col("unregistered").sum().alias("unregistered_contacts"),
            pl.col("unrecorded").sum().alias("unrecorded_contacts"),
            pl.col("language").sum().alias("language_breaches"),
            pl.col("contacted_at").filter(attempt).max().alias("last_contacted_at"),
        )
        .with_columns(
            pl.sum_horizontal((pl.col(f"{name}_attempts") > 0).cast(pl.Int64) for name in CHANNELS).alias(
                "channels_used"
            ),
            ((pl.col("reached") == 0) & (pl.col("unreachable_signs") >= 3) & (pl.col("sign_channels") >= 2)).alias(
                "is_lost_contact"
            ),
        )
        .drop("reached", "sign_channels")
    )
    return sums.collect()


def contacts_of(books, arrears: pl.DataFrame) -> pl.DataFrame:
    """Contacts that count, by loan and time."""
    known = arrears.lazy().select("loan", "loan_id", "borrower_id", "first_missed_on")
    local = pl.col("contacted_at").dt.replace_time_zone(None).dt.offset_by("8h")
    first, last = datetime(2024, 6, 29, 16, tzinfo=UTC), datetime(2026, 6, 30, 16, tzinfo=UTC)
    at = pl.col("contacted_at")
    hour = pl.col("local").dt.hour()
    return (
        books["contacts"]
        .filter(at >= first, at < last)
        .join(known, on="loan_id")
        .with_columns(local.alias("local"))
        .with_columns(pl.col("local").dt.date().alias("local_on"))
        .filter(pl.col("local_on") >= pl.col("first_missed_on"))
        .with_columns(
            (((hour >= 22) | (hour < 8)) & pl.col("channel_code").is_in(QUIET)).alias("quiet_hour"),
        )
        .select(
            *("loan", "loan_id", "borrower_id", "contact_id", "contacted_at", "local_on", "quiet_hour", "channel_code"),
            *("counterparty_code", "contact_outcome_code", "staff_id", "evidence_id", "transcript"),
        )
        .collect(engine="streaming")
        .sort("loan", "contacted_at", "contact_id")
    )


def rude(contacts: pl.DataFrame, known) -> pl.Series:
    spoken = contacts.select("contact_id", "loan_id", "contacted_at", "transcript").filter(
        pl.col("transcript").is_not_null()
    )
    return contacts_at_fault(spoken, known)


def over_frequency(contacts: pl.DataFrame) -> pl.Series:
    """In the order of time, a contact is one too many when the one so many before it is of the same loan and day."""
    over = []
    for channels, most in ((("call", "robot_call"), 3), (("visit",), 1)):
        places = contacts.select(pl.col("channel_code").is_in(channels).arg_true()).to_series()
        limited = contacts.select("loan", "local_on")[places]
        same = (pl.col("loan") == pl.col("loan").shift(most)) & (pl.col("local_on") == pl.col("local_on").shift(most))
        over.append(places.filter(limited.select(same.fill_null(False)).to_series()))
    return flagged(contacts.height, pl.concat(over))


def flagged(height: int, places: pl.Series) -> pl.Series:
    return pl.Series("flag", [False]).new_from_index(0, height).scatter(places, True)


def stopped(books, contacts: pl.DataFrame) -> list[pl.Series]:
    numbered = contacts.select("borrower_id", "contacted_at", "channel_code").with_row_index("place")
    at = pl.col("contacted_at")
    held = (
        books["stops"]
        .join(numbered.lazy().filter(pl.col("channel_code").is_in(QUIET)), on="borrower_id")
        .filter(pl.col("stopped_at") <= at, (pl.col("lifted_at") > at) | pl.col("lifted_at").is_null())
        .select("place", "stop_kind_code")
        .unique()
        .collect()
    )
    return [
        flagged(contacts.height, held.filter(pl.col("stop_kind_code") == kind)["place"]).alias(name)
        for name, kind in (("stopped", "do_not_contact"), ("represented", "lawyer"))
    ]


def unregistered(books, contacts: pl.DataFrame) -> pl.Series:
    asked = contacts.select("staff_id", "local_on", "channel_code").join(
        books["staff"].collect(), on="staff_id", how="left", maintain_order="left"
    )
    day = pl.col("local_on")
    covers = (pl.col("registered_from_on") <= day) & (pl.col("registered_until_on") >= day).fill_null(True)
    is_staffed = pl.col("channel_code").is_in(["call", "visit"])
    return asked.select(is_staffed & ~covers.fill_null(False)).to_series()


def unrecorded(books, contacts: pl.DataFrame) -> pl.Series:
    is_due = pl.col("channel_code").is_in(["call", "robot_call"]) & (pl.col("counterparty_code") != "nobody")
    recordings = (
        books["evidence"]
        .filter(pl.col("evidence_kind") == "recording")
        .select("evidence_id", pl.col("loan_id").alias("of"))
        .collect()
    )
    asked = contacts.select("loan_id", "evidence_id", is_due.alias("is_due"))
    known = asked.join(recordings, on="evidence_id", how="left", maintain_order="left")
    return known.select(pl.col("is_due") & (pl.col("of") == pl.col("loan_id")).fill_null(False).not_()).to_series()
