internal import CCrypto
package import Foundation

/// SHA-256 (FIPS 180-4) of bytes that come in parts, by the system's libcrypto.
///
/// One thread at a time. Memory does not grow with the bytes.
package struct SHA256: ~Copyable {
    /// An `EVP_MD_CTX`.
    private let context: OpaquePointer

    /// The `EVP_MD`, looked up once: to look it up for each hash would take longer than to hash a short text. Its library context is one of
    /// ours, which reads no `openssl.cnf`, so that no setting of the machine takes the algorithm away.
    ///
    /// Never changed and never freed, so that all threads may use it.
    nonisolated(unsafe) private static let algorithm: OpaquePointer = {
        guard let library = OSSL_LIB_CTX_new(), let algorithm = EVP_MD_fetch(library, "SHA256", nil) else {
            preconditionFailure("libcrypto: expected SHA-256, found none")
        }
        return algorithm
    }()

    /// The hash of no bytes, so far.
    ///
    /// - Complexity: O(1), at about 100 ns; a millisecond for the first one of a process.
    package init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex2(context, Self.algorithm, nil) == 1 else {
            preconditionFailure("SHA-256: not enough memory")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes after those that came before.
    ///
    /// - Complexity: O(n), at about the speed of the processor's SHA instructions.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let isDone = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1
        precondition(isDone, "SHA-256: \(bytes.count) bytes were not taken")
    }

    /// Adds bytes, as above.
    package mutating func update(_ bytes: some DataProtocol) {
        for region in bytes.regions { region.withUnsafeBytes { update($0) } }
    }

    /// The hash of all bytes.
    package consuming func finish() -> ContentHash {
        ContentHash(filledBy: { fill($0) })
    }

    private func fill(_ digest: UnsafeMutableRawBufferPointer) {
        var byteCount: UInt32 = 0
        let isDone = EVP_DigestFinal_ex(context, digest.bindMemory(to: UInt8.self).baseAddress, &byteCount) == 1
        precondition(isDone && Int(byteCount) == digest.count, "SHA-256: expected \(digest.count) bytes, found \(byteCount)")
    }
}
