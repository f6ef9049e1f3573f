"""Which bytes a Range header asks for, and when the whole file is the answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.kit.ranges import OutsideError, Part, wanted

SIZE = 1_000


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", Part(0, 1000)),
        ("bytes=0-0", Part(0, 1)),
        ("bytes=200-299", Part(200, 300)),
        ("bytes=900-5000", Part(900, 1000)),
        ("bytes=-100", Part(900, 1000)),
        ("bytes=-5000", Part(0, 1000)),
        ("Bytes= 5-6", Part(5, 7)),
    ],
)
def test_one_part(header: str, part: Part) -> None:
    assert wanted(header, size=SIZE) == part


@pytest.mark.parametrize("header", ["", "bytes=-", "bytes=0-1,5-6", "bytes=9-8", "lines=0-1", "0-"])
def test_the_whole_file_where_it_cannot_be_read_or_asks_for_several(header: str) -> None:
    assert wanted(header, size=SIZE) is None


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_beyond_the_end(header: str) -> None:
    with pytest.raises(OutsideError):
        wanted(header, size=SIZE)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50))
def test_a_part_never_leaves_the_file(first: int, last: int, size: int) -> None:
    try:
        part = wanted(f"bytes={first}-{last}", size=size)
    except OutsideError:
        assert first >= size
        return
    assert (part is None) == (last < first)
    if part is not None:
        assert 0 <= part.start < part.end <= size
