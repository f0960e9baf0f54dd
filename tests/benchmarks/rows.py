"""What a scenario gives."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, in which unit, and the figure."""

    what: str
    figure: str
