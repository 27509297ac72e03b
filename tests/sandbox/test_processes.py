"""Background processes with real processes: nothing of ours is left behind, nobody else's is touched."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sandbox.ports import Port, free_port
from sandbox.processes import ProcessTable, Service, State, base_environment
from schemas.errors import ArrearsError
from schemas.errors.command import ALREADY_CHANGING, PORT_TAKEN, SERVICE_DIED

ROOT = Path(__file__).resolve().parents[2]

# Forks a child that leaves its process group, as Airflow's tasks do, and tells both pids.
FORKING = """
import os, sys, time
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    time.sleep(600)
with open(sys.argv[1] + ".aside", "w") as told:
    told.write(f"{os.getpid()} {child}")
os.rename(sys.argv[1] + ".aside", sys.argv[1])
time.sleep(600)
"""


@pytest.fixture
def table(tmp_path):
    made = ProcessTable(tmp_path / "run", tmp_path / "logs")
    yield made
    made.stop(*made.names(), stop_seconds=0)


def service(folder: Path, code: str, *arguments: str, **settings) -> Service:
    return Service("thing", (sys.executable, "-c", code, *arguments), folder, **settings)


def wait_for(condition, seconds: float = 10.0):
    until = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return result


def start_forking(table: ProcessTable, folder: Path) -> tuple[int, int]:
    table.start(service(folder, FORKING, str(folder / "told")))
    wait_for((folder / "told").exists)
    leader, child = (folder / "told").read_text().split()
    return int(leader), int(child)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_started_service_is_found_and_stopped_with_all_it_forked(table, tmp_path) -> None:
    leader, child = start_forking(table, tmp_path)
    found = table.find("thing")
    assert (found.state, found.pid) == (State.RUNNING, leader)
    assert os.getpgid(child) == child

    table.stop("thing", stop_seconds=5)

    assert is_gone(leader)
    assert is_gone(child)
    assert table.find("thing").state is State.STOPPED
    assert table.names() == ()


def test_starting_what_runs_changes_nothing(table, tmp_path) -> None:
    first = table.start(service(tmp_path, "import time; time.sleep(600)"))
    again = table.start(service(tmp_path, "import time; time.sleep(600)"))
    assert again == first


def test_what_a_killed_leader_left_is_ended_before_the_next_start(table, tmp_path) -> None:
    leader, child = start_forking(table, tmp_path)
    os.kill(leader, signal.SIGKILL)
    wait_for(lambda: is_gone(leader))
    assert table.find("thing").state is State.LEFTOVERS
    assert not is_gone(child)

    started = table.start(service(tmp_path, "import time; time.sleep(600)"))

    assert is_gone(child)
    assert started.state is State.RUNNING
    assert started.pid != leader


def test_a_service_that_ignores_the_signal_is_killed(table, tmp_path) -> None:
    code = (
        "import signal, sys, time; signal.signal(15, signal.SIG_IGN); open(sys.argv[1], 'w').close(); time.sleep(600)"
    )
    pid = table.start(service(tmp_path, code, str(tmp_path / "ready"))).pid
    wait_for((tmp_path / "ready").exists)
    table.stop("thing", stop_seconds=0.2)
    assert is_gone(pid)


def test_a_stranger_that_got_the_pid_is_left_alone(table, tmp_path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True) as stranger:
        started = psutil.Process(stranger.pid).create_time()
        table.run.mkdir()
        pid_file = {"pid": stranger.pid, "started_at_seconds": started - 3600}
        (table.run / "thing.pid").write_text(json.dumps(pid_file))
        assert table.find("thing").state is State.STOPPED

        table.stop("thing", stop_seconds=1)

        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": null, "started_at_seconds": 2}'])
def test_an_unreadable_pid_file_stands_in_nobodys_way(table, tmp_path, content: str) -> None:
    table.run.mkdir()
    (table.run / "thing.pid").write_text(content)
    assert table.find("thing").state is State.STOPPED
    assert table.start(service(tmp_path, "import time; time.sleep(600)")).state is State.RUNNING


def test_a_parent_killed_before_it_wrote_the_pid_file_leaves_no_service(tmp_path) -> None:
    parent = f"""
import os, signal, sys
from pathlib import Path
from sandbox.processes import ProcessTable, Service

class Killed(ProcessTable):
    def _write_pid_file(self, name, pid):
        print(pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

code = "from pathlib import Path; Path('ran').touch()"
Killed(Path("run"), Path("logs")).start(Service("thing", (sys.executable, "-c", code), Path({str(tmp_path)!r})))
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", parent], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    pid = int(ended.stdout)
    wait_for(lambda: is_gone(pid))
    assert not (tmp_path / "ran").exists()


def test_a_service_that_ended_is_reported_with_its_log(table, tmp_path) -> None:
    table.start(service(tmp_path, "print('why'); raise SystemExit(1)"))
    wait_for(lambda: table.find("thing").state is State.STOPPED)
    with pytest.raises(ArrearsError) as raised:
        table.require_running("thing")
    assert raised.value.kind is SERVICE_DIED
    assert raised.value.facts["service"] == "thing"
    assert Path(raised.value.facts["log"]).read_text() == "why\n"
    assert Path(raised.value.facts["log"]).stat().st_mode & 0o777 == 0o600


def test_the_log_of_the_run_before_is_kept(table, tmp_path) -> None:
    for word in ("first", "second"):
        table.start(service(tmp_path, f"print({word!r})"))
        wait_for(lambda: table.find("thing").state is State.STOPPED)
    assert (table.logs / "thing.log").read_text() == "second\n"
    assert (table.logs / "thing.previous.log").read_text() == "first\n"


def test_a_taken_port_is_named_with_its_holder_and_the_way_out(table, tmp_path) -> None:
    number = free_port()
    listening = (
        f"import socket, sys; s = socket.create_server(('127.0.0.1', {number})); print('up', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", listening], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        holder.stdout.readline()
        with pytest.raises(ArrearsError) as raised:
            table.start(service(tmp_path, "pass", ports=(Port(number, "the thing", "ARREARS_THING_PORT"),)))
        holder.communicate("\n")
    assert raised.value.kind is PORT_TAKEN
    assert raised.value.facts["port"] == number
    assert raised.value.facts["variable"] == "ARREARS_THING_PORT"
    assert str(holder.pid) in raised.value.facts["held_by"]
    assert table.names() == ()


def test_two_commands_do_not_change_the_services_at_once(table) -> None:
    with table.changing():
        with pytest.raises(ArrearsError) as raised, table.changing():
            pass
        assert raised.value.kind is ALREADY_CHANGING
    with table.changing():
        pass


def test_services_inherit_nothing_that_changes_airflow_or_python(monkeypatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "True")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("ARREARS_KEPT", "yes")
    environment = base_environment()
    assert not {name for name in environment if name.startswith("AIRFLOW")}
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["ARREARS_KEPT"] == "yes"
    assert "127.0.0.1" in environment["NO_PROXY"]
