"""The list of browsers on the page of an account names each as its owner does."""

import pytest

from coopfed.web.account.browsers import called

MOZILLA = "Mozilla/5.0"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("", ""),
        ("Test browser", "Test browser"),
        ("curl/8.5.0 (Linux)", "curl/8.5.0 (Linux)"),
        (f"{MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (f"{MOZILLA} (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox, Android"),
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
            "Chrome, Windows",
        ),
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 "
            "Edg/138.0.0.0",
            "Edge, Windows",
        ),
        (
            f"{MOZILLA} (Linux; Android 15; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 "
            "Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet, Android",
        ),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
            "Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        (
            f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            "Safari, macOS",
        ),
    ],
)
def test_browser_is_called_by_its_name(agent: str, expected: str) -> None:
    """security 1.6: whoever is to see that a browser is none of theirs has to know which it is."""
    assert called(agent) == expected
