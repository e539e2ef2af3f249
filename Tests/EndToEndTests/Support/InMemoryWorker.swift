import Foundation
internal import HTTPServing
@testable import Jobs
internal import NIOCore
@testable import Primitives
@testable import Protocol

@testable import Coordinator
@testable import Worker

/// A worker in this process that is spoken to without HTTP. Documents, queue, slots and blobs are the real ones.
final class InMemoryWorker: WorkerConnection {
    private let limits: WorkerLimits
    private let engine: JobEngine<CoreWorkload>
    private let bodies: BodyBudget

    init(_ limits: WorkerLimits) {
        self.limits = limits
        engine = JobEngine(
            CoreWorkload(limits: limits),
            limits: .init(
                slotCount: limits.slots, blobBytesMax: limits.blobBytes, resultBytesMax: limits.resultBytes,
                workspaceBytesMax: limits.workspaceBytes))
        bodies = BodyBudget(bytesMax: limits.bodyBytes)
    }

    func describe() async throws(TransportError) -> DescribeAnswer {
        .described(
            WorkerDescription(
                version: Coppice.version, slots: limits.slots, memory: limits.memory, cpu: [], blobs: engine.snapshot.blobs,
                draining: engine.isDraining))
    }

    func submit(_ job: Data, wait: Duration, for token: FencingToken?) async throws(TransportError) -> JobAnswer {
        switch await engine.submit(GatheredBody(bytes: job, lease: bodies.lease()), for: token, waitTimeout: wait) {
        case .known(let id, let reply): return Self.answer(id, reply)
        case .missing(let hashes): return .missing(hashes)
        case .full, .noRoom: return .busy(retryAfter: .milliseconds(10))
        case .draining: return .draining
        case .superseded: return .superseded
        case .tooLarge(let byteCount, _): return .failed(Self.error("too_large", "\(byteCount) bytes"))
        case .damaged(let found): return .failed(Self.error("damaged", "\(found)"))
        case .malformed(let message): return .failed(Self.error("malformed", message))
        case .invalid(let message): return .failed(Self.error("invalid_job", message))
        }
    }

    func poll(_ id: ContentHash, wait: Duration, for token: FencingToken?) async throws(TransportError) -> JobAnswer {
        guard engine.admit(token, about: id) else { return .superseded }
        return Self.answer(id, await engine.reply(to: id, waitTimeout: wait))
    }

    func cancel(_ id: ContentHash, for token: FencingToken?) {
        if engine.admit(token, about: id) { _ = engine.cancel(id) }
    }

    func upload(_ blob: Data, as hash: ContentHash) async throws(TransportError) -> UploadAnswer {
        switch await engine.store(hash, GatheredBody(bytes: blob, lease: bodies.lease())) {
        case .stored, .alreadyHeld: return .stored
        case .pinned: return .busy(retryAfter: .milliseconds(10))
        case .misnamed(let found): return .failed(Self.error("wrong_hash", "\(found)", retryable: true))
        case .invalid(let message): return .failed(Self.error("invalid_blob", message))
        case .tooLarge(let byteCount): return .failed(Self.error("too_large", "\(byteCount) bytes"))
        }
    }

    private static func answer(_ id: ContentHash, _ reply: JobReply<JobOutcome>) -> JobAnswer {
        switch reply {
        case .finished(.result(let document, _)): .result(Data(document.readableBytesView))
        case .finished(.invalid(let message)): .failed(error("invalid_job", message))
        case .pending: .accepted(id)
        case .cancelled: .busy(retryAfter: .zero)
        case .released: .draining
        case .unknown: .forgotten
        }
    }

    private static func error(_ code: String, _ message: String, retryable: Bool = false) -> ErrorDocument.Body {
        ErrorDocument(code: code, message: message, retryable: retryable).error
    }
}
