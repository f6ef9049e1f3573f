"""Tells a plug-in whether it is one. A third party runs this against its own platform.

    @pytest.mark.parametrize("check", conformance.checks(platform), ids=str)
    def test_it_is_a_platform(check, kit):
        check.run(kit)

The kit brings what only the author of a plug-in can: an account, people on the other side, and a
look at the network from outside. What a plug-in says it can, a journey of the kit has to do; what
it says it cannot, it has to refuse.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from glede.platforms.contract import (
    Ability,
    Act,
    By,
    Can,
    Connector,
    Deleted,
    DoorApp,
    Edited,
    Form,
    Ignored,
    Media,
    Moderated,
    Moderation,
    NotGenuine,
    OutboundMessage,
    Platform,
    PlatformError,
    Publication,
    Receives,
    Refused,
    Request,
    Written,
)
from glede.platforms.hostile import garbage, spoiled

RECEIVES = (
    "comments",
    "mentions",
    "quotes",
    "messages",
    "reviews",
    "forms",
    "edits",
    "deletions",
    "own_posts",
)
ABILITIES = (
    "reply_public",
    "reply_private",
    "automatic_acknowledgement",
    "image",
    "video",
    "story",
    "hide",
    "unhide",
    "delete",
    "block",
    "unblock",
    "report",
    "publish",
    "schedule",
    "idempotency_key",
)

#: These say what the desk may do with the others; the contract has no call of their own for them.
_WITHOUT_CALL = frozenset({"automatic_acknowledgement", "schedule", "idempotency_key"})

#: Not the secret, but of the shape that Standard Webhooks asks for; other platforms take any.
_ANOTHER = "whsec_dGhpcyBpcyBub3QgdGhlIHNlY3JldCBhdCBhbGw="


class NotConforming(AssertionError):  # noqa: N818 - reads as a sentence where it is raised
    """What the plug-in does that no plug-in may, or fails to do."""


class Kit(Protocol):
    """What the author of a plug-in brings. Network calls may take as long as they take."""

    #: The account's native id.
    account: str
    #: Bodies of real events, as the plug-in's own `RawEvent`s hold them.
    samples: Sequence[bytes]
    #: An id that was never on the network.
    unknown_id: str
    #: By ability, and by "receive NAME": does it for real, and raises if it did not happen.
    journeys: Mapping[str, Callable[[], None]]

    def now(self) -> datetime: ...

    def connect(self) -> Connector:
        """A new connection of the account."""
        ...

    def answer(self) -> OutboundMessage:
        """A short answer to what somebody has just written, under a key never used before."""
        ...

    def standing(self, message: OutboundMessage) -> int:
        """How often this answer stands on the network, seen from outside."""
        ...

    def theirs(self, act: Act) -> Moderation:
        """This act on somebody else's item, where the account has no say over it."""
        ...

    def genuine(self) -> tuple[Request, DoorApp]:
        """A call of the platform as it comes to the door; asked for only if there is a door."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    run: Callable[[Kit], None]

    def __str__(self) -> str:
        return self.name


def checks(platform: Platform) -> tuple[Check, ...]:
    """Everything this platform has to pass, one check each."""
    found = [
        Check("capabilities say where they were read", partial(_sources, platform)),
        Check("real events are understood", partial(_understood, platform)),
        Check("hostile bytes are ignored with a reason", partial(_hostile, platform)),
        Check("an answer sent twice stands once", partial(_twice, platform)),
        Check("an answer is read back, one never sent is not", partial(_read_back, platform)),
        Check("a text too long is refused", partial(_too_long, platform)),
    ]
    receive, abilities = platform.capabilities.receive, platform.capabilities.abilities
    if receive["deletions"].by is not By.NONE:
        found.append(Check("an unknown item is looked up as deleted", partial(_unknown, platform)))
    if platform.door is not None:
        found.append(Check("what is not genuine is refused", partial(_not_genuine, platform)))
    found += [
        Check(f"receive {name}", partial(_journey, f"receive {name}"))
        for name in RECEIVES
        if receive[name].by is not By.NONE
    ]
    for name in sorted(set(ABILITIES) - _WITHOUT_CALL):
        can = abilities[name].can is not Can.NO
        run = partial(_journey, name) if can else partial(_refused, name)
        found.append(Check(f"{name} {'works' if can else 'is refused'}", run))
    return tuple(found)


# --- Words ---------------------------------------------------------------------------------


def _sources(platform: Platform, _kit: Kit) -> None:
    capabilities = platform.capabilities
    _same_names("receive", RECEIVES, capabilities.receive)
    _same_names("abilities", ABILITIES, capabilities.abilities)
    every: dict[str, Receives | Ability] = {**capabilities.receive, **capabilities.abilities}
    for name, said in every.items():
        _demand(bool(said.source.strip()), f"“{name}” does not say where that was read.")
    conditions = [name for name, one in capabilities.abilities.items() if one.can is Can.CONDITIONS]
    for name in conditions:
        said = capabilities.abilities[name]
        _demand(bool(said.note.strip()), f"“{name}” does not say on what conditions.")
    text = capabilities.text
    _demand(text.most > 0 and bool(text.source.strip()), "The text limit has no number or source.")
    _demand(bool(capabilities.rate_limits.strip()), "The rate limits are not said.")
    _demand(platform.count_text("") == 0, "An empty text does not count nothing.")
    _demand(platform.count_text("abc") == len("abc"), "“abc” does not count three.")


def _same_names(what: str, wanted: Sequence[str], found: Mapping[str, object]) -> None:
    missing, unknown = set(wanted) - set(found), set(found) - set(wanted)
    _demand(not missing, f"{what} says nothing of {', '.join(sorted(missing))}.")
    _demand(not unknown, f"{what} names {', '.join(sorted(unknown))}, which the contract has not.")


# --- Parsing -------------------------------------------------------------------------------


def _understood(platform: Platform, kit: Kit) -> None:
    _demand(bool(kit.samples), "The kit brings no real events.")
    for body in kit.samples:
        events = platform.parse(body, kit.account)
        _demand(bool(events), "A real event became nothing at all, not even `Ignored`.")
        silent = [event.why for event in events if isinstance(event, Ignored)]
        _demand(len(silent) < len(events), f"A real event was ignored: {silent}")
        _demand(events == platform.parse(body, kit.account), "Parsing twice gave two results.")


def _hostile(platform: Platform, kit: Kit) -> None:
    for body in garbage():
        for event in _parsed(platform, body, kit.account):
            _demand(isinstance(event, Ignored), f"Garbage became {event!r}: {body[:80]!r}")
    for sample in kit.samples:
        for body in spoiled(sample):
            _parsed(platform, body, kit.account)


def _parsed(platform: Platform, body: bytes, account: str) -> Sequence[object]:
    try:
        events = platform.parse(body, account)
    except Exception as error:
        raise NotConforming(f"parse raised {error!r} on {body[:200]!r}.") from error
    _demand(bool(events), f"parse made nothing, not even `Ignored`, of {body[:200]!r}.")
    for event in events:
        known = isinstance(event, Written | Edited | Deleted | Moderated | Ignored)
        _demand(known, f"parse made {event!r}, which the contract has not.")
        if isinstance(event, Ignored):
            _demand(bool(event.why.strip()), f"Ignored without a reason: {body[:200]!r}.")
    return events


# --- The door ------------------------------------------------------------------------------


def _not_genuine(platform: Platform, kit: Kit) -> None:
    door = platform.door
    if door is None:
        return
    request, app = kit.genuine()
    now = kit.now()
    door.verify(request, app, now)
    _demand(bool(door.split(request, app, now)), "A genuine call was split into nothing.")
    forged = {
        "without its headers": (replace(request, headers={}), app),
        "with another body": (replace(request, body=request.body + b" "), app),
        "with an empty body": (replace(request, body=b""), app),
        "under another secret": (request, replace(app, secrets=(_ANOTHER,))),
        "for an app without a secret": (request, replace(app, secrets=())),
    }
    for how, (call, its_app) in forged.items():
        try:
            door.verify(call, its_app, now)
        except NotGenuine as refusal:
            _demand(400 <= refusal.status < 500, f"A call {how} was answered {refusal.status}.")
        else:
            raise NotConforming(f"A call {how} was taken for genuine.")


# --- Sending and looking -------------------------------------------------------------------


def _twice(platform: Platform, kit: Kit) -> None:
    """Where the platform has no key of its own, the desk reads back first; so does this."""
    message = kit.answer()
    keyed = platform.capabilities.abilities["idempotency_key"].can is Can.YES
    with closing(kit.connect()) as connector:
        first = connector.send(message, now=kit.now())
        second = connector.read_back(message, now=kit.now())
        if keyed:
            second = connector.send(message, now=kit.now())
    _demand(second is not None, "What was sent is not found again.")
    _demand(second is not None and second.native_id == first.native_id, "It has two ids.")
    _demand(first.at.tzinfo is not None, "The receipt's time says no zone.")
    _demand(kit.standing(message) == 1, f"It stands {kit.standing(message)} times.")


def _read_back(_platform: Platform, kit: Kit) -> None:
    message = kit.answer()
    with closing(kit.connect()) as connector:
        _demand(
            connector.read_back(message, now=kit.now()) is None,
            "An answer that was never sent was found.",
        )
        receipt = connector.send(message, now=kit.now())
        found = connector.read_back(message, now=kit.now())
    _demand(found is not None, "An answer that was sent was not found.")
    _demand(found is not None and found.native_id == receipt.native_id, "Another answer was found.")


def _too_long(platform: Platform, kit: Kit) -> None:
    long = "a" * (platform.capabilities.text.most + 1)
    message = replace(kit.answer(), text=long)
    with closing(kit.connect()) as connector:
        _demand_refused(lambda: connector.send(message, now=kit.now()), "A text too long")
    _demand(kit.standing(message) == 0, "A text too long stands on the network.")


def _unknown(platform: Platform, kit: Kit) -> None:
    with closing(kit.connect()) as connector:
        events = connector.lookup([kit.unknown_id], now=kit.now())
    found = [one for raw in events for one in platform.parse(raw.body, kit.account)]
    gone = [one.native_id for one in found if isinstance(one, Deleted)]
    _demand(gone == [kit.unknown_id], f"An unknown item was looked up as {found!r}.")


# --- Yes and no ----------------------------------------------------------------------------


def _journey(name: str, kit: Kit) -> None:
    journey = kit.journeys.get(name)
    if journey is None:
        raise NotConforming(f"It says it can “{name}”, and no journey shows it.")
    journey()


def _refused(name: str, kit: Kit) -> None:
    with closing(kit.connect()) as connector:
        _demand_refused(partial(_ask, name, connector, kit), f"“{name}”, which it says it cannot,")


def _ask(name: str, connector: Connector, kit: Kit) -> None:
    now = kit.now()
    if name in {act.value for act in Act}:
        connector.moderate(kit.theirs(Act(name)), now=now)
        return
    message = kit.answer()
    match name:
        case "reply_public" | "reply_private":
            # Where nothing can be answered, a kit's message may be something to publish.
            parent, private = message.parent or kit.unknown_id, name == "reply_private"
            message = replace(message, parent=parent, private=private, publication=None)
        case "image":
            picture = Media(kind="image", alt="a dot", content=b"GIF89a", content_type="image/gif")
            message = replace(message, media=(picture,))
        case "video":
            film = Media(kind="video", alt="a dot", content=b"\0" * 32, content_type="video/mp4")
            message = replace(message, media=(film,))
        case "story":
            picture = Media(kind="image", alt="a dot", content=b"GIF89a", content_type="image/gif")
            story = Publication(form=Form.STORY)
            message = replace(message, parent="", root="", media=(picture,), publication=story)
        case "publish":
            message = replace(message, parent="", root="", publication=Publication())
    connector.send(message, now=now)


def _demand_refused(call: Callable[[], object], what: str) -> None:
    try:
        call()
    except Refused as refusal:
        _demand(bool(str(refusal).strip()), f"{what} was refused without a reason.")
    except PlatformError as error:
        raise NotConforming(f"{what} was not refused but {error!r}.") from error
    else:
        raise NotConforming(f"{what} was not refused.")


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise NotConforming(otherwise)
