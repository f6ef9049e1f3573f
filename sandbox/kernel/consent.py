"""The page on which a person picks an account and says yes to an app, as the platforms show it."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.responses import HTMLResponse, RedirectResponse


def page(
    platform: str,
    app: str,
    *,
    scopes: Sequence[str],
    accounts: Sequence[tuple[str, str]],
    given: Mapping[str, str],
) -> HTMLResponse:
    """`accounts` as (native id, name); `given` is what the app asked with, and comes back."""
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in given.items()
    )
    buttons = "".join(
        f'<p><button name="account" value="{escape(native_id)}">Allow as {escape(name)}</button>'
        for native_id, name in accounts
    )
    wanted = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
    return HTMLResponse(
        f'<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>{escape(platform)}</title>'
        f"<h1>{escape(platform)}</h1><p>{escape(app)} would like to:</p><ul>{wanted}</ul>"
        f'<form method="post">{kept}{buttons}'
        '<p><button name="account" value="">Refuse</button></p></form></html>'
    )


def back(redirect: str, **given: str) -> RedirectResponse:
    """The browser carries `given` to the app's own address."""
    parts = urlsplit(redirect)
    query = "&".join(part for part in (parts.query, urlencode(given)) if part)
    return RedirectResponse(urlunsplit(parts._replace(query=query)), status_code=302)
