"""The rules of eligibility, one file for each matter. Ids are never reused or renumbered."""
