"""Errors of policies and rules (2xxx)."""

from __future__ import annotations

from schemas.errors.kind import ErrorKind

POLICY_INVALID = ErrorKind(
    "ARR-2001",
    "The policy is not valid",
    "The file is no TOML, has an unknown key, lacks one, or a value makes no sense.",
    "Correct the lines named and run again.",
)
POLICIES_OVERLAP = ErrorKind(
    "ARR-2002",
    "Two versions of one policy are in force on the same day, or have the same number",
    "The span from effective_from to effective_until of one version reaches into that of another.",
    "End the older version on the day before the newer one begins, and give each its own number.",
)
NO_POLICY_IN_FORCE = ErrorKind(
    "ARR-2003",
    "No version of the policy is in force on that day",
    "The business date lies before the first version, after the last, or in a gap between two.",
    "Add a version that covers the day, or ask for another day.",
)
LEXICON_INVALID = ErrorKind(
    "ARR-2004",
    "The lexicon is not valid",
    "The file is no TOML, has an unknown key or lacks one, or an entry is empty, stands twice or is no expression.",
    "Correct the lines named and run again.",
)
LEXICON_MISSING = ErrorKind(
    "ARR-2005",
    "A lexicon that the policy names can't be read",
    "The folder of lexicons has no file of that name, the file can't be opened, or it holds a lexicon of another name.",
    "Put the file there under the lexicon's name, or take the name out of the policy's language.lexicons.",
)

POLICY_UNKNOWN = ErrorKind(
    "ARR-2006",
    "There is no policy of that name",
    "No file of the policies folder has a policy of that name, and no file of that path exists.",
    "Name one of the policies listed, or give the path of a policy's TOML file.",
)
