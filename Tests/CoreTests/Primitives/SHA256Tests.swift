internal import Dispatch
internal import Foundation
internal import Synchronization
internal import Testing

@testable import Primitives

@Suite struct SHA256Tests {
    /// Not periodic in any of the sizes of pieces below.
    private let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3) }

    /// FIPS 180-4's examples, and the hash of nothing.
    @Test(arguments: [
        ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func `the standard's examples have the standard's hashes`(text: String, count: Int, hex: String) {
        let whole = Data(String(repeating: text, count: count).utf8)
        #expect(ContentHash(of: whole).hex == hex)
        #expect(hash(of: Array(whole), inPiecesOf: 1 << 16).hex == hex)
    }

    @Test(arguments: [1, 3, 55, 56, 63, 64, 65, 127, 999, 1000])
    func `bytes that come in pieces have the hash of the whole`(pieceByteCount: Int) {
        #expect(hash(of: bytes, inPiecesOf: pieceByteCount) == ContentHash(of: bytes))
    }

    @Test func `pieces without bytes change nothing`() {
        var hash = SHA256()
        hash.update(UnsafeRawBufferPointer(start: nil, count: 0))
        hash.update(bytes)
        hash.update([UInt8]())
        let found = hash.finish()
        #expect(found == ContentHash(of: bytes))
    }

    @Test func `bytes that do not lie in one piece are all hashed`() {
        var data = DispatchData.empty
        for piece in [bytes[..<1], bytes[1..<130], bytes[130...]] {
            Array(piece).withUnsafeBytes { data.append($0) }
        }
        #expect(data.regions.count == 3)
        #expect(ContentHash(of: data) == ContentHash(of: bytes))
    }

    @Test func `hashes of threads side by side do not mix`() {
        let expected = (0..<64).map { hash(of: Array(bytes[$0...]), inPiecesOf: 7) }
        let hashes = Lock([ContentHash?](repeating: nil, count: 64))
        DispatchQueue.concurrentPerform(iterations: 64) { number in
            let found = hash(of: Array(bytes[number...]), inPiecesOf: 7)
            hashes.withLock { $0[number] = found }
        }
        let found = hashes.withLock { $0 }
        #expect(found == expected)
    }

    private func hash(of bytes: [UInt8], inPiecesOf byteCount: Int) -> ContentHash {
        var hash = SHA256()
        for start in stride(from: 0, to: bytes.count, by: byteCount) {
            hash.update(bytes[start..<min(start + byteCount, bytes.count)])
        }
        return hash.finish()
    }
}
