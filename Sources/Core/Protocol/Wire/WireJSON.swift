package import Foundation
internal import Primitives

/// Canonical JSON of the wire and of the model file: keys sorted, no white space, slashes unescaped.
///
/// Bulk arrays are not pushed through the JSON encoder: it writes a short token in their place, and their base64 is spliced in
/// afterwards, at the speed of a copy. The decoder likewise sees tokens in the place of long base64 (`WirePayloads`).
package enum WireJSON {
    /// - Throws: `EncodingError` for values that JSON has no form for, such as NaN.
    package static func encode(_ value: some Encodable) throws -> Data { try document(value).data }

    /// The document that `encode` puts together.
    ///
    /// - Throws: as `encode`.
    package static func document(_ value: some Encodable) throws -> WireDocument {
        let payloads = WirePayloads()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.userInfo[.wirePayloads] = payloads
        let skeleton = try encoder.encode(value)
        if let whole = payloads.splice(into: skeleton) { return whole }
        // A string of the document equals a token: encode everything the plain way.
        encoder.userInfo[.wirePayloads] = nil
        return WireDocument(try encoder.encode(value))
    }

    /// - Parameter inflatedBytesMax: the compressed arrays may unpack to no more bytes than this, all together.
    /// - Throws: `WireError.invalid` naming the place and what is wrong there.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from data: Data, inflatedBytesMax: Int = WireArray.decodedBytesMax
    ) throws(WireError) -> Value {
        let payloads = WirePayloads()
        let skeleton = payloads.extract(from: data)
        do {
            try JSONShape.check(skeleton)
        } catch {
            throw .invalid(error.description)
        }
        let decoder = JSONDecoder()
        decoder.userInfo[.wirePayloads] = payloads
        decoder.userInfo[.inflation] = InflationLimit(bytesMax: inflatedBytesMax)
        do {
            return try decoder.decode(type, from: skeleton)
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
    /// The limit that all compressed arrays of a document share.
    static var inflation: CodingUserInfoKey {
        guard let key = CodingUserInfoKey(rawValue: "coppice.inflation") else { preconditionFailure("user info key") }
        return key
    }

    /// Where the bulk arrays of a document are kept, of which the encoder or the decoder only sees tokens.
    static var wirePayloads: CodingUserInfoKey {
        guard let key = CodingUserInfoKey(rawValue: "coppice.payloads") else { preconditionFailure("user info key") }
        return key
    }
}

/// Why a document of the wire is refused. `description` is one line.
package enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The document is malformed, or a value in it is out of range; the message says where, expected, found.
    case invalid(String)

    package var description: String {
        switch self {
        case .invalid(let message): message
        }
    }
}
