// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target of ours: strict language mode, explicit imports, and no warning left standing.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// The floor of the kernels' instruction set: AVX2 and FMA on x86-64 (checked at start), NEON on arm64.
#if arch(x86_64)
    let kernels: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]
#else
    let kernels: [SwiftSetting] = []
#endif

/// The Swift runtime inside the programs: they start in half the time, and a machine that only runs them needs no Swift. The
/// tests, which load the libraries below, keep the shared one.
let programs: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-static-stdlib", "-use-ld=lld", "-lFoundation", "-lFoundationInternationalization", "-lFoundationEssentials",
            "-l_FoundationCollections", "-l_FoundationCShims", "-lCoreFoundation", "-l_FoundationICU", "-lBlocksRuntime",
        ],
        .when(platforms: [.linux]))
]

/// The targets of Sources/Core.
let core: [Target.Dependency] = [
    "AnnotationFormats", "Annotations", "Compression", "Features", "Forest", "Formats", "HTTPClient", "Imaging", "Jobs",
    "Machine", "Objects", "Primitives", "Protocol",
]

let package = Package(
    name: "coppice",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "coppice", targets: ["coppice"]),
        .executable(name: "coppice-worker", targets: ["coppice-worker"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CBlosc", pkgConfig: "blosc", providers: [.apt(["libblosc-dev"])]),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "COpenSlide"),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
        .systemLibrary(name: "COpenJPEG", pkgConfig: "libopenjp2", providers: [.apt(["libopenjp2-7-dev"])]),
        .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CProcess"),
        .systemLibrary(name: "CSpawn"),
        .systemLibrary(name: "CSync"),
        .target(name: "CKernels"),
        .target(name: "COpenAPI"),
        .target(name: "CPage"),
        .target(
            name: "Primitives", dependencies: ["CCrypto"], path: "Sources/Core/Primitives", swiftSettings: strict),
        .target(
            name: "Machine", dependencies: ["CMalloc", "CProcess"], path: "Sources/Core/Machine", swiftSettings: strict),
        .target(
            name: "Certificates", dependencies: [.product(name: "NIOSSL", package: "swift-nio-ssl")],
            path: "Sources/Core/Certificates", swiftSettings: strict),
        .target(name: "Imaging", dependencies: ["Primitives"], path: "Sources/Core/Imaging", swiftSettings: strict),
        .target(
            name: "Annotations", dependencies: ["CCairo", "Imaging", "Primitives"], path: "Sources/Core/Annotations",
            swiftSettings: strict + kernels),
        .target(
            name: "Objects", dependencies: ["Imaging"], path: "Sources/Core/Objects", swiftSettings: strict + kernels),
        .target(
            name: "Features", dependencies: ["CKernels", "Imaging", "Primitives"], path: "Sources/Core/Features",
            swiftSettings: strict + kernels),
        .target(
            name: "Forest", dependencies: ["CKernels", "Primitives"], path: "Sources/Core/Forest",
            swiftSettings: strict + kernels),
        .target(
            name: "Compression", dependencies: ["CBlosc", "CDeflate", "CZstd", "Primitives"], path: "Sources/Core/Compression",
            swiftSettings: strict + kernels),
        .target(
            name: "HTTPClient", dependencies: ["CCurl", "Primitives"], path: "Sources/Core/HTTPClient", swiftSettings: strict),
        .target(
            name: "Formats",
            dependencies: [
                "CExpat", "CJPEG", "COpenJPEG", "COpenSlide", "CPNG", "CSync", "CTIFF", "CZip", "Compression", "HTTPClient",
                "Imaging", "Machine", "Primitives",
                .product(name: "DequeModule", package: "swift-collections"),
            ], path: "Sources/Core/Formats", swiftSettings: strict + kernels),
        .target(
            name: "AnnotationFormats",
            dependencies: ["Annotations", "CHDF5", "Compression", "Formats", "Imaging", "Primitives"],
            path: "Sources/Core/AnnotationFormats", swiftSettings: strict),
        .target(
            name: "Protocol", dependencies: ["CKernels", "Compression", "Features", "Forest", "Imaging", "Primitives"],
            path: "Sources/Core/Protocol", swiftSettings: strict + kernels),
        .target(
            name: "HTTPServing",
            dependencies: [
                "Certificates", "Machine", "Primitives", "Protocol",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], path: "Sources/Core/HTTPServing", swiftSettings: strict),
        .target(
            name: "Jobs",
            dependencies: ["Features", "Forest", "Formats", "Imaging", "Objects", "Primitives", "Protocol"],
            path: "Sources/Core/Jobs", swiftSettings: strict + kernels),
        .target(
            name: "Worker",
            dependencies: [
                "COpenAPI", "Formats", "HTTPServing", "Imaging", "Jobs", "Machine", "Primitives", "Protocol",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            // Bytes that `COpenAPI` carries, as `CPage` does.
            exclude: ["Main", "openapi.json"],
            swiftSettings: strict
        ),
        .target(
            name: "Scheduling", dependencies: ["Primitives"], path: "Sources/Coordinator/Scheduling", swiftSettings: strict),
        .target(
            name: "ImageTiles", dependencies: ["Compression", "Formats", "Imaging", "Machine", "Primitives"],
            path: "Sources/Coordinator/ImageTiles", swiftSettings: strict + kernels),
        .target(
            name: "Coordinator",
            dependencies: core + [
                "CSpawn", "Certificates", "Scheduling", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["Annotator", "Commands", "ImageTiles", "Main", "Projects", "Scheduling"],
            swiftSettings: strict
        ),
        .target(
            name: "Projects",
            dependencies: [
                "AnnotationFormats", "Annotations", "Coordinator", "Features", "Forest", "Formats", "Imaging", "Machine",
                "Primitives", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HashTreeCollections", package: "swift-collections"),
            ], path: "Sources/Coordinator/Projects", swiftSettings: strict),
        .target(
            name: "Annotator",
            dependencies: core + [
                "CPage", "Coordinator", "HTTPServing", "ImageTiles", "Projects", "Scheduling",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], path: "Sources/Coordinator/Annotator",
            // Bytes that `CPage` carries: a literal of them would take minutes to compile.
            exclude: ["Page", "openapi.json"], swiftSettings: strict),
        .target(
            name: "Commands",
            dependencies: core + [
                "Annotator", "Certificates", "Coordinator", "HTTPServing",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], path: "Sources/Coordinator/Commands", swiftSettings: strict),
        .executableTarget(
            name: "coppice", dependencies: ["Commands"], path: "Sources/Coordinator/Main", swiftSettings: strict,
            linkerSettings: programs),
        .executableTarget(
            name: "coppice-worker", dependencies: ["Worker"], path: "Sources/Worker/Main", swiftSettings: strict,
            linkerSettings: programs),
        .testTarget(
            name: "CoreTests",
            dependencies: core + [
                "CHDF5", "HTTPServing",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ], exclude: ["Goldens"], swiftSettings: strict),
        .testTarget(
            name: "WorkerTests",
            dependencies: core + [
                "HTTPServing", "Worker",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CoordinatorTests",
            dependencies: core + [
                "Coordinator", "ImageTiles", "Projects", "Scheduling", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: core + [
                "Annotator", "Commands", "Coordinator", "HTTPServing", "Projects", "Scheduling", "Worker",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
    ]
)

/// The benchmarks' programs, which the product is built without: `COPPICE_BENCHMARKS=1 swift build …`.
if Context.environment["COPPICE_BENCHMARKS"] == "1" {
    let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
    package.products += [
        .executable(name: "kernels", targets: ["Kernels"]), .executable(name: "scheduling", targets: ["SchedulingBenchmark"]),
        .executable(name: "empty-jobs", targets: ["EmptyJobs"]),
    ]
    package.targets += [
        .executableTarget(
            name: "Kernels", dependencies: core + [argumentParser], path: "Benchmarks/Sources/Kernels", swiftSettings: strict),
        .executableTarget(
            name: "SchedulingBenchmark", dependencies: ["Primitives", "Scheduling", argumentParser],
            path: "Benchmarks/Sources/Scheduling", swiftSettings: strict),
        .executableTarget(
            name: "EmptyJobs", dependencies: core + ["Coordinator", argumentParser], path: "Benchmarks/Sources/EmptyJobs",
            swiftSettings: strict, linkerSettings: programs),
    ]
}

/// The fuzz targets, each a program that hands libFuzzer's inputs to one part of Coppice: `Tests/Fuzz/run.sh` builds everything with
/// coverage, in a folder of its own.
if Context.environment["COPPICE_FUZZ"] == "1" {
    func fuzzer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
        .executableTarget(
            name: "Fuzz\(name)", dependencies: ["CFuzzer", "FuzzHarness"] + core + dependencies, path: "Tests/Fuzz/\(name)",
            swiftSettings: strict,
            // The default linker, gold, fails on the debug information of code with coverage.
            linkerSettings: [.unsafeFlags(["-use-ld=lld"])])
    }
    package.products += ["Annotations", "Images", "NPY", "Model", "Wire", "HTTP"].map {
        .executable(name: $0, targets: ["Fuzz\($0)"])
    }
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .target(name: "FuzzHarness", dependencies: ["CFuzzer"], path: "Tests/Fuzz/Harness", swiftSettings: strict),
        .target(name: "FuzzSamples", dependencies: core, path: "Tests/Fuzz/Samples", swiftSettings: strict),
        fuzzer("Annotations"), fuzzer("Images"), fuzzer("NPY"), fuzzer("Model", ["FuzzSamples"]), fuzzer("Wire", ["FuzzSamples"]),
        fuzzer("HTTP", ["FuzzSamples", "HTTPServing", "Worker", .product(name: "Logging", package: "swift-log")]),
    ]
}
