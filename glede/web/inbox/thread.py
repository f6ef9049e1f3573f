"""One conversation as the page shows it: what was said, what is leaving, the sum, the history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from django.urls import reverse

from glede.desk.attachments import queries as attachments
from glede.desk.attachments.queries import Shown
from glede.desk.captures import queries as captures
from glede.desk.clocks import queries as clocks
from glede.desk.contacts.queries import Known
from glede.desk.conversations import mentions, queries_mentions, talk
from glede.desk.conversations import veil as veils
from glede.desk.conversations.mentions import Named
from glede.desk.conversations.rules import SETTLED, Direction
from glede.desk.conversations.talk import Card, PersonCard, Said, Subject
from glede.desk.conversations.veil import Veil
from glede.desk.conversations.window import NEWEST, Window
from glede.desk.moderation import queries as moderation
from glede.desk.moderation import rules as moderation_rules
from glede.desk.outbox import queries as outbox
from glede.desk.outbox.queries import Leaving, Sending, There
from glede.desk.outbox.rules import BECAUSE_WORDS
from glede.desk.outbox.rules import State as Delivery
from glede.kit import clock
from glede.kit.words import say, say_many
from glede.platforms import registry
from glede.rulebook.people.rules import Permission
from glede.web.inbox import about, held, promised, words
from glede.web.inbox.asked import NO_BRAND, BrandView
from glede.web.inbox.listing import platform_name
from glede.web.inbox.sight import Sight
from glede.web.inbox.words import Chip, DeedView, Outcome, Piece

#: Stands for the post under discussion where messages are unveiled by their ids: none has this.
THE_POST = 0
#: Entries of the history shown at once; the rest is one fold away.
RECENT = 8
#: Neighbours' comments that stand together are folded away where they are more.
MOST_UNFOLDED = 2
#: So many people are named on a fold.
MOST_NAMED = 3
#: So many items below it, the first one that waits has a link of its own.
FAR = 6


@dataclass(frozen=True, slots=True)
class EditView:
    at: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """One thing in the thread. `kind`: theirs, around, ours, auto, note or leaving."""

    key: str
    kind: str
    who: str
    when: str
    at: datetime
    said: Said | None = None
    text: str = ""
    waits: bool = False
    waits_first: bool = False
    lag: str = ""
    edits: tuple[EditView, ...] = ()
    gone: str = ""
    outcome: Outcome | None = None
    delivery_id: int = 0
    may_undo: bool = False
    elsewhere: str = ""
    #: What came with it, as far as we hold it or can say why not.
    pictures: tuple[Shown, ...] = ()
    #: What was done to it, and where more can be done.
    deeds: tuple[DeedView, ...] = ()
    hidden: str = ""
    removed: str = ""
    moderate_url: str = ""
    #: Where its evidence stands, if somebody copied it by hand.
    captured_url: str = ""
    #: Where a person has to answer instead, and a private answer's reason.
    answer_at: str = ""
    because: str = ""
    #: What is leaving goes to them alone.
    private: bool = False
    #: It waits for a second person’s yes, or got a no.
    asked: held.AskedView | None = None
    #: A note's words, with the colleagues it names.
    named: tuple[Piece, ...] = ()
    #: In which language it is written, where that is not the desk's own.
    language: str = ""
    #: Why it is veiled, a link that shows it here and now, and where the veil is put on or lifted.
    veil: Veil | None = None
    show_url: str = ""
    veil_url: str = ""
    is_flagged: bool = False
    #: What it answers, where that is neither the post itself nor what stands right above it.
    answers: str = ""
    answers_url: str = ""

    @property
    def by_us(self) -> bool:
        return self.kind == "ours"


@dataclass(frozen=True, slots=True)
class Block:
    """One item, or neighbours' comments that stand together, folded where they are many."""

    key: str
    items: tuple[ItemView, ...]
    #: What the fold says; empty for an item that stands by itself.
    fold: str = ""
    open: bool = True
    #: What stands here and below is new to this person.
    begins_new: str = ""


