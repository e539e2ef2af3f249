package import AnnotationFormats
package import Features
package import Forest
internal import Imaging

/// Settings that are changed; nil for those that stay.
package struct SettingsChange: Hashable, Sendable {
    /// A preset, or families, not both.
    package var preset: FeaturePreset?
    package var families: [FeatureFamily]?
    package var sigmaMin: Double?
    package var sigmaMax: Double?
    /// A count, or none for one Gaussian per octave.
    package var sigmaCount: Int??
    package var trees: Int?
    /// A depth, or none for no limit.
    package var maxDepth: Int??
    package var minSamplesLeaf: Int?
    package var maxFeatures: MaxFeatures?
    package var maxSamples: MaxSamples?
    package var classWeight: ClassWeight?
    /// Up to 2⁵³, which JSON keeps.
    package var seed: UInt64?

    package init() {}

    /// What somebody may send.
    static let members: Set<String> = ["features", "forest"]
    /// What logs of earlier programs have besides. It never changed what was trained live, and is passed over.
    private static let formerMembers: Set<String> = ["level"]

    /// `{"features": {…}, "forest": {…}}`.
    init(_ place: JSONPlace) throws(ImageError) {
        try place.only(Self.members.union(Self.formerMembers))
        if let features = place["features"] {
            try features.only(["preset", "families", "sigmaMin", "sigmaMax", "sigmaCount"])
            preset = try features["preset"].map { (name) throws(ImageError) in
                guard let preset = name.string.flatMap({ FeaturePreset(rawValue: $0) }) else {
                    throw name.wrong(FeaturePreset.allCases.map(\.rawValue).joined(separator: ", "))
                }
                return preset
            }
            families = try features["families"].map { (list) throws(ImageError) in
                var families: [FeatureFamily] = []
                for name in try list.requiredElements("a list of families") {
                    guard let family = name.string.flatMap(FeatureFamily.init) else { throw name.wrong(FeatureFamily.known) }
                    families.append(family)
                }
                return families
            }
            if preset != nil, let list = features["families"] { throw list.wrong("either a preset or families, not both") }
            sigmaMin = try features["sigmaMin"]?.length()
            sigmaMax = try features["sigmaMax"]?.length()
            sigmaCount = try features.optional("sigmaCount") { (place) throws(ImageError) in try place.integer(in: 1...64) }
        }
        guard let forest = place["forest"] else { return }
        try forest.only(["trees", "maxDepth", "minSamplesLeaf", "maxFeatures", "maxSamples", "classWeight", "seed"])
        trees = try forest["trees"]?.integer(in: ForestParameters.treesRange)
        maxDepth = try forest.optional("maxDepth") { (place) throws(ImageError) in try place.integer(in: 1...Int(Int32.max)) }
        minSamplesLeaf = try forest["minSamplesLeaf"]?.integer(in: 1...Int(Int32.max))
        maxFeatures = try forest["maxFeatures"]?.rule { (text) throws(ForestError) in try MaxFeatures(parsing: text) }
        maxSamples = try forest["maxSamples"]?.rule { (text) throws(ForestError) in try MaxSamples(parsing: text) }
        classWeight = try forest["classWeight"]?.rule { (text) throws(ForestError) in try ClassWeight(parsing: text) }
        seed = try forest["seed"].map { (place) throws(ImageError) in UInt64(try place.integer(in: 0...1 << 53)) }
    }

    package func write(_ json: inout JSONWriter) {
        json.object { json in
            if preset != nil || families != nil || sigmaMin != nil || sigmaMax != nil || sigmaCount != nil {
                json.name("features")
                json.object { json in
                    json.member("preset", preset?.rawValue)
                    if let families {
                        json.name("families")
                        json.list { json in families.forEach { json.value($0.rawValue) } }
                    }
                    if let sigmaMin { json.member("sigmaMin", sigmaMin) }
                    if let sigmaMax { json.member("sigmaMax", sigmaMax) }
                    json.optional("sigmaCount", sigmaCount)
                }
            }
            let texts = [
                ("maxFeatures", maxFeatures?.description), ("maxSamples", maxSamples?.description),
                ("classWeight", classWeight?.rawValue),
            ]
            let isForest = trees != nil || maxDepth != nil || minSamplesLeaf != nil || seed != nil
            if isForest || texts.contains(where: { $0.1 != nil }) {
                json.name("forest")
                json.object { json in
                    json.member("trees", trees)
                    json.optional("maxDepth", maxDepth)
                    json.member("minSamplesLeaf", minSamplesLeaf)
                    for (name, text) in texts { json.member(name, text) }
                    json.member("seed", seed.map { Int(clamping: $0) })
                }
            }
        }
    }
}

extension JSONPlace {
    /// A member that may be null: nil if it is missing, none if it is null.
    fileprivate func optional(
        _ name: String, _ read: (JSONPlace) throws(ImageError) -> Int
    ) throws(ImageError) -> Int?? {
        if let member = self[name] { return .some(.some(try read(member))) }
        guard case .object(let members) = value, members.contains(where: { $0.name == name }) else { return nil }
        return .some(.none)
    }

    /// A rule as text; a number stands for its text.
    fileprivate func rule<Rule>(_ read: (String) throws(ForestError) -> Rule) throws(ImageError) -> Rule {
        let text: String
        if let integer { text = "\(integer)" } else if let number { text = "\(number)" } else { text = try self.text() }
        do throws(ForestError) {
            return try read(text)
        } catch {
            throw .unsupported(path: path, reason: "\(place): \(error.description)")
        }
    }
}

extension JSONWriter {
    fileprivate mutating func optional(_ name: String, _ number: Int??) {
        guard let number else { return }
        if let number {
            member(name, number)
        } else {
            self.name(name)
            value(.null)
        }
    }
}
