"""Runs activityrelay in its own environment, in a network whose names lead to ports of loopback.

    python within.py NAMES CONFIG COMMAND ...     NAMES: a JSON file, name to port; read at each look-up

The relay knows others by their names alone: it asks each at its default port, and takes two on one name for one. Nothing of it is
changed but what the system answers about names. It ends when its standard input does, so it does not outlive who started it.
"""

import json
import os
import runpy
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

# Also in the processes that it starts, whose arguments are other ones.
NAMES = Path(os.environ.setdefault("RELAY_NAMES", sys.argv[1]))
_system = socket.getaddrinfo


def look_up(host: Any, port: Any, *more: Any, **settings: Any) -> Any:
    """What the system says; of a name in the file that it is this machine, at that port."""
    known: dict[str, int] = json.loads(NAMES.read_text())
    name = host.decode() if isinstance(host, bytes) else host
    return (
        _system("127.0.0.1", known[name], *more, **settings)
        if name in known
        else _system(host, port, *more, **settings)
    )


socket.getaddrinfo = look_up


def _end_with_input() -> None:
    while os.read(0, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    _names, config, *command = sys.argv[1:]
    if command == ["run"]:
        threading.Thread(target=_end_with_input, daemon=True).start()
    sys.argv = ["activityrelay", "--config", config, *command]
    runpy.run_module("relay", run_name="__main__", alter_sys=True)
