"""A `coppice serve` of our own on an image in a folder of its own, and the command line beside it."""
import os
import pathlib
import subprocess

REPOSITORY = pathlib.Path(__file__).parents[2]


def coppice_of(config):
    """The program: that of pytest's `--programs FOLDER`, where there is that option, of COPPICE, or the release build."""
    folder = config.getoption("--programs", default=None)
    return pathlib.Path(pathlib.Path(folder, "coppice") if folder else os.environ.get("COPPICE", REPOSITORY / ".build/release/coppice")).absolute()


class Served:
    """One local worker: the tests ask for values, not for speed."""

    def __init__(self, program, image):
        self.program, self.folder = program, image.parent
        self.log = open(self.folder / "serve.log", "w")
        command = [program, "serve", image, "--port", "0", "--local", "1"]
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

    def coppice(self, *arguments):
        """What a command prints; a command that fails fails the test, with what it says."""
        done = subprocess.run([self.program, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"coppice {' '.join(map(str, arguments))}: {done.returncode}\n{done.stderr}"
        return done.stdout
