@testable import Formats
@testable import Imaging
import Testing

/// Every file of the PNG collections against digests made by an independent decoder (`Goldens/make_pngsuite.py`).
@Suite(.enabled(if: SharedData.exists("formats/png/PngSuite"), "../shared/data/formats/png is not here"))
struct PNGSuiteTests {
    @Test func `every valid file decodes to the golden pixels and labels`() throws {
        var checkedCount = 0
        for case let line in try Golden.text("pngsuite.txt").split(separator: "\n") where !line.hasSuffix(" error") {
            let fields = line.split(separator: " ").map(String.init)
            let path = SharedData.path("formats/png/\(fields[0])")
            let image = try ImageFile.readAll(path: path)
            #expect(
                [image.width, image.height, image.channels].map(String.init) + [image.sampleType.rawValue]
                    == Array(fields[1...4]), "\(fields[0])")
            #expect(Self.hexadecimal(HandmadePNG.crc32(image.bytes)) == fields[5], "pixels of \(fields[0])")
            if fields[6] == "-" {
                // Colours are labels, or the file is a picture.
                if let labels = try? ImageFile.readAllLabels(path: path).labels { Self.check(labels, image, "\(fields[0])") }
            } else {
                let labels = try ImageFile.readAllLabels(path: path).labels
                let bytes = labels.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
                #expect(Self.hexadecimal(HandmadePNG.crc32(bytes)) == fields[6], "labels of \(fields[0])")
            }
            checkedCount += 1
        }
        #expect(checkedCount == 177)
    }

    @Test func `every broken file is an error of one line`() throws {
        let lines = try Golden.text("pngsuite.txt").split(separator: "\n").filter { $0.hasSuffix(" error") }
        #expect(lines.count == 62)
        for line in lines {
            let path = SharedData.path("formats/png/\(line.dropLast(" error".count))")
            let error = #expect(throws: ImageError.self, "\(path)") { try ImageFile.readAll(path: path) }
            let text = error?.description ?? ""
            #expect(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "\(text)")
            #expect(throws: ImageError.self, "\(path)") { try ImageFile.readAllLabels(path: path) }
        }
    }

    /// A label stands for one colour, and 0 for black or what is transparent.
    private static func check(_ labels: [UInt16], _ image: PixelBuffer, _ name: String) {
        let size = image.bytes.count / labels.count
        var colours: [UInt16: ArraySlice<UInt8>] = [:]
        for (index, label) in labels.enumerated() where label > 0 {
            let colour = image.bytes[index * size..<(index + 1) * size]
            #expect(colours[label, default: colour] == colour, "labels of \(name)")
            colours[label] = colour
        }
        let isGrey = colours.values.allSatisfy { Set($0).count == 1 }
        #expect(isGrey || Set(colours.keys) == Set(1...UInt16(colours.count)), "labels of \(name)")
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
