#!/usr/bin/env python3
"""Kills the server, its workers and the browser's tabs while strokes are being sent: what was acknowledged must be there, once.

    python3 Tests/Annotator/kills.py --kills 200                # after Deploy/build.sh
    python3 Tests/Annotator/kills.py --kills 50 --seed 7
    python3 Tests/Annotator/kills.py --sample                   # some seconds, for CI

Painters by the API (a thread and a person each) and tabs of a real browser (one person) paint with every tool. What is not acknowledged
is sent again with the same ids, as the page does. The seed draws what is killed with SIGKILL, and when: the server (also while it
starts), a local worker, or the process of a tab, in which the stream of all tabs may live. After each end of the server its workers must
end, the database must be sound, and the log must hold all that was acknowledged, once, at the same places.

At the end everything is sent; the log must hold each operation once, the project the shapes that the log comes to, and every tab all of
it; a person who comes back can undo and redo; strokes that a killed tab had kept in the browser are there. The instants depend on the
machine. Standard library only; without Playwright the tabs are left out.
"""
import argparse
import asyncio
import contextlib
import http.client
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import browser
from images import texture, write_png
from painting import Painter, folded
from served import Client, EventStream, Fault, Server, find_programs, is_there, new_id, percentile, wait_until

KINDS = {"server": 4, "starting server": 1, "worker": 3, "tab": 3}
TABS = 3


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--painters", type=int, default=3)
    parser.add_argument("--sample", action="store_true", help="12 kills")
    parser.add_argument("--no-tabs", action="store_true", help="leave the browser out")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--programs", type=pathlib.Path, default=find_programs())
    return parser.parse_args()


class Ledger:
    """What was sent and what was acknowledged, of all painters."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged, self.latencies, self.faults, self.resent = {}, [], [], 0

    def accept(self, accepted, milliseconds):
        with self.lock:
            self.latencies.append(milliseconds)
            for one in accepted:
                self.note(one["id"], one["sequence"])

    def note(self, id, sequence):
        known = self.acknowledged.setdefault(id, sequence)
        if known is None:
            self.acknowledged[id] = sequence
        elif sequence is not None and known != sequence:
            self.faults.append(f"operation {id}: acknowledged as {known} and as {sequence}")

    def page_said(self, id):
        with self.lock:
            self.acknowledged.setdefault(id, None)

    def fault(self, text):
        with self.lock:
            self.faults.append(text)


class PainterThread(threading.Thread):
    """Somebody with an outbox of their own, who sends what waits until it is acknowledged."""

    def __init__(self, server, ledger, draw, images, classes):
        super().__init__(daemon=True)
        self.ledger, self.draw = ledger, draw
        self.client = Client(server).visit()
        self.painter = Painter(draw, images, classes)
        self.waiting, self.made, self.stopped = [], [], threading.Event()
        self.may_send = threading.Event()

    def run(self):
        while not self.stopped.is_set() or self.waiting:
            if not self.stopped.is_set() and len(self.waiting) < 40:
                new = [self.painter.operation() for _ in range(self.draw.choice([1, 1, 1, 3]))]
                self.waiting += new
                self.made += [one["id"] for one in new]
            if self.waiting and not self.send(self.waiting[:200]):
                return
            self.stopped.wait(self.draw.uniform(0.02, 0.25))

    def send(self, batch):
        """Sends some of what waits; false when it was refused for good."""
        begin = time.monotonic()
        try:
            answer = self.client.send("POST", "/api/v1/operations", {"operations": batch})
        except (OSError, http.client.HTTPException):
            self.ledger.resent += len(batch)
            # As the page does, but sooner.
            self.stopped.wait(0.05)
            return True
        if answer.status == 200:
            accepted = answer.json["accepted"]
            self.ledger.accept(accepted, 1000 * (time.monotonic() - begin))
            done = {one["id"] for one in accepted}
            self.waiting = [one for one in self.waiting if one["id"] not in done]
            return True
        if answer.status >= 500 or answer.status == 429:
            return True
        self.ledger.fault(f"painter: refused: {answer}")
        return False


class Tabs:
    """The browser's tabs, which paint until they are told to stop; a killed one is replaced."""

    def __init__(self, context, url, ledger, draw):
        self.context, self.url, self.ledger, self.draw = context, url, ledger, draw
        self.kept, self.tabs, self.tasks, self.stops, self.strokes = set(), [], [], False, 0

    def keep(self, id):
        self.kept.add(id)

    async def open(self):
        await self.context.expose_function("coppiceKept", self.keep)
        await self.context.expose_function("coppiceAcknowledged", self.ledger.page_said)
        await self.context.add_init_script(browser.WATCH_OUTBOX)
        self.tabs = [await browser.Tab.open(self.context, self.url) for _ in range(TABS)]
        self.tasks = [asyncio.create_task(self.paint(place, random.Random(self.draw.random()))) for place in range(TABS)]

    async def paint(self, place, draw):
        while not self.stops:
            tab = self.tabs[place]
            try:
                await tab.stroke(draw)
                self.strokes += 1
                await asyncio.sleep(draw.uniform(0.05, 0.3))
            except browser.BrowserError:
                # The page says so a little later than its end.
                await asyncio.sleep(0.05)
            if tab.isLost and not self.stops:
                await self.replace(place)

    async def replace(self, place):
        await self.tabs[place].close()
        while True:
            try:
                self.tabs[place] = await browser.Tab.open(self.context, self.url)
                return
            except browser.BrowserError:
                # The server may be away, or the new tab was the next to be killed.
                await asyncio.sleep(0.1)

    async def kill(self):
        """Kills processes of the browser until a tab is lost: some are held ready for tabs to come. Returns whether one was."""
        processes = browser.renderers()
        self.draw.shuffle(processes)
        lost = browser.Tab.lost
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            for _ in range(20):
                await asyncio.sleep(0.01)
                if browser.Tab.lost > lost:
                    return True
        return False

    async def stop(self):
        self.stops = True
        await asyncio.gather(*self.tasks)
        for place, tab in enumerate(self.tabs):
            if tab.isLost:
                await self.replace(place)


