"""From a file's bytes to what stands in it; what kind of file it is, its content says."""

from glede.kit.words import say
from glede.rulebook.policy.document import docx, html, kinds, markdown, pdf, plain
from glede.rulebook.policy.document.blocks import Limits, Para, Progress, Source, Table
from glede.rulebook.policy.document.errors import EmptyError, ScanError, TooLargeError
from glede.rulebook.policy.document.kinds import Kind


def read(
    data: bytes, name: str, *, limits: Limits | None = None, progress: Progress | None = None
) -> Source:
    """Raises `UnreadableError`: one sentence that says what to do. `name` only tells Markdown from
    plain text; `progress` is told of pages and parts."""
    limits = limits or Limits()
    tell = progress or _silence
    if not data.strip():
        raise EmptyError(say("The file is empty. Choose the file that holds the policy's text."))
    if len(data) > limits.bytes:
        raise TooLargeError(
            say(
                "The file has %(size)s MB; up to %(most)s MB can be read. Save it without pictures"
                " and try again.",
                size=len(data) // 1_000_000,
                most=limits.bytes // 1_000_000,
            )
        )
    kind = kinds.of(data, name)
    source = _source(kind, data, limits, tell)
    size = _size(source)
    if size > limits.characters:
        raise TooLargeError(
            say("The file holds far more text than a policy has. Cut it down to the policy alone.")
        )
    if not size:
        raise EmptyError(
            say("There is no text in this file. Choose the file that holds the policy.")
        )
    return source


def _source(kind: Kind, data: bytes, limits: Limits, tell: Progress) -> Source:
    if kind is Kind.DOCX:
        return docx.read(data, limits=limits, progress=tell)
    if kind is Kind.PDF:
        source = pdf.read(data, limits=limits, progress=tell)
        if not _size(source):
            raise ScanError(
                say(
                    "This PDF holds pictures of pages and no text. Run it through text"
                    " recognition (OCR), or use the file it was printed from."
                )
            )
        return source
    text = kinds.decoded(data)
    if kind is Kind.HTML:
        return html.read(text)
    if kind is Kind.MARKDOWN:
        return markdown.read(text)
    return plain.read(text)


def _size(source: Source) -> int:
    total = 0
    for block in source.blocks:
        if isinstance(block, Table):
            total += sum(len(p.text.strip()) for row in block.rows for cell in row for p in cell)
        elif isinstance(block, Para):
            total += len(block.text.strip())
    return total


def _silence(_done: int, _total: int, _what: str) -> None:
    """Nobody wants to know."""
