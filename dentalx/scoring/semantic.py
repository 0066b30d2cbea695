"""Runs that predict masks of classes."""

from dentalx import runs
from dentalx.config import DataConfig
from dentalx.evaluation.scores import About
from dentalx.files import read_json
from dentalx.recipe import EnhanceConfig, written
from dentalx.runs import Run
from dentalx.scoring.options import Options, Scored
from dentalx.scoring.procedure import Job, carry_out
from dentalx.scoring.subjects import RunSubject
from dentalx.scoring.tasks import choose


def score_semantic(
    run: Run, data: DataConfig | None, split: str | None, options: Options, enhance: EnhanceConfig | None
) -> Scored:
    """Score a run of --task semantic; arguments and errors as `dentalx.scoring.score`."""
    description = runs.describe(run)
    task = choose(run, description, data, split)
    subject = RunSubject(run, enhance, options.views)
    used, trained = subject.predictor.enhance, description.train.enhance
    notes = list(task.notes)
    if used != trained:
        notes.append(f"scored with --enhance {written(used)}, trained with {written(trained)}")
    threshold = read_json(run.thresholds, limit=2**24) if run.thresholds.is_file() else {"value": 0.5}
    if description.train.data.overlapping:
        threshold = {"values": dict(zip(subject.classes, subject.predictor.thresholds, strict=True))}
    elif len(description.classes) > 1:
        threshold = {}
    about = About(subject.name, task.source.name, task.split, threshold, tuple(notes))
    return carry_out(Job("run", task, subject, about, options))
