#!/usr/bin/env python3
"""A project whose disk is full, an end with open streams, two servers on one project, and who is let in.

    python3 Tests/Annotator/edges.py --rounds 20                # after Deploy/build.sh
    python3 Tests/Annotator/edges.py --sample                   # some seconds, for CI

1. Full disk: the project lies on a small file system that is filled while strokes are sent. The server says so (507, in words), goes on,
   and takes the same strokes once there is room; after a kill all that was acknowledged is there. Needs the right to mount a tmpfs;
   skipped without it.
2. SIGTERM while streams are open and a forest is trained: exit 0, and the streams end as they should.
3. A second server on the same project is refused in words, and lets in once the first was killed.
4. TLS and a token: asked by curl, let in by header and by cookie, never by the address; the token is nowhere in what the server says.
5. Requests for other hosts and of other sites are refused.

Standard library, curl and openssl.
"""
import argparse
import contextlib
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Chaos"))

from images import texture, write_png  # noqa: E402
from painting import Painter, folded  # noqa: E402
from processes import Disk  # noqa: E402
from run import enter_namespace  # noqa: E402
from served import Client, EventStream, Fault, Server, find_programs, new_id, percentile  # noqa: E402

TOKEN = "plain-sesame-81c2"
# More streams than a browser has connections.
STREAMS = 8


class Skipped(Exception):
    """A part that cannot be played here."""


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10, help="of full disks and of ends")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", action="store_true", help="two rounds")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--programs", type=pathlib.Path, default=find_programs())
    return parser.parse_args()


