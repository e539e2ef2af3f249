@testable import Imaging
import Testing

/// The label images of one command: which label a colour is in all of them.
struct LabelCollectionTests {
    private static let red: [UInt8] = [255, 0, 0]
    private static let green: [UInt8] = [0, 255, 0]
    private static let blue: [UInt8] = [0, 0, 255]
    private static let white: [UInt8] = [255, 255, 255]
    private static let voc: [RGBColour] = [
        RGBColour(red: 0, green: 0, blue: 0), RGBColour(red: 128, green: 0, blue: 0), RGBColour(red: 0, green: 0, blue: 255),
        RGBColour(red: 0, green: 255, blue: 0),
    ]

    private func numbers(_ values: [UInt8], palette: [RGBColour] = [], _ path: String = "numbers") throws -> LabelPixels {
        try LabelImages.pixels(values.count, values, palette: palette, path: path)
    }

    private func colours(_ values: [[UInt8]], _ path: String = "colours") throws -> LabelPixels {
        try LabelImages.pixels(values.count, values.flatMap(\.self), channels: values[0].count, path: path)
    }

    /// The labels of each of some files that are read together, and how they are read.
    private func read(
        _ make: [() throws -> LabelPixels], _ rules: LabelRules = .none, for purpose: LabelCollection.Purpose = .training
    ) throws -> (labels: [[Int]], reading: LabelReading) {
        var collection = LabelCollection(rules, for: purpose)
        for pixels in make { try collection.add(LabelImages.survey(pixels())) }
        let reading = try collection.reading()
        let labels = try zip(make, reading.tables).map { pixels, table in
            try LabelImages.labels(PixelLabelRows(pixels(), as: table, ignoring: rules.ignoredLabels))
        }
        return (labels, reading)
    }

    @Test func `a colour is the same label in all files, also where others are missing`() throws {
        let (labels, reading) = try read([
            { try colours([Self.red, [0, 0, 0]]) }, { try colours([Self.green, Self.red]) },
            { try colours([Self.blue + [255], Self.red + [0]]) }, { try colours([Self.white, Self.white]) },
        ])
        #expect(labels == [[3, 0], [2, 3], [1, 0], [4, 4]])
        #expect(reading.colourText == "#0000FF=1,#00FF00=2,#FF0000=3,#FFFFFF=4")
        let note = "4 colours become labels: #0000FF → 1, #00FF00 → 2, #FF0000 → 3, #FFFFFF → 4"
        #expect(reading.notes.allSatisfy { $0.first == ImageNote(.labels, note) })
    }

    @Test func `greys are levels where all files of colours are grey`() throws {
        let (labels, reading) = try read([{ try colours([[7, 7, 7], [0, 0, 0]]) }, { try colours([Self.white]) }])
        #expect(labels == [[7, 0], [255]] && reading.colours.isEmpty)
    }

    @Test func `colours that are listed have their labels, and others are unlabelled and named`() throws {
        let rules = try LabelRules(ignoring: [], colours: "#FF0000=9,#00FF00=4,#123456=2")
        let (labels, reading) = try read(
            [{ try colours([Self.red, Self.green, Self.blue, Self.blue, Self.white]) }, { try numbers([3, 0]) }], rules)
        #expect(labels == [[9, 4, 0, 0, 0], [3, 0]])
        let note =
            "no label image has #123456, which --colours lists; 2 colours that --colours does not list are unlabelled: "
            + "#0000FF on 2 pixels, #FFFFFF on 1 pixel"
        #expect(reading.notes == [[ImageNote(.labels, note)], []])
        #expect(reading.colours[9]?.hex == "#FF0000")
    }

    @Test func `greys that are listed are levels of 8 bits, too`() throws {
        let rules = try LabelRules(ignoring: [], colours: "#7F7F7F=1,#FEFEFE=2")
        #expect(try read([{ try numbers([127, 254, 3, 0]) }], rules).labels == [[1, 2, 0, 0]])
    }

    @Test func `a palette is looked up where all colours in use are listed, and is indices elsewhere`() throws {
        let all = try LabelRules(ignoring: [], colours: "#800000=7,#0000FF=8")
        #expect(try read([{ try numbers([0, 1, 2], palette: Self.voc) }], all).labels == [[0, 7, 8]])
        #expect(try read([{ try numbers([0, 1, 3], palette: Self.voc) }], all).labels == [[0, 1, 3]])
    }

