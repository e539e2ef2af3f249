internal import Foundation
internal import FuzzHarness
internal import FuzzSamples

/// The first byte of an input chooses what the rest is read as: `FuzzedDocument`. What is accepted is written again and must
/// read the same; accepted jobs are run within a worker's limits, and their results pass the job's own check.
@main
enum WireTarget {
    // libFuzzer calls on one thread.
    nonisolated(unsafe) private static let reader = DocumentReader()

    static func main() throws {
        try Fuzzing.main(seeds: WireSeeds.all) { input, count in
            let bytes = Fuzzing.bytes(input, count)
            if let first = bytes.first, let kind = FuzzedDocument(rawValue: first) {
                WireTarget.reader.read(bytes[1...], as: kind)
            }
            return 0
        }
    }
}

/// What the wire target reads; the raw value is an input's first byte.
enum FuzzedDocument: UInt8 {
    case job = 0x6A  // j
    case blob = 0x62  // b
    case treeResult = 0x74  // t
    case tileResult = 0x6D  // m
    case rowResult = 0x72  // r
    case featureResult = 0x66  // f
    case planeResult = 0x70  // p
    case probeResult = 0x71  // q
    case worker = 0x77  // w
    case accepted = 0x61  // a
    case missing = 0x69  // i
    case failure = 0x65  // e
    case announcement = 0x6E  // n
    case digest = 0x64  // d
    case url = 0x75  // u
    case base64 = 0x36  // 6
    case zlib = 0x7A  // z
}

@_cdecl("LLVMFuzzerCustomMutator")
func mutateDocument(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ countMax: Int, _ seed: UInt32) -> Int {
    ArrayMutation.mutate(data, count, countMax, seed)
}
