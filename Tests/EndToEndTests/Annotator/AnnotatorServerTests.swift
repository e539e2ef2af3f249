import Foundation
import Testing

@testable import Commands

/// The real program, asked as a browser asks it.
@Suite(.timeLimit(.minutes(5))) struct AnnotatorServerTests {
    private let scratch: Scratch
    private static let client = "11111111-1111-4111-8111-111111111111"

    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch)
    }

    private func served<Value>(
        _ arguments: [String]? = nil, _ body: (ServedAnnotator) async throws -> Value
    ) async throws -> Value {
        let served = try await ServedAnnotator.start(arguments ?? [scratch("image.png")])
        do {
            let value = try await body(served)
            let outcome = await served.end()
            #expect(outcome.status == 0, "\(outcome.errors)")
            return value
        } catch {
            _ = await served.end()
            throw error
        }
    }

    private static func stroke(_ id: String, _ image: String) -> String {
        """
        {"operations":[{"id":"\(id)","kind":"addShape","image":"\(image)","class":1,\
        "shape":{"type":"rectangle","x":10,"y":20,"width":30,"height":5},"plane":{"z":0,"t":0}}]}
        """
    }

    private static func image(_ served: ServedAnnotator) async throws -> String {
        let project = try await served.send("GET", "/api/v1/project")
        let images = try #require(project.member("images") as? [[String: Any]])
        return try #require(images.first?["id"] as? String)
    }

    @Test func `an operation that is sent twice is done once, and is there after a kill`() async throws {
        let id = "22222222-2222-4222-8222-222222222222"
        let served = try await ServedAnnotator.start([scratch("image.png")])
        let image = try await Self.image(served)
        let first = try await served.send("POST", "/api/v1/operations", Self.stroke(id, image))
        let second = try await served.send("POST", "/api/v1/operations", Self.stroke(id, image))
        #expect(first.status == 200, "\(first.text)")
        #expect(first.text == second.text)
        served.running.kill(SIGKILL)
        _ = await served.running.ended()
        try await self.served([scratch("coppice-project")]) { served in
            let shapes = try await served.send("GET", "/api/v1/images/\(image)/shapes")
            #expect((shapes.member("shapes") as? [[String: Any]])?.map { $0["id"] as? String } == [id])
        }
    }

    @Test func `the mask is what is painted, the tile what the image holds`() async throws {
        try await served { served in
            let image = try await Self.image(served)
            _ = try await served.send("POST", "/api/v1/operations", Self.stroke(UUID().uuidString.lowercased(), image))
            let mask = try await served.send("GET", "/api/v1/images/\(image)/labels/0/0")
            #expect(mask.body.prefix(8) == Data([0, 1, 0, 1, 1, 1, 0, 0]))
            #expect(mask.body.dropFirst(8).count { $0 == 1 } == 30 * 5)
            #expect(mask.body[8 + 20 * 256 + 10] == 1)
            let described = try await served.send("GET", "/api/v1/images/\(image)")
            let key = try #require(described.member("contentKey") as? String)
            let stale = try await served.send("GET", "/api/v1/images/\(image)/tiles/0/0/0?k=other")
            #expect(stale.status == 410)
            let outside = try await served.send("GET", "/api/v1/images/\(image)/tiles/0/9/9?k=\(key)")
            #expect([404, 503].contains(outside.status), "\(outside.text)")
        }
    }

    @Test(arguments: ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
    func `other hosts are refused`(_ host: String) async throws {
        try await served { served in
            for target in ["/", "/api/v1/project"] {
                let answer = try await served.send("GET", target, host: host)
                #expect([400, 421].contains(answer.status), "\(target) for \(host): \(answer.status)")
            }
        }
    }

    @Test func `other origins, and forms of other sites, are refused`() async throws {
        try await served { served in
            let update = { (fields: [String: String], type: String) in
                try await served.send("POST", "/api/v1/update", "{}", type: type, fields: fields).status
            }
            let asked: [([String: String], String)] = [
                ([:], "application/json"), (["Origin": "http://127.0.0.1"], "application/json"),
                (["Origin": "http://evil.example"], "application/json"), (["Origin": "null"], "application/json"),
                (["Sec-Fetch-Site": "cross-site"], "application/json"), ([:], "text/plain"),
            ]
            var found: [Int] = []
            for (fields, type) in asked { found.append(try await update(fields, type)) }
            #expect(found == [202, 202, 403, 403, 403, 415])
        }
    }

    @Test func `every answer has the policy of its content, also one that is an error`() async throws {
        try await served { served in
            for target in ["/", "/page/main.js", "/openapi.json", "/api/v1/project", "/nothing", "/api/v1/images/x"] {
                let answer = try await served.send("GET", target)
                let policy = answer.fields["content-security-policy"] ?? ""
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self'"), "\(target)")
                #expect(!policy.contains("unsafe"), "\(target)")
                #expect(answer.fields["x-content-type-options"] == "nosniff", "\(target)")
                #expect(answer.fields["cross-origin-resource-policy"] == "same-origin", "\(target)")
            }
            let wrong = try await served.send("DELETE", "/api/v1/project", "{}")
            #expect(wrong.status == 405)
            #expect(wrong.fields["allow"] == "GET")
        }
    }

    @Test func `a token lets in by header or cookie, and guesses are slowed down`() async throws {
        try Data("open-sesame\n".utf8).write(to: URL(fileURLWithPath: scratch("token")))
        try await served([scratch("image.png"), "--token-file", scratch("token")]) { served in
            #expect(try await served.send("GET", "/").status == 200)
            #expect(try await served.send("GET", "/api/v1/project").status == 401)
            #expect(try await served.send("GET", "/api/v1/project?token=open-sesame").status == 401)
            let bearer = ["Authorization": "Bearer open-sesame"]
            #expect(try await served.send("GET", "/api/v1/project", fields: bearer).status == 200)
            let login = try await served.send("POST", "/api/v1/login", "{\"token\":\"open-sesame\"}")
            #expect(login.status == 204)
            let cookie = try #require(login.fields["set-cookie"])
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("open-sesame"))
            let value = String(cookie.prefix { $0 != ";" })
            let person = "coppice-person=\(served.person); "
            #expect(try await served.send("GET", "/api/v1/models", fields: ["Cookie": person + value]).status == 200)
            var statuses: [Int] = []
            for _ in 0..<8 { statuses.append(try await served.send("POST", "/api/v1/login", "{\"token\":\"x\"}").status) }
            #expect(statuses.contains(401) && statuses.last == 429, "\(statuses)")
        }
    }

    @Test func `the stream has every operation once, in order, also for who comes back`() async throws {
        try await served { served in
            let image = try await Self.image(served)
            for _ in 0..<5 {
                let answer = try await served.send(
                    "POST", "/api/v1/operations", Self.stroke(UUID().uuidString.lowercased(), image))
                #expect(answer.status == 200, "\(answer.text)")
            }
            let last = try #require(try await served.send("GET", "/api/v1/project").member("sequence") as? Int)
            for since in [0, 3] {
                let frames = try await served.frames(client: UUID().uuidString.lowercased(), since: since) { json in
                    (json["operation"] as? [String: Any])?["sequence"] as? Int == last
                }
                let documents = frames.compactMap { try? JSONSerialization.jsonObject(with: $0.json) as? [String: Any] }
                #expect(documents.first?["type"] as? String == "hello")
                let sequences = documents.compactMap { ($0["operation"] as? [String: Any])?["sequence"] as? Int }
                #expect(sequences == Array(since + 1...last))
            }
        }
    }

    @Test func `the log comes in pages, every operation once`() async throws {
        try await served { served in
            let image = try await Self.image(served)
            for _ in 0..<7 {
                let answer = try await served.send(
                    "POST", "/api/v1/operations", Self.stroke(UUID().uuidString.lowercased(), image))
                #expect(answer.status == 200, "\(answer.text)")
            }
            let last = try #require(try await served.send("GET", "/api/v1/project").member("sequence") as? Int)
            var (after, found) = (0, [Int]())
            while after < last {
                let page = try await served.send("GET", "/api/v1/operations?after=\(after)&limit=3")
                #expect(page.member("sequence") as? Int == last)
                let operations = try #require(page.member("operations") as? [[String: Any]])
                try #require((1...3).contains(operations.count))
                found += operations.compactMap { $0["sequence"] as? Int }
                after = found.last ?? last
            }
            #expect(found == Array(1...last))
            let empty = try await served.send("GET", "/api/v1/operations?after=\(last)")
            #expect((empty.member("operations") as? [Any])?.isEmpty == true)
            let refused = try await served.send("GET", "/api/v1/operations?limit=0")
            #expect(refused.status == 400)
        }
    }

    @Test func `strokes of another project are refused, and a project is the same after a start`() async throws {
        let served = try await ServedAnnotator.start([scratch("image.png")])
        let image = try await Self.image(served)
        let id = try #require(try await served.send("GET", "/api/v1/project").member("id") as? String)
        let stroke = Self.stroke(UUID().uuidString.lowercased(), image)
        let foreign = try await served.send("POST", "/api/v1/operations?project=\(Self.client)", stroke)
        #expect(foreign.status == 409 && foreign.member("code") as? String == "other_project", "\(foreign.text)")
        let shapes = try await served.send("GET", "/api/v1/images/\(image)/shapes")
        #expect((shapes.member("shapes") as? [Any])?.isEmpty == true)
        let own = try await served.send("POST", "/api/v1/operations?project=\(id)", stroke)
        #expect(own.status == 200, "\(own.text)")
        let outcome = await served.end()
        #expect(outcome.status == 0)
        try await self.served([scratch("coppice-project")]) { served in
            let frames = try await served.frames(client: Self.client, since: 0) { $0["type"] as? String == "hello" }
            let hello = try #require(try JSONSerialization.jsonObject(with: frames[0].json) as? [String: Any])
            #expect(hello["project"] as? String == id)
        }
    }

    @Test func `a second server of a project is refused with the address of the first`() async throws {
        try await served { served in
            let second = try await Program.coppice(["serve", scratch("coppice-project")])
            #expect(second.status == 74, "\(second.errors)")
            #expect(second.errors.contains("coppice-project: expected one that no other coppice serve has, found process "))
            #expect(second.errors.contains(", http://127.0.0.1:\(served.port); "), "\(second.errors)")
        }
    }

    @Test func `what is not known yet is an empty answer, no error`() async throws {
        try await served { served in
            let image = try await Self.image(served)
            for target in ["/api/v1/report", "/api/v1/uncertain?image=\(image)"] {
                let answer = try await served.send("GET", target)
                #expect(answer.status == 204 && answer.body.isEmpty, "\(target): \(answer.status) \(answer.text)")
            }
            let unknown = try await served.send("GET", "/api/v1/uncertain?image=\(UUID().uuidString.lowercased())")
            #expect(unknown.status == 404)
        }
    }

    @Test func `an upload is an image of a harmless name, and nothing else`() async throws {
        try await served { served in
            let type = "application/octet-stream"
            let page = try await served.send("PUT", "/api/v1/uploads?name=x.svg", "<svg/>", type: type)
            #expect(page.status == 422)
            let disguised = try await served.send("PUT", "/api/v1/uploads?name=x.png", "<html></html>", type: type)
            #expect(disguised.status == 422)
            let images = scratch("coppice-project/images")
            #expect(try FileManager.default.contentsOfDirectory(atPath: images).isEmpty)
        }
    }

    @Test func `an upload above the limit is refused with the limit, and leaves nothing`() async throws {
        try await served([scratch("image.png"), "--upload-max", "0.0001"]) { served in
            let type = "application/octet-stream"
            let large = String(repeating: "x", count: 200_000)
            let answer = try await served.send("PUT", "/api/v1/uploads?name=x.png", large, type: type)
            #expect(answer.status == 413 && answer.member("code") as? String == "too_large", "\(answer.text)")
            #expect(answer.text.contains("107374 bytes"), "\(answer.text)")
            let images = scratch("coppice-project/images")
            #expect(try FileManager.default.contentsOfDirectory(atPath: images).isEmpty)
        }
    }

    @Test func `folders outside of the roots do not exist`() async throws {
        try FileManager.default.createSymbolicLink(atPath: scratch("way-out"), withDestinationPath: "/etc")
        try await served { served in
            let own = scratch.folder.resolvingSymlinksInPath().path
            let status1 = try await served.send("GET", "/api/v1/folders?path=\(own)").status
            #expect(status1 == 200)
            for path in ["/etc", "\(own)/../..", "\(own)/way-out", "\(own)/nothing", "/"] {
                let status2 = try await served.send("GET", "/api/v1/folders?path=\(path)").status
                #expect(status2 == 404, "\(path)")
            }
            let add = { (path: String) in
                let id = UUID().uuidString.lowercased()
                return """
                    {"operations":[{"id":"\(id)","kind":"addImage","image":"\(id)","path":"\(path)"}]}
                    """
            }
            let status3 = try await served.send("POST", "/api/v1/operations", add("/etc/passwd")).status
            #expect(status3 == 404)
        }
    }
}
