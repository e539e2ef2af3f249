"""Documents against their schemas: python documents_against_schemas.py COPPICE WORKER

A model file against Schemas/coppice-model.schema.json; what a worker answers against its OpenAPI document; and the model read again by a
few lines of Python, which must give the labels that Coppice gives.
"""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import jsonschema
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]


def array(document):
    return np.frombuffer(base64.b64decode(document["data"]), document["dtype"]).reshape(document["shape"])


def predict(model, rows):
    """Labels of float32 rows, by the words of the schema."""
    edges = [array(one) for one in model["edges"]]
    bins = np.stack([np.searchsorted(edge, rows[:, f], side="left") for f, edge in enumerate(edges)], 1)
    sums = np.zeros((len(rows), len(model["classes"])), np.int64)
    for tree in model["trees"]:
        feature, bin, right, leaves = (array(tree[key]) for key in ("feature", "bin", "right", "leaves"))
        for row in range(len(rows)):
            node = 0
            while feature[node] != 65535:
                node = node + 1 if bins[row, feature[node]] <= bin[node] else int(right[node])
            sums[row] += leaves[right[node]]
    return np.array([one["label"] for one in model["classes"]])[sums.argmax(1)]


def check_model(coppice, folder):
    run = lambda *words: subprocess.run([coppice, *map(str, words), "--quiet", "--local", "1"], check=True, capture_output=True)
    generator = np.random.default_rng(5)
    rows = generator.normal(size=(400, 6)).astype(np.float32)
    labels = (rows[:, 1] * rows[:, 4] > 0).astype(np.int64) + 2 * (rows[:, 0] > 1)
    np.save(folder / "X.npy", rows), np.save(folder / "y.npy", labels)
    run("train", "--table", folder / "X.npy", folder / "y.npy", "--output", folder / "table.json", "--trees", 15)
    run("predict", folder / "table.json", folder / "X.npy", "--output", folder / "p.npy")
    subprocess.run([coppice, "demo", folder / "demo", "--size", "128", "--quiet"], check=True, capture_output=True)
    schema = json.loads((ROOT / "Schemas/coppice-model.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for path in (folder / "table.json", folder / "demo/model.json"):
        validator.validate(json.loads(path.read_text()))
        print(f"documents: {path.name}: valid", flush=True)
    model = json.loads((folder / "table.json").read_text())
    assert (predict(model, rows) == np.load(folder / "p.npy")).all()
    print("documents: the model read by Python gives the same labels", flush=True)


def resolve(document, schema):
    """The schema with the OpenAPI document's components at hand."""
    return {**schema, "components": document["components"]}


def check_worker(worker, folder):
    process = subprocess.Popen([worker, "--slots", "1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "COPPICE_TOKEN": "t"})
    try:
        url = json.loads(process.stdout.readline())["url"]

        def call(method, path, body=None, kind="application/json"):
            request = urllib.request.Request(url + path, body, {"Authorization": "Bearer t", "Content-Type": kind}, method=method)
            try:
                answer = urllib.request.urlopen(request)
            except urllib.error.HTTPError as error:
                answer = error
            return answer.status, answer.read()

        document = json.loads(call("GET", "/openapi.json")[1])

        def check(method, path, template, expected, body=None):
            status, found = call(method, path, body)
            assert status == expected, (method, path, expected, status, found[:300])
            answer = document["paths"][template][method.lower()]["responses"][str(status)]
            while "$ref" in answer:
                answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
            content = answer.get("content", {}).get("application/json")
            if content and found:
                jsonschema.Draft202012Validator(resolve(document, content["schema"])).validate(json.loads(found))
            print(f"documents: {method} {template} → {status}", flush=True)
            return found

        model = (folder / "table.json").read_bytes()
        name = hashlib.sha256(model).hexdigest()
        values = np.load(folder / "X.npy")
        job = {
            "kind": "rows", "model": name, "probabilities": True,
            "values": {"dtype": "<f4", "shape": list(values.shape), "encoding": "base64", "data": base64.b64encode(values.tobytes()).decode()},
        }
        body = json.dumps(job, sort_keys=True, separators=(",", ":")).encode()
        check("GET", "/v1/worker", "/v1/worker", 200)
        check("POST", "/v1/jobs?wait=30", "/v1/jobs", 424, body)
        check("HEAD", f"/v1/blobs/{name}", "/v1/blobs/{sha256}", 404)
        check("PUT", f"/v1/blobs/{name}", "/v1/blobs/{sha256}", 201, model)
        first = check("POST", "/v1/jobs?wait=30", "/v1/jobs", 200, body)
        assert check("POST", "/v1/jobs?wait=30", "/v1/jobs", 200, body) == first
        found = array(json.loads(first)["classes"]) if json.loads(first)["classes"]["encoding"] == "base64" else None
        labels = np.array([one["label"] for one in json.loads(model)["classes"]])
        assert (labels[found] == np.load(folder / "p.npy")).all()
        check("GET", f"/v1/jobs/{hashlib.sha256(body).hexdigest()}", "/v1/jobs/{id}", 200)
        check("POST", "/v1/jobs?wait=30", "/v1/jobs", 422, json.dumps({**job, "model": name, "values": {**job["values"], "shape": [1, 2400]}}).encode())
        check("POST", "/v1/jobs", "/v1/jobs", 400, b"{")
        check("POST", "/v1/drain", "/v1/drain", 202)
        check("GET", "/readyz", "/readyz", 503)
    finally:
        process.terminate()
        process.wait()


def main(coppice, worker):
    with tempfile.TemporaryDirectory() as folder:
        check_model(coppice, pathlib.Path(folder))
        check_worker(worker, pathlib.Path(folder))


main(*(pathlib.Path(argument).absolute() for argument in sys.argv[1:3]))
