"""A Word file's package, opened with suspicion: ECMA-376 part 2 is a zip of XML parts."""

import posixpath
import zipfile
import zlib
from io import BytesIO

from lxml import etree

from glede.kit.words import say
from glede.rulebook.policy.document.blocks import Limits
from glede.rulebook.policy.document.errors import (
    BrokenError,
    LockedError,
    MacrosError,
    TooLargeError,
    WrongTypeError,
)

_TYPES = "[Content_Types].xml"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_MACROS = ("macroEnabled", "vbaProject", "ms-word.template.macro")
_DAMAGED = (
    "This Word document is damaged. Open it in Word, save it under a new name, and choose that"
    " file."
)


class Package:
    """Parts by name; reading one never unpacks more than the limits allow."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
            infos = self._zip.infolist()
        except (
            zipfile.BadZipFile,
            ValueError,
            OverflowError,
            EOFError,
            NotImplementedError,
        ) as error:
            raise BrokenError(_DAMAGED) from error
        self._left = limits.unpacked
        self._names = {info.filename for info in infos}
        if len(infos) > limits.parts or sum(i.file_size for i in infos) > limits.unpacked:
            raise TooLargeError(
                say(
                    "This document unpacks to far more than a policy holds, so it was not"
                    " opened. Save it without pictures and attachments and try again."
                )
            )
        if any(info.flag_bits & 0x1 for info in infos):
            raise LockedError(
                say(
                    "A password protects this file. Save a copy without the password and"
                    " choose that."
                )
            )
        self.main = self._main()

    def xml(self, name: str) -> etree._Element | None:
        """A part's root; nothing where there is no such part."""
        return self._parsed(self._bytes(name)) if name in self._names else None

    def beside_main(self, kind: str) -> list[str]:
        """The parts of a kind that the main document points to, such as “header”."""
        folder, name = posixpath.split(self.main)
        links = self.xml(f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels")
        if links is None:
            return []
        return [
            posixpath.normpath(posixpath.join(folder, link.get("Target", "")))
            if not link.get("Target", "").startswith("/")
            else link.get("Target", "")[1:]
            for link in links
            if isinstance(link.tag, str)
            and link.get("Type", "").endswith(f"/{kind}")
            and link.get("TargetMode") != "External"
        ]

    def _main(self) -> str:
        if _TYPES not in self._names:
            raise WrongTypeError(
                say(
                    "This is a zip archive, not a Word document. Choose the document itself"
                    " (.docx)."
                )
            )
        types = self.xml(_TYPES)
        overrides = [] if types is None else [e for e in types if isinstance(e.tag, str)]
        said = [(e.get("PartName", "").lstrip("/"), e.get("ContentType", "")) for e in overrides]
        if any(sign in kind for _name, kind in said for sign in _MACROS) or any(
            name.lower().endswith("vbaproject.bin") for name in self._names
        ):
            raise MacrosError(
                say(
                    "This document holds macros (programs), and such files are not opened."
                    " Save it as a Word document without macros (.docx) and choose that."
                )
            )
        for name, kind in said:
            if kind in (f"{_WORD}document.main+xml", f"{_WORD}template.main+xml"):
                if name in self._names:
                    return str(name)
                raise BrokenError(_DAMAGED)
        raise WrongTypeError(
            say(
                "This is an Office file, but not a Word document. Save the text as .docx or"
                " PDF and choose that."
            )
        )

    def _bytes(self, name: str) -> bytes:
        try:
            with self._zip.open(name) as part:
                data = part.read(self._left + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise BrokenError(_DAMAGED) from error
        if len(data) > self._left:
            raise TooLargeError(
                say("This document unpacks to far more than a policy holds, so it was not opened.")
            )
        self._left -= len(data)
        return data

    def _parsed(self, data: bytes) -> etree._Element:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise BrokenError(_DAMAGED) from error
        if root.getroottree().docinfo.doctype:
            # No Word document has one: it is there to be expanded.
            raise BrokenError(
                say(
                    "This document holds definitions that no Word document needs, so it was"
                    " not opened. Open it in Word, save it under a new name, and choose that"
                    " file."
                )
            )
        return root
