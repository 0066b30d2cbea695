"""The model card (Mitchell et al., FAT* 2019) and the data card (Gebru et al., CACM 2021): what is known.

Both keep apart what dentalx knows and what a person has to add; nothing is guessed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dentalx import __version__, files, runs
from dentalx.balance import EVEN, BalanceConfig
from dentalx.files import read_json
from dentalx.recipe import OFF, written
from dentalx.report.blocks import Block, Bullets, Facts, Link, Page, Section, Table, text
from dentalx.report.markdown import markdown
from dentalx.report.sections import Material
from dentalx.report.sections.closing import left_out, limits
from dentalx.report.words import TITLES, interval_of, many, number, percent
from dentalx.runs import Description, Run

MODEL_CARD, DATA_CARD = "model_card.md", "data_card.md"
IN_CARDS = ("dice", "iou", "precision", "recall", "nsd", "hd95")
ADD_TO_MODEL = (
    "who made it, and who answers questions",
    "the licence of the weights, and whether the licences of the pictures and of the encoder's weights allow it",
    "what it is meant to help with, who would use it, and what happens to its mistakes",
    "whose pictures it has learnt from: age, sex, dentition, disease, devices, clinics, countries",
    "ethics approval and consent",
    "how it does on pictures from elsewhere",
)
ADD_TO_DATA = (
    "where, when and on which devices the pictures were taken, and why",
    "how patients were chosen, and who was left out before these files were made",
    "age, sex, dentition and disease of the patients",
    "who drew the truth, with what training, tool and instructions, and how disagreement was settled",
    "consent, ethics approval, and how the pictures were de-identified",
    "the licence, and what it forbids",
)


def write_cards(folder: Path, material: Material, run: Run | None) -> None:
    """Write `data_card.md`, and `model_card.md` where there is a model.

    Raises:
        InputError: no permission or no space, or the run cannot be read.
    """
    files.write_text(folder / DATA_CARD, markdown(data_card(material)))
    if material.people_alone:
        (folder / MODEL_CARD).unlink(missing_ok=True)
        return
    write_model_card(folder, material, run, _results(material))


def write_model_card(folder: Path, material: Material, run: Run | None, results: Section) -> None:
    """Write `model_card.md` alone.

    Args:
        folder: made where missing.
        material: the evaluation; of its metrics no more is needed than what was measured on what.
        run: what was evaluated; None for masks that some program made.
        results: the scores.

    Raises:
        InputError: no permission or no space, or the run cannot be read.
    """
    training = _training_of(run) if run is not None else ()
    files.write_text(folder / MODEL_CARD, markdown(model_card(material, training, results)))


def model_card(material: Material, training: tuple[Section, ...], results: Section) -> Page:
    """What is known of a model.

    Args:
        material: its evaluation.
        training: how it came to be; none for masks that some program made.
        results: the scores.
    """
    classes = ", ".join(material.result.classes)
    unknown = "How it was made is not known: only its masks were seen."
    use = Section("Use", (Bullets((
        (f"Meant for: research on outlining {classes} in dental radiographs like those it was measured on.",),
        ("Not meant for: diagnosis, treatment, triage, or any decision about a patient without a clinician.",),
        ("Not known: what it does on radiographs of other kinds, devices, clinics and ages.",),
    )),))  # fmt: skip
    return Page(
        f"Model card: {classes}",
        material.metrics["model"],
        (
            use,
            *(training or (Section("Training", (text(unknown),)),)),
            results,
            *(section for section in (limits(material),) if section),
            _to_add(ADD_TO_MODEL),
        ),
    )


def data_card(material: Material) -> Page:
    """What is known of the pictures of an evaluation."""
    metrics = material.metrics
    blocks: list[Block] = [Facts(tuple(_data_facts(material)))]
    if metrics["notes"]:
        blocks.append(Bullets(tuple((note,) for note in metrics["notes"])))
    return Page(
        f"Data card: {metrics['data'] or ', '.join(material.result.classes)}",
        f"{many(metrics['n_images'], 'picture')} of {many(metrics['n_patients'], 'patient')}",
        (
            Section("Pictures", tuple(blocks)),
            Section("Classes", (Table(("class", *_CLASS_HEAD), tuple(_class_rows(material))),)),
            Section("Truth", (text(_truth(metrics)),)),
            *(section for section in (left_out(material),) if section),
            _to_add(ADD_TO_DATA),
        ),
    )


_CLASS_HEAD = ("share of all pixels", "pictures with it", "pictures without")


def _class_rows(material: Material) -> Iterator[tuple[str, ...]]:
    scores = material.result.scores
    for k, name in enumerate(material.result.classes):
        truth = sum(int(score.counts.truth[k]) for score in scores)
        pixels = sum(int(score.counts.pixels[k]) for score in scores)
        there = sum(bool(score.counts.truth[k]) for score in scores)
        yield name, percent(truth / pixels, 2) if pixels else "–", f"{there:,}", f"{len(scores) - there:,}"


def _data_facts(material: Material) -> Iterator[tuple[str, str]]:
    metrics = material.metrics
    yield "Data", metrics["data"]
    yield "Split", metrics["split"]
    yield "Pictures", f"{metrics['n_images']:,} of {many(metrics['n_patients'], 'patient')}"
    sizes = [int(score.counts.pixels[0]) for score in material.result.scores]
    if sizes:
        yield "Pixels that count", f"{min(sizes):,} to {max(sizes):,} a picture"
    if "without_leaks" in metrics:
        yield "Leaks", f"{many(metrics['without_leaks']['n_left_out'], 'picture')} that training has seen too"
    if "strata" in metrics:
        yield "Groups looked at", ", ".join(metrics["strata"])


def _truth(metrics: dict[str, Any]) -> str:
    people = metrics.get("raters")
    if not people:
        return "Drawn by people not known to dentalx; how far two of them would agree was not measured."
    between = people["between"]["dice"]
    return (
        f"Two people, {' and '.join(people['names'])}, reach Dice {interval_of('dice', between)} against each other on "
        f"{many(people['n_images'], 'picture')}."
    )


def _results(material: Material) -> Section:
    metrics = material.metrics
    shown = [name for name in IN_CARDS if name in metrics]
    rows = tuple((TITLES[name], interval_of(name, metrics[name]), str(metrics[name]["n"])) for name in shown)
    where = " ".join(part for part in (metrics["data"], f"({metrics['split']})" if metrics["split"] else "") if part)
    said = text(
        f"On {many(metrics['n_images'], 'picture')} of {many(metrics['n_patients'], 'patient')}"
        f"{f', {where}' if where else ''}, at their own size. All of it is in the ",
        Link("report", "report.md"), ", the pictures are described in the ", Link("data card", DATA_CARD), ".",
    )  # fmt: skip
    return Section("Results", (said, Table(("", "mean [95 %]", "n"), rows)))


def _to_add(what: tuple[str, ...]) -> Section:
    said = text("No program can know this:")
    return Section("To be added by a person", (said, Bullets(tuple((line,) for line in what))))


def _training_of(run: Run) -> tuple[Section, ...]:
    described = runs.describe(run)
    made = Section("Model", (Facts(tuple(_made(described))),))
    learnt = Section("Training", (Facts(tuple(_learnt(described, run))),))
    return made, learnt


def _made(described: Description) -> Iterator[tuple[str, str]]:
    train, raw = described.train, described.raw
    height, width = train.model.image_size
    yield "Task", train.task
    yield "Network", f"{train.model.architecture}, {train.model.backbone}"
    if "members" in raw:
        yield "Ensemble", f"the mean of {len(raw['members'])} networks; what follows is said of the first"
    yield "Classes", ", ".join(described.classes)
    if "parameters" in raw:
        yield "Parameters", f"{raw['parameters']:,}"
    yield "Input", f"one grey channel, letterboxed to {height}×{width}"
    yield "Before the network", written(train.enhance) if train.enhance != OFF else "nothing"
    yield "Encoder's weights", _encoder(raw.get("encoder", {}))


def _encoder(encoder: dict[str, Any]) -> str:
    """Where they came from, without the folders of a disk."""
    source = str(encoder.get("source", "not known"))
    known = {"scratch": "none: trained from scratch", "imagenet": "ImageNet"}
    return known.get(source, source.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1])


def _learnt(described: Description, run: Run) -> Iterator[tuple[str, str]]:
    train, raw = described.train, described.raw
    data = raw.get("data", {})
    yield "Data", f"{data.get('name', 'not known')}, {data.get('pictures', '?')} pictures in all"
    if "fingerprint" in data:
        yield "Fingerprint of the data", str(data["fingerprint"])[:16]
    if train.data.splits is None:
        shares = ", ".join(percent(share, 0) for share in train.data.fractions)
        yield "Split", f"{shares} for training, validation, test, by patient; seed {train.data.seed}"
    if train.task == "semantic":
        yield "Loss", train.loss
        yield from _balanced(train.balance)
    yield "Optimiser", f"{train.optimizer}, learning rate {train.learning_rate:g}, {train.schedule}"
    yield "Batch", f"{train.batch_size} pictures, {train.precision}"
    yield "Epochs", _epochs(run, train.epochs)
    yield "Seed", str(train.seed)
    versions = raw.get("versions", {})
    yield "Made with", ", ".join(f"{name} {version}" for name, version in versions.items()) or "not known"
    yield "Card written by", f"dentalx {__version__}"


def _balanced(balance: BalanceConfig) -> Iterator[tuple[str, str]]:
    if balance.class_weights != EVEN.class_weights:
        yield "Weights of classes", ", ".join(balance.class_weights)
    if balance.crop:
        share = percent(balance.foreground_crops, 0)
        yield "Trained on", f"parts of {balance.crop[0]}×{balance.crop[1]}, {share} around a pixel of a class"


def _epochs(run: Run, asked: int) -> str:
    """How far it came, and which epoch's weights are used."""
    state = read_json(run.state, limit=2**24) if run.state.is_file() else {}
    best = state.get("best_epoch") if isinstance(state, dict) else None
    if not isinstance(best, int):
        return f"{asked} at most"
    dice = state.get("best_dice")
    scored = f", validation Dice {number(float(dice))}" if isinstance(dice, float) else ""
    return f"{state.get('epoch', asked)} of {asked}; the weights are of epoch {best}{scored}"
