import Foundation
internal import HTTPTypes
internal import NIOCore
@testable import Primitives
internal import Synchronization
import Testing

@testable import Annotator

/// Where files of clients are kept, and how their work waits, without a server.
@Suite struct ClientFilesTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static func body(_ byteCount: Int) -> AsyncStream<ByteBuffer> {
        AsyncStream { continuation in
            for start in stride(from: 0, to: byteCount, by: 10) {
                continuation.yield(ByteBuffer(repeating: 7, count: min(10, byteCount - start)))
            }
            continuation.finish()
        }
    }

    private func files(
        _ limits: ClientFiles.Limits, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) -> ClientFiles {
        ClientFiles(folder: scratch("files"), limits: limits, now: now)
    }

    private func put(_ name: String, _ byteCount: Int, declared: Bool = false, in files: ClientFiles) async -> Int {
        do {
            _ = try await files.receive(Self.body(byteCount), byteCount: declared ? byteCount : nil, as: name)
            return 201
        } catch let refusal as Refusal {
            return refusal.answer.status.code
        } catch {
            return 0
        }
    }

    @Test(arguments: [true, false])
    func `a file that is too large is refused, whether its size is declared or not`(_ isDeclared: Bool) async {
        let files = files(.init(byteCountMax: 100))
        let found = [await put("a", 100, declared: isDeclared, in: files), await put("b", 101, declared: isDeclared, in: files)]
        #expect(found == [201, 413])
        #expect(files.all.map(\.name) == ["a"])
    }

    @Test func `all files together have a limit, and what is removed makes room`() async throws {
        let files = files(.init(byteCountMax: 100, bytesMax: 150))
        let first = [await put("a", 100, in: files), await put("b", 60, in: files), await put("b", 50, in: files)]
        #expect(first == [201, 507, 201])
        try files.remove("a")
        let second = await put("c", 100, in: files)
        #expect(second == 201)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("files")).count == 2)
    }

    @Test func `a file that nobody uses makes room for others, the others do not`() async throws {
        let clock = Lock(ContinuousClock.now)
        let files = files(.init(countMax: 2, idleTime: .seconds(60)), now: { clock.withLock { $0 } })
        let first = [await put("a", 1, in: files), await put("b", 1, in: files), await put("c", 1, in: files)]
        #expect(first == [201, 201, 507])
        clock.withLock { $0 += .seconds(61) }
        _ = try files.file("a")
        let second = [await put("c", 1, in: files), await put("d", 1, in: files)]
        #expect(second == [201, 507])
        #expect(files.all.map(\.name) == ["a", "c"])
    }

    @Test func `a file that is held stays as it is when it is replaced or removed`() async throws {
        let files = files(.init())
        _ = await put("a", 10, in: files)
        var held: HeldFile? = try files.file("a")
        let path = try #require(held?.path)
        _ = await put("a", 30, in: files)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == 10)
        #expect(files.all.map(\.size) == [30])
        held = nil
        #expect(held == nil && !FileManager.default.fileExists(atPath: path))
    }

    @Test func `a body that breaks off leaves nothing`() async {
        let files = files(.init())
        let body = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
            continuation.yield(ByteBuffer(repeating: 7, count: 10))
            continuation.finish(throwing: CancellationError())
        }
        await #expect(throws: Refusal.self) { try await files.receive(body, byteCount: nil, as: "a") }
        #expect(files.all.isEmpty)
        #expect((try? FileManager.default.contentsOfDirectory(atPath: scratch("files"))) == [])
    }

    @Test(arguments: ["", ".", "..", ".a", "-a", "a/b", "a b", "ä", String(repeating: "a", count: 101)])
    func `names that could lead elsewhere are refused`(_ name: String) {
        #expect(throws: Refusal.self) { try ClientFiles.check(name) }
    }

    @Test func `messages name files without their folders`() {
        let files = files(.init())
        let id = UUID().uuidString.lowercased()
        let text = "\(scratch("files"))/\(id)/a.npy: expected 1 as in \(scratch("files"))/\(id)/b.npy, found /etc"
        #expect(files.hidingFolder(text) == "a.npy: expected 1 as in b.npy, found /etc")
    }

    @Test func `work waits for its turn, can be given up before, and too much of it is refused`() async throws {
        let queue = WorkQueue(activeMax: 1, waitingMax: 1)
        let executor = ManualExecutor()
        func counts() -> [Int] {
            executor.runAll()
            return [queue.counts.active, queue.counts.waiting]
        }
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let first = Task(executorPreference: executor) { try await queue.turn { for await _ in gate {} } }
        let second = Task(executorPreference: executor) { try await queue.turn { true } }
        #expect(counts() == [1, 1])
        await #expect(throws: Refusal.self) { try await queue.turn {} }
        second.cancel()
        #expect(counts() == [1, 0])
        await #expect(throws: CancellationError.self) { try await second.value }
        let third = Task(executorPreference: executor) { try await queue.turn { true } }
        #expect(counts() == [1, 1])
        opener.finish()
        #expect(counts() == [0, 0])
        try await first.value
        let isDone = try await third.value
        #expect(isDone)
    }
}
