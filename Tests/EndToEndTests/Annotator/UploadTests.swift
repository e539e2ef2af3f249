import Foundation
internal import HTTPTypes
internal import NIOCore
internal import Synchronization
import Testing

@testable import Annotator
@testable import Primitives

/// Uploaded images, piece by piece, on disks of any room.
@Suite(.timeLimit(.minutes(5))) struct UploadTests {
    private let scratch: Scratch
    private let image: Data
    private let name: UploadName

    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch)
        image = try scratch.bytes("image.png")
        name = try UploadName("cells.png")
    }

    private struct Broken: Error {}
    private typealias Body = AsyncThrowingStream<ByteBuffer, any Error>

    /// A body in pieces of a size, which may break off.
    private func body(_ bytes: Data, breaksOff: Bool = false, pieces size: Int = 1000) -> Body {
        Body { continuation in
            for start in stride(from: 0, to: bytes.count, by: size) {
                continuation.yield(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            }
            continuation.finish(throwing: breaksOff ? Broken() : nil)
        }
    }

    private func folder(bytesMax: Int = 1 << 30, free: @escaping @Sendable () -> Int? = { nil }) -> UploadFolder {
        UploadFolder(path: scratch("images"), bytesMax: bytesMax, freeBytes: { _ in free() })
    }

    private var left: [String] { (try? FileManager.default.contentsOfDirectory(atPath: scratch("images")).sorted()) ?? [] }

    private func refusal(_ work: () async throws -> String) async throws -> Int {
        do {
            let path = try await work()
            Issue.record("expected a refusal, found \(path)")
            return 0
        } catch let refusal as Refusal {
            return refusal.answer.status.code
        }
    }

    @Test func `an image is kept as it was sent, and no other is replaced`() async throws {
        var paths: [String] = []
        for _ in 0..<2 {
            paths.append(try await folder().keep(body(image), as: name, announced: image.count))
        }
        #expect(paths == [scratch("images/cells.png"), scratch("images/cells-2.png")])
        #expect(left == ["cells-2.png", "cells.png"])
        for path in paths { #expect(FileManager.default.contents(atPath: path) == image) }
    }

    @Test(arguments: [true, false])
    func `an image beyond the limit is refused, announced or not`(_ isAnnounced: Bool) async throws {
        let status = try await refusal {
            try await folder(bytesMax: image.count - 1).keep(body(image), as: name, announced: isAnnounced ? image.count : nil)
        }
        #expect(status == 413)
        #expect(left.isEmpty)
    }

    @Test func `an image that does not fit on the disk is refused before it is sent`() async throws {
        let free = UploadFolder.reservedBytes + image.count - 1
        let status = try await refusal { try await folder { free }.keep(body(Data()), as: name, announced: image.count) }
        #expect(status == 507)
        #expect(left.isEmpty)
        let exact = UploadFolder.reservedBytes + image.count
        _ = try await folder { exact }.keep(body(image), as: name, announced: image.count)
        #expect(left == ["cells.png"])
    }

    @Test func `a disk that fills up meanwhile leaves nothing`() async throws {
        let looks = Lock(0)
        let sent = Data(count: 8 << 20)
        let status = try await refusal {
            try await folder {
                looks.withLock { looks in
                    looks += 1
                    return looks < 4 ? 1 << 40 : UploadFolder.reservedBytes / 2
                }
            }.keep(body(sent, pieces: 1 << 20), as: name, announced: nil)
        }
        #expect(status == 507)
        #expect(looks.withLock { $0 } == 4, "nothing is written after that")
        #expect(left.isEmpty)
    }

    @Test func `what breaks off, or is no image, leaves nothing`() async throws {
        let broken = try await refusal {
            try await folder().keep(body(image, breaksOff: true), as: name, announced: image.count)
        }
        let other = try await refusal { try await folder().keep(body(Data("no image".utf8)), as: name, announced: nil) }
        #expect(broken == 400 && other == 422)
        #expect(left.isEmpty)
    }

    @Test func `what a killed server has left is removed, and nothing else`() async throws {
        let path = try await folder().keep(body(image), as: name, announced: nil)
        try Data("half".utf8).write(to: URL(fileURLWithPath: scratch("images/.upload-1234")))
        folder().removeLeftovers()
        #expect(left == ["cells.png"])
        #expect(FileManager.default.contents(atPath: path) == image)
    }
}
