import Foundation
@testable import Primitives
@testable import Protocol
import Testing

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

    @Test(arguments: [0, 1, 2, 3, 23, 24, 25, 31, 32, 33, 95, 767, 768, 769, 5000])
    func `base64 equals Foundation's both ways`(count: Int) throws {
        var random = SplitMix64(seed: UInt64(count))
        let bytes = Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
        var text = [UInt8](repeating: 0, count: Base64.characterCount(forByteCount: count))
        text.withUnsafeMutableBufferPointer { text in
            if let target = text.baseAddress { bytes.withUnsafeBytes { Base64.encode($0, to: target) } }
        }
        #expect(String(decoding: text, as: UTF8.self) == bytes.base64EncodedString())
        #expect(text.withUnsafeBytes { Base64.decode($0) } == bytes)
        // Any odd character, wherever it stands, is found; so is padding that is not at the end.
        #expect("AA=A".utf8.withContiguousStorageIfAvailable { Base64.decode(UnsafeRawBufferPointer($0)) } == .some(nil))
        for position in text.indices {
            for odd in [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: " "), 0, 128, 255] {
                var damaged = text
                damaged[position] = odd
                let found = damaged.withUnsafeBytes { Base64.decode($0) }
                #expect((found != nil) == (Data(base64Encoded: Data(damaged)) != nil), "\(odd) at \(position) of \(count)")
            }
        }
    }

    @Test func `long arrays come back from canonical documents, and from others`() throws {
        let document = Document(
            zebra: String(repeating: "A", count: 4096),
            arrays: (0..<3).map { WireArray([UInt8](repeating: $0, count: 9000), .uint8) },
            apple: 1)
        let canonical = try WireJSON.encode(document)
        #expect(try WireJSON.decode(Document.self, from: canonical) == document)
        let spaced = String(decoding: canonical, as: UTF8.self).replacing("\"data\":", with: "\"data\" : ")
        #expect(try WireJSON.decode(Document.self, from: Data(spaced.utf8)) == document)
        let escaped = String(decoding: canonical, as: UTF8.self).replacing("\"apple\"", with: "\"\\u0061pple\"")
        #expect(try WireJSON.decode(Document.self, from: Data(escaped.utf8)) == document)
    }

    /// Found by the fuzzer: Foundation decodes the first as `QUJDRA==`.
    @Test(arguments: ["QUJDRA=0", "QUJDRA", "QUJD RA==", "QUJDRA==AAAA"])
    func `a short array that is no base64 is refused too`(text: String) {
        let document = Data(#"{"data":"\#(text)","dtype":"|u1","encoding":"base64","shape":[4]}"#.utf8)
        #expect(throws: WireError.invalid("data: expected base64")) { try WireJSON.decode(WireArray.self, from: document) }
    }

    @Test func `a long array that is no base64 is refused, and a token in a document is no array`() {
        let damaged = String(repeating: "A", count: 4000) + "!AAA"
        for data in [damaged, "\u{E0C0}0\u{E0C0}", String(repeating: "A", count: 4001)] {
            let text = #"{"dtype":"|u1","shape":[3000],"encoding":"base64","data":"\#(data)"}"#
            let error = #expect(throws: WireError.self) { try WireJSON.decode(WireArray.self, from: Data(text.utf8)) }
            #expect(error?.description.contains("base64") == true)
        }
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
