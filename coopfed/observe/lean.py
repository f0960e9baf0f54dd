"""structlog without rich.

structlog loads rich for coloured tracebacks wherever it is installed (the demo needs it): 14 MiB that a server never uses, an eighth of
an idle node. While structlog is imported, rich is therefore not to be found.
"""

import sys

_LOADED = "rich" in sys.modules
if not _LOADED:
    sys.modules["rich"] = None  # type: ignore[assignment]  # the import system's word for "there is none"
try:
    import structlog
finally:
    if not _LOADED:
        del sys.modules["rich"]

__all__ = ["structlog"]
