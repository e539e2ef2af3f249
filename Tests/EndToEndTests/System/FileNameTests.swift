import Foundation
import Testing

/// Names, patterns, home folders and trees of folders, as they are typed.
@Suite struct FileNameTests {
    private let scratch: Scratch

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 96, pixelsPerClass: 100)
        let made = try await Shell.run(
            "\"$1\" train image.png scribbles.png --trees 2 --local 1 --quiet --output m.json", in: scratch)
        #expect(made.status == 0, "\(made.errors)")
    }

    private func segment(_ command: String, environment: [String: String] = [:]) async throws -> Program.Outcome {
        try await Shell.run("\(command) --model m.json --local 1 --quiet", in: scratch, environment: environment)
    }

    private func names(below folder: String) -> [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: scratch(folder))) ?? []).filter { $0.hasSuffix(".png") }.sorted()
    }

    @Test func `brackets of a folder that is there are its name`() async throws {
        let outcome = try await segment(
            "mkdir 'run[1]' run1 && cp image.png 'run[1]/t [1].png' && cp image.png 'run[1]/t [2].png' && cp image.png run1/u.png && "
                + "\"$1\" segment 'run[1]/*.png' --output out/")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(names(below: "out") == ["t [1]-labels.png", "t [2]-labels.png"])
    }

    @Test func `a home folder is meant by its sign, wherever a path is given`() async throws {
        let home = ["HOME": scratch.folder.path]
        let outcome = try await Shell.run(
            """
            mkdir work && cd work && printf 'image,labels\\n~/image.png,~/scribbles.png\\n' > pairs.csv && \
            "$1" train --manifest pairs.csv --trees 2 --local 1 --quiet --output=~/home.json --report=~/deep/r.json && \
            "$1" segment '~/image.png' '--model=~/home.json' --output=~/l.png --quiet --local 1 && \
            "$1" info '~/image.png' && ls -A
            """, in: scratch, environment: home)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.hasSuffix("\npairs.csv\n"), "\(outcome.output)")
        for name in ["home.json", "l.png", "deep"] { #expect(scratch.names.contains(name), "\(name)") }
        #expect(try scratch.bytes("home.json") == scratch.bytes("m.json"))
    }

    @Test func `a name in another Unicode form finds its file`() async throws {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        let outcome = try await Shell.run(
            """
            mkdir \(decomposed) && mv image.png \(decomposed)/\(composed).png && mv scribbles.png \(decomposed) && mv m.json \(composed).json && \
            printf '\(composed)/\(decomposed).png,\(composed)/scribbles.png\\n' > \(decomposed).csv && \
            "$1" train --manifest \(composed).csv --trees 2 --local 1 --quiet --output n.json && \
            "$1" train \(composed)/\(decomposed).png \(composed)/scribbles.png --trees 2 --local 1 --quiet --output o.json && \
            "$1" segment \(composed)/\(decomposed).png --model \(decomposed).json --local 1 --quiet --output l.png && \
            "$1" segment '\(composed)/\(decomposed)*.png' --model=\(decomposed).json --local 1 --quiet --output k.png && \
            "$1" inspect \(decomposed).json
            """, in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try scratch.bytes("n.json") == scratch.bytes("o.json") && scratch.bytes("l.png") == scratch.bytes("k.png"))
    }

    @Test func `two images whose names differ in their Unicode form alone are both segmented`() async throws {
        let outcome = try await segment(
            "mkdir in && cp image.png in/caf\u{E9}.png && cp image.png in/cafe\u{301}.png && \"$1\" segment in --output out/")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(names(below: "out").count == 2)
        #expect(outcome.errors.hasPrefix("coppice: warning: --output: out/caf"), "\(outcome.errors)")
        #expect(outcome.errors.contains("differ in their Unicode form alone"), "\(outcome.errors)")
    }

    @Test func `one name in many folders is told apart by the folder, or by the tree below the output`() async throws {
        let made =
            "mkdir -p sub/day1/deep sub/day2 && cp image.png sub/day1/img.png && cp image.png sub/day2/img.png && cp image.png sub/day1/deep/x.png"
        let both = try await segment(
            "\(made) && \"$1\" segment 'sub/*/img.png' --output 'out/{folder}/{name}.png' --overlay 'over/{folder}.png'")
        #expect(both.status == 0, "\(both.errors)")
        #expect(names(below: "out") == ["day1/img.png", "day2/img.png"] && names(below: "over") == ["day1.png", "day2.png"])
        let tree = try await segment("\"$1\" segment sub --recursive --output tree/ --uncertainty tree/")
        #expect(tree.status == 0, "\(tree.errors)")
        #expect(
            names(below: "tree") == [
                "day1/deep/x-labels.png", "day1/deep/x-uncertainty.png", "day1/img-labels.png", "day1/img-uncertainty.png",
                "day2/img-labels.png", "day2/img-uncertainty.png",
            ])
        #expect(tree.output == "tree/day1/img-labels.png\ntree/day1/deep/x-labels.png\ntree/day2/img-labels.png\n")
        let flat = try await segment("\"$1\" segment 'sub/*/img.png' --output flat/")
        #expect(flat.status == 64 && flat.errors.contains("{folder}"), "\(flat.errors)")
        let none = try await segment("\"$1\" segment sub --output none/")
        #expect(none.status == 65 && none.errors.contains("--recursive"), "\(none.errors)")
    }

    @Test func `a manifest of a spreadsheet trains what the command line trains`() async throws {
        let manifest = "\u{FEFF}# made by hand\r\nimage;labels\r\nimage.png;scribbles.png\r\n"
        try Data(manifest.utf8).write(to: URL(fileURLWithPath: scratch("pairs.csv")))
        let train = "train --manifest pairs.csv --trees 2 --local 1 --quiet --output n.json"
        let outcome = try await Shell.run("\"$1\" \(train)", in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try scratch.bytes("n.json") == scratch.bytes("m.json"))
        try Data([0xFF, 0xFE] + manifest.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] })
            .write(to: URL(fileURLWithPath: scratch("pairs.csv")))
        for command in [train, "segment --manifest pairs.csv --model m.json --output out/"] {
            let refused = try await Shell.run("\"$1\" \(command)", in: scratch)
            #expect(refused.status == 65)
            #expect(refused.errors == "coppice: pairs.csv: expected UTF-8 text, found UTF-16; save it as UTF-8\n")
        }
    }

    @Test func `a pair that is listed twice trains as if it were listed once`() async throws {
        let pair = "image.png scribbles.png"
        try Data("image.png,scribbles.png\n./image.png,scribbles.png\n".utf8).write(
            to: URL(fileURLWithPath: scratch("pairs.csv")))
        for inputs in ["\(pair) \(pair)", "--manifest pairs.csv"] {
            let outcome = try await Shell.run("\"$1\" train \(inputs) --trees 2 --local 1 --quiet --output n.json", in: scratch)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try scratch.bytes("n.json") == scratch.bytes("m.json"))
        }
        let evaluated = try await Shell.run("\"$1\" evaluate truth.png truth.png truth.png ./truth.png", in: scratch)
        #expect(evaluated.output.contains("pixels    \(96 * 96)\n"), "\(evaluated.output)")
    }

    @Test(arguments: ["l.png", "l.tif", "l.zarr"]) func `an output that is a link stays one, and its target is written`(
        name: String
    ) async throws {
        for _ in 0..<2 {
            let segment = "\"$1\" segment image.png --output \(name) --model m.json --local 1 --quiet"
            let outcome = try await Shell.run(
                "ln -sfn deep/real.\(name) \(name) && \(segment) && test -L \(name) && test -e deep/real.\(name)", in: scratch)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch("deep"))
        #expect(left == ["real.\(name)"])
    }

    @Test func `models, reports, features and tables keep links, too`() async throws {
        let outcome = try await Shell.run(
            """
            for name in model.json report.json f.npy; do ln -s real-$name $name; done && \
            "$1" train image.png scribbles.png --trees 2 --local 1 --quiet --output model.json --report report.json && \
            "$1" features image.png --sigma-max 1 --local 1 --quiet --output f.npy && \
            for name in model.json report.json f.npy; do test -L $name && test -f real-$name || exit 1; done
            """, in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try scratch.bytes("real-model.json") == scratch.bytes("m.json"))
    }
}
