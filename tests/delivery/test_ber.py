"""Values read piece by piece: however they are written and cut, the same comes out, or it is refused."""

import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.seal.ber import WHOLE, BerReader, NotBerError

END = b"\0\0"


def length_of(size: int) -> bytes:
    if size < 128:
        return bytes([size])
    written = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([0x80 | len(written)]) + written


@st.composite
def strings(draw: Callable, depth: int = 4) -> tuple[bytes, bytes]:
    """A string of octets written in one of the ways of BER, and what it holds."""
    if depth == 0 or draw(st.booleans()):
        held = draw(st.binary(max_size=200))
        return b"\x04" + length_of(len(held)) + held, held
    parts = draw(st.lists(strings(depth - 1), max_size=4))
    body, held = (b"".join(part[at] for part in parts) for at in (0, 1))
    if draw(st.booleans()):
        return b"\x24\x80" + body + END, held
    return b"\x24" + length_of(len(body)) + body, held


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def read(pieces: object) -> bytes:
    reader = BerReader(pieces)
    held = b"".join(reader.octets(reader.next_head(WHOLE), WHOLE))
    if not reader.is_at_end():
        raise NotBerError("something follows")
    return held


@given(string=strings(), size=st.integers(1, 50))
def test_a_string_is_what_its_strings_hold(string: tuple[bytes, bytes], size: int) -> None:
    written, held = string
    assert read([written]) == read(cut(written, size)) == held


@given(string=strings(), size=st.integers(1, 50), data=st.data())
def test_cut_short_it_is_refused(string: tuple[bytes, bytes], size: int, data: st.DataObject) -> None:
    written = string[0]
    with pytest.raises(NotBerError):
        read(cut(written[: data.draw(st.integers(0, len(written) - 1))], size))


@given(string=strings(), size=st.integers(1, 50))
def test_a_value_is_kept_as_it_is_written_or_passed(string: tuple[bytes, bytes], size: int) -> None:
    written = string[0]
    reader = BerReader(cut(written * 2, size))
    reader.passed(reader.next_head(WHOLE), WHOLE)
    assert reader.position == len(written)
    assert reader.kept(reader.next_head(WHOLE), WHOLE) == written
    assert reader.is_at_end()


def test_a_long_tag_is_one_value() -> None:
    written = b"\xbf\x81\x01\x03\x02\x01\x05"
    reader = BerReader([written])
    assert reader.kept(reader.next_head(WHOLE), WHOLE) == written


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"\x04",
        b"\x04\x80ab\0\0",
        b"\x04\x89" + bytes(9),
        b"\x04\xff" + bytes(200),
        b"\x24\x03\x04\x02a",
        b"\x24\x03\x04\x02ab",
        b"\x24\x02\0\0",
        b"\x24\x80\x02\x01\x05\0\0",
        b"\x24\x80\x04\x01a\0\1b",
        b"\x24\x80\x24\x03\x04\x05ab\0\0\0\0",
        b"\x24\x80" * 11 + b"\0\0" * 11,
        b"\x24\x80" * 100_000,
        b"\x5f" + b"\x81" * 8 + b"\x01\0",
        b"\x04\x84\x7f\xff\xff\xffab",
        b"\x04\x88\x7f\xff\xff\xff\xff\xff\xff\xffab",
        b"\0\0",
    ],
)
def test_what_is_no_string_is_refused(written: bytes) -> None:
    for pieces in ([written], [bytes([each]) for each in written]):
        with pytest.raises(NotBerError):
            read(pieces)


USES = {
    "octets": lambda reader, head: list(reader.octets(head, WHOLE)),
    "kept": lambda reader, head: reader.kept(head, WHOLE),
    "passed": lambda reader, head: reader.passed(head, WHOLE),
}


@given(tag=st.sampled_from([0x04, 0x24, 0x30]), claimed=st.integers(1 << 18, (1 << 64) - 1))
@pytest.mark.parametrize("use", USES)
def test_a_length_that_lies_takes_no_memory(use: str, tag: int, claimed: int) -> None:
    written = bytes([tag, 0x88]) + claimed.to_bytes(8) + b"\x04\x84\xff\xff\xff\xff" + bytes(100)
    reader = BerReader([written])
    head = reader.next_head(WHOLE)
    tracemalloc.start()
    try:
        with pytest.raises(NotBerError):
            USES[use](reader, head)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_few_bytes_are_kept_of_one_input() -> None:
    reader = BerReader([(b"\x04\x82\xff\xff" + bytes(65535)) * 5])
    for _ in range(3):
        assert len(reader.kept(reader.next_head(WHOLE), WHOLE)) == 65539
    with pytest.raises(NotBerError):
        reader.kept(reader.next_head(WHOLE), WHOLE)
