"""Appended segments of Metro 2: associated consumers, creditors, sales, mortgages, changes, employers.

Positions as printed in the guide; source in `schemas.bureaus.metro2`.
"""

from __future__ import annotations

from schemas.bureaus import metro2_codes as codes
from schemas.bureaus.fixed_width import Segment, Slot, SlotKind
from schemas.field import Sensitivity

TEXT, NUMBER, DOLLARS, DATE, RESERVED = (
    SlotKind.TEXT,
    SlotKind.NUMBER,
    SlotKind.DOLLARS,
    SlotKind.DATE,
    SlotKind.RESERVED,
)
IDENTITY, KEY = Sensitivity.IDENTITY, Sensitivity.KEY


def _mark(mark: str, meaning: str) -> Slot:
    return Slot("segment_id", 1, 2, TEXT, meaning, constant=mark)


def _associated_consumer(mark: str, meaning: str) -> tuple[Slot, ...]:
    """The first 99 characters of J1 and J2."""
    return (
        _mark(mark, meaning),
        Slot("reserved_2", 3, 3, RESERVED, "blank"),
        Slot("surname", 4, 28, TEXT, "surname, the hyphen is the only special", True, sensitivity=IDENTITY),
        Slot("first_name", 29, 48, TEXT, "first name, not abbreviated", True, sensitivity=IDENTITY),
        Slot("middle_name", 49, 68, TEXT, "middle name", sensitivity=IDENTITY),
        Slot("generation_code", 69, 69, TEXT, "generation", codes=codes.GENERATION, sensitivity=IDENTITY),
        Slot("ssn", 70, 78, NUMBER, "social security number", sensitivity=IDENTITY),
        Slot("born_on", 79, 86, DATE, "date of birth", sensitivity=IDENTITY),
        Slot("telephone", 87, 96, NUMBER, "telephone", sensitivity=IDENTITY),
        Slot("ecoa_code", 97, 97, TEXT, "how the consumer is bound to the account", True, codes=codes.ECOA),
        Slot("consumer_information", 98, 99, TEXT, "bankruptcy, or can't be located", codes=codes.CONSUMER_INFORMATION),
    )


J1 = Segment(
    "J1",
    100,
    (
        *_associated_consumer("J1", "associated consumer at the same address"),
        Slot("reserved_12", 100, 100, RESERVED, "blank"),
    ),
)

J2 = Segment(
    "J2",
    200,
    (
        *_associated_consumer("J2", "associated consumer at another address"),
        Slot("country_code", 100, 101, TEXT, "country of the address"),
        Slot("address_line_1", 102, 133, TEXT, "first line of the address", True, sensitivity=IDENTITY),
        Slot("address_line_2", 134, 165, TEXT, "second line of the address", sensitivity=IDENTITY),
        Slot("city", 166, 185, TEXT, "city of the address", True, sensitivity=IDENTITY),
        Slot("state", 186, 187, TEXT, "state of the address", True),
        Slot("zip", 188, 196, TEXT, "5 or 9 digits, left-justified", True, sensitivity=IDENTITY),
        Slot("address_indicator", 197, 197, TEXT, "what is known of the address", codes=codes.ADDRESS_INDICATOR),
        Slot("residence_code", 198, 198, TEXT, "whether the home is owned", codes=codes.RESIDENCE),
        Slot("reserved_20", 199, 200, RESERVED, "blank"),
    ),
)

K1 = Segment(
    "K1",
    34,
    (
        _mark("K1", "original creditor, mandatory for collectors and debt buyers"),
        Slot("original_creditor_name", 3, 32, TEXT, "name of the original creditor", True),
        Slot(
            "creditor_classification",
            33,
            34,
            NUMBER,
            "trade of the original creditor",
            True,
            codes=codes.CREDITOR_CLASSIFICATION,
        ),
    ),
)

K2 = Segment(
    "K2",
    34,
    (
        _mark("K2", "purchased from or sold to"),
        Slot("purchased_sold_indicator", 3, 3, NUMBER, "bought or sold", True, codes=codes.PURCHASED_SOLD),
        Slot("purchased_sold_name", 4, 33, TEXT, "name of the other company, blank with indicator 9"),
        Slot("reserved_4", 34, 34, RESERVED, "blank"),
    ),
)

K3 = Segment(
    "K3",
    40,
    (
        _mark("K3", "mortgage information"),
        Slot("agency_id", 3, 4, NUMBER, "secondary marketing agency", True, codes=codes.AGENCY),
        Slot("agency_account_number", 5, 22, TEXT, "account number at the agency", sensitivity=KEY),
        Slot("mortgage_identification_number", 23, 40, TEXT, "mortgage identification number", sensitivity=KEY),
    ),
)

K4 = Segment(
    "K4",
    30,
    (
        _mark("K4", "specialized payment information"),
        Slot(
            "specialized_payment_indicator",
            3,
            4,
            NUMBER,
            "balloon or deferred payment",
            True,
            codes=codes.SPECIALIZED_PAYMENT,
        ),
        Slot("deferred_start_on", 5, 12, DATE, "when deferred payments start, with indicator 02"),
        Slot("balloon_due_on", 13, 20, DATE, "when the balloon payment is due, with indicator 01"),
        Slot("balloon_amount", 21, 29, DOLLARS, "balloon payment"),
        Slot("reserved_6", 30, 30, RESERVED, "blank"),
    ),
)

L1 = Segment(
    "L1",
    54,
    (
        _mark("L1", "change of a number, sent once"),
        Slot("change_indicator", 3, 3, NUMBER, "which number changes", True, codes=codes.CHANGE),
        Slot("new_account_number", 4, 33, TEXT, "new account number, blank with indicator 2", sensitivity=KEY),
        Slot("new_identification_number", 34, 53, TEXT, "new identification number, blank with 1", sensitivity=KEY),
        Slot("reserved_5", 54, 54, RESERVED, "blank"),
    ),
)

N1 = Segment(
    "N1",
    146,
    (
        _mark("N1", "employment"),
        Slot("employer_name", 3, 32, TEXT, "name of the employer", True, sensitivity=IDENTITY),
        Slot("employer_address_line_1", 33, 64, TEXT, "first line of the address", sensitivity=IDENTITY),
        Slot("employer_address_line_2", 65, 96, TEXT, "second line of the address", sensitivity=IDENTITY),
        Slot("employer_city", 97, 116, TEXT, "city of the address", sensitivity=IDENTITY),
        Slot("employer_state", 117, 118, TEXT, "state of the address"),
        Slot("employer_zip", 119, 127, TEXT, "5 or 9 digits, left-justified", sensitivity=IDENTITY),
        Slot("occupation", 128, 145, TEXT, "position or title", sensitivity=IDENTITY),
        Slot("reserved_9", 146, 146, RESERVED, "blank"),
    ),
)
