internal import Imaging

/// A store that is a ZIP archive: each key is the name of an entry, below the folder in the archive that holds the root.
final class ZipStore: ChunkStore {
    private let archive: ZipArchive
    /// What the names of the store's entries begin with: empty, or a folder with its slash.
    private let prefix: String

    /// Reads the archive's directory.
    ///
    /// - Throws: `ImageError`, as `ZipArchive`; `unknownFormat` for an archive without Zarr, `unsupported` for several hierarchies.
    init(_ source: ImageBytes) throws(ImageError) {
        var roots: (depth: Int, folders: Set<String>) = (.max, [])
        archive = try ZipArchive(source) { name in
            let end = name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex
            guard ZarrNode.documentNames.contains(String(name[end...])) else { return }
            let depth = name.utf8.count { $0 == UInt8(ascii: "/") }
            if depth < roots.depth { roots = (depth, []) }
            if depth == roots.depth, roots.folders.count < 2 { roots.folders.insert(String(name[..<end])) }
        }
        guard let root = roots.folders.first else {
            throw .unknownFormat(
                path: source.path, expected: "an image file or an OME-Zarr image in a ZIP archive",
                found: "a ZIP archive without metadata of Zarr")
        }
        guard roots.folders.count == 1 else {
            let names = roots.folders.sorted().map { "\"\($0.dropLast())\"" }.joined(separator: " and ")
            throw .unsupported(path: source.path, reason: "expected one OME-Zarr image in the archive, found \(names)")
        }
        prefix = root
    }

    /// Whether a file that begins with these bytes is a ZIP archive, be it an empty one.
    static let isArchive: @Sendable (_ head: [UInt8]) -> Bool = { head in
        head.starts(with: [0x50, 0x4B, 3, 4]) || head.starts(with: [0x50, 0x4B, 5, 6])
    }

    func name(of key: StoreKey) -> String {
        let name = prefix + key.path
        return name.isEmpty ? archive.path : "\(archive.path)/\(name.hasSuffix("/") ? String(name.dropLast()) : name)"
    }

    func read(_ key: StoreKey, _ part: StorePart, byteCountMax: Int) throws(ImageError) -> [UInt8]? {
        try archive.read(prefix + key.path, part, byteCountMax: byteCountMax)
    }

    func list(
        below key: StoreKey, _ visit: (_ components: [String], _ isFolder: Bool) -> ListingStep
    ) throws(ImageError) -> Bool {
        let folder = key.components.isEmpty ? prefix : "\(prefix)\(key.path)/"
        archive.forEachName { name in
            guard name.hasPrefix(folder) else { return true }
            let components = name.dropFirst(folder.count).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            if case .stop = visit(components, false) { return false }
            return true
        }
        return true
    }
}
