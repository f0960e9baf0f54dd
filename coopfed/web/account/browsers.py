"""What people call the browser that names itself in a User-Agent, so that they know theirs in a list. A guess, for the eye only. Pure."""

_BROWSERS = (
    # Each names itself as those below it too, which it wants to be taken for.
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def called(agent: str) -> str:
    """Browser and system, like "Firefox, Android"; what is none of the usual ones stays as it names itself."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    return ", ".join(name for name in (browser, system) if name) if browser else agent
