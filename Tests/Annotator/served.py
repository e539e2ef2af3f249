"""`coppice serve` as a process, and clients of its API. Standard library only; the API is that of openapi.json."""
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
import uuid
import zlib

# Generous: other people may use the machine.
WAIT_SECONDS_MAX = 120


class Fault(Exception):
    """What must not be: the text says what was expected and what was found."""


def new_id():
    return str(uuid.uuid4())


def find_programs():
    return pathlib.Path(__file__).resolve().parents[2] / ".build/release"


def wait_until(condition, what, seconds=WAIT_SECONDS_MAX):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > end:
            raise Fault(f"expected {what} within {seconds} s")
        time.sleep(0.01)
    return answer


def descendants(pid):
    """Processes that a process has started, and theirs: of each its number and its program's name."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                text = pathlib.Path(f"/proc/{name}/stat").read_text()
            except OSError:
                continue
            state, parent = text.rsplit(")", 1)[1].split()[:2]
            if state != "Z":
                parents.setdefault(int(parent), []).append((int(name), text.split("(", 1)[1].rsplit(")", 1)[0]))
    found, waiting = [], [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            found.append(child)
            waiting.append(child[0])
    return found


def is_there(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def percentile(values, share):
    """The smallest value that is not below a share of all; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


class Server:
    """One `coppice serve`, which can be killed and started again on the same port."""

    def __init__(self, programs, inputs, folder, *options, port=0):
        self.programs, self.folder, self.port = programs, folder, port
        self.inputs, self.options = [str(one) for one in inputs], [str(one) for one in options]
        self.errors, self.process = folder / "serve.errors", None
        self.start()

    def start(self):
        """Starts the program and waits for its address."""
        command = [str(self.programs / "coppice"), "serve", *self.inputs, "--port", str(self.port), *self.options]
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        line = self.process.stdout.readline().strip()
        if not line:
            status = self.process.wait()
            raise Fault(f"expected an address, found exit {status}: {self.message}")
        self.url = urllib.parse.urlsplit(line)
        self.port = self.url.port

    @property
    def message(self):
        return self.errors.read_text(errors="replace").strip()[-2000:]

    @property
    def workers(self):
        """The processes of its local workers."""
        return [pid for pid, name in descendants(self.process.pid) if name.startswith("coppice-worker")]

    def kill(self):
        """Ends the process as a failing machine would, and returns the workers that it leaves behind."""
        left = self.workers
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        return left

    def end(self, seconds=WAIT_SECONDS_MAX):
        """Ends the process as a user would, and returns how long that took, in seconds."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Fault(f"SIGTERM: still there after {seconds} s: {self.message}") from None
        self.process.stdout.close()
        if status != 0:
            raise Fault(f"SIGTERM: expected exit 0, found {status}: {self.message}")
        return time.monotonic() - begin

    def close(self):
        """Whatever happened, nothing is left."""
        if self.process.poll() is None:
            for pid in self.kill():
                wait_until(lambda pid=pid: not is_there(pid), f"worker {pid} of a killed server to end")


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    @property
    def json(self):
        return json.loads(self.body) if self.body else None

    def __str__(self):
        return f"{self.status} {self.body[:300].decode(errors='replace')}"


class Client:
    """A browser's side of the API: a person by a cookie, and one connection that stays open. For one thread."""

    def __init__(self, server, person=None, tls=None, fields=None):
        self.server, self.tls, self.fields = server, tls, fields or {}
        self.cookies = {"coppice-person": person} if person else {}
        self.connection = None

    @property
    def person(self):
        return self.cookies["coppice-person"]

    def visit(self):
        """Loads the page, which makes this client a person."""
        answer = self.send("GET", "/")
        for value in answer.fields.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.split(";")[0]
        return self

    def connect(self, seconds):
        kind = http.client.HTTPSConnection if self.tls else http.client.HTTPConnection
        connection = kind("127.0.0.1", self.server.port, timeout=seconds, **({"context": self.tls} if self.tls else {}))
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def head(self, more):
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        return {**cookie, **self.fields, **more}

    def send(self, method, path, document=None, fields=None, body=None):
        """Sends a request and returns the answer, whatever it is.

        Raises OSError or HTTPException when there is none; the next request then opens another connection.
        """
        more = dict(fields or {})
        if method not in ("GET", "HEAD"):
            body = json.dumps(document if document is not None else {}).encode() if body is None else body
            more.setdefault("Content-Type", "application/json")
        try:
            if self.connection is None:
                self.connection = self.connect(WAIT_SECONDS_MAX)
            self.connection.request(method, path, body, self.head(more))
            answer = self.connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def call(self, method, path, document=None, expected=(200, 201, 202, 204), **more):
        """Sends a request below /api/v1/ that must succeed, and returns the answer's document."""
        answer = self.send(method, f"/api/v1/{path}", document, **more)
        if answer.status not in expected:
            raise Fault(f"{method} {path}: expected {expected}, found {answer}")
        kind = answer.fields.get("Content-Type", "")
        return answer.json if kind.startswith("application/json") else answer.body

    def append(self, *operations):
        """Appends operations and returns their sequences by their ids."""
        accepted = self.call("POST", "operations", {"operations": list(operations)})["accepted"]
        return {one["id"]: one["sequence"] for one in accepted}

    def shapes(self, image, z=0, t=0):
        return self.call("GET", f"images/{image}/shapes?z={z}&t={t}")["shapes"]


