"""What a command says when it cannot do what was asked."""


class CommandError(Exception):
    """The message is a sentence for the person at the keyboard."""
