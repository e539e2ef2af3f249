import Foundation
@testable import Primitives
@testable import Protocol
import Testing

@Suite struct JSONShapeTests {
    private func refusal(_ text: String) -> JSONShapeError? {
        do {
            try JSONShape.check(Data(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test func `as many levels as allowed pass, one more does not`() {
        let open = String(repeating: "[", count: JSONShape.depthMax)
        #expect(refusal(open + String(repeating: "]", count: JSONShape.depthMax)) == nil)
        #expect(refusal(open + "[")?.description.contains("levels") == true)
        #expect(refusal(String(repeating: #"{"a":"#, count: JSONShape.depthMax + 1)) != nil)
    }

    @Test func `brackets beside one another are no levels, but they are values`() {
        #expect(refusal("[" + String(repeating: "[],", count: 1000) + "[]]") == nil)
        let many = "[" + String(repeating: "0,", count: JSONShape.valuesMax) + "0]"
        #expect(refusal(many)?.description.contains("values") == true)
    }

    @Test(arguments: [#"\"[["#, #"\\\"["#, "{,[", #"\u0022["#])
    func `what stands in a string does not count`(content: String) {
        let text = String(repeating: content, count: 100)
        #expect(refusal("[\"\(text)\"]") == nil)
        #expect(refusal("{\"\(text)\":\"\(text)\"}") == nil)
    }

    @Test func `a string ends where it ends`() {
        let nested = String(repeating: "[", count: JSONShape.depthMax + 1)
        #expect(refusal(#""\\"\#(nested)"#) != nil)
        #expect(refusal(#""\"\#(nested)"#) == nil)
        #expect(refusal("\"\(nested)") == nil)
        #expect(refusal("") == nil)
    }
}
