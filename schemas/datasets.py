"""The datasets: thirteen that the lender gives, and those that Arrears derives for every business date."""

from __future__ import annotations

from schemas.codes import CHANNEL
from schemas.dataset import Dataset, Reference
from schemas.field import Field, FieldType, Sensitivity

BORROWERS = Dataset(
    "borrowers",
    2,
    "persons and enterprises that owe",
    ("borrower_id", "borrower_kind", "name", "id_type", "id_number", "mobile", "email", "protection_code"),
    ("borrower_id",),
    optional=frozenset({"mobile", "email"}),
)
LOANS = Dataset(
    "loans",
    1,
    "accounts, one row a loan",
    ("loan_id", "borrower_id", "product_code", "principal_amount", "annual_rate", "disbursed_on", "matures_on"),
    ("loan_id",),
    references=(Reference("borrower_id", "borrowers"),),
)
SCHEDULES = Dataset(
    "schedules",
    1,
    "versions of a schedule after the first, one row a restructuring",
    ("loan_id", "schedule_no", "schedule_effective_on"),
    ("loan_id", "schedule_no"),
    references=(Reference("loan_id", "loans"),),
)
INSTALMENTS = Dataset(
    "instalments",
    2,
    "what falls due, one row an instalment of one version of the schedule",
    ("loan_id", "schedule_no", "instalment_no", "due_on", "principal_due", "interest_due", "fee_due", "penalty_due"),
    ("loan_id", "schedule_no", "instalment_no"),
    references=(Reference("loan_id", "loans"),),
)
PAYMENTS = Dataset(
    "payments",
    1,
    "what came in, one row a payment or reversal",
    ("payment_id", "loan_id", "payment_kind", "payment_amount", "paid_on", "booked_on"),
    ("payment_id",),
    references=(Reference("loan_id", "loans"),),
)
EVIDENCE = Dataset(
    "evidence",
    1,
    "documents and recordings with their size and SHA-256",
    ("evidence_id", "loan_id", "evidence_kind", "file_path", "file_bytes", "file_sha256", "obtained_on"),
    ("evidence_id",),
    references=(Reference("loan_id", "loans"),),
)
CONTACTS = Dataset(
    "contacts",
    1,
    "collection attempts",
    (
        "contact_id",
        "loan_id",
        "contacted_at",
        "channel_code",
        "counterparty_code",
        "contact_outcome_code",
        "staff_id",
        "evidence_id",
        "transcript",
    ),
    ("contact_id",),
    optional=frozenset({"staff_id", "evidence_id", "transcript"}),
    references=(Reference("loan_id", "loans"), Reference("evidence_id", "evidence")),
)
STAFF = Dataset(
    "staff",
    1,
    "collectors and when they were registered",
    ("staff_id", "registered_from_on", "registered_until_on"),
    ("staff_id",),
    optional=frozenset({"registered_until_on"}),
)
STOPS = Dataset(
    "stops",
    1,
    "requests not to be contacted and notices of lawyers",
    ("stop_id", "borrower_id", "stop_kind_code", "stopped_at", "lifted_at"),
    ("stop_id",),
    optional=frozenset({"lifted_at"}),
    references=(Reference("borrower_id", "borrowers"),),
)
LIABILITIES = Dataset(
    "liabilities",
    1,
    "co-borrowers and guarantors, one row a party and loan",
    ("loan_id", "borrower_id", "liability_code", "liable_amount"),
    ("loan_id", "borrower_id"),
    optional=frozenset({"liable_amount"}),
    references=(Reference("loan_id", "loans"), Reference("borrower_id", "borrowers")),
)
JUDGMENTS = Dataset(
    "judgments",
    1,
    "court judgments on loans",
    ("judgment_id", "loan_id", "court_name", "judgment_number", "effective_on", "evidence_id"),
    ("judgment_id",),
    optional=frozenset({"evidence_id"}),
    references=(Reference("loan_id", "loans"), Reference("evidence_id", "evidence")),
)
DISPUTES = Dataset(
    "disputes",
    1,
    "loans that the borrower contests",
    ("dispute_id", "loan_id", "opened_on", "answered_on", "dispute_outcome_code"),
    ("dispute_id",),
    optional=frozenset({"answered_on"}),
    references=(Reference("loan_id", "loans"),),
)
AGREEMENTS = Dataset(
    "agreements",
    1,
    "repayment agreements",
    ("agreement_id", "loan_id", "agreed_on", "agreement_status_code"),
    ("agreement_id",),
    references=(Reference("loan_id", "loans"),),
)
QUARANTINE = Dataset(
    "quarantine",
    2,
    "rows of the extracts that were kept out of the snapshots, one row a broken rule",
    (
        "dataset_name",
        "source_file",
        "source_row",
        "row_key",
        "loan_id",
        "borrower_id",
        "rule_id",
        "field_name",
        "masked_value",
    ),
    ("dataset_name", "source_file", "source_row", "rule_id"),
    optional=frozenset({"loan_id", "borrower_id", "masked_value"}),
)

