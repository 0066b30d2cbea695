"""The words of `--enhance` and the recipe they mean."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dentalx.config import TrainConfig, from_json, to_json
from dentalx.recipe import OFF, RECIPES, EnhanceConfig, parse, written

share = st.floats(0, 1)
recipes = st.builds(
    EnhanceConfig,
    frame=st.booleans(),
    polarity=st.sampled_from(["keep", "auto", "invert"]),
    tails=st.none() | st.tuples(st.floats(0, 49), st.floats(51, 100)),
    median=st.sampled_from([0, 3, 5]),
    bilateral=share,
    nlm=share,
    clahe=st.floats(0, 100),
    clahe_tiles=st.integers(1, 64),
    upscale=st.integers(0, 4096),
)


@settings(deadline=None, max_examples=50)
@given(recipes)
def test_words_and_json_there_and_back(recipe: EnhanceConfig) -> None:
    assert parse(written(recipe).split()) == recipe
    config = replace(TrainConfig(), enhance=recipe)
    assert from_json(TrainConfig, json.loads(json.dumps(to_json(config)))) == config


def test_words_by_hand() -> None:
    assert parse([]) == parse(["none"]) == OFF
    assert parse(["clahe=4", "tails=1,99"]) == EnhanceConfig(tails=(1, 99), clahe=4)
    assert parse(["clahe-tiles=4", "clahe_tiles=5"]) == EnhanceConfig(clahe_tiles=5)
    assert parse(["median", "polarity", "frame"]) == EnhanceConfig(median=3, polarity="auto", frame=True)
    assert parse(["clean", "clahe=off", "frame=off"]) == replace(RECIPES["clean"], clahe=0.0, frame=False)
    assert parse(["median=5", "denoise"]).median == 3  # what comes later holds


def test_only_a_step_makes_a_recipe() -> None:
    assert not OFF
    assert not EnhanceConfig(clahe_tiles=4)
    assert all(recipe for name, recipe in RECIPES.items() if name != "none")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("clhae=2", "knows no step 'clhae'; did you mean clahe[?] steps: frame=on, .*; recipes: none, contrast"),
        ("clena", "did you mean clean[?]"),
        ("clean=2", "knows no step 'clean'"),
        ("", "knows no step ''"),
        ("tails=3", "tails cannot be '3'; write for example tails=0.5,99.5"),
        ("tails=1,2,3", "tails cannot be"),
        ("median=3.5", "median cannot be '3.5'; write for example median=3"),
        ("frame=maybe", "frame cannot be 'maybe'; write for example frame=on"),
        ("median=4", "median must be 0, 3 or 5, got 4"),
        ("tails=9,3", "two rising percentiles"),
        ("tails=nan,3", "two rising percentiles"),
        ("polarity=sideways", "polarity must be keep, auto or invert"),
        ("nlm=inf", "nlm must lie in"),
        ("upscale=-1", "upscale must lie in"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(word: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        parse([word])
    assert "\n" not in str(refused.value)


def test_runs_from_before_there_were_recipes_have_none() -> None:
    saved = to_json(TrainConfig())
    del saved["enhance"]
    assert from_json(TrainConfig, saved) == TrainConfig()
