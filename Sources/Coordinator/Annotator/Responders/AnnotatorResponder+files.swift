internal import Coordinator
internal import Formats
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Imaging
internal import NIOCore

extension AnnotatorResponder {
    /// `PUT /api/v1/uploads?name=`: an image, as a file of the project.
    ///
    /// It comes under its name once all of it is there and it can be read as an image. It is never sent back as it is: what looks like a
    /// page to a browser could do no harm.
    func upload(_ request: Request) async throws -> Answer {
        struct Uploaded: Encodable { var path: String }
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/octet-stream") == true else {
            throw Refusal(.unsupportedMediaType, "unsupported_media_type", "content-type: expected application/octet-stream")
        }
        let name = try UploadName(try Query(request.uri.query).text("name"))
        let folder = FilePath.join(project.folder, "images")
        try FileSystem.makeFolder(folder)
        let temporary = FilePath.join(folder, ".upload-\(UUID().uuidString.lowercased())")
        defer { try? FileManager.default.removeItem(atPath: temporary) }
        try await receive(request, into: temporary)
        try await offloaded {
            do throws(ImageError) {
                _ = try ImageFile.contents(path: temporary)
            } catch {
                throw Refusal(
                    .unprocessableContent, "no_image", "\(name.text): \(error.description.replacing(temporary, with: name.text))")
            }
        }
        let path = try Self.publish(temporary, as: name, in: folder)
        return .document(.created, Uploaded(path: path))
    }

    /// Writes a body to a new file, as it comes.
    private func receive(_ request: Request, into path: String) async throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw OutputError(path: path, reason: String(cString: strerror(errno))) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            for try await buffer in request.body {
                let bytes = Data(buffer.readableBytesView)
                do {
                    try file.write(contentsOf: bytes)
                } catch {
                    throw OutputError(path: "the upload", reason: "the disk is full, or cannot be written")
                }
            }
        } catch let error as OutputError {
            throw error
        } catch {
            throw Refusal(.badRequest, "incomplete", "body: the connection broke before its end", retryable: true)
        }
        try file.synchronize()
    }

    /// Gives a file its name, or the same with a number, and never replaces another.
    private static func publish(_ temporary: String, as name: UploadName, in folder: String) throws -> String {
        while true {
            let free = name.free { FileManager.default.fileExists(atPath: FilePath.join(folder, $0)) }
            let path = FilePath.join(folder, free)
            if link(temporary, path) == 0 { return path }
            guard errno == EEXIST else { throw OutputError(path: path, reason: String(cString: strerror(errno))) }
        }
    }

    /// `GET /api/v1/folders?path=`: what lies in a folder that the page may see; without a path, those folders themselves.
    func folder(_ request: Request) async throws -> Answer {
        let roots = project.roots
        let path = try Query(request.uri.query)["path"]
        return .document(.ok, try await offloaded { try FolderDocument(path, roots) })
    }
}

/// What a folder holds of what can be opened.
struct FolderDocument: Encodable, Sendable {
    struct Image: Encodable, Sendable {
        var name: String
        var path: String
        /// In bytes; nil of an image that is a folder.
        var size: Int?
    }

    var path: String?
    var parent: String?
    /// Paths of folders.
    var folders: [String]
    var images: [Image]
    /// Whether the folder holds more than is listed.
    var isCut = false

    /// Entries that are listed, at most.
    static let entriesMax = 5000

    /// - Throws: `Refusal` for a path outside of the roots.
    init(_ given: String?, _ roots: FileRoots) throws {
        guard let given, !given.isEmpty else {
            (folders, images) = (roots.folders, [])
            return
        }
        let path = try roots.resolved(given)
        guard ImageFile.isPlainFolder(path) else {
            throw Refusal(.unprocessableContent, "no_folder", "path: expected a folder, found \(given.prefix(300))")
        }
        (self.path, parent, folders, images) = (path, roots.parent(of: path), [], [])
        let endings = ImageFile.endings.flatMap(\.self).map { ".\($0)" }
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { !$0.hasPrefix(".") }
            .sorted { $0.localizedStandardCompare($1) == .orderedAscending }
        for name in names {
            guard folders.count + images.count < Self.entriesMax else {
                isCut = true
                break
            }
            let entry = FilePath.join(path, name)
            // Links that lead out of the roots lead nowhere.
            guard (try? roots.resolved(entry)) != nil else { continue }
            if ImageFile.isPlainFolder(entry) {
                folders.append(entry)
            } else if endings.contains(where: { name.lowercased().hasSuffix($0) }) {
                let attributes = try? FileManager.default.attributesOfItem(atPath: entry)
                let isFolder = attributes?[.type] as? FileAttributeType == .typeDirectory
                images.append(Image(name: name, path: entry, size: isFolder ? nil : attributes?[.size] as? Int))
            }
        }
    }
}
