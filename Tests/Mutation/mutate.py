"""Do the tests of the decisions notice mistakes? python3 Tests/Mutation/mutate.py [--list] [--count 64] [--seed 1] [--jobs 1]

A mutant is Coppice with one small mistake: a condition that is negated, a statement that is left out (mutations.py has all kinds). The
script makes mutants of the code that decides (scheduler, gate, batch, ledger, assembly: decisions.py), spread over its areas and files
by a seed, and runs the suites that watch over each. A mutant that a test fails on, or that crashes or takes far too long, is killed.
One that survives shows what no test looks at. One that does not compile is stillborn, and the next one takes its place.

    mutate.py --list                  prints the mutants, and runs nothing
    mutate.py                         runs them; seconds each, after a first build of some minutes
    mutate.py --only gate             all that were chosen of one area
    mutate.py --only 1f0a9c3e         one mutant, by its name, also one that was not chosen
    mutate.py --count 300 --seed 7    others

Ends with 1 if less than --least per cent are killed, with 2 if the script cannot go on. The table and the score are printed, and all of
it is in result.json in the scratch folder. A survivor that no test could kill, or need not, has its reason in survivors.json, by its
name; it counts as a survivor all the same. A mutant keeps its name as long as its lines and its file's path are the same.

Mutants are built in copies of the repository below --scratch (.build-mutation), one for each package of decisions.py and job; the
repository itself is never changed. Remove the folder to begin anew.
"""
import argparse
import collections
import hashlib
import json
import math
import queue
import shutil
import sys
import threading
from dataclasses import asdict
from pathlib import Path

import workspace
from decisions import AREAS, PACKAGES
from mutations import mutations

REPOSITORY = Path(__file__).resolve().parents[2]
REASONS = Path(__file__).with_name("survivors.json")
KILLED = ("failed", "crashed", "late")


