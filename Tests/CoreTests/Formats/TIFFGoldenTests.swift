@testable import Formats
@testable import Imaging
import Testing

/// Every readable file of the TIFF collections against digests made by an independent decoder (`Goldens/make_tiffs.py`).
@Suite(.enabled(if: SharedData.exists("formats/tiff/libtiff-depth"), "../shared/data/formats/tiff is not here"))
struct TIFFGoldenTests {
    @Test func `every file decodes to the golden pixels, or is refused with one line`() throws {
        let lines = try Golden.text("tiffs.txt").split(separator: "\n")
        #expect(lines.count == 180)
        for line in lines {
            let fields = line.split(separator: " ").map(String.init)
            let path = SharedData.path("formats/tiff/\(fields[0])")
            if fields[1] == "refused" {
                let error = #expect(throws: ImageError.self, "\(fields[0])") { try ImageFile.readAll(path: path) }
                let text = error?.description ?? ""
                #expect(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "\(text)")
                continue
            }
            let image = try ImageFile.readAll(path: path)
            #expect(
                [image.width, image.height, image.channels].map(String.init) + [image.sampleType.rawValue]
                    == Array(fields[1...4]), "\(fields[0])")
            let crc = String(HandmadePNG.crc32(image.bytes), radix: 16)
            #expect(String(repeating: "0", count: 8 - crc.count) + crc == fields[5], "pixels of \(fields[0])")
        }
    }
}
