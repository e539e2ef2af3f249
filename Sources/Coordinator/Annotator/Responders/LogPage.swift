internal import Foundation
internal import Projects

/// A part of the log of operations: the answer of `GET operations`.
struct LogPage {
    /// Operations that are in a page without a wish.
    static let countUsual = 1000
    /// Bytes of operations in a page; one that is larger comes alone.
    static let bytesMax = 1 << 20

    let state: ProjectState
    /// Operations up to this sequence come before the page.
    let after: Int
    var count = countUsual
    var bytesMax = bytesMax

    /// `{"operations": […], "sequence": …}`: the sequence is that of the last operation there is, in this page or a later one.
    var bytes: Data {
        var list = Data()
        for operation in state.operations(after: after, limit: count) {
            let document = operation.document
            guard list.isEmpty || list.count + document.count < bytesMax else { break }
            if !list.isEmpty { list.append(UInt8(ascii: ",")) }
            list += document
        }
        return Data("{\"operations\":[".utf8) + list + Data("],\"sequence\":\(state.sequence)}".utf8)
    }
}
