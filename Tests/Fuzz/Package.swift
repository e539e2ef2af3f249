// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// One fuzz target: a program that hands libFuzzer's inputs to one part of Coppice.
func fuzzer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["CFuzzer", "Harness", .product(name: "Core", package: "coppice")] + dependencies,
        path: name, swiftSettings: strict,
        // The default linker, gold, fails on the debug information of code with coverage.
        linkerSettings: [.unsafeFlags(["-use-ld=lld"])])
}

/// The fuzz targets are a package of their own because everything in it is built with coverage; `run.sh` has the flags.
let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "coppice", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    ],
    targets: [
        .systemLibrary(name: "CFuzzer", path: "CFuzzer"),
        .target(name: "Harness", dependencies: ["CFuzzer"], path: "Harness", swiftSettings: strict),
        .target(
            name: "Samples", dependencies: [.product(name: "Core", package: "coppice")], path: "Samples", swiftSettings: strict),
        fuzzer("Images"),
        fuzzer("NPY"),
        fuzzer("Model", ["Samples"]),
        fuzzer("Wire", ["Samples"]),
        fuzzer(
            "HTTP",
            ["Samples", .product(name: "Worker", package: "coppice"), .product(name: "Logging", package: "swift-log")]),
    ]
)
