"""What counts as a vote. Pure."""

from collections.abc import Collection, Iterable, Sequence


def places(titles: Sequence[str], named: Iterable[str]) -> list[int]:
    """Where the named options stand in a poll, each once, in the order they were named; what is no option is left out.

    Of options with one title it is the first, which is all that a vote can mean.
    """
    return list(dict.fromkeys(titles.index(title) for title in named if title in titles))


def counted(multiple: bool, chosen: Collection[int], asked: Sequence[int]) -> list[int]:
    """Which of the choices count beside those that the voter made before: each option once; where one is to be chosen, the first alone.

    Source: Mastodon's rule; s2s research 2.17.
    """
    if multiple:
        return [place for place in dict.fromkeys(asked) if place not in chosen]
    return [] if chosen else list(asked[:1])
