"""Secrets at rest, keyed hashes and links; a key serves one purpose only."""

import base64
import functools
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

#: 192 bits: 32 characters of a link, beyond guessing.
_TOKEN_BYTES = 24


class KeyMissingError(Exception):
    """No key is set where one is needed."""


class SecretUnreadableError(Exception):
    """A secret at rest opens with none of our keys."""


# --- The vault: secrets at rest ------------------------------------------------------------------


@functools.lru_cache(maxsize=4)
def _vault(keys: str) -> MultiFernet:
    listed = [key.strip() for key in keys.split(",") if key.strip()]
    if not listed:
        raise KeyMissingError("There is no vault key: run `glede setup`, or set GLEDE_VAULT_KEYS.")
    try:
        return MultiFernet([Fernet(key) for key in listed])
    except ValueError as error:
        raise KeyMissingError(f"A vault key is not a Fernet key: {error}.") from error


def new_vault_key() -> str:
    return Fernet.generate_key().decode("ascii")


def encrypt(data: bytes) -> bytes:
    return _vault(settings.GLEDE_VAULT_KEYS).encrypt(data)


def decrypt(secret: bytes) -> bytes:
    try:
        return _vault(settings.GLEDE_VAULT_KEYS).decrypt(secret)
    except InvalidToken as error:
        raise SecretUnreadableError(_WRONG_KEY) from error


def encrypt_text(text: str) -> str:
    return encrypt(text.encode()).decode("ascii")


def decrypt_text(secret: str) -> str:
    return decrypt(secret.encode()).decode()


def rotate(secret: bytes) -> bytes:
    """The same secret under the newest key; older keys may go once every secret was rotated."""
    try:
        return _vault(settings.GLEDE_VAULT_KEYS).rotate(secret)
    except InvalidToken as error:
        raise SecretUnreadableError(_WRONG_KEY) from error


_WRONG_KEY = (
    "None of the vault keys opens this secret: it was kept under a key that is gone, or changed."
)

# --- Keys derived from the secret key ------------------------------------------------------------


def derive(purpose: str) -> bytes:
    """32 bytes for this purpose alone: knowing one purpose's key tells nothing of another's."""
    if not settings.SECRET_KEY or settings.SECRET_KEY == settings.GLEDE_NO_SECRET_KEY:
        raise KeyMissingError("There is no secret key: run `glede setup`, or set GLEDE_SECRET_KEY.")
    return _derived(settings.SECRET_KEY, purpose)


@functools.lru_cache(maxsize=64)
def _derived(secret: str, purpose: str) -> bytes:
    # RFC 5869; the salt may be empty when the input is as strong as a generated key.
    hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"glede:" + purpose.encode())
    return hkdf.derive(secret.encode())


def keyed_hash(purpose: str, data: bytes) -> str:
    """Shows that two contents are the same, to those who hold our key; says nothing to others."""
    return hmac.new(derive(purpose), data, hashlib.sha256).hexdigest()


def token(purpose: str, *parts: str | int) -> str:
    """The same parts always give the same token: a link can be made again, and kept as a hash."""
    digest = hmac.new(derive(f"token:{purpose}"), digestmod=hashlib.sha256)
    for part in parts:
        data = f"{type(part).__name__}:{part}".encode()
        # With its length in front, ("ab", "c") and ("a", "bc") differ.
        digest.update(len(data).to_bytes(8) + data)
    return base64.urlsafe_b64encode(digest.digest()[:_TOKEN_BYTES]).decode("ascii")


def token_hash(token: str) -> str:
    """What we keep of a token; it is random enough that a plain digest cannot be turned round."""
    return hashlib.sha256(token.encode()).hexdigest()
