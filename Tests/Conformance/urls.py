#!/usr/bin/env python3
"""usage: urls.py COPPICE [SIDE]

Segments images that lie behind an HTTP server that sends ranges, and in S3 (moto), by URL with two local workers: tiled TIFF and OME-Zarr of
SIDE² pixels (default 3072). The labels must be those of the files; requests and bytes are counted on the way, and must be at most
1.3 times the bytes of the image. Servers without ranges, wrong credentials, objects that are missing or change, and redirects must end
in one line. Ends with 1 if there was a fault.
"""
import http.server
import json
import logging
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading

import boto3
import numpy
import PIL.Image
import tifffile
import zarr
from moto.server import ThreadedMotoServer

faults = []


def check(condition, what):
    if not condition:
        faults.append(what)
        print("FAULT:", what)


class Files(http.server.BaseHTTPRequestHandler):
    """Files of a folder, with ranges; some paths misbehave: without ranges, another version each time, redirects, busy at first."""

    protocol_version = "HTTP/1.1"
    folder = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.lstrip("/")
        mode, _, rest = path.partition("/")
        file = self.folder / (rest if mode in ("plain", "whole", "changing", "away", "flaky") else path)
        if mode == "away":
            return self.answer(302, b"", {"Location": "/plain/" + rest})
        if mode == "flaky" and hash((self.headers.get("Range"), rest)) not in self.server.seen:
            self.server.seen.add(hash((self.headers.get("Range"), rest)))
            return self.answer(503, b"busy", {})
        if not file.is_file():
            return self.answer(404, b"", {})
        content = file.read_bytes()
        self.server.count += 1
        tag = f'"{self.server.count if mode == "changing" else len(content)}"'
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not asked or mode == "whole":
            return self.answer(200, content, {"ETag": tag})
        first, last = asked.groups()
        start = int(first) if first else max(0, len(content) - int(last))
        end = min(len(content), int(last) + 1 if first and last else len(content))
        self.answer(206, content[start:end], {"ETag": tag, "Content-Range": f"bytes {start}-{end - 1}/{len(content)}"})

    def answer(self, status, content, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(http.server.ThreadingHTTPServer):
    """Clients that go away in the middle are none of its business."""

    daemon_threads = True

    def handle_error(self, *_):
        pass


class Counter(threading.Thread):
    """Passes connections on to a port of this machine, and counts requests and the bytes that come back."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.requests = self.bytes = 0
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self.copy, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self.copy, args=(server, client, False), daemon=True).start()

    def copy(self, source, target, is_request):
        try:
            while part := source.recv(1 << 16):
                if is_request:
                    self.requests += part.count(b"GET /")
                else:
                    self.bytes += len(part)
                target.sendall(part)
        except OSError:
            pass
        finally:
            try:
                target.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    def reset(self):
        self.requests = self.bytes = 0


def run(*arguments, **environment):
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, env={**os.environ, **environment})


def write_images(folder, side):
    """A TIFF in tiles, uncompressed and packed, and an OME-Zarr; a model."""
    random = numpy.random.default_rng(3)
    y, x = numpy.mgrid[0:side, 0:side]
    kind = (y // 90 + x // 70) % 2
    image = (numpy.choose(kind, [90, 150])[..., None] + random.normal(0, 30, (side, side, 3))).clip(0, 255).astype(numpy.uint8)
    labels = numpy.where(random.random((side, side)) < 0.0005, kind + 1, 0).astype(numpy.uint8)
    PIL.Image.fromarray(image[:1024, :1024]).save(folder / "sample.png")
    PIL.Image.fromarray(labels[:1024, :1024]).save(folder / "strokes.png")
    common = dict(photometric="rgb", tile=(256, 256), bigtiff=True, metadata=None)
    tifffile.imwrite(folder / "raw.tif", image, **common)
    tifffile.imwrite(folder / "packed.tif", image, compression="zlib", **common)
    PIL.Image.fromarray(image[:64, :64]).save(folder / "small.png")
    group = zarr.open_group(folder / "scan.ome.zarr", mode="w", zarr_format=2)
    array = group.create_array("0", shape=(3, side, side), chunks=(3, 256, 256), dtype="u1", chunk_key_encoding={"name": "v2", "separator": "/"})
    array[:] = image.transpose(2, 0, 1)
    axes = [{"name": name, "type": "channel" if name == "c" else "space"} for name in "cyx"]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 1]}]}]}]


def size(path):
    return path.stat().st_size if path.is_file() else sum(part.stat().st_size for part in path.rglob("*") if part.is_file())


def main(coppice, side):
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_images(folder, side)
        train = run(coppice, "train", folder / "sample.png", folder / "strokes.png", "--trees", 8, "--sigma-max", 2, "--output", folder / "model.json", "--quiet")
        check(train.returncode == 0, train.stderr)
        segment = lambda image, output, **environment: run(
            coppice, "segment", image, "--model", folder / "model.json", "--output", output, "--local", 2, "--quiet", "--report", folder / "report.json",
            **environment)
        images = ["raw.tif", "packed.tif", "scan.ome.zarr"]
        for image in images:
            outcome = segment(folder / image, folder / f"{image}.png")
            check(outcome.returncode == 0, outcome.stderr)
        expected = (folder / "raw.tif.png").read_bytes()
        check(all((folder / f"{image}.png").read_bytes() == expected for image in images), "files of three formats give other labels")

        Files.folder = folder
        server = Server(("127.0.0.1", 0), Files)
        server.count, server.seen = 0, set()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        moto = ThreadedMotoServer(port=0)
        moto.start()
        secrets = dict(AWS_ACCESS_KEY_ID="AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY="very-secret-words", AWS_REGION="eu-west-1")
        moto_port = moto._server.socket.getsockname()[1]
        s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{moto_port}", aws_access_key_id="a", aws_secret_access_key="b", region_name="eu-west-1")
        s3.create_bucket(Bucket="slides", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for path in folder.rglob("*"):
            if path.is_file() and ("zarr" in str(path) or path.suffix == ".tif"):
                s3.upload_file(str(path), "slides", f"study 1/{path.relative_to(folder)}")

        for title, port, base, environment in [
            ("http", server.server_port, "http://127.0.0.1:{}/plain/", {}),
            ("s3", moto_port, "s3://slides/study%201/", secrets),
        ]:
            counter = Counter(port)
            environment = {**environment, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{counter.port}"}
            for image in images:
                counter.reset()
                url = base.format(counter.port) + image
                output = folder / f"{title}.png"
                outcome = segment(url, output, **environment)
                check(outcome.returncode == 0, f"{url}: {outcome.stderr}")
                check(output.exists() and output.read_bytes() == expected, f"{url}: other labels than the file's")
                output.unlink(missing_ok=True)
                share = counter.bytes / size(folder / image)
                facts = json.loads((folder / "report.json").read_text())
                print(f"{title}: {image}: {counter.requests} requests, {counter.bytes} bytes, {share:.2f} of the image; "
                      f"{facts['bytesSent']} bytes sent to workers")
                check(share <= 1.3, f"{url}: {share:.2f} times the bytes of the image")
                check("very-secret" not in outcome.stderr + outcome.stdout + (folder / "report.json").read_text(), "a secret is told")
            info = run(coppice, "info", base.format(counter.port) + "raw.tif", **environment)
            check(info.returncode == 0 and f"{side}×{side} pixels" in info.stdout, f"info: {info.stdout}{info.stderr}")

        root = f"http://127.0.0.1:{server.server_port}"
        flaky = segment(f"{root}/flaky/packed.tif", folder / "flaky.png")
        check(flaky.returncode == 0 and (folder / "flaky.png").read_bytes() == expected, f"flaky: {flaky.stderr}")
        for url, words in [
            (f"{root}/whole/raw.tif", "Range"), (f"{root}/away/raw.tif", "redirect"), (f"{root}/plain/none.tif", "404"),
            (f"{root}/plain/none.zarr", "without its metadata"), (f"{root}/plain/small.png", "PNG"), ("http://127.0.0.1:9/x.tif", "times in a row"),
            (f"{root}/changing/raw.tif", "found"), ("s3://slides", "s3://bucket/key"), ("https://user@host/x.tif", "no user"),
        ]:
            outcome = segment(url, folder / "bad.png", AWS_ENDPOINT_URL=f"http://127.0.0.1:{moto_port}")
            lines = outcome.stderr.strip().splitlines()
            check(outcome.returncode in (65, 74, 75) and len(lines) == 1 and words in lines[0], f"{url}: {outcome.returncode}: {outcome.stderr}")
            check(not (folder / "bad.png").exists(), f"{url}: an output")
        moto.stop()
    print(f"urls: {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3072)
