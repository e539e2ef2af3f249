package import Foundation
internal import HTTPTypes
package import HummingbirdCore
internal import NIOCore

/// A request's body in one piece, and the memory lent for it.
package struct GatheredBody: Sendable {
    package let bytes: Data
    package let lease: BodyLease

    package init(bytes: Data, lease: BodyLease) {
        self.bytes = bytes
        self.lease = lease
    }
}

/// Why a body was not gathered.
package enum BodyError: Error, Equatable {
    case tooLarge(bytesMax: Int)
    /// Other bodies take all the memory set aside for bodies.
    case noRoom
    /// The connection broke in the middle.
    case incomplete
}

extension Request {
    /// What the body is said to be, such as `application/json`: in lower case, without parameters; nil if it is not said.
    package var mediaType: String? { headers[.contentType]?.split(separator: ";").first?.trimmingSpaces.lowercased() }

    /// Receives the whole body and keeps nothing of it.
    ///
    /// - Parameter bytesMax: a larger one is refused.
    package func skipBody(bytesMax: Int) async throws(BodyError) {
        var byteCount = 0
        do {
            for try await buffer in body {
                byteCount += buffer.readableBytes
                guard byteCount <= bytesMax else { throw BodyError.tooLarge(bytesMax: bytesMax) }
            }
        } catch let error as BodyError {
            throw error
        } catch {
            throw .incomplete
        }
    }

    /// Receives the whole body, with one copy of its bytes.
    ///
    /// - Parameters:
    ///   - bytesMax: a larger one is refused, unread if its length is declared.
    ///   - budget: where its memory is taken from.
    package func gatherBody(bytesMax: Int, budget: BodyBudget) async throws(BodyError) -> GatheredBody {
        let lease = budget.lease()
        var bytes = Data()
        if let declared = headers[.contentLength].flatMap({ Int($0) }) {
            guard declared <= bytesMax else { throw .tooLarge(bytesMax: bytesMax) }
            guard lease.grow(to: declared) else { throw .noRoom }
            bytes.reserveCapacity(declared)
        }
        do {
            for try await buffer in body {
                let count = bytes.count + buffer.readableBytes
                guard count <= bytesMax else { throw BodyError.tooLarge(bytesMax: bytesMax) }
                guard lease.grow(to: count) else { throw BodyError.noRoom }
                buffer.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
            }
        } catch let error as BodyError {
            throw error
        } catch {
            throw .incomplete
        }
        return GatheredBody(bytes: bytes, lease: lease)
    }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmingSpaces: Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