class EventStream:
    """The stream of a client, read by a thread of its own until it is closed or breaks.

    Operations are kept in `log`, the last frame of each type in `last`, and tiles of the newest model of each view in `tiles`.
    """

    def __init__(self, client, since=0):
        self.client, self.id = client, new_id()
        self.condition = threading.Condition()
        self.log, self.last, self.tiles, self.arrived, self.problem = [], {}, {}, {}, None
        self.views, self.troubles, self.words = {}, [], []
        self.connection = client.connect(WAIT_SECONDS_MAX)
        self.connection.request("GET", f"/api/v1/stream?client={self.id}&since={since}", headers=client.head({}))
        self.answer = self.connection.getresponse()
        if self.answer.status != 200:
            raise Fault(f"stream: expected 200, found {self.answer.status} {self.answer.read()[:300]}")
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        self.wait(lambda: "hello" in self.last, "a greeting")
        self.wait(lambda: since + len(self.log) >= self.last["hello"]["sequence"], "the log up to the greeting")

    def _read(self):
        rest = b""
        try:
            while part := self.answer.read1(1 << 16):
                rest += part
                while len(rest) >= 8:
                    json_count, byte_count = int.from_bytes(rest[:4], "little"), int.from_bytes(rest[4:8], "little")
                    end = 8 + json_count + byte_count
                    if len(rest) < end:
                        break
                    document, data, rest = json.loads(rest[8:8 + json_count]), rest[8 + json_count:end], rest[end:]
                    with self.condition:
                        self._take(document, data)
                        self.condition.notify_all()
            problem = "the stream ended"
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            problem = f"the stream broke: {error!r}"
        with self.condition:
            self.problem = problem
            self.condition.notify_all()

    def _take(self, document, data):
        kind = document["type"]
        if kind == "operation":
            operation = document["operation"]
            self.log.append(operation)
            self.arrived[operation["id"]] = time.monotonic()
        elif kind == "tile":
            place = tuple(document[name] for name in ("image", "z", "t", "level", "kind", "column", "row"))
            data = zlib.decompress(data) if document["encoding"] == "deflate" else data
            self.tiles.setdefault(document["tab"], {})[place] = (document, data)
        elif kind == "view":
            self.views[document["tab"]] = (document, time.monotonic())
        elif kind == "trouble":
            self.troubles.append(document["message"])
        elif kind == "workers" and document.get("message"):
            self.words.append(document["message"])
        self.last[kind] = document

    def wait(self, condition, what, seconds=WAIT_SECONDS_MAX):
        """Waits until a condition on what has come is true, and returns it."""
        with self.condition:
            end = time.monotonic() + seconds
            while not (answer := condition()):
                left = end - time.monotonic()
                if self.problem:
                    raise Fault(f"expected {what}, but {self.problem}; troubles: {self.troubles[-3:]}")
                if left <= 0:
                    state = json.dumps(self.last.get("state"))
                    raise Fault(f"expected {what} within {seconds} s; state {state}, troubles: {self.troubles[-3:]}")
                self.condition.wait(left)
            return answer

    @property
    def state(self):
        return self.last.get("state") or {}

    @property
    def model(self):
        return self.state.get("model") or {}

    def set_view(self, tab, view):
        with self.condition:
            self.views.pop(tab, None)
            self.tiles.pop(tab, None)
        self.client.call("PUT", f"stream/{self.id}/views/{tab}", view)

    def remove_view(self, tab):
        self.client.call("DELETE", f"stream/{self.id}/views/{tab}")

    def wait_for_exact(self, sequence):
        """Waits for the model that `coppice train` would make of everything up to a sequence, and returns its revision."""
        self.wait(
            lambda: self.model.get("isExact") and self.model["labelSequence"] >= sequence and not self.state["isTraining"],
            f"an exact model of the labels of operation {sequence}")
        return self.model["revision"]

    def close(self):
        try:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass  # It has ended by itself.
        self.thread.join()
        self.connection.close()
