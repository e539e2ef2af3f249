import Foundation
import Testing

@testable import Core

@Suite struct WireJSONTests {
    private struct Document: Codable, Equatable {
        var zebra: String
        var arrays: [WireArray]
        var apple: Int
    }

    @Test func `arrays come back bit for bit, packed or not`() throws {
        let floats: [Float] = [0, -0.0, 1.5, .pi, -.infinity, .leastNonzeroMagnitude]
        let document = Document(
            zebra: "a/b \"quoted\" \n",
            arrays: [
                WireArray(floats, .float32, shape: [2, 3]), WireArray([UInt8](0...255), .uint8, isDeflated: true),
                WireArray([UInt16](), .uint16, shape: [0, 7]), WireArray([Int32.min, .max], .int32),
            ], apple: 7)
        let bytes = try WireJSON.encode(document)
        #expect(try WireJSON.decode(Document.self, from: bytes) == document)
        #expect(document.arrays[0].elements(as: UInt32.self) == floats.map(\.bitPattern))
    }

    @Test func `the form is canonical: keys sorted, no spaces, the same bytes each time`() throws {
        let document = Document(zebra: "x/y", arrays: [WireArray([UInt8]([1, 2, 3]), .uint8)], apple: 1)
        let text = String(decoding: try WireJSON.encode(document), as: UTF8.self)
        #expect(
            text == #"{"apple":1,"arrays":[{"data":"AQID","dtype":"|u1","encoding":"base64","shape":[3]}],"zebra":"x/y"}"#)
    }

    @Test func `a text that looks like a splice token is kept as it is`() throws {
        let token = "\u{E0C0}0\u{E0C0}"
        let document = Document(zebra: token, arrays: [WireArray([UInt8]([1, 2, 3]), .uint8)], apple: 1)
        #expect(try WireJSON.decode(Document.self, from: WireJSON.encode(document)) == document)
    }

    @Test(arguments: [
        (#"{"dtype":"<f4","shape":[2],"encoding":"base64","data":"AAAAAA=="}"#, "expected 8 bytes"),
        (#"{"dtype":"<f4","shape":[-1],"encoding":"base64","data":""}"#, "extents"),
        (#"{"dtype":"<f4","shape":[],"encoding":"base64","data":""}"#, "extents"),
        (#"{"dtype":"<f4","shape":[1,1,1,1,1],"encoding":"base64","data":"AAAAAA=="}"#, "extents"),
        (#"{"dtype":"<f4","shape":[4611686018427387904,4],"encoding":"base64","data":""}"#, "at most"),
        (#"{"dtype":"|u1","shape":[1],"encoding":"base64","data":"?!"}"#, "base64"),
        (#"{"dtype":"|u1","shape":[2000000000],"encoding":"zlib+base64","data":"eJwDAAAAAAE="}"#, "zlib"),
        (#"{"dtype":"|O","shape":[1],"encoding":"base64","data":""}"#, "dtype"),
        (#"{"dtype":"|u1","shape":[1],"encoding":"lzma","data":""}"#, "encoding"),
        (#"{"dtype":"|u1","shape":[1],"encoding":"base64"}"#, "data"),
        (#"[1,2"#, ""),
        (#""#, ""),
    ])
    func `a malformed array is refused with its place`(text: String, words: String) {
        let error = #expect(throws: WireError.self) { try WireJSON.decode(WireArray.self, from: Data(text.utf8)) }
        #expect(words.isEmpty || error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `a content hash is the SHA-256 in hexadecimal`() {
        #expect(
            ContentHash(of: Data("abc".utf8)).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(ContentHash(hex: "ABC") == nil && ContentHash(hex: String(repeating: "g", count: 64)) == nil)
    }
}
