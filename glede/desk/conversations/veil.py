"""What is not shown until somebody asks to see it: pictures, or words and pictures alike.

`Message.flagged` holds it as a sentence: what is veiled, a colon, why.
"""

from dataclasses import dataclass

from glede.platforms import contract

PICTURES = "pictures"
ALL = "words and pictures"

#: The longest reason kept; a platform's warning may be of any length.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Veil:
    why: str
    #: The words are veiled too, not the pictures alone.
    words: bool = False


def kept(veil: Veil | None) -> str:
    """As a message keeps it; empty for no veil."""
    if veil is None:
        return ""
    why = " ".join(veil.why.split())
    return f"{ALL if veil.words else PICTURES}: {why[:_LONGEST] or 'no reason given'}"


def of_post(post: contract.Post | contract.Subject) -> str:
    """As a message, or the post under discussion, keeps what its platform marked."""
    return kept(None if post.veil is None else Veil(post.veil.why, words=post.veil.words))


def of(flagged: str) -> Veil | None:
    """The veil that a message keeps."""
    scope, _, why = flagged.partition(": ")
    return Veil(why or scope, words=scope != PICTURES) if flagged else None


def row_words(words: str, flagged: str) -> str:
    """What a row of the list shows of it."""
    veil = of(flagged)
    return f"Veiled: {veil.why}" if veil is not None and veil.words else words
