"""What the sections of a report are made from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dentalx.evaluation.scores import Result
from dentalx.report.blocks import Figure, Section, View


@dataclass(frozen=True)
class Material:
    """An evaluation, its figures and its pictures.

    Attributes:
        result: the evaluation.
        figures: by their charts' names.
        views: the pictures that are shown; none where none may be.
        sheet: the file of the same pictures for slides.
        of_run: whether the evaluation is of a run, whose model card lies beside the report.
    """

    result: Result
    figures: Mapping[str, Figure] = field(default_factory=dict)
    views: tuple[View, ...] = ()
    sheet: str = ""
    of_run: bool = False

    @property
    def metrics(self) -> dict[str, Any]:
        """What `metrics.json` says."""
        return self.result.metrics

    @property
    def people_alone(self) -> bool:
        """Whether it is two people who are compared, and no model."""
        return self.metrics.get("kind") == "raters"

    @property
    def lines(self) -> tuple[str, str]:
        """What the outlines of truth and of the prediction are called."""
        return ("first person", "second person") if self.people_alone else ("truth", "prediction")

    def drawn(self, *names: str) -> Iterator[Figure]:
        """The figures of these names that there are; a name that ends in _ stands for all that begin with it."""
        for name in names:
            if name.endswith("_"):
                yield from (figure for key, figure in self.figures.items() if key.startswith(name))
            elif name in self.figures:
                yield self.figures[name]


Part = Callable[[Material], Section | None]  # None where there is nothing to say
