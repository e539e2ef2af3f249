internal import AnnotationFormats
internal import Annotations
internal import Coordinator
internal import Formats
internal import Foundation
internal import HTTPServing
internal import HTTPTypes
internal import Hummingbird
internal import Imaging
internal import Projects

extension AnnotatorResponder {
    /// The format that is no file of annotations: an image whose values are classes.
    private static let labelImage = "labels"

    /// `GET /api/v1/images/{image}/annotations?format=`: what is painted on an image, without what is set aside.
    func exportAnnotations(_ id: String, _ request: Request) async throws -> Answer {
        let query = try Query(request.uri.query)
        let plane = try query.plane()
        let image = try project.images.entry(id)
        let option = query["format"] ?? CoppiceAnnotations.option
        let stem = FilePath(image.name).stem
        if option == Self.labelImage {
            let document = project.store.state.document(of: id, on: ShapePlane(z: plane.z, time: plane.t))
            let bytes = try await offloaded {
                try TemporaryFile.with(ending: "png") { path in
                    try LabelImage.write(document, width: image.width, height: image.height, to: path)
                    return try Data(contentsOf: URL(fileURLWithPath: path))
                }
            }
            return .download(bytes, type: "image/png", name: "\(stem)-labels.png")
        }
        // QuPath's is the GeoJSON that is meant by the name alone.
        guard let format = AnnotationFile.format(option: option == "geojson" ? "qupath" : option),
            let ending = format.fileExtensions.first
        else {
            let known = AnnotationFile.formats.filter { !$0.fileExtensions.isEmpty }.map { $0.option } + [Self.labelImage]
            throw Refusal.badRequest("format: expected one of \(known.joined(separator: ", ")), found \"\(option.prefix(40))\"")
        }
        let document = project.store.state.document(of: id)
        let writing = AnnotationWriting(image: image.name, width: image.width, height: image.height)
        let bytes = try await offloaded { try AnnotationFile.write(document, as: format, writing, path: image.name) }
        let name = "\(stem).\(ending)"
        return .download(bytes, type: Answer.type(ofFile: name), name: name)
    }

    /// Bytes of a file of annotations.
    private static let annotationBytesMax = 256 << 20

    /// `POST /api/v1/images/{image}/annotations?name=&z=&t=`: shapes of a file of any kind, or of a label image, on top of what is there.
    func importAnnotations(_ id: String, _ request: Request) async throws -> Answer {
        let person = try person(of: request)
        let query = try Query(request.uri.query)
        let plane = try query.plane()
        let image = try project.images.entry(id)
        let name = FilePath(query["name"] ?? "annotations").name
        let body = try await bytes(of: request, bytesMax: Self.annotationBytesMax)
        let found = try await offloaded { try ImportedAnnotations.read(body.bytes, name: name, for: image) }
        let state = project.store.state
        let change = try state.importing(found.document, into: image.id, on: ShapePlane(z: plane.z, time: plane.t))
        if !change.operations.isEmpty { _ = try await project.store.append(change.operations, by: person.id) }
        return .document(
            .ok,
            ImportReport(added: change.shapeCount, classes: change.classes, notes: found.notes.map(\.text) + change.notes))
    }
}

/// A file for the time of a piece of work, which only this user can read.
enum TemporaryFile {
    static func with<Value>(ending: String, _ body: (String) throws -> Value) throws -> Value {
        var template = Array(FilePath.join(FileManager.default.temporaryDirectory.path, "coppice-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CoordinatorError(.inputOutput, "\(FileManager.default.temporaryDirectory.path): a folder cannot be made")
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(FilePath.join(folder, "file.\(ending)"))
    }
}
