"""Code tables about a person (110) of the credit reference centre of the PBoC: code to meaning.

The codes are those that public programs of reporting institutions offer. The meanings follow the national standards
behind them (GB/T 2261, 4658, 6864, 6565, 8561, 4754) and are our words; where codes were added to a standard, the
meaning is the likely one.
"""

from __future__ import annotations

from typing import Final

from schemas.bureaus.pboc_codes import Table

CUSTOMER_TYPE: Final[Table] = {
    "11": "loan",
    "12": "credit card",
    "13": "loan and credit card",
    "20": "guarantee",
    "30": "securities financing",
    "40": "finance lease",
    "50": "asset disposal",
    "60": "advance",
    "90": "unknown",
}
SEX: Final[Table] = {"0": "unknown", "1": "male", "2": "female", "9": "not stated"}

MARITAL: Final[Table] = {
    "10": "never married",
    "20": "married",
    "21": "married, first time",
    "22": "married again",
    "23": "married again to the same person",
    "30": "widowed",
    "40": "divorced",
    "90": "not stated",
    "91": "single",
    "99": "unknown",
}
MARRIED: Final = ("20", "21", "22", "23")
"""States (`MARITAL`) with which the spouse may be told."""

EDUCATION: Final[Table] = {
    "10": "postgraduate",
    "20": "bachelor's course",
    "30": "junior college",
    "40": "secondary vocational or technical school",
    "60": "senior middle school",
    "70": "junior middle school",
    "80": "primary school",
    "90": "other",
    "91": "junior middle school or less",
    "99": "unknown",
}
DEGREE: Final[Table] = {
    "1": "honorary doctor",
    "2": "doctor",
    "3": "master",
    "4": "bachelor",
    "5": "none",
    "9": "unknown",
}
WITHOUT_DEGREE: Final = ("30", "40", "70", "80")
"""Levels of education (`EDUCATION`) that give no degree."""
NO_DEGREE: Final = ("5", "9")
"""Degrees (`DEGREE`) of who has none, as far as known."""

EMPLOYMENT: Final[Table] = {
    "11": "civil servant",
    "13": "specialist",
    "17": "office staff",
    "21": "manager of an enterprise",
    "24": "worker",
    "27": "farmer",
    "31": "student",
    "37": "soldier",
    "51": "self-employed",
    "54": "sole trader",
    "70": "without work",
    "80": "retired",
    "90": "other",
    "91": "employed",
    "99": "unknown",
}
EMPLOYED: Final = ("11", "13", "17", "21", "24", "91")
"""States (`EMPLOYMENT`) with which the employer's tags must stand; one public source adds 37 (soldier)."""
SOLDIER: Final = "37"

EMPLOYER: Final[Table] = {
    "10": "authority or public institution",
    "20": "company of the state",
    "30": "company with foreign capital",
    "40": "sole trader or private company",
    "50": "other",
    "90": "unknown",
}
NOT_PUBLIC: Final = ("30", "40", "50")
"""Employers (`EMPLOYER`) with which nobody heads an authority or is a soldier (`PUBLIC_POSTS`)."""
INDUSTRY: Final[Table] = {
    "A": "farming, forestry, fishing",
    "B": "mining",
    "C": "manufacturing",
    "D": "electricity, heat, gas, water",
    "E": "construction",
    "F": "wholesale and retail trade",
    "G": "transport, storage, post",
    "H": "hotels and restaurants",
    "I": "information technology",
    "J": "finance",
    "K": "real estate",
    "L": "leasing and business services",
    "M": "research and technical services",
    "N": "water, environment, public facilities",
    "O": "services to households, repair, other services",
    "P": "education",
    "Q": "health and social work",
    "R": "culture, sport, entertainment",
    "S": "public administration, social security, social organisations",
    "T": "international organisations",
    "9": "unknown",
}
OCCUPATION: Final[Table] = {
    "0": "head of an authority, organisation or enterprise",
    "1": "specialist",
    "3": "office staff",
    "4": "trade and services",
    "5": "farming, forestry, fishing, water",
    "6": "production and transport",
    "X": "soldier",
    "Y": "other",
    "Z": "unknown",
}
PUBLIC_POSTS: Final = ("0", "X")
"""Occupations (`OCCUPATION`) of authorities and forces."""
TITLE: Final[Table] = {"1": "senior post", "2": "middle post", "3": "ordinary post", "9": "unknown"}
TECHNICAL_TITLE: Final[Table] = {"0": "none", "1": "senior", "2": "middle", "3": "junior", "9": "unknown"}
RESIDENCE: Final[Table] = {
    "1": "bought",
    "2": "mortgaged",
    "3": "home of relatives",
    "4": "dormitory",
    "5": "rented",
    "6": "shared",
    "7": "other",
    "9": "unknown",
    "11": "owned",
    "12": "borrowed",
}
FAMILY_FLAG: Final[Table] = {"0": "void", "1": "valid"}
"""Whether a family tie of record 120 holds (`FamRelaAssFlag`). The codes of the tie itself are in no public source."""
