internal import Forest
internal import Foundation
internal import Machine
internal import Jobs

/// A training table while it is made: in a file without a name, written in any order, and read again block by block.
///
/// Memory is one block. Safe to use from any thread: whoever writes, writes rows of their own.
final class TableFile: Sendable {
    let shape: TableShape
    private let folder: String
    private let descriptor: Int32

    /// Bytes of a block, about.
    private static let blockBytes = 64 << 20

    /// - Parameter folder: where the file is made.
    /// - Throws: an I/O error.
    init(in folder: String, shape: TableShape) throws(CoordinatorError) {
        self.shape = shape
        self.folder = folder
        var template = Array(FilePath.join(folder, ".coppice-table-XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw CoordinatorError(
                .inputOutput, "\(folder): the training table cannot be made: \(SystemReason.last)")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
    }

    deinit { close(descriptor) }

    /// Samples of every block but the last.
    var samplesPerBlock: Int { max(1, Self.blockBytes / (shape.featureCount + 1)) }

    /// Writes consecutive samples from `first` on.
    ///
    /// - Parameters:
    ///   - bins: `[sample][feature]`.
    ///   - classes: of each sample.
    func write(_ bins: UnsafeRawBufferPointer, _ classes: UnsafeRawBufferPointer, at first: Int) throws(CoordinatorError) {
        precondition(
            bins.count == classes.count * shape.featureCount && first + classes.count <= shape.sampleCount,
            "\(classes.count) samples at \(first)")
        try put(bins, at: first * shape.featureCount)
        try put(classes, at: shape.sampleCount * shape.featureCount + first)
    }

    /// The classes of all samples.
    func classes() throws(CoordinatorError) -> [UInt8] {
        var classes = [UInt8](repeating: 0, count: shape.sampleCount)
        var failure: CoordinatorError?
        classes.withUnsafeMutableBytes { bytes in
            do throws(CoordinatorError) {
                try take(bytes, at: shape.sampleCount * shape.featureCount)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return classes
    }

    /// The document of the block `number`.
    func block(_ number: Int) throws(CoordinatorError) -> Data {
        let first = number * samplesPerBlock
        let count = min(samplesPerBlock, shape.sampleCount - first)
        let head = TableBlock.head(sampleCount: count, featureCount: shape.featureCount)
        let binByteCount = count * shape.featureCount
        var document = Data(count: head.count + binByteCount + count)
        document.replaceSubrange(0..<head.count, with: head)
        var failure: CoordinatorError?
        document.withUnsafeMutableBytes { bytes in
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[head.count...])
            do throws(CoordinatorError) {
                try take(UnsafeMutableRawBufferPointer(rebasing: rest[..<binByteCount]), at: first * shape.featureCount)
                try take(
                    UnsafeMutableRawBufferPointer(rebasing: rest[binByteCount...]),
                    at: shape.sampleCount * shape.featureCount + first)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return document
    }

    /// The bins of the samples `rows`, ascending: `[row][feature]`.
    func bins(_ rows: [UInt32]) throws(CoordinatorError) -> Data {
        let features = shape.featureCount
        var bins = Data(count: rows.count * features)
        var failure: CoordinatorError?
        bins.withUnsafeMutableBytes { bytes in
            do throws(CoordinatorError) {
                var start = 0
                while start < rows.count {
                    // Neighbours are read at once.
                    var end = start + 1
                    while end < rows.count, Int(rows[end]) == Int(rows[start]) + end - start { end += 1 }
                    try take(
                        UnsafeMutableRawBufferPointer(rebasing: bytes[start * features..<end * features]),
                        at: Int(rows[start]) * features)
                    start = end
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bins
    }

    private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(CoordinatorError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = SystemReason.last
                throw CoordinatorError(.inputOutput, "\(folder): the training table cannot be written: \(reason)")
            }
            done += count
        }
    }

    private func take(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(CoordinatorError) {
        var done = 0
        while done < bytes.count {
            let count = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw CoordinatorError(.inputOutput, "\(folder): the training table cannot be read again")
            }
            done += count
        }
    }
}
