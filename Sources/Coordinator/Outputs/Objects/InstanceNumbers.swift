internal import Formats
internal import Foundation
internal import Imaging

/// The pixels of all objects, and the numbers that they get once these are known: painted as 32-bit images when all objects are.
///
/// Runs and numbers wait in files without a name. Not safe to share between threads.
final class InstanceNumbers {
    private let outputs: [InstanceMap]
    private let runs: ScratchFile
    private let numbers: ScratchFile
    private var byteCount = 0
    /// By tile: where its runs are, and its parts.
    private var tiles: [Int: (place: Int, byteCount: Int, first: Int, count: Int)] = [:]

    init(_ outputs: [InstanceMap], scratch: String) throws {
        self.outputs = outputs
        runs = try ScratchFile(prefix: FilePath.join(scratch, "coppice-runs-"))
        numbers = try ScratchFile(prefix: FilePath.join(scratch, "coppice-numbers-"))
    }

    /// Keeps the runs of a tile, `[run][4]`, whose parts are numbered from `first` on.
    func keep(_ list: [Int32], ofTile tile: Int, first: Int, count: Int) throws {
        let size = list.count * MemoryLayout<Int32>.size
        try list.withUnsafeBytes { try runs.write($0, at: byteCount) }
        tiles[tile] = (byteCount, size, first, count)
        byteCount += size
    }

    /// Gives a part its object's number; a part without one is no object.
    func set(_ number: Int, ofPart part: Int) throws {
        try withUnsafeBytes(of: UInt32(number)) { try numbers.write($0, at: 4 * part) }
    }

    /// Paints all tiles.
    func paint(_ grid: TileGrid, partCount: Int) throws {
        // A number for the last part, so that all can be read.
        try withUnsafeBytes(of: UInt32(0)) { try numbers.write($0, at: 4 * partCount) }
        for index in 0..<grid.count {
            let tile = grid.tile(row: index / grid.columns, column: index % grid.columns)
            guard let kept = tiles[index] else { preconditionFailure("no runs of tile \(index)") }
            var list = [Int32](repeating: 0, count: kept.byteCount / 4)
            try list.withUnsafeMutableBytes { try runs.read($0, at: kept.place) }
            var values = [UInt32](repeating: 0, count: kept.count)
            try values.withUnsafeMutableBytes { try numbers.read($0, at: 4 * kept.first) }
            var pixels = [UInt32](repeating: 0, count: tile.core.area)
            for run in stride(from: 0, to: list.count, by: 4) {
                let first = Int(list[run]) * tile.core.width
                let value = values[Int(list[run + 3])]
                for pixel in first + Int(list[run + 1])..<first + Int(list[run + 2]) { pixels[pixel] = value }
            }
            for output in outputs { try output.write(tile.core, pixels) }
        }
    }

    func seal() throws {
        for output in outputs { try output.seal() }
    }

    func publish() throws {
        for output in outputs { try output.publish() }
    }
}

/// A 32-bit image of objects' numbers, TIFF or OME-Zarr.
final class InstanceMap {
    private enum Target {
        case image(MapFile)
        case zarr(PendingFolder, ZarrMapWriter)
    }

    private let target: Target

    init(path: String, width: Int, height: Int, metadata: ImageMetadata) throws {
        guard MapFormat(ofPath: path) == .zarr else {
            target = .image(
                try MapFile(
                    path: path, width: width, height: height, kind: .grey32, overviews: .topLeft, metadata: metadata,
                    name: "objects"))
            return
        }
        let folder = try PendingFolder(path: path)
        let writer = try folder.writing {
            try ZarrMapWriter.instances(folder: folder.temporaryPath, width: width, height: height, metadata: metadata)
        }
        target = .zarr(folder, writer)
    }

    func write(_ region: PixelRect, _ pixels: [UInt32]) throws {
        switch target {
        case .image(let file): try file.write(region, pixels.withUnsafeBytes { Array($0) })
        case .zarr(let folder, let writer):
            try folder.writing { try pixels.withUnsafeBytes { try writer.write(region, from: $0) } }
        }
    }

    func seal() throws {
        switch target {
        case .image(let file): try file.seal()
        case .zarr(let folder, let writer):
            writer.finish()
            try folder.synchronise()
        }
    }

    func publish() throws {
        switch target {
        case .image(let file): try file.publish()
        case .zarr(let folder, _): try folder.commit()
        }
    }
}
