"""Secrets open with our keys only; derived keys stay apart."""

import pytest
from pytest_django import Settings

from glede.kit import crypto


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> str:
    settings.GLEDE_VAULT_KEYS = crypto.new_vault_key()
    return str(settings.GLEDE_VAULT_KEYS)


def test_a_secret_comes_back_and_does_not_show() -> None:
    kept = crypto.encrypt_text("app password £1")

    assert "app password" not in kept
    assert crypto.decrypt_text(kept) == "app password £1"
    assert crypto.decrypt(crypto.encrypt(b"\x00\xff")) == b"\x00\xff"


def test_another_key_refuses_with_a_sentence(settings: Settings) -> None:
    kept = crypto.encrypt_text("app password")
    settings.GLEDE_VAULT_KEYS = crypto.new_vault_key()

    with pytest.raises(
        crypto.SecretUnreadableError, match="None of the vault keys opens this secret"
    ):
        crypto.decrypt_text(kept)
    with pytest.raises(crypto.SecretUnreadableError):
        crypto.rotate(kept.encode())


def test_a_changed_secret_refuses() -> None:
    kept = crypto.encrypt(b"app password")
    changed = kept[:30] + (b"A" if kept[30:31] != b"A" else b"B") + kept[31:]

    with pytest.raises(crypto.SecretUnreadableError):
        crypto.decrypt(changed)


def test_no_key_and_a_bad_key_refuse(settings: Settings) -> None:
    for keys, reason in (("", "no vault key"), ("short", "not a Fernet key")):
        settings.GLEDE_VAULT_KEYS = keys
        with pytest.raises(crypto.KeyMissingError, match=reason):
            crypto.encrypt(b"secret")


def test_keys_rotate(settings: Settings, keys: str) -> None:
    kept = crypto.encrypt(b"secret")
    newest = crypto.new_vault_key()

    settings.GLEDE_VAULT_KEYS = f"{newest},{keys}"
    assert crypto.decrypt(kept) == b"secret"
    rotated = crypto.rotate(kept)

    settings.GLEDE_VAULT_KEYS = newest
    assert crypto.decrypt(rotated) == b"secret"
    with pytest.raises(crypto.SecretUnreadableError):
        crypto.decrypt(kept)


def test_a_keyed_hash_depends_on_purpose_key_and_content(settings: Settings) -> None:
    first = crypto.keyed_hash("audit", b"words")

    assert first == crypto.keyed_hash("audit", b"words")
    assert first != crypto.keyed_hash("audit", b"word")
    assert first != crypto.keyed_hash("directory", b"words")
    settings.SECRET_KEY = "another"
    assert first != crypto.keyed_hash("audit", b"words")


def test_without_a_secret_key_nothing_is_signed(settings: Settings) -> None:
    settings.SECRET_KEY = settings.GLEDE_NO_SECRET_KEY

    with pytest.raises(crypto.KeyMissingError):
        crypto.derive("audit")


def test_tokens_are_stable_long_and_tell_parts_apart() -> None:
    first = crypto.token("visit", "ab", "c", 1)

    assert first == crypto.token("visit", "ab", "c", 1)
    others = [("a", "bc", 1), ("ab", "c", "1"), ("ab", "c"), ("abc", 1)]
    assert first not in {crypto.token("visit", *parts) for parts in others}
    assert first != crypto.token("invite", "ab", "c", 1)
    assert len(first) == 32
    assert crypto.token_hash(first) != first
