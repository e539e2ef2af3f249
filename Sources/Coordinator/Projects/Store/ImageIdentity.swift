internal import AnnotationFormats
internal import Coordinator
internal import Formats
internal import Foundation
internal import Imaging
package import Primitives

/// By what an image is known again when its file has moved, and by what it shows that it is another one.
package struct ImageIdentity: Hashable, Sendable {
    /// Of a file; 0 of a folder or a URL.
    package var byteCount: Int
    /// The last change of a file's content, in nanoseconds since 1970; 0 of a folder or a URL.
    package var modifiedNanoseconds: Int
    /// As `ContentHash(ofInput:)`: of a file its content, of a folder its listing. Nil as long as it is not known.
    package var sha256: ContentHash?

    package init(byteCount: Int, modifiedNanoseconds: Int, sha256: ContentHash? = nil) {
        (self.byteCount, self.modifiedNanoseconds, self.sha256) = (byteCount, modifiedNanoseconds, sha256)
    }

    /// Looks at a file, a folder or a URL.
    ///
    /// - Parameter isHashed: whether the content is read, too: a second for each gigabyte or two. Of folders and URLs it always is.
    /// - Throws: input/output, with the system's reason.
    package static func identify(_ path: String, isHashed: Bool = true) throws(ProjectError) -> ImageIdentity {
        do {
            if RemoteImage.isURL(path) || FileSystem.isFolder(path) {
                return ImageIdentity(byteCount: 0, modifiedNanoseconds: 0, sha256: try ContentHash(ofInput: path))
            }
            var status = stat()
            guard stat(path, &status) == 0 else {
                throw ProjectError(.inputOutput, "\(path): \(String(cString: strerror(errno)))")
            }
            let file = FileIdentity(status)
            return ImageIdentity(
                byteCount: file.byteCount, modifiedNanoseconds: file.modifiedNanoseconds,
                sha256: isHashed ? try ContentHash(ofFile: path) : nil)
        } catch let error as ProjectError {
            throw error
        } catch {
            throw ProjectError(.inputOutput, CoordinatorError(classifying: error).description)
        }
    }

    /// What has become of an image.
    package enum Check: Hashable, Sendable {
        /// It is there, with the same content; the identity says when the file was last touched.
        case ok(ImageIdentity)
        /// It is not there, but lies at this path.
        case moved(String)
        /// Something else has its name.
        case changed
        case missing
    }

    /// Looks whether an image is where it was.
    ///
    /// A file of the same size and time is taken for the same one. Another time alone means that the content is compared, which needs its
    /// hash: without one the image counts as changed.
    /// - Parameter folders: where it is looked for if it is missing.
    package func verify(_ path: String, below folders: [String] = []) -> Check {
        guard let now = try? Self.identify(path, isHashed: false) else {
            return find(FilePath(path).name, below: folders).map(Check.moved) ?? .missing
        }
        if now.sha256 != nil { return now.sha256 == sha256 || sha256 == nil ? .ok(now) : .changed }
        guard now.byteCount == byteCount else { return .changed }
        if now.modifiedNanoseconds == modifiedNanoseconds { return .ok(self) }
        guard sha256 != nil, let read = try? Self.identify(path), read.sha256 == sha256 else { return .changed }
        return .ok(read)
    }

    /// Entries of folders that are looked at, at most, and folders inside one another.
    private static let (entriesMax, depthMax) = (1_000_000, 32)

    /// The path of a file of this name, size and content; without a hash, of the same size and time.
    ///
    /// Folders are searched breadth first, so that the nearest is found; symbolic links to folders are not followed.
    /// - Returns: nil, if there is none.
    package func find(_ name: String, below folders: [String]) -> String? {
        var (level, count) = (folders, 0)
        for _ in 0..<Self.depthMax where !level.isEmpty {
            var next: [String] = []
            for folder in level {
                for entry in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() {
                    count += 1
                    guard count <= Self.entriesMax else { return nil }
                    let path = FilePath.join(folder, entry)
                    if entry == name, isContent(of: path) { return path }
                    var status = stat()
                    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { next.append(path) }
                }
            }
            level = next
        }
        return nil
    }

    private func isContent(of path: String) -> Bool {
        guard let quick = try? Self.identify(path, isHashed: false) else { return false }
        if quick.sha256 != nil { return quick.sha256 == sha256 }
        guard quick.byteCount == byteCount else { return false }
        guard let sha256 else { return quick.modifiedNanoseconds == modifiedNanoseconds }
        return (try? Self.identify(path))?.sha256 == sha256
    }
}

extension ImageIdentity {
    /// `{"size": …, "modified": "…", "sha256": "…"}`: nanoseconds are a text, as they are beyond JSON's numbers.
    init(_ place: JSONPlace) throws(ImageError) {
        try place.only(["size", "modified", "sha256"])
        byteCount = try place.required("size", "a size in bytes").integer(in: 0...1 << 53)
        let modified = try place.required("modified", "nanoseconds as a text")
        guard let nanoseconds = modified.string.flatMap({ Int($0) }) else { throw modified.wrong("nanoseconds as a text") }
        modifiedNanoseconds = nanoseconds
        sha256 = try place["sha256"].map { (place) throws(ImageError) in
            guard let hash = place.string.flatMap(ContentHash.init(hex:)) else { throw place.wrong("64 hexadecimal digits") }
            return hash
        }
    }

    /// The member `identity`.
    func write(_ json: inout JSONWriter) {
        json.name("identity")
        json.object { json in
            json.member("size", byteCount)
            json.member("modified", "\(modifiedNanoseconds)")
            json.member("sha256", sha256?.hex)
        }
    }
}
