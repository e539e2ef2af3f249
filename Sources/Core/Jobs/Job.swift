internal import Features
internal import Forest
package import Primitives
package import Protocol

/// A piece of work that a worker does on its own: everything it needs is in the document or in blobs named by hash.
///
/// A new kind of job is one new type in this folder and one line in `JobRequest.kinds`.
package protocol Job: Codable, Sendable {
    associatedtype Output: Codable & Sendable

    /// The value of `kind` on the wire.
    static var kind: String { get }

    /// Blobs that must be in the worker's cache before `run`.
    var blobs: [ContentHash] { get }

    /// What the job computes in and answers with, in bytes: an estimate from above, so that a worker can say no before it is short
    /// of memory. The job itself and its blobs are not counted.
    func workspaceBytes(blobs: BlobSet) -> ByteCount

    /// Does the work. The same job gives the same output on every worker, at any time.
    ///
    /// - Throws: `JobError.invalid` when the document contradicts itself or a blob; `.cancelled` when `slot.cancellation` is raised.
    func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output

    /// Throws unless `output` has the shape and the invariants that this job asks for. Run by the coordinator on every result.
    func check(_ output: Output) throws(WireError)
}

/// A job on a window of an image, which can reach the worker in several ways.
package protocol WindowJob: Job {
    var window: WindowDocument { get set }
}

/// Why a job has no output.
package enum JobError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The job can never succeed, on any worker.
    case invalid(String)
    /// The job was called off.
    case cancelled

    package var description: String {
        switch self {
        case .invalid(let message): message
        case .cancelled: "cancelled"
        }
    }
}

/// The blobs that a job asked for, by hash.
package struct BlobSet: Sendable {
    private let blobs: [ContentHash: Blob]

    package init(_ blobs: [ContentHash: Blob]) { self.blobs = blobs }

    /// The blob with this hash; nil if it is not among them.
    subscript(_ hash: ContentHash) -> Blob? { blobs[hash] }

    /// The training table with this hash.
    func table(_ hash: ContentHash) throws(JobError) -> TrainingTable {
        guard case .table(let table)? = blobs[hash] else { throw .invalid("blob \(hash): expected a training table") }
        return table
    }

    /// The index with this hash.
    func index(_ hash: ContentHash) throws(JobError) -> TableIndex {
        guard case .index(let index)? = blobs[hash] else {
            throw .invalid("blob \(hash): expected the index of a training table")
        }
        return index
    }

    /// The table that an index and its blocks are.
    func blockedTable(_ hash: ContentHash) throws(JobError) -> BlockedTable {
        let index = try index(hash)
        var parts: [TableBlock] = []
        for name in index.blocks {
            guard case .block(let block)? = blobs[name] else {
                throw .invalid("blob \(name): expected a block of a training table")
            }
            parts.append(block)
        }
        do {
            return try BlockedTable(index, blocks: parts)
        } catch {
            throw .invalid(error.description)
        }
    }

    /// All samples of the block with this hash, of a table of this shape.
    func samples(_ hash: ContentHash, count: Int, of shape: TableShape) throws(JobError) -> (bins: [UInt8], classes: [UInt8]) {
        guard case .block(let block)? = blobs[hash], block.sampleCount == count, block.featureCount == shape.featureCount,
            Int(block.classMax) < shape.classCount
        else { throw .invalid("blob \(hash): expected a block of \(count) samples of \(shape.featureCount) features") }
        return try block.samples()
    }

    /// The edges with this hash.
    func edges(_ hash: ContentHash) throws(JobError) -> BinEdges {
        guard case .edges(let edges)? = blobs[hash] else { throw .invalid("blob \(hash): expected bin edges") }
        return edges
    }

    /// The model with this hash.
    func model(_ hash: ContentHash) throws(JobError) -> PreparedModel {
        guard case .model(let model)? = blobs[hash] else { throw .invalid("blob \(hash): expected a model") }
        return model
    }
}
