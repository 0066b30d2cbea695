"""What two people reach, and what another model does on the same pictures."""

from typing import Any

from dentalx.report.blocks import Block, Bullets, Section, Table, text
from dentalx.report.sections.material import Material
from dentalx.report.words import DISTANCES, TITLES, interval_of, many, p_value, percent, score_text, short_title

OF_PEOPLE = ("dice", "iou", "kappa", "nsd", "hd95")


def people(material: Material) -> Section | None:
    """Two people against each other, and the model against each."""
    block = material.metrics.get("raters")
    if not block:
        return None
    one, two = block["names"]
    rows = {f"{one} and {two}": block["between"]}
    rows |= {f"the model and {name}": found for name, found in block["model_against"].items()}
    shown = [name for name in OF_PEOPLE if name in block["between"]]
    head = ("", *(f"{short_title(name)} [95 %]" for name in shown))
    table = Table(head, tuple((name, *(interval_of(s, found[s]) for s in shown)) for name, found in rows.items()))
    absent = f" {many(block['n_absent'], 'picture')} both have not drawn are left out." if block["n_absent"] else ""
    said = f"On {many(block['n_images'], 'picture')}: {block['what']}.{absent}"
    return Section("Two people", (text(said), table, *_class_tables(block)))


def _class_tables(block: dict[str, Any]) -> tuple[Block, ...]:
    between = block["between"].get("classes", {})
    if len(between) < 2:
        return ()
    shown = [name for name in ("dice", "nsd", "hd95") if all(name in found for found in between.values())]
    head = ("class, people alone", *(f"{short_title(name)} [95 %]" for name in shown))
    return (Table(head, tuple((name, *(interval_of(s, f[s]) for s in shown)) for name, f in between.items())),)


def comparison(material: Material) -> Section | None:
    """Two models on the same pictures: differences, tests, effect sizes."""
    block = material.metrics.get("comparison")
    if not block:
        return None
    found = {name: block["scores"][name] for name in TITLES if name in block["scores"]}
    head = (
        "",
        "first",
        "second",
        "difference [95 %]",
        "p Wilcoxon",
        "p permutation",
        "dz",
        "rank-biserial",
        "second better",
    )
    rows = tuple((short_title(name), *_compared(name, entry)) for name, entry in found.items())
    counted = f"on the {many(block['n_common'], 'picture')} that both have"
    said = text(
        f"First: {block['first'] or 'the other'}. Second, of which this report is: {block['second'] or 'this one'}."
    )
    how = (
        f"Second minus first, {counted}. p: of no difference, by patient. dz, rank-biserial: how large the difference "
        "is beside its own spread. Second better: in which share of patients."
    )
    notes = tuple((note,) for note in block["notes"])
    blocks: list[Block] = [said, *material.drawn("comparison"), Table(head, rows), text(how, kind="quiet")]
    return Section("Comparison of two", (*blocks, *((Bullets(notes),) if notes else ())))


def _compared(name: str, entry: dict[str, Any]) -> tuple[str, ...]:
    apart = interval_of(name, {"mean": entry["difference"], "ci95": entry["ci95"]}, signed=True)
    share = entry["superiority"]
    better = None if share is None else (1 - share if name in DISTANCES else share)
    return (
        score_text(name, entry["first"]).removesuffix(" px"),
        score_text(name, entry["second"]).removesuffix(" px"),
        apart,
        p_value(entry["wilcoxon_p"]),
        p_value(entry["permutation_p"]),
        _signed(entry["cohens_dz"]),
        _signed(entry["rank_biserial"]),
        "–" if better is None else percent(better, 0),
    )


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"
