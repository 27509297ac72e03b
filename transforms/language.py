"""Language: which transcripts are screened, and what of the places found in them is a finding."""

from __future__ import annotations

import narwhals as nw

from schemas.datasets import LANGUAGE_FINDINGS
from schemas.policy import Policy
from transforms.books import Books, Frame
from transforms.contract import select_dataset

_AT_FAULT = ("collector", "unknown")


def transcripts_to_screen(books: Books, counting: Frame, policy: Policy) -> Frame:
    """`contact_id`, `loan_id`, `contacted_at` and `transcript` of contacts that count and have one.

    None when the policy names no lexicon.

    Args:
        books: of the business date.
        counting: with the `contact_id` of the contacts that count.
        policy: whose lexicons hold.
    """
    spoken = books.contacts.select("contact_id", "loan_id", "contacted_at", "transcript").filter(
        ~nw.col("transcript").is_null(), nw.col("transcript") != ""
    )
    screened = spoken.join(counting.select("contact_id"), on="contact_id", how="semi")
    return screened if policy.language.lexicons.value else screened.head(0)


def language_findings(matches: Frame) -> Frame:
    """Places that the collector, or nobody known, said in earnest; contract `LANGUAGE_FINDINGS`.

    Args:
        matches: contract of `lake.phrases.find_phrases`.
    """
    is_at_fault = nw.col("speaker_code").is_in(_AT_FAULT)
    return select_dataset(matches.filter(is_at_fault & ~nw.col("is_negated") & ~nw.col("is_quoted")), LANGUAGE_FINDINGS)
