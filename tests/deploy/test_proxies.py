"""deploy/Caddyfile and nginx.conf as they are read: what the node needs of whatever stands in front of it."""

import re

from coopfed import limits
from coopfed.config import Config
from coopfed.gauges import ROUTES
from tests.deploy.reading import DEPLOY, Directive, caddyfile, nginx

CADDY = caddyfile(DEPLOY / "Caddyfile")
NGINX = nginx(DEPLOY / "nginx.conf")
LARGEST = limits.INBOX_BODY_BYTES + limits.LINGER_BYTES
"""Up to here the node reads on, so that a sender sees its 413."""


def caddy_site() -> Directive:
    """The block of the node."""
    (site,) = CADDY.all("{$COOPFED_SITE}")
    return site


def nginx_site() -> Directive:
    """The server that speaks TLS."""
    (site,) = [
        one for one in NGINX.all("server") if any("443" in word for each in one.all("listen") for word in each.words)
    ]
    return site


def nginx_node() -> Directive:
    """What happens to everything but the exceptions."""
    (found,) = [one for one in nginx_site().all("location") if one.words[1:] == ["/"]]
    return found


def mebibytes(text: str) -> int:
    """A size of either proxy, in bytes."""
    match = re.fullmatch(r"(\d+)(m|MiB)", text)
    assert match is not None
    return int(match[1]) * limits.MIB


def test_the_node_is_found_where_it_listens() -> None:
    """Issue 3, 8: every port."""
    listens = Config.model_fields["listen"].default
    upstream, *_ = caddy_site().one("reverse_proxy")

    assert upstream == f"{{$COOPFED_UPSTREAMS:{listens}}}"
    assert NGINX.one("upstream", "server") == [listens]
    assert nginx_node().one("proxy_pass") == [f"http://{NGINX.all('upstream')[0].words[1]}"]


def test_the_host_and_the_path_go_on_as_they_came() -> None:
    """s2s 2.2: signatures cover both; the node answers 421 to another host."""
    headers = {one.words[1]: one.words[2] for one in nginx_node().all("proxy_set_header")}

    assert headers["Host"] == "$host"
    assert nginx_site().one("merge_slashes") == ["off"]
    # Caddy hands the Host on unless it is told not to.
    assert [one.words[1] for one in caddy_site().all("reverse_proxy", "header_up")] == ["X-Forwarded-For"]


def test_the_client_is_who_the_proxy_saw() -> None:
    """Security 1.4: rate limits by address; what a client says of itself is not passed on."""
    headers = {one.words[1]: one.words[2] for one in nginx_node().all("proxy_set_header")}

    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert caddy_site().one("reverse_proxy", "header_up") == ["X-Forwarded-For", "{remote_host}"]


def test_bodies_that_the_node_takes_pass_and_it_refuses_the_others_itself() -> None:
    """Security 1.4; nginx alone would stop at 1 MiB, below what other servers send."""
    assert mebibytes(nginx_site().one("client_max_body_size")[0]) >= LARGEST
    assert mebibytes(caddy_site().one("request_body", "max_size")[0]) >= LARGEST


def test_figures_are_closed() -> None:
    """docs/metrics.md: /metrics is for this machine."""
    (path,) = [route.path for route in ROUTES]
    (closed,) = [one for one in nginx_site().all("location") if one.words[1:] == ["=", path]]

    assert closed.one("return") == ["404"]
    assert caddy_site().one("@closed") == ["path", path]
    assert caddy_site().one("respond") == ["@closed", "404"]


def test_nothing_is_cached_and_nothing_is_sent_twice() -> None:
    """One address is a page and a document; and a POST that reached a process is not tried at another one."""
    assert nginx_node().one("proxy_cache") == ["off"]
    assert nginx_node().one("proxy_next_upstream") == ["error", "timeout"]
    assert not caddy_site().all("cache")
    assert not caddy_site().all("reverse_proxy", "lb_retry_match")


def test_slow_answers_are_waited_for() -> None:
    """A search across the network may take as long as its fetches; uploads as long as the node gives them."""
    transport = caddy_site().all("reverse_proxy", "transport")[0]

    assert int(nginx_node().one("proxy_read_timeout")[0].removesuffix("s")) >= 120
    assert int(nginx_site().one("client_body_timeout")[0].removesuffix("s")) >= limits.BODY_SECONDS
    assert transport.one("response_header_timeout") == ["120s"]


def test_streams_pass() -> None:
    """client_api 7: nginx passes no WebSocket on unless it is told to; Caddy does."""
    headers = {one.words[1]: one.words[2] for one in nginx_node().all("proxy_set_header")}
    (chosen,) = NGINX.all("map")

    assert headers["Upgrade"] == "$http_upgrade" == chosen.words[1]
    assert headers["Connection"] == chosen.words[2]
    assert int(nginx_node().one("proxy_read_timeout")[0].removesuffix("s")) > limits.STREAM_PING_SECONDS


def test_http_2_ends_at_the_proxy() -> None:
    """Security 1.8: rapid resets and floods of streams are bounded there; the node speaks HTTP/1.1."""
    assert CADDY.inside[0].one("servers", "protocols") == ["h1", "h2"]
    assert all("http2" in one.words for one in nginx_site().all("listen"))
    assert nginx_node().one("proxy_http_version") == ["1.1"]
    assert caddy_site().all("reverse_proxy", "transport")[0].words == ["transport", "http"]
