"""Counts in words."""


def many(count: int, one: str, several: str = "") -> str:
    """Return a count with its noun.

    Args:
        count: how many.
        one: the noun for one.
        several: the noun for any other count; with an s where it is left out.

    >>> many(1, "area"), many(1200, "area"), many(0, "class", "classes")
    ('1 area', '1,200 areas', '0 classes')
    """
    return f"{count:,} {one if count == 1 else several or one + 's'}"
