import Foundation
import Testing

@testable import Coordinator

/// Which files a command may write, besides those that it reads and writes.
@Suite struct OutputPlanTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
        arguments: [
            ("", []), (".", []), ("..", []), ("out/", []), ("out/.", []), ("out/..", []), ("a.txt", ["png", "tif"]),
            ("png", ["png"]), (".png", ["png"]), ("a.png.", ["png"]),
        ] as [(String, [String])])
    func `a name that is none, or of another kind of file, is refused`(path: String, endings: [String]) throws {
        var plan = OutputPlan()
        let error = #expect(throws: CoordinatorError.self) { try plan.write(path, as: "--output", endings: endings) }
        let expected = endings.isEmpty ? "the name of a file" : "a name that ends in .\(endings.joined(separator: " or ."))"
        #expect(error?.description == "--output: expected \(expected), found \"\(path)\"" && error?.kind == .usage)
        #expect(plan.outputs.isEmpty)
    }

    @Test(
        arguments: [
            ("a", []), ("A.PNG", ["png"]), ("a.b.tif", ["png", "tif"]), ("../a.png", ["png"]), ("/a.png", ["png"]),
            ("~x/a.png", ["png"]), ("a/~/b.png", ["png"]),
        ] as [(String, [String])])
    func `a name that fits is taken as it is`(path: String, endings: [String]) throws {
        var plan = OutputPlan()
        try plan.write(path, as: "--output", endings: endings)
        try plan.write(nil, as: "--overlay", endings: endings)
        #expect(plan.outputs.map(\.path) == [path])
    }

    @Test func `a plan of nothing, and one of inputs alone, is well`() throws {
        var plan = OutputPlan()
        let empty = try plan.check()
        plan.read(["nowhere/a.png", "nowhere/a.png"])
        let inputs = try plan.check()
        #expect(empty.isEmpty && inputs.isEmpty)
    }

    @Test(
        arguments: [
            ("in.png", "in.png", false), ("in.png", "./in.png", false), ("in.png", "sub/../in.png", false),
            ("in.png", "link.png", false), ("in.png", "hard.png", false), ("in.png", "other.png", true),
            ("in.png", "sub/in.png", true), ("gone.png", "gone.png", false), ("gone.png", "sub/../gone.png", false),
            ("in.zarr", "in.zarr", false), ("in.zarr", "in.zarr/a.png", false), ("in.zarr/", "in.zarr/a.png", false),
            ("in.zarr", "in.zarr/deep/er/a.png", false), ("in.zarr", "sub/../in.zarr/a.png", false),
            ("in.zarr", "in.zarr.png", true), ("in.zarr", "in.zarr2/a.png", true), ("in.zarr/deep", "in.zarr/a.png", true),
        ])
    func `an output is no input, however both are spelled, and lies in none`(input: String, output: String, isTaken: Bool)
        throws
    {
        for name in ["sub", "in.zarr"] {
            try FileManager.default.createDirectory(atPath: folder(name), withIntermediateDirectories: true)
        }
        let file = try folder.write("x", to: "in.png")
        try FileManager.default.createSymbolicLink(atPath: folder("link.png"), withDestinationPath: "in.png")
        try FileManager.default.linkItem(atPath: file, toPath: folder("hard.png"))
        var plan = OutputPlan()
        plan.read([folder(input)])
        try plan.write(folder(output), as: "--output")
        if isTaken {
            let warnings = try plan.check()
            #expect(warnings.isEmpty)
        } else {
            let error = #expect(throws: CoordinatorError.self) { try plan.check() }
            #expect(error?.kind == .usage && error?.description.hasPrefix("--output: expected a ") == true)
            #expect(error?.description.contains("the input \(folder(input))") == true, "\(error?.description ?? "")")
        }
    }

    @Test func `one file for two outputs is refused with the names of both`() throws {
        var plan = OutputPlan()
        for option in ["--output", "--overlay"] { try plan.write(folder("a.png"), as: option) }
        let error = #expect(throws: CoordinatorError.self) { try plan.check() }
        let path = folder("a.png")
        #expect(error?.description == "--overlay: expected a file of its own, found \(path), which is also --output \(path)")
    }
}
