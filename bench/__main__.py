"""All figures, one after the other: `make bench`. Each is measured beside its yardstick."""

import importlib
import sys

#: In the order of the figures; each module has a `main`.
MEASURED = (
    "intake",
    "hooks",
    "inbox",
    "thread",
    "search",
    "live",
    "deadlines",
    "deadlines_elsewhere",
    "rehearsal",
    "memory",
    "sandbox",
)


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in MEASURED]
    if unknown:
        print(f"There is no figure {', '.join(unknown)}. There are: {', '.join(MEASURED)}.")
        return 2
    for name in names or MEASURED:
        importlib.import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
