"""Code tables of Metro 2, in our words.

Source: Consumer Data Industry Association, Credit Reporting Resource Guide, as restated by public furnisher guides and
by two public programs that read it (moov-io/metro2, cfpb/Metro2). Account types have no table here: public lists
of them are not complete, so a type that is not among them can't be called wrong.
"""

from __future__ import annotations

PORTFOLIO_TYPE = {"C": "line of credit", "I": "instalment", "M": "mortgage", "O": "open", "R": "revolving"}

TERMS_FREQUENCY = {
    "D": "deferred",
    "P": "single payment",
    "W": "weekly",
    "B": "every two weeks",
    "E": "twice a month",
    "M": "monthly",
    "L": "every two months",
    "Q": "quarterly",
    "T": "every four months",
    "S": "twice a year",
    "Y": "yearly",
}

CORRECTION = {"0": "normal", "1": "replaces what was reported before for the same period"}

ACCOUNT_STATUS = {
    "05": "transferred",
    "11": "current, 0 to 29 days past the due date",
    "13": "paid or closed, zero balance",
    "61": "paid in full, was a voluntary surrender",
    "62": "paid in full, was a collection account",
    "63": "paid in full, was a repossession",
    "64": "paid in full, was a charge-off",
    "65": "paid in full, a foreclosure was started",
    "71": "30 to 59 days past the due date",
    "78": "60 to 89 days past the due date",
    "80": "90 to 119 days past the due date",
    "82": "120 to 149 days past the due date",
    "83": "150 to 179 days past the due date",
    "84": "180 days or more past the due date",
    "88": "claim filed with the government for the insured part",
    "89": "deed received in lieu of foreclosure",
    "93": "assigned to internal or external collections",
    "94": "foreclosure completed",
    "95": "voluntary surrender",
    "96": "repossessed",
    "97": "charged off, unpaid",
    "DA": "delete the account, reported in error or returned",
    "DF": "delete the account, fraud confirmed",
}

PAYMENT_RATING = {
    "0": "current, 0 to 29 days past the due date",
    "1": "30 to 59 days past the due date",
    "2": "60 to 89 days past the due date",
    "3": "90 to 119 days past the due date",
    "4": "120 to 149 days past the due date",
    "5": "150 to 179 days past the due date",
    "6": "180 days or more past the due date",
    "G": "collection",
    "L": "charge-off",
}

PAYMENT_HISTORY = {
    **{mark: PAYMENT_RATING[mark] for mark in "0123456"},
    "B": "no history before this month, at the tail only",
    "D": "no history for this month",
    "E": "zero balance and current",
    "G": "collection",
    "H": "foreclosure completed",
    "J": "voluntary surrender",
    "K": "repossession",
    "L": "charge-off",
}
"""One character of the payment history."""

SPECIAL_COMMENT = {
    "B": "payments managed by a counselling program",
    "C": "paid by a co-maker or guarantor",
    "H": "loan assumed by another party",
    "I": "election of remedy",
    "M": "closed at the credit grantor's request",
    "O": "transferred to another company or servicer",
    "S": "special handling, ask the credit grantor",
    "V": "adjustment pending",
    "AB": "being paid through insurance",
    "AC": "paying under a partial payment agreement",
    "AH": "purchased by another company",
    "AI": "recalled to active military duty",
    "AM": "payments assured by wage garnishment",
    "AN": "acquired by a federal insurer of deposits",
    "AO": "voluntarily surrendered, then redeemed or reinstated",
    "AP": "credit line suspended",
    "AS": "closed because of refinancing",
    "AT": "closed because of a transfer",
    "AU": "settled for less than the full balance",
    "AV": "first payment never received",
    "AW": "affected by a natural or declared disaster",
    "AX": "paid from collateral",
    "AZ": "redeemed or reinstated repossession",
    "BA": "transferred to recovery",
    "BB": "lease, full termination, status pending",
    "BC": "lease, full termination, obligation satisfied",
    "BD": "lease, full termination, balance owing",
    "BE": "lease, early termination, status pending",
    "BF": "lease, early termination, obligation satisfied",
    "BG": "lease, early termination, balance owing",
    "BH": "lease, early termination, insurance loss",
    "BI": "involuntary repossession",
    "BJ": "involuntary repossession, obligation satisfied",
    "BK": "involuntary repossession, balance owing",
    "BL": "credit card lost or stolen",
    "BN": "paid by the company that sold the merchandise",
    "BO": "foreclosure proceedings started",
    "BP": "paid through insurance",
    "BS": "prepaid lease",
    "BT": "principal deferred, interest payments only",
    "CH": "guaranteed or insured",
    "CI": "closed because of inactivity",
    "CJ": "credit line no longer available, in repayment",
    "CK": "credit line reduced because collateral lost value",
    "CL": "credit line suspended because collateral lost value",
    "CM": "collateral released, balance owing",
    "CN": "modified under a federal plan",
    "CO": "modified, not under a federal plan",
    "CP": "in forbearance",
    "CS": "child support",
    "DE": "debt extinguished under state law",
}

