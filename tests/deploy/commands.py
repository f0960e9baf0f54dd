"""Whether a command line of an instruction would be understood by the program."""

import re

import typer

from coopfed.cli import app


def refused(words: list[str]) -> str | None:
    """Why `coopfed WORDS` is none of the program's commands; None when it is one with options that exist."""
    command = typer.main.get_command(app)
    rest = list(words)
    taken = _options(command)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            name = word.partition("=")[0]
            if name not in taken:
                return f"{' '.join(words)}: no option {name}"
            if taken[name] and "=" not in word and rest:
                rest.pop(0)
            continue
        below = getattr(command, "commands", None)
        if below is None:
            continue
        if not re.fullmatch(r"[a-z-]+", word) or word not in below:
            return f"{' '.join(words)}: no command {word}"
        command = below[word]
        taken = _options(command)
    return f"{' '.join(words)}: not a whole command" if getattr(command, "commands", None) else None


def _options(command: object) -> dict[str, bool]:
    """The options of a command; whether each takes a value."""
    parameters = getattr(command, "params", [])
    found = {
        option: not getattr(one, "is_flag", False) for one in parameters for option in one.opts if option[:2] == "--"
    }
    return found | {"--help": False}