REPORTED = Dataset(
    "reported",
    1,
    "episodes that a bureau has been told of and has not refused",
    ("loan_id", "episode_began_on", "reported_on"),
    ("loan_id", "episode_began_on"),
)
ARREARS = Dataset(
    "arrears",
    2,
    "every loan with an instalment that fell due before as_of and is not fully paid at as_of",
    (
        "loan_id",
        "borrower_id",
        "as_of",
        "episode_began_on",
        "first_missed_on",
        "overdue_days",
        "overdue_months",
        "missed_instalments",
        "consecutive_missed_periods",
        "highest_missed_periods",
        "overdue_amount",
        "overdue_principal",
        "overdue_interest",
        "overdue_fee",
        "overdue_penalty",
        "overdue_principal_1_30",
        "overdue_principal_31_60",
        "overdue_principal_61_90",
        "overdue_principal_91_180",
        "overdue_principal_over_180",
        "balance_amount",
        "repayment_status_code",
        "repayment_history",
    ),
    ("loan_id",),
)
EFFORT = Dataset(
    "effort",
    2,
    "what all contacts of a loan in arrears add up to since its first missed date",
    (
        "loan_id",
        "attempts",
        "attempt_days",
        "channels_used",
        *(f"{channel}_attempts" for channel in CHANNEL),
        "right_party_contacts",
        "unreachable_signs",
        "is_lost_contact",
        "quiet_hour_contacts",
        "third_party_contacts",
        "over_frequency_contacts",
        "stopped_contacts",
        "represented_contacts",
        "unregistered_contacts",
        "unrecorded_contacts",
        "language_breaches",
        "last_contacted_at",
    ),
    ("loan_id",),
    optional=frozenset({"last_contacted_at"}),
)
CONDUCT_FINDINGS = Dataset(
    "conduct_findings",
    1,
    "each contact that breaks a rule of conduct, one row a contact and rule",
    ("contact_id", "rule_id", "loan_id", "contacted_at", "channel_code"),
    ("contact_id", "rule_id"),
)
LANGUAGE_FINDINGS = Dataset(
    "language_findings",
    1,
    "each place in a transcript where a lexicon finds forbidden language",
    (
        "contact_id",
        "turn_no",
        "offset_characters",
        "language_code",
        "phrase",
        "speaker_code",
        "loan_id",
        "contacted_at",
    ),
    ("contact_id", "turn_no", "offset_characters", "language_code", "phrase"),
)
EVIDENCE_FINDINGS = Dataset(
    "evidence_findings",
    1,
    "what the look at each evidence file found",
    ("evidence_id", "loan_id", "evidence_kind", "finding_code"),
    ("evidence_id",),
)
FROZEN = Dataset(
    "frozen",
    1,
    "the records of a batch as they are committed to: figures and leaf hashes, no identity",
    (
        "case_id",
        "loan_id",
        "borrower_kind",
        "has_judgment",
        "overdue_days",
        "overdue_amount",
        "balance_amount",
        "serial_no",
        "salt_hex",
        "leaf_hex",
    ),
    ("case_id",),
    own_fields=(
        Field(
            "serial_no", FieldType.INTEGER, "number of the record within the batch, from 1", Sensitivity.KEY, minimum=1
        ),
        Field("salt_hex", FieldType.TEXT, "random salt of the leaf, 16 bytes in hexadecimal", Sensitivity.KEY),
        Field("leaf_hex", FieldType.TEXT, "SHA-256 over 0x00, salt and the record's line", Sensitivity.KEY),
    ),
)

SOURCES: tuple[Dataset, ...] = (
    BORROWERS,
    LOANS,
    LIABILITIES,
    SCHEDULES,
    INSTALMENTS,
    PAYMENTS,
    EVIDENCE,
    CONTACTS,
    STAFF,
    STOPS,
    JUDGMENTS,
    DISPUTES,
    AGREEMENTS,
)
DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        *SOURCES,
        QUARANTINE,
        REPORTED,
        ARREARS,
        EFFORT,
        CONDUCT_FINDINGS,
        LANGUAGE_FINDINGS,
        EVIDENCE_FINDINGS,
        FROZEN,
    )
}
