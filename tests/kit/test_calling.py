"""Whom we call because somebody typed an address: the public internet, and nobody beside us."""

from ipaddress import ip_address

import pytest

from glede.kit import calling
from glede.kit.calling import BadAddressError

PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",  # noqa: S104 - nobody binds to it
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "64:ff9b:1::1",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_called_by_no_way(address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    assert not calling.is_public(ip_address(address))
    with pytest.raises(BadAddressError, match="private network"):
        calling.check(f"https://{host}/hook", may_be_private=False)
    answered = calling.post(
        "https://hooks.example.org/a",
        body=b"{}",
        headers={},
        seconds=0.1,
        may_be_private=False,
        resolve=lambda *_: ["93.184.215.14", address],
    )
    assert answered == calling.Answered(None, "The host lies in a private network.")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://hooks.example.org/", "begins with https"),
        ("ftp://hooks.example.org/", "begins with https"),
        ("https://user:word@hooks.example.org/", "no login"),
        ("https://hooks.example.org/#x", "no “#”"),
        ("https://localhost/", "no host of the public internet"),
        ("https://db.internal/", "no host of the public internet"),
        ("https:///path", "names no host"),
        ("https://hooks.example.org:99999/", "no address"),
        ("https://hooks.example.org/a b", "no spaces"),
        ("https://hooks.example.org/\r\nx", "no spaces"),
        ("https://hooks.ëxample.org/", "no spaces"),
    ],
)
def test_what_is_no_address_of_a_public_host_is_refused_in_a_sentence(url: str, says: str) -> None:
    with pytest.raises(BadAddressError, match=says):
        calling.check(url, may_be_private=False)


def test_a_public_host_may_be_called_and_a_private_one_where_a_setting_says_so() -> None:
    assert calling.is_public(ip_address("93.184.215.14"))
    assert calling.check("https://hooks.example.org:8443/a?b=c", may_be_private=False).port == 8443
    assert calling.check("http://127.0.0.1:8099/", may_be_private=True).hostname == "127.0.0.1"


def test_a_name_that_means_nothing_is_no_fault_of_ours() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError(f"{host}:{port}")

    for resolve in (unknown, lambda *_: []):
        answered = calling.post(
            "https://hooks.example.org/",
            body=b"",
            headers={},
            seconds=0.1,
            may_be_private=False,
            resolve=resolve,
        )
        assert (answered.status, answered.says) == (None, "The name of the host means nothing.")
