import Foundation
internal import Protocol
internal import Scheduling

/// An image that some workers may be able to read themselves: how a worker is asked, and what its answer means.
package struct ImageLocality: Sendable {
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
    enum Locality {
        /// It reads the image under this name.
        case named(String)
        case needsPixels
        /// The attempt has ended over the question.
        case ended

        init(_ name: String?) { self = name.map(Locality.named) ?? .needsPixels }
    }

    /// Asks a worker whether it reads an image, once in a run.
    func locality(
        of image: ImageLocality, at worker: WorkerIndex, for attempt: AttemptIndex, _ token: FencingToken?
    ) async -> Locality {
        guard let run = attempts[attempt]?.job.run else { return .ended }
        if let known = runs[run]?.localities[worker]?[image.image] { return Locality(known) }
        do {
            guard let answer = try await ask(worker, image, for: attempt, token), attempts[attempt] != nil else { return .ended }
            runs[run]?.localities[worker, default: [:]][image.image] = .some(answer)
            return Locality(answer)
        } catch let error as TransportError {
            fail(attempt, error)
        } catch {
            endJob(of: attempt, .unwritable(error), otherwise: .source(error))
        }
        return .ended
    }

    /// Jobs of this image go to the worker with their pixels from now on.
    func sendPixels(of image: ImageLocality, to worker: WorkerIndex, for attempt: AttemptIndex, because reason: String) {
        guard let run = attempts[attempt]?.job.run, runs[run]?.localities[worker]?[image.image] != .some(nil) else { return }
        runs[run]?.localities[worker]?[image.image] = .some(nil)
        notice("\(url(worker)) cannot read what it could read before, and gets pixels: \(reason)")
    }

    /// The name that the worker has for the image, or nil for none; nil in all if the attempt has ended.
    private func ask(
        _ worker: WorkerIndex, _ image: ImageLocality, for attempt: AttemptIndex, _ token: FencingToken?
    ) async throws -> String?? {
        let question = try await offload(image.question)
        guard attempts[attempt] != nil else { return nil }
        let connection = members[worker.value].connection
        let first = try await connection.submit(question, wait: settings.longPoll, for: token)
        let answer = try await follow(attempt, first, over: connection, token)
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
