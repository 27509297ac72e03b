"""What of the story is known at a date: one frame a dataset, with names and codes of the contract.

Cells that are text in the export already have the lender's habits: blanks around names, `+86` before telephones, a
lower-case x in identity numbers, thousands separators, currency signs and full-width digits in amounts.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from sandbox.lender.book import PRODUCTS
from sandbox.lender.collection import CHANNELS, COUNTERPARTIES, OUTCOMES
from sandbox.lender.conduct import KINDS as PAYMENT_KINDS
from sandbox.lender.days import NEVER, Ints
from sandbox.lender.events import AGREEMENT_STATUSES, DISPUTE_OUTCOMES, PROTECTIONS
from sandbox.lender.evidence import KINDS as EVIDENCE_KINDS
from sandbox.lender.parties import LIABILITIES
from sandbox.lender.people import mobiles
from sandbox.lender.stops import STOPS
from sandbox.lender.story import MAILBOXES, Story, keys

_SECONDS_A_DAY = 86_400
_COURTS = ("云陌市人民法院", "青岫区人民法院", "白榆县人民法院", "远汀市中级人民法院")
_WIDE = {**{str(digit): chr(ord("０") + digit) for digit in range(10)}, ",": "，", ".": "．"}


def frames(story: Story, as_of: int) -> dict[str, pl.DataFrame]:
    """All source datasets as they stand at a day."""
    return {
        "borrowers": _borrowers(story, as_of),
        "loans": _loans(story),
        "instalments": _instalments(story, as_of),
        "payments": _payments(story, as_of),
        "evidence": _evidence(story, as_of),
        "contacts": _contacts(story, as_of),
        "judgments": _judgments(story, as_of),
        "disputes": _disputes(story, as_of),
        "agreements": _agreements(story, as_of),
        "liabilities": _liabilities(story),
        "schedules": _schedules(story),
        "staff": _staff(story, as_of),
        "stops": _stops(story, as_of),
    }


def _borrowers(story: Story, as_of: int) -> pl.DataFrame:
    own = np.flatnonzero(story.book.borrower == np.arange(story.book.loans))
    numbers = own + story.book.first_number
    frame = pl.DataFrame(
        {
            "borrower_id": keys("B", numbers),
            "is_enterprise": story.book.is_enterprise[own],
            "name": story.names[own],
            "id_number": story.id_numbers[own],
            "mobile": mobiles(numbers),
            "mailbox": _coded(MAILBOXES, story.mailbox[own]),
            "protection_code": _coded(PROTECTIONS, story.protections.at(as_of)[own]),
        }
    ).with_row_index("row")
    row, mobile, identity = pl.col("row"), pl.col("mobile"), pl.col("id_number")
    spaced = mobile.str.slice(0, 3) + " " + mobile.str.slice(3, 4) + " " + mobile.str.slice(7)
    mailbox = "user" + pl.col("borrower_id").str.slice(1)
    is_enterprise = pl.col("is_enterprise")
    return frame.select(
        "borrower_id",
        borrower_kind=pl.when(is_enterprise).then(pl.lit("enterprise")).otherwise(pl.lit("person")),
        name=pl.when(row % 41 == 3)
        .then(pl.col("name") + "  ")
        .when(row % 53 == 7)
        .then("　" + pl.col("name"))
        .otherwise("name"),
        id_type=pl.when(is_enterprise).then(pl.lit("uscc")).otherwise(pl.lit("resident_id")),
        id_number=pl.when(~is_enterprise & (row % 3 == 0))
        .then(identity.str.to_lowercase())
        .when(row % 67 == 5)
        .then(identity + " ")
        .otherwise(identity),
        mobile=pl.when(row % 7 == 2).then("+86 " + mobile).when(row % 11 == 4).then(spaced).otherwise(mobile),
        email=pl.when(pl.col("mailbox") == "none")
        .then(pl.lit(""))
        .when(pl.col("mailbox") == "bouncing")
        .then(mailbox + "@bounce.example")
        .otherwise(mailbox + "@mail.example"),
        protection_code="protection_code",
    )


def _loans(story: Story) -> pl.DataFrame:
    book = story.book
    numbers = np.arange(book.loans, dtype=np.int64) + book.first_number
    frame = pl.DataFrame(
        {
            "loan_id": keys("L", numbers),
            "borrower_id": keys("B", book.borrower + book.first_number),
            "product_code": _coded(PRODUCTS, book.product),
            "yuan": book.principal // 100,
            "rate": book.rate // 100,
            "disbursed_on": _dates(book.disbursed),
            "matures_on": _dates(book.matures),
        }
    ).with_row_index("row")
    yuan, row = pl.col("yuan"), pl.col("row")
    groups = [(yuan // 1_000_000).cast(pl.String), *((yuan // size % 1_000).cast(pl.String) for size in (1_000, 1))]
    small = groups[1] + "," + groups[2].str.zfill(3)
    large = groups[0] + "," + groups[1].str.zfill(3) + "," + groups[2].str.zfill(3)
    grouped = pl.when(yuan >= 1_000_000).then(large).when(yuan >= 1_000).then(small).otherwise(groups[2]) + ".00"
    return frame.select(
        "loan_id",
        "borrower_id",
        "product_code",
        principal_amount=pl.when(row % 5 == 1)
        .then("¥" + grouped)
        .when(row % 37 == 8)
        .then(grouped.str.replace_many(_WIDE))
        .when(row % 3 == 0)
        .then(yuan.cast(pl.String))
        .otherwise(grouped),
        annual_rate="0." + pl.col("rate").cast(pl.String).str.zfill(4),
        disbursed_on="disbursed_on",
        matures_on="matures_on",
    )


def _instalments(story: Story, as_of: int) -> pl.DataFrame:
    book, left = story.book, story.restructuring
    loan = np.concatenate([book.loan, left.left_loan])
    schedule = np.concatenate([book.schedule, np.ones(len(left.left_loan), dtype=np.int64)])
    number = np.concatenate([book.number, left.left_number])
    nothing = np.zeros(len(left.left_loan), dtype=np.int64)
    order = np.lexsort((number, schedule, loan))
    loan_ids = keys("L", np.arange(book.loans, dtype=np.int64) + book.first_number)

    def money(in_force: Ints, left_over: Ints) -> pl.Series:
        return _money(np.concatenate([in_force, left_over])[order])

    return pl.DataFrame(
        {
            "loan_id": loan_ids[loan[order]],
            "schedule_no": pl.Series(schedule[order]).cast(pl.Int32),
            "instalment_no": pl.Series(number[order]).cast(pl.Int32),
            "due_on": _dates(np.concatenate([book.due, left.left_due])[order]),
            "principal_due": money(book.principal_due, left.left_principal),
            "interest_due": money(book.interest_due, left.left_interest),
            "fee_due": money(book.fee_due, left.left_fee),
            "penalty_due": money(book.penalty(as_of), nothing),
        }
    )


def _payments(story: Story, as_of: int) -> pl.DataFrame:
    known = story.payments.booked <= as_of
    numbers = story.payments.loan[known] + story.book.first_number
    return pl.DataFrame(
        {
            "payment_id": keys("P", numbers, story.payments.serial[known]),
            "loan_id": keys("L", numbers),
            "payment_kind": _coded(PAYMENT_KINDS, story.payments.kind[known]),
            "payment_amount": _money(story.payments.amount[known]),
            "paid_on": _dates(story.payments.paid[known]),
            "booked_on": _dates(story.payments.booked[known]),
        }
    )


def _evidence(story: Story, as_of: int) -> pl.DataFrame:
    known = np.flatnonzero(story.evidence.obtained <= as_of)
    numbers = story.evidence.loan[known] + story.book.first_number
    files = story.files[known]
    return pl.DataFrame(
        {
            "evidence_id": keys("E", numbers, story.evidence.serial[known]),
            "loan_id": keys("L", numbers),
            "evidence_kind": _coded(EVIDENCE_KINDS, story.evidence.kind[known]),
            "file_path": files["file_path"],
            "file_bytes": files["file_bytes"].cast(pl.String),
            "file_sha256": files["file_sha256"],
            "obtained_on": _dates(story.evidence.obtained[known]),
        }
    )


def _contacts(story: Story, as_of: int) -> pl.DataFrame:
    known = np.flatnonzero(story.contacts.day <= as_of)
    contacts = story.contacts.at(known)
    numbers = contacts.loan + story.book.first_number
    evidence = story.evidence.of_contact[known]
    return pl.DataFrame(
        {
            "contact_id": keys("C", numbers, contacts.serial),
            "loan_id": keys("L", numbers),
            "contacted_at": _instants(contacts.day * _SECONDS_A_DAY + contacts.second),
            "channel_code": _coded(CHANNELS, contacts.channel),
            "counterparty_code": _coded(COUNTERPARTIES, contacts.counterparty),
            "contact_outcome_code": _coded(OUTCOMES, contacts.outcome),
            "staff_id": _filled(_staff_ids(contacts.staff), contacts.staff > 0, "—"),
            "evidence_id": _filled(keys("E", numbers, evidence), evidence > 0, ""),
            "transcript": story.texts[known],
        }
    )


def _judgments(story: Story, as_of: int) -> pl.DataFrame:
    known = np.flatnonzero(story.judgments.entered <= as_of)
    loan = story.judgments.loan[known]
    numbers = loan + story.book.first_number
    docket = "（2025）虚99民初" + pl.Series(numbers).cast(pl.String) + "号"
    return pl.DataFrame(
        {
            "judgment_id": keys("J", numbers),
            "loan_id": keys("L", numbers),
            "court_name": _coded(_COURTS, loan % len(_COURTS)),
            "judgment_number": docket,
            "effective_on": _dates(story.judgments.effective[known]),
            "evidence_id": keys("E", numbers, np.full(len(known), 4, dtype=np.int64)),
        }
    )


def _disputes(story: Story, as_of: int) -> pl.DataFrame:
    known = np.flatnonzero(story.disputes.opened <= as_of)
    numbers = story.disputes.loan[known] + story.book.first_number
    is_answered = story.disputes.answered[known] <= as_of
    return pl.DataFrame(
        {
            "dispute_id": keys("D", numbers),
            "loan_id": keys("L", numbers),
            "opened_on": _dates(story.disputes.opened[known]),
            "answered_on": _dates(np.where(is_answered, story.disputes.answered[known], NEVER)),
            "dispute_outcome_code": _coded(DISPUTE_OUTCOMES, np.where(is_answered, story.disputes.outcome[known], 0)),
        }
    )


def _agreements(story: Story, as_of: int) -> pl.DataFrame:
    known = np.flatnonzero(story.agreements.agreed <= as_of)
    numbers = story.agreements.loan[known] + story.book.first_number
    return pl.DataFrame(
        {
            "agreement_id": keys("A", numbers),
            "loan_id": keys("L", numbers),
            "agreed_on": _dates(story.agreements.agreed[known]),
            "agreement_status_code": _coded(AGREEMENT_STATUSES, story.agreements.status[known]),
        }
    )


def _liabilities(story: Story) -> pl.DataFrame:
    parties, first = story.parties, story.book.first_number
    yuan = pl.Series(parties.amount // 100).cast(pl.String) + ".00"
    return pl.DataFrame(
        {
            "loan_id": keys("L", parties.loan + first),
            "borrower_id": keys("B", parties.party + first),
            "liability_code": _coded(LIABILITIES, parties.kind),
            "liable_amount": _filled(yuan, parties.amount >= 0, ""),
        }
    )


def _schedules(story: Story) -> pl.DataFrame:
    restructuring = story.restructuring
    return pl.DataFrame(
        {
            "loan_id": keys("L", restructuring.loan + story.book.first_number),
            "schedule_no": pl.Series(np.full(len(restructuring.loan), 2)).cast(pl.String),
            "schedule_effective_on": _dates(restructuring.effective),
        }
    )


def _staff(story: Story, as_of: int) -> pl.DataFrame:
    """The register, once for all blocks; ends that are still to come are not entered yet."""
    register = story.register
    known = np.arange(len(register.number)) if story.book.first_number == 1 else np.zeros(0, dtype=np.int64)
    ends = np.where(register.ends <= as_of, register.ends, NEVER)[known]
    return pl.DataFrame(
        {
            "staff_id": _staff_ids(register.number[known]),
            "registered_from_on": _dates(register.begins[known]),
            "registered_until_on": _dates(ends),
        }
    )


def _stops(story: Story, as_of: int) -> pl.DataFrame:
    stops, first = story.stops, story.book.first_number
    lifted = np.where(stops.lifted < (as_of + 1) * _SECONDS_A_DAY, stops.lifted, NEVER)
    return pl.DataFrame(
        {
            "stop_id": keys("T", stops.loan + first),
            "borrower_id": keys("B", stops.loan + first),
            "stop_kind_code": _coded(STOPS, stops.kind),
            "stopped_at": _instants(stops.stopped),
            "lifted_at": _instants(lifted),
        }
    )


def _staff_ids(numbers: Ints) -> pl.Series:
    return "S" + pl.Series(numbers).cast(pl.String).str.zfill(4)


def _instants(seconds: Ints) -> pl.Series:
    """Instants of the lender's clock; those that never come are null."""
    is_known = seconds < NEVER
    instants = pl.Series(np.where(is_known, seconds, 0) * 1_000_000).cast(pl.Datetime("us"))
    return instants.zip_with(pl.Series(is_known), pl.Series([None], dtype=pl.Datetime("us")))


def _coded(codes: tuple[str, ...], index: Ints) -> pl.Series:
    return pl.Series(codes, dtype=pl.String)[index]


def _filled(texts: pl.Series, is_known: np.ndarray, empty: str) -> pl.Series:
    return texts.zip_with(pl.Series(is_known), pl.Series([empty]))


def _dates(days: Ints) -> pl.Series:
    """Dates; days that never come are null."""
    is_known = days < NEVER
    dates = pl.Series(np.where(is_known, days, 0)).cast(pl.Int32).cast(pl.Date)
    return dates.zip_with(pl.Series(is_known), pl.Series([None], dtype=pl.Date))


def _money(cents: Ints) -> pl.Series:
    """Yuan as decimal(18, 2) from cents, without a detour over floats."""
    whole = pa.array(cents).cast(pa.decimal128(19, 0)).cast(pa.decimal128(18, 0))
    return pl.Series(pl.from_arrow(whole.view(pa.decimal128(18, 2))))
