#!/bin/sh
# Makes the environment of the browser tests: Debian's Chromium, and Playwright and axe of pinned versions in .venv-browser.
#
#     Tests/Browser/setup.sh
#
# Debian moves Chromium with its security updates, Playwright expects one version: both are printed, and the pair is tried.
set -eu
cd "$(dirname "$0")/../.."

if ! command -v chromium >/dev/null; then
    echo "installing chromium"
    if [ "$(id -u)" = 0 ]; then apt-get install -y chromium >/dev/null; else sudo apt-get install -y chromium >/dev/null; fi
fi
[ -x .venv-browser/bin/python ] || python3 -m venv .venv-browser
.venv-browser/bin/pip install --quiet --disable-pip-version-check playwright==1.64.1 axe-playwright-python==0.1.8 pytest==8.3.5

echo "chromium: $(chromium --version 2>/dev/null)"
echo "playwright: $(.venv-browser/bin/pip show playwright 2>/dev/null | sed -n 's/^Version: //p')"
.venv-browser/bin/python - <<'PYTHON'
from playwright.sync_api import sync_playwright

try:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page()
        page.set_content("<canvas width=4 height=4></canvas>")
        drawn = page.evaluate("""() => {
            const context = document.querySelector("canvas").getContext("2d");
            context.fillStyle = "#123456";
            context.fillRect(0, 0, 4, 4);
            return [...context.getImageData(1, 1, 1, 1).data];
        }""")
        assert drawn == [0x12, 0x34, 0x56, 255], drawn
        browser.close()
except Exception as error:
    raise SystemExit(f"browser pair: this Playwright and this Chromium do not work together: {error}")
print("browser pair: works")
PYTHON
