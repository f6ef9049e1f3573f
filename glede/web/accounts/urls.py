"""Signing in and one's own keys: those of allauth's pages that staff need, each behind a gate.

There is no sign-up, no page to change the e-mail address and no reset by mail: an administrator
makes a login, changes its address, and sets a new password (`glede user`).
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import URLPattern, path

from glede.web import access

_door = access.open_to_all("signing in is for people who are not signed in")
_own = access.signed_in("everybody keeps their own keys")

urlpatterns: list[URLPattern] = [
    path("login/", _door(account.login), name="account_login"),
    path("logout/", _door(account.logout), name="account_logout"),
    path("closed/", _door(account.account_inactive), name="account_inactive"),
    path("again/", _own(account.reauthenticate), name="account_reauthenticate"),
    path("password/", _own(account.password_change), name="account_change_password"),
    path("password/first/", _own(account.password_set), name="account_set_password"),
    path("2fa/", _own(mfa.index), name="mfa_index"),
    path("2fa/code/", _door(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/again/", _own(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/app/add/", _own(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/app/remove/", _own(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery/", _own(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery/new/",
        _own(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery/file/",
        _own(recovery.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("passkeys/", _own(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path("passkeys/add/", _own(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path("passkeys/login/", _door(webauthn.login_webauthn), name="mfa_login_webauthn"),
    path(
        "passkeys/again/",
        _own(webauthn.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("passkeys/<int:pk>/remove/", _own(webauthn.remove_webauthn), name="mfa_remove_webauthn"),
    path("passkeys/<int:pk>/edit/", _own(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
]
