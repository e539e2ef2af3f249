@testable import Formats
import Foundation
@testable import Imaging
import Testing

@testable import Coordinator

/// Promise 4 and 7 at the command line: a clear line, the right exit code, and no output under its name.
@Suite struct BadInputTests {
    /// One wrong call: what is given, what it must answer.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let name: String
        let arguments: [String]
        let status: Int32
        /// Words that the message must contain.
        let words: [String]

        var testDescription: String { name }
    }

    /// `@` in an argument stands for the scratch folder.
    static let wrongs: [Wrong] = [
        Wrong(name: "no command", arguments: ["grow"], status: 64, words: []),
        Wrong(name: "odd files", arguments: ["train", "@/image.png", "--output", "@/m.json"], status: 64, words: ["pairs"]),
        Wrong(
            name: "bad trees", arguments: ["train", "@/image.png", "@/scribbles.png", "--trees", "0", "--output", "@/m.json"],
            status: 64, words: ["0"]),
        Wrong(
            name: "bad family",
            arguments: ["train", "@/image.png", "@/scribbles.png", "--features", "sharpness", "--output", "@/m.json"],
            status: 64, words: ["sharpness", "intensity"]),
        Wrong(
            name: "bad sigma",
            arguments: ["train", "@/image.png", "@/scribbles.png", "--sigma-min", "-1", "--output", "@/m.json"],
            status: 64, words: ["sigma"]),
        Wrong(
            name: "missing image", arguments: ["train", "@/none.png", "@/scribbles.png", "--output", "@/m.json"], status: 74,
            words: ["none.png"]),
        Wrong(
            name: "text as image", arguments: ["train", "@/text.png", "@/scribbles.png", "--output", "@/m.json"], status: 65,
            words: ["text.png", "PNG"]),
        Wrong(
            name: "cut image", arguments: ["train", "@/cut.png", "@/scribbles.png", "--output", "@/m.json"], status: 65,
            words: ["cut.png"]),
        Wrong(
            name: "labels of another size", arguments: ["train", "@/image.png", "@/small.png", "--output", "@/m.json"],
            status: 65, words: ["small.png", "96×96", "8×8"]),
        Wrong(
            name: "colours as labels", arguments: ["train", "@/image.png", "@/image.png", "--output", "@/m.json"], status: 65,
            words: ["image.png"]),
        Wrong(
            name: "no label", arguments: ["train", "@/image.png", "@/blank.png", "--output", "@/m.json"], status: 65,
            words: ["blank.png", "2"]),
        Wrong(
            name: "one class", arguments: ["train", "@/image.png", "@/one.png", "--output", "@/m.json"], status: 65,
            words: ["one.png", "only the label 3"]),
        Wrong(
            name: "wrong number of names",
            arguments: ["train", "@/image.png", "@/scribbles.png", "--class-names", "a,b", "--output", "@/m.json"],
            status: 64, words: ["3", "2"]),
        Wrong(
            name: "output in a file's place",
            arguments: ["train", "@/image.png", "@/scribbles.png", "--trees", "1", "--output", "@/text.png/m.json"], status: 74,
            words: ["text.png"]),
        Wrong(
            name: "no model", arguments: ["segment", "@/image.png", "--model", "@/none.json", "--output", "@/l.png"], status: 74,
            words: ["none.json"]),
        Wrong(
            name: "text as model", arguments: ["segment", "@/image.png", "--model", "@/text.png", "--output", "@/l.png"],
            status: 65, words: ["text.png"]),
        Wrong(
            name: "image of another kind",
            arguments: ["segment", "@/grey.png", "--model", "@/model.json", "--output", "@/l.png"], status: 65,
            words: ["grey.png", "3 channels"]),
        Wrong(
            name: "two images, one output",
            arguments: ["segment", "@/image.png", "@/grey.png", "--model", "@/model.json", "--output", "@/l.png"], status: 64,
            words: ["{name}"]),
        Wrong(
            name: "output over the image",
            arguments: ["segment", "@/image.png", "--model", "@/model.json", "--output", "@/image.png"], status: 64,
            words: ["--output", "the input"]),
        Wrong(
            name: "model over the labels, by another way",
            arguments: ["train", "@/image.png", "@/scribbles.png", "--output", "@/./scribbles.png"], status: 64,
            words: ["--output", "the input"]),
        Wrong(
            name: "two outputs in one file",
            arguments: [
                "segment", "@/image.png", "--model", "@/model.json", "--output", "@/l.png", "--overlay", "@/../@@/l.png",
            ], status: 64, words: ["--overlay", "--output"]),
        Wrong(
            name: "a class's map over the labels",
            arguments: [
                "segment", "@/image.png", "--model", "@/model.json", "--output", "@/p-class 1.png", "--probabilities",
                "@/p.png",
            ], status: 64, words: ["--probabilities", "--output"]),
        Wrong(
            name: "an ending that says otherwise",
            arguments: ["segment", "@/image.png", "--model", "@/model.json", "--output", "@/l.jpg"], status: 64,
            words: [".png", "l.jpg"]),
        Wrong(
            name: "a folder as model", arguments: ["train", "@/image.png", "@/scribbles.png", "--output", "@/."], status: 64,
            words: ["--output"]),
        Wrong(
            name: "no name at all", arguments: ["train", "@/image.png", "@/scribbles.png", "--output", ""], status: 64,
            words: ["--output"]),
        Wrong(
            name: "a secret in a URL",
            arguments: [
                "train", "@/image.png", "@/scribbles.png", "--workers", "http://me:pw@127.0.0.1:1", "--output", "@/m.json",
            ], status: 64, words: ["--workers"]),
        Wrong(
            name: "image model on a table",
            arguments: ["predict", "@/model.json", "@/text.png", "--output", "@/y.npy"], status: 65, words: ["segment"]),
        Wrong(
            name: "text as table", arguments: ["train", "--table", "@/text.png", "@/text.png", "--output", "@/m.json"],
            status: 65, words: ["text.png"]),
        Wrong(
            name: "broken manifest", arguments: ["train", "--manifest", "@/pairs.csv", "--output", "@/m.json"], status: 65,
            words: ["pairs.csv", "line 2"]),
        Wrong(
            name: "empty token file",
            arguments: [
                "train", "@/image.png", "@/scribbles.png", "--token-file", "@/empty", "--workers", "http://127.0.0.1:1",
                "--output", "@/m.json",
            ], status: 65, words: ["empty"]),
        Wrong(
            name: "bad worker URL",
            arguments: ["train", "@/image.png", "@/scribbles.png", "--workers", "ftp://x", "--output", "@/m.json"], status: 64,
            words: ["ftp://x"]),
    ]

    @Test func `every wrong call is answered by one line, its exit code, and nothing else`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 96, pixelsPerClass: 100)
        #expect(
            try await Program.coppice([
                "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "2", "--output", scratch("model.json"),
                "--local", "1",
            ]).status == 0)
        try Data("this is no image".utf8).write(to: URL(fileURLWithPath: scratch("text.png")))
        try scratch.bytes("image.png").prefix(3000).write(to: URL(fileURLWithPath: scratch("cut.png")))
        try Data().write(to: URL(fileURLWithPath: scratch("empty")))
        try Data("image,labels\nimage.png\n".utf8).write(to: URL(fileURLWithPath: scratch("pairs.csv")))
        let grey = PixelBuffer(width: 8, height: 8, channels: 1, sampleType: .uint8, bytes: [UInt8](repeating: 9, count: 64))
        try grey.write(to: scratch("grey.png"))
        let blank = LabelMap(width: 96, height: 96, labels: [UInt16](repeating: 0, count: 96 * 96))
        try blank.write(to: scratch("blank.png"))
        try LabelMap(width: 8, height: 8, labels: [UInt16](repeating: 1, count: 64)).write(to: scratch("small.png"))
        var one = blank
        for position in 500..<600 { one.labels[position] = 3 }
        try one.write(to: scratch("one.png"))
        let before = scratch.names
        for wrong in Self.wrongs {
            let arguments = wrong.arguments.map {
                $0.replacing("@@", with: scratch.folder.lastPathComponent).replacing("@/", with: scratch.folder.path + "/")
            }
            let outcome = try await Program.coppice(arguments)
            #expect(outcome.status == wrong.status, "\(wrong.name): \(outcome.errors)")
            #expect(scratch.names == before, "\(wrong.name)")
            for word in wrong.words { #expect(outcome.errors.contains(word), "\(wrong.name): \(outcome.errors)") }
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(wrong.name): \(outcome.errors)")
            #expect(outcome.errors.hasPrefix("coppice: "), "\(wrong.name): \(outcome.errors)")
        }
    }

    @Test func `a class with few samples is warned about`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 96, pixelsPerClass: 100)
        var labels = try ImageFile.readAllLabels(path: scratch("scribbles.png"))
        var kept = 0
        for position in labels.labels.indices where labels.labels[position] == 2 {
            kept += 1
            if kept > 4 { labels.labels[position] = 0 }
        }
        try labels.write(to: scratch("few.png"))
        let outcome = try await Program.coppice([
            "train", scratch("image.png"), scratch("few.png"), "--trees", "2", "--output", scratch("m.json"), "--local", "1",
            "--quiet",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("warning") && outcome.errors.contains("only 4"), "\(outcome.errors)")
    }

    /// Runs a shell command in the folder, with `coppice` as `$1`.
    private func shell(_ command: String, in scratch: Scratch) async throws -> Program.Outcome {
        let script = "cd '\(scratch.folder.path)' && \(command)"
        return try await Running(URL(fileURLWithPath: "/bin/bash"), ["-c", script, "test", Program.coppice.path]).ended()
    }

    @Test func `names of one character, links, and closed or full standard streams do no harm`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 96, pixelsPerClass: 100)
        let train = "\"$1\" train image.png scribbles.png --trees 2 --local 1"
        #expect(try await shell("\(train) --output x", in: scratch).status == 0)
        #expect(try await shell("ln -s x y && \(train) --seed 1 --output y && test -L y", in: scratch).status == 0)
        #expect(try await shell("\(train) --output z 2>&-", in: scratch).status == 0)
        #expect(try await shell("\(train) --output z >/dev/full", in: scratch).status == 74)
        #expect(try await shell("\"$1\" info none.png 2>&-", in: scratch).status == 74)
        #expect(try await shell("\"$1\" info none.png 2>/dev/full", in: scratch).status == 74)
        #expect(try await shell("mkfifo pipe && \(train) --output pipe; test $? -eq 74 && test -p pipe", in: scratch).status == 0)
    }

    @Test func `a failed run leaves a report that says why`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 96, pixelsPerClass: 100)
        let outcome = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--class-names", "a", "--output", scratch("m.json"),
            "--report", scratch("r.json"), "--local", "1",
        ])
        #expect(outcome.status == 64)
        let report = try Report(scratch("r.json"))
        #expect(report.exitStatus == 64 && report.error?.contains("--class-names") == true)
    }

    @Test func `a full disk is an error and leaves no output`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 96, pixelsPerClass: 100)
        // A file size limit makes every write beyond it fail, as a full disk does.
        let command = """
            trap '' XFSZ; ulimit -f 4; exec "\(Program.coppice.path)" train "\(scratch("image.png"))" "\(scratch("scribbles.png"))" \
            --trees 20 --local 1 --quiet --output "\(scratch("m.json"))"
            """
        let running = try Running(URL(fileURLWithPath: "/bin/bash"), ["-c", command])
        let outcome = await running.ended()
        #expect(outcome.status == 74, "\(outcome.status): \(outcome.errors)")
        #expect(scratch.names == ["image.png", "scribbles.png", "truth.png"])
    }
}
