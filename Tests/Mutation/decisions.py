"""Where Coppice decides, which tests watch over that, and the small packages in which both are built."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    name: str
    package: str
    share: int  # Mutants of this area, of 64.
    sources: tuple  # Files that are mutated, as patterns; from the repository's folder.
    suites: tuple  # Suites that run one group after the other, until one fails: the quick ones first.


@dataclass(frozen=True)
class Part:
    """A target of the root package of which only some files are built, with the dependencies that these import."""
    folder: str
    files: tuple  # Patterns; those that begin with - take files out again.


AREAS = (
    Area(
        "scheduler", "pure", 20, ("Sources/Coordinator/Scheduling/*/*.swift",),
        (("SchedulerJobTests", "SchedulerRosterTests", "SchedulerRunTests", "SchedulerVerificationTests", "SchedulerWorkerTests",
          "SchedulingStructureTests"),
         ("SchedulerMakespanTests",), ("SchedulerSimulationTests",))),
    Area(
        "gate", "pure", 9,
        ("Sources/Coordinator/Pipelines/RowGate.swift", "Sources/Coordinator/Dispatch/ByteBudget.swift",
         "Sources/Core/HTTPServing/Bodies/BodyBudget.swift"),
        (("RowGateTests", "SchedulingStructureTests", "BodyBudgetTests"),)),
    Area(
        "batch", "pure", 9, ("Sources/Coordinator/Pipelines/Segmentation/BatchState.swift",),
        (("BatchStateTests",),)),
    Area(
        "assembly", "pure", 9, ("Sources/Core/Objects/Merging/*.swift", "Sources/Coordinator/Outputs/OpenRows.swift"),
        (("OpenRowsTests", "ObjectTests", "ObjectDetailTests", "ObjectGoldenTests"),)),
    Area(
        "rows", "files", 3, ("Sources/Core/Formats/Regions/RowAssembler.swift",),
        (("RowAssemblerTests",),)),
    Area(
        "failures", "files", 3, ("Sources/Coordinator/Pipelines/Segmentation/ImageFailures.swift",),
        (("ImageFailuresTests",),)),
    # Locks, files and the database's statements are no decisions.
    Area(
        "ledger", "files", 11,
        tuple(f"Sources/Coordinator/Ledger/{name}.swift" for name in (
            "Ledger", "LedgerBatch", "PhaseJournal", "RunDirectory", "RunManifest", "RunStatus")),
        (("LedgerTests", "LedgerFormatTests", "RunDirectoryTests", "RunStatusTests", "SuccessiveJournalsTests"),)),
)

PACKAGES = {
    # No files, no sockets: a few dozen sources, so that a mutant is built in seconds.
    "pure": {
        "Objects": Part("Sources/Core/Objects", ("**/*.swift",)),
        "HTTPServing": Part("Sources/Core/HTTPServing", ("Bodies/BodyBudget.swift",)),
        "Coordinator": Part(
            "Sources/Coordinator",
            ("Dispatch/ByteBudget.swift", "Outputs/OpenRows.swift", "Pipelines/RowGate.swift",
             "Pipelines/Segmentation/BatchState.swift")),
        "CoreTests": Part("Tests/CoreTests", ("HTTPServing/BodyBudgetTests.swift", "Objects/*.swift")),
        "CoordinatorTests": Part(
            "Tests/CoordinatorTests",
            ("Outputs/OpenRowsTests.swift", "Pipelines/BatchStateTests.swift", "Pipelines/RowGateTests.swift",
             "Scheduling/Schedul*.swift", "Scheduling/Simulation/*.swift", "Support/*.swift", "-Support/IdlePool.swift")),
    },
    # Formats, SQLite and the targets below them are built once; of the coordinator, what the ledger needs.
    "files": {
        "Coordinator": Part(
            "Sources/Coordinator",
            ("Dispatch/DispatchReports.swift", "Dispatch/Offload.swift", "Dispatch/ResultJournal.swift", "Inputs/ImageInput.swift",
             "Ledger/*.swift", "LocalWorkers/LocalWorkerProgram.swift", "Outputs/FilePath.swift", "Outputs/PendingFile.swift",
             "Pipelines/Segmentation/ImageFailures.swift", "Reports/SchedulerCounters+outcomes.swift",
             "Session/CoordinatorError.swift")),
        "CoreTests": Part(
            "Tests/CoreTests",
            ("Formats/Regions.swift", "Formats/RowAssemblerTests.swift", "Formats/ScratchFolder.swift",
             "Formats/SplitMix64+bytes.swift")),
        "CoordinatorTests": Part(
            "Tests/CoordinatorTests",
            ("Ledger/*.swift", "-Ledger/JournalledRunTests.swift", "Pipelines/ImageFailuresTests.swift")),
    },
}
