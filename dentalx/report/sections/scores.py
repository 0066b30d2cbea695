"""Every score: over the foreground, class by class, of whole pictures, and group by group."""

from collections.abc import Iterator, Mapping
from typing import Any

from dentalx.report.blocks import Block, Gallery, Section, Table, text
from dentalx.report.sections.material import Material
from dentalx.report.sections.opening import known_baselines
from dentalx.report.words import TITLES, interval_of, number, score_text, short_title

OF_CLASSES = ("dice", "iou", "precision", "recall", "nsd", "hd95")
OF_GROUPS = ("dice", "iou", "precision", "recall", "nsd")


def scores(material: Material) -> Section | None:
    """Every score beside the guesses, and what each picture got."""
    metrics = material.metrics
    if "dice" not in metrics:
        return None
    known = list(known_baselines(metrics))
    head = ("", "mean [95 %]", "median (quartiles)", "pooled", "n", "undefined", *(name for _, name in known))
    rows = []
    for name in (name for name in TITLES if name in metrics):
        beside = [score_text(name, metrics["baselines"][key].get(name, {}).get("mean")) for key, _ in known]
        rows.append((TITLES[name], *_entry(name, metrics[name]), *beside))
    blocks: list[Block] = [*material.drawn("ladder", "dice_per_image", "distances"), Table(head, tuple(rows))]
    rest = metrics.get("without_leaks")
    if rest is not None and rest["n_images"]:
        beside_leaks = tuple(
            (TITLES[n], interval_of(n, metrics[n]), interval_of(n, rest[n])) for n in TITLES if n in rest
        )
        blocks.append(Table(("", "all pictures", f"without them ({rest['n_images']})"), beside_leaks))
    return Section("Scores", tuple(blocks))


def classes(material: Material) -> Section | None:
    """The scores of each class, where there are several."""
    metrics = material.metrics
    if len(metrics.get("classes", {})) < 2:
        return None
    shown = [name for name in OF_CLASSES if name in metrics]
    head = ("class", *(f"{short_title(name)} [95 %]" for name in shown), "pooled Dice", "n", "undefined")
    rows = []
    for name, block in metrics["classes"].items():
        dice = block["dice"]
        cells = [interval_of(key, block[key]) for key in shown]
        rows.append((name, *cells, number(dice["pooled"]), str(dice["n"]), str(dice["n_undefined"])))
    return Section("Classes", (*material.drawn("class_dice"), Table(head, tuple(rows))))


def whole_pictures(material: Material) -> Section | None:
    """Whether there is any of it, and whether any was predicted."""
    blocks = material.metrics.get("classes", {})
    if not all("image_level" in block for block in blocks.values()) or not blocks:
        return None
    head = ("class", "found", "missed", "false alarms", "rightly empty", "sensitivity", "specificity")
    keys = ("true_positive_images", "missed_images", "false_alarm_images", "true_negative_images")
    rows = []
    for name, block in blocks.items():
        level = block["image_level"]
        ratios = (number(level["sensitivity"]), number(level["specificity"]))
        rows.append((name, *(f"{level[key]:,}" for key in keys), *ratios))
    asked = text("Is any of it there, and was any predicted? Pictures are counted, not pixels.")
    return Section("Whole pictures", (asked, Table(head, tuple(rows))))


def groups(material: Material) -> Section | None:
    """The scores of groups of pictures."""
    strata: Mapping[str, Any] = material.metrics.get("strata", {})
    if not strata:
        return None
    said = "A mean can hide a group that does badly. Small groups have wide intervals."
    return Section("Groups of pictures", (text(said), *material.drawn("strata_"), *_group_tables(strata)))


def _group_tables(strata: Mapping[str, Any]) -> Iterator[Block]:
    for division, block in strata.items():
        first: dict[str, Any] = next(iter(block["groups"].values()), {})
        shown = [name for name in OF_GROUPS if name in first]
        head = (division, "pictures", "patients", *(f"{short_title(name)} [95 %]" for name in shown))
        rows = [
            (group, f"{found['n_images']:,}", f"{found['n_patients']:,}", *(interval_of(n, found[n]) for n in shown))
            for group, found in block["groups"].items()
        ]
        yield text(f"By {division}: {block['what']}.")
        yield Table(head, tuple(rows))


def pictures(material: Material) -> Section | None:
    """The pictures that are shown, or why there are none."""
    if not material.views:
        return None
    said = (
        "The worst tell most. Pictures go by six letters made from their names, since names may be patients'; "
        "per_image.csv has the names."
    )
    return Section("Pictures", (text(said), Gallery(material.sheet, material.views, material.lines)))


def worst(material: Material) -> Section | None:
    """The worst pictures by letters, where none may be shown."""
    found = material.result.worst(3)
    if material.views or not found:
        return None
    listed = ", ".join(f"{score.short_hash} ({number(score.dice)})" for score in found)
    said = (
        f"Left out of this report, as was asked. Worst: {listed}. The letters are made from the pictures' names; "
        "per_image.csv has the names."
    )
    return Section("Pictures", (text(said),))


def _entry(name: str, entry: dict[str, Any]) -> tuple[str, ...]:
    median = score_text(name, entry["median"])
    if entry["quartiles"] is not None:
        quartiles = [score_text(name, value).removesuffix(" px") for value in entry["quartiles"]]
        median = f"{median.removesuffix(' px')} ({'–'.join(quartiles)})"
    pooled = number(entry["pooled"]) if "pooled" in entry else ""
    return interval_of(name, entry), median, pooled, f"{entry['n']:,}", f"{entry['n_undefined']:,}"
