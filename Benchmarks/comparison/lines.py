"""The lines of the comparison: which work, by whom, and by how much Coppice wants to be ahead. Cheap ones come first."""
import dataclasses

from .turns import Commands, Kernel, Peer


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """One piece of work. In every round the peers take their turns first, then Coppice."""
    name: str
    title: str
    #: The title in a few words, for the plot.
    label: str
    peers: tuple
    coppice: object
    #: The ratio wanted at least, and the one dreamt of: the fastest peer's median / Coppice's.
    wanted: float
    moonshot: float
    rounds: int = 5
    note: str = ""


IMAGE, SCRIBBLES, TRUTH, LARGE = "{data}/img1024.png", "{data}/scribbles1024.png", "{data}/truth1024.png", "{data}/img8192.png"
LOCAL = ("--local", "{threads}", "--quiet")


def training(size, peer, runs, *arguments, warm_ups=1, **line):
    """A forest of 100 trees from a table, scored on held-out samples unless the table is the large one."""
    files = lambda part: (f"{{data}}/X{part}{size}.npy", f"{{data}}/y{part}{size}.npy")
    score = () if size == "2m" else ("--held-out", *files("t"))
    return Line(
        name=f"train-{size}", label=f"training on {size} samples", peers=(peer,),
        coppice=Kernel(("train", *files(""), *arguments, *score), runs, warm_ups), **line)


def prediction(work, size, *peers, **line):
    """Every pixel of the image by a forest of 100 trees."""
    title = f"{work} of 1 Mpx, forest of {size}"
    return Line(
        name=f"{work}-{size}", title=title, label=title,
        peers=tuple(Peer(work, peer, ("--table", size), runs=2) for peer in peers),
        coppice=Kernel((work, f"{{model-{size}}}", IMAGE), runs=5), **line)


def whole(*forest, **line):
    """Training and labels of all pixels. Coppice's time is that of two commands, with their start-up and their workers'."""
    model, labels = "{scratch}/whole.json", "{scratch}/whole.png"
    return Line(
        peers=(Peer("whole", "scikit-image+scikit-learn", forest),),
        coppice=Commands(
            (("{coppice}", "train", IMAGE, SCRIBBLES, "--features", "scikit-image", "--output", model, *forest,
              *LOCAL),
             ("{coppice}", "segment", IMAGE, "--model", model, "--output", labels, *LOCAL)),
            verdict=("{coppice}", "evaluate", labels, TRUTH, "--json")),
        **line)


def large_image(**line):
    """From PNG to PNG, by workers and by one process that computes the same tiles on as many threads."""
    ours, theirs, model = "{scratch}/large-workers.png", "{scratch}/large-one.png", "{model-20k}"
    one = ("{kernels}", "segment-in-process", LARGE, "--model", model, "--output", theirs, "--threads", "{threads}")
    return Line(
        name="segment-8192", peers=(Commands(((*one, "--runs", "1", "--warm-ups", "0"),), name="one process, no HTTP"),),
        coppice=Commands(
            (("{coppice}", "segment", LARGE, "--model", model, "--output", ours, *LOCAL),),
            verdict=("{coppice}", "evaluate", ours, theirs, "--json")),
        note="Accuracy is the share of labels that equal the one process's.", **line)


LINES = [
    Line(
        name="features-bins", title="features 1 Mpx RGB, 72 planes → bins", label="features to bins, 1 Mpx",
        peers=(Peer("features", "opencv", runs=9),), coppice=Kernel(("features-bins", IMAGE), runs=15), wanted=3, moonshot=6,
        note="OpenCV makes float planes."),
    Line(
        name="features-planes", title="the same to float planes", label="features to float planes, 1 Mpx",
        peers=(Peer("features", "opencv", runs=9), Peer("features", "scikit-image")),
        coppice=Kernel(("features-planes", IMAGE), runs=9), wanted=1.2, moonshot=2),
    training(
        "20k", Peer("train", "scikit-learn-intelex", runs=5), 5, title="training 20k × 72, 100 trees", wanted=3, moonshot=6),
    prediction("labels", "20k", "scikit-learn", "onnxruntime", wanted=8, moonshot=16),
    prediction("probabilities", "20k", "scikit-learn", wanted=5, moonshot=10),
    whole(
        "--trees", "50", "--max-depth", "8", "--max-samples", "0.05", name="whole-original-forest",
        title="whole with the original app's forest (50 trees, depth 8, 5 %)", label="whole, the original app's forest",
        wanted=10, moonshot=20),
    whole(
        name="whole", title="whole: 1024² RGB, features + 100 trees + labels", label="whole, 100 trees", wanted=12, moonshot=25),
    training(
        "200k", Peer("train", "scikit-learn-intelex", ("--table", "200k")), 1, title="training 200k × 72, 100 trees", wanted=2,
        moonshot=4, rounds=3),
    prediction("labels", "200k", "scikit-learn", wanted=7, moonshot=14, rounds=3),
    large_image(
        title="8192² RGB segment, 2 local workers", label="8192², 2 workers", wanted=0.95, moonshot=0.99, rounds=3),
    training(
        "2m", Peer("train", "scikit-learn", ("--table", "2m", "--trees", 20, "--max-samples", 200_000), warm_ups=0, factor=5), 1,
        "--max-samples", "200000", warm_ups=0, title="training 2M × 72, 100 trees, max_samples 200k", wanted=25, moonshot=50,
        rounds=2, note="scikit-learn grows 20 trees; its seconds are multiplied by 5."),
]
