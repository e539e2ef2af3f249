internal import Scheduling

typealias Cluster = Run

extension Run {
    var dispatcher: Dispatcher { pool.dispatcher }
    var shelf: BlobStore { blobs }
    var isLocal: Bool { pool.isLocal }
    var occasion: String { nonce }
}
