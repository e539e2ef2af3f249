internal import Testing

@testable import HTTPServing

@Suite struct BearerTokenTests {
    @Test(arguments: [
        ("Bearer secret", true), ("bearer secret", true), ("BEARER secret", true), ("Bearer secre", false),
        ("Bearer secrets", false), ("Bearer secretsecret", false), ("Bearer Secret", false), ("Bearer ", false),
        ("Bearer", false),
        ("secret", false), ("Basic secret", false), ("", false), (nil, false), ("Bearer  secret", false),
        ("Béarer secret", false),
    ])
    func `only the field with the whole token passes`(field: String?, passes: Bool) throws {
        let token = try #require(BearerToken("secret"))
        #expect(token.isCarried(by: field) == passes)
    }

    @Test(arguments: ["", "two words", "tab\tbed", "naïve", "line\n", String(repeating: "x", count: 4097)])
    func `what a header field cannot carry is no token`(text: String) {
        #expect(BearerToken(text) == nil)
    }

    @Test func `a token is never printed`() throws {
        let token = try #require(BearerToken("secret"))
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!"\(token) \(String(reflecting: token)) \(dumped)".contains("secret "))
        #expect(!dumped.contains("115"))
    }
}
