"""The checks of documents find what they are for: python -m unittest test_checks"""
import pathlib
import tempfile
import unittest

import check_pages
import markdown
import run_commands

PAGE = """# One `coppice` page: what it is

See [the other](Other.md#second-part), [this](#again-1), ![a picture](picture.png) and `[code](nowhere.md)`.

## Again
## Again

<!-- runnable -->
```sh
echo [no link](nowhere.md)
```

```sh
false
```
<!-- not run: it takes a cluster -->

```sh
srun coppice-worker
```
"""
OTHER = "# Other\n\n## Second part!\n"


class Repository(unittest.TestCase):
    """Two pages and a picture in a folder of their own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "Docs").mkdir()
        (self.root / "README.md").write_text(PAGE)
        (self.root / "Other.md").write_text(OTHER)
        (self.root / "picture.png").write_bytes(b"")


class Pages(Repository):
    def links(self):
        return list(check_pages.faults_of_links(self.root))

    def test_a_page_whose_links_resolve_has_no_fault(self):
        self.assertEqual(self.links(), [])

    def test_a_link_to_a_file_that_is_gone_is_found(self):
        (self.root / "picture.png").unlink()
        self.assertEqual(self.links(), ["README.md:3: picture.png: no such file"])

    def test_a_link_to_a_heading_that_is_gone_is_found(self):
        (self.root / "Other.md").write_text(OTHER.replace("Second", "Third"))
        self.assertEqual(self.links(), ["README.md:3: Other.md#second-part: no such heading"])

    def test_a_link_out_of_the_repository_is_found(self):
        (self.root / "Docs/Page.md").write_text("[up](../../elsewhere.md)")
        self.assertEqual(self.links(), ["Docs/Page.md:1: ../../elsewhere.md: leads out of the repository"])

    def test_a_long_line_and_too_many_lines_are_found(self):
        path = self.root / "README.md"
        self.assertEqual(list(check_pages.faults_of_length(path)), [])
        path.write_text("x" * 141 + "\n" * 121)
        self.assertEqual(len(list(check_pages.faults_of_length(path))), 2)

    def test_anchors_are_those_of_hosting_sites(self):
        self.assertEqual(markdown.read(PAGE).anchors, {"one-coppice-page-what-it-is", "again", "again-1"})


class Commands(Repository):
    def test_blocks_are_what_the_line_before_them_says(self):
        self.assertEqual([block.kind for block in markdown.read(PAGE).blocks], ["runnable", None, "not run"])

    def test_a_block_that_says_nothing_is_found_and_so_is_a_missing_reason(self):
        self.assertEqual(len(list(run_commands.unsaid(self.root))), 1)
        (self.root / "README.md").write_text(PAGE.replace(": it takes a cluster", ""))
        self.assertEqual(len(list(run_commands.unsaid(self.root))), 2)

    def block(self, text, kind="runnable"):
        run_commands.run(markdown.Block(1, text, kind, None), self.root, self.root)

    def test_a_block_passes_only_if_each_of_its_commands_does(self):
        self.block("true\ntrue\n")
        for text in ("false\ntrue\n", "false | true\n", "coppice-that-is-not-there\n"):
            with self.assertRaises(run_commands.Fault):
                self.block(text)

    def test_a_block_that_serves_prints_an_address_that_answers(self):
        self.block("python3 -u -c '" + SERVER + "'\n", "serves")
        with self.assertRaises(run_commands.Fault):
            self.block("echo nothing\n", "serves")


SERVER = """
import http.server
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(f"http://127.0.0.1:{server.server_port}/")
server.serve_forever()
"""


if __name__ == "__main__":
    unittest.main()
