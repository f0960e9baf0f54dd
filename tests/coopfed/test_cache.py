"""The memory of recent things is bounded and forgets what was not used."""

from coopfed.cache import Cache


def test_the_least_recently_used_goes_first() -> None:
    """Design 7: memory is bounded whatever arrives."""
    cache: Cache[str, int] = Cache(2)
    cache.put("one", 1)
    cache.put("two", 2)
    cache.get("one")

    cache.put("three", 3)

    assert (cache.get("one"), cache.get("two"), cache.get("three")) == (1, None, 3)
    assert len(cache) == 2


def test_putting_again_replaces_and_counts_as_use() -> None:
    """A key that was refetched stays, with its new value."""
    cache: Cache[str, int] = Cache(2)
    cache.put("one", 1)
    cache.put("two", 2)

    assert cache.put("one", 11) == 11
    cache.put("three", 3)

    assert (cache.get("one"), cache.get("two")) == (11, None)


def test_what_was_read_before_a_forgetting_is_not_remembered_after_it() -> None:
    """Issue 3, 7: a block holds within a second; also where the row was read before it and comes back after its signal."""
    cache: Cache[str, int] = Cache(9)
    cache.put("other", 0)
    for forget in (cache.clear, lambda: cache.drop("other")):
        since = cache.forgotten

        forget()

        assert cache.put("one", 1, since) == 1
        assert cache.get("one") is None
    assert cache.put("one", 1, cache.forgotten) == cache.get("one") == 1


def test_dropped_and_cleared_entries_are_gone() -> None:
    """After another process changed something, nothing stale is left."""
    cache: Cache[str, int] = Cache(9)
    for number, name in enumerate(("one", "two", "three")):
        cache.put(name, number)

    cache.drop("one")
    cache.drop("never there")
    assert cache.get("one") is None
    cache.clear()

    assert len(cache) == 0
