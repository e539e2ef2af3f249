import Foundation
@testable import Primitives
internal import Protocol
import Testing

@Suite struct ContentDigestTests {
    private let hash = ContentHash(of: Data("{\"hello\": \"world\"}\n".utf8))
    /// As in RFC 9530, appendix B.
    private let field = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"

    @Test func `the field is the one of the standard`() {
        #expect(hash.digestField == field)
        #expect(ContentHash(digestField: field) == hash)
        #expect(ContentHash(digestField: "sha-512=:AAAA:, SHA-256=\(field.dropFirst(8));x=1") == hash)
    }

    @Test(arguments: [
        "", "sha-256", "sha-256=", "sha-256=::", "sha-256=:AAAA:", "sha-512=:AAAA:",
        "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=",
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=", "sha-256=:RK_0qy18MlBSVnWgjwz6lZEWjP_lF5HF9bvEF8FabDg=:", ",,,",
    ])
    func `anything else is none`(field: String) {
        #expect(ContentHash(digestField: field) == nil)
    }
}
