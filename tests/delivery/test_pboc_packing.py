"""PBoC: packing by a component that runs as a process of its own, and by the stand-in."""

import gzip
import io
import os
import stat
import sys
import textwrap
import time
from pathlib import Path

import pytest

from delivery.bureaus import pboc
from delivery.seal.pboc_packing import (
    STAND_IN_MARK,
    ComponentTakes,
    OfficialComponent,
    PackingLimits,
    StandInPacking,
    compress,
    decompress,
    is_in_memory,
)
from schemas.errors import ArrearsError
from schemas.errors.pboc import NOT_UNPACKED, PACKING_FAILED
from tests.delivery.pboc_examples import GOLDEN_FILE, NAME

TEXT = GOLDEN_FILE.read_bytes()
MEMORY = Path("/dev/shm")
KEY = bytes(range(32))
# Flips every bit, and tells a file beside it what it saw.
COMPONENT = """
    import json, os, pathlib, sys
    given, made, seen = map(pathlib.Path, sys.argv[1:4])
    made.write_bytes(bytes(each ^ 255 for each in given.read_bytes()))
    facts = {"mode": given.parent.stat().st_mode, "names": [given.name, made.name], "environment": sorted(os.environ),
             "file_mode": given.stat().st_mode, "folder": str(given.parent)}
    seen.write_text(json.dumps(facts))
"""


@pytest.fixture
def component(tmp_path):
    def made(source=COMPONENT, **settings):
        script = tmp_path / "component.py"
        script.write_text(textwrap.dedent(source))
        command = (sys.executable, str(script), "{input}", "{output}", str(tmp_path / "seen.json"))
        return OfficialComponent(**{"pack_command": command, "unpack_command": command, "folder": MEMORY} | settings)

    before = set(MEMORY.iterdir())
    yield made
    assert set(MEMORY.iterdir()) == before


def packed_by(packing, text=TEXT):
    packed = io.BytesIO()
    pboc.pack(io.BytesIO(text), NAME, packed, packing)
    return packed.getvalue()


def unpacked_by(packing, packed):
    text = io.BytesIO()
    pboc.unpack(io.BytesIO(packed), NAME, text, packing)
    return text.getvalue()


def failure(call, *arguments):
    with pytest.raises(ArrearsError) as caught:
        call(*arguments)
    return caught.value


def flipped(data):
    return bytes(each ^ 255 for each in data)


def test_the_component_gets_a_gzip_stream_and_its_output_is_sent(component):
    packed = packed_by(component())
    assert gzip.decompress(flipped(packed)) == TEXT
    assert packed == packed_by(component())
    assert unpacked_by(component(), packed) == TEXT


def test_a_component_that_compresses_by_itself_gets_the_text(component):
    packing = component(takes=ComponentTakes.TEXT)
    packed = packed_by(packing)
    assert flipped(packed) == TEXT
    assert unpacked_by(packing, packed) == TEXT


def test_the_component_works_in_a_folder_in_memory_of_its_own(component, tmp_path):
    packed_by(component(environment={"PATH": "/usr/bin", "COMPONENT_HOME": "/opt"}))
    seen = pboc_json(tmp_path / "seen.json")
    assert stat.S_IMODE(seen["mode"]) == 0o700
    assert seen["names"] == [f"{NAME.stem}.txt.zip", f"{NAME.stem}.enc"]
    assert (
        {"COMPONENT_HOME", "PATH"}
        <= set(seen["environment"])
        <= {"COMPONENT_HOME", "PATH", "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}
    )
    assert seen["folder"].startswith(str(MEMORY))
    assert not Path(seen["folder"]).exists()


def pboc_json(path):
    import json

    return json.loads(path.read_text())


def test_a_folder_on_a_disk_is_refused(component, tmp_path):
    if is_in_memory(tmp_path):
        pytest.fail("the folder of tests is in memory here, give another one with --basetemp")
    assert failure(packed_by, component(folder=tmp_path)).kind is PACKING_FAILED
    assert not (tmp_path / "seen.json").exists()
    assert failure(packed_by, component(folder=tmp_path / "none")).kind is PACKING_FAILED


@pytest.mark.parametrize(
    ("source", "fact"),
    [
        ("import sys; sys.stderr.write('11010519491231002X' * 100); sys.exit(3)", "exit_code=3"),
        ("import os; os.abort()", "exit_code=-6"),
        ("pass", "left no output"),
        ("import sys; open(sys.argv[2], 'w')", "left no output"),
        ("import os, sys; os.symlink('/etc/passwd', sys.argv[2])", "left no output"),
        ("import os, sys; os.mkdir(sys.argv[2])", "left no output"),
        ("import shutil, sys; shutil.copy(*sys.argv[1:3])", "not encrypted"),
        ("import sys; open(sys.argv[2], 'wb').truncate(5000)", "more than 4000 bytes"),
    ],
)
def test_a_component_that_fails_sends_nothing(component, source, fact):
    packed = io.BytesIO()
    packing = component(source, limits=PackingLimits(packed_bytes=4000))
    caught = failure(pboc.pack, io.BytesIO(TEXT), NAME, packed, packing)
    assert caught.kind is PACKING_FAILED
    assert fact in str(caught)
    assert "11010519491231002X" not in str(caught)
    assert packed.getvalue() == b""


def test_the_size_of_what_a_component_complains_is_told(component):
    source = "import sys; sys.stderr.write('x' * 300_000); sys.exit(1)"
    assert failure(packed_by, component(source)).facts["error_output_bytes"] == 300_000


def test_text_in_the_clear_is_never_sent(component):
    source = "import shutil, sys; shutil.copy(*sys.argv[1:3])"
    assert "not encrypted" in str(failure(packed_by, component(source, takes=ComponentTakes.TEXT)))


def test_a_component_that_hangs_is_ended_with_what_it_started(component, tmp_path):
    source = f"""
        import os, pathlib, time
        child = os.fork()
        if child == 0:
            time.sleep(60)
        pathlib.Path({str(tmp_path / "child")!r}).write_text(str(child))
        time.sleep(60)
    """
    begins = time.monotonic()
    caught = failure(packed_by, component(source, most_seconds=1.5))
    assert (caught.kind, time.monotonic() - begins < 20) == (PACKING_FAILED, True)
    assert is_gone(int((tmp_path / "child").read_text()))


def is_gone(process):
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    "command", [("/does/not/exist", "{input}", "{output}"), ("true", "{input}"), ("true", "{output}"), ()]
)
def test_commands_that_can_not_be_run_are_refused(component, command):
    assert failure(packed_by, component(pack_command=command)).kind is PACKING_FAILED


