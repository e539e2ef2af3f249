@testable import Compression
@testable import Forest
@testable import Formats
internal import Foundation
internal import FuzzHarness
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import FuzzSamples

/// Reads documents as a worker and a coordinator do, and holds what it finds against the promises of the wire.
final class DocumentReader {
    /// A small worker's part of its memory for one job, its body and its blobs.
    static let bytesMax = 16 << 20
    private static let treesMax = 8

    private let samples: Samples
    private let slot = SlotWorkspace()
    private let references = NamedImage()

    init() {
        do { samples = try Samples() } catch { preconditionFailure("the samples: \(error)") }
        slot.references = ReferenceReader(references.policy, heldBytesMax: Self.bytesMax)
    }

    func read(_ bytes: ArraySlice<UInt8>, as kind: FuzzedDocument) {
        let data = Data(bytes)
        do {
            switch kind {
            case .job: try readJob(data)
            case .blob: try readBlob(data)
            case .treeResult: try readTrees(data)
            case .tileResult: try readResult(data, TileJob.Output.self)
            case .rowResult: try readResult(data, RowJob.Output.self)
            case .featureResult: try readResult(data, FeatureJob.Output.self)
            case .planeResult: try readResult(data, PlaneJob.Output.self)
            case .probeResult: try readResult(data, ProbeJob.Output.self)
            case .worker: try expectSame(data, WorkerDescription.self)
            case .accepted: try expectSame(data, AcceptedDocument.self)
            case .missing: try expectSame(data, MissingDocument.self)
            case .failure: try expectSame(data, ErrorDocument.self)
            case .announcement:
                try expectSame(data, WorkerAnnouncement.self)
                try WireJSON.decode(WorkerAnnouncement.self, from: data).check()
            case .digest: readDigest(String(decoding: bytes, as: UTF8.self))
            case .url: try readURL(String(decoding: bytes, as: UTF8.self))
            case .base64: readBase64(data)
            case .zlib: try readZlib(Array(bytes))
            }
        } catch {
            Fuzzing.expectOneLine(String(describing: error))
        }
    }

    private func readJob(_ body: Data) throws {
        let request = try JobRequest(body: body, inflatedBytesMax: Self.bytesMax)
        let document = Self.mustEncode(JobEnvelope(request.job))
        let again = try Self.must { try JobRequest(body: document, inflatedBytesMax: Self.bytesMax) }
        precondition(Self.mustEncode(JobEnvelope(again.job)) == document, "a job changes when it is written and read")
        try run(again.job)
    }

    /// Runs a job as a worker would: unless it needs too much.
    private func run(_ job: some Job) throws {
        let blobs = samples.blobs(of: job)
        guard job.workspaceBytes(blobs: blobs).bytes <= Self.bytesMax else { return }
        // Only a call from outside ends a job of many trees.
        if let trees = job as? TreeJob, trees.treeCount > Self.treesMax { return }
        if let trees = job as? FoldJob, trees.treeCount > Self.treesMax { return }
        let output = try job.run(in: slot, blobs: blobs)
        try Self.must { try job.check(output) }
        let document = Self.mustEncode(output)
        try Self.must { try job.check(try WireJSON.decode(type(of: output), from: document)) }
    }

    private func readBlob(_ body: Data) throws {
        switch try Blob(decoding: body, inflatedBytesMax: Self.bytesMax) {
        case .model(let prepared):
            let document = try Self.must { try prepared.model.encoded() }
            guard case .model(let again) = try Self.must({ try Blob(decoding: document) }) else {
                preconditionFailure("a model became a table")
            }
            precondition(again.model == prepared.model)
        case .table(let table):
            let document = try Self.must { try TableDocument(table).encoded() }
            guard case .table(let again) = try Self.must({ try Blob(decoding: document) }) else {
                preconditionFailure("a table became a model")
            }
            precondition(again.bins == table.bins && again.classes == table.classes && again.classCount == table.classCount)
            let grown = slot.grower.grow(treeIndex: 0, table: table, parameters: try ForestParameters(maxDepth: 6))
            precondition(grown.importances.count == table.featureCount)
        case .index(let index):
            let document = try Self.must { try index.encoded() }
            guard case .index(let again) = try Self.must({ try Blob(decoding: document) }), again == index else {
                preconditionFailure("an index changes when it is written and read")
            }
        case .block(let block):
            precondition(block.sampleCount >= 1 && block.sampleCount * (block.featureCount + 1) < body.count)
        case .edges(let edges):
            let document = try Self.must { try EdgesDocument(edges).encoded() }
            guard case .edges(let again) = try Self.must({ try Blob(decoding: document) }), again == edges else {
                preconditionFailure("edges change when they are written and read")
            }
        case .folds(let folds):
            let document = try Self.must { try FoldsDocument(folds).encoded() }
            guard case .folds(let again) = try Self.must({ try Blob(decoding: document) }), again == folds else {
                preconditionFailure("folds change when they are written and read")
            }
        }
    }

