"""Whatever stops the hand-over at whatever moment, and whoever else runs it: one intact copy and one receipt."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, cycle

from greenlet import getcurrent, greenlet
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ArrearsError
from schemas.errors.transport import CONNECTION_LOST, OUTCOME_UNKNOWN
from tests.delivery.memory_sides import CONTENT, FINAL, MemoryBook, MemoryRemote, hand_over


class Stopped(BaseException):
    """Stands for a process that is no more."""


@dataclass
class Stopping:
    """Stops or loses the answer at chosen calls, before or after they take effect."""

    real: object
    faults: list
    calls: list

    def __getattr__(self, name: str) -> Callable:
        def call(*arguments: object, **named: object) -> object:
            fault = self.faults[len(self.calls)] if len(self.calls) < len(self.faults) else "none"
            self.calls.append(name)
            if fault == "stop before":
                raise Stopped
            if fault == "cut before" and isinstance(self.real, MemoryRemote):
                raise ArrearsError(CONNECTION_LOST)
            if name in ("create", "fill") and fault in ("cut within", "stop within"):
                path, source, *where = arguments
                getattr(self.real, name)(path, io.BytesIO(source.read(130)), *where)
                raise Stopped if fault == "stop within" else ArrearsError(CONNECTION_LOST)
            result = getattr(self.real, name)(*arguments, **named)
            if fault == "stop after":
                raise Stopped
            if fault == "cut after" and isinstance(self.real, MemoryRemote):
                raise ArrearsError(CONNECTION_LOST)
            return result

        return call


FAULTS = st.sampled_from(
    ["none", "none", "none", "stop before", "stop within", "stop after", "cut before", "cut within", "cut after"]
)


class Greedy(MemoryRemote):
    """Takes a file away the instant it has its final name."""

    def rename(self, old_path: str, new_path: str) -> None:
        super().rename(old_path, new_path)
        self.taken.append(bytes(self.files.pop(new_path)))

    @property
    def taken(self) -> list:
        return self.__dict__.setdefault("_taken", [])


@given(st.lists(st.lists(FAULTS, max_size=20), max_size=5))
def test_whatever_happens_one_intact_copy_and_one_receipt(runs: list[list[str]]) -> None:
    book, remote = MemoryBook(), MemoryRemote()
    for faults in [*runs, []]:
        calls: list = []
        try:
            hand_over(Stopping(remote, faults, calls), Stopping(book, faults, calls))
        except Stopped:
            pass
        except ArrearsError as problem:
            assert problem.kind.may_retry  # noqa: PT017 the loop goes on after it
        assert remote.renames <= 1
        assert remote.files.get(FINAL, CONTENT) == CONTENT
    assert remote.files == {FINAL: CONTENT}
    assert remote.renames == 1
    assert "receipt" in book.short_keys()
    assert "unknown" not in book.short_keys()


@given(st.lists(FAULTS, max_size=20), st.lists(FAULTS, max_size=20))
def test_a_bureau_that_takes_files_away_gets_it_once(first: list[str], second: list[str]) -> None:
    book, remote = MemoryBook(), Greedy()
    for faults in [first, second, [], []]:
        calls: list = []
        try:
            hand_over(Stopping(remote, faults, calls), Stopping(book, faults, calls))
        except Stopped:
            pass
        except ArrearsError as problem:
            assert problem.kind.may_retry or problem.kind is OUTCOME_UNKNOWN  # noqa: PT017 the loop goes on after it
    assert remote.taken == [CONTENT]
    assert remote.files == {}
    assert ("receipt" in book.short_keys()) != ("unknown" in book.short_keys())


@given(st.lists(st.integers(1, 649), min_size=1, max_size=6))
def test_cut_again_and_again_each_byte_is_sent_about_once(cuts: list[int]) -> None:
    class Cutting(MemoryRemote):
        def _write(self, path: str, source: object, offset: int) -> None:
            left = cuts.pop() if cuts else len(CONTENT)
            super()._write(path, io.BytesIO(source.read(left)), offset)
            if len(self.files[path]) < len(CONTENT):
                raise ArrearsError(CONNECTION_LOST)

    book, remote = MemoryBook(), Cutting()
    for _ in range(len(cuts) + 1):
        try:
            hand_over(remote, book)
        except ArrearsError as problem:
            assert problem.kind is CONNECTION_LOST  # noqa: PT017 the loop goes on after it
    assert remote.files == {FINAL: CONTENT}
    assert remote.sent_bytes == len(CONTENT)


class Taking:
    """Lets another run go on before and after each call, and can stop the run there."""

    def __init__(self, real: object, stop_after: int) -> None:
        self._real = real
        self._stop_after = stop_after
        self._calls = 0

    def __getattr__(self, name: str) -> Callable:
        def call(*arguments: object, **named: object) -> object:
            getcurrent().parent.switch()
            self._calls += 1
            if self._calls > self._stop_after:
                raise Stopped
            if name in ("create", "fill"):
                path, source, *where = arguments
                return getattr(self._real, name)(path, Yielding(source), *where)
            return getattr(self._real, name)(*arguments, **named)

        return call


class Yielding:
    """Lets another run go on before each read."""

    def __init__(self, source: object) -> None:
        self._source = source

    def read(self, size: int) -> bytes:
        getcurrent().parent.switch()
        return self._source.read(size)


TURNS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 60)), max_size=8)


def interleaved(turns: list[tuple[int, int]], stops: list[int], remote: MemoryRemote, book: MemoryBook) -> None:
    """Lets several runs go on at once, each for so many calls in its turn, then call by call until all have ended."""

    def run(stop_after: int) -> Callable:
        def body() -> None:
            try:
                hand_over(Taking(remote, stop_after), Taking(book, stop_after))
            except Stopped:
                pass
            except ArrearsError as problem:
                assert problem.kind.may_retry or problem.kind is OUTCOME_UNKNOWN, problem  # noqa: PT017 others go on

        return body

    runs = [greenlet(run(stop_after)) for stop_after in stops]
    order = [runs[turn] for turn, calls in turns for _ in range(calls)]
    for each in chain(order, cycle(runs)):
        if not each.dead:
            each.switch()
        if all(one.dead for one in runs):
            return


@given(TURNS, st.lists(st.integers(0, 90), min_size=3, max_size=3))
def test_three_runs_at_once_of_which_some_are_killed_give_one_copy_and_one_receipt(
    turns: list[tuple[int, int]], stops: list[int]
) -> None:
    book, remote = MemoryBook(), MemoryRemote()
    interleaved(turns, stops, remote, book)
    for _ in range(2):
        try:
            hand_over(remote, book)
        except ArrearsError as problem:
            assert problem.kind.may_retry  # noqa: PT017 the loop goes on after it
    assert remote.files[FINAL] == CONTENT
    assert remote.renames == 1
    assert book.short_keys().count("receipt") == 1
    assert "unknown" not in book.short_keys()


@given(TURNS, st.lists(st.integers(0, 90), min_size=3, max_size=3))
def test_three_runs_at_once_never_give_a_greedy_bureau_the_file_twice(
    turns: list[tuple[int, int]], stops: list[int]
) -> None:
    book, remote = MemoryBook(), Greedy()
    interleaved(turns, stops, remote, book)
    for _ in range(2):
        try:
            hand_over(remote, book)
        except ArrearsError as problem:
            assert problem.kind.may_retry or problem.kind is OUTCOME_UNKNOWN  # noqa: PT017 the loop goes on after it
    assert remote.taken == [CONTENT]
    assert {"receipt", "unknown"} & set(book.short_keys())
