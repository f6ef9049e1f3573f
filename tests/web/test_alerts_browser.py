"""Alerts in a real Chromium: what is raised appears, somebody has it, and a push opens the case."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from glede.flow import alerting, paging, reaching
from glede.kit import clock
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.flow import push_service
from tests.web import inbox_desk
from tests.web.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Chromium clicks no notification for a test, and would not say that a person did: its handler is
#: called as Chromium calls it, and says where it wanted to go.
CLICK = """async () => {
    const [notification] = await self.registration.getNotifications();
    const event = new NotificationEvent("notificationclick", { notification });
    let opened = "", done;
    event.waitUntil = (work) => { done = work; };
    self.clients.openWindow = async (url) => { opened = url; };
    self.dispatchEvent(event);
    await done;
    return opened;
}"""
SHOWN = """async (wanted) => {
    for (let look = 0; look < 800; look += 1) {
        const [shown] = await self.registration.getNotifications({ tag: wanted });
        if (shown) {
            const { title, body, tag, requireInteraction } = shown;
            return { title, body, tag, requireInteraction };
        }
        await new Promise((done) => { setTimeout(done, 25); });
    }
    return null;
}"""


def delivers(page: Page, desk: Desk, message: str) -> None:
    """What the browser's own push service would bring, once it was decrypted."""
    line = page.context.new_cdp_session(page)
    found: list[str] = []
    line.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    line.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    while not found:  # until the test's own time is over
        page.wait_for_timeout(20)
    line.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": desk.url, "registrationId": found[0], "data": message},
    )


def may_be_installed(page: Page) -> None:
    """What Chromium itself says against installing the desk as an app: nothing."""
    line = page.context.new_cdp_session(page)
    manifest = line.send("Page.getAppManifest")
    assert (manifest["url"].endswith("/manifest.webmanifest"), manifest["errors"]) == (True, [])
    found = line.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A page of a test is in a private profile, from which no browser installs anything.
    assert [one["errorId"] for one in found if one["errorId"] != "in-incognito"] == []


#: A browser's own push manager, but for the service that only its maker has.
SUBSCRIBES = """([endpoint, keys]) => {
    PushManager.prototype.getSubscription = async () => null;
    PushManager.prototype.subscribe = async (asked) => {
        window.askedFor = [asked.userVisibleOnly, asked.applicationServerKey.length];
        return { toJSON: () => ({ endpoint, keys }), unsubscribe: async () => true };
    };
}"""
#: Chromium says this when the push service gave it another address.
RENEWS = """async ([old, endpoint, keys]) => {
    const event = new Event("pushsubscriptionchange");
    let done;
    event.waitUntil = (work) => { done = work; };
    event.oldSubscription = { endpoint: old };
    event.newSubscription = { toJSON: () => ({ endpoint, keys }) };
    self.dispatchEvent(event);
    await done;
}"""


def keys_of(receiver: push_service.Receiver) -> dict[str, str]:
    return {"p256dh": receiver.subscription.p256dh, "auth": receiver.subscription.auth}


def switches_on(page: Page, desk: Desk, service: push_service.Service) -> None:
    """The button, what the desk sends, how this browser reads it, and the address it gets next."""
    first, second = (push_service.Receiver(service, path) for path in ("/push/1", "/push/2"))
    page.evaluate(SUBSCRIBES, [first.subscription.endpoint, keys_of(first)])
    with page.expect_navigation():
        page.get_by_role("button", name="Switch on in this browser").click()
    place = page.get_by_role("listitem").filter(has_text="127.0.0.1")
    expect(place).to_contain_text("not used yet")
    with page.expect_navigation():
        place.get_by_role("button", name="Send a test").click()
    paging.run(now=clock.now())
    ((path, _, body),) = service.asked
    assert (path, first.reads(body)["title"]) == ("/push/1", "Glede: a test")
    page.reload()
    expect(place).to_contain_text("sent: 201 Created")
    delivers(page, desk, json.dumps(first.reads(body)))
    (worker,) = page.context.service_workers
    assert worker.evaluate(SHOWN, "test")["body"] == "This is a test. Alerts reach you here."

    worker.evaluate(
        RENEWS, [first.subscription.endpoint, second.subscription.endpoint, keys_of(second)]
    )
    page.reload()
    expect(place).to_have_count(1)
    with page.expect_navigation():
        place.get_by_role("button", name="Send a test").click()
    paging.run(now=clock.now())
    assert [path for path, _, _ in service.asked] == ["/push/1", "/push/2"]
    assert second.reads(service.asked[-1][2])["title"] == "Glede: a test"
    worker.evaluate(
        "async () => (await self.registration.getNotifications()).map((one) => one.close())"
    )


