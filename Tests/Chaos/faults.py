"""The faults of a chaos round: which there are, how a seed draws them, and how the run's record says they were answered."""
import os
import re
import signal
import sqlite3

from proxy import ANSWER_FAULTS, REFUSAL, REQUEST_FAULTS, NetworkFault

NETWORK = REQUEST_FAULTS + ANSWER_FAULTS + [REFUSAL]
WORKER = ["worker -KILL, replaced", "worker -KILL, for good", "worker -STOP -CONT", "worker -TERM, replaced"]
COORDINATOR = {"coordinator -KILL": signal.SIGKILL, "coordinator -INT": signal.SIGINT, "coordinator -TERM": signal.SIGTERM}
DISK = ["disk full: run directory", "disk full: outputs"]
STATUSES = [500, 502, 504, 404, 403, 204]


def plan(draw, with_disks):
    """A round's faults, in order: the coordinator's death among them, and one of the others at least."""
    weights = {name: 3 for name in NETWORK} | {name: 3 for name in WORKER} | {name: 2 for name in COORDINATOR}
    weights["worker -KILL, for good"] = 1
    if with_disks:
        weights |= {name: 3 for name in DISK}
    names = draw.choices(list(weights), list(weights.values()), k=draw.randint(6, 9))
    names += ["coordinator -KILL", draw.choice(NETWORK), draw.choice(WORKER)]
    draw.shuffle(names)
    # With fewer than two workers left, faults would hit nobody.
    if "worker -KILL, for good" in names:
        last = names.index("worker -KILL, for good")
        names = [name for index, name in enumerate(names) if name != "worker -KILL, for good" or index == last]
    return names


def network_fault(name, draw):
    seconds = {"answer delayed": draw.uniform(0.1, 3), "answer throttled": draw.uniform(0.2, 2), REFUSAL: draw.uniform(0.1, 1.5)}
    return NetworkFault(
        name, draw.uniform(0.02, 0.98), seconds.get(name, 0.0), draw.choice(STATUSES), is_for_jobs=draw.random() < 0.8)


class Record:
    """What a run directory says of the run: attempts by outcome, and what went wrong where and when."""

    def __init__(self, directory):
        self.attempts, self.troubles = {}, []
        path = directory / "ledger.sqlite"
        if not path.exists():
            return
        database = sqlite3.connect(path)
        try:
            for outcome, count in database.execute("SELECT outcome, sum(count) FROM attempts GROUP BY outcome"):
                if count:
                    self.attempts[outcome] = count
            self.troubles = list(database.execute("SELECT time, text FROM trouble ORDER BY time"))
        finally:
            database.close()

    def answer(self, fault, url, begin, end):
        """The first trouble with the worker in a span of time that the fault can have made, in few words."""
        pattern, nothing = next((pattern, nothing) for names, pattern, nothing in EXPECTED if fault in names)
        for time, text in self.troubles:
            if begin - 0.05 <= time <= end and (url + ":" in text or url + " " in text) and re.search(pattern, text):
                return next(words for known, words in WORDS if re.search(known, text))
        return nothing


BROKEN = "connection lost|cannot connect|does not know|timed out"
# By fault: what the coordinator may say of it, and what it means when it has said nothing of the kind.
EXPECTED = [
    (["answer delayed", "answer throttled", "worker -STOP -CONT"], "timed out|no sign of life", "waited for"),
    (["answer bit flipped", "answer truncated"], "damaged", "no failure noted: the coordinator ended first, or did not want the answer"),
    (["request bit flipped"], "damaged|SHA-256", "no failure noted: the coordinator ended first, or did not want the answer"),
    (["answer status"], "status|token|does not know|damaged", "no failure noted: the coordinator ended first, or did not want the answer"),
    # libcurl sends a request again by itself when a kept connection ends before the first byte of its answer.
    (["answer cut", "request cut", REFUSAL] + WORKER, BROKEN, "no failure noted: sent again on another connection, or nothing in flight"),
]
# What the coordinator says, and what that means; the first that fits.
WORDS = [
    ("damaged|SHA-256", "noticed by the checksum, sent again"),
    ("token is refused", "worker not used any more, job elsewhere"),
    ("status", "seen as no worker's answer, job done again"),
    ("cannot connect", "could not connect, job elsewhere, worker probed"),
    ("timed out|no sign of life", "timed out, job elsewhere"),
    ("", "connection lost, job done again"),
]


def table(rounds):
    """The Markdown report of some rounds, as they are in the log."""
    counts, exits = {}, {}
    for entry in rounds:
        for fault in entry["faults"]:
            answers = counts.setdefault(fault["fault"], {})
            answers[fault["answer"]] = answers.get(fault["answer"], 0) + 1
        for status in entry["exits"]:
            exits[status] = exits.get(status, 0) + 1
    lines = ["| fault | injected | answered |", "|---|---|---|"]
    for name in sorted(counts):
        answers = sorted(counts[name].items(), key=lambda item: -item[1])
        lines.append(f"| {name} | {sum(counts[name].values())} | " + "; ".join(f"{words} ({count})" for words, count in answers) + " |")
    lines += ["", "| the command ended with | times |", "|---|---|"]
    lines += [f"| {name_of(status)} | {count} |" for status, count in sorted(exits.items(), key=lambda item: str(item[0]))]
    good = [entry for entry in rounds if not entry["trouble"]]
    for kind in ("train", "segment"):
        seeds = sorted(entry["seed"] for entry in rounds if entry["kind"] == kind)
        if seeds:
            lines += ["", f"{kind}: {len(seeds)} rounds, seeds {' '.join(map(str, seeds))}"]
    faults = sorted(len(entry["faults"]) for entry in rounds)
    lines += ["", f"faults a round: {faults[0]} to {faults[-1]}, {sum(faults)} in all; "
              f"seconds a round: {sum(entry['seconds'] for entry in rounds) / len(rounds):.1f}"]
    lines += [f"**{len(good)} of {len(rounds)} rounds: the bytes of a quiet run**"]
    for entry in rounds:
        if entry["trouble"]:
            lines.append(f"- seed {entry['seed']}: {entry['trouble']}; again: Tests/Chaos/run.py --seed {entry['seed']} --kind {entry['kind']}")
    return "\n".join(lines)


def name_of(status):
    return f"signal {-status}" if status < 0 else f"exit {status}"


def leftovers(folder, expected):
    """Names in the output folder that should not be there."""
    return sorted(set(os.listdir(folder)) - {path.name for path in expected} - {"ballast"})
