"""How a server and an application speak with each other. Source: ASGI 3.0."""

from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
"""What is known of a connection when it opens."""
Message = dict[str, Any]
"""An event of a connection, by its `type`."""
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
