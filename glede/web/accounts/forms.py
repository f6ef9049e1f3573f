"""allauth's forms where ours must do more."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm

from glede.rulebook.audit.rules import Verb
from glede.web.accounts import adapter


class CodeForm(AuthenticateForm):  # type: ignore[misc] # allauth ships no types
    """The code after the password; a wrong one is recorded."""

    def _emit_authentication_failed(self, authenticator: Any) -> None:
        super()._emit_authentication_failed(authenticator)
        adapter.record(Verb.SIGN_IN_FAILED, self.user, {"why": "wrong code"})


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc] # allauth ships no types
    """The code before a change of one's own keys; a wrong one is recorded."""

    def _emit_authentication_failed(self, authenticator: Any) -> None:
        super()._emit_authentication_failed(authenticator)
        adapter.record(Verb.SIGN_IN_FAILED, self.user, {"why": "wrong code"})
