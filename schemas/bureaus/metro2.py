"""Metro 2, the format of the Credit Reporting Resource Guide: header, base segment and the file as a whole.

Positions as printed in the guide, character form. Within a record the base segment is followed by J1 and J2 as often as
needed, then by at most one each of K1, K2, K3, K4, L1, N1.

Source: Consumer Data Industry Association, Credit Reporting Resource Guide, which is not public. Positions of the
character form agree in two public programs (moov-io/metro2, cfpb/Metro2). Of the packed form one of them gives lengths
and offsets: base and trailer are certain by arithmetic (only so 426 shrinks to 366 bytes); that the header
keeps its dates and telephone as characters is told by that one program alone.
"""

from __future__ import annotations

from schemas.bureaus import metro2_codes as codes
from schemas.bureaus.fixed_width import Segment, SegmentedLayout, Slot, SlotKind
from schemas.bureaus.metro2_segments import J1, J2, K1, K2, K3, K4, L1, N1
from schemas.bureaus.metro2_trailer import TOTALS, TRAILER
from schemas.field import Sensitivity

BUREAU = "metro2"

TEXT, NUMBER, DOLLARS = SlotKind.TEXT, SlotKind.NUMBER, SlotKind.DOLLARS
DATE, STAMP, LENGTH, RESERVED = SlotKind.DATE, SlotKind.STAMP, SlotKind.LENGTH, SlotKind.RESERVED
IDENTITY, KEY = Sensitivity.IDENTITY, Sensitivity.KEY

HEADER = Segment(
    "header",
    426,
    (
        Slot("record_descriptor_word", 1, 4, LENGTH, "length of the record"),
        Slot("record_identifier", 5, 10, TEXT, "marks the header", constant="HEADER"),
        Slot("cycle_identifier", 11, 12, TEXT, "cycle, only when reporting by cycles"),
        Slot("innovis_program_id", 13, 22, TEXT, "issued by the bureau, blank when nothing is sent there"),
        Slot("equifax_program_id", 23, 32, TEXT, "issued by the bureau, blank when nothing is sent there"),
        Slot("experian_program_id", 33, 37, TEXT, "issued by the bureau, blank when nothing is sent there"),
        Slot("transunion_program_id", 38, 47, TEXT, "issued by the bureau, blank when nothing is sent there"),
        Slot("activity_on", 48, 55, DATE, "day of the newest activity in the file", True),
        Slot("created_on", 56, 63, DATE, "day on which the file was made", True),
        Slot("program_on", 64, 71, DATE, "day on which the program that makes the file was written"),
        Slot("program_revision_on", 72, 79, DATE, "day of that program's last change"),
        Slot("reporter_name", 80, 119, TEXT, "furnisher or processor, the same every month", True),
        Slot("reporter_address", 120, 215, TEXT, "street, city, state and zip", True),
        Slot("reporter_telephone", 216, 225, NUMBER, "telephone of the reporter"),
        Slot("software_vendor_name", 226, 265, TEXT, "who made the program"),
        Slot("software_version", 266, 270, TEXT, "version of the program"),
        Slot("microbilt_program_id", 271, 280, TEXT, "issued by the bureau, blank when nothing is sent there"),
        Slot("reserved_18", 281, 426, RESERVED, "blank"),
    ),
    packed_length=366,
)

