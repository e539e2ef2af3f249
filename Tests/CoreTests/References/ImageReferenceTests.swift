import Foundation
@testable import Imaging
@testable import Jobs
@testable import Protocol
import Testing

@Suite struct ImageReferenceTests {
    private func decode(_ window: String) throws -> WindowDocument {
        let core = #"{"x":0,"y":0,"width":1,"height":1}"#
        return try WireJSON.decode(WindowDocument.self, from: Data(#"{"core":\#(core)\#(window)}"#.utf8))
    }

    private static let rest = #""size":1,"modified":2,"window":{"x":0,"y":0,"width":1,"height":1}"#
    private static let pixels = #","pixels":{"dtype":"|u1","shape":[1,1,1],"encoding":"base64","data":"AA=="}"#

    @Test func `a window has pixels or a source, and a source a path or a URL`() throws {
        #expect(try decode(Self.pixels).source == nil)
        #expect(try decode(#","source":{"path":"a.png",\#(Self.rest)}"#).source?.path == "a.png")
        #expect(try decode(#","source":{"url":"s3://a/b",\#(Self.rest)}"#).source?.url == "s3://a/b")
    }

    @Test(arguments: [
        "", #","source":null"#, #","pixels":null"#, #","source":{"path":"a.png",\#(rest)}\#(pixels)"#,
        #","source":{"path":"a.png","url":"s3://a/b",\#(rest)}"#, #","source":{\#(rest)}"#, #","source":{"path":"",\#(rest)}"#,
        #","source":{"path":null,\#(rest)}"#,
        #","source":{"path":"a","size":-1,"modified":0,"window":{"x":0,"y":0,"width":1,"height":1}}"#,
    ])
    func `both, neither, and null are refused in one line`(window: String) {
        let error = #expect(throws: WireError.self) { try decode(window) }
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `what is sent is what is received`() throws {
        let rectangle = PixelRect(x: 1, y: 2, width: 3, height: 4)
        let source = ImageReference(path: "deep/a.png", size: 5, modified: 6, window: rectangle)
        let window = WindowDocument(source: source, core: PixelRect(x: 0, y: 0, width: 3, height: 4))
        let text = try WireJSON.encode(window)
        #expect(try WireJSON.decode(WindowDocument.self, from: text) == window)
        #expect(!String(decoding: text, as: UTF8.self).contains("null"))
    }
}
