"""Screenshots: looked into before they are kept, and kept while the rest of a form is put right.

A browser cannot fill a file in again; so a good one is kept at once, by its content, and its digest
comes back with the form under our signature.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext

from glede.kit import pictures, store
from glede.kit.words import told

_SALT = "capture-screenshot"
#: The largest that is unpacked to see whether it is a picture: a whole desktop of two screens.
_MOST_PIXELS = 50_000_000
_LONGEST_SIDE = 100
TYPES = {"image/jpeg", "image/png", "image/webp"}


@dataclass(frozen=True, slots=True)
class Shot:
    digest: str = ""
    content_type: str = ""

    def ticket(self, person_id: int) -> str:
        """What comes back with the form, for this person alone."""
        if not self.digest:
            return ""
        return signing.dumps([self.digest, self.content_type, person_id], salt=_SALT)


def taken(file: "UploadedFile[Any] | None", ticket: str, person_id: int) -> Shot:
    """The screenshot that came now, or else the one that came before. Raises `ValidationError`."""
    if file is not None:
        return _kept(file)
    if not ticket:
        return Shot()
    try:
        digest, content_type, whose = signing.loads(ticket, salt=_SALT, max_age=24 * 3600)
    except (signing.BadSignature, ValueError) as error:
        raise ValidationError(gettext("Choose the screenshot again, please.")) from error
    if whose != person_id:
        raise ValidationError(gettext("Choose the screenshot again, please."))
    return Shot(str(digest), str(content_type))


def _kept(file: "UploadedFile[Any]") -> Shot:
    most = settings.GLEDE_SCREENSHOT_MB * 1_000_000
    if (file.size or 0) > most:
        raise ValidationError(
            gettext("The screenshot is larger than %(most)s megabytes.")
            % {"most": settings.GLEDE_SCREENSHOT_MB}
        )
    data = file.read()
    kind = pictures.kind_of(data)
    if kind not in TYPES:
        raise ValidationError(gettext("A screenshot is a picture: PNG, JPEG or WebP."))
    try:
        pictures.anew(
            data, most_pixels=_MOST_PIXELS, longest_side=_LONGEST_SIDE, small_side=_LONGEST_SIDE
        )
    except pictures.BadPictureError as error:
        raise ValidationError(
            gettext("The screenshot cannot be used. %(error)s") % {"error": told(error)}
        ) from error
    return Shot(store.put(data), kind)
