"""The mail sink: takes mail over real SMTP, keeps digests only, refuses and defers for real."""

import hashlib
import json
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.mail import read_answers, recipient_hash

REPOSITORY = Path(__file__).resolve().parents[2]
MESSAGE = (
    b"From: a@lender.example\r\nMessage-ID: <n.1@lender.example>\r\n\r\n..\xe6\xac\xa0\xe6\xac\xbe\r\n.\r\nend\r\n"
)


class RunningSink:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.mail", "--root", str(root)], cwd=REPOSITORY, stderr=subprocess.PIPE
        )
        deadline = time.monotonic() + 15
        while not (root / "ready.json").exists() or self.told["pid"] != self.process.pid:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    @property
    def told(self) -> dict:
        return json.loads((self.root / "ready.json").read_text())

    def connect(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.told["port"], local_hostname="test", timeout=10)

    def stop(self, signal_number: int = signal.SIGTERM) -> str:
        self.process.send_signal(signal_number)
        return self.process.communicate(timeout=10)[1].decode()


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSink]:
    running = RunningSink(tmp_path_factory.mktemp("mail") / "sink")
    yield running
    said = running.stop()
    assert "zhang.san" not in said
    assert not (running.root / "ready.json").exists()


def lines_about(sink: RunningSink, address: str) -> list:
    return [one for one in read_answers(sink.root) if recipient_hash(sink.root, address) in one.recipients]


def test_a_message_is_taken_and_only_its_digest_is_kept(sink: RunningSink) -> None:
    with sink.connect() as smtp:
        assert smtp.sendmail("a@lender.example", ["zhang.san@mail.example", "li.si@mail.example"], MESSAGE) == {}
    (line,) = lines_about(sink, "zhang.san@mail.example")
    assert lines_about(sink, "li.si@mail.example") == [line]
    assert (line.status, line.reply_code, line.message_id) == ("accepted", 250, "<n.1@lender.example>")
    assert (line.sha256, line.size_bytes) == (hashlib.sha256(MESSAGE).hexdigest(), len(MESSAGE))
    for path in sink.root.iterdir():
        assert b"zhang.san" not in path.read_bytes()
        assert "欠款".encode() not in path.read_bytes()
    assert (sink.root / "messages.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_bouncing_address_is_refused_for_good(sink: RunningSink) -> None:
    with sink.connect() as smtp:
        for _ in range(2):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                smtp.sendmail("a@lender.example", ["zhang.san@bounce.example"], MESSAGE)
            assert refused.value.recipients["zhang.san@bounce.example"][0] == 550
    assert [one.status for one in lines_about(sink, "zhang.san@bounce.example")] == ["refused", "refused"]


def test_a_greylisting_address_is_deferred_once(sink: RunningSink) -> None:
    address = "zhang.san@Greylist.example"
    with sink.connect() as smtp:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            smtp.sendmail("a@lender.example", [address], MESSAGE)
        assert refused.value.recipients[address][0] == 451
        assert smtp.sendmail("a@lender.example", [address], MESSAGE) == {}
    assert [one.status for one in lines_about(sink, address)] == ["deferred", "accepted"]


def test_a_second_sink_on_the_same_folder_stops(sink: RunningSink) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "sandbox.mail", "--root", str(sink.root)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert second.returncode == 1
    assert "stop it first" in second.stderr


def test_killed_hard_it_remembers_whom_it_deferred(tmp_path: Path) -> None:
    first = RunningSink(tmp_path / "sink")
    with first.connect() as smtp, pytest.raises(smtplib.SMTPRecipientsRefused):
        smtp.sendmail("a@lender.example", ["x@greylist.example"], MESSAGE)
    first.stop(signal.SIGKILL)
    with (first.root / "messages.jsonl").open("ab") as file:
        file.write(b'{"status":"acc')
    again = RunningSink(first.root)
    with again.connect() as smtp:
        assert smtp.sendmail("a@lender.example", ["x@greylist.example"], MESSAGE) == {}
    again.stop()
    assert [one.status for one in read_answers(first.root)] == ["deferred", "accepted"]
