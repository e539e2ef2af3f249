internal import Foundation
internal import Imaging

/// The axes of an OME-Zarr image that is written, and where the pixels of each of its resolutions lie, as JSON.
///
/// A translation is of the centre of the first pixel. A pixel of an overview that is the mean of others lies in their middle, so each level
/// begins half a pixel of its own, less half of the first's, further on; one that is the top left of others lies where that one does.
struct ZarrCoordinates {
    /// Letters, in the order of the array's dimensions.
    private let letters: String
    private let metadata: ImageMetadata
    private let rule: OverviewRule

    init(axes letters: String, _ metadata: ImageMetadata, _ rule: OverviewRule) {
        (self.letters, self.metadata, self.rule) = (letters, metadata, rule)
    }

    private func sampling(_ letter: Character) -> AxisSampling? {
        switch letter {
        case "x": metadata.x
        case "y": metadata.y
        case "z": metadata.z
        case "t": metadata.time
        default: nil
        }
    }

    /// Names and types of the axes, and their units where there are some.
    var axes: String {
        let listed = letters.map { letter in
            let type = letter == "c" ? "channel" : letter == "t" ? "time" : "space"
            let unit = sampling(letter)?.unit.map { ", \"unit\": \(JSONText.quoted($0))" } ?? ""
            return "{\"name\": \"\(letter)\", \"type\": \"\(type)\"\(unit)}"
        }
        return "[\(listed.joined(separator: ", "))]"
    }

    /// A scaling, and a translation if any coordinate is known.
    func transformations(ofLevel level: Int) -> String {
        let factor = Double(1 << level)
        let all = letters.map { letter -> (scale: Double, translation: Double) in
            let isHalved = letter == "x" || letter == "y"
            let axis = sampling(letter)
            let (step, own) = (axis?.step ?? 1, isHalved ? factor : 1)
            let shift = rule == .mean ? (own - 1) / 2 : 0
            return (step * own, (axis?.origin ?? 0) + (shift == 0 ? 0 : step * shift))
        }
        let scale = "{\"type\": \"scale\", \"scale\": \(Self.list(all.map(\.scale)))}"
        let isKnown = letters.contains { sampling($0) != nil }
        guard isKnown, all.contains(where: { $0.translation != 0 }) else { return "[\(scale)]" }
        return "[\(scale), {\"type\": \"translation\", \"translation\": \(Self.list(all.map(\.translation)))}]"
    }

    /// The tags of GeoTIFF, which say the coordinate reference system; empty without.
    var geoMember: String { metadata.geo.map { "\n \"\(GeoReference.attributeName)\": \($0.json)," } ?? "" }

    private static func list(_ numbers: [Double]) -> String { "[\(numbers.map { "\($0)" }.joined(separator: ", "))]" }
}

/// Texts in JSON.
enum JSONText {
    /// A text in quotation marks.
    static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
