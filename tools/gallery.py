"""What the gallery shows: one line a picture, and the page made of them (docs/gallery.md)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from playwright.sync_api import Page, expect

type Step = Callable[[Page], object]

#: Stands for the address of a website's form, which has a key in it.
FORM = "{form}"


@dataclass(frozen=True, slots=True)
class Picture:
    """`path` is an address; `FORM` in it stands for that of a website's form."""

    name: str
    title: str
    path: str
    says: str
    #: First name of the colleague who sits there; empty for somebody from outside.
    who: str = "sam"
    width: int = 1440
    theme: str = "light"
    steps: tuple[Step, ...] = ()


# --- What one does before the picture is taken -------------------------------------------------


def _open(name: str) -> Step:
    def step(page: Page) -> None:
        page.locator("#rows .row", has_text=name).first.locator(".to").click()
        expect(page.locator("#title")).to_contain_text(name)
        page.wait_for_timeout(600)

    return step


def _open_first(page: Page) -> None:
    page.locator("#rows .row .to").first.click()
    expect(page.locator("#title")).to_be_visible()
    page.wait_for_timeout(600)


def _open_talk(page: Page) -> None:
    """The first conversation of several posts on somebody's timeline, or any of several posts."""
    several = page.locator("#rows .row:has(.count)")
    public = several.filter(has=page.locator(".vis:not(.private)"))
    (public if public.count() else several).first.locator(".to").click()
    expect(page.locator("#title")).to_be_visible()
    page.wait_for_timeout(600)


def _press(*names: str) -> Step:
    def step(page: Page) -> None:
        for name in names:
            page.keyboard.press(name)
        page.wait_for_timeout(400)

    return step


def _type(words: str) -> Step:
    def step(page: Page) -> None:
        page.keyboard.type(words)
        page.wait_for_timeout(600)

    return step


def _click(selector: str) -> Step:
    def step(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_timeout(600)

    return step


_REPLY = "Hello, thank you for telling us. Somebody from the repairs team will ring you today."

PICTURES: tuple[Picture, ...] = (
    Picture(
        "inbox",
        "The inbox",
        "/",
        "Conversations by time left; what one is about; the composer; why the answer is due when "
        "it is.",
        steps=(_open_talk, _press("r"), _type(_REPLY)),
    ),
    Picture(
        "inbox-dark",
        "The inbox, dark",
        "/",
        "The same tokens in the dark. Late, soon and private keep their word and shape.",
        theme="dark",
        steps=(_open_talk,),
    ),
    Picture(
        "inbox-contrast",
        "The inbox, high contrast",
        "/",
        "Every edge is drawn, tints are gone, ink is at its limit.",
        theme="contrast",
        steps=(_open_talk,),
    ),
    Picture(
        "inbox-phone", "The inbox on a phone", "/", "One pane; 44 px under a thumb.", width=390
    ),
    Picture(
        "thread-phone",
        "A conversation on a phone",
        "/",
        "Back leads to the list; the clock stands above what is written.",
        width=390,
        steps=(_open_first,),
    ),
    Picture(
        "thread-phone-dark",
        "A conversation on a phone, dark",
        "/",
        "The same at night.",
        width=390,
        theme="dark",
        steps=(_open_first,),
    ),
    Picture(
        "note",
        "An internal note",
        "/",
        "Hatched edge, yellow ground, “never sent”: not to be mistaken for a reply.",
        steps=(_open_first, _press("n"), _type("Repairs job R-20418 is open; roofer tomorrow.")),
    ),
    Picture(
        "why",
        "Why it is due then",
        "/",
        "A click on the chip opens its sum: received, hours, promise, clause, version.",
        steps=(_click("#rows .due[data-why]"),),
    ),
    Picture(
        "command-bar",
        "The command bar",
        "/",
        "Ctrl K does, goes and finds: acts, places, people, clauses.",
        steps=(_open_first, _press("Control+k"), _type("re")),
    ),
    Picture(
        "keys",
        "The keys",
        "/",
        "? lists what this screen offers, with the keys of whoever sits here.",
        steps=(_open_first, _press("?")),
    ),
    Picture(
        "search",
        "Search",
        "/search/?q=heating",
        "Messages, notes and people, with what was found marked.",
    ),
    Picture("alerts", "Alerts", "/alerts/", "What runs out of time, and who was told.", "priya"),
    Picture(
        "rota",
        "The rota",
        "/rota/",
        "Who is on duty and on call, and the hours nobody covers.",
        "priya",
    ),
    Picture(
        "capture",
        "Captured by hand",
        "/capture/",
        "What no interface reads is copied with its screenshot, under the same clocks.",
    ),
    Picture(
        "policy",
        "The policy in force",
        "/policy/",
        "Each clause with its words marked where a rule was read from them.",
        "felix",
    ),
    Picture(
        "clause",
        "One clause",
        "/policy/clauses/6.5/",
        "What it says, what enforces it, and how well it was kept.",
        "felix",
    ),
    Picture(
        "hours",
        "Opening hours",
        "/calendars/",
        "When each brand is open, and what holds today.",
        "ada",
    ),
    Picture(
        "automatic-texts",
        "Automatic texts",
        "/acknowledgements/",
        "What is said by itself, in which language, and who agreed to it.",
        "noor",
    ),
    Picture(
        "channels",
        "Channels",
        "/channels/",
        "Health is what was heard, not a flag.",
        "ada",
    ),
    Picture(
        "platforms",
        "Platforms",
        "/platforms/",
        "What each platform lets a desk do, and what it does not.",
        "ada",
    ),
    Picture("settings", "My settings", "/me/", "Theme, rows, keys: each person's own.", "sam"),
    Picture(
        "my-keys",
        "My keys",
        "/me/keys/",
        "Every act and its key; another, two in a row, or none.",
    ),
    Picture(
        "wall",
        "The wall of the room",
        "/wall/",
        "Late, near, where, and who is there; never a resident’s name. Each figure opens its rows.",
        "priya",
        width=1920,
    ),
    Picture("sign-in", "Signing in", "/accounts/login/", "A passkey, or a password.", who=""),
    Picture(
        "visitor",
        "The form of a brand's website",
        FORM,
        "What residents see: no account, no cookie, and the promise of the policy.",
        who="",
        width=390,
    ),
    Picture(
        "visitor-welsh",
        "The same in Welsh",
        f"{FORM}?lang=cy",
        "What somebody chooses goes with their message, and the acknowledgement follows it.",
        who="",
        width=390,
    ),
)


def page(pictures: Sequence[Picture]) -> str:
    """The gallery in Markdown, in the order given."""
    lines = [
        "# Gallery",
        "",
        "Made by `make screenshots` from the demo on a fresh database, Tuesday 24 November 2026, "
        "13:30. All residents, staff and houses are invented.",
    ]
    for one in pictures:
        size = f' width="{one.width // 2 if one.width < 600 else 900}"'
        lines += [
            "",
            f"## {one.title}",
            "",
            f"{one.says} ({one.width} px, {one.theme})",
            "",
            f'<img src="screenshots/{one.name}.png" alt="{one.title}"{size}>',
        ]
    return "\n".join(lines) + "\n"
