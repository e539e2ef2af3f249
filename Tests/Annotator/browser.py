"""Tabs of a real browser that paint in the page, for scripts that end some of them. Needs Playwright and Chromium (Tests/Browser/setup.sh)."""
import asyncio
import contextlib
import os
import pathlib

from served import Fault, descendants

try:
    from playwright.async_api import Error as BrowserError
    from playwright.async_api import TimeoutError as BrowserTimeout
    from playwright.async_api import async_playwright
except ImportError:
    async_playwright = None

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
WAIT_MS = 60_000

# What the page keeps for later, and what it takes for acknowledged, is told to the script, as long as the tab lives.
WATCH_OUTBOX = """
for (const [method, tell] of [["put", "coppiceKept"], ["delete", "coppiceAcknowledged"]]) {
  const original = IDBObjectStore.prototype[method];
  IDBObjectStore.prototype[method] = function (value, ...rest) {
    const request = original.call(this, value, ...rest);
    if (this.name === "outbox") this.transaction.addEventListener("complete", () => globalThis[tell]?.(method === "put" ? value.id : value));
    return request;
  };
}
"""
# The page keeps its parts to itself; one line more lets the script look at them.
PARTS = "const app = { canvas, messages, Viewer };"


def missing():
    """Why no browser can be driven here; nothing if one can."""
    if async_playwright is None:
        return "Playwright is not installed"
    return None if os.path.exists(CHROMIUM) else f"{CHROMIUM} is not there"


@contextlib.asynccontextmanager
async def browsing(width=900, height=640):
    """A browser with one context, which is one person."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            context = await browser.new_context(viewport={"width": width, "height": height})
            context.set_default_timeout(WAIT_MS)
            await context.route("**/page/main.js", with_parts)
            yield context
        finally:
            await browser.close()


async def with_parts(route):
    try:
        answer = await route.fetch()
        text = await answer.text()
    except BrowserError:
        # The server is away: the page sees it as it is.
        with contextlib.suppress(BrowserError):
            await route.abort()
        return
    if PARTS not in text:
        raise Fault("main.js: expected the line that makes the page's parts, found none; see browser.py")
    with contextlib.suppress(BrowserError):
        await route.fulfill(response=answer, body=text.replace(PARTS, f"{PARTS} globalThis.coppiceApp = app;"))


def renderers():
    """Processes of tabs and their workers of browsers that this script has started."""
    found = []
    for pid, _ in descendants(os.getpid()):
        with contextlib.suppress(OSError):
            if b"--type=renderer" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


class Tab:
    """A tab with an image open, ready to paint in."""

    # Tabs whose process has ended.
    lost = 0

    def __init__(self, page):
        self.page, self.isLost = page, False
        page.on("crash", lambda _: self.lose())

    def lose(self):
        self.isLost = True
        Tab.lost += 1

    @classmethod
    async def open(cls, context, url):
        """A new tab, once it can be painted in. Raises BrowserError if it ends before, or a part of the page does not come."""
        tab = cls(await context.new_page())
        failed = asyncio.Event()
        tab.page.on("requestfailed", lambda request: failed.set() if "/page/" in request.url else None)
        tab.page.on("crash", lambda _: failed.set())
        ready, ended = asyncio.ensure_future(tab.load(url)), asyncio.ensure_future(failed.wait())
        try:
            await asyncio.wait([ready, ended], return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                raise BrowserError("the tab was not loaded")
            await ready
            return tab
        except BaseException:
            ready.cancel()
            await tab.close()
            with contextlib.suppress(BrowserError, asyncio.CancelledError):
                await ready
            raise
        finally:
            ended.cancel()

    async def load(self, url):
        await self.page.goto(url)
        await self.page.wait_for_function("() => globalThis.coppiceApp?.painter?.image && coppiceApp.stream.isOpen && coppiceApp.viewer.view")
        self.box = await self.page.locator("#canvas").bounding_box()

    async def stroke(self, draw, steps=4):
        """Drags the brush over the canvas, as a hand does."""
        box, mouse = self.box, self.page.mouse
        x, y = (draw.uniform(0.25, 0.75) * box[side] + box[start] for side, start in (("width", "x"), ("height", "y")))
        await mouse.move(x, y)
        await mouse.down()
        for _ in range(steps):
            x, y = x + draw.uniform(-25, 25), y + draw.uniform(-25, 25)
            await mouse.move(x, y)
        await mouse.up()

    async def ask(self, script, *arguments):
        return await self.page.evaluate(script, *arguments)

    async def wait(self, script, argument=None, what="", seconds=60):
        """Waits for a condition on the page."""
        try:
            await self.page.wait_for_function(script, arg=argument, timeout=seconds * 1000)
        except BrowserTimeout:
            words = await self.page.locator("#live p").text_content()
            raise Fault(f"expected {what} within {seconds} s; the page says: {words}") from None

    async def left(self):
        """Operations that no server has acknowledged, of all tabs of the browser."""
        return await self.ask("""() => new Promise((resolve, reject) => {
          const request = indexedDB.open("coppice");
          request.onerror = () => reject(request.error);
          request.onsuccess = () => {
            const count = request.result.transaction("outbox").objectStore("outbox").count();
            count.onsuccess = () => { request.result.close(); resolve(count.result); };
          };
        })""")

    async def close(self):
        # A tab whose process is gone may not answer.
        with contextlib.suppress(BrowserError, asyncio.TimeoutError):
            await asyncio.wait_for(self.page.close(), 10)
