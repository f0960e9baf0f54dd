"""Names of hosts in every spelling, and which blocks cover them. Security research 1.7, *Blocks*."""

import pytest

from coopfed.errors import InvalidInput
from coopfed.net.hosts import covering, written_host


@pytest.mark.parametrize(
    "written", ["", " ", "@", "bo@peer.example", "a b.example", "peer..example", "peer.example:0", "[::1", "."]
)
def test_what_is_no_host_is_refused(written: str) -> None:
    """A block that matches nothing would be believed to hold."""
    with pytest.raises(InvalidInput, match="no host name"):
        written_host(written)


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("Peer.Example", "peer.example"),
        (" peer.example. ", "peer.example"),
        ("peer.example:443", "peer.example"),
        ("PEER.example.:8443", "peer.example:8443"),
        ("*.peer.example", "peer.example"),
        ("https://peer.example/users/bo", "peer.example"),
        ("http://peer.example:80/", "peer.example"),
        ("HTTP://peer.example:8080", "peer.example:8080"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example.", "xn--bcher-kva.example"),
        ("[2001:DB8::1]:8443", "[2001:db8::1]:8443"),
    ],
)
def test_host_is_meant_whatever_its_spelling(written: str, host: str) -> None:
    """Exact host, IDN- and case-normalised, without trailing dot and default port."""
    assert written_host(written) == host


@pytest.mark.parametrize(
    ("host", "covers"),
    [
        ("peer.example", ("peer.example", "example")),
        ("a.peer.example:8443", ("a.peer.example:8443", "a.peer.example", "peer.example", "example")),
        ("192.0.2.7:80", ("192.0.2.7:80", "192.0.2.7")),
        ("[2001:db8::1]:8443", ("[2001:db8::1]:8443", "[2001:db8::1]")),
        ("[2001:db8::1]", ("[2001:db8::1]",)),
    ],
)
def test_block_covers_subdomains_and_ports_and_nothing_else(host: str, covers: tuple[str, ...]) -> None:
    """No neighbour by its ending: notpeer.example is not below peer.example; addresses have no domains above them."""
    assert covering(host) == covers
    assert "peer.example" not in covering("notpeer.example")