class Soak:
    def __init__(self, chosen, folder):
        self.chosen, self.folder = chosen, folder
        self.draw = random.Random(chosen.seed)
        self.kills = dict.fromkeys(KINDS, 0)
        self.ledger, self.checks, self.tabs = Ledger(), 0, None

    async def play(self):
        image = self.folder / "image.png"
        write_png(image, 500, 400, 1, 8, texture(self.draw, 500, 400, 1, 255))
        self.server = Server(self.chosen.programs, [image], self.folder, "--local", "2", port=self.chosen.port)
        self.database = self.folder / "coppice-project/project.sqlite"
        try:
            client = Client(self.server).visit()
            self.images = client.call("GET", "project")["images"]
            client.append({"id": new_id(), "kind": "setSettings", "settings": {"forest": {"trees": 10}, "features": {"sigmaMax": 2}}})
            client.close()
            self.painters = [PainterThread(self.server, self.ledger, random.Random(self.draw.random()), self.images, [1, 2])
                             for _ in range(self.chosen.painters)]
            why = "left out as told" if self.chosen.no_tabs else browser.missing()
            if why:
                print(f"tabs are skipped: {why}", flush=True)
                await self.soak(None)
            else:
                async with browser.browsing() as context:
                    await self.soak(context)
            self.server.end()
            self.check_database()
        finally:
            self.server.close()

    async def soak(self, context):
        if context is not None:
            self.tabs = Tabs(context, f"http://127.0.0.1:{self.server.port}/", self.ledger, self.draw)
            await self.tabs.open()
        for painter in self.painters:
            painter.start()
        names = [name for name in KINDS if name != "tab" or self.tabs]
        while sum(self.kills.values()) < self.chosen.kills and not self.ledger.faults:
            await asyncio.sleep(self.draw.uniform(0.05, 1.2))
            await self.hit(self.draw.choices(names, [KINDS[name] for name in names])[0])
            if any(not painter.is_alive() for painter in self.painters):
                raise Fault("a painter has ended")
        await self.settle()

    async def hit(self, name):
        if name == "tab":
            self.kills[name] += await self.tabs.kill()
        elif name == "worker":
            workers = self.server.workers
            if workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.draw.choice(workers), signal.SIGKILL)
                    self.kills[name] += 1
        else:
            # The browser goes on meanwhile.
            await asyncio.to_thread(self.hit_server, name)

    def hit_server(self, name):
        left = self.server.kill()
        self.kills["server"] += 1
        for pid in left:
            wait_until(lambda pid=pid: not is_there(pid), f"worker {pid} of the killed server to end", 30)
        with self.ledger.lock:
            acknowledged = dict(self.ledger.acknowledged)
        self.check_database()
        if name == "starting server":
            command = [str(self.chosen.programs / "coppice"), "serve", *self.server.inputs, "--port", str(self.server.port), "--local", "2"]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                time.sleep(self.draw.uniform(0, 0.4))
                process.kill()
            self.kills[name] += 1
        self.server.start()
        self.check_log(self.log(), acknowledged)

    def check_database(self):
        """Opens a copy of what the ended server has left, as the next one will."""
        copy = self.folder / "copy"
        copy.mkdir()
        for file in self.database.parent.glob("project.sqlite*"):
            shutil.copy(file, copy)
        with contextlib.closing(sqlite3.connect(copy / "project.sqlite")) as database:
            found = database.execute("PRAGMA integrity_check").fetchall()
        shutil.rmtree(copy)
        if found != [("ok",)]:
            raise Fault(f"integrity_check: expected ok, found {found[:5]}")

    def log(self):
        client = Client(self.server, person=self.painters[0].client.person)
        stream = EventStream(client)
        log = list(stream.log)
        stream.close()
        client.close()
        return log

    def check_log(self, log, acknowledged):
        self.checks += 1
        places = {}
        for index, one in enumerate(log):
            if one["sequence"] != index + 1:
                raise Fault(f"log: expected operation {index + 1}, found {one['sequence']}")
            if one["id"] in places:
                raise Fault(f"log: operation {one['id']} is there as {places[one['id']]} and as {one['sequence']}")
            places[one["id"]] = one["sequence"]
        for id, sequence in acknowledged.items():
            if id not in places:
                raise Fault(f"operation {id} was acknowledged as {sequence} and is not there")
            if sequence is not None and places[id] != sequence:
                raise Fault(f"operation {id} was acknowledged as {sequence} and is {places[id]}")

    async def settle(self):
        """Lets everything be sent, and looks at all that has become of it."""
        if self.tabs:
            await self.tabs.stop()
            for _ in range(600):
                if await self.tabs.tabs[0].left() == 0:
                    break
                await asyncio.sleep(0.1)
            else:
                self.ledger.fault(f"tabs: {await self.tabs.tabs[0].left()} operations are still waiting after a minute")
        for painter in self.painters:
            painter.stopped.set()
        for painter in self.painters:
            await asyncio.to_thread(painter.join, 60)
            if painter.waiting:
                self.ledger.fault(f"painter: {len(painter.waiting)} operations are still waiting after a minute")
        log = await asyncio.to_thread(self.log)
        self.check_log(log, self.ledger.acknowledged)
        ids = {one["id"] for one in log}
        made = [id for painter in self.painters for id in painter.made] + (sorted(self.tabs.kept) if self.tabs else [])
        if lost := [id for id in made if id not in ids]:
            self.ledger.fault(f"{len(lost)} operations were made and are not there, such as {lost[0]}")
        if self.tabs:
            await self.check_tabs(log)
        await asyncio.to_thread(self.check_project)
        self.operations = len(log)

    async def check_tabs(self, log):
        for number, tab in enumerate(self.tabs.tabs):
            try:
                await tab.wait("count => coppiceApp.project.sequence >= count", len(log), f"all {len(log)} operations in tab {number}", 30)
            except Fault as fault:
                self.ledger.fault(str(fault))
        # Undo after a reload, by its key.
        tab = self.tabs.tabs[0]
        await tab.page.reload()
        await tab.wait("count => globalThis.coppiceApp?.project.sequence >= count && coppiceApp.painter.image", len(log), "the page again")
        last = await tab.ask("() => { let last = null; const app = coppiceApp; const undo = app.project.undo; app.project.undo = function () { last = undo.call(this); globalThis.coppiceLast = last?.id; return last; }; return app.project.canUndo; }")
        if not last:
            return self.ledger.fault("undo after a reload: there is nothing to undo")
        await tab.page.locator("#canvas").press("Control+z")
        await tab.wait("() => globalThis.coppiceLast && coppiceApp.project.outbox.waiting.length === 0", None, "an undo that is acknowledged")
        undone = await tab.ask("() => coppiceLast")
        end = await asyncio.to_thread(self.log)
        if (end[-1]["kind"], end[-1].get("operation")) != ("undo", undone):
            self.ledger.fault(f"undo after a reload: expected an undo of {undone}, found {end[-1]}")

    def check_project(self):
        """Who comes back with the same cookie can undo, and redo; shapes are those of the log."""
        for painter in self.painters:
            client = Client(self.server, person=painter.client.person)
            log = self.log()
            image = self.images[0]["id"]
            for kind in ("undo", "redo"):
                self.check_shapes(client, image, log)
                last = painter.painter.undoable[-1]
                client.append({"id": new_id(), "kind": kind, "operation": last})
                log = self.log()
            self.check_shapes(client, image, log)
            client.close()

    def check_shapes(self, client, image, log):
        found, expected = [shape["id"] for shape in client.shapes(image)], folded(log)
        if found != expected:
            wrong = set(found) ^ set(expected)
            self.ledger.fault(f"shapes: expected {len(expected)} as in the log, found {len(found)}, {len(wrong)} of them others")


def main():
    chosen = options()
    if chosen.sample:
        chosen.kills = 12
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kills") as folder:
        soak = Soak(chosen, pathlib.Path(folder))
        try:
            asyncio.run(soak.play())
        except Fault as fault:
            soak.ledger.faults.append(str(fault))
            print(soak.server.message, file=sys.stderr)
    for fault in soak.ledger.faults[:20]:
        print(f"    {fault}")
    kills = ", ".join(f"{count} × {name}" for name, count in soak.kills.items())
    strokes = f", {soak.tabs.strokes} strokes of tabs, {browser.Tab.lost} tabs lost" if soak.tabs else ""
    print(f"kills: seed {chosen.seed}: {sum(soak.kills.values())} kills ({kills}){strokes}, {len(soak.ledger.acknowledged)} acknowledged operations, "
          f"{soak.checks} checks of the log, {len(soak.ledger.faults)} faults; acknowledgement p50 {percentile(soak.ledger.latencies, 0.5):.1f}, "
          f"p95 {percentile(soak.ledger.latencies, 0.95):.1f} ms; {time.monotonic() - begin:.0f} s")
    sys.exit(1 if soak.ledger.faults else 0)


if __name__ == "__main__":
    main()
