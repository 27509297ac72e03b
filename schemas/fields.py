"""Every field, once. Datasets name fields from here; nobody describes one again."""

from __future__ import annotations

from schemas import codes
from schemas.field import Field, FieldType, Sensitivity

TEXT, INTEGER, MONEY, RATE = FieldType.TEXT, FieldType.INTEGER, FieldType.MONEY, FieldType.RATE
DATE, INSTANT, TRUTH = FieldType.DATE, FieldType.INSTANT, FieldType.TRUTH
KEY, IDENTITY = Sensitivity.KEY, Sensitivity.IDENTITY

_KEY_PATTERN = r"[A-Za-z0-9_-]{1,60}"
_NOT_BEFORE = "1990-01-01"


def _key(name: str, description: str) -> Field:
    return Field(name, TEXT, description, KEY, pattern=_KEY_PATTERN)


def _day(name: str, description: str) -> Field:
    return Field(name, DATE, description, not_before=_NOT_BEFORE)


def _amount(name: str, description: str) -> Field:
    return Field(name, MONEY, description, minimum=0)


def _count(name: str, description: str) -> Field:
    return Field(name, INTEGER, description, minimum=0)


_ALL = (
    # keys
    _key("borrower_id", "the lender's key of the borrower"),
    _key("loan_id", "the lender's key of the loan"),
    _key("payment_id", "the lender's key of the payment"),
    _key("contact_id", "the lender's key of the contact"),
    _key("evidence_id", "the lender's key of the piece of evidence"),
    _key("judgment_id", "the lender's key of the judgment"),
    _key("dispute_id", "the lender's key of the dispute"),
    _key("agreement_id", "the lender's key of the repayment agreement"),
    _key("staff_id", "the registered number of the collector, empty for machines"),
    _key("stop_id", "the lender's key of the request to stop contacts"),
    # borrowers
    Field("borrower_kind", TEXT, "whether the borrower is a person or an enterprise", codes=codes.BORROWER_KIND),
    Field("name", TEXT, "name of the person or enterprise as on the identity document", IDENTITY, pattern=r".{2,100}"),
    Field("id_type", TEXT, "kind of identity document", codes=codes.ID_TYPE),
    Field("id_number", TEXT, "number of the identity document, upper case", IDENTITY, pattern=r"[0-9A-Z]{9,18}"),
    Field("mobile", TEXT, "mobile telephone, eleven digits", IDENTITY, pattern=r"1[3-9][0-9]{9}"),
    Field("email", TEXT, "e-mail address agreed for notices", IDENTITY, pattern=r"[!-?A-~]{1,64}@[!-?A-~]{1,190}"),
    Field("protection_code", TEXT, "circumstance under which a borrower is never reported", codes=codes.PROTECTION),
    # loans
    Field("product_code", TEXT, "kind of loan", codes=codes.PRODUCT),
    _amount("principal_amount", "principal that was paid out"),
    Field("annual_rate", RATE, "all-in annual rate agreed at origination, 0.24 for 24 %", minimum=0),
    _day("disbursed_on", "day on which the loan was paid out"),
    _day("matures_on", "day of the last instalment"),
    # schedules
    Field("schedule_no", INTEGER, "version of the loan's schedule, 1 as agreed at origination", minimum=1),
    _day("schedule_effective_on", "first day on which this version of the schedule replaces the one before"),
    # instalments
    Field("instalment_no", INTEGER, "number of the instalment inside the loan, from 1", minimum=1),
    _day("due_on", "day on which the instalment falls due"),
    _amount("principal_due", "principal that falls due with the instalment"),
    _amount("interest_due", "interest that falls due with the instalment"),
    _amount("fee_due", "fees that fall due with the instalment"),
    _amount("penalty_due", "penalty interest charged on the instalment up to the extract"),
    # payments
    Field("payment_kind", TEXT, "payment or reversal", codes=codes.PAYMENT_KIND),
    _amount("payment_amount", "amount, never negative: a reversal says so by its kind"),
    _day("paid_on", "value date"),
    _day("booked_on", "day on which the lender booked it"),
    # contacts
    Field("contacted_at", INSTANT, "start of the contact", not_before=_NOT_BEFORE),
    Field("channel_code", TEXT, "how the borrower was contacted", codes=codes.CHANNEL),
    Field("counterparty_code", TEXT, "who was reached", codes=codes.COUNTERPARTY),
    Field("contact_outcome_code", TEXT, "what came of it", codes=codes.CONTACT_OUTCOME),
    Field("transcript", TEXT, "what was said or written, speaker turns on lines of their own", IDENTITY),
    # staff, stops, liabilities
    _day("registered_from_on", "first day on which the collector is registered"),
    _day("registered_until_on", "last day on which the collector is registered, empty while registered"),
    Field("stop_kind_code", TEXT, "why contacts must stop", codes=codes.STOP_KIND),
    Field("stopped_at", INSTANT, "receipt of the request or notice", not_before=_NOT_BEFORE),
    Field("lifted_at", INSTANT, "when it was withdrawn, empty while it holds", not_before=_NOT_BEFORE),
    Field("liability_code", TEXT, "how somebody else than the borrower is liable", codes=codes.LIABILITY),
    _amount("liable_amount", "most that the party is liable for, empty for all of the loan"),
    # evidence
    Field("evidence_kind", TEXT, "what the file shows", codes=codes.EVIDENCE_KIND),
    Field("file_path", TEXT, "path of the file below the evidence root", KEY, pattern=r"[^\x00]{1,400}"),
    _count("file_bytes", "declared size of the file"),
    Field("file_sha256", TEXT, "declared SHA-256 of the file, lower-case hex", KEY, pattern=r"[0-9a-f]{64}"),
    _day("obtained_on", "day on which the evidence was obtained"),
    # judgments, disputes, agreements
    Field("court_name", TEXT, "court that gave the judgment", pattern=r".{2,100}"),
    Field("judgment_number", TEXT, "docket number of the judgment", KEY, pattern=r".{2,100}"),
    _day("effective_on", "day on which the judgment took effect"),
    _day("opened_on", "day on which the borrower contested the loan"),
    _day("answered_on", "day on which the dispute was answered, empty while open"),
    Field("dispute_outcome_code", TEXT, "how the dispute ended", codes=codes.DISPUTE_OUTCOME),
    _day("agreed_on", "day on which the repayment agreement was made"),
    Field("agreement_status_code", TEXT, "whether the repayment agreement is kept", codes=codes.AGREEMENT_STATUS),
    # arrears
    _day("reported_on", "day on which the bureau was sent the record"),
    _day("as_of", "business date for which the row holds, in the policy's time zone"),
    _day("first_missed_on", "due date of the oldest instalment that fell due before as_of and is not fully paid"),
    _count("overdue_days", "calendar days from the first missed date to as_of"),
    _count("overdue_months", "full calendar months from the first missed date to as_of"),
    _count("missed_instalments", "instalments that fell due before as_of and are not fully paid at as_of"),
    _amount("overdue_amount", "all that fell due before as_of and is unpaid at as_of"),
    _amount("overdue_principal", "principal that fell due before as_of and is unpaid at as_of"),
    _amount("overdue_interest", "interest that fell due before as_of and is unpaid at as_of"),
    _amount("overdue_fee", "fees that fell due before as_of and are unpaid at as_of"),
    _amount("overdue_penalty", "penalty interest on missed instalments that is unpaid at as_of"),
    _amount("overdue_principal_1_30", "overdue principal of instalments missed for 1 to 30 days"),
    _amount("overdue_principal_31_60", "overdue principal of instalments missed for 31 to 60 days"),
    _amount("overdue_principal_61_90", "overdue principal of instalments missed for 61 to 90 days"),
    _amount("overdue_principal_91_180", "overdue principal of instalments missed for 91 to 180 days"),
    _amount("overdue_principal_over_180", "overdue principal of instalments missed for more than 180 days"),
    _day("episode_began_on", "day before the first day of the unbroken stretch of arrears that lasts until as_of"),
    _count(
        "consecutive_missed_periods", "month ends in a row, back from the last one, at which the loan was in arrears"
    ),
    _count("highest_missed_periods", "most missed instalments at as_of or at one of the last 24 month ends"),
    Field(
        "repayment_history",
        TEXT,
        "status code at each of the last 24 month ends, oldest first",
        pattern=r"[/*NM1-7C]{24}",
    ),
    Field("repayment_status_code", TEXT, "status at as_of", codes=codes.REPAYMENT_STATUS),
    _amount("balance_amount", "all that is unpaid at as_of whether due or not, penalties included"),
    # effort
    _count("attempts", "lawful attempts since the first missed date, see docs/definitions.md"),
    _count("attempt_days", "distinct days with an attempt, in the policy's time zone"),
    _count("channels_used", "distinct channels with an attempt"),
    *(_count(f"{channel}_attempts", f"attempts by {meaning}") for channel, meaning in codes.CHANNEL.items()),
    _count("right_party_contacts", "attempts that reached the borrower"),
    _count("unreachable_signs", "attempts that found the telephone off, the number void or the borrower moved"),
    Field("is_lost_contact", TRUTH, "never reached, and signs from several channels say why"),
    _count("quiet_hour_contacts", "contacts inside the quiet hours"),
    _count("third_party_contacts", "contacts with somebody else than the borrower"),
    _count("over_frequency_contacts", "contacts beyond what a limit of the policy allows in its days"),
    _count("stopped_contacts", "contacts after the borrower asked not to be contacted"),
    _count("represented_contacts", "contacts after a lawyer's notice"),
    _count("unregistered_contacts", "contacts by staff who were not registered on that day"),
    _count("unrecorded_contacts", "contacts that reached somebody and have no recording where one is due"),
    _count("language_breaches", "contacts with language of the collector that blocks a report"),
    Field("last_contacted_at", INSTANT, "the last attempt"),
    # findings on contacts
    Field("language_code", TEXT, "kind of forbidden language", codes=codes.LANGUAGE),
    Field("phrase", TEXT, "entry of the lexicon that was found", KEY),
    Field("speaker_code", TEXT, "who said it", codes=codes.SPEAKER),
    Field("turn_no", INTEGER, "line of the transcript, from 1", KEY, minimum=1),
    _count("offset_characters", "characters of the line before what was found"),
    # decisions
    Field("has_judgment", TRUTH, "a judgment is in effect at as_of, its document intact when it names one"),
    Field("is_ability_documented", TRUTH, "intact evidence shows that the borrower can pay"),
    Field(
        "is_refusal_documented", TRUTH, "intact evidence since the first missed date shows that the borrower refuses"
    ),
    Field("is_reportable", TRUTH, "every rule that blocks a report is met"),
    _key("policy_name", "the policy that decided"),
    Field("policy_version", INTEGER, "version of the policy that decided", KEY, minimum=1),
    # evidence findings
    Field(
        "finding_code",
        TEXT,
        "what the look at the file found",
        codes={
            "intact": "the file is there, with the declared size and SHA-256",
            "missing": "there is no such file",
            "outside": "the path leads out of the evidence root",
            "wrong_size": "the size differs from the declared one",
            "altered": "the SHA-256 differs from the declared one",
            "unreadable": "the file could not be read",
        },
    ),
    # quarantine
    _key("dataset_name", "the dataset to which the row belongs"),
    Field("source_file", TEXT, "file of the extract, relative to its folder", KEY),
    Field("source_row", INTEGER, "row inside the file, the first row of data is 1", KEY, minimum=1),
    Field("row_key", TEXT, "primary key of the row as far as it could be read, parts joined by a slash", KEY),
    Field("rule_id", TEXT, "the rule that the row breaks: dataset, field and kind of failure", KEY),
    Field("field_name", TEXT, "the field at fault", KEY),
    Field("masked_value", TEXT, "the value at fault; identity values are masked"),
    # cases
    _key("case_id", "one loan on its way to one bureau in one episode: bureau, loan and the day the episode began"),
)

FIELDS: dict[str, Field] = {field.name: field for field in _ALL}
