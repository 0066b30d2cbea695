"""The checklist says of each item whether it is there, and never guesses."""

from collections import Counter

import numpy as np
import pytest

from dentalx.evaluation import About, evaluate
from dentalx.report.checklist import ITEMS, Seen, checklist, judged, tally


@pytest.fixture(scope="module")
def metrics():
    rng = np.random.default_rng(0)
    items = [(f"i{i}", f"p{i // 2}", *(rng.random((2, 12, 16)) > 0.5).astype(np.uint8)) for i in range(8)]
    threshold = {"value": 0.5, "chosen_on": "val"}
    return {"kind": "run"} | evaluate(items, ("teeth",), About("unet", "set", "test", threshold)).metrics


def states(seen: Seen) -> dict[str, str]:
    return {item.code: verdict.state for item, verdict in judged(seen)}


def test_every_item_is_there_once() -> None:
    codes = [item.code for item in ITEMS]
    assert codes == [f"CLAIM {i}" for i in range(1, 45)] + [f"MR {i}" for i in range(1, 21)]
    assert len({item.what for item in ITEMS}) == len(ITEMS)


def test_a_run_satisfies_what_its_card_says_and_masks_leave_it_unknown(metrics) -> None:
    of_run, of_masks = states(Seen(metrics, of_run=True)), states(Seen(metrics))
    for code in ("CLAIM 9", "CLAIM 19", "CLAIM 20", "CLAIM 22", "CLAIM 25", "CLAIM 26", "CLAIM 32", "MR 15"):
        assert (of_run[code], of_masks[code]) == ("satisfied", "cannot be known"), code
    for code in ("CLAIM 3", "CLAIM 8", "CLAIM 36", "CLAIM 44", "MR 5", "MR 19"):
        assert of_run[code] == of_masks[code] == "cannot be known", code


@pytest.mark.parametrize(
    ("block", "code"), [("raters", "CLAIM 18"), ("strata", "MR 13"), ("calibration", "MR 14"), ("comparison", "MR 17"),
                        ("froc", "MR 6"), ("strata", "CLAIM 30")]
)  # fmt: skip
def test_a_block_makes_the_difference(metrics, block: str, code: str) -> None:
    assert states(Seen(metrics, True))[code] == "not satisfied"
    assert states(Seen(metrics | {block: {"some": "thing"}}, True))[code] == "satisfied"


def test_leaks_and_patients(metrics) -> None:
    assert states(Seen(metrics, True))["MR 8"] == "satisfied"
    apart = metrics | {"n_patients": metrics["n_images"]}
    assert states(Seen(apart, True))["MR 8"] == states(Seen(apart, True))["CLAIM 20"] == "cannot be known"
    assert states(Seen(metrics | {"without_leaks": {}}, True))["CLAIM 20"] == "not satisfied"


def test_pictures_that_were_trained_on_are_no_test(metrics) -> None:
    seen = states(Seen(metrics | {"split": "train"}, True))
    assert seen["CLAIM 32"] == seen["CLAIM 33"] == seen["MR 15"] == "not satisfied"
    assert states(Seen(metrics | {"split": "all"}, True))["CLAIM 33"] == "cannot be known"  # other data
    own = {"split": "all", "notes": ["these pictures include the ones the model was trained on: …"]}
    assert states(Seen(metrics | own, True))["CLAIM 33"] == "not satisfied"


def test_one_patient_has_no_interval(metrics) -> None:
    one = evaluate([("i", "p", np.eye(8, dtype=np.uint8), np.eye(8, dtype=np.uint8))], ("teeth",)).metrics
    found = states(Seen(one))
    assert found["CLAIM 29"] == found["CLAIM 37"] == found["MR 10"] == "not satisfied"
    assert states(Seen(metrics))["CLAIM 29"] == "satisfied"


def test_tolerance_is_judged_by_what_people_differ_by(metrics) -> None:
    verdicts = {
        item.code: verdict
        for item, verdict in judged(Seen(metrics | {"raters": {"between": {"assd": {"mean": 2.34}}}}))
    }
    assert verdicts["MR 4"].state == "not satisfied" and "2.3 px" in verdicts["MR 4"].why
    given = metrics | {"boundary": {"tolerance_px": 3.0}}
    assert states(Seen(given))["MR 4"] == "cannot be known"


def test_lines_count_what_they_list(metrics) -> None:
    lines = checklist(Seen(metrics, True, True))
    counted = Counter(verdict.state for _, verdict in judged(Seen(metrics, True, True)))
    assert lines[0].endswith(tally(judged(Seen(metrics, True, True))))
    assert all(f"{n} {state}" in lines[0] for state, n in counted.items())
    assert len(lines) == 1 + 3 + len(ITEMS)
    assert max(map(len, lines)) < 160
