internal import Formats
internal import Foundation

/// The images that a command works on: files, folders of files, patterns and lists.
package struct ImageList: Hashable, Sendable {
    /// In the order in which they are worked on.
    package let images: [String]
    /// Folders that stand for the images in them.
    package let folders: [String]

    /// - Parameters:
    ///   - paths: images; folders, which stand for the images in them in the order of their names, numbers by value; patterns with `*`,
    ///     `?` and `[…]` that the shell has left.
    ///   - manifest: a CSV file whose first column names images, relative to its folder; a first line `image` is a header.
    /// - Throws: a usage error when there are none in all; bad input for a folder, pattern or manifest without images.
    package init(_ paths: [String], manifest: String?) throws(CoordinatorError) {
        var images: [String] = []
        var folders: [String] = []
        for path in paths {
            if RemoteImage.isURL(path) {
                images.append(path)
            } else if ImageFile.isPlainFolder(path) {
                folders.append(path)
                images += try Self.images(in: path)
            } else if !FileManager.default.fileExists(atPath: path), path.contains(where: { "*?[".contains($0) }) {
                images += try Self.matches(of: path)
            } else {
                images.append(path)
            }
        }
        if let manifest { images += try Self.listed(in: manifest) }
        guard !images.isEmpty else { throw CoordinatorError(.usage, "expected at least one image, found none") }
        self.images = images
        self.folders = folders
    }

    private static func images(in folder: String) throws(CoordinatorError) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw CoordinatorError(.inputOutput, "\(folder): cannot be read as a folder")
        }
        let endings = ImageFile.endings.joined().map { ".\($0)" }
        let images = names.filter { name in !name.hasPrefix(".") && endings.contains { name.lowercased().hasSuffix($0) } }
            .sorted(by: precedes)
        guard !images.isEmpty else {
            throw CoordinatorError(
                .badInput,
                "\(folder): expected images (\(ImageFile.endings.compactMap(\.first).map { ".\($0)" }.joined(separator: ", "))) in the folder, "
                    + "found none among \(names.count) files")
        }
        return images.map { FilePath.join(folder, $0) }
    }

    private static func matches(of pattern: String) throws(CoordinatorError) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0, let paths = found.gl_pathv else {
            throw CoordinatorError(.badInput, "\(pattern): expected files that match, found none")
        }
        return (0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }.sorted(by: precedes)
    }

    private static func listed(in manifest: String) throws(CoordinatorError) -> [String] {
        guard let text = try? String(contentsOfFile: manifest, encoding: .utf8) else {
            throw CoordinatorError(.inputOutput, "\(manifest): cannot be read as a UTF-8 text file")
        }
        let folder = FilePath(manifest)
        var names = CSV.rows(text).compactMap(\.first).filter { !$0.isEmpty }
        if names.first?.lowercased() == "image" { names.removeFirst() }
        guard !names.isEmpty else {
            throw CoordinatorError(.badInput, "\(manifest): expected lines that name images, found none")
        }
        return names.map { $0.hasPrefix("/") ? $0 : folder.sibling($0) }
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
        return left.isEmpty != right.isEmpty ? left.isEmpty : one < other
    }
}
