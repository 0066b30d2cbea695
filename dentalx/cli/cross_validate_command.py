"""The command `cross-validate`, as `dentalx.cli.commands` has the others."""

from dataclasses import dataclass

import tyro

from dentalx.cli.train_command import Train


@dataclass(frozen=True, kw_only=True)
class CrossValidate(Train):
    """Train a run for each fold, score every picture by the run that held it out, and make the runs an ensemble.

    All flags are those of train. Writes fold1/ …, evaluation/, masks/ and ensemble/ under --output; a fold that is
    finished is never trained again.
    """

    folds: int = 5
    """how many parts the patients are divided into"""
    fold: tyro.conf.Suppress[int] = 1
    resume: bool = False
    """go on with the cross-validation in --output, with the settings it began with"""

    def __call__(self) -> int:
        from dentalx.cli.cross_validate import cross_validate

        return cross_validate(self)
