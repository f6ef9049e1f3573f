"""Every Python process that has this folder on its PYTHONPATH lives at another moment.

`MOMENT_AHEAD` says how many seconds ahead of the machine's clock it is; time goes on as usual, so
all processes of one demo agree. For pictures of the demo, which would show another day each time.
"""

import os
import time
from datetime import UTC, datetime

import time_machine

time_machine.travel(
    datetime.fromtimestamp(time.time() + float(os.environ["MOMENT_AHEAD"]), UTC), tick=True
).start()
