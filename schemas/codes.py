"""Code tables of the source datasets: code to meaning."""

from __future__ import annotations

BORROWER_KIND = {"person": "a natural person", "enterprise": "a legal entity"}

ID_TYPE = {
    "resident_id": "resident identity card, GB 11643",
    "uscc": "unified social credit code, GB 32100",
}

PROTECTION = {
    "none": "no protection known",
    "deceased": "the borrower has died",
    "bankrupt": "insolvency proceedings are open or closed with discharge",
    "minor": "under age when the loan was made",
    "identity_theft": "the loan was taken in the borrower's name by somebody else",
    "disaster_relief": "relief measures for a disaster or epidemic apply",
}

PRODUCT = {
    "consumer": "consumer loan",
    "business": "business loan",
    "car": "car loan",
    "student": "student loan",
    "down_payment": "loan for a down payment",
}

PAYMENT_KIND = {"payment": "money came in", "reversal": "an earlier payment was taken back"}

CHANNEL = {
    "call": "telephone call by a person",
    "robot_call": "telephone call by a machine",
    "sms": "short message",
    "wechat": "WeChat message",
    "visit": "visit at home or at work",
    "letter": "letter by post",
    "email": "e-mail",
}

COUNTERPARTY = {"borrower": "the borrower", "third_party": "somebody else", "nobody": "nobody was reached"}

CONTACT_OUTCOME = {
    "promised": "the borrower promised to pay",
    "refused": "the borrower refused to pay",
    "talked": "the borrower was spoken with, neither promise nor refusal",
    "delivered": "the message or letter was delivered",
    "no_answer": "nobody answered or opened",
    "power_off": "the telephone was switched off",
    "number_void": "the number does not exist any more",
    "moved": "the borrower has moved to an unknown address",
    "message_left": "a message was left with somebody else",
}

EVIDENCE_KIND = {
    "recording": "sound recording of a call",
    "receipt": "proof that a message or letter was delivered, or a visit made",
    "ability_to_pay": "document that shows the borrower can pay",
    "refusal": "document or recording that shows the borrower refuses to pay",
    "judgment_document": "copy of a court judgment",
    "identity": "copy of the identity document",
}

DISPUTE_OUTCOME = {
    "open": "not answered yet",
    "corrected": "the borrower was right and the books were corrected",
    "upheld": "the books stand",
    "recorded": "it could not be decided and the facts are recorded",
}

AGREEMENT_STATUS = {
    "kept": "the borrower pays as agreed",
    "broken": "the borrower stopped paying as agreed",
    "ended": "the agreement ran to its end",
}
