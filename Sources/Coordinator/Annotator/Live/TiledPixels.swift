internal import Annotations
internal import Coordinator
internal import Dispatch
internal import ImageTiles
internal import Imaging
internal import Primitives
internal import Synchronization

/// The pixels of the levels that a page sees, for forests that are trained on them: put together from tiles.
///
/// Safe to use from any thread that may block.
final class TiledPixels: LivePixels {
    private let service: TileService

    init(_ service: TileService) { self.service = service }

    func size(of image: LiveImage, level: Int) throws -> (width: Int, height: Int) {
        let tiled = try tiled(image)
        guard tiled.levels.indices.contains(level) else {
            throw CoordinatorError(.usage, "\(image.input): expected a level below \(tiled.levels.count), found \(level)")
        }
        return (tiled.levels[level].width, tiled.levels[level].height)
    }

    func window(_ rect: PixelRect, of image: LiveImage, level: Int) throws -> PixelBuffer {
        let tiled = try tiled(image)
        let page = image.input.selection.page
        let (z, t) = (page % max(1, tiled.depth), page / max(1, tiled.depth))
        let side = AnnotatorResponder.tileSide
        let (channels, type) = (tiled.info.channels, tiled.info.sampleType)
        let pixelBytes = channels * type.byteCount
        var bytes = [UInt8](repeating: 0, count: rect.width * rect.height * pixelBytes)
        var validity = [UInt8](repeating: 1, count: rect.width * rect.height)
        var isMasked = false
        for row in rect.y / side...(rect.endY - 1) / side {
            for column in rect.x / side...(rect.endX - 1) / side {
                let tile = try blocking { [service] in
                    try await service.tile(of: tiled, level: level, column: column, row: row, z: z, t: t)
                }
                let part = TilePart(tile.bytes)
                isMasked = isMasked || part.maskStart != nil
                let own = PixelRect(x: column * side, y: row * side, width: part.width, height: part.height)
                guard let shared = own.intersection(rect) else { continue }
                for y in shared.y..<shared.endY {
                    for x in shared.x..<shared.endX {
                        let source = (y - own.y) * part.width + x - own.x
                        let target = (y - rect.y) * rect.width + x - rect.x
                        for channel in 0..<channels {
                            let from = part.sampleStart + (channel * part.width * part.height + source) * type.byteCount
                            let to = target * pixelBytes + channel * type.byteCount
                            for byte in 0..<type.byteCount { bytes[to + byte] = tile.bytes[from + byte] }
                        }
                        if let start = part.maskStart { validity[target] = tile.bytes[start + source] }
                    }
                }
            }
        }
        return PixelBuffer(
            width: rect.width, height: rect.height, channels: channels, sampleType: type, bytes: bytes,
            validity: isMasked ? validity : nil)
    }

    private func tiled(_ image: LiveImage) throws -> TiledImage {
        try blocking { [service] in try await service.describe(image.input.path) }
    }

    /// Where the parts of a tile's bytes begin.
    private struct TilePart {
        let width: Int
        let height: Int
        let sampleStart = TileBytes.headerByteCount
        let maskStart: Int?

        init(_ bytes: [UInt8]) {
            width = Int(bytes[0]) | Int(bytes[1]) << 8
            height = Int(bytes[2]) | Int(bytes[3]) << 8
            let sampleBytes = Int(bytes[4]) * Int(bytes[5]) * width * height
            maskStart = bytes[7] == 1 ? TileBytes.headerByteCount + sampleBytes : nil
        }
    }

    /// Waits for what is done in a task. Only for threads that are not of the pool on which tasks run.
    private func blocking<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let box = ResultBox<Value>()
        // Awaited by the semaphore.
        Task {
            do {
                box.set(.success(try await work()))
            } catch {
                box.set(.failure(error))
            }
            done.signal()
        }
        done.wait()
        return try box.value.get()
    }

    private final class ResultBox<Value: Sendable>: Sendable {
        private let result = Lock<Result<Value, any Error>?>(nil)

        func set(_ new: Result<Value, any Error>) { result.withLock { $0 = new } }

        var value: Result<Value, any Error> {
            guard let value = result.withLock({ $0 }) else { preconditionFailure("the task ended without a result") }
            return value
        }
    }
}
