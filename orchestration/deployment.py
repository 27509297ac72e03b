"""What is fixed when a deployment starts: which policy it runs under. The environment is read here only."""

from __future__ import annotations

import os
from datetime import date
from functools import lru_cache
from pathlib import Path

from lake.lexicons import read_lexicons
from schemas.errors import ArrearsError
from schemas.errors.approval import SITE_INVALID
from schemas.errors.policy import POLICY_UNKNOWN
from schemas.lexicon import Lexicon
from schemas.policy import Policy, parse_policy, policy_for

REPOSITORY = Path(__file__).resolve().parent.parent


def policies_folder() -> Path:
    """Where policies are, and their lexicons in `lexicons/` below it: `ARREARS_POLICIES`, or the repository's own."""
    return Path(os.environ.get("ARREARS_POLICIES") or REPOSITORY / "policies")


def spark_master() -> str:
    """Where Spark runs: `ARREARS_SPARK_MASTER`, or two threads of this machine."""
    return os.environ.get("ARREARS_SPARK_MASTER") or "local[2]"


@lru_cache(maxsize=1)
def policy_versions() -> tuple[Policy, ...]:
    """All versions of the deployment's policy, oldest first.

    `ARREARS_POLICY` names it (cn-2018 when unset); its versions are the files of that name below `ARREARS_POLICIES`
    (`policies/` when unset).

    Raises:
        ArrearsError: `SITE_INVALID` when there is none or a file can't be read, or the policy's own errors.
    """
    name = os.environ.get("ARREARS_POLICY") or "cn-2018"
    versions = sorted((policy for policy in _all_policies() if policy.name == name), key=lambda policy: policy.version)
    if not versions:
        raise ArrearsError(SITE_INVALID, origin=str(policies_folder()), problems=f"no policy {name}")
    return tuple(versions)


def policy_on(as_of: date) -> Policy:
    """The version that judges a business date.

    Raises:
        ArrearsError: see `schemas.policy.policy_for`.
    """
    versions = policy_versions()
    return policy_for(versions, versions[0].name, as_of)


def policy_named(name: str, as_of: date) -> Policy:
    """The version of a policy that judges a business date.

    Args:
        name: of a policy in the policies folder, or the path of a TOML file, which is taken whatever its dates.
        as_of: business date.

    Raises:
        ArrearsError: `POLICY_UNKNOWN`, naming those that are known, or as `schemas.policy.policy_for`.
    """
    file = Path(name)
    if file.suffix == ".toml" and file.is_file():
        return parse_policy(text_of(file), file=file.name)
    policies = _all_policies()
    if name not in {policy.name for policy in policies}:
        raise ArrearsError(POLICY_UNKNOWN, policy=name, known=sorted({policy.name for policy in policies}))
    return policy_for(policies, name, as_of)


def lexicons_of(policy: Policy) -> tuple[Lexicon, ...]:
    """The lexicons with which a policy screens transcripts.

    Raises:
        ArrearsError: see `lake.lexicons`.
    """
    return _lexicons(policies_folder() / "lexicons", policy.language.lexicons.value)


@lru_cache(maxsize=8)
def _lexicons(folder: Path, names: tuple[str, ...]) -> tuple[Lexicon, ...]:
    return read_lexicons(folder, names)


def newest_policy() -> Policy:
    """The newest version: schedules and the time zone come from it."""
    return policy_versions()[-1]


def _all_policies() -> list[Policy]:
    return [parse_policy(text_of(file), file=file.name) for file in sorted(policies_folder().glob("*.toml"))]


def text_of(file: Path) -> str:
    """The text of a file of settings.

    Raises:
        ArrearsError: `SITE_INVALID`, naming the file and why it can't be read.
    """
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ArrearsError(SITE_INVALID, origin=str(file), problems=error.strerror) from error
