internal import Coordinator
internal import Formats
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Imaging

extension AnnotatorResponder {
    /// `PUT /api/v1/uploads?name=`: an image, as a file of the project.
    ///
    /// It is never sent back as it is: what looks like a page to a browser could do no harm.
    func upload(_ request: Request) async throws -> Answer {
        struct Uploaded: Encodable { var path: String }
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/octet-stream") == true else {
            throw Refusal(.unsupportedMediaType, "unsupported_media_type", "content-type: expected application/octet-stream")
        }
        let name = try UploadName(try Query(request.uri.query).text("name"))
        let announced = request.headers[.contentLength].flatMap(Int.init)
        return .document(.created, Uploaded(path: try await project.uploads.keep(request.body, as: name, announced: announced)))
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
