import Foundation
import Testing

@testable import Annotator
@testable import Projects

/// Streams that come and go: whatever the order of their ends and beginnings, a client has what its last stream is to have.
@Suite(.timeLimit(.minutes(5))) struct ServedStreamTests {
    private static let client = "11111111-1111-4111-8111-111111111111"
    private static let tab = "22222222-2222-4222-8222-222222222222"
    private static let view = ViewDocument(image: "image", z: 0, t: 0, rect: [0, 0, 10, 10], level: 0, kinds: ["labels"])

    private func scene(_ body: @escaping @Sendable (StreamScene) async throws -> Void) async throws {
        try await StreamScene.with(body)
    }

    @Test func `the end of a stream takes nothing from the client's next one`() async throws {
        try await scene { scene in
            let first = try scene.open(Self.client)
            _ = await first.next("hello")
            scene.engine.removal.holdNext()
            first.task.cancel()
            await scene.engine.removal.isHolding()
            // The client is back before the live session has heard that it was gone.
            let second = try scene.open(Self.client)
            _ = await second.next("hello")
            try await scene.project.show(Self.view, of: Self.client, tab: Self.tab)
            scene.engine.removal.release()
            _ = await first.task.result
            #expect(scene.engine.views == [[second.key, Self.tab]])
            try #require(scene.engine.tell(.trouble("said to the second")) == 1)
            let said = await second.next("trouble")
            #expect(said?.document["message"] as? String == "said to the second")
            await second.breakOff()
        }
    }

    @Test func `a stream that begins late takes nothing from the client's next one`() async throws {
        try await scene { scene in
            scene.engine.listening.holdNext()
            let first = try scene.open(Self.client)
            await scene.engine.listening.isHolding()
            let second = try scene.open(Self.client)
            _ = await second.next("hello")
            scene.engine.listening.release()
            _ = await first.task.result
            try #require(scene.engine.tell(.trouble("said to the second")) == 1)
            let said = await second.next("trouble")
            #expect(said?.document["message"] as? String == "said to the second")
            await second.breakOff()
        }
    }

    @Test func `a client has one stream, and the one before ends`() async throws {
        try await scene { scene in
            let first = try scene.open(Self.client)
            _ = await first.next("hello")
            let second = try scene.open(Self.client)
            // Ends by itself: nobody cancels it.
            _ = await first.task.result
            #expect(scene.project.hub.client(Self.client)?.key == second.key)
            await second.breakOff()
            #expect(scene.project.hub.client(Self.client) == nil)
            #expect(scene.engine.tell(.trouble("to nobody")) == 0)
        }
    }

    @Test func `a page of the log has its limit of bytes, and one operation at least`() async throws {
        try await scene { scene in
            let store = scene.project.store
            let person = try store.person(nil)
            let names = (1...9).map { NewOperation(.renamePerson(String(repeating: "x", count: 10 * $0))) }
            _ = try await store.append(names, by: person.id)
            let sizes = store.operations(after: 0).map(\.document.count)
            func found(after: Int, bytesMax: Int) throws -> [Int] {
                let page = LogPage(state: store.state, after: after, bytesMax: bytesMax).bytes
                let document = try JSONSerialization.jsonObject(with: page) as? [String: Any]
                return (document?["operations"] as? [[String: Any]])?.compactMap { $0["sequence"] as? Int } ?? []
            }
            let all = try found(after: 0, bytesMax: 1 << 20)
            #expect(all == Array(1...9))
            let two = try found(after: 3, bytesMax: sizes[3] + sizes[4] + 10)
            #expect(two == [4, 5])
            let one = try found(after: 8, bytesMax: 1)
            #expect(one == [9])
            let none = try found(after: 9, bytesMax: 1 << 20)
            #expect(none.isEmpty)
        }
    }

    private static func names(_ frame: StreamScene.Frame?) -> [String]? {
        (frame?.document["persons"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
    }

    @Test func `who comes, and who is renamed, is said to all, and to who comes later`() async throws {
        try await scene { scene in
            scene.engine.running.holdNext()
            let watching = Task { await scene.project.watch() }
            await scene.engine.running.isHolding()
            let stream = try scene.open(Self.client)
            var names: [[String]?] = []
            names.append(Self.names(await stream.next("persons")))
            let person = try scene.project.person(Self.tab)
            names.append(Self.names(await stream.next("persons")))
            _ = try scene.project.person(Self.tab)
            _ = try await scene.project.store.append([NewOperation(.renamePerson("Ada"))], by: person.id)
            names.append(Self.names(await stream.next("persons")))
            let later = try scene.open(Self.tab)
            names.append(Self.names(await later.next("persons")))
            #expect(names == [[], ["Person 1"], ["Ada"], ["Ada"]])
            scene.engine.running.release()
            watching.cancel()
            await watching.value
            await stream.breakOff()
            await later.breakOff()
        }
    }

    @Test func `a view that comes while its stream ends is not kept`() async throws {
        try await scene { scene in
            let only = try scene.open(Self.client)
            _ = await only.next("hello")
            scene.engine.viewing.holdNext()
            let shown = Task { try await scene.project.show(Self.view, of: Self.client, tab: Self.tab) }
            await scene.engine.viewing.isHolding()
            await only.breakOff()
            scene.engine.viewing.release()
            await #expect(throws: Refusal.self) { try await shown.value }
            #expect(scene.engine.views.isEmpty)
        }
    }

    @Test func `a view that comes while its client comes back is that of the next stream`() async throws {
        try await scene { scene in
            let first = try scene.open(Self.client)
            _ = await first.next("hello")
            scene.engine.viewing.holdNext()
            let shown = Task { try await scene.project.show(Self.view, of: Self.client, tab: Self.tab) }
            await scene.engine.viewing.isHolding()
            let second = try scene.open(Self.client)
            _ = await first.task.result
            scene.engine.viewing.release()
            try await shown.value
            #expect(scene.engine.views == [[second.key, Self.tab]])
            await second.breakOff()
            #expect(scene.engine.views.isEmpty)
        }
    }
}
