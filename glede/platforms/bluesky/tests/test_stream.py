"""What frames of the stream mean: built here as the protocol says, byte by byte."""

from typing import Any

import libipld
import pytest

from glede.platforms.bluesky.stream import Change, Listener, address_of

US = "did:plc:landlord"
MABEL = "did:plc:mabel"
OTHER = "did:plc:other"
CID = "bafyreiehwsrbk2rntdnbrbgnrplusfiznsalowghnpmzqjkkrt76vhyhqm"


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def car(blocks: dict[str, Any]) -> bytes:
    raw = {cid: libipld.decode_multibase(cid)[1] for cid in (*blocks, CID)}
    head = libipld.encode_dag_cbor({"version": 1, "roots": [raw[CID]]})
    out = varint(len(head)) + head
    for cid, block in blocks.items():
        section = raw[cid] + libipld.encode_dag_cbor(block)
        out += varint(len(section)) + section
    return out


def frame(kind: str, body: dict[str, Any], *, op: int = 1) -> bytes:
    header = {"op": op, "t": kind} if kind else {"op": op}
    return libipld.encode_dag_cbor(header) + libipld.encode_dag_cbor(body)


def commit(repo: str, seq: int, action: str = "create", **more: Any) -> bytes:
    record = more.pop("record", {"$type": "app.bsky.feed.post", "text": "hello"})
    collection = more.pop("collection", "app.bsky.feed.post")
    gone = action == "delete"
    op = {
        "action": action,
        "path": f"{collection}/3abc",
        "cid": None if gone else libipld.decode_multibase(CID)[1],
    }
    body = {
        "seq": seq,
        "repo": repo,
        "rev": f"rev{seq}",
        "since": more.pop("since", None),
        "time": "2026-11-22T10:00:00.000Z",
        "tooBig": False,
        "ops": [op],
        "blocks": b"" if gone else car({CID: record}),
        **more,
    }
    return frame("#commit", body)


def mention(did: str) -> dict[str, Any]:
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
    return {"$type": "app.bsky.feed.post", "text": "hello", "facets": [{"features": [feature]}]}


def taken(*frames: bytes, watched: frozenset[str] = frozenset({MABEL})) -> tuple[Listener, Any]:
    listener = Listener(
        url="ws://nowhere", us=US, cursor="1", stop=lambda: True, watched=lambda: watched
    )
    for data in frames:
        listener._take(data, watched)
    return listener, listener._turn()


def actions(changes: tuple[Change, ...]) -> list[tuple[str, str]]:
    return [(change.action, change.uri.split("/")[2]) for change in changes]


def test_what_concerns_us_is_taken_and_the_rest_only_counted() -> None:
    _, turn = taken(
        commit(OTHER, 5),
        commit(OTHER, 6, record=mention(US)),
        commit(OTHER, 7, "delete"),
        commit(MABEL, 8),
        commit(MABEL, 9, "update", since="rev8"),
        commit(MABEL, 10, "delete", since="rev9"),
        commit(US, 11),
        commit(US, 12, collection="app.bsky.feed.like", since="rev11"),
    )

    assert actions(turn.changes) == [
        ("create", OTHER),
        ("delete", OTHER),  # watched from the first post that concerned us
        ("update", MABEL),
        ("delete", MABEL),
        ("create", US),
    ]
    assert turn.cursor == "12"
    assert not turn.gap


@pytest.mark.parametrize(
    "record",
    [
        {"text": "x", "reply": {"root": {"uri": f"at://{US}/app.bsky.feed.post/1", "cid": CID}}},
        {"text": "x", "embed": {"record": {"uri": f"at://{US}/app.bsky.feed.post/1"}}},
    ],
)
def test_a_strangers_reply_anywhere_under_our_post_or_quote_of_it_is_seen(
    record: dict[str, Any],
) -> None:
    _, turn = taken(commit(OTHER, 5, record=record))

    assert actions(turn.changes) == [("create", OTHER)]


def test_our_name_in_the_words_alone_is_not_said_to_us() -> None:
    _, turn = taken(commit(OTHER, 5, record={"text": f"have you seen {US}?"}))

    assert turn.changes == ()


@pytest.mark.parametrize(
    "frames",
    [
        [frame("#info", {"name": "OutdatedCursor"})],
        [commit(MABEL, 5), commit(MABEL, 9, since="rev7")],
        [commit(MABEL, 5, tooBig=True)],
        [commit(MABEL, 5, "update", blocks=b"rubbish")],
        [frame("#sync", {"seq": 5, "did": MABEL})],
        [frame("#account", {"seq": 5, "did": MABEL, "active": False, "status": "deleted"})],
        [b"rubbish"],
        [frame("", {"error": "ConsumerTooSlow"}, op=-1)],
    ],
    ids=[
        "outdated",
        "hole",
        "too big",
        "unreadable blocks",
        "replaced",
        "left",
        "rubbish",
        "too slow",
    ],
)
def test_whatever_may_be_missing_is_told_as_a_gap(frames: list[bytes]) -> None:
    _, turn = taken(*frames)

    assert turn.gap


def test_holes_in_repositories_nobody_watches_are_no_gap() -> None:
    _, turn = taken(
        commit(OTHER, 5), commit(OTHER, 9, since="rev7"), frame("#sync", {"seq": 10, "did": OTHER})
    )

    assert not turn.gap
    assert turn.cursor == "10"


def test_a_gap_is_told_once() -> None:
    listener, turn = taken(b"rubbish")

    assert turn.gap
    assert not listener._turn().gap


def test_a_place_the_server_has_not_reached_is_given_up() -> None:
    _, turn = taken(frame("", {"error": "FutureCursor", "message": "no"}, op=-1))

    assert turn.cursor == ""
    assert turn.gap


@pytest.mark.parametrize(
    ("base", "stream", "address"),
    [
        ("https://bsky.social", "", "wss://bsky.network"),
        ("https://shimeji.us-east.host.bsky.network", "", "wss://bsky.network"),
        ("https://pds.example", "", "wss://pds.example"),
        ("http://localhost:2583", "", "ws://localhost:2583"),
        ("https://bsky.social", "wss://relay.example/", "wss://relay.example"),
    ],
)
def test_where_to_listen(base: str, stream: str, address: str) -> None:
    assert address_of(base, stream) == address