def test_nothing_in_a_command_is_evaluated(component, tmp_path):
    mark = tmp_path / "mark"
    source = (
        "import sys, shutil; assert sys.argv[3] == '$(touch ' + sys.argv[4] + ')'; open(sys.argv[2], 'w').write('x')"
    )
    packing = component(source)
    command = (*packing.pack_command[:4], f"$(touch {mark})", str(mark))
    assert packed_by(component(source, pack_command=command)) == b"x"
    assert not mark.exists()


def test_what_the_component_unpacked_must_be_a_gzip_stream(component):
    assert failure(unpacked_by, component(), b"anything").kind is NOT_UNPACKED
    cut = flipped(gzip.compress(TEXT)[:-9])
    assert failure(unpacked_by, component(), cut).kind is NOT_UNPACKED


def test_a_stream_that_grows_too_large_is_refused(component):
    bomb = flipped(gzip.compress(bytes(50_000_000)))
    packing = component(limits=PackingLimits(text_bytes=1_000_000))
    assert failure(unpacked_by, packing, bomb).kind is NOT_UNPACKED


def test_names_with_paths_are_refused(component):
    with pytest.raises(ValueError, match="letters and digits"):
        component().pack(io.BytesIO(TEXT), "../x", io.BytesIO())


def test_the_stand_in_unpacks_what_it_packed_and_says_what_it_is():
    packed = packed_by(StandInPacking(KEY))
    assert packed.startswith(STAND_IN_MARK)
    assert b"STAND-IN, NOT FOR THE BUREAU" in STAND_IN_MARK
    assert unpacked_by(StandInPacking(KEY), packed) == TEXT
    assert packed != packed_by(StandInPacking(KEY))


def test_the_stand_in_refuses_what_was_changed():
    packed = packed_by(StandInPacking(KEY))
    other = StandInPacking(bytes(32))
    assert failure(unpacked_by, other, packed).kind is NOT_UNPACKED
    for place in range(len(STAND_IN_MARK), len(packed), 37):
        changed = bytearray(packed)
        changed[place] ^= 1
        assert failure(unpacked_by, StandInPacking(KEY), bytes(changed)).kind is NOT_UNPACKED
    for cut in (b"", packed[:20], packed[: len(STAND_IN_MARK) + 5], packed[:-1]):
        assert failure(unpacked_by, StandInPacking(KEY), cut).kind is NOT_UNPACKED
    with pytest.raises(ArrearsError):
        StandInPacking(KEY).unpack(io.BytesIO(packed), "X1", io.BytesIO())
    small = StandInPacking(KEY, PackingLimits(packed_bytes=100))
    assert failure(unpacked_by, small, packed).kind is NOT_UNPACKED


def test_the_key_of_the_stand_in_is_not_shown():
    assert repr(KEY) not in repr(StandInPacking(KEY))


def test_the_same_text_gives_the_same_stream():
    streams = []
    for _ in range(2):
        stream = io.BytesIO()
        compress(io.BytesIO(TEXT), stream)
        streams.append(stream.getvalue())
    assert streams[0] == streams[1]
    assert gzip.decompress(streams[0]) == TEXT
    text = io.BytesIO()
    decompress(io.BytesIO(streams[0]), text, len(TEXT))
    assert text.getvalue() == TEXT


def test_what_is_in_memory():
    assert is_in_memory(MEMORY)
    assert not is_in_memory(Path("/proc"))
    assert not is_in_memory(MEMORY / "does-not-exist")
    assert os.access(MEMORY, os.W_OK)
