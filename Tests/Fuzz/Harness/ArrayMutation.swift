internal import CFuzzer
internal import Foundation

/// Mutation of JSON documents that hold arrays as base64: sometimes of the text, sometimes of an array's bytes behind the text.
public enum ArrayMutation {
    private static let key = Data(#""data":""#.utf8)

    /// libFuzzer's custom mutator.
    public static func mutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ countMax: Int, _ seed: UInt32) -> Int {
        let document = Data(bytes: data, count: count)
        guard seed.isMultiple(of: 2), let text = array(of: document, chosenBy: Int(seed >> 1)),
            let bytes = Data(base64Encoded: document[text])
        else { return LLVMFuzzerMutate(data, count, countMax) }
        var mutated = [UInt8](bytes) + [UInt8](repeating: 0, count: 16)
        // An array of another size than its shape's is refused early: mostly the size stays.
        let room = seed.isMultiple(of: 8) ? mutated.count : max(1, bytes.count)
        let mutatedCount = LLVMFuzzerMutate(&mutated, bytes.count, room)
        let kept = seed.isMultiple(of: 8) ? mutatedCount : bytes.count
        let replaced = document[..<text.lowerBound] + Data(mutated[..<kept]).base64EncodedData() + document[text.upperBound...]
        guard replaced.count <= countMax else { return LLVMFuzzerMutate(data, count, countMax) }
        replaced.copyBytes(to: data, count: replaced.count)
        return replaced.count
    }

    /// Where the text of one of the arrays lies.
    private static func array(of document: Data, chosenBy number: Int) -> Range<Int>? {
        var starts: [Int] = []
        var position = 0
        while starts.count < 64, let found = document.range(of: key, in: position..<document.count) {
            starts.append(found.upperBound)
            position = found.upperBound
        }
        guard !starts.isEmpty else { return nil }
        let start = starts[number % starts.count]
        guard let end = document[start...].firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        return start..<end
    }
}