COMPLIANCE_CONDITION = {
    "XA": "closed at the consumer's request",
    "XB": "disputed under the FCRA, investigation running",
    "XC": "FCRA investigation done, the consumer disagrees",
    "XD": "closed at the consumer's request and disputed under the FCRA",
    "XE": "closed at the consumer's request, FCRA investigation done, the consumer disagrees",
    "XF": "disputed under the FCBA",
    "XG": "FCBA dispute done, the consumer disagrees",
    "XH": "was disputed, now resolved",
    "XJ": "closed at the consumer's request and disputed under the FCBA",
    "XR": "removes the last code",
}

INTEREST_TYPE = {"F": "fixed", "V": "variable"}

GENERATION = {"J": "junior", "S": "senior", **{str(number): f"number {number}" for number in range(2, 10)}}

ECOA = {
    "1": "individual",
    "2": "joint",
    "3": "authorised user",
    "5": "co-maker or guarantor",
    "7": "maker",
    "T": "association terminated",
    "W": "business or commercial",
    "X": "deceased",
    "Z": "delete this consumer",
}
"""Codes 0, 4 and 6 are obsolete since 2003-09."""

CONSUMER_INFORMATION = {
    "A": "petition for chapter 7",
    "B": "petition for chapter 11",
    "C": "petition for chapter 12",
    "D": "petition for chapter 13",
    "E": "discharged under chapter 7",
    "F": "discharged under chapter 11",
    "G": "discharged under chapter 12",
    "H": "discharged or completed under chapter 13",
    "I": "chapter 7 dismissed, obsolete since 2021-04",
    "J": "chapter 11 dismissed, obsolete since 2021-04",
    "K": "chapter 12 dismissed, obsolete since 2021-04",
    "L": "chapter 13 dismissed, obsolete since 2021-04",
    "M": "chapter 7 withdrawn, obsolete since 2021-04",
    "N": "chapter 11 withdrawn, obsolete since 2021-04",
    "O": "chapter 12 withdrawn, obsolete since 2021-04",
    "P": "chapter 13 withdrawn, obsolete since 2021-04",
    "Q": "removes the bankruptcy",
    "R": "debt reaffirmed",
    "S": "removes code R",
    "T": "the consumer can't be located",
    "U": "the consumer is located now",
    "V": "reaffirmation rescinded under chapter 7",
    "W": "obsolete since 2010-09",
    "X": "obsolete since 2010-09",
    "Y": "obsolete since 2010-09",
    "Z": "bankruptcy of an unknown chapter",
    "1A": "personal receivership",
}

ADDRESS_INDICATOR = {
    "C": "confirmed",
    "Y": "known to be the consumer's",
    "N": "not confirmed",
    "M": "military",
    "S": "secondary",
    "B": "business, not the consumer's residence",
    "U": "mail is returned",
    "D": "the data reporter's default address",
    "P": "bill payer service",
}

RESIDENCE = {"O": "owns", "R": "rents"}

CREDITOR_CLASSIFICATION = {
    "01": "retail",
    "02": "medical or health care",
    "03": "oil company",
    "04": "government",
    "05": "personal services",
    "06": "insurance",
    "07": "education",
    "08": "bank",
    "09": "rental or leasing",
    "10": "utility",
    "11": "cable or cellular",
    "12": "financial, other than banks",
    "13": "credit union",
    "14": "automotive",
    "15": "check guarantee",
}

PURCHASED_SOLD = {"1": "bought from", "2": "sold to", "9": "removes what was reported before"}

AGENCY = {"00": "none", "01": "Fannie Mae", "02": "Freddie Mac"}

SPECIALIZED_PAYMENT = {"01": "balloon payment", "02": "deferred payment"}

CHANGE = {"1": "account number", "2": "identification number", "3": "both"}
