internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import ServiceLifecycle

extension AnnotatorResponder {
    /// `GET /api/v1/files`
    func listClientFiles() -> Answer {
        struct Files: Encodable { var files: [ClientFile] }
        return .document(.ok, Files(files: project.work.files.all))
    }

    /// `PUT /api/v1/files/{file}`: an array, an image, labels, annotations or a model, in any format that the command line reads.
    func putClientFile(_ name: String, _ request: Request) async throws -> Answer {
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/octet-stream") == true else {
            throw Refusal(.unsupportedMediaType, "unsupported_media_type", "content-type: expected application/octet-stream")
        }
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        return .document(.created, try await project.work.files.receive(request.body, byteCount: declared, as: name))
    }

    /// `GET /api/v1/files/{file}`: the bytes, which no browser takes for anything but bytes.
    func clientFile(_ name: String) throws -> Answer {
        // Open, it can be read to its end also when it is removed meanwhile.
        let file = try project.work.files.file(name)
        return try .file(file.path, type: "application/octet-stream", name: name)
    }

    /// `DELETE /api/v1/files/{file}`
    func removeClientFile(_ name: String) throws -> Answer {
        try project.work.files.remove(name)
        return .empty(.noContent)
    }

    /// Does what a client asks for as long as it is there to be told: when its connection ends, or the server does, the work is cancelled.
    func whileConnected(
        _ request: Request, _ work: @escaping @Sendable (Request) async throws -> Answer
    ) async -> Answer {
        var answer: Answer
        do {
            answer = try await request.body.consumeWithCancellationOnInboundClose { body in
                var request = request
                request.body = body
                return try await cancelWhenGracefulShutdown { [request] in try await work(request) }
            }
        } catch {
            answer = Refusal(classifying: error).answer
        }
        // Who watches a connection end reads it to its end: no other request can come by it.
        answer.fields[.connection] = "close"
        return answer
    }
}
