@testable import Formats
import Foundation
@testable import Imaging
import Testing

@testable import Coordinator

@Suite struct OutputNameTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func path(_ template: String, _ input: String, below subfolder: String = "", pageDigits: Int? = nil) -> String {
        OutputName(template: template, folderSuffix: "-labels.png").path(
            forInput: ImageInput(path: input, selection: ImageSelection(page: pageDigits == nil ? 0 : 7), pageDigits: pageDigits),
            below: subfolder)
    }

    @Test(
        arguments: [
            ("out/{folder}/{name}.png", "data/day1/img.png", "out/day1/img.png"),
            ("{folder}-{stem}.png", "day1/a.b.c.png", "day1-a.png"),
            ("{folder}.png", "/img.png", ".png"), ("{folder}/{name}.zarr", "day1/img.zarr/", "day1/img.zarr"),
            ("{folder}_{name}.png", "https://host/day2/a.tif?x=y/z", "day2_a.png"),
            ("{folder}_{name}.png", "s3://bucket/a.tif", "bucket_a.png"),
            ("{name}-{page}.png", "d/{folder}.png", "{folder}-0.png"), ("{nam}{name}", "a.png", "{nam}a"),
            ("plain.png", "a.png", "plain.png"),
            ("out/{folder}/", "day1/a.png", "out/day1/a-labels.png"),
        ])
    func `a template is filled from the input's path`(template: String, input: String, expected: String) {
        #expect(path(template, input) == expected)
    }

    @Test func `the folder of a bare name is the one that it is in`() throws {
        let current = FilePath(FileManager.default.currentDirectoryPath).name
        #expect(path("{folder}-{name}", "a.png") == "\(current)-a" && path("{folder}-{name}", "./a.png") == "\(current)-a")
        try FileManager.default.createDirectory(atPath: folder("x/y"), withIntermediateDirectories: true)
        #expect(path("{folder}", folder("x/y/../a.png")) == "x")
    }

    @Test func `below an output folder the tree of the inputs is kept`() {
        #expect(path("out/", "in/d/e/a.png", below: "d/e") == "out/d/e/a-labels.png")
        #expect(path(folder.path, "in/d/a.png", below: "d", pageDigits: 2) == folder("d/a-07-labels.png"))
        #expect(path("out/{name}.png", "in/d/a.png", below: "d") == "out/a.png")
    }

    @Test func `one name in two folders is refused with what would tell them apart`() throws {
        let inputs = ["day1/img.png", "day2/img.png"].map { ImageInput(path: $0) }
        func paths(_ template: String, _ inputs: [ImageInput], below subfolders: [String]? = nil) throws(CoordinatorError)
            -> [String]
        {
            try OutputName(template: template, folderSuffix: "-labels.png").paths(
                forInputs: inputs, below: subfolders, option: "--output")
        }
        let error = #expect(throws: CoordinatorError.self) { _ = try paths("out/", inputs) }
        for word in ["--output: ", "{name} and {folder}", "--recursive", "day1/img.png and day2/img.png"] {
            #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
        }
        #expect(try paths("out/{folder}/{name}.png", inputs) == ["out/day1/img.png", "out/day2/img.png"])
        #expect(try paths("out/", inputs, below: ["day1", "day2"]) == ["out/day1/img-labels.png", "out/day2/img-labels.png"])
        // Two Unicode forms of one text are two names.
        #expect(try paths("{name}.png", ["\u{E9}.tif", "e\u{301}.tif"].map { ImageInput(path: $0) }).count == 2)
    }

    @Test func `outputs that differ in case or Unicode form alone are warned of`() throws {
        func warnings(_ names: String...) throws -> [String] {
            var plan = OutputPlan()
            for name in names { try plan.write(folder(name), as: "--output") }
            return try plan.check()
        }
        #expect(try warnings("a.png", "b.png") == [])
        let tail = "alone: where a file system does not tell them apart, one replaces the other"
        #expect(try warnings("a.png", "A.png") == ["--output: \(folder("a.png")) and \(folder("A.png")) differ in case \(tail)"])
        let forms = try warnings("\u{E9}.png", "e\u{301}.png")
        #expect(forms.count == 1 && forms[0].contains("differ in their Unicode form \(tail)"))
        #expect(try warnings("D/a.png", "d/a.png").count == 1)
        #expect(throws: CoordinatorError.self) { try warnings("a.png", "./a.png") }
    }

    @Test func `a plan refuses what cannot be written, by its cause`() throws {
        _ = try folder.write("x", to: "file")
        try FileManager.default.createSymbolicLink(atPath: folder("lost"), withDestinationPath: "nowhere")
        try FileManager.default.createSymbolicLink(atPath: folder("round"), withDestinationPath: "round")
        try FileManager.default.createSymbolicLink(atPath: folder("out.png"), withDestinationPath: "file/a.png")
        for (path, reason) in [
            (folder("file/a.png"), "expected a folder at \(folder("file")), found a file"),
            (folder("file/b/a.png"), "expected a folder at \(folder("file")), found a file"),
            (folder("lost/a.png"), "expected a folder at \(folder("lost")), found a link that leads nowhere"),
            (folder("out.png"), "expected a folder at \(folder("file")), found a file"),
            (folder("round"), "Too many levels of symbolic links"),
        ] {
            var plan = OutputPlan()
            try plan.write(path, as: "--output")
            let error = #expect(throws: CoordinatorError.self) { try plan.check() }
            #expect(error?.description == "\(path): \(reason)" && error?.kind == .inputOutput)
        }
        for path in ["~", "~/x.png"] {
            var plan = OutputPlan()
            #expect(throws: CoordinatorError.self) { try plan.write(path, as: "--output") }
        }
    }

    @Test(
        arguments: [
            ("{name}-{page}.png", "d/s.tif", 1, "s-7.png"), ("{name}-{page}.png", "d/s.tif", 3, "s-007.png"),
            ("{page}/{page}.png", "s.tif", 2, "07/07.png"), ("{page}.png", "{page}.tif", 2, "07.png"),
            ("out/", "d/s.tif", 3, "out/s-007-labels.png"), ("out/{page}/", "d/s.tif", 2, "out/07/s-07-labels.png"),
            ("out/{folder}/{page}/", "d/s.tif", 1, "out/d/7/s-7-labels.png"),
            // Without placeholders, what is a collision of several planes is refused elsewhere.
            ("all.tif", "s.tif", 2, "all.tif"),
        ])
    func `the number of a page has the digits of the largest`(template: String, input: String, digits: Int, expected: String) {
        #expect(path(template, input, pageDigits: digits) == expected)
    }

    @Test(
        arguments: [
            ("{name}|{stem}", "d/a", "a|a"), ("{name}|{stem}", "a.b.c", "a.b|a"), ("{name}|{stem}", ".a", ".a|.a"),
            ("{name}|{stem}", ".a.b.c", ".a.b|.a"), ("{name}|{stem}", "a.", "a|a"), ("{name}{name}", "a.png", "aa"),
            ("{{name}}", "a.png", "{a}"), ("{name", "a.png", "{name"), ("{", "a.png", "{"), ("{Name}", "a.png", "{Name}"),
            ("{stem}.png", "{name}.tif", "{name}.png"),
        ])
    func `a name ends before its last dot, a stem before its first`(template: String, input: String, expected: String) {
        #expect(path(template, input) == expected)
    }

    @Test func `no inputs have no outputs, and one may have any name`() throws {
        let name = OutputName(template: "plain.png", folderSuffix: "-labels.png")
        let (none, one) = (
            try name.paths(forInputs: [], option: "--output"),
            try name.paths(forInputs: [ImageInput(path: "a.png")], option: "--output")
        )
        #expect(none.isEmpty && one == ["plain.png"])
    }

    @Test(
        arguments: [
            ("plain.png", ["a.png", "b.png"], "{name} that"), ("{name}.png", ["d/a.png", "d/a.tif"], "{name} that"),
            ("{name}.png", ["d/a.png", "e/a.png"], "{name} and {folder} that"),
            ("{stem}.png", ["a.b.png", "a.c.png"], "{name} that"),
        ])
    func `two inputs with one output are named, with what would tell them apart`(
        template: String, inputs: [String], parts: String
    ) throws {
        let name = OutputName(template: template, folderSuffix: "-labels.png")
        let error = #expect(throws: CoordinatorError.self) {
            try name.paths(forInputs: inputs.map { ImageInput(path: $0) }, option: "--output")
        }
        let text = error?.description ?? ""
        #expect(error?.kind == .usage && text.contains("template with \(parts)"), "\(text)")
        #expect(text.hasSuffix(" for both \(inputs.joined(separator: " and "))"), "\(text)")
    }

    @Test func `the planes of a file are told apart by their page`() throws {
        let planes = (0..<11).map { ImageInput(path: "s.tif", selection: ImageSelection(page: $0), pageDigits: 2) }
        let name = OutputName(template: "{name}.png", folderSuffix: "-labels.png")
        let error = #expect(throws: CoordinatorError.self) { try name.paths(forInputs: planes, option: "--output") }
        #expect(error?.description.contains("{name} and {page} that") == true, "\(error?.description ?? "")")
        let paths = try OutputName(template: "{page}.png", folderSuffix: "").paths(forInputs: planes, option: "--output")
        #expect(paths.first == "00.png" && paths.last == "10.png" && Set(paths).count == 11)
    }
}
