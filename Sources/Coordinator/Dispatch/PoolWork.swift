import Foundation
internal import Primitives
internal import Protocol
internal import Scheduling

/// What the dispatcher does for all runs together, in tasks of one group.
///
/// The group exists as long as a run is on: workers are not asked anything when there is nothing for them to do.
struct PoolWork {
    enum Item: Sendable {
        case probe(WorkerIndex)
        case upload(ContentHash, WorkerIndex)
        case wake(at: Duration)
        case endStopped(DispatchClient, at: Duration)
        case tellAbandoned
    }

    let items: AsyncStream<Item>.Continuation
    /// Awaited by the run that is the last to end.
    let group: Task<Void, Never>
}

extension Dispatcher {
    /// Makes sure that the group exists.
    func openPool() {
        guard pool == nil else { return }
        let (items, continuation) = AsyncStream.makeStream(of: PoolWork.Item.self)
        let group = Task {
            await withDiscardingTaskGroup { group in
                for await item in items {
                    group.addTask { await self.perform(item) }
                }
                group.cancelAll()
            }
        }
        pool = PoolWork(items: continuation, group: group)
    }

    /// Ends the group, and returns once its tasks have ended.
    func closePool() async {
        guard let closing = pool else { return }
        pool = nil
        closing.items.finish()
        await closing.group.value
    }

    private func perform(_ item: PoolWork.Item) async {
        switch item {
        case .probe(let worker): await probe(worker)
        case .upload(let blob, let worker): await upload(blob, worker)
        case .wake(let time):
            await sleep(until: time)
            if !Task.isCancelled { handle(.timeReached) }
        case .endStopped(let client, let time):
            await sleep(until: time)
            if !Task.isCancelled { endStopped(client) }
        case .tellAbandoned: await tellAbandoned()
        }
    }

    private func probe(_ worker: WorkerIndex) async {
        let answer: ProbeAnswer
        do throws(TransportError) {
            switch try await members[worker.value].connection.describe() {
            case .described(let description):
                if let expected = settings.workerVersion, description.version != expected {
                    answer = .unfit("expected version \(expected), found \(description.version)")
                } else {
                    answer = .described(
                        slots: description.slots, blobs: description.blobs.map(\.sha256), isDraining: description.draining)
                }
            case .unauthorized: answer = .unfit("the token is refused")
            case .refused(let message): answer = .failed(message)
            }
        } catch {
            switch error {
            case .cancelled: return
            case .untrusted, .proxy: answer = .unfit(error.description)
            default: answer = .failed(error.description)
            }
        }
        handle(.workerProbed(worker, answer))
    }

    /// Most blobs that are many are blocks of a table.
    private static let blobBytesGuess = 72 << 20

    private func upload(_ blob: ContentHash, _ worker: WorkerIndex) async {
        // Its size is known once it is there; those that wait are not.
        var claim = Self.blobBytesGuess
        await blobBudget.claim(claim)
        defer { blobBudget.release(claim) }
        guard let data = await data(of: blob, for: worker) else {
            if !Task.isCancelled { handle(.uploadFailed(blob, worker, .abandoned)) }
            return
        }
        blobBudget.correct(from: claim, to: data.count)
        claim = data.count
        do throws(TransportError) {
            switch try await members[worker.value].connection.upload(data, as: blob) {
            case .stored: handle(.blobUploaded(blob, worker))
            case .busy(let retryAfter): handle(.uploadFailed(blob, worker, .busy(retryAfter: retryAfter)))
            case .unauthorized: handle(.uploadFailed(blob, worker, .unfit("the token is refused")))
            case .failed(let body):
                let failure: UploadFailure = body.retryable ? .failed(body.message) : .rejected(body.message)
                handle(.uploadFailed(blob, worker, failure))
            }
        } catch {
            switch error {
            case .cancelled: break
            case .untrusted, .proxy: handle(.uploadFailed(blob, worker, .unfit(error.description)))
            default: handle(.uploadFailed(blob, worker, .failed(error.description)))
            }
        }
    }

    /// The blob from a run whose jobs wait for it at the worker; nil if there is none any more. A run that cannot give it ends.
    private func data(of blob: ContentHash, for worker: WorkerIndex) async -> Data? {
        while let index = state.run(waitingFor: blob, at: worker), let run = runs[index] {
            do {
                // The group's task is a child of whichever run came first.
                return try await CancellationFlag.$current.withValue(run.client.cancellation) {
                    try await offload { try run.blobs.data(blob) }
                }
            } catch {
                end(index, with: .source(error))
            }
        }
        return nil
    }

    /// Tells workers that nobody wants the results of abandoned attempts.
    func tellAbandoned() async {
        while let attempt = abandoned.popLast() {
            let connection = members[attempt.worker.value].connection
            if let id = attempt.id {
                connection.cancel(id, for: attempt.client.token)
            } else if let body = attempt.body, let id = try? await offload({ ContentHash(of: body) }) {
                connection.cancel(id, for: attempt.client.token)
            }
        }
    }
}