    private func readTrees(_ body: Data) throws {
        let output = try readResult(body, TreeJob.Output.self)
        for (index, tree) in output.trees.enumerated() {
            let read = try tree.tree(featureCount: 4, classCount: 3, place: "trees[\(index)]")
            precondition(read.depth <= read.nodeCount)
        }
    }

    /// Reads a result, writes it, and holds it against one job of its kind.
    @discardableResult
    private func readResult<Output: Codable>(_ body: Data, _ type: Output.Type) throws -> Output {
        let output = try WireJSON.decode(type, from: body, inflatedBytesMax: Self.bytesMax)
        let document = Self.mustEncode(output)
        let again = try Self.must { try WireJSON.decode(type, from: document) }
        precondition(Self.mustEncode(again) == document, "a result changes when it is written and read")
        for job in try samples.jobs().values { try Self.check(output, against: job) }
        return output
    }

    private static func check<Checked: Job>(_ output: some Any, against job: Checked) throws {
        if let output = output as? Checked.Output { try job.check(output) }
    }

    private func expectSame<Document: Codable & Equatable>(_ body: Data, _ type: Document.Type) throws {
        let document = try WireJSON.decode(type, from: body)
        let again = try Self.must { try WireJSON.decode(type, from: Self.mustEncode(document)) }
        precondition(again == document, "\(type) changes when it is written and read")
    }

    private func readURL(_ text: String) throws {
        // As a path: nothing outside the root is opened.
        if let file = try? references.policy.open(text) {
            precondition(file.resolvedPath?.hasPrefix(references.folder + "/") == true, "\(text) leads out")
        }
        let url = try AllowedURL(text)
        precondition(url.covers(url) && !url.segments.contains(".."))
        let again = try Self.must { try AllowedURL(url.description) }
        precondition(again == url, "\(again) was \(url)")
        try references.policy.check(url: text)
        precondition(url.scheme == "https" && url.host == "example.org" && url.segments.first == "a", "\(url) is not allowed")
    }

    private func readDigest(_ text: String) {
        guard let hash = ContentHash(digestField: text) else { return }
        precondition(ContentHash(digestField: hash.digestField) == hash && ContentHash(hex: hash.hex) == hash)
    }

    private func readBase64(_ text: Data) {
        let ours = text.withUnsafeBytes { Base64.decode($0) }
        // Foundation takes more, but nothing else; and ours takes everything that is written the usual way.
        let foundations = Data(base64Encoded: text)
        precondition(ours == nil || ours == foundations, "base64 is not what Foundation reads")
        precondition(ours != nil || foundations?.base64EncodedData() != text, "base64 is refused")
    }

    private func readZlib(_ bytes: [UInt8]) throws {
        guard bytes.count >= 2 else { return }
        let count = Int(bytes[0]) << 8 | Int(bytes[1])
        let unpacked = try Zlib.decompress(Array(bytes[2...]), expectedByteCount: count)
        precondition(unpacked.count == count)
        let again = try Self.must { try Zlib.decompress(try Zlib.compress(unpacked), expectedByteCount: count) }
        precondition(again == unpacked)
    }

    private static func mustEncode(_ value: some Encodable) -> Data {
        do { return try WireJSON.encode(value) } catch { preconditionFailure("what was accepted has no JSON form: \(error)") }
    }

    private static func must<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { preconditionFailure("what was accepted is refused: \(error)") }
    }
}
