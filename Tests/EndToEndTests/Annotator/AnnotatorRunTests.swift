import Foundation
import Testing

@testable import Annotator
@testable import Coordinator
@testable import Imaging

/// Runs of whole images, as the page orders them from the real program.
@Suite(.timeLimit(.minutes(10))) struct AnnotatorRunTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch)
    }

    /// Serves the image, and gives the image's id.
    private func served(_ body: (ServedAnnotator, String) async throws -> Void) async throws {
        let served = try await ServedAnnotator.start([scratch("image.png")])
        do {
            let project = try await served.send("GET", "/api/v1/project")
            let images = try #require(project.member("images") as? [[String: Any]])
            try await body(served, try #require(images.first?["id"] as? String))
            let outcome = await served.end()
            #expect(outcome.status == 0, "\(outcome.errors)")
        } catch {
            _ = await served.end()
            throw error
        }
    }

    /// Paints boxes of 30 × 20 pixels, and returns the revision of the exact model of all that is painted.
    private func paint(
        _ boxes: [(classNumber: Int, x: Int, y: Int)], on image: String, at served: ServedAnnotator
    ) async throws -> Int {
        let operations = boxes.map { box in
            """
            {"id":"\(UUID().uuidString.lowercased())","kind":"addShape","image":"\(image)","class":\(box.classNumber),\
            "plane":{"z":0,"t":0},"shape":{"type":"rectangle","x":\(box.x),"y":\(box.y),"width":30,"height":20}}
            """
        }
        let painted = try await served.send(
            "POST", "/api/v1/operations", "{\"operations\":[\(operations.joined(separator: ","))]}")
        try #require(painted.status == 200, "\(painted.text)")
        let last = try #require(try await served.send("GET", "/api/v1/project").member("sequence") as? Int)
        let report = try await served.poll("/api/v1/report") { answer in
            let model = answer.member("model") as? [String: Any]
            return model?["isExact"] as? Bool == true && model?["labelSequence"] as? Int == last
        }
        let revision = try #require((report.member("model") as? [String: Any])?["revision"] as? Int)
        // It is kept a moment later.
        _ = try await served.poll("/api/v1/models") { Self.time(ofModel: revision, in: $0) != nil }
        return revision
    }

    private static func time(ofModel revision: Int, in models: ServedAnnotator.Answer) -> String? {
        let records = models.member("models") as? [[String: Any]]
        return records?.first { $0["revision"] as? Int == revision }?["time"] as? String
    }

    /// Orders a run, and waits for its end.
    private func run(_ wish: String, at served: ServedAnnotator) async throws -> (id: String, document: ServedAnnotator.Answer) {
        let begun = try await served.send("POST", "/api/v1/runs", wish)
        try #require(begun.status == 201, "\(begun.text)")
        let id = try #require(begun.member("id") as? String)
        return (id, try await end(of: id, at: served))
    }

    private func end(of id: String, at served: ServedAnnotator) async throws -> ServedAnnotator.Answer {
        try await served.poll("/api/v1/runs/\(id)") { answer in
            !["waiting", "running"].contains(answer.member("state") as? String ?? "running")
        }
    }

    private func bytes(_ name: String, of run: String) throws -> Data {
        try scratch.bytes("coppice-project/runs/\(run)/\(name)")
    }

    @Test func `a run is done with the model that is shown, also if that is an earlier one`() async throws {
        try await served { served, image in
            let wish = "{\"images\":[\"\(image)\"]}"
            let first = try await paint([(1, 10, 20), (2, 150, 140)], on: image, at: served)
            let second = try await paint([(1, 60, 200)], on: image, at: served)
            let models = try await served.send("GET", "/api/v1/models")
            let earlier = try await served.send("GET", "/api/v1/models/\(first)").body
            let newest = try await served.send("GET", "/api/v1/models/\(second)").body
            #expect(earlier != newest)
            let usual = try await run(wish, at: served)
            #expect(usual.document.member("state") as? String == "done", "\(usual.document.text)")
            #expect(usual.document.member("revision") as? Int == second)
            #expect(try bytes("model.json", of: usual.id) == newest)
            let restored = try await served.send("POST", "/api/v1/models/\(first)/restore", "{}")
            #expect(restored.status == 202, "\(restored.text)")
            let other = try await run(wish, at: served)
            #expect(other.document.member("state") as? String == "done", "\(other.document.text)")
            #expect(other.document.member("revision") as? Int == first, "its own number, not that of what is shown again")
            #expect(other.document.member("modelTime") as? String == Self.time(ofModel: first, in: models))
            #expect(try bytes("model.json", of: other.id) == earlier)
            // Until the next training.
            let third = try await paint([(2, 220, 30)], on: image, at: served)
            let last = try await run(wish, at: served)
            #expect(last.document.member("revision") as? Int == third)
        }
    }

    @Test func `a run cleans its labels, and chooses objects, as the commands do`() async throws {
        try await served { served, image in
            _ = try await paint([(1, 10, 20), (2, 150, 140)], on: image, at: served)
            let cleaned = try await run(
                """
                {"images":["\(image)"],"maps":{"labels":true,"uncertainty":true},"format":"png","smooth":1.5,"minRegion":30,\
                "fillHoles":20,"objects":{"formats":["csv"],"areaMin":2000,"splits":true}}
                """, at: served)
            #expect(cleaned.document.member("state") as? String == "done", "\(cleaned.document.text)")
            #expect(cleaned.document.member("smooth") as? Double == 1.5)
            #expect(cleaned.document.member("minRegion") as? Int == 30 && cleaned.document.member("fillHoles") as? Int == 20)
            let model = scratch("coppice-project/runs/\(cleaned.id)/model.json")
            let segment = ["segment", scratch("image.png"), "--model", model, "--quiet", "--local", "1"]
            let cleaning = ["--smooth", "1.5", "--min-region", "30", "--fill-holes", "20"]
            let outputs: [[String]] = [
                ["--output", scratch("labels.png"), "--uncertainty", scratch("uncertainty.png")] + cleaning,
                ["--output", scratch("plain.png")],
            ]
            for options in outputs {
                let outcome = try await Program.coppice(segment + options)
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            let labels = try scratch.bytes("labels.png")
            #expect(try labels != scratch.bytes("plain.png"), "there is something to clean")
            for (file, name) in [("image-labels.png", "labels.png"), ("image-uncertainty.png", "uncertainty.png")] {
                let found = try await served.send("GET", "/api/v1/runs/\(cleaned.id)/files/\(file)")
                let expected = try scratch.bytes(name)
                #expect(found.body == expected, "\(file): \(found.status)")
            }
            let choices: [(String, [String])] = [("few.csv", ["--min-area", "2000", "--split"]), ("all.csv", [])]
            for (name, options) in choices {
                let outcome = try await Program.coppice(
                    [
                        "objects", scratch("labels.png"), "--image", scratch("image.png"), "--model", model, "--output",
                        scratch(name), "--quiet", "--local", "1",
                    ] + options)
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            let objects = try bytes("maps/image-labels-objects.csv", of: cleaned.id)
            #expect(try objects == scratch.bytes("few.csv"))
            #expect(try objects != scratch.bytes("all.csv"), "there are small objects")
        }
    }

    @Test(arguments: [
        ("'smooth':0", "smooth: expected a length above 0 up to 16.0, found 0.0"),
        ("'smooth':17", "smooth: expected a length above 0 up to 16.0, found 17.0"),
        ("'minRegion':-1", "minRegion: expected 0 to 1000000, found -1"),
        ("'fillHoles':1000001", "fillHoles: expected 0 to 1000000, found 1000001"),
        ("'fillholes':9", "body: expected some of kind, images, maps, format, objects, areas, smooth, minRegion, fillHoles"),
        ("'objects':{'formats':['csv'],'areaMin':0}", "objects.areaMin: expected 1 to 2147483647, found 0"),
        ("'objects':{'formats':['csv'],'classes':[0]}", "objects.classes: expected labels from 1 to 65535, found [0]"),
        ("'objects':{'formats':['csv'],'split':true}", "objects: expected some of formats, classes, areaMin, splits, fillsHoles"),
        ("'maps':{'depth':true}", "maps: expected labels, probabilities, uncertainty, overlay, found \"depth\""),
    ])
    func `what a run cannot be asked is refused by its name`(members: String, expected: String) throws {
        let text = "{'images':'all',\(members)}".replacing("'", with: "\"")
        do {
            let wish = try JSONDecoder().decode(RunWish.self, from: Data(text.utf8))
            Issue.record("expected an error, found \(wish)")
        } catch let error as DecodingError {
            #expect(error.line.hasPrefix(expected), "\(error.line)")
        }
    }

    @Test func `an order has the options that were asked for, and keeps them`() throws {
        let text = """
            {"images":"all","smooth":1.5,"minRegion":9,"fillHoles":4,
             "objects":{"formats":["csv"],"classes":[2],"areaMin":7,"splits":true,"fillsHoles":true}}
            """
        let wish = try JSONDecoder().decode(RunWish.self, from: Data(text.utf8))
        var order = RunOrder(
            id: "a", kind: wish.kind, images: [RunOrder.Image(id: nil, path: "/a/b.png", name: "b", pages: 1)], maps: wish.maps,
            format: wish.format, objects: wish.objects, areas: wish.areas, person: "p", time: "2026-11-30T12:00:00Z",
            cleaning: wish.cleaning)
        order = try JSONDecoder().decode(RunOrder.self, from: try JSONEncoder().encode(order))
        let request = order.request(in: "/maps")
        #expect(
            request.cleaning == ResultCleaning(sigma: 1.5, regions: RegionCleanup(regionPixels: 9, holePixels: 4)))
        let image = try #require(request.works.first).image
        let objects = try #require(order.objectsRequest(of: "/maps/b-labels.tif", image: image))
        #expect(objects.outputs.map(\.path) == ["/maps/b-labels-objects.csv"])
        #expect(objects.classes == [2] && objects.areaMin == 7 && objects.splitDepth == 1 && objects.fillsHoles)
        // Without any, a run is as one of an earlier program, so that these go on.
        let plain = try JSONDecoder().decode(RunWish.self, from: Data("{\"images\":\"all\",\"minRegion\":0}".utf8))
        #expect(plain.cleaning == nil && plain.objects == nil && !plain.areas && plain.format == .tif)
        order.cleaning = nil
        #expect(order.request(in: "/maps").parameters.keys.allSatisfy { !["smooth", "min-region", "fill-holes"].contains($0) })
    }

    @Test func `a run that failed does what is missing once what was wrong is mended`() async throws {
        let day = scratch.folder.appendingPathComponent("day")
        try FileManager.default.createDirectory(at: day, withIntermediateDirectories: true)
        let image = try scratch.bytes("image.png")
        try image.write(to: day.appendingPathComponent("whole.png"))
        try Data("no image".utf8).write(to: day.appendingPathComponent("broken.png"))
        try await served { served, id in
            _ = try await paint([(1, 10, 20), (2, 150, 140)], on: id, at: served)
            let failed = try await run("{\"images\":{\"folder\":\"\(day.path)\"},\"maps\":{\"labels\":true}}", at: served)
            #expect(failed.document.member("state") as? String == "failed", "\(failed.document.text)")
            let message = try #require(failed.document.member("message") as? String)
            #expect(message.contains("broken.png"), "\(message)")
            let whole = try bytes("maps/whole-labels.tif", of: failed.id)
            let again = "/api/v1/runs/\(failed.id)/again"
            // Before it is mended it fails again.
            let first = try await served.send("POST", again, "{}")
            #expect(first.status == 202, "\(first.text)")
            let still = try await end(of: failed.id, at: served)
            #expect(still.member("state") as? String == "failed", "\(still.text)")
            try image.write(to: day.appendingPathComponent("broken.png"))
            let second = try await served.send("POST", again, "{}")
            #expect(second.status == 202, "\(second.text)")
            let done = try await end(of: failed.id, at: served)
            #expect(done.member("state") as? String == "done", "\(done.text)")
            #expect(done.member("revision") as? Int == failed.document.member("revision") as? Int)
            #expect(try bytes("maps/whole-labels.tif", of: failed.id) == whole)
            #expect(try bytes("maps/broken-labels.tif", of: failed.id) == whole, "they are the same image now")
            let status = try RunStatus(directory: scratch("coppice-project/runs/\(failed.id)"))
            #expect(status.state == .finished && status.epoch == 3, "one run, which was opened three times")
            let third = try await served.send("POST", again, "{}")
            #expect(third.status == 409 && third.member("code") as? String == "run_not_ended", "\(third.text)")
            let unknown = try await served.send("POST", "/api/v1/runs/nothing/again", "{}")
            #expect(unknown.status == 404, "\(unknown.text)")
        }
    }
}
