import Foundation
internal import HTTPTypes
internal import NIOCore
import Testing

@testable import Annotator

/// What the annotator's server is made of, without a server.
@Suite(.timeLimit(.minutes(5))) struct AnnotatorRulesTests {
    /// The folder of the annotator's sources.
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../../Sources/Coordinator/Annotator"
    ).standardized

    @Test func `the OpenAPI document lists exactly the paths and methods that are answered`() throws {
        let bytes = try Data(contentsOf: Self.sources.appendingPathComponent("openapi.json"))
        let document = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        let listed = paths.mapValues { Set($0.keys).subtracting(["parameters"]) }
        let answered = Dictionary(
            uniqueKeysWithValues: Endpoint.allCases.map { ($0.template, Set($0.methods.map { $0.rawValue.lowercased() })) })
        #expect(listed == answered)
        #expect(PageFiles.openAPI == bytes)
    }

    @Test func `the program carries every file of the page as it is`() throws {
        let folder = Self.sources.appendingPathComponent("Page")
        let names = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
        let files = try names.filter { name in
            try folder.appendingPathComponent(name).resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true
        }
        #expect(Set(files) == Set(PageFiles.all.keys))
        for name in files {
            let bytes = try Data(contentsOf: folder.appendingPathComponent(name))
            #expect(PageFiles.all[name].map { Data($0.bytes.readableBytesView) } == bytes, "\(name)")
        }
    }

    @Test(arguments: [
        ("/", Endpoint.start, []), ("/page/viewer/ink.js", .pageFile, ["viewer/ink.js"]),
        ("/api/v1/images/a/tiles/1/2/3", .tile, ["a", "1", "2", "3"]),
        ("/api/v1/runs/r/files/a%20b.png", .runFile, ["r", "a b.png"]), ("/api/v1/runs/r/again", .runAgain, ["r"]),
    ])
    func `paths lead to their endpoints`(_ path: String, _ endpoint: Endpoint, _ arguments: [String]) {
        let route = Route(path: path)
        #expect(route?.endpoint == endpoint)
        #expect(route?.arguments == arguments)
    }

    @Test(arguments: ["", "//", "/api/v1", "/api/v1/runs/r/files/a%2Fb", "/api/v1/runs/%00", "/api/v1/images//shapes"])
    func `other paths lead nowhere`(_ path: String) { #expect(Route(path: path) == nil) }

    @Test(arguments: [
        ("cells.png", "cells.png"), ("../../etc/x.PNG", "x.png"), ("C:\\a\\b.tif", "b.tif"), ("-rf.png", "rf.png"),
        ("a<b>.png", "a_b_.png"), (".hidden.png", "hidden.png"),
    ])
    func `names of uploads are made harmless`(_ given: String, _ kept: String) throws {
        #expect(try UploadName(given).text == kept)
    }

    @Test(arguments: ["x.svg", "x.html", ".png", "", "x", "png"])
    func `names of other files are refused`(_ given: String) { #expect(throws: Refusal.self) { try UploadName(given) } }

    private static func tile(_ column: Int) -> StreamQueue.Subject {
        .tile(.init(tab: "a", image: "i", z: 0, t: 0, kind: "labels", level: 0, column: column, row: 0))
    }

    @Test func `tiles of an older model, and of a view that is gone, are not sent`() {
        var queue = StreamQueue(bytesMax: 1 << 20)
        let frame = { (text: String) in StreamFrame(["is": text]) }
        var added = (0..<3).map { queue.add(frame("old \($0)"), about: Self.tile($0), revision: 1) }
        added.append(queue.add(frame("new"), about: Self.tile(0), revision: 2))
        added.append(queue.add(frame("late"), about: Self.tile(1), revision: 1))
        #expect(!added.contains(false), "there is room for all")
        var sent: [String] = []
        while let next = queue.next() { sent.append(String(decoding: next.json, as: UTF8.self)) }
        #expect(sent == ["{\"is\":\"new\"}"])
        #expect(queue.byteCount == 0)
        _ = queue.add(frame("tile"), about: Self.tile(0), revision: 3)
        queue.removeView(of: "a")
        let next = queue.next()
        #expect(next == nil)
    }

    @Test func `tiles of a view that has moved are sent if it still has them, and no others`() {
        var queue = StreamQueue(bytesMax: 1 << 20)
        func place(_ column: Int, image: String = "i", tab: String = "a", level: Int = 0) -> StreamQueue.TilePlace {
            .init(tab: tab, image: image, z: 0, t: 0, kind: "labels", level: level, column: column, row: 0)
        }
        let places = [place(0), place(9), place(0, image: "other"), place(9, tab: "b"), place(1, level: 3)]
        for (number, place) in places.enumerated() {
            let isAdded = queue.add(StreamFrame(["is": number]), about: .tile(place), revision: 3)
            #expect(isAdded)
        }
        var view = ViewDocument(image: "i", z: 0, t: 0, rect: [2304, 0, 500, 100], level: 0, kinds: ["labels"])
        queue.removeView(of: "a") { view.hasTile(at: $0) }
        // Nothing older comes behind what was kept.
        let isTaken = queue.add(StreamFrame(["is": 7]), about: .tile(place(9)), revision: 2)
        #expect(isTaken)
        view.model = 1
        var sent: [String] = []
        while let next = queue.next() { sent.append(String(decoding: next.json, as: UTF8.self)) }
        #expect(sent == ["{\"is\":1}", "{\"is\":3}", "{\"is\":4}"])
        #expect(!view.hasTile(at: place(9)), "a view of an earlier model is made anew")
    }

    @Test func `who comes later is told what was said last of each type, and nothing else`() throws {
        let hub = StreamHub()
        for text in ["1", "2"] { hub.say(["is": text], about: .latest(type: "workers")) }
        hub.say(["is": "progress"], about: .progress(type: "run", id: "a"))
        hub.say(event: ["is": "event"])
        let client = try #require(hub.open("a"))
        let told = [client.next(), client.next()].map { $0.map { String(decoding: $0.json, as: UTF8.self) } }
        #expect(told == ["{\"is\":\"2\"}", nil])
    }

    @Test func `a state replaces the one before, and what does not fit is refused`() {
        var queue = StreamQueue(bytesMax: 100)
        let frame = { (text: String) in StreamFrame(["is": text]) }
        let added = ["1", "2"].map { queue.add(frame($0), about: .latest(type: "state")) }
        #expect(added == [true, true])
        let states = [queue.next(), queue.next()].map { $0.map { String(decoding: $0.json, as: UTF8.self) } }
        #expect(states == ["{\"is\":\"2\"}", nil])
        let isAdded = queue.add(event: frame(String(repeating: "x", count: 200)))
        #expect(!isAdded)
    }
}
