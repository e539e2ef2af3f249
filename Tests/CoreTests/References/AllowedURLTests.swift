@testable import Formats
@testable import Jobs
import Testing

@Suite struct AllowedURLTests {
    private static let prefix = "https://images.example.org:8443/slides/2026"

    @Test(arguments: [
        "https://images.example.org:8443/slides/2026", "https://images.example.org:8443/slides/2026/",
        "https://images.example.org:8443/slides/2026/a.png?part=1", "HTTPS://IMAGES.example.org:8443/slides/2026/b/c.png",
    ])
    func `what lies at or below the prefix is covered`(text: String) throws {
        #expect(try AllowedURL(Self.prefix).covers(AllowedURL(text)))
    }

    @Test(arguments: [
        "http://images.example.org:8443/slides/2026/a.png", "https://images.example.org/slides/2026/a.png",
        "https://images.example.org.evil.example:8443/slides/2026/a.png", "https://images.example.org:8443/slides/2026b/a.png",
        "https://images.example.org:8443/slides", "https://evil.example:8443/slides/2026/a.png",
        "https://169.254.169.254:8443/slides/2026/a.png", "https://images.example.org:8443/SLIDES/2026/a.png",
    ])
    func `another scheme, host, port or folder is not`(text: String) throws {
        #expect(try !AllowedURL(Self.prefix).covers(AllowedURL(text)))
    }

    @Test(arguments: [
        "", "slides/a.png", "//images.example.org/a", "file:///etc/passwd", "ftp://a/b", "gopher://a/b", "https://",
        "https://user@a/b", "https://user:secret@a/b", "https://a/b#c", "https://a/../b", "https://a/./b", "https://a/%2e%2e/b",
        "https://a/.%2E/b", "https://a/b%2Fc", "https://a/b%5cc", "https://a/b%00", "https://a//b", "https://a\\b/c",
        "https://a/b c", "https://a:0/b", "https://a:65536/b", "https://a:8x/b", "https://a:/b", "https://[::1/b",
        "https://a,b/c", "https://ä.example/b", "https://a/b\n",
    ])
    func `a URL that can be read in two ways, or is none, is refused in one line`(text: String) {
        let error = #expect(throws: ReferenceError.self) { try AllowedURL(text) }
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `a metadata address is reached only by who allows it by name`() throws {
        let address = "http://169.254.169.254/latest"
        #expect(throws: ReferenceError.self) { try ReferencePolicy(roots: [], prefixes: [Self.prefix]).check(url: address) }
        #expect(throws: ReferenceError.self) { try ReferencePolicy().check(url: address) }
        try ReferencePolicy(roots: [], prefixes: ["http://169.254.169.254/"]).check(url: address)
    }
}
