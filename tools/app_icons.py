"""Draw the icons of the desk as an app, from its own mark: `python -m tools.app_icons`.

Full square and with the mark inside the inner four fifths, as a phone may cut any shape of it
(https://www.w3.org/TR/appmanifest/#icon-masks).
"""

import re
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium

STATIC = Path(__file__).parents[1] / "glede" / "web" / "static" / "glede"
SIZES = (192, 512)
_PAGE = """<!doctype html><style>*{{margin:0}}body{{background:{ground};inline-size:100vw;
block-size:100vh;display:grid;place-items:center}}svg{{inline-size:78vw}}</style>{mark}"""


def main() -> None:
    mark = (STATIC / "icon.svg").read_text(encoding="utf-8")
    ground = re.search(r'fill="(#[0-9a-f]{6})"', mark)
    if ground is None:
        raise SystemExit("icon.svg has no ground to draw on.")
    plain = re.sub(r"<rect[^>]*/>", "", mark)
    with sync_playwright() as playwright, chromium(playwright) as browser:
        for size in SIZES:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(_PAGE.format(ground=ground.group(1), mark=plain))
            page.screenshot(path=str(STATIC / f"app-{size}.png"))
            page.close()


if __name__ == "__main__":
    main()
