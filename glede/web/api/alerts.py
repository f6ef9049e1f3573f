"""A person's alerts over the API: what they were told, how, where to, and what became of it."""

from datetime import datetime, time
from http import HTTPStatus
from typing import Annotated

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from glede.desk.alerts import queries, queries_ways
from glede.desk.alerts.actions_ways import LONGEST_ADDRESS, LONGEST_NAME, NotAddedError
from glede.desk.alerts.queries import Told
from glede.desk.alerts.queries_ways import Logged, Place
from glede.desk.alerts.rules import CHOSEN, Kind, State, Way, Wishes
from glede.flow import alerting, reaching
from glede.rulebook.people.rules import Permission
from glede.web.access import found
from glede.web.api.base import CHANGES, REFUSALS, Unfit, asks, caller, or_conflict
from glede.web.api.shapes import PLAIN, ClockTime, Id, ShortWords, brand_named, one_of

router = Router(tags=["alerts"])

type PlaceName = Annotated[str, StringConstraints(max_length=LONGEST_NAME), PLAIN]
type Apprise = Annotated[str, StringConstraints(max_length=LONGEST_ADDRESS), PLAIN]


class AlertOut(Schema):
    """`may_take`: it waits for somebody to have it. `after` names those who were told before and
    did not take it."""

    id: int
    conversation: int | None
    kind: str
    says: str
    raised_at: datetime
    seen_at: datetime | None
    href: str
    may_take: bool
    taken_by: str
    taken_at: datetime | None
    over: str
    after: list[str]


class AlertsOut(Schema):
    """The newest hundred."""

    unseen: int
    alerts: list[AlertOut]


class AskedAlerts(Schema):
    """`of`: the alerts for which one of a storm stands."""

    of: Id | None = None


class SeenIn(Schema):
    """One alert; null for all."""

    alert: Id | None = None


class SeenOut(Schema):
    seen: int


class TakenOut(Schema):
    """How many conversations the person has now; none where somebody had it, or it was
    answered."""

    taken: int


class WaysIn(Schema):
    """One kind of alert, and by which ways it comes."""

    kind: Annotated[Kind, one_of(Kind)]
    ways: list[Annotated[Way, one_of(Way)]] = Field(max_length=len(Way))


class QuietIn(Schema):
    """From the weekday on which it begins, 0 for Monday; one that ends no later than it begins
    ends the next day."""

    day: int = Field(ge=0, le=6)
    begins: ClockTime = Field(examples=["22:00"])
    ends: ClockTime = Field(examples=["07:00"])


class PreferencesIn(Schema):
    """How one wants to be told; a kind that is not named comes in the app alone. What is severe
    comes at once by every way, and cannot be chosen."""

    ways: list[WaysIn] = Field(max_length=len(Kind))
    quiet: list[QuietIn] = Field(default_factory=list, max_length=7)
    quiet_on_duty: bool = False
    only_on_duty: bool = False


class PreferencesOut(PreferencesIn):
    pass


class ServiceIn(Schema):
    """A service by its Apprise address, which is a secret and never shown again."""

    name: PlaceName = ""
    url: Apprise = Field(examples=["ntfys://ntfy.example/desk"])


class ChannelIn(ServiceIn):
    """A team's channel: which kinds go there, and of which brand; null for every brand."""

    kinds: list[Annotated[Kind, one_of(Kind)]] = Field(max_length=len(Kind))
    brand: ShortWords | None = None


class PlaceOut(Schema):
    """Where alerts go; `shown` is what may be seen of it. `tested` says what became of the newest
    test."""

    id: int
    way: str
    name: str
    shown: str
    team: bool
    brand: str
    kinds: list[str]
    made_at: datetime
    used_at: datetime | None
    ended_at: datetime | None
    ended_why: str
    tested: str
    tested_at: datetime | None


class SentOut(Schema):
    """One delivery of an alert, and its outcome."""

    id: int
    what: str
    conversation: int | None
    way: str
    where: str
    state: str
    made_at: datetime
    next_at: datetime | None
    ended_at: datetime | None
    tries: int
    outcome: str


class AskedSent(Schema):
    state: Annotated[State, one_of(State)] | None = None


