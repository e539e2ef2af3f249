internal import HTTPServing
internal import HTTPTypes
internal import Hummingbird
internal import Primitives

extension WorkerResponder {
    /// `PUT /v1/blobs/{sha256}`
    func putBlob(_ name: String, _ request: Request) async -> Reply {
        guard let hash = ContentHash(hex: name) else { return .badName("sha256", name) }
        // Already held: the body is let pass, so that whoever is still sending it reads the answer and not a broken connection.
        if engine.holds(hash) {
            do {
                try await request.skipBody(bytesMax: limits.blobBodyBytes)
                return .document(.ok, ["sha256": hash])
            } catch {
                return .refused(error)
            }
        }
        let types = ["application/json", "application/octet-stream"]
        switch await gather(request, bytesMax: limits.blobBodyBytes, types: types) {
        case .failure(let refusal):
            return refusal.reply
        case .success(let body):
            switch await engine.store(hash, body) {
            case .stored: return .document(.created, ["sha256": hash])
            case .alreadyHeld: return .document(.ok, ["sha256": hash])
            case .misnamed(let found):
                return .error(
                    .unprocessableContent, "wrong_hash", "body: expected SHA-256 \(hash), found \(found)", retryable: true)
            case .invalid(let message):
                return .error(.unprocessableContent, "invalid_blob", message)
            case .tooLarge(let byteCount):
                return .error(
                    .contentTooLarge, "too_large",
                    "blob: expected at most \(limits.blobBytes) bytes in memory, found \(byteCount)")
            case .pinned:
                return .error(
                    .serviceUnavailable, "blobs_in_use",
                    "the memory for blobs is taken by \(engine.snapshot.blobs.count) blobs that jobs need now",
                    retryable: true, retryAfterSeconds: 5)
            }
        }
    }

    /// `HEAD /v1/blobs/{sha256}`
    func headBlob(_ name: String) -> Reply {
        guard let hash = ContentHash(hex: name) else { return .badName("sha256", name) }
        return .empty(engine.holds(hash) ? .ok : .notFound)
    }
}