BASE = Segment(
    "base",
    426,
    (
        Slot("record_descriptor_word", 1, 4, LENGTH, "length of the record with its appended segments"),
        Slot("processing_indicator", 5, 5, NUMBER, "always 1", constant="1"),
        Slot("time_stamp", 6, 19, STAMP, "when the account was updated, in the furnisher's local time"),
        Slot("correction_indicator", 20, 20, NUMBER, "whether it corrects", True, codes=codes.CORRECTION),
        Slot(
            "identification_number",
            21,
            40,
            TEXT,
            "furnisher and branch, at least 5 characters, changed through L1 only",
            True,
            sensitivity=KEY,
        ),
        Slot("cycle_identifier", 41, 42, TEXT, "cycle, only when reporting by cycles"),
        Slot(
            "account_number",
            43,
            72,
            TEXT,
            "unique, without blanks and specials, never the social security number, changed through L1 only",
            True,
            sensitivity=KEY,
        ),
        Slot("portfolio_type", 73, 73, TEXT, "kind of credit", True, codes=codes.PORTFOLIO_TYPE),
        Slot("account_type", 74, 75, TEXT, "product, agrees with the portfolio type", True),
        Slot("opened_on", 76, 83, DATE, "when the account was opened, for collectors purchased or placed", True),
        Slot("credit_limit", 84, 92, DOLLARS, "credit limit of lines and cards, otherwise zero"),
        Slot("highest_credit", 93, 101, DOLLARS, "original principal, or the highest credit used"),
        Slot("terms_duration", 102, 104, TEXT, "LOC, 001, REV, or a number of months or years", True),
        Slot("terms_frequency", 105, 105, TEXT, "how often payments are due", codes=codes.TERMS_FREQUENCY),
        Slot("scheduled_payment", 106, 114, DOLLARS, "payment due a month, zero when paid, charged off or deferred"),
        Slot("actual_payment", 115, 123, DOLLARS, "sum received in the period"),
        Slot("account_status", 124, 125, TEXT, "state of the account", True, codes=codes.ACCOUNT_STATUS),
        Slot("payment_rating", 126, 126, TEXT, "lateness behind some statuses", codes=codes.PAYMENT_RATING),
        Slot("payment_history", 127, 150, TEXT, "24 months, most recent first", True),
        Slot("special_comment", 151, 152, TEXT, "sent as long as it is true", codes=codes.SPECIAL_COMMENT),
        Slot(
            "compliance_condition",
            153,
            154,
            TEXT,
            "dispute or closure, holds until replaced",
            codes=codes.COMPLIANCE_CONDITION,
        ),
        Slot("current_balance", 155, 163, DOLLARS, "principal with due interest and fees, credits count as zero"),
        Slot("past_due", 164, 172, DOLLARS, "what is at least 30 days late, zero when current or paid"),
        Slot("original_charge_off", 173, 181, DOLLARS, "amount charged off, never changes"),
        Slot("account_information_on", 182, 189, DATE, "day that the record describes", True),
        Slot("first_delinquency_on", 190, 197, DATE, "start of the unbroken lateness, counts for the seven years"),
        Slot("closed_on", 198, 205, DATE, "when closed, paid or sold"),
        Slot("last_payment_on", 206, 213, DATE, "most recent payment, full or partial"),
        Slot("interest_type", 214, 214, TEXT, "fixed or variable interest", codes=codes.INTEREST_TYPE),
        Slot("reserved_29", 215, 231, RESERVED, "blank; in older files a transaction type at 231"),
        Slot("surname", 232, 256, TEXT, "surname, the hyphen is the only special", True, sensitivity=IDENTITY),
        Slot("first_name", 257, 276, TEXT, "first name, not abbreviated", True, sensitivity=IDENTITY),
        Slot("middle_name", 277, 296, TEXT, "middle name", sensitivity=IDENTITY),
        Slot("generation_code", 297, 297, TEXT, "generation", codes=codes.GENERATION, sensitivity=IDENTITY),
        Slot("ssn", 298, 306, NUMBER, "social security number; without one the birth date", sensitivity=IDENTITY),
        Slot("born_on", 307, 314, DATE, "date of birth", sensitivity=IDENTITY),
        Slot("telephone", 315, 324, NUMBER, "telephone", sensitivity=IDENTITY),
        Slot("ecoa_code", 325, 325, TEXT, "how the consumer is bound to the account", True, codes=codes.ECOA),
        Slot(
            "consumer_information",
            326,
            327,
            TEXT,
            "bankruptcy, or can't be located; holds until removed",
            codes=codes.CONSUMER_INFORMATION,
        ),
        Slot("country_code", 328, 329, TEXT, "country of the address"),
        Slot("address_line_1", 330, 361, TEXT, "billing address of the consumer", True, sensitivity=IDENTITY),
        Slot("address_line_2", 362, 393, TEXT, "second line of the address", sensitivity=IDENTITY),
        Slot("city", 394, 413, TEXT, "city of the address", True, sensitivity=IDENTITY),
        Slot("state", 414, 415, TEXT, "state of the address", True),
        Slot("zip", 416, 424, TEXT, "5 or 9 digits, left-justified", True, sensitivity=IDENTITY),
        Slot("address_indicator", 425, 425, TEXT, "what is known of the address", codes=codes.ADDRESS_INDICATOR),
        Slot("residence_code", 426, 426, TEXT, "whether the home is owned", codes=codes.RESIDENCE),
    ),
    packed_length=366,
    packed_kinds=frozenset({NUMBER, DOLLARS, DATE, STAMP}),
)

LAYOUT = SegmentedLayout(
    name=BUREAU,
    header=HEADER,
    base=BASE,
    appended=(J1, J2, K1, K2, K3, K4, L1, N1),
    repeating=frozenset({J1.key, J2.key}),
    trailer=TRAILER,
    totals=TOTALS,
)