@router.get("/alerts", response={200: AlertsOut, **REFUSALS})
@asks(Permission.HANDLE_ALERTS, discloses=True)
def alerts(request: HttpRequest, asked: Query[AskedAlerts]) -> AlertsOut:
    """What the person was told."""
    person_id = caller(request).viewer.id
    storm = None
    if asked.of is not None:
        storm = found(queries.own(person_id, asked.of))
        found(storm if storm.kind == Kind.STORM else None)
    told = queries.latest(person_id, bundle_id=storm.id if storm else None)
    return AlertsOut(unseen=queries.unseen_count(person_id), alerts=[_alert(one) for one in told])


@router.post("/alerts/seen", response={200: SeenOut, **CHANGES})
@asks(Permission.HANDLE_ALERTS)
def seen(request: HttpRequest, given: SeenIn) -> SeenOut:
    """The person has seen one alert, or all of them."""
    desk = caller(request)
    return SeenOut(seen=alerting.see(viewer=desk.viewer, alert_id=given.alert, now=desk.now))


@router.post("/alerts/{int:alert_id}/take", response={200: TakenOut, **CHANGES})
@asks(Permission.HANDLE_ALERTS)
def take(request: HttpRequest, alert_id: int) -> TakenOut:
    """“I have it”, or of a storm “I have them all”: nobody else is told of it any more."""
    desk = caller(request)
    alert = found(queries.own(desk.viewer.id, alert_id))
    return TakenOut(taken=alerting.take_alert(viewer=desk.viewer, alert=alert, now=desk.now))


@router.get("/alerts/preferences", response={200: PreferencesOut, **REFUSALS})
@asks(Permission.HANDLE_ALERTS)
def preferences(request: HttpRequest) -> PreferencesOut:
    """By which ways each kind comes to the person, and when nothing rings."""
    return _preferences(queries_ways.wishes_of(caller(request).viewer.id))


@router.put("/alerts/preferences", response={200: PreferencesOut, **CHANGES})
@asks(Permission.HANDLE_ALERTS)
def prefer(request: HttpRequest, given: PreferencesIn) -> PreferencesOut:
    """Choose how the person is told."""
    viewer = caller(request).viewer
    reaching.prefer(viewer=viewer, wishes=_wishes(given))
    return _preferences(queries_ways.wishes_of(viewer.id))


@router.get("/alerts/ways", response={200: list[PlaceOut], **REFUSALS})
@asks(Permission.HANDLE_ALERTS)
def places(request: HttpRequest) -> list[PlaceOut]:
    """Where the person is told: browsers and services; and the channels of teams, for whoever
    manages the rota."""
    return list(_places(request).values())


@router.post("/alerts/ways", response={201: PlaceOut, **CHANGES})
@asks(Permission.HANDLE_ALERTS)
def add_place(request: HttpRequest, given: ServiceIn) -> Status[PlaceOut]:
    """A service of one's own, by its Apprise address."""
    desk = caller(request)
    with or_conflict(NotAddedError):
        made = reaching.add_service(
            viewer=desk.viewer, name=given.name, url=given.url, now=desk.now
        )
    return Status(HTTPStatus.CREATED, _places(request)[made.pk])


@router.post("/alerts/channels", response={201: PlaceOut, **CHANGES})
@asks(Permission.MANAGE_ROTA)
def add_channel(request: HttpRequest, given: ChannelIn) -> Status[PlaceOut]:
    """A channel of a team, by its Apprise address."""
    desk = caller(request)
    brand_id = brand_named(given.brand)
    with or_conflict(NotAddedError):
        made = reaching.add_team_channel(
            viewer=desk.viewer,
            name=given.name,
            url=given.url,
            kinds=frozenset(given.kinds),
            brand_id=brand_id,
            now=desk.now,
        )
    return Status(HTTPStatus.CREATED, _places(request)[made.pk])


@router.delete("/alerts/ways/{int:place_id}", response={204: None, **CHANGES})
@asks(Permission.HANDLE_ALERTS)
def remove_place(request: HttpRequest, place_id: int) -> Status[None]:
    """Nothing goes there any more."""
    desk = caller(request)
    try:
        reaching.remove(viewer=desk.viewer, address_id=place_id, now=desk.now)
    except reaching.NotYoursError as error:
        raise Http404(str(error)) from error
    return Status(HTTPStatus.NO_CONTENT, None)


