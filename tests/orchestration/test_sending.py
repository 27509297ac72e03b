"""The task `send`: the bureau's hours, lines that drop, and what it hands to the hand-over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRescheduleException
from habits import with_habits

from orchestration import sending
from schemas.errors import ArrearsError
from schemas.errors.transport import CONNECTION_LOST, SERVER_UNREACHABLE


def window(begins: datetime, minutes: int) -> list[dict[str, str]]:
    ends = begins + timedelta(minutes=minutes)
    return [{"opens": f"{begins:%H:%M}", "closes": f"{ends:%H:%M}"}]


def test_out_of_hours_the_task_is_put_off_until_the_bureau_opens(in_parts) -> None:
    now = datetime.now(UTC)
    opens = (now + timedelta(hours=3)).replace(second=0, microsecond=0)
    run = with_habits(in_parts, time_zone="UTC", sending_hours=window(opens, 30))
    with pytest.raises(AirflowRescheduleException) as put_off:
        sending.send_part(run, in_parts.parts[0])
    assert put_off.value.reschedule_date == opens
    assert list(in_parts.inbox.iterdir()) == []
    assert in_parts.ledger.pages(kind="intent") == []


def test_in_hours_it_is_sent_and_the_bandwidth_is_kept(in_parts) -> None:
    begins = datetime.now(UTC) - timedelta(minutes=5)
    run = with_habits(
        in_parts, time_zone="UTC", sending_hours=window(begins, 600), most_bytes_per_second=5_000, folds_names=False
    )
    started = datetime.now(UTC)
    sent = sending.send_part(run, in_parts.parts[0])
    assert (datetime.now(UTC) - started).total_seconds() >= sent["size_bytes"] / 5_000
    assert len(in_parts.ledger.pages(kind="receipt")) == 1


def test_when_the_bureau_closes_while_it_sends_it_is_put_off(in_parts, monkeypatch: pytest.MonkeyPatch) -> None:
    opens = (datetime.now(UTC) + timedelta(hours=3)).replace(second=0, microsecond=0)
    run = with_habits(in_parts, time_zone="UTC", sending_hours=window(opens, 30))
    # Open when the task begins, closed when the first bytes leave.
    looks = [opens]
    clock = type(run.clock)
    monkeypatch.setattr(clock, "wall_now", lambda _: looks.pop() if looks else datetime.now(UTC))
    with pytest.raises(AirflowRescheduleException):
        sending.send_part(run, in_parts.parts[0])
    assert len(in_parts.ledger.pages(kind="intent")) == 1
    assert in_parts.ledger.pages(kind="rename") == []
    monkeypatch.undo()
    assert in_parts.send(in_parts.parts[:1])[0]["part_no"] == 1


@pytest.mark.parametrize("drops", [1, 3])
def test_a_line_that_drops_is_taken_up_again_within_the_task(
    in_parts, monkeypatch: pytest.MonkeyPatch, drops: int
) -> None:
    waits: list[float] = []
    left = [drops]
    connected = sending.connected

    def dropping(server: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise ArrearsError(CONNECTION_LOST, server=server.address)
        return connected(server)

    monkeypatch.setattr(sending, "connected", dropping)
    monkeypatch.setattr(sending.time, "sleep", waits.append)
    in_parts.send(in_parts.parts[:1])
    assert len(waits) == drops
    for tries, seconds in enumerate(waits):
        assert 0.1 * 2**tries <= seconds <= 2**tries


def test_a_server_that_stays_away_is_left_to_the_retries_of_the_task(in_parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(server: Any) -> Any:
        raise ArrearsError(kind, server=server.address)

    monkeypatch.setattr(sending, "connected", away)
    waits: list[float] = []
    monkeypatch.setattr(sending.time, "sleep", waits.append)
    for kind, expected in ((CONNECTION_LOST, 3), (SERVER_UNREACHABLE, 3)):
        with pytest.raises(ArrearsError) as caught:
            in_parts.send(in_parts.parts[:1])
        assert caught.value.kind is kind
        assert len(waits) == expected
