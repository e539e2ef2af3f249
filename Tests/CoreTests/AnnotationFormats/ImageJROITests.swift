@testable import AnnotationFormats
@testable import Annotations
@testable import Formats
@testable import Imaging
import Testing

/// Regions as ImageJ lays them out, byte by byte.
@Suite struct ImageJROITests {
    /// The bytes of a region of integers: kind, top, left, bottom, right, count, and points relative to the corner.
    private func region(_ kind: UInt8, _ bounds: [Int], _ points: [(Int, Int)] = [], change: (inout [UInt8]) -> Void = { _ in })
        -> [UInt8]
    {
        var bytes = [UInt8](repeating: 0, count: 64)
        bytes.replaceSubrange(0..<4, with: "Iout".utf8)
        (bytes[5], bytes[6]) = (227, kind)
        for (index, side) in bounds.enumerated() {
            (bytes[8 + 2 * index], bytes[9 + 2 * index]) = (UInt8(side >> 8 & 255), UInt8(side & 255))
        }
        bytes[17] = UInt8(points.count)
        for value in points.map(\.0) + points.map(\.1) { bytes += [UInt8(value >> 8), UInt8(value & 255)] }
        change(&bytes)
        return bytes
    }

    private func read(_ bytes: [UInt8]) throws -> ReadAnnotations {
        try AnnotationFile.read(AnnotationContent(path: "a.roi", bytes: bytes), AnnotationReading()).annotations
    }

    private func point(_ x: Double, _ y: Double) -> AnnotationPoint { AnnotationPoint(x: x, y: y) }

    @Test func `each kind is read`() throws {
        let square = [(0, 0), (10, 0), (10, 8)]
        let triangle = AnnotationShape.area([AnnotationPolygon(exterior: [point(300, 5), point(310, 5), point(310, 13)])])
        for kind in [0, 7, 8] as [UInt8] {
            #expect(try read(region(kind, [5, 300, 13, 310], square)).document.annotations[0].shape == triangle)
        }
        #expect(
            try read(region(1, [5, 300, 13, 310])).document.annotations[0].shape == .rectangle(x: 300, y: 5, width: 10, height: 8)
        )
        #expect(
            try read(region(2, [5, 300, 13, 310])).document.annotations[0].shape == .ellipse(x: 300, y: 5, width: 10, height: 8))
        let line = AnnotationPath(through: [point(300, 5), point(310, 5), point(310, 13)])
        for kind in [4, 5, 9] as [UInt8] {
            let read = try read(region(kind, [5, 300, 13, 310], square) { $0[35] = 6 })
            #expect(read.document.annotations[0].shape == .stroke(line, width: 6))
        }
        #expect(
            try read(region(10, [5, 300, 13, 310], [(0, 0), (1, 2)])).document.annotations[0].shape
                == .points([point(300, 5), point(301, 7)]))
    }

    @Test func `straight lines, fractions and the half pixel of lines`() throws {
        let floats = [1.5, 2.5, 3.5, 4.5].map { Float($0).bitPattern.bigEndian }
        let bytes = region(3, [0, 0, 9, 9]) { bytes in
            for (index, value) in floats.enumerated() {
                withUnsafeBytes(of: value) { bytes.replaceSubrange(18 + 4 * index..<22 + 4 * index, with: $0) }
            }
            bytes[35] = 2
        }
        #expect(
            try read(bytes).document.annotations[0].shape
                == .stroke(AnnotationPath(through: [point(1.5, 2.5), point(3.5, 4.5)]), width: 2))
        var centred = bytes
        centred[50] = 1
        #expect(
            try read(centred).document.annotations[0].shape
                == .stroke(AnnotationPath(through: [point(2, 3), point(4, 5)]), width: 2))
    }

    @Test func `groups are classes, colours are where there is no group, positions are planes`() throws {
        let archive = ZipFile([
            .init(name: "a.roi", bytes: region(1, [0, 0, 2, 2]) { $0[40...43] = [255, 1, 2, 3] }),
            .init(
                name: "b.roi",
                bytes: region(1, [0, 0, 2, 2]) { bytes in
                    bytes[62] = 0
                    bytes[63] = 64
                    var second = [UInt8](repeating: 0, count: 64)
                    second[30] = 1
                    second[11] = 3
                    second[19] = 128
                    second[23] = 2
                    bytes += second + [0, 0x41, 0, 0x42]
                }), .init(name: "readme.txt", bytes: [1]),
        ])
        let read = try read(try archive.encoded(path: "a.zip"))
        #expect(read.document.annotations.map(\.classNumber) == [2, 1])
        #expect(
            read.document.annotations.map(\.name) == [nil, "AB"]
                && read.document.annotations.map(\.plane) == [nil, AnnotationPlane(z: 2)])
        #expect(
            read.document.classes == [
                AnnotationClass(number: 1), AnnotationClass(number: 2, colour: RGBColour(red: 1, green: 2, blue: 3)),
            ])
    }

    @Test func `rings of a composite region nest`() {
        func square(_ low: Double, _ high: Double) -> [AnnotationPoint] {
            [point(low, low), point(high, low), point(high, high), point(low, high)]
        }
        let rings = [square(3, 4), square(0, 10), square(2, 5), square(1, 9), square(20, 21)]
        let polygons = try? PolygonNesting.polygons(of: rings, path: "in")
        #expect(
            polygons == [
                AnnotationPolygon(exterior: square(0, 10), holes: [square(1, 9)]),
                AnnotationPolygon(exterior: square(2, 5), holes: [square(3, 4)]),
                AnnotationPolygon(exterior: square(20, 21)),
            ])
    }

    @Test func `every cut of a region is an error in one line or a region`() throws {
        let bytes = region(0, [5, 300, 13, 310], [(0, 0), (10, 0), (10, 8)])
        for count in 0..<bytes.count {
            do {
                _ = try read(Array(bytes[..<count]))
            } catch let error as ImageError {
                #expect(!error.description.contains("\n"))
            }
        }
    }
}
