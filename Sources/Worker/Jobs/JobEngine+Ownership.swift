internal import Primitives
internal import Protocol
internal import ServiceLifecycle
internal import Synchronization

extension JobEngine {
    /// Whether a newer coordinator of the same run has sent a request. Takes no note of the request.
    func isSuperseded(_ token: FencingToken?) -> Bool {
        guard let token else { return false }
        return state.withLock { $0.epochs.isSuperseded(token) }
    }

    /// Takes note of a request about the job `id`: it counts as asked about, and a new epoch ends what older ones began.
    ///
    /// - Returns: false when the request comes from a coordinator whose time is over.
    func admit(_ token: FencingToken?, about id: ContentHash) -> Bool {
        let effects = state.withLock { state -> Effects? in
            guard let token else {
                state.table.claim(id, by: nil, at: uptime)
                return Effects()
            }
            switch state.epochs.admit(token) {
            case .superseded: return nil
            case .current:
                state.table.claim(id, by: token, at: uptime)
                return Effects()
            case .raised:
                state.table.claim(id, by: token, at: uptime)
                return Self.settle(state.table.dropOlder(than: token, sparing: id), &state)
            }
        }
        if let effects { perform(effects) }
        return effects != nil
    }

    /// Calls off the jobs that nobody asks about any more.
    func dropOrphans() {
        perform(
            state.withLock { state in
                Self.settle(state.table.dropOrphans(ageMax: limits.orphanAge, at: uptime), &state)
            })
    }
}

/// Looks now and then for jobs whose coordinator is gone without a word, until the worker ends.
struct OrphanService<Load: Workload>: Service {
    let engine: JobEngine<Load>

    func run() async throws {
        let period = min(engine.limits.orphanAge / 4, .seconds(5))
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await Task.sleep(for: period) } catch { return }
                engine.dropOrphans()
            }
        }
        // A service that returns before the others would end them.
        try await gracefulShutdown()
    }
}
