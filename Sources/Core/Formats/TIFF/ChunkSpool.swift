internal import Imaging
internal import Primitives

/// Packed chunks of a pyramid in a file without a name, in the order in which they come.
final class ChunkSpool: PyramidStore {
    private let path: String
    private let file: ScratchFile
    private var byteCount = 0
    /// `[level][chunk]`: where each lies; no bytes for one that has not come.
    private var places: [[(offset: Int, byteCount: Int)]]
    private let columns: [Int]

    /// - Parameter path: the output, beside which the file is made.
    /// - Throws: `ImageError.io` when the file cannot be made.
    init(beside path: String, levels: [TileGrid]) throws(ImageError) {
        self.path = path
        places = levels.map { Array(repeating: (0, 0), count: $0.count) }
        columns = levels.map(\.columns)
        do {
            file = try ScratchFile(prefix: "\(path).chunks-")
        } catch {
            throw .io(path: path, reason: error.reason)
        }
    }

    func put(_ packed: [UInt8], at place: PyramidPlace) throws(ImageError) {
        do {
            try packed.withUnsafeBufferPointer { (bytes) throws(FileError) in
                try file.write(UnsafeRawBufferPointer(bytes), at: byteCount)
            }
        } catch {
            throw .io(path: path, reason: error.reason)
        }
        places[place.level][place.row * columns[place.level] + place.column] = (byteCount, packed.count)
        byteCount += packed.count
    }

    func packed(at place: PyramidPlace) throws(ImageError) -> [UInt8] {
        let (offset, byteCount) = places[place.level][place.row * columns[place.level] + place.column]
        precondition(byteCount > 0, "\(place) has not come")
        do {
            return try [UInt8](filled: byteCount) { (bytes) throws(FileError) in
                try file.read(UnsafeMutableRawBufferPointer(bytes), at: offset)
            }
        } catch {
            throw .io(path: path, reason: error.reason)
        }
    }
}
