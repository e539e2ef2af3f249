/// The cookies that the server sets: for this host alone, out of the page's reach, and not sent by other sites' pages.
enum OwnCookie {
    static let personName = "coppice-person"
    private static let yearSeconds = 31_536_000

    /// The value of `Set-Cookie`.
    ///
    /// - Parameters:
    ///   - value: letters, digits and hyphens.
    ///   - isSecure: whether it only goes over TLS.
    static func field(_ name: String, _ value: String, isSecure: Bool) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(yearSeconds); HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
    }
}
