"""Numbers as lists print them; the kinds are called as in Office Open XML (ECMA-376 part 1,
17.18.59)."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SIGNS = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def printed(number: int, kind: str) -> str:
    if number < 1:
        return str(number)
    if kind in ("lowerLetter", "upperLetter"):
        # After z come aa, bb, cc.
        times, place = divmod(number - 1, len(_LETTERS))
        text = _LETTERS[place] * (times + 1)
    elif kind in ("lowerRoman", "upperRoman"):
        text = _roman(number)
    elif kind == "decimalZero":
        text = f"{number:02}"
    else:
        text = str(number)
    return text.upper() if kind.startswith("upper") else text


def _roman(number: int) -> str:
    made = ""
    for value, sign in _SIGNS:
        made += sign * (number // value)
        number %= value
    return made
