"""A copy of the repository with few targets, in which mutants are built and tested. What is built stays for the next one."""
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

COPIED = ("Package.swift", "Sources", "Tests/CoreTests", "Tests/CoordinatorTests")
BUILD_SECONDS_MAX = 3600
TEST_SECONDS_MAX = 1800  # Of the code as it is; mutants have less.
TEST_KIBIBYTES_MAX = 8 << 20  # Of addresses: a mutant that takes ever more memory ends.

# Added to the root's manifest, so that versions, settings and paths are written down in one place.
MANIFEST = """

// Added by Tests/Mutation: of some targets only some files and what these import, and of all targets only what the tests need.
let parts: [String: (sources: [String], modules: Set<String>)] = [
%s
]
func name(_ dependency: Target.Dependency) -> String {
    switch dependency {
    case .targetItem(let name, _), .byNameItem(let name, _), .productItem(let name, _, _, _): name
    @unknown default: ""
    }
}
for target in package.targets {
    guard let part = parts[target.name] else { continue }
    target.sources = part.sources
    target.dependencies.removeAll { !part.modules.contains(name($0)) }
}
var needed: Set = ["CoreTests", "CoordinatorTests"]
while true {
    let more = needed.union(package.targets.filter { needed.contains($0.name) }.flatMap { $0.dependencies.map(name) })
    if more == needed { break }
    needed = more
}
package.targets.removeAll { !needed.contains($0.name) }
package.products = []
let packages = package.targets.flatMap(\\.dependencies).compactMap { dependency -> String? in
    guard case .productItem(_, let package?, _, _) = dependency else { return nil }
    return package
}
package.dependencies.removeAll { dependency in
    guard case .sourceControl(_, let location, _) = dependency.kind else { return false }
    return !packages.contains { location.hasSuffix("/\\($0)") }
}
"""


class Fault(Exception):
    """Something is wrong with the script, the repository or the machine, and not with a mutant."""


@dataclass
class Outcome:
    kind: str  # passed, failed, crashed, late or unclear
    detail: str = ""  # The tests that failed, the crash's message or the limit.
    seconds: float = 0


