@testable import Commands
@testable import Formats
import Foundation
@testable import Imaging
@testable import Primitives
import Testing

/// What a client has the server do on its files: the same bytes as those of the command line, and errors in one line.
@Suite struct ClientWorkTests {
    private let scratch: Scratch

    /// Writes the demo's image and scribbles, also as arrays, and a table.
    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 160, pixelsPerClass: 200)
        let image = try ImageFile.readAll(path: scratch("image.png"))
        try write(image.bytes, [image.height, image.width, image.channels], to: "image.npy")
        let labels = try ImageFile.readAllLabels(path: scratch("scribbles.png"))
        try write(labels.labels.map { Int64($0) }, [labels.height, labels.width], to: "scribbles.npy")
        var generator = SplitMix64(seed: 5)
        let rows = (0..<400).map { _ in (0..<4).map { _ in generator.uniform(-1, 1) } }
        try write(rows.flatMap { $0 }, [400, 4], to: "X.npy")
        try write(rows.map { $0[0] + $0[2] > 0 ? Int64(2) : 5 }, [400], to: "y.npy")
    }

    private func write<Value: NPYScalar>(_ values: [Value], _ shape: [Int], to name: String) throws {
        let writer = try NPYWriter(path: scratch(name), element: Value.npyElement, shape: shape)
        try writer.write(values)
        try writer.finish()
    }

    private func served(_ body: (ServedAnnotator) async throws -> Void) async throws {
        let served = try await ServedAnnotator.start([scratch("project")])
        do {
            try await body(served)
            let outcome = await served.end()
            #expect(outcome.status == 0, "\(outcome.errors)")
        } catch {
            _ = await served.end()
            throw error
        }
    }

    /// Runs a command in the folder of the files, so that they have the same names there and at the server.
    private func command(_ text: String) async throws -> String {
        let outcome = try await Shell.run("$1 \(text)", in: scratch)
        try #require(outcome.status == 0, "\(text): \(outcome.errors)")
        return outcome.output
    }

    private func send(_ names: String..., to served: ServedAnnotator) async throws {
        for name in names {
            let answer = try await served.send("PUT", "/api/v1/files/\(name)", bytes: try scratch.bytes(name))
            try #require(answer.status == 201, "\(answer.text)")
        }
    }

    /// Asks for something; the wish has ' for ".
    private func ask(_ path: String, _ wish: String, of served: ServedAnnotator) async throws -> ServedAnnotator.Answer {
        try await served.send("POST", "/api/v1/\(path)", wish.replacing("'", with: "\""))
    }

    private func file(_ name: String, of served: ServedAnnotator) async throws -> ServedAnnotator.Answer {
        try await served.send("GET", "/api/v1/files/\(name)")
    }

    /// Asks for what a command has done, and expects the files that it has made: the same names, and the same bytes.
    ///
    /// - Parameter names: in their order.
    private func expect(_ names: [String], from path: String, _ wish: String, at served: ServedAnnotator) async throws {
        let answer = try await ask(path, wish, of: served)
        try #require(answer.status == 201, "\(answer.text)")
        let files = try #require(answer.member("files") as? [[String: Any]])
        #expect(files.compactMap { $0["name"] as? String } == names)
        for name in names {
            let found = try await file(name, of: served)
            #expect(found.status == 200, "\(found.text)")
            let bytes = try scratch.bytes(name)
            #expect(found.body == bytes, "\(name): \(found.body.count) bytes, the command's \(bytes.count)")
        }
    }

    // MARK: The same bytes

    @Test func `arrays train the model of the command line, which segments, is measured and evaluated as there`() async throws {
        _ = try await command(
            """
            train image.npy scribbles.npy --trees 12 --seed 3 --sigma-max 4 --max-features 5 --class-weight balanced \
            --class-names a,b,c --output model.json --local 1 --quiet
            """)
        _ = try await command(
            """
            segment image.npy --model model.json --output labels.npy --probabilities shares.npy --uncertainty doubt.npy \
            --overlay over.png --areas areas.csv --min-region 9 --local 1 --quiet
            """)
        _ = try await command(
            """
            objects labels.npy --image image.npy --model model.json --min-area 4 --output objects.geojson --output objects.csv \
            --output objects.json --output numbers.tif --local 1 --quiet
            """)
        let figures = try await command("evaluate labels.npy truth.png --boundary-tolerance 1 --json")
        try await served { served in
            try await send("image.npy", "scribbles.npy", "truth.png", to: served)
            try await expect(
                ["model.json"], from: "train",
                """
                {'images':[{'image':'image.npy','labels':'scribbles.npy'}],'output':'model.json','features':{'sigmaMax':4},
                 'forest':{'trees':12,'seed':3,'maxFeatures':'5','classWeight':'balanced'},'classNames':['a','b','c']}
                """, at: served)
            try await expect(
                ["areas.csv", "doubt.npy", "labels.npy", "over.png", "shares.npy"], from: "segment",
                """
                {'image':'image.npy','model':'model.json','output':'labels.npy','probabilities':'shares.npy',
                 'uncertainty':'doubt.npy','overlay':'over.png','areas':'areas.csv','minRegion':9}
                """, at: served)
            try await expect(
                ["numbers.tif", "objects.csv", "objects.geojson", "objects.json"], from: "objects",
                """
                {'labels':'labels.npy','image':'image.npy','model':'model.json','areaMin':4,
                 'outputs':['objects.geojson','objects.csv','objects.json','numbers.tif']}
                """, at: served)
            let evaluated = try await ask(
                "evaluate", "{'pairs':[{'predicted':'labels.npy','truth':'truth.png'}],'boundaryTolerance':1}", of: served)
            #expect(evaluated.text == figures)
        }
    }

    @Test func `an array is the image whose values it has`() async throws {
        for (image, labels, model) in [("image.npy", "scribbles.npy", "a.json"), ("image.png", "scribbles.png", "b.json")] {
            _ = try await command("train \(image) \(labels) --trees 5 --output \(model) --local 1 --quiet")
        }
        #expect(try scratch.bytes("a.json") == scratch.bytes("b.json"))
        _ = try await command("segment image.png --model a.json --output l.png --local 1 --quiet")
        _ = try await command("segment image.npy --model a.json --output l.npy --tile 50 --local 2 --quiet")
        #expect(try ImageFile.readAllLabels(path: scratch("l.npy")) == ImageFile.readAllLabels(path: scratch("l.png")))
        let header = try NPYReader(path: scratch("l.npy")).header
        #expect(header == NPYHeader(element: .uint8, shape: [160, 160]))
    }

    @Test func `labels above 255 are an array of 16 bits`() async throws {
        let labels = try ImageFile.readAllLabels(path: scratch("scribbles.png")).labels
        try write(labels.map { $0 * 300 }, [160, 160], to: "large.npy")
        _ = try await command("train image.npy large.npy --trees 5 --output m.json --local 1 --quiet")
        _ = try await command("segment image.npy --model m.json --output l.npy --local 1 --quiet")
        #expect(try NPYReader(path: scratch("l.npy")).header.element == .uint16)
        let found = try ImageFile.readAllLabels(path: scratch("l.npy")).presentLabels
        #expect(Set(found).isSubset(of: [300, 600, 900]) && found.count > 1)
    }

    @Test func `a table trains and predicts as at the command line`() async throws {
        _ = try await command("train --table X.npy y.npy --trees 9 --max-samples-per-class 150 --output t.json --local 1 --quiet")
        _ = try await command("predict t.json X.npy --output rows.npy --probabilities odds.npy --local 1 --quiet")
        try await served { served in
            try await send("X.npy", "y.npy", to: served)
            try await expect(
                ["t.json"], from: "train",
                "{'table':{'features':'X.npy','labels':'y.npy'},'output':'t.json','forest':{'trees':9},'maxSamplesPerClass':150}",
                at: served)
            try await expect(
                ["odds.npy", "rows.npy"], from: "predict",
                "{'model':'t.json','table':'X.npy','output':'rows.npy','probabilities':'odds.npy'}", at: served)
        }
    }

    // MARK: Files

    @Test func `files are listed, described, sent back and removed, and gone with the server`() async throws {
        try await served { served in
            try await send("X.npy", "image.png", to: served)
            let list = try await served.send("GET", "/api/v1/files")
            let files = try #require(list.member("files") as? [[String: Any]])
            #expect(files.map { $0["name"] as? String } == ["X.npy", "image.png"])
            #expect(files[0]["type"] as? String == "float32" && files[0]["shape"] as? [Int] == [400, 4])
            let back = try await file("image.png", of: served)
            #expect(try back.body == scratch.bytes("image.png"))
            #expect(back.fields["content-type"] == "application/octet-stream")
            let removed = try await served.send("DELETE", "/api/v1/files/X.npy", "{}")
            #expect(removed.status == 204)
            let missing = try await file("X.npy", of: served)
            #expect(missing.status == 404)
            #expect(missing.member("message") as? String == "file \"X.npy\" is not known here")
        }
        #expect(!FileManager.default.fileExists(atPath: scratch("project/cache/files")))
    }

    // MARK: Bad input

    /// A wrong request: what is sent, the answer's status, and words of its line.
    struct Wrong: Sendable {
        var name: String
        var path: String
        /// With ' for ".
        var wish: String
        var status = 422
        var words: [String]
    }

    private static let training = "'images':[{'image':'image.npy','labels':'scribbles.npy'}],'output':'m.json'"
    private static let table = "'table':{'features':'X.npy','labels':'y.npy'},'output':'m.json'"
    private static let segmentation = "'image':'image.npy','model':'model.json'"

    private static func labelled(_ image: String, _ labels: String) -> String {
        "{'images':[{'image':'\(image)','labels':'\(labels)'}],'output':'m.json'}"
    }

    static let wrongs: [Wrong] = [
        .init(name: "unknown file", path: "train", wish: labelled("none.npy", "y.npy"), status: 404, words: ["none.npy"]),
        .init(
            name: "unknown image of the project", path: "segment",
            wish: "{'image':{'image':'11111111-1111-4111-8111-111111111111'},'model':'model.json','output':'l.npy'}", status: 404,
            words: ["image", "11111111-1111-4111-8111-111111111111"]),
        .init(
            name: "unknown revision", path: "segment", wish: "{'image':'image.npy','model':77,'output':'l.npy'}", status: 404,
            words: ["77"]),
        .init(
            name: "labels of another size", path: "train", wish: labelled("image.npy", "small.npy"),
            words: ["small.npy", "160×160", "8×8"]),
        .init(
            name: "labels that are no whole numbers", path: "train", wish: labelled("image.npy", "half.npy"),
            words: ["half.npy", "0.5"]),
        .init(
            name: "image of another type", path: "segment", wish: "{'image':'half.npy','model':'model.json','output':'l.npy'}",
            words: ["half.npy", "3 channels of uint8", "1 of float32"]),
        .init(
            name: "table as an image", path: "segment", wish: "{'image':'y.npy','model':'model.json','output':'l.npy'}",
            words: ["y.npy", "(height, width)", "(400)"]),
        .init(
            name: "image as a table", path: "train",
            wish: "{'table':{'features':'image.npy','labels':'y.npy'},'output':'m.json'}",
            words: ["image.npy", "samples × 1 to 1000 features"]),
        .init(
            name: "labels of other rows", path: "train",
            wish: "{'table':{'features':'X.npy','labels':'half.npy'},'output':'m.json'}",
            words: ["half.npy", "400 labels"]),
        .init(
            name: "no model", path: "segment", wish: "{'image':'image.npy','model':'X.npy','output':'l.npy'}",
            words: ["X.npy", "model"]),
        .init(
            name: "misspelt member", path: "train", wish: "{\(training),'forest':{'treees':5}}",
            words: ["forest", "minSamplesLeaf", "treees"]),
        .init(name: "neither images nor table", path: "train", wish: "{'output':'m.json'}", words: ["images", "found none"]),
        .init(name: "both", path: "train", wish: "{\(training),'table':{'features':'X.npy','labels':'y.npy'}}", words: ["both"]),
        .init(
            name: "trees out of range", path: "train", wish: "{\(training),'forest':{'trees':0}}",
            words: ["forest: trees", "1 to 65536", "0"]),
        .init(
            name: "seed below 0", path: "train", wish: "{\(training),'forest':{'seed':-1}}",
            words: ["forest.seed", "0 or more", "-1"]),
        .init(name: "selection of a table", path: "train", wish: "{\(table),'select':3}", words: ["select", "table"]),
        .init(name: "no feature", path: "train", wish: "{\(training),'select':0}", words: ["select", "1", "0"]),
        .init(
            name: "preset and families", path: "train",
            wish: "{\(training),'features':{'preset':'fast','families':['edges']}}", words: ["preset", "families", "both"]),
        .init(
            name: "unknown preset", path: "train", wish: "{\(training),'features':{'preset':'best'}}",
            words: ["preset", "scikit-image", "best"]),
        .init(name: "folds of a table", path: "train", wish: "{\(table),'folds':3}", words: ["folds", "table"]),
        .init(name: "one fold", path: "train", wish: "{\(training),'folds':1}", words: ["folds", "2 to 64", "1"]),
        .init(
            name: "folder as output", path: "segment", wish: "{\(segmentation),'output':'l.zarr'}",
            words: ["output", ".npy", "\"l.zarr\""]),
        .init(
            name: "output elsewhere", path: "segment", wish: "{\(segmentation),'output':'../l.npy'}",
            words: ["output", "../l.npy"]),
        .init(
            name: "output in the place of an input", path: "segment", wish: "{\(segmentation),'output':'image.npy'}",
            words: ["output", "image.npy", "input"]),
        .init(
            name: "one output twice", path: "segment", wish: "{\(segmentation),'output':'l.npy','uncertainty':'l.npy'}",
            words: ["l.npy", "a file of its own"]),
        .init(
            name: "maps of other sizes", path: "evaluate",
            wish: "{'pairs':[{'predicted':'small.npy','truth':'scribbles.npy'}]}", words: ["scribbles.npy", "8×8", "160×160"]),
        .init(
            name: "objects in no format", path: "objects", wish: "{'labels':'small.npy','outputs':['o.xyz']}",
            words: ["outputs", ".geojson", "o.xyz"]),
        .init(
            name: "labels out of range", path: "objects", wish: "{'labels':'small.npy','outputs':['o.csv'],'classes':[70000]}",
            words: ["classes", "1 to 65535", "70000"]),
        .init(name: "no document", path: "objects", wish: "[1]", words: ["body"]),
    ]

    @Test func `what cannot be done is said in one line that names files by their names`() async throws {
        try write([UInt8](repeating: 1, count: 64), [8, 8], to: "small.npy")
        try write([Float](repeating: 0.5, count: 160 * 160), [160, 160], to: "half.npy")
        _ = try await command("train image.npy scribbles.npy --trees 3 --output model.json --local 1 --quiet")
        try await served { served in
            try await send("image.npy", "scribbles.npy", "X.npy", "y.npy", "small.npy", "half.npy", "model.json", to: served)
            for wrong in Self.wrongs {
                let answer = try await ask(wrong.path, wrong.wish, of: served)
                let message = answer.member("message") as? String ?? ""
                #expect(answer.status == wrong.status, "\(wrong.name): \(answer.text)")
                #expect(wrong.words.allSatisfy(message.contains), "\(wrong.name): \(message)")
                #expect(!message.contains("\n") && !message.contains("cache/files"), "\(wrong.name): \(message)")
            }
            let files = try await served.send("GET", "/api/v1/files").member("files") as? [[String: Any]]
            #expect(files?.count == 7, "nothing is left of what failed")
            let folders = try FileManager.default.contentsOfDirectory(atPath: scratch("project/cache/files"))
            #expect(folders.count == 7)
        }
    }

    @Test(arguments: [
        ("a.npy", "\u{93}NUMPY\u{1}", "a.npy"), ("b.npy", "text", "expected a .npy file"), (".hidden", "", "letter or digit"),
        ("a%20b", "", "a b"),
    ])
    func `uploads that are no files are refused`(_ name: String, _ content: String, _ words: String) async throws {
        try await served { served in
            let answer = try await served.send("PUT", "/api/v1/files/\(name)", bytes: Data(content.utf8))
            #expect(answer.status == 422)
            let message = answer.member("message") as? String ?? ""
            #expect(message.contains(words) && !message.contains("cache/files"), "\(message)")
        }
    }

    // MARK: Cancelling

    /// Asks for what takes far longer than a test: tens of thousands of deep trees, as the labels are noise.
    private func beginLongTraining(at served: ServedAnnotator) async throws -> ServedAnnotator.Pending {
        var generator = SplitMix64(seed: 9)
        try write((0..<400_000).map { _ in generator.uniform(-1, 1) }, [20_000, 20], to: "noise.npy")
        try write((0..<20_000).map { _ in generator.uniform(-1, 1) > 0 ? UInt8(1) : 0 }, [20_000], to: "coins.npy")
        try await send("noise.npy", "coins.npy", to: served)
        let wish = """
            {"table":{"features":"noise.npy","labels":"coins.npy"},"output":"long.json","forest":{"trees":65536,"maxFeatures":"all"}}
            """
        let pending = try await served.begin("POST", "/api/v1/train", Data(wish.utf8))
        try await wait(forBusy: 1, at: served)
        return pending
    }

    /// Asks who works until so many workers do.
    private func wait(forBusy count: Int, at served: ServedAnnotator) async throws {
        while try await served.send("GET", "/api/v1/workers").member("busy") as? Int != count { await Task.yield() }
    }

    @Test(.timeLimit(.minutes(2)))
    func `work ends with the connection of who asked for it`() async throws {
        try await served { served in
            let pending = try await beginLongTraining(at: served)
            pending.hangUp()
            try await wait(forBusy: 0, at: served)
            let missing = try await file("long.json", of: served)
            #expect(missing.status == 404)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `who waits for work is told when the server ends`() async throws {
        let served = try await ServedAnnotator.start([scratch("project")])
        let pending = try await beginLongTraining(at: served)
        async let outcome = served.end()
        let answer = try await pending.answer()
        #expect(answer.status == 503 && answer.member("code") as? String == "ending", "\(answer.text)")
        let status = await outcome.status
        #expect(status == 0)
    }
}
