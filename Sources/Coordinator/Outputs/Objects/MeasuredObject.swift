internal import Imaging
internal import Objects
internal import Protocol

/// An object with what was measured of it, as it is written.
struct MeasuredObject {
    /// From 1 on, in the order of first pixels.
    let number: Int
    let label: Int
    /// Columns and rows that it lies in.
    let box: PixelRect
    let shape: ObjectShape
    /// Polygons of the sides of pixels; nil for an outline with more corners than are kept.
    let outline: ObjectOutline?
    /// The outline as it is drawn: smoothed or simplified, if that is asked for.
    let drawn: [ObjectPolygon]
    /// `[channel]` of the image, then the probability of its class, as far as they are measured.
    let values: [ValueSums]
}

/// What is written of every object: the image's size and units, the classes, and the columns of measurements.
struct ObjectCatalogue: Sendable {
    /// The label image, as the user named it.
    let name: String
    let width: Int
    let height: Int
    let metadata: ImageMetadata
    /// Those that are objects, by their labels; with names and colours where they are known.
    let classes: [SegmentationClass]
    /// Names of the channels that are measured.
    let channels: [String]
    /// What stands for a probability of 1; nil without probabilities.
    let certainty: Double?
    /// Whether objects are QuPath's detections instead of annotations.
    let isDetections: Bool

    /// A measurement: its name in tables, the one that QuPath shows, and how it is taken.
    struct Column {
        let name: String
        let title: String
        let value: (MeasuredObject) -> Double?
    }

    /// Nil for a label that no class has.
    func named(_ label: Int) -> SegmentationClass? { classes.first { $0.label == label } }

    /// Sides of a pixel in micrometres; nil where they are not known.
    private var pixelSize: (x: Double, y: Double)? {
        guard let x = metadata.x?.length(in: .micrometre), let y = metadata.y?.length(in: .micrometre) else { return nil }
        return (x, y)
    }

    var columns: [Column] {
        var columns: [Column] = [
            Column(name: "area", title: "Area px^2") { Double($0.shape.area) },
            Column(name: "centroid_x", title: "Centroid X px") { $0.shape.centroidX },
            Column(name: "centroid_y", title: "Centroid Y px") { $0.shape.centroidY },
            Column(name: "perimeter", title: "Perimeter px") { $0.shape.perimeter },
            Column(name: "axis_major_length", title: "Major axis px") { $0.shape.majorAxis },
            Column(name: "axis_minor_length", title: "Minor axis px") { $0.shape.minorAxis },
            Column(name: "eccentricity", title: "Eccentricity") { $0.shape.eccentricity },
            Column(name: "orientation", title: "Orientation") { $0.shape.orientation },
            Column(name: "solidity", title: "Solidity") { $0.shape.solidity },
            Column(name: "equivalent_diameter_area", title: "Equivalent diameter px") { $0.shape.equivalentDiameter },
        ]
        if let (x, y) = pixelSize {
            columns += [
                Column(name: "area_um2", title: "Area µm^2") { Double($0.shape.area) * (x * y) },
                Column(name: "centroid_x_um", title: "Centroid X µm") { $0.shape.centroidX * x },
                Column(name: "centroid_y_um", title: "Centroid Y µm") { $0.shape.centroidY * y },
            ]
            // Lengths along no axis in particular mean something where pixels are square.
            if (x - y).magnitude <= 1e-3 * max(x, y) {
                let side = (x + y) / 2
                columns += [
                    Column(name: "perimeter_um", title: "Perimeter µm") { $0.shape.perimeter * side },
                    Column(name: "axis_major_length_um", title: "Major axis µm") { $0.shape.majorAxis * side },
                    Column(name: "axis_minor_length_um", title: "Minor axis µm") { $0.shape.minorAxis * side },
                    Column(name: "equivalent_diameter_area_um", title: "Equivalent diameter µm") {
                        $0.shape.equivalentDiameter * side
                    },
                ]
            }
        }
        for (index, channel) in channels.enumerated() {
            let (suffix, prefix) = channels.count > 1 ? ("-\(index)", "\(channel): ") : ("", "")
            columns += [
                Column(name: "intensity_mean\(suffix)", title: "\(prefix)Mean") { $0.values[index].moments?.mean },
                Column(name: "intensity_min\(suffix)", title: "\(prefix)Min") { Self.some($0.values[index].minimum) },
                Column(name: "intensity_max\(suffix)", title: "\(prefix)Max") { Self.some($0.values[index].maximum) },
                Column(name: "intensity_std\(suffix)", title: "\(prefix)Std.Dev.") { $0.values[index].moments?.deviation },
            ]
        }
        if let certainty {
            let place = channels.count
            columns.append(
                Column(name: "probability_mean", title: "Probability") { $0.values[place].moments.map { $0.mean / certainty } })
        }
        return columns
    }

    private static func some(_ value: Double) -> Double? { value.isFinite ? value : nil }
}

/// Writes objects in their order, one after the other.
protocol ObjectWriter: AnyObject {
    var path: String { get }

    func write(_ object: MeasuredObject) throws

    /// Completes the content, still under a temporary name.
    func seal() throws

    /// Gives the file its name.
    func publish() throws
}