@dataclass(frozen=True, slots=True)
class DayView:
    label: str
    key: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class SubjectView:
    """The post under discussion, with what it shows."""

    of: Subject
    pictures: tuple[Shown, ...]
    #: Why it is veiled, and a link that shows it here and now.
    veil: Veil | None
    show_url: str
    gone: str


@dataclass(frozen=True, slots=True)
class ThreadView:
    card: Card
    subject: SubjectView | None
    brand: BrandView
    platform: str
    chip: Chip
    url: str
    days: tuple[DayView, ...]
    #: The links beside the window: older messages, newer ones, the newest, the first that waits.
    earlier_query: str
    later_query: str
    waits_query: str
    waits_since: str
    #: The message that was asked for, if it is here.
    at_key: str
    others: int
    is_settled: bool
    settled_words: str
    owner: str
    is_mine: bool
    person: PersonCard
    known_as: tuple[str, ...]
    sum: about.SumView | None
    clocks: tuple[about.ClockLine, ...]
    timescales: tuple[promised.TimescaleView, ...]
    is_unanswered: bool
    #: An answer that only the platform's own app takes.
    there: There | None
    #: Did they write last in private? None where that stands outside of what is shown.
    last_private: bool | None
    #: Pictures this person has chosen for a reply here.
    chosen: tuple[Shown, ...]
    #: This person's replies in other conversations that can still be taken back.
    leaving: tuple[Leaving, ...]
    history: tuple[about.HistoryLine, ...]
    more_history: tuple[about.HistoryLine, ...]


def build(
    card: Card,
    sight: Sight,
    *,
    known: Known,
    window: Window = NEWEST,
    unveiled: frozenset[int] = frozenset(),
) -> ThreadView:
    """`unveiled`: messages whose veil this page leaves away."""
    said = talk.talk(sight.viewer, card, window=window)
    ours = [one.id for one in said.said if one.direction == Direction.OUT]
    sendings, leaving = outbox.beside_talk(card.id, ours, person_id=sight.viewer.id, now=sight.now)
    there = outbox.there_among(sendings) if card.waiting_count else None
    if said.later is not None:
        sendings = tuple(one for one in sendings if one.message_id is not None)
    pictures = attachments.of_talk(
        [one.id for one in said.said if one.pictures or one.direction == Direction.OUT],
        subject_id=card.subject_id,
        conversation_id=card.id,
        person_id=sight.viewer.id,
    )
    items = _items(card, said, sendings, sight, came=pictures.came, unveiled=unveiled)
    brand = sight.known.get(card.brand_id, NO_BRAND)
    person = talk.person_card(card, known.names)
    whys = clocks.whys(card.id)
    why = whys[0] if whys else None
    history = about.history(card, why, sight)
    return ThreadView(
        card=card,
        subject=_subject(card, pictures.subject, sight, unveiled=unveiled),
        brand=brand,
        platform=platform_name(card.platform),
        chip=words.chip(
            state=card.state,
            state_at=card.state_at,
            due_at=card.due_at,
            due_from=card.due_from,
            due_kind=card.due_kind,
            now=sight.now,
            zone=sight.zone,
        ),
        url=sight.state.open(card.id),
        days=_days(items, sight, looked_at=card.looked_at),
        earlier_query=_beside("earlier", said.earlier, sight),
        later_query=_beside("later", said.later, sight),
        waits_query=_waits(said, items, sight),
        waits_since=sight.when(said.waiting_since) if said.waiting_since else "",
        at_key=f"m{window.at}" if any(item.key == f"m{window.at}" for item in items) else "",
        others=len({item.who for item in items if item.kind == "around"} - {brand.name}),
        is_settled=card.state in SETTLED,
        settled_words=f"{card.state.capitalize()} {sight.when(card.state_at)}",
        owner=words.first_name(card.owner_name),
        is_mine=card.owner_id == sight.viewer.id,
        person=person,
        known_as=tuple(about.known_as(one) for one in person.known_as),
        sum=None if why is None else about.sum_view(card, why, sight),
        clocks=about.clock_lines(whys, sight),
        timescales=promised.views(card, sight),
        is_unanswered=card.waiting_count > 0 and card.state not in SETTLED,
        there=there,
        last_private=said.last_private,
        chosen=pictures.chosen,
        leaving=leaving,
        history=history[:RECENT],
        more_history=history[RECENT:],
    )


