internal import Foundation
package import Imaging

/// The files of an array in chunks: `LEVEL/ROW/COLUMN` below a folder, or `LEVEL/PLANE/ROW/COLUMN` for one plane of several, whose number
/// is one for each dimension that counts planes: `LEVEL/TIME/CHANNEL/DEPTH/ROW/COLUMN`.
///
/// They are synchronised to disk all together, by the owner of the folder.
package final class ChunkFolder: PyramidStore {
    private let folder: String
    /// Empty for a single plane.
    private let plane: [Int]
    /// Rows of chunks whose folders are made.
    private var rows: Set<PyramidPlace> = []

    package init(_ folder: String, plane: [Int] = []) { (self.folder, self.plane) = (folder, plane) }

    package func put(_ packed: [UInt8], at place: PyramidPlace) throws(ImageError) {
        if rows.insert(PyramidPlace(level: place.level, row: place.row, column: 0)).inserted {
            try makeFolder("\(place.level)/\(planePart)\(place.row)")
        }
        try write(packed, to: name(of: place))
    }

    package func packed(at place: PyramidPlace) throws(ImageError) -> [UInt8] {
        do {
            let file = try InputFile(path: "\(folder)/\(name(of: place))", followsLinks: false)
            return try file.bytes(file.identity.byteCount)
        } catch {
            throw ImageError(error)
        }
    }

    private func name(of place: PyramidPlace) -> String { "\(place.level)/\(planePart)\(place.row)/\(place.column)" }

    /// The name of a chunk's file, of one plane among those that a single dimension counts.
    package static func name(of place: PyramidPlace, plane: Int?) -> String {
        ChunkFolder("", plane: plane.map { [$0] } ?? []).name(of: place)
    }

    /// Makes the folders of a level, down to the one that holds the folders of its rows.
    package func makeFolders(ofLevel level: Int) throws(ImageError) {
        var name = "\(level)"
        try makeFolder(name)
        for index in plane {
            name += "/\(index)"
            try makeFolder(name)
        }
    }

    /// Makes the folders of the rows of chunks of a level.
    package func makeRows(_ count: Int, ofLevel level: Int) throws(ImageError) {
        for row in 0..<count where rows.insert(PyramidPlace(level: level, row: row, column: 0)).inserted {
            try makeFolder("\(level)/\(planePart)\(row)")
        }
    }

    private var planePart: String { plane.map { "\($0)/" }.joined() }

    /// Makes a folder, unless an earlier process has made it.
    package func makeFolder(_ name: String) throws(ImageError) {
        let path = "\(folder)/\(name)"
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .io(path: path, reason: FileSystem.reason) }
    }

    /// Writes one file.
    package func write(_ bytes: [UInt8], to name: String) throws(ImageError) {
        do {
            let file = try OutputFile(path: "\(folder)/\(name)")
            try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in try file.write(UnsafeRawBufferPointer(buffer)) }
            try file.close(isDurable: false)
        } catch {
            throw ImageError(error)
        }
    }
}
