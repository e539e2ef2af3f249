/// A sample that a tree grows from: its row, its class and how often it was drawn, in one word, as the kernels read it.
///
/// Bits 0…31 the row, bits 32…39 the class, bits 40…63 the draws.
struct DrawnSample: Equatable {
    /// The most draws of one sample. More would take a table of 2²⁴ samples whose every draw hits the same one.
    static let drawsMax: UInt32 = 0xFF_FFFF

    let word: UInt64

    init(row: Int, label: UInt8, draws: UInt32) {
        word = UInt64(UInt32(row)) | UInt64(label) << 32 | UInt64(min(draws, Self.drawsMax)) << 40
    }

    @inline(__always)
    init(word: UInt64) { self.word = word }

    @inline(__always)
    var row: Int { Int(UInt32(truncatingIfNeeded: word)) }

    @inline(__always)
    var label: Int { Int(UInt8(truncatingIfNeeded: word >> 32)) }

    @inline(__always)
    var draws: UInt32 { UInt32(truncatingIfNeeded: word >> 40) }
}
