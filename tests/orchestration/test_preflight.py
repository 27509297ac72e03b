"""What the look ahead asks of keys and certificates before anything is built."""

import json
from dataclasses import replace
from typing import Any

import pytest
from road import SECOND_ON, refused

from delivery.seal.certificates import certificate_facts
from orchestration.bureaus.registry import form_of
from orchestration.dry_run import dry_run
from orchestration.preflight import require_ready
from schemas.errors.seal import CERTIFICATE_UNKNOWN
from schemas.errors.transport import CREDENTIAL_NOT_READABLE, HOST_KEY_NOT_READABLE


def ready(road: Any, *certificates: str) -> None:
    run = road.run(SECOND_ON, "report-1")
    desk = run.site.desk.model_copy(update={"certificates": certificates})
    require_ready(replace(run, site=run.site.model_copy(update={"desk": desk})), form_of("roster"))


def connections(road: Any) -> dict:
    return json.loads((road.folders.secrets / "connections.json").read_text())


def certificates_of(road: Any) -> list[str]:
    """Fingerprints of all certificates with which the site seals, ours first."""
    told = connections(road)
    ours, bureau = told["arrears_signing"]["extra"], told["arrears_bureau_roster"]["extra"]
    escrow = ours.get("escrow_certificates") or []
    pems = [ours["certificate"], bureau["certificate"], *([escrow] if isinstance(escrow, str) else escrow)]
    return [certificate_facts(pem).fingerprint for pem in pems]


def test_certificates_that_were_agreed_are_the_only_ones(second) -> None:
    known = certificates_of(second)
    ready(second)
    ready(second, *known)
    for missing in known:
        with refused(CERTIFICATE_UNKNOWN, certificates=[missing]):
            ready(second, *[each for each in known if each != missing], "0" * 64)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"host_key": "ssh-ed25519 AAAA"}, HOST_KEY_NOT_READABLE),
        ({"private_key": "-----BEGIN NOTHING-----"}, CREDENTIAL_NOT_READABLE),
    ],
)
def test_keys_of_the_server_that_can_not_be_read_stop_it(second, change: dict, kind: Any) -> None:
    told = connections(second)
    told["arrears_bureau_roster"]["extra"] |= change
    (second.folders.secrets / "connections.json").write_text(json.dumps(told))
    with refused(kind):
        ready(second)


def test_a_dry_run_says_when_certificates_end(second) -> None:
    told = connections(second)
    plan = dry_run(second.run(SECOND_ON, "report-1")).to_json()
    ours = certificate_facts(told["arrears_signing"]["extra"]["certificate"])
    bureau = certificate_facts(told["arrears_bureau_roster"]["extra"]["certificate"])
    ends = {each.fingerprint: each.expires_at.isoformat() for each in (ours, bureau)}
    assert ends.items() <= plan["certificate_ends"].items()
    assert set(plan["certificate_ends"]) == set(certificates_of(second))
