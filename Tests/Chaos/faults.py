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
NO_FAILURE = "no failure: nothing had to be done again"
# libcurl sends a request again by itself when a kept connection ends before the first byte of its answer.
RECONNECTED = ["request cut", REFUSAL, "worker -KILL, replaced", "worker -TERM, replaced", "worker -KILL, for good"]
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

    def answer(self, urls, begin, end):
        """The first trouble with one of the workers in a span of time, in few words."""
        for time, text in self.troubles:
            if begin - 0.05 <= time <= end and any(url + ":" in text or url + " " in text for url in urls):
                return self.words(text)
        return NO_FAILURE

    # What the coordinator says, and what that means; the first that fits.
    KINDS = [
        (r"damaged", "noticed by the checksum, job done again"),
        (r"is not used any more: the token is refused", "worker not used any more"),
        (r"is not used any more", "worker excluded, job elsewhere"),
        (r"cannot connect", "could not connect, job elsewhere, worker probed"),
        (r"timed out", "timed out, job elsewhere"),
        (r"connection lost|does not know the job", "connection lost, job done again"),
        (r"malformed|expected", "refused as malformed, job done again"),
    ]

    def words(self, text):
        for pattern, words in self.KINDS:
            if re.search(pattern, text):
                return words
        return "another failure, job done again"


def table(rounds):
    """The Markdown report of some rounds, as they are in the log."""
    counts, exits = {}, {}
    for entry in rounds:
        for fault in entry["faults"]:
            answers, answer = counts.setdefault(fault["fault"], {}), fault["answer"]
            if answer == NO_FAILURE and fault["fault"] in RECONNECTED:
                answer = "no failure noted: sent again on another connection"
            answers[answer] = answers.get(answer, 0) + 1
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
