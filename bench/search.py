"""The search page with rare and common words, small and large: `python -m bench.search`.

The same fill as the inbox's. The yardstick is the same question asked of a hundredth of the
messages, in turns, so that a noisy minute meets both.
"""

import importlib
from urllib.parse import urlencode

from bench import house, inbox, report

ASKED = 60
WARM_UP = 5
#: What is asked for, by what makes it hard. Every message has the word “heating”.
QUESTIONS = {
    "a word that every message has": "heating ",
    "a word that one message has": "R-9876 ",
    "a rare word that is begun": "word4321",
    "a common word that is begun": "heat",
    "common and rare together": "heating word77 ",
    "a phrase": '"last night" word12 ',
    "a person's messages": 'from:"resident 1234" heating ',
    "a person's messages, as many found": 'from:"resident 1888" heating ',
    "a name with a letter wrong": "Residemt 1500",
    "nothing": "zeppelin ",
}
#: The same question where there is little, if what it finds would otherwise be less: “resident 19”
#: are as many people there as “resident 1888” are where there is much, 111 with 555 messages.
WHERE_LITTLE = {"a person's messages, as many found": 'from:"resident 19" heating '}


def main() -> None:
    with house.opened() as home:
        staff = importlib.import_module("bench.staff")
        hired = staff.hire()
        cookie = staff.cookie(staff.signed_in(hired.owner))
        home.copied("small")
        inbox.fill(home.url("small"), hired, *inbox.SMALL)
        inbox.fill(home.url(), hired, *inbox.LARGE)
        with house.web(home) as large, house.web(home, database="small") as small:
            for what, typed in QUESTIONS.items():
                _measure(what, typed, cookie, large=large, small=small)


def _measure(what: str, typed: str, cookie: str, *, large: int, small: int) -> None:
    paths = {
        port: f"/search/?{urlencode({'q': question})}"
        for port, question in ((large, typed), (small, WHERE_LITTLE.get(what, typed)))
    }
    waits: dict[int, list[float]] = {large: [], small: []}
    for turn in range(WARM_UP + ASKED):
        for port, path in paths.items():
            took, _ = house.get(port, path, cookie)
            if turn >= WARM_UP:
                waits[port].append(took)
    for share, called in ((0.5, "median"), (0.95, "p95")):
        report.say(
            figure=f"search, {what}, {inbox.LARGE[1]:,} messages, {called}",
            value=house.share_of(waits[large], share) * 1000,
            unit="ms",
            yardstick=report.Yardstick(
                what=f"the same with {inbox.SMALL[1]:,}",
                value=house.share_of(waits[small], share) * 1000,
                unit="ms",
            ),
        )


if __name__ == "__main__":
    main()
