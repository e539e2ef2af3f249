internal import Formats
internal import Foundation

/// The images that a command works on: files, folders of files, patterns and lists. Each is worked on once.
package struct ImageList: Hashable, Sendable {
    /// In the order in which they are worked on.
    package let images: [String]
    /// Folders that stand for the images in them.
    package let folders: [String]
    /// What was listed twice.
    package let notes: [ListNote]
    /// Where images lie below the folder that stands for them, by path; those that are not here lie in it, or were named themselves.
    private let subfolders: [String: String]

    /// - Parameters:
    ///   - paths: images; folders, which stand for the images in them in the order of their names, numbers by value; patterns with `*`,
    ///     `?` and `[…]` that the shell has left. What is there under the name is no pattern.
    ///   - manifest: a list (`ListFile`) whose column `image`, or first column, holds what could stand on a command line, relative to its
    ///     folder.
    ///   - isRecursive: whether folders stand for the images below them, too.
    /// - Throws: a usage error when there are none in all; bad input for a folder, pattern or manifest without images.
    package init(_ paths: [String], manifest: String?, isRecursive: Bool = false) throws(CoordinatorError) {
        var gathering = Gathering(isRecursive: isRecursive)
        for path in paths { try gathering.add(path) }
        if let manifest {
            let list = try ListFile(manifest, columns: ["image"], required: 1, skipsOthers: true)
            for row in list.rows {
                try gathering.add(list.located(row.fields[0]), in: manifest, line: row.line)
            }
        }
        guard !gathering.images.isEmpty else { throw CoordinatorError(.usage, "expected at least one image, found none") }
        images = gathering.images
        folders = gathering.folders
        notes = gathering.doubles.notes(of: "image")
        subfolders = gathering.subfolders
    }

    /// Where an image lies below the folder that stands for it, such as `day1/well2`; empty if it lies in it, or was named itself.
    package func subfolder(of image: String) -> String { subfolders[image] ?? "" }

    /// What is found on the way.
    private struct Gathering {
        let isRecursive: Bool
        var images: [String] = []
        var folders: [String] = []
        var subfolders: [String: String] = [:]
        var doubles = Doubles()

        private static let depthMax = 64

        init(isRecursive: Bool) { self.isRecursive = isRecursive }

        mutating func add(_ path: String, in list: String? = nil, line: Int? = nil) throws(CoordinatorError) {
            if RemoteImage.isURL(path) {
                take(path, list, line)
            } else if ImageFile.isPlainFolder(path) {
                try add(folder: path, list, line)
            } else if FileSystem.kind(of: path) == "nothing", NamePattern.isPattern(path) {
                let found = NamePattern.files(of: path).sorted(by: ImageList.precedes)
                guard !found.isEmpty else { throw CoordinatorError(.badInput, "\(path): expected files that match, found none") }
                for path in found {
                    if ImageFile.isPlainFolder(path) { try add(folder: path, list, line) } else { take(path, list, line) }
                }
            } else {
                take(path, list, line)
            }
        }

        private mutating func take(_ path: String, _ list: String?, _ line: Int?, below subfolder: String = "") {
            guard doubles.isNew([ImageInput(path: path)], line: line, in: list) else { return }
            images.append(path)
            if !subfolder.isEmpty { subfolders[path] = subfolder }
        }

        private mutating func add(folder: String, _ list: String?, _ line: Int?) throws(CoordinatorError) {
            folders.append(folder)
            let found = try Self.images(in: folder, below: "", isRecursive: isRecursive, above: [])
            guard !found.images.isEmpty else {
                let endings = ImageFile.endings.compactMap(\.first).map { ".\($0)" }.joined(separator: ", ")
                let hint = found.folderCount > 0 && !isRecursive ? "; --recursive looks into its folders, too" : ""
                throw CoordinatorError(
                    .badInput,
                    "\(folder): expected images (\(endings)) in the folder, found none among \(found.fileCount) files\(hint)")
            }
            for (subfolder, name) in found.images {
                take(FilePath.join(folder, FilePath.join(subfolder, name)), list, line, below: subfolder)
            }
        }

        /// The images in a folder, and those in its folders after them.
        ///
        /// - Parameter above: the folders on the way, so that a link cannot lead in a circle.
        private static func images(
            in root: String, below place: String, isRecursive: Bool, above: [FileIdentity]
        ) throws(CoordinatorError) -> (images: [(subfolder: String, name: String)], fileCount: Int, folderCount: Int) {
            let folder = place.isEmpty ? root : FilePath.join(root, place)
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: folder)
            } catch {
                throw CoordinatorError(.inputOutput, "\(folder): cannot be read as a folder")
            }
            // Some have a dot of their own, as `zarr.zip`.
            let endings = ImageFile.endings.joined().map { ".\($0)" }
            var (images, folders): ([(subfolder: String, name: String)], [String]) = ([], [])
            var fileCount = names.count
            var folderCount = 0
            for name in names.filter({ !$0.hasPrefix(".") }).sorted(by: ImageList.precedes) {
                let path = FilePath.join(folder, name)
                if endings.contains(where: name.lowercased().hasSuffix), !isRecursive || !ImageFile.isPlainFolder(path) {
                    images.append((place, name))
                } else if ImageFile.isPlainFolder(path) {
                    folders.append(name)
                }
            }
            folderCount += folders.count
            var status = stat()
            guard isRecursive, stat(folder, &status) == 0, above.count < depthMax else { return (images, fileCount, folderCount) }
            let own = FileIdentity(status)
            guard !above.contains(where: { ($0.device, $0.inode) == (own.device, own.inode) }) else { return ([], 0, 0) }
            for name in folders {
                let found = try Self.images(
                    in: root, below: FilePath.join(place, name), isRecursive: true, above: above + [own])
                images += found.images
                fileCount += found.fileCount
                folderCount += found.folderCount
            }
            return (images, fileCount, folderCount)
        }
    }

    /// Whether one name comes before another: digits by the value of the number that they make, so that `t9` comes before `t10`.
    package static func precedes(_ one: String, _ other: String) -> Bool {
        var (left, right) = (Substring(one), Substring(other))
        while let a = left.first, let b = right.first {
            if a.isASCII, a.isNumber, b.isASCII, b.isNumber {
                let (m, n) = (left.prefix(while: \.isNumber), right.prefix(while: \.isNumber))
                let (p, q) = (m.drop { $0 == "0" }, n.drop { $0 == "0" })
                if p.count != q.count { return p.count < q.count }
                if p != q { return p < q }
                left = left.dropFirst(m.count)
                right = right.dropFirst(n.count)
            } else if a != b {
                return a < b
            } else {
                left = left.dropFirst()
                right = right.dropFirst()
            }
        }
        if left.isEmpty != right.isEmpty { return left.isEmpty }
        // Names that differ in their Unicode form alone are the same text, and have an order all the same.
        return one == other ? one.utf8.lexicographicallyPrecedes(other.utf8) : one < other
    }
}