class Workspace:
    """Not to be used by two threads."""

    def __init__(self, repository, folder, parts, report):
        self.repository, self.folder, self.parts, self.report = Path(repository), Path(folder), parts, report
        self.deadlines = {}  # By group of suites, in seconds: far above what they take with the code as it is.

    # Making

    def prepare(self, groups):
        """Copies, builds, and runs groups of suites with the code as it is."""
        self.copy()
        self.report(f"{self.folder.name}: builds; the first time this takes minutes")
        begun = time.monotonic()
        outcome = self.build()
        if outcome.kind != "passed":
            raise Fault(f"{self.folder.name}: the code as it is does not build: {outcome.detail}; all of it: {self.log}")
        self.report(f"{self.folder.name}: built in {time.monotonic() - begun:.0f} s")
        for suites in groups:
            outcome = self.test(suites)
            if outcome.kind != "passed":
                raise Fault(f"{self.folder.name}: the code as it is fails: {outcome.detail}; all of it: {self.log}")
            output = self.log.read_text(errors="replace")
            for suite in suites:
                if not re.search(rf"Suite {suite} passed", output):
                    raise Fault(f"{self.folder.name}: the suite {suite} has not run: see {self.log}")
            self.deadlines[suites] = 20 + 5 * outcome.seconds
            self.report(f"{self.folder.name}: {', '.join(suites)} in {outcome.seconds:.0f} s")

    def copy(self):
        """Copies what differs, so that what has not changed is not built again, and removes what is no more."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *COPIED],
            cwd=self.repository, check=True, capture_output=True).stdout.decode().split("\0")
        contents = {name: (self.repository / name).read_bytes() for name in listed if name and (self.repository / name).is_file()}
        contents["Package.swift"] = self.manifest(contents["Package.swift"].decode()).encode()
        pins = self.repository / "Package.resolved"
        if pins.exists() and not (self.folder / "Package.resolved").exists():
            contents["Package.resolved"] = pins.read_bytes()
        for top in ("Sources", "Tests"):
            for path in (self.folder / top).rglob("*"):
                if path.is_file() and str(path.relative_to(self.folder)) not in contents:
                    path.unlink()
        for name, content in contents.items():
            target = self.folder / name
            if not target.exists() or target.read_bytes() != content:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)

    def manifest(self, root):
        """The root's manifest without the targets that are not needed. Warnings are none of a mutant's faults."""
        lines = []
        for target, part in self.parts.items():
            sources = self.sources(part)
            imported = set()
            for source in sources:
                text = (self.repository / part.folder / source).read_text()
                imported |= set(re.findall(r"^\s*(?:@\w+ |\w+ )*import (?:struct |class |enum |func )?(\w+)", text, re.M))
            lines.append(f'    "{target}": ({swift(sources)}, {swift(sorted(imported))}),')
        return re.sub(r"\s*\.treatAllWarnings\(as: \.error\),?", "", root) + MANIFEST % "\n".join(lines)

    def sources(self, part):
        folder, files = self.repository / part.folder, set()
        for pattern in part.files:
            matches = {str(path.relative_to(folder)) for path in folder.glob(pattern.removeprefix("-"))}
            if not matches:
                self.report(f"warning: nothing matches {part.folder}/{pattern.removeprefix('-')} of decisions.py")
            files = files - matches if pattern.startswith("-") else files | matches
        return sorted(files)

    # Running

    @property
    def log(self):
        return self.folder / "last.log"

    def write(self, path, source):
        (self.folder / path).write_text(source)

    def build(self):
        outcome = self.run(["swift", "build", "--build-tests"], BUILD_SECONDS_MAX)
        if outcome.kind not in ("passed", "late"):
            errors = re.findall(r"error: (.*)", self.log.read_text(errors="replace"))
            outcome.detail = errors[0] if errors else "no error is named"
        return outcome

    def test(self, suites):
        command = ["swift", "test", "--skip-build"]
        for suite in suites:
            command += ["--filter", rf"\.{suite}/"]
        outcome = self.run(command, self.deadlines.get(suites, TEST_SECONDS_MAX))
        if outcome.kind == "failed":
            outcome.kind, outcome.detail = verdict(self.log.read_text(errors="replace"))
        return outcome

    def run(self, command, seconds_max):
        """Runs a command to its end, or kills it with all that it has started."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COPPICE_")}
        # A few tests at a time, as in Tests/run.sh; and no backtraces, which take long.
        environment |= {
            "SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH": str(2 * (os.cpu_count() or 1)), "SWIFT_BACKTRACE": "enable=no"}

        limits = "ulimit -c 0; " + (f"ulimit -v {TEST_KIBIBYTES_MAX}; " if command[1] == "test" else "")
        begun = time.monotonic()
        with open(self.log, "wb") as log:
            process = subprocess.Popen(
                ["sh", "-c", limits + 'exec "$@"', "sh", *command], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
            running.add(process)
            try:
                status = process.wait(seconds_max)
            except subprocess.TimeoutExpired:
                return Outcome("late", f"longer than {seconds_max:.0f} s", time.monotonic() - begun)
            finally:
                end(process)
        return Outcome("passed" if status == 0 else "failed", f"status {status}", time.monotonic() - begun)


running = set()  # Processes of all workspaces.


def end(process):
    """Ends a process with all that it has started, such as what a crash or a limit leaves behind."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    running.discard(process)


def end_all():
    for process in list(running):
        end(process)


def verdict(output):
    """What a test run that failed says of it."""
    failed = re.findall(r"^\S+ Test (?!run\b|case\b)(.+?)(?: with \d+ test cases?)? failed after", output, re.M)
    if failed:
        return "failed", "; ".join(dict.fromkeys(test.strip('"') for test in failed))
    if crash := re.search(r"Fatal error: (.*)", output):
        return "crashed", crash[1]
    if crash := re.search(r"unexpected signal code (\d+)", output):
        return "crashed", f"signal {crash[1]}"
    return "unclear", "neither a test nor a crash is named"


def swift(texts):
    return "[" + ", ".join(f'"{text}"' for text in texts) + "]"
