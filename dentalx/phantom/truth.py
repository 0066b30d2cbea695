"""A phantom: the picture and all that is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.phantom.teeth import FDI, PRIMARY
from dentalx.samples import Grey, Instances, Mask, check_grey

STRUCTURES = (
    "mandible",
    "mandibular_canal",
    "mental_foramen",
    "maxilla",
    "maxillary_sinus",
    "nasal_cavity",
    "hard_palate",
    "enamel",
    "dentine",
    "pulp",
)
FINDINGS = (
    "caries",
    "filling",
    "crown",
    "root_canal_filling",
    "implant",
    "periapical_lesion",
    "impacted_tooth",
)
CLASSES: tuple[str, ...] = ("teeth", *STRUCTURES, *FINDINGS, *(f"tooth_{fdi}" for fdi in FDI + PRIMARY))


@dataclass(frozen=True)
class Phantom:
    """A synthetic radiograph with exact truth.

    Attributes:
        image: (H, W) float32 in [0, 1], bright is dense.
        teeth: each tooth's whole silhouette, crown and roots, also where teeth overlap; labels are FDI numbers.
        structures: (H, W) bool for every name of `STRUCTURES`.
        findings: (H, W) bool for every name of `FINDINGS`.
        style: the device's, a key of `STYLES`.
    """

    image: Grey
    teeth: Instances
    structures: Mapping[str, NDArray[np.bool_]]
    findings: Mapping[str, NDArray[np.bool_]]
    style: str

    def __post_init__(self) -> None:
        check_grey(self.image)
        self.image.setflags(write=False)
        for field, names in (("structures", STRUCTURES), ("findings", FINDINGS)):
            planes = getattr(self, field)
            if set(planes) != set(names):
                raise ValueError(f"{field} must be {sorted(names)}, got {sorted(planes)}")
            for plane in planes.values():
                plane.setflags(write=False)
            object.__setattr__(self, field, MappingProxyType({name: planes[name] for name in names}))

    def plane(self, name: str) -> NDArray[np.bool_]:
        """The (H, W) bool mask of one of `CLASSES`.

        Raises:
            ValueError: the name is unknown.
        """
        if name in self.structures:
            return self.structures[name]
        if name in self.findings:
            return self.findings[name]
        if name == "teeth":
            return np.asarray(self.teeth.masks.any(axis=0))
        if name in CLASSES:
            return np.asarray(self.teeth.masks[self.teeth.labels == int(name[-2:])].any(axis=0))
        raise ValueError(f"unknown class {name!r}; known are {', '.join(CLASSES)}")

    def mask(self, classes: Sequence[str], labelling: Labelling = EXCLUSIVE) -> Mask:
        """(H, W): i + 1 where `classes[i]` lies, later classes over earlier ones, or all of them; 0 elsewhere.

        Raises:
            ValueError: a name is unknown, or there are more than 254.
        """
        if len(classes) > 254:
            raise ValueError(f"a mask holds at most 254 classes, got {len(classes)}")
        result: Mask = np.zeros(self.image.shape, labelling.dtype(len(classes)))
        for value, name in enumerate(classes, start=1):
            labelling.put(result, self.plane(name), value)
        return result
