import Foundation
import Testing

/// Strokes that are set aside: never trained on, and their score is told.
@Suite(.timeLimit(.minutes(10))) struct SetAsideTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch)
    }

    /// Two of each class: the second ones are to be set aside.
    private static let boxes: [(id: String, classNumber: Int, x: Int, y: Int)] = [
        ("00000000-0000-4000-8000-000000000001", 1, 10, 20), ("00000000-0000-4000-8000-000000000002", 2, 150, 140),
        ("00000000-0000-4000-8000-000000000003", 1, 60, 200), ("00000000-0000-4000-8000-000000000004", 2, 220, 30),
    ]

    private static func strokes(_ image: String) -> String {
        let operations = boxes.map { box in
            """
            {"id":"\(box.id)","kind":"addShape","image":"\(image)","class":\(box.classNumber),"plane":{"z":0,"t":0},\
            "shape":{"type":"rectangle","x":\(box.x),"y":\(box.y),"width":30,"height":20}}
            """
        }
        return "{\"operations\":[\(operations.joined(separator: ","))]}"
    }

    private func counts(_ report: [String: Any]) -> [String: Int] { report["labelled"] as? [String: Int] ?? [:] }

    /// Waits for a report that has what is wanted, or has not.
    private func report(
        of served: ServedAnnotator, where isWanted: @escaping @Sendable ([String: Any]) -> Bool
    ) async throws -> Data {
        let frames = try await served.frames(client: UUID().uuidString.lowercased(), since: 0) { json in
            json["type"] as? String == "report" && isWanted(json)
        }
        return try #require(frames.map(\.json).last { isWanted(Self.document($0)) })
    }

    private static func document(_ bytes: Data) -> [String: Any] {
        (try? JSONSerialization.jsonObject(with: bytes) as? [String: Any]) ?? [:]
    }

    @Test func `strokes that are set aside train no model, and their score is told`() async throws {
        let served = try await ServedAnnotator.start([scratch("image.png")])
        do {
            try await check(served)
            _ = await served.end()
        } catch {
            _ = await served.end()
            throw error
        }
    }

    private func check(_ served: ServedAnnotator) async throws {
        let project = try await served.send("GET", "/api/v1/project")
        let images = try #require(project.member("images") as? [[String: Any]])
        let image = try #require(images.first?["id"] as? String)
        // Who listens gets what is told from then on.
        async let first = report(of: served) { ($0["labelled"] as? [String: Int])?["1"] == 1200 }
        let strokes = try await served.send("POST", "/api/v1/operations", Self.strokes(image))
        #expect(strokes.status == 200, "\(strokes.text)")
        let before = Self.document(try await first)
        #expect(counts(before) == ["1": 1200, "2": 1200] && before["setAside"] == nil, "all are trained on as yet")
        let aside = Self.boxes.suffix(2).map { "\"\($0.id)\"" }.joined(separator: ",")
        async let second = report(of: served) { $0["setAside"] != nil }
        let answer = try await served.send(
            "POST", "/api/v1/operations",
            "{\"operations\":[{\"id\":\"00000000-0000-4000-8000-000000000009\",\"kind\":\"setAside\",\"shapes\":[\(aside)],"
                + "\"isSetAside\":true}]}")
        #expect(answer.status == 200, "\(answer.text)")
        let after = Self.document(try await second)
        #expect(counts(after) == ["1": 600, "2": 600], "what is set aside is not labelled for training")
        let score = try #require(after["setAside"] as? [String: Any])
        #expect(score["pixels"] as? Int == 1200 && score["share"] as? Double == 1)
        let revision = try #require(score["revision"] as? Int)
        let model = try await served.send("GET", "/api/v1/models/\(revision)")
        #expect(model.status == 200, "\(model.text.prefix(200))")
        try model.body.write(to: URL(fileURLWithPath: scratch("aside.json")))
        try await same(score)
        let asked = try await served.send("GET", "/api/v1/report")
        #expect((asked.member("setAside") as? [String: Any])?["pixels"] as? Int == 1200)
    }

    /// What the command line finds on the boxes with the model of the score.
    private func same(_ score: [String: Any]) async throws {
        let boxes = Self.boxes.suffix(2).map { box in
            """
            {"class":\(box.classNumber),"type":"rectangle","x":\(box.x),"y":\(box.y),"width":30,"height":20}
            """
        }
        let truth = """
            {"format":"coppice-annotations","version":1,"classes":[{"number":1},{"number":2}],\
            "annotations":[\(boxes.joined(separator: ","))]}
            """
        try Data(truth.utf8).write(to: URL(fileURLWithPath: scratch("aside.annotations.json")))
        let segmented = try await Program.coppice([
            "segment", scratch("image.png"), "--model", scratch("aside.json"), "--output", scratch("found.png"), "--quiet",
        ])
        #expect(segmented.status == 0, "\(segmented.errors)")
        let evaluated = try await Program.coppice([
            "evaluate", scratch("found.png"), scratch("aside.annotations.json"), "--json",
        ])
        #expect(evaluated.status == 0, "\(evaluated.errors)")
        let document = try #require(
            JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
        #expect(document["pixels"] as? Int == score["pixels"] as? Int)
        #expect(document["accuracy"] as? Double == score["accuracy"] as? Double)
        #expect(document["intersectionOverUnion"] as? [Double] == score["intersectionOverUnion"] as? [Double])
        let confusion = score["confusion"] as? [String: Any]
        #expect(document["confusion"] as? [[Int]] == confusion?["counts"] as? [[Int]])
    }
}
