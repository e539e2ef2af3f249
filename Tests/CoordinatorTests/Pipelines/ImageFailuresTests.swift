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

    /// What a batch ends with of which so many images, from the first on, were not read.
    private func conclusion(of failedCount: Int, in imageCount: Int) throws -> CoordinatorError? {
        var failures = ImageFailures(imageCount: imageCount)
        for number in 0..<failedCount {
            _ = try failures.take(CoordinatorError(.badInput, "not read"), of: ImageInput(path: "\(number).tif"))
        }
        #expect(failures.count == failedCount)
        do throws(CoordinatorError) {
            try failures.conclude()
            return nil
        } catch {
            return error
        }
    }

    @Test func `a batch is incomplete when some images fail, and ends with their error when all do`() throws {
        let none = try conclusion(of: 0, in: 3)
        #expect(none == nil)
        let one = try conclusion(of: 1, in: 3)
        #expect(one == CoordinatorError(.incomplete, "1 of 3 images failed: 0.tif: not read"))
        let two = try conclusion(of: 2, in: 3)
        #expect(two == CoordinatorError(.incomplete, "2 of 3 images failed: 0.tif: not read; and 1 more, named above"))
        let all = try conclusion(of: 3, in: 3)
        #expect(all == CoordinatorError(.badInput, "all 3 images failed: 0.tif: not read"))
    }

    /// Whether an error of an image ends a batch of so many, in which case it must come back as it was.
    private func isFatal(_ error: CoordinatorError, in imageCount: Int) -> Bool {
        var failures = ImageFailures(imageCount: imageCount)
        do {
            _ = try failures.take(error, of: ImageInput(path: "0.tif"))
            #expect(failures.count == 1)
            return false
        } catch let other {
            #expect(other as? CoordinatorError == error)
            #expect(failures.count == 0)
            return true
        }
    }

    @Test func `an error ends the batch if it concerns the other images, or if there are none`() throws {
        for kind in [CoordinatorError.Kind.badInput, .incomplete] {
            #expect(!isFatal(CoordinatorError(kind, "0.tif: not read"), in: 2))
            #expect(isFatal(CoordinatorError(kind, "0.tif: not read"), in: 1))
        }
        for kind in [CoordinatorError.Kind.usage, .noWorker, .bug, .inputOutput, .interrupted] {
            #expect(isFatal(CoordinatorError(kind, "the disk is full"), in: 2))
        }
        var failures = ImageFailures(imageCount: 2)
        let said = try failures.take(ImageError.io(path: "0.tif", reason: "no such file"), of: ImageInput(path: "0.tif"))
        #expect(said == "0.tif: no such file")
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
