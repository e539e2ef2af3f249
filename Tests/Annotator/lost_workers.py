#!/usr/bin/env python3
"""Kills workers between a stroke and its overlay, and then all of them: results come late, painting goes on, and the page says why.

    python3 Tests/Annotator/lost_workers.py --kills 50          # after Deploy/build.sh
    python3 Tests/Annotator/lost_workers.py --sample            # some seconds, for CI

1. One of two local workers is killed with SIGKILL at a random moment after each stroke: the overlay of the stroke's model must come. The
   times from the acknowledgement to the first tile and to the whole view are reported.
2. The same with two workers that are given by address: no supervisor of the server's replaces them.
3. Both of these are killed: the stream says so in words, also to who comes later; strokes are taken; when a worker is back at its address,
   the words end and the overlay of the newest stroke comes by itself. Once before and once after the training has given up.
4. The same on the page, in a browser: the words are seen, a stroke is painted and acknowledged, and later shown. Left out without Playwright.
"""
import argparse
import asyncio
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

import browser
from images import texture, write_png
from painting import Painter
from served import Client, EventStream, Fault, Server, find_programs, new_id, percentile, wait_until

WIDTH, HEIGHT = 700, 500


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", action="store_true", help="four kills; training does not give up")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--programs", type=pathlib.Path, default=find_programs())
    return parser.parse_args()


