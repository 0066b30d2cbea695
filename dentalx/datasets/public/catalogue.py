"""Public data sets: where they are, on what terms as found, and what a program may fetch of them.

Terms and links are second-hand; whoever uses a set reads its page. Checksums are given only where somebody has
published them: none is invented.
"""

from dataclasses import dataclass

_TORCH_EM = "as recorded in the readers of torch-em"


@dataclass(frozen=True)
class PublicFile:
    """A file to fetch.

    Attributes:
        url: https.
        name: on this disk.
        digest: "sha256:…" or "md5:…"; None where nobody has published one.
        known_from: who says the digest.
        size: in bytes; None where the server is asked.
    """

    url: str
    name: str
    digest: str | None = None
    known_from: str = ""
    size: int | None = None


@dataclass(frozen=True)
class PublicSet:
    """A data set.

    Attributes:
        title: what it is.
        page: where people read about it and its terms.
        terms: as found.
        files: to fetch; none where `record` lists them, or where no program may fetch them.
        record: the publisher's machine-readable list of files (Zenodo).
        steps: what to do by hand where there is nothing to fetch.
        remark: what to know before using it.
    """

    title: str
    page: str
    terms: str
    files: tuple[PublicFile, ...] = ()
    record: str | None = None
    steps: tuple[str, ...] = ()
    remark: str = ""

    @property
    def fetchable(self) -> bool:
        """Whether a program can fetch it."""
        return bool(self.files or self.record)


def _kaggle(page: str) -> tuple[str, ...]:
    return (
        f"sign in to Kaggle in a browser and open {page}",
        "read its terms and press Download",
        "unpack the archive and give its folder as --data",
    )


def _roboflow(page: str) -> tuple[str, ...]:
    return (
        f"sign in to Roboflow in a browser and open {page}",
        "read its licence; choose Download Dataset, format COCO Segmentation, and download the zip",
        "unpack it and give its folder as --data",
    )


def _request(page: str) -> tuple[str, ...]:
    return (f"read {page} and ask its owners for the data", "unpack what they send and give its folder as --data")


_HIL = "https://www.kaggle.com/datasets/humansintheloop/teeth-segmentation-on-dental-x-ray-images"
_DC1000 = "https://www.kaggle.com/datasets/thunderpede/panoramic-dental-dataset"
_DENTALAI = "https://universe.roboflow.com/arab-academy-vf9su/dental-7yegp"
_VZRAD2 = "https://universe.roboflow.com/arshs-workspace-radio/vzrad2"
_SEMANTIC = "https://www.kaggle.com/datasets/mohamedali020/dental-x-raypanoramic-semanticsegmentation-task"
_UFBA = "https://github.com/IvisionLab/dental-image"
_ODONTOAI = "https://github.com/IvisionLab/OdontoAI-Open-Panoramic-Radiographs"

SETS = {
    "mandibles": PublicSet(
        "Abdi and others: 116 panoramics with mandibles by two annotators",
        "https://data.mendeley.com/datasets/hxt48yk462",
        "CC BY-NC 3.0 (catalogue)",
        files=(
            PublicFile(
                "https://data.mendeley.com/public-files/datasets/hxt48yk462/files/"
                "c2df1e1e-9939-4197-9bac-1eb697a64094/file_downloaded",
                "DentalPanoramicXrays.zip",
                "sha256:4ab6f670428df8052ae04aef82011050cd5ad4805f4d28d32fea523880752cf3",
                _TORCH_EM,
            ),
        ),
    ),
    "childrens": PublicSet(
        "children's dental panoramics: caries, teeth, findings",
        "https://doi.org/10.6084/m9.figshare.21621705",
        "CC0 as read by others",
        files=(
            PublicFile(
                "https://ndownloader.figshare.com/files/38322366",
                "Dental_dataset.zip",
                "sha256:2e41d862a0787828d659cfd13035e0fbaeb8687995dbfe29a84fdeac09b83945",
                _TORCH_EM,
            ),
        ),
        remark="holds pictures derived from sets whose owners forbid redistribution",
    ),
    "dentex": PublicSet(
        "DENTEX: quadrants, tooth numbers and findings in panoramics",
        "https://zenodo.org/records/7812323",
        "CC BY-NC-SA 4.0 in one place, CC BY-SA 4.0 in another",
        record="https://zenodo.org/api/records/7812323",
        remark="its tiers and splits share pictures; run audit before training",
    ),
    "aga-khan": PublicSet(
        "orthopantomogram teeth segmentation and numbering: 250 panoramics with FDI numbers",
        "https://zenodo.org/records/10538750",
        "a Creative Commons licence, see the page",
        record="https://zenodo.org/api/records/10538750",
    ),
    "humans-in-the-loop": PublicSet(
        "Humans in the Loop: teeth in 598 panoramics", _HIL, "CC0 1.0", steps=_kaggle(_HIL)
    ),
    "dc1000": PublicSet("panoramic dental dataset (DC1000): caries", _DC1000, "none stated", steps=_kaggle(_DC1000)),
    "semantic-task": PublicSet(
        "dental X-ray panoramic semantic segmentation task",
        _SEMANTIC,
        "none stated",
        steps=_kaggle(_SEMANTIC),
        remark="file names may identify people",
    ),
    "dentalai": PublicSet(
        "Dentalai: caries, cavities, cracks, teeth", _DENTALAI, "CC BY 4.0", steps=_roboflow(_DENTALAI)
    ),
    "vzrad2": PublicSet(
        "vzrad2: findings and restorations",
        _VZRAD2,
        "often CC BY 4.0, see the page",
        steps=_roboflow(_VZRAD2),
        remark="file names may identify people",
    ),
    "tufts": PublicSet(
        "Tufts Dental Database: 1000 panoramics, teeth and findings",
        "https://tdd.ece.tufts.edu",
        "on request, non-commercial research",
        steps=_request("https://tdd.ece.tufts.edu"),
    ),
    "odontoai": PublicSet(
        "O²PR, OdontoAI: tooth instances with FDI numbers",
        _ODONTOAI,
        "by request, research only",
        steps=_request(_ODONTOAI),
    ),
    "ufba-uesc": PublicSet(
        "UFBA-UESC, DNS", _UFBA, "withdrawn by its owners", steps=("it is no longer given out; see its page",)
    ),
}
