"""The service: it loads the model of its image once, says which it is, and logs every prediction with its digest."""

import hashlib
import json
import logging
import os
import sys
import time
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel

MODEL = Path(os.environ.get("MODEL_PATH", "model/model.json")).read_bytes()
DIGEST = hashlib.sha256(MODEL).hexdigest()
WEIGHTS = json.loads(MODEL)

log = logging.getLogger("predictions")
log.addHandler(logging.StreamHandler(sys.stdout))
log.setLevel(logging.INFO)
app = FastAPI()


class Row(BaseModel):
    """What the service is asked."""

    id: str
    income: float
    debt: float


@app.post("/predict")
def predict(row: Row) -> dict[str, float | str]:
    """The score of a row; the digest ties it to a version of the registry."""
    began = time.perf_counter()
    score = WEIGHTS["intercept"] + WEIGHTS["income"] * row.income + WEIGHTS["debt"] * row.debt
    line = {
        "time": time.time(),
        "id": row.id,
        "income": row.income,
        "debt": row.debt,
        "score": score,
        "model_sha256": DIGEST,
        "seconds": time.perf_counter() - began,
    }
    log.info(json.dumps(line))
    return {"score": score, "model_sha256": DIGEST}
