"""How django-allauth behaves here: staff only, every sign-in recorded, secrets encrypted."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from glede.kit import clock, crypto
from glede.kit import live as stream
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, ActorKind, Details, Verb
from glede.web import errors, live

#: What a change of the person's own keys is called in the record, by the mail that would tell it.
_CHANGES: dict[str, tuple[Verb, str]] = {
    "account/email/password_changed": (Verb.PASSWORD_CHANGED, "password"),
    "account/email/password_set": (Verb.PASSWORD_CHANGED, "password"),
    "mfa/email/totp_activated": (Verb.SECOND_FACTOR_CHANGED, "app added"),
    "mfa/email/totp_deactivated": (Verb.SECOND_FACTOR_CHANGED, "app removed"),
    "mfa/email/webauthn_added": (Verb.SECOND_FACTOR_CHANGED, "passkey added"),
    "mfa/email/webauthn_removed": (Verb.SECOND_FACTOR_CHANGED, "passkey removed"),
    "mfa/email/recovery_codes_generated": (Verb.SECOND_FACTOR_CHANGED, "recovery codes renewed"),
}


def actor(user: AbstractBaseUser) -> Actor:
    return Actor(ActorKind.PERSON, str(user.pk), str(user))


def record(verb: Verb, user: AbstractBaseUser, details: Details | None = None) -> None:
    """An act of this person about their own login, in the audit."""
    audit.record(
        actor=actor(user),
        verb=verb,
        object_kind="person",
        object_id=user.pk,
        now=clock.now(),
        details=details,
    )


def end_streams(user: AbstractBaseUser) -> None:
    """Open screens of this person ask again at once whether their session still stands."""
    stream.publish(topic=live.REVOKED, payload={}, person=user.pk, now=clock.now())


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth ships no types
    """One person, one login, made by an administrator (clause 6.1)."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This login was closed. Ask an administrator if that is wrong.",
        "email_password_mismatch": "That e-mail and password do not match.",
        "incorrect_password": "That is not your password.",
        "enter_current_password": "That is not your password now.",
        "same_as_current": "The new password must differ from the old one.",
        "rate_limited": "Too many tries. Wait a minute, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The page itself shows what changed; only refusals are said at the top."""
        if kwargs.get("message"):
            super().add_message(*args, **kwargs)

    # --- Signing in and out ------------------------------------------------------------------

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as refusal:
            self._refused(credentials, why="too many tries")
            raise ImmediateHttpResponse(errors.too_many(request)) from refusal

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002
        self._refused(credentials, why="wrong password")

    def _refused(self, credentials: dict[str, Any], why: str) -> None:
        # Whose address it is may be nobody's: the record keeps a keyed hash of what was typed.
        typed = str(credentials.get("email", "")).strip().lower()
        audit.record(
            actor=SYSTEM,
            verb=Verb.SIGN_IN_FAILED,
            object_kind="login",
            object_id=crypto.keyed_hash("sign-in", typed.encode()),
            now=clock.now(),
            details={"why": why},
        )

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        error: ValidationError = super().validation_error(code, *args)
        if code == "email_password_mismatch" and self.request is not None:
            left = self._tries_left()
            tries = "1 try" if left == 1 else f"{left} tries"
            return ValidationError(f"{error.messages[0]} {tries} left.", code=code)
        return error

    def _tries_left(self) -> int:
        """Of the strictest limit on failed sign-ins, counting this one."""
        typed = self.request.POST.get("login", "").strip()
        key = self._get_login_attempts_cache_key(self.request, email=typed)
        left = []
        for rate in ratelimit.get_rates(app="allauth.account", action="login_failed"):
            kept = ratelimit.get_cache_key(
                self.request, app="allauth.account", action="login_failed", rate=rate, key=key
            )
            left.append(rate.amount - len(cache.get(kept, [])))
        return max(0, min(left, default=0))

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        # allauth looks for an address in its own table, which we do not use.
        again = self.authenticate(self.request, email=user.get_username(), password=password)
        return again is not None and again.pk == user.pk

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        record(Verb.SIGNED_IN, user)

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        if isinstance(user, AbstractBaseUser):
            record(Verb.SIGNED_OUT, user)
            super().logout(request)
            end_streams(user)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        record(Verb.SIGN_IN_FAILED, user, {"why": "login closed"})
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    # --- Keys of one's own -------------------------------------------------------------------

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """allauth calls this for each change of a password or factor: the place to record it."""
        if template_prefix in _CHANGES:
            verb, what = _CHANGES[template_prefix]
            record(verb, user, {"what": what})
            end_streams(user)
        super().send_notification_mail(template_prefix, user, context, email)


class StaffMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth ships no types
    """Second factors: secrets at rest are encrypted, and pages speak our words."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That code is not right, or its 30 seconds are over. Try the next one.",
    }

    def encrypt(self, text: str) -> str:
        return crypto.encrypt_text(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt_text(encrypted_text)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:  # noqa: A002
        """The name suggested for a new passkey: people know their device best."""
        count = super().generate_authenticator_name(user, type)
        return "My computer" if "Master" in count else "My other key"

    def _get_site_name(self) -> str:
        return "Glede"