def _subject(
    card: Card, pictures: tuple[Shown, ...], sight: Sight, *, unveiled: frozenset[int]
) -> SubjectView | None:
    of = card.subject
    if of is None:
        return None
    url = sight.state.open(card.id)
    return SubjectView(
        of=of,
        pictures=pictures,
        veil=None if THE_POST in unveiled else veils.of(of.flagged),
        show_url=f"{url}{'&' if '?' in url else '?'}show={THE_POST}#subject",
        gone=sight.when(of.gone_at) if of.gone_at else "",
    )


# --- What was said -------------------------------------------------------------------------------


def _items(
    card: Card,
    of: talk.Talk,
    sendings: tuple[Sending, ...],
    sight: Sight,
    *,
    came: Mapping[int, tuple[Shown, ...]],
    unveiled: frozenset[int],
) -> list[ItemView]:
    sent = {one.message_id: one for one in sendings if one.message_id is not None}
    done = _deeds(card, of, sight)
    copied = captures.of_messages(card.id, [said.id for said in of.said if said.captured])
    notes = [said.id for said in of.said if said.direction == Direction.NOTE and "@" in said.text]
    named = queries_mentions.named_in(notes) if notes else {}
    items: list[ItemView] = []
    waits = False
    for said in of.said:
        first = said.id == of.waiting_from
        waits = waits or first or _is_past(said, of)
        item = _item(card, said, sent.get(said.id), sight, waits=waits, first=first)
        if said.id in came:
            item = replace(item, pictures=came[said.id])
        if said.direction == Direction.IN:
            item = _moderated(item, said, done.get(said.id, ()), sight, brand=card.brand_id)
            item = _veiled(item, said, card, sight, unveiled=unveiled)
        if said.id in named:
            item = replace(item, named=_pieces(said.text, named[said.id], sight))
        if said.id in copied:
            item = replace(item, captured_url=reverse("capture:show", args=[copied[said.id]]))
        items.append(_answering(item, said, of, above=items[-1].key if items else "", sight=sight))
    asked = held.of(card, sendings, sight)
    items += [
        replace(_leaving(card, one, sight), asked=asked.get(one.id))
        for one in sendings
        if one.message_id is None and one.state != Delivery.SENT
    ]
    return sorted(items, key=lambda item: item.at)


def _is_past(said: Said, of: talk.Talk) -> bool:
    """Does it stand after the first message that waits, which is not shown itself?"""
    return of.waiting_since is not None and said.received_at > of.waiting_since


def _answering(item: ItemView, said: Said, of: talk.Talk, *, above: str, sight: Sight) -> ItemView:
    parent = said.answers
    if parent is None or above == f"m{parent.id}":
        return item
    who = "us" if parent.ours else parent.author or "somebody"
    shown = any(one.id == parent.id for one in of.said)
    beside = f"{sight.state.open(parent.conversation_id)}" if parent.conversation_id else ""
    return replace(
        item,
        answers=f"{who}, {sight.when(parent.at)}: {parent.words}",
        answers_url=f"#m{parent.id}"
        if shown
        else f"{beside}{'&' if '?' in beside else '?'}at={parent.id}#m{parent.id}"
        if beside
        else "",
    )


def _item(
    card: Card,
    said: Said,
    sent: Sending | None,
    sight: Sight,
    *,
    waits: bool,
    first: bool,
) -> ItemView:
    kind = _kind(card, said)
    brand = sight.known.get(card.brand_id, NO_BRAND)
    platform = platform_name(card.platform)
    lag = said.ingested_at - said.received_at
    asks = kind == "theirs" and waits and said.deleted_at is None
    return ItemView(
        key=f"m{said.id}",
        kind=kind,
        who=_who(said, brand),
        when=sight.time(said.received_at),
        at=said.received_at,
        said=said,
        text=said.text,
        waits=asks,
        waits_first=asks and first,
        lag=(
            say(
                "reached us %(at)s, %(time)s later",
                at=sight.when(said.ingested_at),
                time=clock.duration_words(lag),
            )
            if lag > words.LAG and kind == "theirs"
            else ""
        ),
        edits=_edits(said, sight),
        language=words.language(said.language) if said.direction == Direction.IN else "",
        gone=sight.when(said.deleted_at) if said.deleted_at else "",
        outcome=None
        if sent is None
        else words.outcome(sent, platform=platform, now=sight.now, zone=sight.zone),
        delivery_id=sent.id if sent else 0,
        because=BECAUSE_WORDS[sent.because] if sent and sent.because else "",
        elsewhere=(
            sight.state.open(said.conversation_id)
            if said.conversation_id not in (None, card.id) and said.due_elsewhere
            else ""
        ),
    )


