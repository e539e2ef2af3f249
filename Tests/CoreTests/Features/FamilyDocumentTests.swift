@testable import Features
import Foundation
@testable import Imaging
@testable import Protocol
import Testing

/// The list of families decides what documents say and what files hold.
@Suite struct FamilyDocumentTests {
    static let names = FeatureFamily.allCases.map(\.rawValue)

    @Test func `names are distinct, in lower case, and none is the name of another's plane`() throws {
        #expect(Set(Self.names).count == Self.names.count)
        for family in FeatureFamily.allCases {
            #expect(family.rawValue.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil)
            #expect(!family.summary.isEmpty && !family.planeNames.isEmpty)
        }
        let spec = try FeatureSpec(families: FeatureFamily.allCases, sigmas: [1, 2], channels: 3)
        #expect(spec.names.count == spec.featureCount && Set(spec.names).count == spec.featureCount)
    }

    @Test func `the model's schema has the families of the list`() throws {
        let schema = try Self.document("Schemas/coppice-model.schema.json")
        let kinds = try #require(schema[path: "properties", "features", "oneOf"] as? [[String: Any]])
        #expect(kinds[0][path: "properties", "families", "items", "enum"] as? [String] == Self.names)
    }

    @Test func `the workers' OpenAPI document has the families of the list`() throws {
        let document = try Self.document("Sources/Worker/openapi.json")
        let families = document[path: "components", "schemas", "FeatureSpec", "properties", "families"] as? [String: Any]
        #expect(families?[path: "items", "enum"] as? [String] == Self.names)
        #expect(families?["maxItems"] == nil)
    }

    @Test func `the page on training has a row for every family of the list, in its order`() throws {
        let text = try String(contentsOf: Self.root.appending(path: "Docs/Training.md"), encoding: .utf8)
        let table = try #require(text.split(separator: "| family | planes |\n|---|---|\n").dropFirst().first)
        let rows = table.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("|") }
        #expect(rows.map(String.init) == FeatureFamily.allCases.map { "| `\($0.rawValue)` | \($0.summary) |" })
    }

    @Test(arguments: FeatureFamilyTests.selections)
    func `the model file brings families back`(families: [FeatureFamily]) throws {
        let input = ModelInput.pixels(try FeatureSpec(families: families, sigmas: [1, 2], channels: 3), .uint8)
        #expect(try WireJSON.decode(ModelInput.self, from: WireJSON.encode(input)) == input)
    }

    @Test func `a model of a family that is unknown is refused by the family's name`() throws {
        var document = try #require(
            JSONSerialization.jsonObject(with: SegmentationModelTests.model().encoded()) as? [String: Any])
        var features = try #require(document["features"] as? [String: Any])
        features["families"] = ["intensity", "wavelets"]
        document["features"] = features
        let bytes = try JSONSerialization.data(withJSONObject: document)
        let error = #expect(throws: WireError.self) { try SegmentationModel(decoding: bytes) }
        let message = try #require(error?.description)
        for word in ["features.families[1]", "\"wavelets\""] + Self.names { #expect(message.contains(word), "\(message)") }
        #expect(!message.contains("\n"))
    }

    private static let root = URL(filePath: #filePath).appending(path: "../../../..").standardized

    private static func document(_ path: String) throws -> [String: Any] {
        let bytes = try Data(contentsOf: root.appending(path: path))
        return try #require(JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    }
}

extension [String: Any] {
    /// The value below these keys.
    fileprivate subscript(path keys: String...) -> Any? {
        keys.reduce(self as Any?) { ($0 as? [String: Any])?[$1] }
    }
}