@pytest.mark.parametrize("width", [1440, 390])
def test_from_the_alert_to_who_has_it_and_how_i_am_told(
    desk: Desk, browser: Browser, width: int
) -> None:
    town = inbox_desk.tuesday(clock.now())
    alerting.run(now=town.now - timedelta(minutes=10))
    # Chromium complains aloud of a push service that a private window cannot have.
    look = {"dark": width == 390, "errors_expected": width == 1440}
    with opened(browser, base_url=desk.url, width=width, **look) as page:
        desk.sign_in(page, town.sam)
        page.goto("/alerts/")
        asked = town.asks(
            "Iris", "When are the bins emptied?", at=clock.now() - timedelta(minutes=1)
        )
        alerting.run(now=clock.now())
        row = page.get_by_role("listitem").filter(has_text="Iris wrote to Red Kite.")
        expect(row).to_be_visible()
        expect(row).to_contain_text("nobody has it")
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        row.get_by_role("button", name="I have it").click()
        expect(row).to_contain_text("Sam has it")

        page.get_by_role("link", name="How I am told").first.click()
        page.get_by_label("Time is going: E-mail").check()
        page.get_by_label("from").nth(2).fill("20:30")
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        with page.expect_navigation():
            page.get_by_role("button", name="Keep these preferences").click()
        expect(page.get_by_label("Time is going: E-mail")).to_be_checked()
        expect(page.get_by_label("from").nth(2)).to_have_value("20:30")

        reaching.send_test(viewer=town.sam, address_id=None, now=clock.now())
        page.get_by_role("link", name="What was sent").click()
        expect(page.get_by_text("waits", exact=True).first).to_be_visible()
        assert_accessible(page)
        assert_no_sideways_scroll(page)

        with page.expect_navigation():
            page.get_by_role("link", name="Where to", exact=True).click()
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        if width == 390:
            return
        may_be_installed(page)
        page.context.grant_permissions(["notifications"], origin=desk.url)
        page.get_by_role("button", name="Switch on in this browser").click()
        # There is no push service to be had here; the page says so, and its script is in place.
        expect(page.get_by_text("could not be switched on")).to_be_visible()
        with push_service.opened(desk.push_port) as service:
            switches_on(page, desk, service)

        told = {
            "title": "Glede: urgent",
            "body": "Red Kite: read it now.",
            "href": f"/c/{asked.pk}/",
            "tag": f"c{asked.pk}",
            "severe": True,
        }
        delivers(page, desk, json.dumps(told))
        (worker,) = page.context.service_workers
        assert worker.evaluate(SHOWN, told["tag"]) == {
            "title": "Glede: urgent",
            "body": "Red Kite: read it now.",
            "tag": f"c{asked.pk}",
            "requireInteraction": True,
        }
        where = worker.evaluate(CLICK)
        assert where == f"{desk.url}/c/{asked.pk}/"
        page.goto(where)
        expect(page.get_by_text("When are the bins emptied?").first).to_be_visible()

        delivers(page, desk, json.dumps({**told, "href": "https://elsewhere.example/", "tag": "x"}))
        assert worker.evaluate(SHOWN, "x")["title"] == "Glede: urgent"
        assert worker.evaluate(CLICK) == f"{desk.url}/alerts/"
