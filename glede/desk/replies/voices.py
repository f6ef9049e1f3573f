"""What is a brand's own: its addresses, numbers and turns of phrase. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Voice:
    """`link`, `phone` and `email`: where one writes to it and rings it; `also`: further ones of
    its own. `phrases`: names and turns of phrase by which people know it."""

    brand: str = ""
    link: str = ""
    phone: str = ""
    email: str = ""
    also: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()

    @property
    def contacts(self) -> tuple[str, ...]:
        """Everything that may stand in public, for it is ours."""
        return tuple(one for one in (self.link, self.phone, self.email, *self.also) if one)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one for one in (self.brand, *self.phrases) if one)


def digits(number: str) -> str:
    """A telephone number as one compares it: “+44 (0)1494 476100” and “01494 476 100” alike."""
    plain = "".join(character for character in number if character.isdigit())
    if plain.startswith("44") and number.lstrip().startswith("+"):
        plain = plain[2:].removeprefix("0")
        return f"0{plain}"
    return plain


def host(link: str) -> str:
    """“red-kite.example” of “https://www.red-kite.example/repairs”; "" where there is none."""
    given = link if "//" in link else f"//{link}"
    try:
        found = urlsplit(given).hostname or ""
    except ValueError:
        return ""
    return found.removeprefix("www.").casefold()


def lines(given: str) -> tuple[str, ...]:
    """One a line, without empty ones and doubles."""
    found = [" ".join(one.split()) for one in given.splitlines()]
    return tuple(dict.fromkeys(one for one in found if one))


def ours(voices: Sequence[Voice]) -> frozenset[str]:
    """Numbers, addresses and hosts that belong to the group, as they are compared."""
    found: set[str] = set()
    for voice in voices:
        for one in voice.contacts:
            found.add(one.casefold())
            if number := digits(one):
                found.add(number)
            if "@" not in one and "." in one:
                found.add(host(one))
    return frozenset(found - {""})
