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
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
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
        fuzzer("HTTP", ["Samples", "ServedWorker", .product(name: "Logging", package: "swift-log")]),
        // The worker without its `@main`: an executable of another package cannot be imported.
        .target(
            name: "ServedWorker",
            dependencies: [
                .product(name: "Certificates", package: "coppice"),
                .product(name: "Core", package: "coppice"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "WorkerSources", exclude: ["Main.swift"], resources: [.embedInCode("openapi.json")],
            swiftSettings: strict),
    ]
)
