"""The processes and disks of a chaos round: workers behind their proxies, the coordinator, small file systems that can be filled."""
import os
import pathlib
import signal
import socket
import subprocess
import time

from proxy import FaultProxy


class Worker:
    """A worker process on a port of its own, behind a proxy. Whatever ends it, `tick` puts another in its place, as a supervisor would."""

    def __init__(self, programs):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.programs, self.process = programs, None
        self.proxy = FaultProxy(self.port)
        # When a stopped process goes on, and when a dead one is replaced; None for never.
        self.continue_at, self.restart_at = None, None
        self._start()

    def _start(self):
        command = [self.programs / "coppice-worker", "--port", str(self.port), "--slots", "1", "--log-level", "critical"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.process.stdout.readline()

    @property
    def is_at_work(self):
        return self.process.poll() is None and self.continue_at is None

    def end(self, number, pause):
        """Sends a signal that ends the process; its successor comes `pause` seconds after its end, or never."""
        self.process.send_signal(number)
        self.restart_at = None if pause is None else time.monotonic() + pause

    def stop(self, seconds):
        self.process.send_signal(signal.SIGSTOP)
        self.continue_at = time.monotonic() + seconds

    def tick(self):
        now = time.monotonic()
        if self.continue_at is not None and now >= self.continue_at:
            self.process.send_signal(signal.SIGCONT)
            self.continue_at = None
        if self.process.poll() is not None and self.restart_at is not None and now >= self.restart_at:
            self.process.stdout.close()
            self.restart_at = None
            self._start()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.proxy.close()


class Coordinator:
    """One command, run again and again until it has done its work."""

    def __init__(self, command, errors):
        self.command, self.errors = command, errors
        self.exits = []
        self._start()

    def _start(self):
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=errors)

    @property
    def is_running(self):
        return self.process.poll() is None

    @property
    def message(self):
        return self.errors.read_text(errors="replace")

    def again(self):
        """Notes how the process has ended, and starts the same command."""
        self.exits.append(self.process.returncode)
        self._start()

    def close(self):
        self.process.kill()
        self.process.wait()


class Disk:
    """A small file system of its own at `folder`."""

    def __init__(self, folder, mebibytes):
        self.folder = folder
        self.ballast = folder / "ballast"
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "chaos", folder], check=True)

    @staticmethod
    def is_possible(folder):
        """Whether file systems can be mounted here."""
        try:
            Disk(folder / "trial", 1).close()
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def fill(self, slack):
        """Leaves no more than `slack` bytes free."""
        status = os.statvfs(self.folder)
        with open(self.ballast, "wb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, max(1, status.f_bavail * status.f_frsize - slack))
            except OSError:
                pass  # Somebody else was quicker to take the rest.

    def free(self):
        self.ballast.unlink(missing_ok=True)

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=True)


def find_programs():
    return pathlib.Path(__file__).resolve().parents[2] / ".build/release"
