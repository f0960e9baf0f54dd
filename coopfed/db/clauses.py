"""Clauses that both engines carry out well."""

from sqlalchemy import ColumnElement, Exists, false


def lacks(found: Exists) -> ColumnElement[bool]:
    """That a sub-select finds nothing, asked for each row by itself: for lists that end after a few rows.

    PostgreSQL makes a join of each `NOT EXISTS`, guesses that hardly a row is left after some of them, and then reads and sorts the
    whole table where the first twenty rows would do; `EXISTS … IS FALSE` it leaves alone.
    """
    return found.is_(false())
