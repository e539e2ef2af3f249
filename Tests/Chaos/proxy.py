"""A TCP proxy in front of one worker that breaks what it is told to break.

It passes on one HTTP/1.1 message after the other. Faults are armed from outside; the first message that a fault fits takes it, and
only then does it count. Standard library only.
"""
import collections
import dataclasses
import select
import socket
import struct
import threading
import time

# What happens to a request, and what to an answer. Of the latter, all but the first three leave well-formed HTTP.
REQUEST_FAULTS = ["request cut", "request bit flipped"]
ANSWER_FAULTS = ["answer cut", "answer delayed", "answer throttled", "answer bit flipped", "answer truncated", "answer status"]
# Ends all connections, and resets new ones for some time.
REFUSAL = "connections refused"
THROTTLED_PIECES = 20


@dataclasses.dataclass
class NetworkFault:
    """One fault, with all that its seed has drawn."""

    name: str
    # Where in the body, 0 to 1; for flips also which bit.
    place: float = 0.5
    # Of a delay, of a throttled answer, of a refusal.
    seconds: float = 0.0
    status: int = 500
    # Whether it waits for a message about a job; probes and blobs take it, too, otherwise.
    is_for_jobs: bool = True
    # When it took effect, as seconds since 1970; None as long as it has not.
    taken_at: float | None = None
    detail: str = ""


