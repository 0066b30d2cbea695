"""What is done to a picture before the network sees it: the recipe as data, and as words that people type.

The steps themselves are in `dentalx.enhance`.
"""

import dataclasses
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal


@dataclass(frozen=True)
class EnhanceConfig:
    """A recipe; every step is off by default, and the steps are made in this order whatever order they are typed in.

    Attributes:
        frame: paint a black or white frame around the radiograph black; the other steps see only what is inside.
        polarity: "keep" it, invert where enamel looks dark ("auto"), or "invert" every picture.
        tails: (low, high) percentiles that become black and white; None leaves the levels alone.
        median: side of the median's window, 3 or 5 pixels; 0 is off.
        bilateral: grey distance over which neighbours are mixed, 0 (off) to 1.
        nlm: strength of non-local means in grey, 0 (off) to 1.
        clahe: clip limit of CLAHE; 0 is off.
        clahe_tiles: tiles along each side.
        upscale: pixels that the shorter side should have; smaller pictures are enlarged by a whole factor; 0 is off.
    """

    frame: bool = False
    polarity: Literal["keep", "auto", "invert"] = "keep"
    tails: tuple[float, float] | None = None
    median: int = 0
    bilateral: float = 0.0
    nlm: float = 0.0
    clahe: float = 0.0
    clahe_tiles: int = 8
    upscale: int = 0

    def __post_init__(self) -> None:
        if self.polarity not in ("keep", "auto", "invert"):
            raise ValueError(f"polarity must be keep, auto or invert, got {self.polarity!r}")
        if self.tails is not None and not (len(self.tails) == 2 and 0 <= self.tails[0] < self.tails[1] <= 100):
            raise ValueError(f"tails must be two rising percentiles in 0…100, got {self.tails}")
        if self.median not in (0, 3, 5):
            raise ValueError(f"median must be 0, 3 or 5, got {self.median}")
        for name in ("bilateral", "nlm"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in 0…1, got {getattr(self, name)}")
        if not 0 <= self.clahe <= 100 or not 1 <= self.clahe_tiles <= 64:
            raise ValueError(f"clahe must lie in 0…100 with 1…64 tiles, got {self.clahe} and {self.clahe_tiles}")
        if not 0 <= self.upscale <= 4096:
            raise ValueError(f"upscale must lie in 0…4096, got {self.upscale}")

    def __bool__(self) -> bool:
        """Whether any step is on."""
        return replace(self, clahe_tiles=OFF.clahe_tiles) != OFF


OFF = EnhanceConfig()
_USUAL = EnhanceConfig(
    frame=True, polarity="auto", tails=(0.5, 99.5), median=3, bilateral=0.1, nlm=0.03, clahe=2.0, upscale=512
)
RECIPES = {
    "none": OFF,
    "contrast": EnhanceConfig(tails=_USUAL.tails, clahe=_USUAL.clahe),
    "denoise": EnhanceConfig(median=_USUAL.median, nlm=_USUAL.nlm),
    "clean": EnhanceConfig(frame=True, tails=_USUAL.tails, median=_USUAL.median, nlm=_USUAL.nlm, clahe=_USUAL.clahe),
}
_NAMES = {field.name.replace("_", "-"): field.name for field in dataclasses.fields(EnhanceConfig)}


def parse(words: Sequence[str]) -> EnhanceConfig:
    """The recipe that some words mean: steps (`clahe=2`, or `clahe` for its usual strength) and named recipes.

    Raises:
        ValueError: a word is no step and no recipe, or a value cannot be used; one line.

    >>> parse(["tails=0.5,99.5", "clahe"]) == RECIPES["contrast"]
    True
    >>> parse(["clean", "nlm=off"]).nlm
    0.0
    """
    settings: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals and name in RECIPES:
            settings |= _changed(RECIPES[name])
        elif name.replace("_", "-") in _NAMES:
            step = _NAMES[name.replace("_", "-")]
            settings[step] = _value(step, value) if equals else getattr(_USUAL, step)
        else:
            raise ValueError(f"--enhance knows no step {name!r}; {_choices(name)}")
    return EnhanceConfig(**settings)


def written(recipe: EnhanceConfig) -> str:
    """The words for a recipe, so that `parse(written(recipe).split())` is the recipe.

    >>> written(RECIPES["contrast"]), written(OFF)
    ('tails=0.5,99.5 clahe=2', 'none')
    """
    changed = _changed(recipe)
    return " ".join(f"{word}={_text(changed[name])}" for word, name in _NAMES.items() if name in changed) or "none"


def _changed(recipe: EnhanceConfig) -> dict[str, Any]:
    return {name: value for name in _NAMES.values() if (value := getattr(recipe, name)) != getattr(OFF, name)}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on"
    if isinstance(value, tuple):
        return ",".join(repr(float(item)).removesuffix(".0") for item in value)
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _value(step: str, text: str) -> Any:
    """What `text` means for a step, read as its usual value is written."""
    usual = getattr(_USUAL, step)
    if text in ("off", "on"):
        return getattr(OFF if text == "off" else _USUAL, step)
    try:
        if isinstance(usual, tuple):
            low, high = (float(part) for part in text.split(","))
            return low, high
        if isinstance(usual, bool):
            raise ValueError
        return type(usual)(text)
    except ValueError:
        word = step.replace("_", "-")
        raise ValueError(f"--enhance {word} cannot be {text!r}; write for example {word}={_text(usual)}") from None


def _choices(name: str) -> str:
    near = difflib.get_close_matches(name, [*_NAMES, *RECIPES], 1, 0.6)
    meant = f"did you mean {near[0]}? " if near else ""
    steps = ", ".join(f"{word}={_text(getattr(_USUAL, field))}" for word, field in _NAMES.items())
    return f"{meant}steps: {steps}; recipes: {', '.join(RECIPES)}"
