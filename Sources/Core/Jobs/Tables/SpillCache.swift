internal import Formats
internal import Foundation
internal import Primitives
internal import Synchronization

/// Keeps the bins of table blocks: in memory up to a limit, then in a file without a name. A block that is no longer used gives its place
/// on the disk back.
///
/// Safe to use from any thread.
package final class SpillCache: Sendable {
    private struct State {
        var heldBytes = 0
        /// Nil until it is needed, and when it cannot be made.
        var file: ScratchFile?
        var fileByteCount = 0
    }

    private let bytesMax: Int
    private let folder: String
    private let state = Lock(State())

    /// - Parameters:
    ///   - bytesMax: in memory.
    ///   - folder: where the file is made; nil for the system's folder for temporary files.
    package init(bytesMax: Int, folder: String? = nil) {
        self.bytesMax = bytesMax
        self.folder = folder ?? FileManager.default.temporaryDirectory.path
    }

    /// Keeps some bytes; in memory, whatever the limit, where the disk does not take them.
    func keep(_ bytes: Data) -> BlockBytes {
        let fits = state.withLock { state in
            guard state.heldBytes + bytes.count <= bytesMax else { return false }
            state.heldBytes += bytes.count
            return true
        }
        if !fits, let place = append(bytes) { return BlockBytes(.file(offset: place, byteCount: bytes.count), in: self) }
        if !fits { state.withLock { $0.heldBytes += bytes.count } }
        return BlockBytes(.memory(bytes), in: self)
    }

    fileprivate func release(_ place: BlockBytes.Place) {
        switch place {
        case .memory(let bytes): state.withLock { $0.heldBytes -= bytes.count }
        case .file(let offset, let byteCount): state.withLock { $0.file }?.giveBack(byteCount, at: offset)
        }
    }

    /// Writes bytes to a place of their own; nil where the disk does not take them.
    private func append(_ bytes: Data) -> Int? {
        let claim = state.withLock { state -> (ScratchFile, Int)? in
            if state.file == nil { state.file = try? ScratchFile(prefix: "\(folder)/coppice-blocks-") }
            guard let file = state.file else { return nil }
            defer { state.fileByteCount += bytes.count }
            return (file, state.fileByteCount)
        }
        guard let (file, offset) = claim else { return nil }
        do {
            try bytes.withUnsafeBytes { try file.write($0, at: offset) }
            return offset
        } catch {
            return nil
        }
    }

    /// Reads bytes that were written; false if the disk does not give them back.
    fileprivate func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
        guard let file = state.withLock({ $0.file }) else { return false }
        return (try? file.read(target, at: offset)) != nil
    }
}

/// Bytes that a `SpillCache` keeps, as long as somebody holds this.
final class BlockBytes: Sendable {
    fileprivate enum Place: Sendable {
        case memory(Data)
        case file(offset: Int, byteCount: Int)
    }

    private let place: Place
    private let spillCache: SpillCache

    fileprivate init(_ place: Place, in spillCache: SpillCache) {
        self.place = place
        self.spillCache = spillCache
    }

    deinit { spillCache.release(place) }

    /// Memory, in bytes. What lies on the disk counts a little, so that there is a limit to it.
    var byteCount: Int {
        switch place {
        case .memory(let bytes): bytes.count
        case .file(_, let byteCount): byteCount / 64
        }
    }

    /// Copies the rows `rows`, ascending, of `rowByteCount` bytes each, to `target`, one after the other.
    ///
    /// - Throws: `JobError.invalid` when the disk does not give them back.
    func copy(
        _ rows: some Collection<Int>, of rowByteCount: Int, to target: UnsafeMutablePointer<UInt8>
    ) throws(JobError) {
        switch place {
        case .memory(let bytes):
            bytes.withUnsafeBytes { bytes in
                guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
                for (index, row) in rows.enumerated() {
                    (target + index * rowByteCount).update(from: base + row * rowByteCount, count: rowByteCount)
                }
            }
        case .file(let offset, let byteCount):
            let areRead = readParts(rows, of: rowByteCount, at: offset, byteCount: byteCount, to: target)
            guard areRead else { throw .invalid("a block of the training table can no longer be read from the worker's disk") }
        }
    }

    /// Bytes that are read at once where many rows of them are wanted.
    private static let partByteCount = 1 << 18

    private func readParts(
        _ rows: some Collection<Int>, of rowByteCount: Int, at offset: Int, byteCount: Int, to target: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        let partRows = max(1, Self.partByteCount / rowByteCount)
        var part = [UInt8](repeating: 0, count: partRows * rowByteCount)
        var partStart = -1
        var index = 0
        let isDense = rows.count * 64 * rowByteCount > byteCount
        for row in rows {
            let line = UnsafeMutableRawBufferPointer(start: target + index * rowByteCount, count: rowByteCount)
            index += 1
            guard isDense else {
                if !spillCache.read(line, at: offset + row * rowByteCount) { return false }
                continue
            }
            let start = row / partRows * partRows
            if start != partStart {
                let length = min(part.count, byteCount - start * rowByteCount)
                let isRead = part.withUnsafeMutableBytes {
                    spillCache.read(UnsafeMutableRawBufferPointer(rebasing: $0[..<length]), at: offset + start * rowByteCount)
                }
                if !isRead { return false }
                partStart = start
            }
            part.withUnsafeBytes {
                line.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: $0[(row - start) * rowByteCount..<(row - start + 1) * rowByteCount]))
            }
        }
        return true
    }
}
