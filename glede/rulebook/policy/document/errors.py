"""Why a file could not be read: each error is one sentence that says what to do."""


class UnreadableError(ValueError):
    """A file no policy can be read from. The message is for the person who chose the file."""


class TooLargeError(UnreadableError):
    """More bytes, pages or words than a policy has."""


class WrongTypeError(UnreadableError):
    """The content is none of the five kinds, whatever the name says."""


class MacrosError(UnreadableError):
    """A Word file that can run programs."""


class LockedError(UnreadableError):
    """A password stands before it."""


class EmptyError(UnreadableError):
    """There is no text in it."""


class ScanError(UnreadableError):
    """Pictures of pages: nothing a program can read."""


class BrokenError(UnreadableError):
    """It says what kind it is, and does not keep to it."""