    @Test func `colours are those of a palette in the same command`() throws {
        let files: [() throws -> LabelPixels] = [
            { try numbers([1, 3], palette: Self.voc) }, { try colours([Self.blue, Self.green, [0, 0, 0]]) },
        ]
        for purpose in [LabelCollection.Purpose.training, .comparison] {
            let (labels, reading) = try read(files, for: purpose)
            #expect(labels == [[1, 3], [2, 3, 0]])
            #expect(reading.colourText == "#0000FF=2,#00FF00=3")
        }
    }

    @Test func `colours and numbers in one command are refused where it is not clear which is which`() throws {
        let files: [() throws -> LabelPixels] = [{ try numbers([1, 2]) }, { try colours([Self.red, Self.green]) }]
        let error = #expect(throws: ImageError.self) { try read(files) }
        #expect(
            error?.description
                == "colours: expected numbers as labels, as in numbers, found 2 colours; say which labels they are, "
                + "such as --colours \"#00FF00=1,#FF0000=2\"")
        #expect(try read(files, for: .comparison).labels == [[1, 2], [2, 1]])
        #expect(throws: ImageError.self) {
            try read([{ try numbers([3]) }, { try colours([Self.red, Self.green]) }], for: .comparison)
        }
        let rules = try LabelRules(ignoring: [], colours: "#FF0000=1,#00FF00=2")
        #expect(try read(files, rules).labels == [[1, 2], [1, 2]])
        #expect(try read([{ try numbers([0, 0]) }, { try colours([Self.red, Self.green]) }]).labels == [[0, 0], [2, 1]])
    }

    @Test func `ignored labels and colours are unlabelled, and colours take no number`() throws {
        let rules = try LabelRules(ignoring: ["#0000FF", "255"], colours: nil)
        let (labels, reading) = try read([{ try colours([Self.blue, Self.green, Self.red]) }], rules)
        #expect(labels == [[0, 1, 2]] && reading.colourText == "#00FF00=1,#FF0000=2")
        #expect(try read([{ try numbers([1, 255, 2]) }], rules).labels == [[1, 0, 2]])
        #expect(try read([{ try numbers([1, 2, 3], palette: Self.voc) }], rules).labels == [[1, 0, 3]])
    }

    @Test func `more classes than a forest can have are refused at once`() throws {
        let many = (0..<300).map { [UInt8($0 % 256), UInt8($0 / 256), 9] }
        let files: [() throws -> LabelPixels] = [
            { try LabelImages.pixels(600, many.flatMap { $0 + $0 }, channels: 3, path: "objects") }
        ]
        let error = #expect(throws: ImageError.self) { try read(files) }
        #expect(
            error?.description == "objects: expected labels of 2 to 255 classes, found 300; labels are classes, not objects")
        #expect(try read(files, for: .comparison).labels[0].max() == 300)
    }

    @Test func `soft edges are one line that says what to do, and can be left out by listing the colours`() throws {
        let shade: [UInt8] = [60, 30, 90, 100, 20]
        let shades = (0..<400).map { place -> UInt8 in
            switch place % 20 {
            case 3..<10: return 127
            case 12..<18: return 254
            case 10: return shade[place / 20 % 5]
            default: return 0
            }
        }
        let file: () throws -> LabelPixels = { try LabelImages.pixels(20, shades, path: "soft") }
        let error = #expect(throws: ImageError.self) { try read([file], for: .comparison) }
        #expect(
            error?.description
                == "soft: expected one value a class, found 7 values, of which 5 only lie along edges: it looks anti-aliased, "
                + "or was saved as JPEG; draw and resize without smoothing, or say --colours \"#7F7F7F=1,#FEFEFE=2\"")
        let (labels, reading) = try read([file], LabelRules(ignoring: [], colours: "#7F7F7F=1,#FEFEFE=2"))
        #expect(labels[0] == shades.map { $0 == 127 ? 1 : $0 == 254 ? 2 : 0 })
        #expect(reading.notes[0].first?.text.hasPrefix("5 colours that --colours does not list are unlabelled: ") == true)
    }

    @Test func `grey values of a picture are refused for training, and named in a comparison`() throws {
        let picture: () throws -> LabelPixels = {
            try LabelImages.pixels(30, (0..<900).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 37 &+ 11 &* $0) }, path: "picture")
        }
        let error = #expect(throws: ImageError.self) { try read([picture]) }
        #expect(error?.description.contains("that change from pixel to pixel: it looks like a picture") == true)
        let notes = try read([picture], for: .comparison).reading.notes
        #expect(notes[0].first?.text.hasSuffix("values change from pixel to pixel, as in a picture") == true)
    }
}
