"""Code tables of the source datasets: code to meaning."""

from __future__ import annotations

BORROWER_KIND = {"person": "a natural person", "enterprise": "a legal entity"}

ID_TYPE = {
    "resident_id": "resident identity card, GB 11643",
    "uscc": "unified social credit code, GB 32100",
    "ssn": "social security number, United States",
    "ein": "employer identification number, United States",
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
    "card": "credit card",
}

PAYMENT_KIND = {"payment": "money came in", "reversal": "an earlier payment was taken back"}

STOP_KIND = {
    "do_not_contact": "the borrower asked not to be contacted any more",
    "lawyer": "a lawyer gave notice of representing the borrower",
}

LIABILITY = {
    "co_borrower": "owes the loan together with the borrower",
    "guarantor": "owes the loan if the borrower does not pay",
}

REPAYMENT_STATUS = {
    "/": "the loan was not paid out yet",
    "*": "nothing fell due in the month and nothing was owed from before",
    "N": "paid as agreed",
    "M": "paid after the due date, before the end of the month",
    "1": "1 to 30 days overdue",
    "2": "31 to 60 days overdue",
    "3": "61 to 90 days overdue",
    "4": "91 to 120 days overdue",
    "5": "121 to 150 days overdue",
    "6": "151 to 180 days overdue",
    "7": "more than 180 days overdue",
    "C": "paid off",
}

LANGUAGE = {
    "threat": "threat of violence, harm or exposure",
    "insult": "insult or humiliation",
    "disclosure": "the debt told, or threatened to be told, to others",
    "impersonation": "posing as police, court or another authority",
    "false_consequence": "a consequence that the law does not know",
}

SPEAKER = {
    "collector": "who collects",
    "borrower": "the borrower",
    "other": "somebody else",
    "unknown": "not marked in the transcript",
}

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
