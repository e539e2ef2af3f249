import Foundation
internal import Protocol
internal import Scheduling

/// An image that some workers may be able to read themselves: how a worker is asked, and what its answer means.
package struct ImageSight: Sendable {
    /// Tells the images of a run apart.
    let image: Int
    /// The document of the job that asks.
    let question: @Sendable () throws -> Data
    /// The name under which the worker reads this very image; nil if it reads none, or another. Runs where computing is allowed.
    ///
    /// Throws for an answer that is none.
    let verdict: @Sendable (Data) throws -> String?
}

extension Dispatcher {
    /// What is known of a worker before a job on an image goes to it.
    enum Sight {
        /// It reads the image under this name.
        case named(String)
        /// Its jobs need the pixels.
        case unseen
        /// The attempt has ended over the question.
        case ended
    }

    /// Asks a worker whether it reads an image, once in a run.
    func sight(of worker: WorkerIndex, _ image: ImageSight, for attempt: AttemptIndex) async -> Sight {
        if let known = run?.sights[worker]?[image.image] { return known.map(Sight.named) ?? .unseen }
        do {
            guard let answer = try await ask(worker, image, for: attempt) else { return .ended }
            guard run?.attempts[attempt] != nil else { return .ended }
            run?.sights[worker, default: [:]][image.image] = .some(answer)
            return answer.map(Sight.named) ?? .unseen
        } catch let error as TransportError {
            fail(attempt, error)
        } catch {
            if !withdraw(attempt, .unwritable(error)) { end(with: .source(error)) }
        }
        return .ended
    }

    /// Jobs of this image go to the worker with their pixels from now on.
    func lose(_ image: ImageSight, at worker: WorkerIndex, because reason: String) {
        let known = run?.sights[worker]?[image.image]
        guard known != .some(nil) else { return }
        run?.sights[worker]?[image.image] = .some(nil)
        notice("\(url(worker)) cannot read what it could read before, and gets pixels: \(reason)")
    }

    /// The name that the worker has for the image, or nil for none; nil in all if the attempt has ended.
    private func ask(_ worker: WorkerIndex, _ image: ImageSight, for attempt: AttemptIndex) async throws -> String?? {
        let question = try await offload(image.question)
        guard run?.attempts[attempt] != nil else { return nil }
        let connection = members[worker.value].connection
        let answer = try await follow(attempt, try await connection.submit(question, wait: settings.longPoll), over: connection)
        switch answer {
        case .result(let data):
            handle(.attemptRenewed(attempt))
            do {
                return .some(try await offload { try image.verdict(data) })
            } catch let error as WireError {
                report(attempt, .invalidResult(error.description))
                return nil
            }
        // A worker that does not know the question, or may not answer it, does not read the image.
        case .failed(let body) where !body.retryable: return .some(nil)
        default:
            await judge(answer, of: attempt, nil)
            return nil
        }
    }
}
