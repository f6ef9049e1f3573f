"""One port: /hooks to the door, /live to the open screens, everything else to Django's pages.

Pages go through Django's WSGI handler in a pool of threads: its ASGI handler loses about two
milliseconds per request to thread hops.
"""

import os
from typing import Any, cast

import a2wsgi
from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glede.settings")
#: Sets Django up, so it comes before the imports below, which load models.
_wsgi = get_wsgi_application()

from glede.door import app as door  # noqa: E402
from glede.kit import dispatch  # noqa: E402
from glede.web import live  # noqa: E402

#: Each keeps a database connection; with more, they only wait for each other's interpreter.
_THREADS = 8
#: The longest body a page takes: twice the largest file, so that a form can say what is too large
#: (web/uploads.py), and what stands around a file.
_MOST_BYTES = 2_000_000 * settings.GLEDE_POLICY_FILE_MB + 1_000_000

_pages = cast(dispatch.Application, a2wsgi.WSGIMiddleware(cast(Any, _wsgi), workers=_THREADS))
application = dispatch.by_path(
    {"/hooks": door, "/live": live},
    otherwise=dispatch.bounded(_pages, most_bytes=_MOST_BYTES, large_at_once=4),
)
