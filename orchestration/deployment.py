"""What is fixed when a deployment starts: which policy it runs under. The environment is read here only."""

from __future__ import annotations

import os
from datetime import date
from functools import lru_cache
from pathlib import Path

from schemas.errors import ArrearsError
from schemas.errors.approval import SITE_INVALID
from schemas.policy import Policy, parse_policy, policy_for

REPOSITORY = Path(__file__).resolve().parent.parent


@lru_cache(maxsize=1)
def policy_versions() -> tuple[Policy, ...]:
    """All versions of the deployment's policy, oldest first.

    `ARREARS_POLICY` names it (cn-2018 when unset); its versions are the files of that name below `ARREARS_POLICIES`
    (`policies/` when unset).

    Raises:
        ArrearsError: `SITE_INVALID` when there is none or a file can't be read, or the policy's own errors.
    """
    folder = Path(os.environ.get("ARREARS_POLICIES") or REPOSITORY / "policies")
    name = os.environ.get("ARREARS_POLICY") or "cn-2018"
    parsed = [parse_policy(text_of(file), file=file.name) for file in sorted(folder.glob("*.toml"))]
    versions = sorted((policy for policy in parsed if policy.name == name), key=lambda policy: policy.version)
    if not versions:
        raise ArrearsError(SITE_INVALID, origin=str(folder), problems=f"no policy {name}")
    return tuple(versions)


def policy_on(as_of: date) -> Policy:
    """The version that judges a business date.

    Raises:
        ArrearsError: see `schemas.policy.policy_for`.
    """
    versions = policy_versions()
    return policy_for(versions, versions[0].name, as_of)


def newest_policy() -> Policy:
    """The newest version: schedules and the time zone come from it."""
    return policy_versions()[-1]


def text_of(file: Path) -> str:
    """The text of a file of settings.

    Raises:
        ArrearsError: `SITE_INVALID`, naming the file and why it can't be read.
    """
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ArrearsError(SITE_INVALID, origin=str(file), problems=error.strerror) from error
