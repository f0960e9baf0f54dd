"""One finding of the doctor. The detail is for the operator: what is, or what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, and whether it is as it should be; None when that does not apply here or could not be looked at."""

    name: str
    ok: bool | None
    detail: str


def fine(name: str, detail: str) -> Check:
    """As it should be."""
    return Check(name, True, detail)


def wrong(name: str, detail: str) -> Check:
    """Not as it should be; the detail says what to do."""
    return Check(name, False, detail)


def beside(name: str, detail: str) -> Check:
    """Not applicable, and why."""
    return Check(name, None, detail)