class Edges:
    def __init__(self, chosen, folder):
        self.chosen, self.folder = chosen, folder
        self.draw = random.Random(chosen.seed)
        self.image = folder / "image.png"
        write_png(self.image, 400, 300, 1, 8, texture(self.draw, 400, 300, 1, 255))

    def serve(self, name, *options):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        copy = folder / "image.png"
        if not copy.exists():
            copy.write_bytes(self.image.read_bytes())
        return Server(self.chosen.programs, [copy], folder, "--local", "1", *options, port=self.chosen.port)

    def expect(self, name, found, expected):
        if found not in (expected if isinstance(expected, tuple) else (expected,)):
            raise Fault(f"{name}: expected {expected}, found {found}")

    # 1.

    def full_disk(self):
        if not Disk.is_possible(self.folder):
            raise Skipped("file systems cannot be mounted here")
        # The project keeps models, too: what is freed must be more than these.
        disk = Disk(self.folder / "disk", 256)
        server, refusals = None, 0
        try:
            server = Server(self.chosen.programs, [self.folder / "disk/project"], self.folder, "--local", "1", "--root", self.folder, port=self.chosen.port)
            client = Client(server).visit()
            image = new_id()
            client.append({"id": new_id(), "kind": "addImage", "image": image, "path": str(self.image)})
            image = client.call("GET", "project")["images"][0]
            painter = Painter(self.draw, [image], [1, 2])
            acknowledged = {}
            for _ in range(self.chosen.rounds):
                refusals += self.fill(disk, client, painter, acknowledged)
                stream = EventStream(client)
                self.check(stream.log, acknowledged)
                stream.close()
                if self.draw.random() < 0.5:
                    client.close()
                    server.kill()
                    server.start()
            log = EventStream(client).log
            self.check(log, acknowledged)
            self.expect("shapes", [one["id"] for one in client.shapes(image["id"])], folded(log))
            server.end()
            with contextlib.closing(sqlite3.connect(self.folder / "disk/project/project.sqlite")) as database:
                self.expect("integrity_check", database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            return f"{self.chosen.rounds} × full, {refusals} refusals, {len(acknowledged)} operations acknowledged, none lost"
        finally:
            if server:
                server.close()
            disk.close()

    def fill(self, disk, client, painter, acknowledged):
        """Sends strokes while the disk is filled, until some are refused; then frees it and sends these again. Returns the refusals."""
        disk.fill(self.draw.choice([0, 4096, self.draw.randrange(1 << 17)]))
        waiting, refusals = [], 0
        try:
            # What is free is used up by the log, and by its copy that grows beside it.
            for _ in range(1000):
                # What was refused goes first: later edits name it.
                waiting += [painter.operation() for _ in range(60)]
                answer = client.send("POST", "/api/v1/operations", {"operations": waiting})
                if answer.status == 200:
                    acknowledged.update({one["id"]: one["sequence"] for one in answer.json["accepted"]})
                    waiting = []
                    continue
                if answer.status != 507 or "full" not in answer.json["message"] or not answer.json.get("retryable", True):
                    raise Fault(f"expected 507, words on it, and that it may be tried again, found {answer}")
                refusals += 1
                if refusals == 3:
                    break
            # Reading goes on.
            client.call("GET", "project")
        finally:
            disk.free()
        if waiting:
            acknowledged.update(client.append(*waiting))
        return refusals

    @staticmethod
    def check(log, acknowledged):
        places = {one["id"]: one["sequence"] for one in log}
        if len(places) != len(log):
            raise Fault(f"log: {len(log) - len(places)} operations are there twice")
        for id, sequence in acknowledged.items():
            if places.get(id) != sequence:
                raise Fault(f"operation {id} was acknowledged as {sequence}, and is {places.get(id)}")

    # 2.

    def ends(self):
        seconds = []
        for number in range(self.chosen.rounds):
            server = self.serve("ends")
            try:
                client = Client(server).visit()
                image = client.call("GET", "project")["images"][0]
                streams = [EventStream(Client(server).visit()) for _ in range(STREAMS)]
                painter = Painter(self.draw, [image], [1, 2])
                streams[0].client.call(
                    "PUT", f"stream/{streams[0].id}/views/{new_id()}",
                    {"image": image["id"], "z": 0, "t": 0, "rect": [0, 0, 400, 300], "level": 0, "kinds": ["labels", "probabilities"]})
                client.append(painter.stroke(1), painter.stroke(2))
                if number % 2:
                    client.call("POST", "runs", {"images": "all", "maps": {"labels": True}})
                time.sleep(self.draw.uniform(0, 0.5))
                seconds.append(server.end(60))
                for stream in streams:
                    stream.thread.join()
                    self.expect("a stream of an ended server", stream.problem, "the stream ended")
                if server.message:
                    raise Fault(f"SIGTERM: expected nothing on standard error, found {server.message}")
            finally:
                server.close()
        return f"{len(seconds)} × SIGTERM with {STREAMS} streams: p50 {percentile(seconds, 0.5):.2f}, longest {max(seconds):.2f} s, exit 0"

    # 3.

    def second_server(self):
        first = self.serve("twice")
        try:
            client = Client(first).visit()
            project = self.folder / "twice/coppice-project"
            command = [str(self.chosen.programs / "coppice"), "serve", str(project), "--port", "0"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            words = done.stderr.strip()
            if done.returncode == 0 or done.stdout or "\n" in words or not words.startswith("coppice: ") or str(first.process.pid) not in words:
                raise Fault(f"second server: expected one line with the process that has the project, found exit {done.returncode}: {done.stdout}{words}")
            client.call("GET", "project")
            client.close()
            first.kill()
            first.start()
            first.end()
            return f"exit {done.returncode}: {words.replace(str(self.folder), '…')}"
        finally:
            first.close()

    # 4.

    def token(self):
        certificate, key, token = (self.folder / name for name in ("own.pem", "own.key", "token.txt"))
        token.write_text(TOKEN + "\n")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
             "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
            check=True, capture_output=True)
        open_host = [str(self.chosen.programs / "coppice"), "serve", str(self.folder / "open"), "--host", "0.0.0.0"]
        refused = subprocess.run(open_host, capture_output=True, text=True, timeout=60)
        self.expect("0.0.0.0 without a token", refused.returncode, 64)
        server = self.serve("token", "--tls-cert", certificate, "--tls-key", key, "--token-file", token)
        try:
            self.expect("the address", server.url.scheme, "https")
            jar, said = self.folder / "jar", []

            def curl(path, *more):
                command = ["curl", "-sS", "-i", "--cacert", certificate, "--max-time", "30", f"https://127.0.0.1:{server.port}{path}", *more]
                done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
                if done.returncode != 0:
                    raise Fault(f"curl {path}: {done.stderr}")
                said.append(done.stdout)
                return int(done.stdout.split(" ", 2)[1])

            log_in = ["-X", "POST", "-H", "Content-Type: application/json"]
            self.expect("the page, to all", curl("/", "-c", jar), 200)
            for path in ["project", "models", f"stream?client={new_id()}", "workers", "folders"]:
                self.expect(f"{path} of nobody", curl(f"/api/v1/{path}", "-b", jar), 401)
                for query in (f"token={TOKEN}", f"coppice-token={TOKEN}", f"access_token={TOKEN}"):
                    self.expect(f"{path} with the token in its address", curl(f"/api/v1/{path}{'&' if '?' in path else '?'}{query}"), 401)
            self.expect("a header", curl("/api/v1/project", "-H", f"Authorization: Bearer {TOKEN}", "-b", jar), 200)
            self.expect("a wrong header", curl("/api/v1/project", "-H", f"Authorization: Bearer {TOKEN}x", "-b", jar), 401)
            self.expect("a cookie that is the token", curl("/api/v1/project", "-b", f"coppice-token={TOKEN}"), 401)
            self.expect("log in", curl("/api/v1/login", *log_in, "-d", f'{{"token":"{TOKEN}"}}', "-b", jar, "-c", jar), 204)
            cookie = next(line for line in said[-1].splitlines() if line.lower().startswith("set-cookie: coppice-token="))
            for word in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/"):
                if word not in cookie:
                    raise Fault(f"the token's cookie: expected {word}, found {cookie}")
            self.expect("the cookie", curl("/api/v1/project", "-b", jar), 200)
            statuses = [curl("/api/v1/login", *log_in, "-d", '{"token":"guess"}') for _ in range(8)]
            if statuses[0] != 401 or statuses[-1] != 429:
                raise Fault(f"guesses: expected 401, and 429 in the end, found {statuses}")
            self.expect("the cookie after guesses", curl("/api/v1/project", "-b", jar), 200)
            plain = subprocess.run(["curl", "-s", "--max-time", "30", f"http://127.0.0.1:{server.port}/"], capture_output=True)
            if plain.returncode == 0:
                raise Fault("TLS: expected no answer without it, found one")
            server.end()
            if leaks := [text for text in [*said, server.url.geturl(), server.message] if TOKEN in text]:
                raise Fault(f"the token is in what the server says: {leaks[0][:300]}")
            return f"{len(said)} requests over TLS"
        finally:
            server.close()

    # 5.

    def other_sites(self):
        server = self.serve("sites")
        try:
            client = Client(server).visit()
            own = f"127.0.0.1:{server.port}"
            count = 0
            for host in ["evil.example", f"evil.example:{server.port}", f"127.0.0.1.evil.example:{server.port}", f"localhost.evil.example:{server.port}",
                         "127.0.0.1@evil.example", "[::2]", "0.0.0.0", "2130706433", "127.1", "localhost:x"]:
                for method, path in [("GET", "/"), ("GET", "/api/v1/project"), ("POST", "/api/v1/operations"), ("GET", f"/api/v1/stream?client={new_id()}"),
                                     ("GET", "/page/main.js"), ("GET", "/openapi.json")]:
                    count += 1
                    self.expect(f"{method} {path} for {host}", self.status(client, method, path, {"Host": host}), (400, 421))
            for host in [own, f"localhost:{server.port}", f"[::1]:{server.port}", f"LOCALHOST:{server.port}"]:
                self.expect(f"GET for {host}", self.status(client, "GET", "/api/v1/project", {"Host": host}), 200)
            for fields in [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": f"http://127.0.0.1:{server.port + 1}"},
                           {"Origin": f"http://{own}.evil.example"}, {"Origin": f"http://localhost:{server.port}"}, {"Origin": "file://"},
                           {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]:
                for method, path in [("GET", "/api/v1/project"), ("POST", "/api/v1/update"), ("PUT", "/api/v1/live"), ("GET", f"/api/v1/stream?client={new_id()}")]:
                    count += 1
                    self.expect(f"{method} {path} with {fields}", self.status(client, method, path, fields), 403)
            for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]:
                count += 1
                self.expect(f"POST of {kind}", self.status(client, "POST", "/api/v1/update", {"Content-Type": kind}), 415)
            self.expect("its own page", self.status(client, "POST", "/api/v1/update", {"Origin": f"http://{own}", "Sec-Fetch-Site": "same-origin"}), 202)
            self.expect("a link on another site", self.status(client, "GET", "/", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}), 200)
            server.end()
            return f"{count} requests of others refused"
        finally:
            server.close()

    @staticmethod
    def status(client, method, path, fields):
        """The status alone: the connection is closed, since a stream has no end."""
        connection = client.connect(60)
        try:
            body = b"{}" if method != "GET" else None
            type = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, body, client.head({**type, **fields}))
            return connection.getresponse().status
        finally:
            connection.close()


def main():
    chosen = options()
    if chosen.sample:
        chosen.rounds = 2
    if os.geteuid() == 0:
        enter_namespace()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    faults = skipped = 0
    with tempfile.TemporaryDirectory(prefix="edges") as folder:
        edges = Edges(chosen, pathlib.Path(folder))
        parts = {"full disk": edges.full_disk, "SIGTERM": edges.ends, "second server": edges.second_server, "TLS and token": edges.token,
                 "other hosts and sites": edges.other_sites}
        for name, part in parts.items():
            try:
                print(f"    {name}: {part()}", flush=True)
            except Skipped as why:
                skipped += 1
                print(f"    {name}: skipped: {why}", flush=True)
            except Fault as fault:
                faults += 1
                print(f"    fault: {name}: {fault}", flush=True)
    print(f"edges: seed {chosen.seed}: {len(parts) - faults - skipped} of {len(parts)} parts well, {skipped} skipped, {faults} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
