internal import Foundation
package import HTTPServing
internal import HTTPTypes
internal import Hummingbird
internal import Primitives

/// The secret that people show once to be let in, and the cookie that stands for it from then on.
///
/// The cookie is a hash of the token: who steals it is let in as long as the token stays the same, and does not learn it.
package struct AccessToken: Sendable {
    static let cookieName = "coppice-token"

    private let token: BearerToken
    private let cookie: BearerToken
    let cookieValue: String

    init(_ token: BearerToken, text: String) {
        self.token = token
        let salted: String = "coppice annotator cookie\n" + text
        cookieValue = ContentHash(of: Data(salted.utf8)).hex
        guard let cookie = BearerToken(cookieValue) else { preconditionFailure("64 digits are a token") }
        self.cookie = cookie
    }

    /// Nil for a text that no token can be.
    package init?(_ text: String) {
        guard let token = BearerToken(text) else { return nil }
        self.init(token, text: text)
    }

    /// Whether a request may be answered: it carries the token in `Authorization`, or the cookie.
    func isCarried(by request: Request) -> Bool {
        if token.isCarried(by: request.headers[.authorization]) { return true }
        guard let value = request.cookie(Self.cookieName) else { return false }
        return cookie.isEqual(to: Array(value.utf8))
    }

    /// Whether a text is the token.
    func isEqual(to text: String) -> Bool { token.isEqual(to: Array(text.utf8)) }

    /// Where a token comes from: a file, whose first line it is.
    ///
    /// - Throws: a line for people.
    package static func read(file path: String) throws(ServingError) -> AccessToken {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw .unreadable("token file \(path): cannot be read")
        }
        guard let token = AccessToken(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw .unfit("token file \(path): expected 1 to 4096 visible ASCII characters")
        }
        return token
    }
}

/// How fast tokens may be guessed: after `freeCount` wrong ones, one a `period`, for all clients together.
struct LoginPace {
    static let freeCount = 5
    static let period = Duration.seconds(2)

    /// Wrong tokens that count against who tries next.
    private var debt = Duration.zero
    private var last: ContinuousClock.Instant?

    /// Whether a token may be tried now.
    mutating func mayTry(at now: ContinuousClock.Instant) -> Bool {
        settle(at: now)
        return debt < Self.period * Self.freeCount
    }

    /// Takes note of a wrong token.
    mutating func countFailure(at now: ContinuousClock.Instant) {
        settle(at: now)
        debt += Self.period
    }

    private mutating func settle(at now: ContinuousClock.Instant) {
        if let last { debt = max(.zero, debt - (now - last)) }
        last = now
    }
}
