"""What the server sends: a small page, under a policy without exceptions, and nothing from anywhere else."""
import http.client
import pathlib
import re
import urllib.parse

import pytest

from conftest import Annotator

PAGE = pathlib.Path(__file__).parents[2] / "Sources/Coordinator/Annotator/Page"
BYTES_MAX = 150_000
POLICY = {
    "default-src": ["'none'"], "script-src": ["'self'"], "style-src": ["'self'"], "img-src": ["'self'", "blob:"], "connect-src": ["'self'"], "worker-src": ["'self'"],
    "base-uri": ["'none'"], "form-action": ["'none'"], "frame-ancestors": ["'none'"],
}


def ask(url, path):
    """The answer to a plain request: its status, headers, and the length of its body as it was sent."""
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        return answer.status, answer.headers, len(answer.read())
    finally:
        connection.close()


def files():
    return [path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*") if path.is_file()]


@pytest.mark.sample
def test_the_policy_has_no_exceptions(url):
    for path in ("/", "/page/main.js", "/page/viewer/paint-worker.js", "/api/v1/project", "/nothing"):
        _, headers, _ = ask(url, path)
        policy = {name: values for name, *values in (part.split() for part in headers["Content-Security-Policy"].split(";"))}
        assert policy == POLICY, path
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
    markup = (PAGE / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", markup)


@pytest.mark.sample
def test_the_page_is_small_and_comes_from_here(browser, url, watch):
    # Without the routes of `--page`: what the program sends.
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    watch.follow(context)
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    names, sent, with_headers = {}, {}, {}

    def count(event):
        sent[event["requestId"]] = sent.get(event["requestId"], 0) + event["encodedDataLength"]

    client.on("Network.responseReceived", lambda event: names.update({event["requestId"]: urllib.parse.urlsplit(event["response"]["url"]).path}))
    client.on("Network.dataReceived", count)
    client.on("Network.loadingFinished", lambda event: with_headers.update({event["requestId"]: event["encodedDataLength"]}))
    annotator = Annotator(page, url).open()
    annotator.panel("look")
    page.get_by_role("img", name="Histogram").wait_for()
    of_page = {names[one]: size for one, size in sent.items() if names[one] == "/" or names[one].startswith("/page/")}
    assert len(of_page) > 50 and of_page["/page/main.js"] > 1000, of_page
    # What workers load is not in the page's log.
    for name in files():
        if f"/page/{name}" not in of_page and name != "index.html":
            status, _, size = ask(url, f"/page/{name}")
            assert status == 200, name
            of_page[f"/page/{name}"] = size
    headers = sum(with_headers[one] - sent[one] for one in with_headers if names[one].startswith("/page/"))
    print(f"{sum(of_page.values())} bytes in {len(of_page)} files; their headers are {headers} bytes more")
    assert sum(of_page.values()) <= BYTES_MAX
    context.close()
    assert not watch.unexpected()


def test_every_file_of_the_page_is_in_the_program(url):
    for name in files():
        status, headers, _ = ask(url, f"/page/{name}")
        assert status == 200, name
        assert headers["Content-Encoding"] == "gzip"