def main():
    options = arguments()
    try:
        reasons = json.loads(REASONS.read_text())
        ranked = {area.name: rank(area, options.seed) for area in AREAS}
        chosen = choose(ranked, options)
        if options.list:
            for area, mutant in chosen:
                print(f"{mutant.name}  {area.name:9}  {place(mutant)}  {mutant.what}\n" + difference(mutant))
            print(summary(ranked, chosen))
            return 0
        return report(run(ranked, chosen, options), reasons, options)
    except (workspace.Fault, json.JSONDecodeError) as fault:
        print(f"mutate: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        workspace.end_all()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print the mutants, and run nothing")
    parser.add_argument("--count", type=int, default=64, metavar="N", help="mutants that compile (default: 64)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="decides which (default: 1)")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="of an area or a mutant; may be repeated")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="mutants at once, each with copies of its own (default: 1)")
    parser.add_argument("--least", type=float, default=90, metavar="PERCENT", help="the score that is wanted (default: 90)")
    parser.add_argument("--scratch", type=Path, default=REPOSITORY / ".build-mutation", metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the result goes (default: result.json in the scratch folder)")
    options = parser.parse_args()
    if options.count < 1 or options.jobs < 1:
        parser.error("--count and --jobs are at least 1")
    return options


# Choosing


def rank(area, seed):
    """All mutants of an area, in the order in which they are taken: a file with four times the places gives twice the mutants."""
    ranked = []
    for pattern in area.sources:
        paths = sorted(REPOSITORY.glob(pattern))
        if not paths:
            raise workspace.Fault(f"nothing matches {pattern} of the area {area.name}: has it moved?")
        for path in paths:
            name = str(path.relative_to(REPOSITORY))
            try:
                found = mutations(name, path.read_text())
            except ValueError as error:
                raise workspace.Fault(f"{name}: {error}") from error
            found.sort(key=lambda mutant: drawn(mutant, seed))
            ranked += [((number + 0.5) / math.sqrt(len(found)), drawn(mutant, seed), mutant) for number, mutant in enumerate(found)]
    return [mutant for _, _, mutant in sorted(ranked, key=lambda entry: entry[:2])]


def drawn(mutant, seed):
    """A random number that depends on nothing but the seed and the mutant: changes elsewhere choose no others."""
    return hashlib.sha256(f"{seed} {mutant.name}".encode()).hexdigest()


def choose(ranked, options):
    """The areas and mutants to begin with; the rest of an area stays in `ranked`, in the place of stillborn ones."""
    names = {area.name for area in AREAS}
    single = set(options.only) - names
    if single:
        chosen = [(area, mutant) for area in AREAS for mutant in ranked[area.name] if mutant.name in single]
        if missing := single - {mutant.name for _, mutant in chosen}:
            raise workspace.Fault(f"no area and no mutant is called {', '.join(sorted(missing))}")
        for area in AREAS:
            ranked[area.name] = []
        return chosen
    chosen = []
    for area, count in zip(AREAS, shares(options.count)):
        if not options.only or area.name in options.only:
            chosen += [(area, mutant) for mutant in ranked[area.name][:count]]
        ranked[area.name] = ranked[area.name][count:]
    return chosen


def shares(count):
    """How many mutants each area gives: whole numbers that add up to `count`, the largest remainders first."""
    total = sum(area.share for area in AREAS)
    exact = [count * area.share / total for area in AREAS]
    whole = [int(share) for share in exact]
    for index in sorted(range(len(AREAS)), key=lambda index: whole[index] - exact[index])[:count - sum(whole)]:
        whole[index] += 1
    return whole


# Running


def run(ranked, chosen, options):
    """Runs the mutants in as many threads as there are jobs; the result of each, stillborn ones too."""
    todo = collections.deque(sorted(chosen, key=lambda entry: (entry[0].package, entry[0].name)))
    lock, done = threading.Lock(), queue.Queue()

    def work(job):
        workspaces = {}
        while True:
            with lock:
                if not todo:
                    return
                area, mutant = todo.popleft()
            if area.package not in workspaces:
                workspaces[area.package] = made(area.package, job)
            result = tried(area, mutant, workspaces[area.package])
            done.put(result)
            if result["outcome"] == "stillborn":
                with lock:
                    if ranked[area.name]:
                        todo.appendleft((area, ranked[area.name].pop(0)))

    def made(package, job):
        folder = options.scratch.resolve() / f"{package}-{job}"
        folder.mkdir(parents=True, exist_ok=True)
        made = workspace.Workspace(REPOSITORY, folder, PACKAGES[package], say)
        made.prepare(dict.fromkeys(suites for area in needed if area.package == package for suites in area.suites))
        return made

    def guarded(job):
        try:
            work(job)
        except BaseException as error:  # Handed to the thread that waits.
            done.put(error)
        done.put(None)

    needed = list(dict.fromkeys(area for area, _ in todo))
    for job in range(min(options.jobs, len(todo))):
        threading.Thread(target=guarded, args=(job,), daemon=True).start()
    results, running = [], min(options.jobs, len(todo))
    while running > 0:
        result = done.get()
        if isinstance(result, BaseException):
            raise result
        if result is None:
            running -= 1
        else:
            results.append(result)
            say(line(result))
    return results


def tried(area, mutant, place_to_work):
    """Builds a mutant, and runs its suites until one notices it."""
    source = (REPOSITORY / mutant.path).read_text()
    result = {"area": area.name, **{key: value for key, value in asdict(mutant).items() if key not in ("start", "end", "text")}}
    try:
        place_to_work.write(mutant.path, mutant.applied(source))
        outcome = place_to_work.build()
        if outcome.kind != "passed":
            return result | {"outcome": "stillborn", "detail": outcome.detail, "seconds": round(outcome.seconds, 1)}
        seconds, kind, detail = outcome.seconds, "survived", ""
        for suites in area.suites:
            outcome = place_to_work.test(suites)
            seconds += outcome.seconds
            if outcome.kind == "unclear":
                log = shutil.copy(place_to_work.log, place_to_work.folder / f"{mutant.name}.log")
                outcome.detail += f": see {log}"
            if outcome.kind != "passed":
                kind, detail = outcome.kind, outcome.detail
                break
        return result | {"outcome": kind, "detail": detail, "seconds": round(seconds, 1)}
    finally:
        place_to_work.write(mutant.path, source)


# Telling


def report(results, reasons, options):
    order = [area.name for area in AREAS]
    results.sort(key=lambda result: (order.index(result["area"]), result["path"], result["line"]))
    print("\nMutants\n" + "\n".join(line(result) for result in results if result["outcome"] != "stillborn"))
    survivors = [result for result in results if result["outcome"] == "survived"]
    for result in survivors:
        result["reason"] = reasons.get(result["name"], "")
    if survivors:
        print("\nSurvivors")
        for result in survivors:
            print(f"{line(result)}\n    - {result['before']}\n    + {result['after']}\n    {result['reason'] or 'no reason is known'}")
    print("\nScore")
    areas = {name: score([result for result in results if result["area"] == name]) for name in order}
    for name, (killed, total) in areas.items():
        if total:
            print(f"{name:9}  {killed:3} of {total:3}")
    killed, total = score(results)
    stillborn = len(results) - total
    percent = 100 * killed / total if total else 0
    print(f"all        {killed:3} of {total:3}: {percent:.1f} %, seed {options.seed}; {stillborn} did not compile")
    target = options.json or options.scratch / "result.json"
    target.write_text(json.dumps({
        "seed": options.seed, "killed": killed, "mutants": total, "stillborn": stillborn, "score": round(percent, 1),
        "areas": {name: {"killed": killed, "mutants": total} for name, (killed, total) in areas.items()}, "results": results,
    }, indent=2, ensure_ascii=False) + "\n")
    print(f"all of it: {target}")
    return 0 if total and percent >= options.least else 1


def score(results):
    kinds = [result["outcome"] for result in results]
    return sum(kind in KILLED for kind in kinds), sum(kind != "stillborn" for kind in kinds)


def line(result):
    what = f"{Path(result['path']).name}:{result['line']}"
    outcome = {
        "failed": "killed by", "crashed": "killed by a crash:", "late": "killed by the limit:", "survived": "SURVIVED",
        "stillborn": "did not compile:", "unclear": "UNCLEAR:",
    }[result["outcome"]]
    return f"{result['name']}  {result['area']:9}  {what:36}  {result['what']:14}  {outcome} {short(result['detail'])}".rstrip()


def short(text, length=100):
    return text if len(text) <= length else text[:length - 1] + "…"


def place(mutant):
    return f"{mutant.path}:{mutant.line}"


def difference(mutant):
    return f"    - {mutant.before}\n    + {mutant.after}"


def summary(ranked, chosen):
    counts = collections.Counter(area.name for area, _ in chosen)
    return f"{len(chosen)} mutants: " + ", ".join(
        f"{counts[area.name]} of {counts[area.name] + len(ranked[area.name])} {area.name}" for area in AREAS if counts[area.name])


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
