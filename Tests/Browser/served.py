"""A `coppice serve` of our own on a folder of images, and the command line beside it."""
import os
import pathlib
import subprocess

REPOSITORY = pathlib.Path(__file__).parents[2]
COPPICE = pathlib.Path(os.environ.get("COPPICE", REPOSITORY / ".build/release/coppice")).absolute()


class Served:
    """One local worker: the tests ask for values, not for speed."""

    def __init__(self, folder, *images, options=()):
        self.folder = pathlib.Path(folder)
        self.log = open(self.folder / "serve.log", "w")
        command = [COPPICE, "serve", *images, "--port", "0", "--local", "1", *options]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=self.log, text=True)
        # The address is printed as soon as it is listened on; nothing comes if the server ends before.
        self.url = self.process.stdout.readline().strip().rstrip("/")
        assert self.url.startswith("http"), (self.folder / "serve.log").read_text()

    def close(self):
        self.process.terminate()
        try:
            assert self.process.wait(timeout=60) in (0, 130, 143)
        finally:
            self.process.kill()
            self.process.stdout.close()
            self.log.close()


def coppice(*arguments, folder=None):
    """What a command prints; a command that fails fails the test, with what it says."""
    done = subprocess.run([COPPICE, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"coppice {' '.join(map(str, arguments))}: {done.returncode}\n{done.stderr}"
    return done.stdout
