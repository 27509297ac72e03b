"""A made-up lender: a loan book with its collection records, written as a lender would export it."""

from sandbox.lender.make import LenderFacts, make_lender

__all__ = ["LenderFacts", "make_lender"]