def _deeds(card: Card, of: talk.Talk, sight: Sight) -> dict[int, tuple[DeedView, ...]]:
    ids = [said.id for said in of.said if said.direction == Direction.IN]
    found: dict[int, tuple[DeedView, ...]] = {}
    for one in moderation.of_messages(ids):
        may = sight.viewer.may(moderation_rules.ASKS[one.act], card.brand_id)
        view = words.deed(one, may=may, now=sight.now, zone=sight.zone)
        found[one.message_id] = (*found.get(one.message_id, ()), view)
    return found


def _moderated(
    item: ItemView, said: Said, deeds: tuple[DeedView, ...], sight: Sight, *, brand: int
) -> ItemView:
    """What was done to a resident's message, and by whom."""
    there = say("in the platform’s own app") if said.moderated_there else say("by us")
    may = (
        said.conversation_id is not None
        and said.handle_id is not None
        and said.deleted_at is None
        and sight.viewer.may(Permission.MODERATE, brand)
    )
    return replace(
        item,
        deeds=deeds,
        hidden=say("Hidden %(there)s, %(at)s", there=there, at=sight.when(said.hidden_at))
        if said.hidden_at
        else "",
        removed=say("Removed %(there)s, %(at)s", there=there, at=sight.when(said.removed_at))
        if said.removed_at
        else "",
        moderate_url=(
            reverse("inbox:moderate", args=[said.conversation_id, said.id]) if may else ""
        ),
    )


def _veiled(
    item: ItemView, said: Said, card: Card, sight: Sight, *, unveiled: frozenset[int]
) -> ItemView:
    own = said.conversation_id == card.id and said.deleted_at is None
    may = own and sight.viewer.may(Permission.WORK_CONVERSATIONS, card.brand_id)
    url = sight.state.open(card.id)
    return replace(
        item,
        veil=None if said.id in unveiled else veils.of(said.flagged),
        show_url=f"{url}{'&' if '?' in url else '?'}at={said.id}&show={said.id}#m{said.id}",
        veil_url=reverse("inbox:veil", args=[card.id, said.id]) if may else "",
        is_flagged=bool(said.flagged),
    )


def _kind(card: Card, said: Said) -> str:
    if said.direction == Direction.NOTE:
        return "note"
    if said.conversation_id != card.id:
        return "around"
    if said.automatic:
        return "auto"
    return "ours" if said.direction == Direction.OUT else "theirs"


def _who(said: Said, brand: BrandView) -> str:
    if said.direction == Direction.OUT:
        return brand.name
    return said.author or said.handle or say("Somebody")


def _edits(said: Said, sight: Sight) -> tuple[EditView, ...]:
    if said.deleted_at is not None:
        return ()
    return tuple(
        EditView(sight.when(new.at), words.changes(old.text, new.text))
        for old, new in zip(said.versions, said.versions[1:], strict=False)
    )


def _pieces(text: str, named: tuple[Named, ...], sight: Sight) -> tuple[Piece, ...]:
    """The words of a note in pieces: a name is `me` or `name`, the rest `same`."""
    try:
        spots = mentions.spots(text, named)
    except mentions.Unclear:
        return ()
    pieces, end = [], 0
    for spot in spots:
        kind = "me" if spot.person.id == sight.viewer.id else "name"
        pieces += [Piece("same", text[end : spot.start]), Piece(kind, text[spot.start : spot.end])]
        end = spot.end
    return (*pieces, Piece("same", text[end:]))