class Message:
    """A request or an answer: the head's bytes, and the body's."""

    def __init__(self, head, body):
        self.head, self.body = head, body

    @property
    def words(self):
        return self.head.split(b"\r\n", 1)[0].split(b" ")

    @property
    def all(self):
        return self.head + self.body

    def with_body(self, body):
        """The same message with another body, and a head that says its length."""
        lines = [line for line in self.head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
        return Message(b"\r\n".join([lines[0], b"Content-Length: %d" % len(body)] + lines[1:]), body)

    def with_bit_flipped(self, place):
        """The same message with one bit of its body changed, and which byte that is in."""
        bit = min(int(place * len(self.body) * 8), len(self.body) * 8 - 1)
        body = bytearray(self.body)
        body[bit // 8] ^= 1 << (bit % 8)
        return Message(self.head, bytes(body)), bit // 8

    def with_status(self, status):
        start, rest = self.head.split(b"\r\n", 1)
        return Message(b" ".join([start.split(b" ")[0], b"%d" % status, b"Changed"]) + b"\r\n" + rest, self.body)


class Stream:
    """A socket that messages are read from."""

    def __init__(self, connection):
        self.connection, self.rest = connection, b""

    def message(self, bodiless=False, watched=None):
        """The next message; None when the connection ends first, or `watched` does."""
        while b"\r\n\r\n" not in self.rest:
            if not self._receive(watched):
                return None
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        while not bodiless and len(self.rest) < length:
            if not self._receive(watched):
                return None
        length = 0 if bodiless else length
        body, self.rest = self.rest[:length], self.rest[length:]
        return Message(head + b"\r\n\r\n", body)

    def _receive(self, watched):
        while watched is not None:
            ready, _, _ = select.select([self.connection, watched], [], [])
            if watched in ready and not watched.recv(1, socket.MSG_PEEK):
                return False
            if self.connection in ready:
                break
            # The other side speaks out of turn, which libcurl never does.
            watched = None
        part = self.connection.recv(1 << 16)
        self.rest += part
        return bool(part)


class FaultProxy:
    """Listens on a port of its own on loopback, in front of the worker at `upstream_port`."""

    def __init__(self, upstream_port):
        self.upstream_port = upstream_port
        self.lock = threading.Lock()
        self.armed = collections.deque()
        self.connections = set()
        self.refusal, self.refused_until = None, 0.0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def arm(self, fault):
        """Lets the next message that the fault fits take it; a refusal begins at once."""
        if fault.name != REFUSAL:
            with self.lock:
                self.armed.append(fault)
            return
        with self.lock:
            self.refusal, self.refused_until = fault, time.monotonic() + fault.seconds
            current = list(self.connections)
        if current:
            self._took(fault, f"{len(current)} connections ended")
        self._end(current)

    def disarm(self):
        """Drops the faults that have not taken effect."""
        with self.lock:
            self.armed.clear()
            self.refused_until = 0.0

    def close(self):
        with self.lock:
            current = list(self.connections)
        # Wakes the thread that accepts.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._end(current)

    @staticmethod
    def _end(connections):
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It has ended by itself.

    @staticmethod
    def _took(fault, detail):
        fault.detail, fault.taken_at = detail, time.time()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                refusal = self.refusal if time.monotonic() < self.refused_until else None
                if refusal is None:
                    self.connections.add(connection)
            if refusal is None:
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()
                continue
            if refusal.taken_at is None:
                self._took(refusal, "a connection reset")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    def _serve(self, connection):
        upstream = None
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            upstream = socket.create_connection(("127.0.0.1", self.upstream_port))
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections.add(upstream)
            near, far = Stream(connection), Stream(upstream)
            while (request := near.message()) and self._exchange(request, near, far):
                pass
        except OSError:
            pass  # Either side has gone: so does the other.
        finally:
            with self.lock:
                self.connections -= {connection, upstream}
            for end in (connection, upstream):
                if end is not None:
                    end.close()

    def _take(self, names, fits):
        with self.lock:
            for fault in self.armed:
                if fault.name in names and fits(fault):
                    self.armed.remove(fault)
                    return fault
        return None

    def _exchange(self, request, near, far):
        """Passes on a request and its answer; false when the connection is to end."""
        method, target = request.words[0], request.words[1]
        subject = f"{method.decode()} {target.decode().split('?')[0][:24]}"
        is_job = target.startswith(b"/v1/jobs")
        fault = self._take(REQUEST_FAULTS, lambda fault: len(request.body) > 0 and (is_job or not fault.is_for_jobs))
        if fault and fault.name == "request cut":
            far.connection.sendall(request.all[: int(fault.place * len(request.all))])
            self._took(fault, subject)
            return False
        if fault:
            request, byte = request.with_bit_flipped(fault.place)
            self._took(fault, f"{subject}: byte {byte} of {len(request.body)}")
        far.connection.sendall(request.all)
        answer = far.message(bodiless=method == b"HEAD", watched=near.connection)
        if answer is None:
            return False
        is_result = answer.words[1] == b"200" and len(answer.body) > 0
        fault = None
        if method != b"DELETE":
            changes = ("answer bit flipped", "answer truncated", "answer status")
            fault = self._take(
                ANSWER_FAULTS,
                lambda fault: (is_result or fault.name not in changes) and (is_job or not fault.is_for_jobs))
        if fault is None:
            near.connection.sendall(answer.all)
            return True
        return self._answer(answer, fault, subject, near.connection)

    def _answer(self, answer, fault, subject, connection):
        detail = subject
        if fault.name == "answer cut":
            connection.sendall(answer.all[: int(fault.place * len(answer.all))])
            self._took(fault, detail)
            return False
        if fault.name == "answer delayed":
            self._took(fault, f"{detail}: {fault.seconds:.1f} s")
            time.sleep(fault.seconds)
        elif fault.name == "answer throttled":
            self._took(fault, f"{detail}: {fault.seconds:.1f} s")
            size = max(1, len(answer.all) // THROTTLED_PIECES)
            for begin in range(0, len(answer.all), size):
                connection.sendall(answer.all[begin : begin + size])
                time.sleep(fault.seconds / THROTTLED_PIECES)
            return True
        elif fault.name == "answer bit flipped":
            answer, byte = answer.with_bit_flipped(fault.place)
            detail += f": byte {byte} of {len(answer.body)}"
        elif fault.name == "answer truncated":
            answer = answer.with_body(answer.body[: int(fault.place * len(answer.body))])
        else:
            answer = answer.with_status(fault.status)
            detail += f": {fault.status}"
        if fault.taken_at is None:
            self._took(fault, detail)
        connection.sendall(answer.all)
        return True
