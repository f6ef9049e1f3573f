"""Every setting, with its default and its meaning; the only reader of the environment.

`GLEDE_NAME` is read from the environment; `GLEDE_NAME_FILE` names a file that holds the value
(for secrets). A bad value stops the start with a sentence that says which setting and why.
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def _text(name: str, default: str) -> str:
    file = os.environ.get(f"{name}_FILE")
    if file:
        return Path(file).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def _number(name: str, default: int) -> int:
    value = _text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be a whole number.")
    return int(value)


def _numbers(name: str, default: str) -> tuple[int, ...]:
    """Whole numbers with commas between, the greatest first."""
    values = [value.strip() for value in _text(name, default).split(",") if value.strip()]
    if not all(value.isdecimal() for value in values):
        raise ImproperlyConfigured(f"{name} must be whole numbers with commas between them.")
    return tuple(sorted(map(int, values), reverse=True))


def _times(name: str, default: str) -> tuple[str, ...]:
    """Times of the day with commas between, such as 08:00."""
    values = tuple(value.strip() for value in _text(name, default).split(",") if value.strip())
    if not all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value) for value in values):
        raise ImproperlyConfigured(f"{name} must be times like 08:00 with commas between them.")
    return values


def _words(name: str, default: str) -> frozenset[str]:
    """Words with commas between them."""
    return frozenset(word.strip() for word in _text(name, default).split(",") if word.strip())


def _yes(name: str, default: bool) -> bool:
    value = _text(name, "yes" if default else "no").lower()
    if value not in {"yes", "no", "true", "false", "1", "0"}:
        raise ImproperlyConfigured(f"{name} is {value!r}: say yes or no.")
    return value in {"yes", "true", "1"}


# --- Where things live ---------------------------------------------------------------------

#: Everything Glede keeps on this machine: database cluster, keys, files, logs.
GLEDE_HOME = Path(_text("GLEDE_HOME", "~/.local/share/glede")).expanduser()

#: Where the front-end packages were installed (htmx, the Inter font): `make setup` does so, in the
#: checkout.
GLEDE_NODE_MODULES = Path(
    _text("GLEDE_NODE_MODULES", str(Path(__file__).parents[1] / "build" / "node_modules"))
)

#: The port people open; 127.0.0.1 only. A proxy with TLS stands in front in production.
GLEDE_PORT = _number("GLEDE_PORT", 8000)

#: Processes that serve the port: each takes a core and about 80 MB. PostgreSQL and the worker want
#: the other half of the machine; with two cores a second process took fewer calls, not more
#: (smaller commits, and it waited for the database's core).
GLEDE_WEB_PROCESSES = _number("GLEDE_WEB_PROCESSES", max(1, (os.cpu_count() or 1) // 2))

#: The address people and platforms reach us by, without a slash at the end.
GLEDE_BASE_URL = _text("GLEDE_BASE_URL", f"http://localhost:{GLEDE_PORT}").rstrip("/")

#: A PostgreSQL of your own, `postgresql://user:password@host:port/name`; empty = the embedded one.
GLEDE_DATABASE_URL = _text("GLEDE_DATABASE_URL", "")

#: The same database as the role that owns the tables, for migrations; empty = the same role.
GLEDE_DATABASE_OWNER_URL = _text("GLEDE_DATABASE_OWNER_URL", "") or GLEDE_DATABASE_URL

#: Which of the two roles this process connects as: `running`, or `owner` (migrations only).
GLEDE_DATABASE_ROLE = _text("GLEDE_DATABASE_ROLE", "running")
if GLEDE_DATABASE_ROLE not in {"running", "owner"}:
    raise ImproperlyConfigured("GLEDE_DATABASE_ROLE must be running or owner.")


def _socket_folder() -> Path:
    """The path of a socket may be 107 bytes long: a deep home gets a short folder elsewhere."""
    folder = GLEDE_HOME.resolve() / "postgres" / "socket"
    if len(os.fsencode(folder)) <= 90:
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"glede-{os.getuid()}-{digest}"


#: Socket folder of the embedded PostgreSQL.
GLEDE_POSTGRES_SOCKET = Path(_text("GLEDE_POSTGRES_SOCKET", "") or _socket_folder())


#: Longest a transaction of web, door or worker may last (PostgreSQL 17 and later end it). The audit
#: sealer counts on it: an entry whose id was given ten minutes ago is committed or never will be.
_TRANSACTION_ENDS_AFTER = "-c transaction_timeout=5min"
#: What a page read out of order costs beside one read in order. PostgreSQL's own 4 is for turning
#: disks, and made it gather whole indexes for a figure that stops at 999: thirteen figures of one
#: brand among 200,000 open conversations took 12 ms with it and take 3 ms with what flash costs.
_FLASH = "-c random_page_cost=1.1"


def _database(role: str) -> dict[str, object]:
    common: dict[str, object] = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
    owner = role == "owner"
    # A migration may take longer; it records no acts.
    limit = {} if owner else {"options": f"{_TRANSACTION_ENDS_AFTER} {_FLASH}"}
    if not GLEDE_DATABASE_URL:
        user = "glede_owner" if owner else "glede"
        host = str(GLEDE_POSTGRES_SOCKET)
        return common | {"NAME": "glede", "USER": user, "HOST": host, "OPTIONS": limit}
    url = urlsplit(GLEDE_DATABASE_OWNER_URL if owner else GLEDE_DATABASE_URL)
    if url.scheme not in {"postgresql", "postgres"} or not url.path.strip("/"):
        raise ImproperlyConfigured(
            "GLEDE_DATABASE_URL must read postgresql://user:password@host:port/name."
        )
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    host = query.pop("host", "") or unquote(url.hostname or "")
    if limit:
        query["options"] = f"{query.get('options', '')} {limit['options']}".strip()
    return common | {
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": host,
        "PORT": str(url.port or ""),
        "OPTIONS": query,
    }


DATABASES = {"default": _database(GLEDE_DATABASE_ROLE)}
#: The name of the role that web, door and worker connect as.
GLEDE_RUNNING_ROLE = str(_database("running")["USER"])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: Files by content (pictures, captures): outside the database, inside backups.
GLEDE_STORE = Path(_text("GLEDE_STORE", str(GLEDE_HOME / "store"))).expanduser()

# --- Secrets -------------------------------------------------------------------------------


def _kept(name: str, file: str) -> str:
    given = _text(name, "")
    kept = GLEDE_HOME / file
    if given:
        return given
    return kept.read_text(encoding="ascii").strip() if kept.exists() else ""


#: Stands in until there is a key, so that commands which need none can run; never signs anything.
GLEDE_NO_SECRET_KEY = "not-set-run-glede-setup-first"  # noqa: S105 - says that there is none

#: Signs sessions and links. `glede run` and `glede setup` make one in GLEDE_HOME/secret-key.
SECRET_KEY = _kept("GLEDE_SECRET_KEY", "secret-key") or GLEDE_NO_SECRET_KEY

#: Keys for secrets at rest, newest first, comma-separated Fernet keys; made in
#: GLEDE_HOME/vault-keys like the secret key.
GLEDE_VAULT_KEYS = _kept("GLEDE_VAULT_KEYS", "vault-keys")

# --- Django --------------------------------------------------------------------------------

DEBUG = _yes("GLEDE_DEBUG", False)
#: Host names we answer to, comma-separated.
ALLOWED_HOSTS = _text("GLEDE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [GLEDE_BASE_URL]

INSTALLED_APPS = [
    "glede.kit",
    "glede.rulebook.audit",
    "glede.rulebook.brands",
    "glede.rulebook.people",
    "glede.rulebook.tokens",
    "glede.rulebook.offices",
    "glede.rulebook.policy",
    "glede.rulebook.imports",
    "glede.rulebook.accounts",
    "glede.rulebook.guidance",
    "glede.desk.intake",
    "glede.desk.contacts",
    "glede.desk.conversations",
    "glede.desk.acts",
    "glede.desk.presence",
    "glede.desk.views",
    "glede.desk.attachments",
    "glede.desk.captures",
    "glede.desk.clocks",
    "glede.desk.outbox",
    "glede.desk.moderation",
    "glede.desk.replies",
    "glede.desk.rota",
    "glede.desk.sharing",
    "glede.desk.alerts",
    "glede.desk.insight",
    "glede.desk.webhooks",
    "glede.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "glede.web.access.AccessMiddleware",
    "glede.web.language.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "glede.web.accounts.activity.SessionActivityMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "glede.web.urls"
WSGI_APPLICATION = None
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "glede.web.shell.context",
            ],
        },
    }
]

LANGUAGE_CODE = "en-gb"
#: What residents read and automatic texts say, and what somebody at the desk may choose: a
#: tag, and its name in itself. Words of the desk without a translation are said in English.
LANGUAGES = [("en-gb", "English"), ("cy", "Cymraeg")]
LOCALE_PATHS = [str(Path(__file__).parent / "locale")]
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True

# --- Sign-in -------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
CSRF_FAILURE_VIEW = "glede.web.errors.forged"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "glede.web.accounts.adapter.StaffAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
#: Passkeys need https except on localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = GLEDE_BASE_URL.startswith("http://localhost")
MFA_TOTP_ISSUER = "Glede"
MFA_ADAPTER = "glede.web.accounts.adapter.StaffMFAAdapter"
MFA_FORMS = {
    "authenticate": "glede.web.accounts.forms.CodeForm",
    "reauthenticate": "glede.web.accounts.forms.CodeAgainForm",
}
#: An administrator types the address of a login; nobody proves it by mail first.
MFA_ALLOW_UNVERIFIED_EMAIL = True
#: Five wrong passwords for one address, ten from one machine; wrong codes count the same way.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "login": "30/m/ip"}
#: Proxies in front of us that add X-Forwarded-For; 0 = none, and the header is not believed.
ALLAUTH_TRUSTED_PROXY_COUNT = _number("GLEDE_PROXIES", 0)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
#: A signed-in day: eight hours of desk and the breaks around it.
SESSION_COOKIE_AGE = _number("GLEDE_SESSION_HOURS", 12) * 3600
ACCOUNT_SESSION_REMEMBER = True
#: What somebody wrote and sent after their session had ended waits so long for them to sign in
#: again, if it is no longer than so many bytes (one such form for each person).
GLEDE_KEPT_WORDS_MINUTES = _number("GLEDE_KEPT_WORDS_MINUTES", 30)
GLEDE_KEPT_WORDS_BYTES = _number("GLEDE_KEPT_WORDS_BYTES", 65_536)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = GLEDE_BASE_URL.startswith("https://")
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# Rate limits must be counted once for all web processes, so the cache is the database.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Past this many the oldest third goes, and with it the count of somebody's wrong tries:
        # the default of 300 could be filled in order to guess on.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- Security headers ----------------------------------------------------------------------

SECURE_CSP = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "connect-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 31_536_000 if GLEDE_BASE_URL.startswith("https://") else 0
#: Set when a proxy with TLS stands in front and sets X-Forwarded-Proto and X-Forwarded-For.
GLEDE_BEHIND_PROXY = _yes("GLEDE_BEHIND_PROXY", False)
if GLEDE_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Static files --------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [
    (prefix, str(folder))
    for prefix, folder in (
        ("npm/htmx", GLEDE_NODE_MODULES / "htmx.org" / "dist"),
        ("npm/inter", GLEDE_NODE_MODULES / "@fontsource-variable" / "inter" / "files"),
    )
    if folder.is_dir()
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# --- E-mail to visitors and staff ----------------------------------------------------------

#: Without a host nobody is written to: staff are told in the app alone, and `glede doctor` says so.
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": _text("GLEDE_SMTP_HOST", ""),
            "port": _number("GLEDE_SMTP_PORT", 25),
            "username": _text("GLEDE_SMTP_USER", ""),
            "password": _text("GLEDE_SMTP_PASSWORD", ""),
            # STARTTLS, or from the first byte on (RFC 8314): one or the other.
            "use_tls": _yes("GLEDE_SMTP_TLS", False) and not _yes("GLEDE_SMTP_SSL", False),
            "use_ssl": _yes("GLEDE_SMTP_SSL", False),
            "timeout": _number("GLEDE_SMTP_TIMEOUT_SECONDS", 20),
        },
    }
}
DEFAULT_FROM_EMAIL = _text("GLEDE_MAIL_FROM", "no-reply@glede.example")

# --- The door ------------------------------------------------------------------------------

#: Most raw events one group commit takes; more waits for the next.
GLEDE_DOOR_BATCH = _number("GLEDE_DOOR_BATCH", 512)
#: Requests that may wait for a commit before we answer 503 with Retry-After.
GLEDE_DOOR_WAITING = _number("GLEDE_DOOR_WAITING", 20_000)

# --- Sending -------------------------------------------------------------------------------

#: Seconds between "send" and the platform: the time in which a person can take it back.
GLEDE_UNDO_SECONDS = _number("GLEDE_UNDO_SECONDS", 10)

# --- The thread ----------------------------------------------------------------------------

#: Messages of a conversation shown at once; older and newer ones are one link away.
GLEDE_THREAD_SHOWN = _number("GLEDE_THREAD_SHOWN", 60)

#: A screen says where it is so often while somebody looks at it; unheard of for the longer time it
#: is gone. Two calls may be lost before that.
GLEDE_PRESENCE_SECONDS = _number("GLEDE_PRESENCE_SECONDS", 20)
GLEDE_PRESENCE_GONE_SECONDS = _number("GLEDE_PRESENCE_GONE_SECONDS", 45)

#: A delivery that has been "sending" for so long lost its sender; longer than four platform calls
#: of 20 s, since up to four jobs wait for one account's connection.
GLEDE_SENDING_LOST_SECONDS = _number("GLEDE_SENDING_LOST_SECONDS", 120)

#: After a call whose answer never came, “not found” on a platform that keeps no key of ours counts
#: as “not there” only so many seconds after the call: its lists may lag, and the call may still be
#: at work. Longer than our own time-out of 20 s and the lags seen on such platforms.
GLEDE_READ_BACK_SETTLES_SECONDS = _number("GLEDE_READ_BACK_SETTLES_SECONDS", 90)

# --- Attachments ---------------------------------------------------------------------------

#: Largest attachment taken, theirs or ours, in megabytes (1,000,000 bytes).
GLEDE_ATTACHMENT_MB = _number("GLEDE_ATTACHMENT_MB", 20)
#: Largest picture chosen for a reply; below the longest body a page takes (asgi.py).
GLEDE_UPLOAD_MB = _number("GLEDE_UPLOAD_MB", 9)
#: Most pixels of a picture, in millions: a telephone's best camera makes 50; it takes 4 bytes each.
GLEDE_PICTURE_MEGAPIXELS = _number("GLEDE_PICTURE_MEGAPIXELS", 60)
#: Longest side of our copy and of the small one in a thread, in pixels.
GLEDE_PICTURE_SIDE = _number("GLEDE_PICTURE_SIDE", 4_096)
GLEDE_PICTURE_SMALL_SIDE = _number("GLEDE_PICTURE_SMALL_SIDE", 320)
#: A scanner for malware (kit/scanning.py); both empty = nobody looks, and `glede doctor` says so.
GLEDE_SCAN_COMMAND = _text("GLEDE_SCAN_COMMAND", "")
GLEDE_SCAN_SOCKET = _text("GLEDE_SCAN_SOCKET", "")
#: Longest the scanner may take for one file, in seconds.
GLEDE_SCAN_SECONDS = _number("GLEDE_SCAN_SECONDS", 30)

# --- One matter or two ---------------------------------------------------------------------

#: How like the words of two residents must be for the desk to suggest one answer for both, and of
#: one person for it to suggest one matter; from 0 to 100, as pg_trgm counts. Ours to set: a person
#: decides each time.
GLEDE_ALIKE_PERCENT = _number("GLEDE_ALIKE_PERCENT", 20)
GLEDE_SAME_WORDS_PERCENT = _number("GLEDE_SAME_WORDS_PERCENT", 60)

#: Days until an adjustment is looked at again, unless somebody chooses. Ours to set: the
#: Ombudsman's code asks that adjustments be kept under review and names no time.
GLEDE_ADJUSTMENT_REVIEW_DAYS = _number("GLEDE_ADJUSTMENT_REVIEW_DAYS", 365)

# --- Moderation ----------------------------------------------------------------------------

#: Days a block lasts unless somebody chooses. Ours to set; no law or policy gives a number.
GLEDE_BLOCK_DAYS = _number("GLEDE_BLOCK_DAYS", 28)
#: The most they may choose: six months, as clause 6.8 limits a restriction of contact.
GLEDE_BLOCK_DAYS_MOST = _number("GLEDE_BLOCK_DAYS_MOST", 183)

# --- Channels --------------------------------------------------------------------------------

#: Minutes in which a person goes to a platform, lets us in and comes back.
GLEDE_CONNECT_MINUTES = _number("GLEDE_CONNECT_MINUTES", 10)
#: Days before a credential ends for good at which we say so.
GLEDE_TOKEN_ENDS_DAYS = _numbers("GLEDE_TOKEN_ENDS_DAYS", "14,7,1")
#: A stream that has not stood for so long is marked, although polls go on.
GLEDE_STREAM_LOST_SECONDS = _number("GLEDE_STREAM_LOST_SECONDS", 60)
#: An account is silent once so many events have usually come in the time since its last one. If
#: events come independently, seven are missed by chance once in 1,100 times (e^-7).
GLEDE_SILENT_AFTER_EVENTS = _number("GLEDE_SILENT_AFTER_EVENTS", 7)
#: And never before so many minutes: a burst ends sooner than that.
GLEDE_SILENT_AFTER_MINUTES = _number("GLEDE_SILENT_AFTER_MINUTES", 30)
#: A push is dead when polls brought so many events in three hours, and it none.
GLEDE_PUSH_DEAD_EVENTS = _number("GLEDE_PUSH_DEAD_EVENTS", 3)

#: Conversations that one act on many takes at most.
GLEDE_BULK_MOST = _number("GLEDE_BULK_MOST", 200)
#: A conversation due within so many minutes counts twice when the least busy is looked for.
GLEDE_SHARING_SOON_MINUTES = _number("GLEDE_SHARING_SOON_MINUTES", 60)
#: Conversations that a preview of the sharing rules looks back on.
GLEDE_SHARING_REHEARSED = _number("GLEDE_SHARING_REHEARSED", 50)
#: Hours after which “later today” brings a snoozed conversation back.
GLEDE_SNOOZE_LATER_HOURS = _number("GLEDE_SNOOZE_LATER_HOURS", 3)
#: Days for which a conversation can be snoozed at most; no clock waits for it.
GLEDE_SNOOZE_DAYS = _number("GLEDE_SNOOZE_DAYS", 60)

# --- The rota --------------------------------------------------------------------------------

#: Days ahead of which gaps in the rota are looked for, and people told of them (clause 3.1).
GLEDE_ROTA_AHEAD_DAYS = _number("GLEDE_ROTA_AHEAD_DAYS", 7)
#: When somebody on call looks, unless their shift says otherwise (clause 6.7).
GLEDE_ROTA_CHECKS = _times("GLEDE_ROTA_CHECKS", "08:00,13:00,18:00,22:00")
#: Minutes an answer takes once somebody looks.
GLEDE_ROTA_WORK_MINUTES = _number("GLEDE_ROTA_WORK_MINUTES", 30)
#: So many minutes before closing whoever is on duty is told what falls due before the opening.
GLEDE_ROTA_HOME_MINUTES = _number("GLEDE_ROTA_HOME_MINUTES", 60)

# --- Alerts ----------------------------------------------------------------------------------

#: More than so many alerts for one person in so many minutes are told as one (clause 6.5: a storm).
GLEDE_ALERT_STORM = _number("GLEDE_ALERT_STORM", 10)
GLEDE_ALERT_STORM_MINUTES = _number("GLEDE_ALERT_STORM_MINUTES", 5)
#: Times an alert is tried by one way before it is given up; waits grow from 30 s to 30 min.
GLEDE_ALERT_TRIES = _number("GLEDE_ALERT_TRIES", 6)
#: Hours after which an alert that could not leave is given up as old news.
GLEDE_ALERT_KEPT_HOURS = _number("GLEDE_ALERT_KEPT_HOURS", 24)
#: Hosts to which web push may go, with commas between; a dot in front takes every host below. They
#: are the push services of Chromium, Firefox, Safari and Edge: whoever adds a browser names its
#: address, and nobody is to make us call a machine of our own.
GLEDE_PUSH_HOSTS = _words(
    "GLEDE_PUSH_HOSTS",
    "fcm.googleapis.com,.push.services.mozilla.com,.push.apple.com,.notify.windows.com",
)
#: Seconds a push service keeps a message for a browser that is off.
GLEDE_PUSH_KEPT_SECONDS = _number("GLEDE_PUSH_KEPT_SECONDS", 14_400)
#: Whom a push service may write to about us (RFC 8292); empty: the address mail comes from.
GLEDE_PUSH_CONTACT = _text("GLEDE_PUSH_CONTACT", "")
#: Services alerts may go to, by the word before “://” of an Apprise address. Those that name any
#: machine (json, form, mailto …) are left out for the reason above: add what your network may do.
GLEDE_ALERT_SERVICES = _words(
    "GLEDE_ALERT_SERVICES",
    "msteams,workflows,slack,gchat,webex,discord,tgram,whatsapp,signl4,opsgenie,pagerduty,pagertree,"
    "spike,victorops,twilio,vonage,clickatell,clicksend,messagebird,bulksms,smseagle,sns,burstsms,"
    "pover,pushy,prowl,pbul,join,zulip,rocket,ntfys",
)

# --- Programs that ask -----------------------------------------------------------------------

#: Days a token of the API lasts unless somebody chooses, and the most they may choose: a key that
#: nobody renews is one that nobody remembers. Ours to set; no law or policy gives a number.
GLEDE_TOKEN_DAYS = _number("GLEDE_TOKEN_DAYS", 90)
GLEDE_TOKEN_DAYS_MOST = _number("GLEDE_TOKEN_DAYS_MOST", 365)
#: Calls one token may make in a minute, all at once or spread; more is answered 429 with the time
#: to wait.
GLEDE_API_CALLS_A_MINUTE = _number("GLEDE_API_CALLS_A_MINUTE", 120)
#: Hours for which a call with an Idempotency-Key is answered as it was the first time.
GLEDE_API_KEYS_HOURS = _number("GLEDE_API_KEYS_HOURS", 24)

# --- Webhooks to other programs --------------------------------------------------------------

#: May a webhook go to http and into a private network? For a demo, or a receiver beside us; else
#: whoever may add one could call our own network through us.
GLEDE_WEBHOOK_PRIVATE = _yes("GLEDE_WEBHOOK_PRIVATE", False)
#: Seconds a receiver has for its answer; Standard Webhooks suggests 15 to 30.
GLEDE_WEBHOOK_SECONDS = _number("GLEDE_WEBHOOK_SECONDS", 15)
#: Seconds before each further try, as Standard Webhooks suggests: 5 s, 5 min, 30 min, 2 h, 5 h,
#: 10 h, 14 h, 20 h, 24 h. The shortest first.
GLEDE_WEBHOOK_WAITS = _numbers(
    "GLEDE_WEBHOOK_WAITS", "5,300,1800,7200,18000,36000,50400,72000,86400"
)[::-1]
#: A webhook that took nothing for so many days is switched off, and who manages tokens is told.
GLEDE_WEBHOOK_OFF_DAYS = _number("GLEDE_WEBHOOK_OFF_DAYS", 5)
#: Hours for which the secret before the newest still signs, so that a receiver can change over.
GLEDE_WEBHOOK_SECRET_HOURS = _number("GLEDE_WEBHOOK_SECRET_HOURS", 24)
#: Days the log of deliveries is kept.
GLEDE_WEBHOOK_LOG_DAYS = _number("GLEDE_WEBHOOK_LOG_DAYS", 30)

# --- What people capture by hand ------------------------------------------------------------

#: Largest screenshot taken, in megabytes (1,000,000 bytes): a phone's whole screen needs three.
GLEDE_SCREENSHOT_MB = _number("GLEDE_SCREENSHOT_MB", 10)

# --- Reading a policy file ------------------------------------------------------------------

#: Largest policy file taken, in megabytes (1,000,000 bytes): a text of 500 pages needs two.
GLEDE_POLICY_FILE_MB = _number("GLEDE_POLICY_FILE_MB", 20)
#: Longest one file may be read, in seconds; it is read in a process of its own, which ends then.
GLEDE_POLICY_READING_SECONDS = _number("GLEDE_POLICY_READING_SECONDS", 300)
#: Most memory that process may take, in megabytes: a file made to burst takes no more with it.
GLEDE_POLICY_READING_MB = _number("GLEDE_POLICY_READING_MB", 2_000)
#: A file whose reader gave no sign for so long is given to another one.
GLEDE_POLICY_LOST_SECONDS = _number("GLEDE_POLICY_LOST_SECONDS", 30)
#: The first refuses what is far too large before the others keep it in memory or on disk.
FILE_UPLOAD_HANDLERS = [
    "glede.web.uploads.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- The demo ------------------------------------------------------------------------------

#: Seconds between two posts of the demo's residents, on average; 0 = they keep quiet.
GLEDE_DEMO_POST_SECONDS = _number("GLEDE_DEMO_POST_SECONDS", 40)
#: Port of this machine on which the demo's platforms are; 0 leaves them out.
GLEDE_SANDBOX_PORT = _number("GLEDE_SANDBOX_PORT", GLEDE_PORT + 1)
#: Seconds that pass for the demo's residents in one of ours: who waits two hours chases in four
#: minutes.
GLEDE_SANDBOX_SPEED = _number("GLEDE_SANDBOX_SPEED", 30)

# --- Logging: one line per event, never a secret or a resident's words ---------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {
        # “Not now” is an answer (health before the worker is up), not a fault of ours to log.
        "faults": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(record, "status_code", 0) != 503,
        }
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["faults"]}
    },
    "root": {"handlers": ["stderr"], "level": _text("GLEDE_LOG_LEVEL", "WARNING")},
}
PROCRASTINATE_ON_APP_READY = None