def _leaving(card: Card, sending: Sending, sight: Sight) -> ItemView:
    outcome = words.outcome(
        sending, platform=platform_name(card.platform), now=sight.now, zone=sight.zone
    )
    return ItemView(
        key=f"d{sending.id}",
        kind="leaving",
        who=sight.known.get(card.brand_id, NO_BRAND).name,
        when=sight.time(sending.queued_at),
        at=sending.queued_at,
        text=sending.text,
        outcome=outcome,
        delivery_id=sending.id,
        answer_at=sending.answer_at,
        private=sending.private,
        because=BECAUSE_WORDS[sending.because] if sending.because else "",
        may_undo=outcome.kind in ("leaving", "retry"),
    )


def _days(
    items: list[ItemView], sight: Sight, *, looked_at: datetime | None
) -> tuple[DayView, ...]:
    days: dict[date, list[ItemView]] = {}
    for item in items:
        days.setdefault(item.at.astimezone(sight.zone).date(), []).append(item)
    new = _first_new(items, sight, looked_at=looked_at)
    this_year = sight.now.astimezone(sight.zone).year
    made = []
    for on, these in days.items():
        label = clock.day_words(these[0].at, sight.zone)
        blocks = tuple(_blocks(these, new=new, since=looked_at, sight=sight))
        label = label if on.year == this_year else f"{label} {on.year}"
        made.append(DayView(label, f"{on:%Y%m%d}", blocks))
    return tuple(made)


def _first_new(items: list[ItemView], sight: Sight, *, looked_at: datetime | None) -> str:
    """The first thing others said since this person last looked; none where all or nothing is."""
    if looked_at is None:
        return ""
    new = [
        item.said is not None
        and item.said.ingested_at > looked_at
        and item.said.person_id != sight.viewer.id
        for item in items
    ]
    if not any(new) or new[0]:
        return ""
    return items[new.index(True)].key


def _blocks(
    items: list[ItemView], *, new: str, since: datetime | None, sight: Sight
) -> Iterator[Block]:
    said = say("New since you last looked, %(at)s", at=sight.when(since)) if since else ""
    for key, run in groupby(items, key=_run):
        for these in _cut_at(list(run), new) if key else ([one] for one in run):
            yield Block(
                key=these[0].key,
                items=tuple(these),
                fold=_fold(these) if key else "",
                open=len(these) <= MOST_UNFOLDED,
                begins_new=said if these[0].key == new else "",
            )


def _run(item: ItemView) -> str:
    return "around" if item.kind == "around" else ""


def _cut_at(items: list[ItemView], new: str) -> list[list[ItemView]]:
    """In two where what is new begins among them."""
    at = next((place for place, item in enumerate(items) if item.key == new), 0)
    return [items[:at], items[at:]] if at else [items]


def _fold(items: list[ItemView]) -> str:
    names = list(dict.fromkeys(item.who for item in items))
    shown = names if len(names) <= MOST_NAMED else [*names[: MOST_NAMED - 1], _more(names)]
    return say_many(
        "%(n)s comment beside it by %(names)s",
        "%(n)s comments beside it by %(names)s",
        len(items),
        names=words.joined(shown),
    )


def _more(names: list[str]) -> str:
    return say_many("%(n)s other", "%(n)s others", len(names) - MOST_NAMED + 1)


def _beside(side: str, message_id: int | None, sight: Sight) -> str:
    """The list's place and the window's, as the part of an address after its path."""
    if message_id is None:
        return ""
    query = sight.state.query
    return f"{query}{'&' if query else '?'}{side}={message_id}"


def _waits(of: talk.Talk, items: list[ItemView], sight: Sight) -> str:
    """A way to the first message that waits, where it is out of sight or far above the end."""
    if of.waiting_from is None:
        return ""
    key = f"m{of.waiting_from}"
    at = next((place for place, item in enumerate(items) if item.key == key), None)
    if at is None:
        return f"{_beside('at', of.waiting_from, sight)}#{key}"
    return f"#{key}" if len(items) - at > FAR else ""


def may_reply_here(card: Card) -> bool:
    """Does the platform take an answer from here at all?"""
    platform = registry.find(card.platform)
    if platform is None:
        return False
    ability = "reply_private" if card.private else "reply_public"
    return platform.capabilities.abilities[ability].can != "no"
