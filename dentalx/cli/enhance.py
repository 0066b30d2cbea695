"""`--enhance` of the commands that use a run: a recipe in place of the run's own."""

from collections.abc import Sequence

from dentalx.cli.console import warn
from dentalx.errors import InputError
from dentalx.recipe import EnhanceConfig, parse, written


def instead(words: Sequence[str], trained: EnhanceConfig) -> EnhanceConfig | None:
    """The recipe that `words` ask for, with a warning where it is not the one trained with; None without words.

    Raises:
        InputError: a word is no step and no recipe.
    """
    if not words:
        return None
    try:
        recipe = parse(words)
    except ValueError as error:
        raise InputError(str(error)) from error
    if recipe != trained:
        warn(f"--enhance {written(recipe)} is used, but the run was trained with --enhance {written(trained)}")
    return recipe
