@testable import Imaging
import Testing

@testable import Coordinator

@Suite struct ImageFailuresTests {
    @Test(
        arguments: [
            ("mixed.tif: not read", "mixed.tif page 2: not read"), ("mixed.tif page 2: not read", "mixed.tif page 2: not read"),
            ("mixed.tif page 2 tile 0: not read", "mixed.tif page 2 tile 0: not read"),
            ("mixed.tiff: not read", "mixed.tif page 2: mixed.tiff: not read"), ("not read", "mixed.tif page 2: not read"),
        ])
    func `an image is named once, with its page`(said: String, expected: String) throws {
        var failures = ImageFailures(imageCount: 2)
        let image = ImageInput(path: "mixed.tif", selection: ImageSelection(page: 2))
        #expect(try failures.take(CoordinatorError(.badInput, said), of: image) == expected)
    }

    @Test func `the reason of an image's error is its description without the file`() {
        for error in [
            ImageError.io(path: "a", reason: "r"), .corrupt(path: "a", reason: "r"), .unsupported(path: "a", reason: "r"),
            .unknownFormat(path: "a", expected: "e", found: "f"),
        ] {
            #expect(error.description == "a: \(error.reason)" && error.path == "a")
        }
    }
}
