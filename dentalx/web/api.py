"""The addresses beside the page: a file in and JSON out, the files to take away, the samples, and a sign of life."""

import io
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, File, Form, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from PIL import Image

from dentalx import DISCLAIMER, __version__
from dentalx.errors import InputError
from dentalx.web.answers import Answers, Asked, as_json, described
from dentalx.web.drawing import DOWNLOADS, radiograph, shown
from dentalx.web.looked import view
from dentalx.web.picture import sample
from dentalx.web.shelf import BusyError

_NOT_KEPT = {"Cache-Control": "no-store"}
_THUMB = (128, 256)


def application(answers: Answers) -> FastAPI:
    """The addresses, without documentation pages, which would load their looks from elsewhere."""
    app = FastAPI(title="dentalx", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    _errors(app)
    _predicting(app, answers)
    _receiving(app, answers)
    _files(app, answers)
    return app


def _predicting(app: FastAPI, answers: Answers) -> None:
    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ready" if answers.shelf.ready else "loading"}

    @app.get("/api/v1/models")
    def models() -> dict[str, Any]:
        listed = [described(card) for card in answers.shelf.cards]
        return {"disclaimer": DISCLAIMER, "dentalx": __version__, "models": listed}

    @app.post("/api/v1/predict")
    def predict(
        file: Annotated[UploadFile, File()],
        model: Annotated[str | None, Form()] = None,
        threshold: Annotated[float | None, Form(allow_inf_nan=False)] = None,
        consistent_numbers: Annotated[bool, Form()] = False,
    ) -> JSONResponse:
        asked = Asked(threshold, consistent=consistent_numbers)
        card = answers.shelf.card(model)
        with answers.shelf.place():
            looked = answers.look(answers.read(file.file.read, card), card)
        return JSONResponse(as_json(looked, asked), headers=_NOT_KEPT)


def _receiving(app: FastAPI, answers: Answers) -> None:
    """The addresses that the page's library has for uploads, in front of them: its own keep files under their names."""

    @app.post("/gradio_api/upload")
    def upload(files: Annotated[list[UploadFile], File(max_length=1)]) -> JSONResponse:
        return JSONResponse([answers.uploads.keep(file.file) for file in files], headers=_NOT_KEPT)

    @app.get("/gradio_api/upload_progress")
    def progress() -> Response:
        return Response('data: {"msg": "done"}\n\n', media_type="text/event-stream", headers=_NOT_KEPT)


def _files(app: FastAPI, answers: Answers) -> None:
    @app.get("/samples/{number}.jpg")
    def thumb(number: int) -> Response:
        grey = sample(number, _THUMB).grey
        file = io.BytesIO()
        Image.fromarray(np.round(grey * 255).astype(np.uint8)).save(file, "JPEG", quality=85)
        return Response(file.getvalue(), media_type="image/jpeg", headers={"Cache-Control": "max-age=3600"})

    @app.get("/results/{token}/{name}")
    def taken(
        token: str, name: str, threshold: float | None = None, opacity: float = 0.35, consistent: bool = False
    ) -> Response:
        asked = Asked(threshold, opacity, consistent)
        looked = answers.desk.get(token)
        if name == "radiograph.jpg":
            return Response(radiograph(looked), media_type="image/jpeg", headers=_NOT_KEPT)
        seen = view(looked, asked.threshold, asked.consistent)
        if name == "shown.jpg":
            return Response(shown(looked, seen, asked.opacity), media_type="image/jpeg", headers=_NOT_KEPT)
        file = DOWNLOADS.get(name)
        if file is None or not file.offered(looked):
            raise InputError(f"there is no such file; there are {', '.join(DOWNLOADS)}")
        attached = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        content = file.make(looked, seen, asked.opacity)
        return Response(content, media_type=file.media, headers={**_NOT_KEPT, **attached})


def _errors(app: FastAPI) -> None:
    """Every error is one sentence in JSON."""

    @app.exception_handler(InputError)
    def wrong(request: Request, error: InputError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 503 if isinstance(error, BusyError) else 400, _NOT_KEPT)

    @app.exception_handler(RequestValidationError)
    def unfit(request: Request, error: RequestValidationError) -> JSONResponse:
        parts = [f"{each['loc'][-1]}: {each['msg'].lower()}" for each in error.errors()]
        return JSONResponse({"error": f"the request is not as expected: {'; '.join(parts)}"}, 422, _NOT_KEPT)
