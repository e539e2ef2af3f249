internal import CFuzzer
internal import Foundation
internal import FuzzHarness
@testable import Primitives

/// Mutates what a client sends, and then mostly puts right what would be refused before the body is read: the length of the
/// first request's body, and the name of a blob.
@_cdecl("LLVMFuzzerCustomMutator")
func mutateRequest(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ countMax: Int, _ seed: UInt32) -> Int {
    let mutatedCount = ArrayMutation.mutate(data, count, countMax, seed >> 2)
    guard !seed.isMultiple(of: 4) else { return mutatedCount }
    let repaired = RequestRepair.repaired(Data(bytes: data, count: mutatedCount))
    guard repaired.count <= countMax else { return mutatedCount }
    repaired.copyBytes(to: data, count: repaired.count)
    return repaired.count
}

enum RequestRepair {
    /// The request with the right Content-Length and, for a blob, the right name.
    static func repaired(_ request: Data) -> Data {
        guard let headEnd = request.range(of: Data("\r\n\r\n".utf8)) else { return request }
        let body = Data(request[headEnd.upperBound...])
        var head = Data(request[..<headEnd.lowerBound])
        let length = Data("Content-Length: ".utf8)
        if let field = head.range(of: length) {
            let rest = head[field.upperBound...]
            let end = rest.firstIndex(of: UInt8(ascii: "\r")) ?? rest.endIndex
            head.replaceSubrange(field.upperBound..<end, with: Data(String(body.count).utf8))
        }
        let put = Data("PUT /v1/blobs/".utf8)
        if head.starts(with: put) {
            let rest = head[put.count...]
            let end = rest.firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
            head.replaceSubrange(put.count..<end, with: Data(ContentHash(of: body).hex.utf8))
        }
        return head + Data("\r\n\r\n".utf8) + body
    }
}