class Worker:
    """A worker that is started by hand, always at the same address."""

    def __init__(self, programs):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.programs = programs
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        command = [self.programs / "coppice-worker", "--port", str(self.port), "--slots", "1", "--log-level", "critical"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.process.stdout.readline()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Scene:
    """A project with an image, a painter and what the painter looks at."""

    def __init__(self, chosen, folder, draw, *options):
        self.draw = draw
        folder.mkdir()
        write_png(folder / "image.png", WIDTH, HEIGHT, 1, 8, texture(draw, WIDTH, HEIGHT, 1, 255))
        self.server = Server(chosen.programs, [folder / "image.png"], folder, *options, port=chosen.port)
        self.client = Client(self.server).visit()
        self.image = self.client.call("GET", "project")["images"][0]
        self.stream, self.tab = EventStream(self.client), new_id()
        self.painter = Painter(draw, [self.image], [1, 2])
        self.set_view()
        for number in (1, 2, 1, 2):
            self.client.append(self.painter.stroke(number, "brush"))

    def set_view(self):
        rect = [0, 0, WIDTH, HEIGHT]
        view = {"image": self.image["id"], "z": 0, "t": 0, "rect": rect, "level": 0, "kinds": ["labels"]}
        self.stream.set_view(self.tab, view)

    def stroke(self):
        """Paints a stroke, and returns its sequence and when it was acknowledged."""
        operation = self.painter.stroke(tool="brush")
        return self.client.append(operation)[operation["id"]], time.monotonic()

    def overlay(self, sequence):
        """Waits for all tiles of a model that knows an operation, and returns when the last one came."""
        self.stream.wait(lambda: self.stream.model.get("labelSequence", 0) >= sequence, f"a model of operation {sequence}")
        revision = self.stream.model["revision"]
        is_shown = lambda: self.stream.views.get(self.tab, [{}])[0].get("revision", -1) >= revision
        self.stream.wait(is_shown, f"the overlay of operation {sequence}")
        return self.stream.views[self.tab][1]

    def end(self):
        self.stream.close()
        self.server.end()


def killed_between(scene, kills, victims, revive):
    """Kills one of several workers after each stroke; returns the seconds from acknowledgement to overlay."""
    delays = []
    for _ in range(kills):
        wait_until(lambda: len(victims()) >= 2, "two workers")
        scene.overlay(scene.stroke()[0])
        sequence, begin = scene.stroke()
        time.sleep(scene.draw.uniform(0, 0.15))
        victim = scene.draw.choice(victims())
        victim()
        delays.append(scene.overlay(sequence) - begin)
        revive()
    return delays


def local_workers(chosen, folder, draw):
    scene = Scene(chosen, folder, draw, "--local", "2")
    try:
        def victims():
            return [lambda pid=pid: os.kill(pid, signal.SIGKILL) for pid in scene.server.workers]

        delays = killed_between(scene, chosen.kills, victims, lambda: None)
        scene.end()
        return delays
    finally:
        scene.server.close()


def given_workers(chosen, folder, draw):
    """The second and third part; returns the delays of the second, and the words of the third."""
    workers = [Worker(chosen.programs) for _ in range(2)]
    scene = None
    try:
        scene = Scene(chosen, folder, draw, "--workers", ",".join(one.url for one in workers))

        def victims():
            return [one.kill for one in workers if one.process.poll() is None]

        def revive():
            for one in workers:
                if one.process.poll() is not None:
                    one.start()

        delays = killed_between(scene, chosen.kills, victims, revive)
        words = [all_dead(scene, workers, gives_up) for gives_up in ((False,) if chosen.sample else (False, True))]
        scene.end()
        return delays, words
    finally:
        if scene:
            scene.server.close()
        for one in workers:
            if one.process.poll() is None:
                one.kill()


def all_dead(scene, workers, gives_up):
    """Kills all workers and starts one of them again, before or after training has given up; returns what came of it."""
    for one in workers:
        if one.process.poll() is None:
            one.kill()
    scene.stream.words.clear()
    begin = time.monotonic()
    sequence, _ = scene.stroke()
    scene.stream.wait(lambda: scene.stream.words, "words on workers that are gone")
    said = time.monotonic() - begin
    for _ in range(5):
        sequence, _ = scene.stroke()
    late = EventStream(Client(scene.server).visit())
    late.wait(lambda: late.words, "words on workers that are gone, for who comes later", 30)
    late.close()
    if gives_up:
        scene.stream.wait(lambda: scene.stream.state.get("message"), "words on a training that cannot be")
    begin = time.monotonic()
    workers[0].start()
    scene.stream.wait(lambda: not scene.stream.last["workers"].get("message"), "the words to end")
    back = time.monotonic()
    overlay = scene.overlay(sequence)
    scene.stream.wait(lambda: not scene.stream.state.get("message"), "the model's words to end")
    return (f"{'after' if gives_up else 'before'} training gave up: \"{scene.stream.words[-1]}\" after {said:.1f} s, "
            f"taken back {back - begin:.1f} s and overlay {overlay - begin:.1f} s after a worker was back")


async def on_the_page(chosen, folder, draw):
    folder.mkdir()
    worker = Worker(chosen.programs)
    server = None
    try:
        write_png(folder / "image.png", WIDTH, HEIGHT, 1, 8, texture(draw, WIDTH, HEIGHT, 1, 255))
        server = Server(chosen.programs, [folder / "image.png"], folder, "--workers", worker.url, port=chosen.port)
        client = Client(server).visit()
        image = client.call("GET", "project")["images"][0]
        painter = Painter(draw, [image], [1, 2])
        client.append(painter.stroke(1, "brush"), painter.stroke(2, "brush"))
        async with browser.browsing() as context:
            tab = await browser.Tab.open(context, f"http://127.0.0.1:{server.port}/")
            await tab.wait("() => coppiceApp.live.state?.model && !coppiceApp.live.state.isTraining", None, "a model")
            worker.kill()
            await tab.stroke(draw)
            words = "() => /[Ww]orker/.test(document.querySelector('#message').textContent + document.querySelector('#live p').textContent)"
            await tab.wait(words, None, "words on workers that are gone")
            said = (await tab.page.locator("#live p").text_content(), await tab.page.locator("#message").text_content())
            later = await browser.Tab.open(context, f"http://127.0.0.1:{server.port}/")
            await later.wait(words, None, "words on workers that are gone, in a tab that is opened later")
            for _ in range(3):
                await tab.stroke(draw)
            await tab.wait("() => coppiceApp.project.outbox.waiting.length === 0", None, "strokes to be acknowledged without workers")
            shapes = len(client.shapes(image["id"]))
            if shapes != 6:
                raise Fault(f"expected 6 shapes, found {shapes}")
            worker.start()
            await tab.wait("""() => {
              const { state, coverage } = coppiceApp.live;
              const last = coppiceApp.project.sequence;
              return state.model?.labelSequence === last && state.stale === 0 && coverage && coverage.exact + coverage.live + coverage.preview >= 0.99;
            }""", None, "the overlay of the newest stroke")
            await tab.wait("() => !/[Ww]orker/.test(document.querySelector('#live p').textContent)", None, "the words to end")
        server.end()
        return f"the page said \"{said[0]}\" and \"{said[1]}\""
    finally:
        if server:
            server.close()
        if worker.process.poll() is None:
            worker.kill()


def main():
    chosen = options()
    if chosen.sample:
        chosen.kills = 4
    draw, faults, lines = random.Random(chosen.seed), [], []
    with tempfile.TemporaryDirectory(prefix="workers") as folder:
        folder = pathlib.Path(folder)

        def attempt(name, part):
            try:
                lines.append(f"{name}: {part()}")
            except Fault as fault:
                faults.append(f"{name}: {fault}")

        def delays(values):
            return f"{len(values)} kills, overlay p50 {percentile(values, 0.5):.2f}, p95 {percentile(values, 0.95):.2f}, longest {max(values):.2f} s"

        def given():
            values, words = given_workers(chosen, folder / "given", draw)
            return f"{delays(values)}; all dead: {'; '.join(words)}"

        attempt("local workers", lambda: delays(local_workers(chosen, folder / "local", draw)))
        attempt("given workers", given)
        why = browser.missing()
        if why:
            lines.append(f"page: skipped: {why}")
        else:
            attempt("page", lambda: asyncio.run(on_the_page(chosen, folder / "page", draw)))
    for line in lines:
        print(f"    {line}")
    for fault in faults:
        print(f"    fault: {fault}")
    print(f"lost workers: seed {chosen.seed}: {len(lines)} of 3 parts well, {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
