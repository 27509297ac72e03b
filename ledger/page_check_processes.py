"""Ranges of pages checked by processes of their own, as hashing keeps one processor busy.

Each is a fresh interpreter: the ledger must not be carried over a fork, and a process that is started the way
`multiprocessing` does would run the main module of whoever asked once more. It is told on its standard input where the
ledger is, as the URL may hold a password, and says nothing but Arrow on its output: the events, then the pages.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ledger.database import Database
from ledger.page_check import CHECKED_EVENT, NotCertainError, checked_pages

_MOST_PROCESSES = 4
# Below this a process would take longer to start than to check.
_LEAST_EVENTS = 250_000
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from ledger.page_check_processes import work; work()"


@dataclass(frozen=True)
class CheckedRange:
    """What a process found in order.

    Attributes:
        pages: as `page_check.CHECKED_PAGE`.
        events: as `page_check.CHECKED_EVENT`.
    """

    pages: pa.Table
    events: list[pa.RecordBatch]


def ranges_for(sizes: Sequence[int]) -> list[range]:
    """Numbers of pages with about as many events in each range, one for each process that is worth it.

    Args:
        sizes: events of each page.
    """
    ends = np.cumsum(sizes, dtype=np.int64)
    events = int(ends[-1]) if len(ends) else 0
    count = max(1, min(_processors(), _MOST_PROCESSES, events // _LEAST_EVENTS))
    cuts = np.searchsorted(ends, [events * number // count for number in range(1, count)]) + 1
    bounds = [1, *(1 + cuts).tolist(), len(sizes) + 1]
    return [range(start, stop) for start, stop in pairwise(bounds) if start < stop]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def checking(url: str, ranges: Sequence[range]) -> Iterator[Callable[[], list[CheckedRange]]]:
    """Start to check these ranges; what is given back waits for all of them. None of the processes outlives the block.

    Args:
        url: of the ledger's database.
        ranges: numbers of pages, one range a process.

    Raises:
        NotCertainError: when a process can't be started; when waiting, if one range is not in order.
    """
    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(len(ranges)))
        try:
            processes = [_started(stack, url, pages) for pages in ranges]
        except OSError:
            raise NotCertainError("a process that can't be started") from None
        futures = [threads.submit(_answer, process) for process in processes]
        yield lambda: _all(futures)


def _all(futures: Sequence[Future[CheckedRange]]) -> list[CheckedRange]:
    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
    for future in done:
        future.result()
    return [future.result() for future in futures]


def _started(stack: ExitStack, url: str, pages: range) -> subprocess.Popen[bytes]:
    root = Path(__file__).resolve().parents[1]
    process = stack.enter_context(
        subprocess.Popen(  # noqa: S603 - this interpreter, without a shell
            [sys.executable, "-c", _PROGRAM, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    )
    stack.callback(process.kill)
    _pipe(process.stdin).write(json.dumps([url, pages.start, pages.stop]).encode())
    _pipe(process.stdin).close()
    return process


def _answer(process: subprocess.Popen[bytes]) -> CheckedRange:
    try:
        with pa.PythonFile(_pipe(process.stdout), mode="r") as told:
            with pa.ipc.open_stream(told) as stream:
                events = list(stream)
            with pa.ipc.open_stream(told) as stream:
                pages = stream.read_all()
    except (pa.ArrowInvalid, OSError):
        raise NotCertainError("a range that is not in order") from None
    return CheckedRange(pages, events)


def _pipe(pipe: Any) -> Any:
    if pipe is None:
        raise AssertionError("a process with pipes")
    return pipe


def work() -> None:
    """What such a process does."""
    url, start, stop = json.load(sys.stdin)
    database = Database.connect(url)
    with database.arrow_reading() as reader, pa.PythonFile(sys.stdout.buffer, mode="w") as told:
        with pa.ipc.new_stream(told, CHECKED_EVENT) as stream:
            pages = checked_pages(reader, range(start, stop), stream.write_batch)
        with pa.ipc.new_stream(told, pages.schema) as stream:
            stream.write_table(pages)
    database.close()
