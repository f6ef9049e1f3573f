"""Work that makes very many objects and keeps most of them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: As many new objects before the collector looks at them, instead of some 2,000.
_FIRST_LOOK = 50_000


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Within it the garbage collector looks seldom, and never at what was there before.

    Django makes every model some hundred times over while it migrates, and a third of that time
    went into looking for garbage among them.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_FIRST_LOOK, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
