public import Foundation
internal import Synchronization

/// Canonical JSON of the wire and of the model file: keys sorted, no white space, slashes unescaped.
///
/// Bulk arrays are not pushed through the JSON encoder: it writes a short token in their place, and their base64 is spliced in
/// afterwards, at the speed of a copy.
public enum WireJSON {
    /// - Throws: `EncodingError` for values that JSON has no form for, such as NaN.
    public static func encode(_ value: some Encodable) throws -> Data {
        let payloads = WirePayloads()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.userInfo[.wirePayloads] = payloads
        let skeleton = try encoder.encode(value)
        if let whole = payloads.splice(into: skeleton) { return whole }
        // A string of the document equals a token: encode everything the plain way.
        encoder.userInfo[.wirePayloads] = nil
        return try encoder.encode(value)
    }

    /// - Parameter inflatedBytesMax: the compressed arrays may unpack to no more bytes than this, all together.
    /// - Throws: `WireError.invalid` naming the place and what is wrong there.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from data: Data, inflatedBytesMax: Int = WireArray.decodedBytesMax
    ) throws(WireError) -> Value {
        try JSONShape.check(data)
        let decoder = JSONDecoder()
        decoder.userInfo[.inflation] = InflationAllowance(bytesMax: inflatedBytesMax)
        do {
            return try decoder.decode(type, from: data)
        } catch let error as DecodingError {
            throw .invalid(describe(error))
        } catch let error as WireError {
            throw error
        } catch {
            throw .invalid(String(describing: error))
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        let (context, fallback): (DecodingError.Context, String) =
            switch error {
            case .typeMismatch(let type, let context): (context, "expected \(type)")
            case .valueNotFound(let type, let context): (context, "expected \(type), found null")
            case .keyNotFound(let key, let context): (context, "expected the key \"\(key.stringValue)\"")
            case .dataCorrupted(let context): (context, "malformed JSON")
            @unknown default: (.init(codingPath: [], debugDescription: "malformed JSON"), "malformed JSON")
            }
        let place = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        let detail: String =
            if case .dataCorrupted = error { context.debugDescription } else { fallback }
        let line = detail.split(whereSeparator: \.isNewline).joined(separator: " ")
        return place.isEmpty ? line : "\(place.drop { $0 == "." }): \(line)"
    }
}

extension CodingUserInfoKey {
    /// What a decoder's compressed arrays may still unpack to: an `InflationAllowance`.
    static var inflation: CodingUserInfoKey {
        guard let key = CodingUserInfoKey(rawValue: "coppice.inflation") else { preconditionFailure("user info key") }
        return key
    }

    /// Where an encoder keeps the payloads whose base64 is spliced in at the end.
    static var wirePayloads: CodingUserInfoKey {
        guard let key = CodingUserInfoKey(rawValue: "coppice.payloads") else { preconditionFailure("user info key") }
        return key
    }
}

/// The bulk arrays met while one document is encoded, each behind a token.
final class WirePayloads: Sendable {
    private let payloads = Mutex<[Data]>([])

    /// Keeps `payload` and returns the token that stands for it in the skeleton.
    func add(_ payload: Data) -> String {
        payloads.withLock { payloads in
            payloads.append(payload)
            return Self.token(payloads.count - 1)
        }
    }

    private static let mark = "\u{E0C0}"

    private static func token(_ index: Int) -> String { "\(mark)\(index)\(mark)" }

    /// The skeleton with every token replaced by its payload's base64; nil if tokens and payloads do not match one to one.
    func splice(into skeleton: Data) -> Data? {
        let payloads = payloads.withLock { $0 }
        let mark = Data(Self.mark.utf8)
        var whole = Data(capacity: skeleton.count + payloads.reduce(0) { $0 + ($1.count + 2) / 3 * 4 })
        var seen = [Bool](repeating: false, count: payloads.count)
        var position = skeleton.startIndex
        while let open = skeleton.range(of: mark, in: position..<skeleton.endIndex) {
            guard let close = skeleton.range(of: mark, in: open.upperBound..<skeleton.endIndex),
                let index = Int(String(decoding: skeleton[open.upperBound..<close.lowerBound], as: UTF8.self)),
                payloads.indices.contains(index), !seen[index]
            else { return nil }
            seen[index] = true
            whole.append(skeleton[position..<open.lowerBound])
            whole.append(payloads[index].base64EncodedData())
            position = close.upperBound
        }
        guard seen.allSatisfy(\.self) else { return nil }
        whole.append(skeleton[position...])
        return whole
    }
}
