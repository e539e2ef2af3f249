#!/usr/bin/env bash
# Makes the environment of the browser tests: Debian's Chromium and a font, and the locked Python packages in .venv-browser.
# usage: Tests/Browser/setup.sh
#
# Debian moves Chromium with its security updates, Playwright is pinned: both are printed, and whether the pair works is tried.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

Deploy/packages.sh install browser
Deploy/python.sh .venv-browser Tests/Browser

echo "browser: $(chromium --version 2>/dev/null), Playwright $(.venv-browser/bin/pip show playwright 2>/dev/null | sed -n 's/^Version: //p')"
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
    raise SystemExit(f"browser: this Playwright and this Chromium do not work together: {error}")
PYTHON