@router.post("/alerts/ways/{int:place_id}/test", response={202: None, **CHANGES})
@asks(Permission.HANDLE_ALERTS)
def test_place(request: HttpRequest, place_id: int) -> Status[None]:
    """Send a test there; `tested` of the way says what became of it."""
    return _test(request, place_id)


@router.post("/alerts/mail/test", response={202: None, **CHANGES})
@asks(Permission.HANDLE_ALERTS)
def test_mail(request: HttpRequest) -> Status[None]:
    """Send a test to one's own e-mail; the log says what became of it."""
    return _test(request, None)


@router.get("/alerts/log", response={200: list[SentOut], **REFUSALS})
@asks(Permission.HANDLE_ALERTS, discloses=True)
def sent_log(request: HttpRequest, asked: Query[AskedSent]) -> list[SentOut]:
    """What was sent to the person, the newest first: the last hundred."""
    rows = queries_ways.log(person_id=caller(request).viewer.id, state=asked.state or "")
    return [_sent(one) for one in rows]


# --- What operations share -------------------------------------------------------------------


def _test(request: HttpRequest, place_id: int | None) -> Status[None]:
    desk = caller(request)
    try:
        reaching.send_test(viewer=desk.viewer, address_id=place_id, now=desk.now)
    except reaching.NotYoursError as error:
        raise Http404(str(error)) from error
    return Status(HTTPStatus.ACCEPTED, None)


def _wishes(given: PreferencesIn) -> Wishes:
    """Raises `Unfit`."""
    for one in given.ways:
        if one.kind not in CHOSEN:
            raise Unfit("body.ways", f"How “{one.kind.value}” comes cannot be chosen.")
    for quiet in given.quiet:
        if quiet.begins == quiet.ends:
            raise Unfit("body.quiet", "A quiet time begins and ends at different times.")
    chosen: dict[Kind, frozenset[Way]] = dict.fromkeys(CHOSEN, frozenset())
    return Wishes(
        ways=chosen | {one.kind: frozenset(one.ways) for one in given.ways},
        quiet={
            one.day: (time.fromisoformat(one.begins), time.fromisoformat(one.ends))
            for one in given.quiet
        },
        quiet_on_duty=given.quiet_on_duty,
        only_on_duty=given.only_on_duty,
    )


def _preferences(of: Wishes) -> PreferencesOut:
    return PreferencesOut(
        ways=[WaysIn(kind=kind, ways=sorted(of.of(kind))) for kind in CHOSEN],
        quiet=[
            QuietIn(day=day, begins=f"{begins:%H:%M}", ends=f"{ends:%H:%M}")
            for day, (begins, ends) in sorted(of.quiet.items())
        ],
        quiet_on_duty=of.quiet_on_duty,
        only_on_duty=of.only_on_duty,
    )


def _places(request: HttpRequest) -> dict[int, PlaceOut]:
    viewer = caller(request).viewer
    own = {one.id: _place(one, team=False) for one in queries_ways.places(viewer.id)}
    if not viewer.may(Permission.MANAGE_ROTA):
        return own
    return own | {one.id: _place(one, team=True) for one in queries_ways.team_places()}


def _place(of: Place, *, team: bool) -> PlaceOut:
    return PlaceOut(
        id=of.id,
        way=of.way,
        name=of.name,
        shown=of.shown,
        team=team,
        brand=of.brand,
        kinds=list(of.kinds),
        made_at=of.made_at,
        used_at=of.used_at,
        ended_at=of.ended_at,
        ended_why=of.ended_why,
        tested=of.tested,
        tested_at=of.tested_at,
    )


def _alert(of: Told) -> AlertOut:
    return AlertOut(
        id=of.id,
        conversation=of.conversation_id,
        kind=of.kind,
        says=of.says,
        raised_at=of.raised_at,
        seen_at=of.seen_at,
        href=of.href,
        may_take=of.may_take,
        taken_by=of.taken_by,
        taken_at=of.taken_at,
        over=of.over,
        after=list(of.after),
    )


def _sent(of: Logged) -> SentOut:
    return SentOut(
        id=of.id,
        what=of.what,
        conversation=of.conversation_id,
        way=of.way,
        where=of.where,
        state=of.state,
        made_at=of.made_at,
        next_at=of.next_at,
        ended_at=of.ended_at,
        tries=of.tries,
        outcome=of.outcome,
    )
